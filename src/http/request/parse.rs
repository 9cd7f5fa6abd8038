//! Clients send few documents again and again: those read lately are kept.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_graphql::ServerError;
use hashlink::LruCache;

use crate::graphql::known::Known;

/// Parsed documents that are kept.
const KEPT: usize = 128;
/// Longest document that is kept, in bytes: parsed it is some twenty times as large.
const LONGEST: usize = 4096;

/// The documents that were read lately.
#[derive(Debug)]
pub(super) struct Parsed(Mutex<LruCache<String, Arc<Known>>>);

impl Default for Parsed {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(KEPT)))
    }
}

impl Parsed {
    /// The parsed document, which must be small enough to be parsed.
    ///
    /// # Errors
    ///
    /// `LIMIT_EXCEEDED`, or `GRAPHQL_PARSE_FAILED` with the place.
    pub(super) fn get(&self, text: &str) -> Result<Arc<Known>, ServerError> {
        let kept = self.kept().get(text).map(Arc::clone);
        if let Some(kept) = kept {
            return Ok(kept);
        }
        let document = Arc::new(Known::read(text)?);
        if text.len() <= LONGEST {
            let copy = Arc::clone(&document);
            self.kept().insert(text.to_owned(), copy);
        }
        Ok(document)
    }

    fn kept(&self) -> MutexGuard<'_, LruCache<String, Arc<Known>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
