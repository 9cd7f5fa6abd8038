//! Apollo's automatic persisted queries: a client sends the SHA-256 of a document in the place of the
//! document, and the document itself only when this server does not know it (yet, or any more).
//!
//! 1. A hash alone is looked up; an unknown one is `PERSISTED_QUERY_NOT_FOUND`, and the client asks
//!    again with hash and document.
//! 2. A hash with a document must be the document's own. What can be read is kept from then on.
//! 3. What was used least lately makes place: the store has a largest size.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Extensions, ServerError};
use hashlink::LruCache;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::Code;
use crate::http::error;

/// The key of `extensions` that carries a hash.
const EXTENSION: &str = "persistedQuery";
/// The one version of the protocol.
const VERSION: u64 = 1;
/// Most documents kept, in bytes of text.
const MOST_BYTES: usize = 8 * 1024 * 1024;
/// What a document costs beside its text: keys and pointers, roughly.
const OVERHEAD: usize = 128;
/// Larger documents are answered, and not kept.
const LARGEST: usize = 64 * 1024;

/// The SHA-256 of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Hash([u8; 32]);

/// `extensions.persistedQuery` as clients send it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Persisted {
    version: u64,
    sha256_hash: String,
}

/// Do these extensions name a document by its hash?
pub(super) fn is_named(extensions: Option<&Extensions>) -> bool {
    let named = extensions.and_then(|extensions| extensions.get(EXTENSION));
    named.is_some_and(|named| *named != async_graphql::Value::Null)
}

impl Hash {
    /// The hash that a request's extensions carry, if they carry one.
    ///
    /// # Errors
    /// `PERSISTED_QUERY_NOT_SUPPORTED` for another version of the protocol, `BAD_USER_INPUT` for what
    /// is no hash.
    pub(super) fn of_extensions(extensions: &Extensions) -> Result<Option<Self>, ServerError> {
        let Some(value) = extensions.get(EXTENSION) else {
            return Ok(None);
        };
        let value = value.clone().into_json().unwrap_or(Value::Null);
        if value.is_null() {
            return Ok(None);
        }
        // A derived `Deserialize` takes an array of the values too.
        let is_object = value.is_object();
        let persisted: Persisted = serde_json::from_value(value).map_err(|_| malformed())?;
        if !is_object {
            return Err(malformed());
        }
        if persisted.version != VERSION {
            let message = format!("persisted queries have version {VERSION}");
            return Err(error::labelled(message, "PERSISTED_QUERY_NOT_SUPPORTED"));
        }
        Self::parse(&persisted.sha256_hash)
            .map(Some)
            .ok_or_else(malformed)
    }

    fn of_text(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }

    fn parse(hex: &str) -> Option<Self> {
        if hex.len() != 64 || !hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let mut bytes = [0; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&hex[2 * index..2 * index + 2], 16).ok()?;
        }
        Some(Self(bytes))
    }
}

/// The documents that are known by their hash.
#[derive(Debug)]
pub(super) struct Queries(Mutex<Kept>);

#[derive(Debug)]
struct Kept {
    texts: LruCache<Hash, Arc<str>>,
    bytes: usize,
    most_bytes: usize,
}

impl Default for Queries {
    fn default() -> Self {
        Self::holding(MOST_BYTES)
    }
}

impl Queries {
    fn holding(most_bytes: usize) -> Self {
        Self(Mutex::new(Kept {
            texts: LruCache::new_unbounded(),
            bytes: 0,
            most_bytes,
        }))
    }

    /// The document with this hash.
    ///
    /// # Errors
    /// `PERSISTED_QUERY_NOT_FOUND`, in Apollo's words, which clients look for.
    pub(super) fn find(&self, hash: Hash) -> Result<Arc<str>, ServerError> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.texts.get(&hash).map(Arc::clone).ok_or_else(|| {
            error::labelled(
                "PersistedQueryNotFound".to_owned(),
                "PERSISTED_QUERY_NOT_FOUND",
            )
        })
    }

    /// Keeps a document that can be read, until others need its place.
    pub(super) fn keep(&self, hash: Hash, text: &str) {
        if text.len() > LARGEST {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.texts.get(&hash).is_some() {
            return;
        }
        kept.bytes += size(text);
        kept.texts.insert(hash, text.into());
        while kept.bytes > kept.most_bytes {
            let Some((_, oldest)) = kept.texts.remove_lru() else {
                return;
            };
            kept.bytes -= size(&oldest);
        }
    }
}

/// Is this the hash of `text`?
///
/// # Errors
/// `BAD_USER_INPUT` when it is another document's.
pub(super) fn require_hash(hash: Hash, text: &str) -> Result<(), ServerError> {
    if Hash::of_text(text) == hash {
        return Ok(());
    }
    let message = "persistedQuery.sha256Hash is not the hash of the document".to_owned();
    Err(error::coded(message, Code::BadUserInput))
}

const fn size(text: &str) -> usize {
    text.len() + OVERHEAD
}

fn malformed() -> ServerError {
    let message =
        "extensions.persistedQuery must be {version: 1, sha256Hash: 64 hexadecimal digits}";
    error::coded(message.to_owned(), Code::BadUserInput)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn extensions(persisted: &Value) -> Extensions {
        serde_json::from_value(json!({ "persistedQuery": persisted })).unwrap()
    }

    #[test]
    fn a_hash_is_read_or_refused() {
        // The SHA-256 of nothing.
        let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let read = |persisted: &Value| Hash::of_extensions(&extensions(persisted));
        assert_eq!(
            read(&json!({"version": 1, "sha256Hash": hash.to_uppercase()})),
            Ok(Some(Hash::of_text("")))
        );
        assert_eq!(Hash::of_extensions(&Extensions::default()), Ok(None));
        assert_eq!(read(&Value::Null), Ok(None));
        for wrong in [
            json!({"version": 2, "sha256Hash": hash}),
            json!({"version": 1, "sha256Hash": &hash[1..]}),
            json!({"version": 1, "sha256Hash": "ä".repeat(32)}),
            json!({"version": 1, "sha256Hash": "+0".repeat(32)}),
            json!({"version": 1}),
            json!("hash"),
            json!([1, hash]),
        ] {
            assert!(read(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_was_used_least_lately_makes_place() {
        let queries = Queries::holding(2 * size("{ a }"));
        let hashes = ["{ a }", "{ b }", "{ c }"].map(|text| (Hash::of_text(text), text));
        let [(a, _), (b, _), (c, _)] = hashes;
        for (hash, text) in hashes {
            queries.keep(hash, text);
            queries.keep(hash, text);
            assert_eq!(&*queries.find(a).unwrap(), "{ a }");
        }
        assert!(queries.find(b).is_err());
        assert_eq!(&*queries.find(c).unwrap(), "{ c }");

        let large = "x".repeat(LARGEST + 1);
        queries.keep(Hash::of_text(&large), &large);
        assert!(queries.find(Hash::of_text(&large)).is_err());
    }
}
