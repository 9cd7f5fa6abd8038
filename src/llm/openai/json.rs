//! JSON that is taken apart only as far as it is looked at: what is odd elsewhere in a piece costs
//! nothing, be it a number that nobody can hold or half a surrogate pair.

use std::borrow::{Borrow, Cow};
use std::collections::BTreeMap;
use std::fmt::{self, Write};

use memchr::memchr_iter;
use serde::Deserialize;
use serde::de::{Deserializer, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::mended::mended;

/// An error's words lie less deep than this.
const MAX_DEPTH: usize = 32;

/// An object whose values are not read yet.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Object<'a>(#[serde(borrow)] BTreeMap<Key, &'a RawValue>);

/// A name in an object. Half a surrogate pair in one costs the others nothing.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key(String);

impl Borrow<str> for Key {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Wtf8(key) = Wtf8::deserialize(deserializer)?;
        let key = String::from_utf8(key);
        Ok(Self(key.unwrap_or_else(|halves| whole(halves.as_bytes()))))
    }
}

impl<'a> Object<'a> {
    /// The object that `raw` is.
    pub(super) fn read(raw: &'a str) -> Option<Self> {
        serde_json::from_str(raw).ok()
    }

    /// A value that is not null.
    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        let raw = self.0.get(key)?.get();
        (raw != "null").then_some(raw)
    }

    /// The object under `key`.
    pub(super) fn object(&self, key: &str) -> Option<Self> {
        Self::read(self.get(key)?)
    }

    /// The text under `key`, half surrogates replaced.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        text(self.get(key)?).map(|text| whole(&text))
    }
}

/// The items of the list that `raw` is.
pub(super) fn list(raw: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(raw).ok()
}

/// The text that `raw` is, in WTF-8: a half of a surrogate pair stands for itself.
pub(super) fn text(raw: &str) -> Option<Vec<u8>> {
    let Wtf8(text) = serde_json::from_str(raw).ok()?;
    Some(text)
}

/// The value that a text is, if need be when it is mended.
pub(super) fn any(text: &str) -> Option<Value> {
    if let Ok(raw) = serde_json::from_str::<&RawValue>(text) {
        return Some(value(raw.get()));
    }
    let mended = mended(text)?;
    let raw: &RawValue = serde_json::from_str(&mended).ok()?;
    Some(value(raw.get()))
}

/// The value: null where it cannot be read or lies too deep.
pub(super) fn value(raw: &str) -> Value {
    nested(raw, MAX_DEPTH)
}

fn nested(raw: &str, depth: usize) -> Value {
    let Some(depth) = depth.checked_sub(1) else {
        return Value::Null;
    };
    if let Some(text) = text(raw) {
        return Value::String(whole(&text));
    }
    if let Some(Object(fields)) = Object::read(raw) {
        let fields = fields.into_iter();
        return fields
            .map(|(Key(key), raw)| (key, nested(raw.get(), depth)))
            .collect();
    }
    if let Some(list) = list(raw) {
        return list
            .into_iter()
            .map(|raw| nested(raw.get(), depth))
            .collect();
    }
    serde_json::from_str(raw).unwrap_or_default()
}

/// The text with U+FFFD for halves of surrogate pairs.
pub(super) fn whole(text: &[u8]) -> String {
    let mut joined = Joined::default();
    let mut whole = joined.push(text);
    whole.push_str(joined.end());
    whole
}

/// JSON as text. Bytes that are no UTF-8 are written like halves of surrogate pairs, U+DC80 to U+DCFF,
/// which [`Joined`] turns into bytes again: a character may be cut between two pieces.
pub(super) fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len() + 6);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "\\udc{byte:02x}");
        }
    }
    Cow::Owned(text)
}

/// Joins the texts of pieces, in WTF-8: the first half of a surrogate pair waits for the second, and the
/// first bytes of a character for the others. What stays alone becomes U+FFFD.
#[derive(Default)]
pub(super) struct Joined {
    half: Option<u16>,
    bytes: Vec<u8>,
}

impl Joined {
    /// What is known for certain once this text has come.
    pub(super) fn push(&mut self, text: &[u8]) -> String {
        let mut joined = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = half(rest) {
            self.append(&mut joined, &rest[..at]);
            let half =
                0xd000 | u16::from(rest[at + 1] & 0x3f) << 6 | u16::from(rest[at + 2] & 0x3f);
            self.append_half(&mut joined, half);
            rest = &rest[at + 3..];
        }
        self.append(&mut joined, rest);
        joined
    }

    /// Does half a character wait for the other?
    pub(super) const fn is_waiting(&self) -> bool {
        self.half.is_some() || !self.bytes.is_empty()
    }

    /// Nothing more comes: what waits has stayed alone.
    pub(super) fn end(&mut self) -> &'static str {
        let bytes = std::mem::take(&mut self.bytes);
        if self.half.take().is_some() || !bytes.is_empty() {
            "\u{fffd}"
        } else {
            ""
        }
    }

    fn append(&mut self, joined: &mut String, text: &[u8]) {
        if !text.is_empty() {
            joined.push_str(self.end());
            joined.push_str(&String::from_utf8_lossy(text));
        }
    }

    fn append_half(&mut self, joined: &mut String, half: u16) {
        if (0xd800..0xdc00).contains(&half) {
            joined.push_str(self.end());
            self.half = Some(half);
            return;
        }
        if let (0xdc80..=0xdcff, None) = (half, self.half) {
            let [_, byte] = half.to_be_bytes();
            self.bytes.push(byte);
            self.append_bytes(joined);
            return;
        }
        if !self.bytes.is_empty() {
            joined.push_str(self.end());
        }
        let pair = [self.half.take().unwrap_or(half), half];
        let mut chars = char::decode_utf16(pair).map(|char| char.unwrap_or('\u{fffd}'));
        joined.extend(chars.next());
    }

    /// Appends as much as is certain; what may still become a character waits.
    fn append_bytes(&mut self, joined: &mut String) {
        let bytes = std::mem::take(&mut self.bytes);
        let mut chunks = bytes.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            joined.push_str(chunk.valid());
            let invalid = chunk.invalid();
            let is_cut = str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
            if is_cut && chunks.peek().is_none() {
                self.bytes.extend_from_slice(invalid);
            } else if !invalid.is_empty() {
                joined.push('\u{fffd}');
            }
        }
    }
}

/// Where the first code point from U+D800 on stands, as WTF-8 writes it.
fn half(text: &[u8]) -> Option<usize> {
    memchr_iter(0xed, text).find(|&at| text.get(at..at + 3).is_some_and(|code| code[1] >= 0xa0))
}

/// A JSON string whose lone surrogates are kept, which `serde_json` does for bytes alone.
struct Wtf8(Vec<u8>);

impl<'de> Deserialize<'de> for Wtf8 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Wtf8;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a text")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Wtf8, E> {
                Ok(Wtf8(bytes.to_owned()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_a_pair_are_joined_over_pieces_and_replaced_where_they_stay_alone() {
        for (pieces, expected) in [
            (&[r#""a\ud83d""#, r#""\ude00b""#] as &[_], "a😀b"),
            (&[r#""\ud83d""#, r#""""#, r#""\ude00""#], "😀"),
            (&[r#""\ud83d\ude00""#], "😀"),
            (&[r#""\ud83d""#, r#""x""#], "\u{fffd}x"),
            (
                &[r#""\ude00\ud83d""#, r#""\ud83d""#],
                "\u{fffd}\u{fffd}\u{fffd}",
            ),
            (&[r#""\ude00""#, r#""\ude00😀""#], "\u{fffd}\u{fffd}😀"),
            (&["\"tab\there\"", r#""\u0000é""#], "tab\there\u{0}é"),
        ] {
            let mut joined = Joined::default();
            let mut whole: String = pieces
                .iter()
                .map(|piece| joined.push(&text(piece).unwrap()))
                .collect();
            whole.push_str(joined.end());
            assert_eq!(whole, expected, "{pieces:?}");
        }
    }

    #[test]
    fn a_character_that_was_cut_between_two_pieces_is_joined() {
        let cases: [(&[&[u8]], &str); 6] = [
            (&[b"\"a\xe2\"", b"\"\x82\"", b"\"\xacb\""], "a€b"),
            (&[b"\"\xf0\x9f\"", b"\"\x98\x80\""], "😀"),
            (&[b"\"\xe2\"", b"\"b\""], "\u{fffd}b"),
            (&[b"\"\xe2\"", b"\"\xe2\"", b"\"\x82\xac\""], "\u{fffd}€"),
            (&[b"\"\x82\"", b"\"\xe2\x82\""], "\u{fffd}\u{fffd}"),
            (&[b"\"\xe2\"", b"\"\\ud83d\"", b"\"\\udc80\""], "\u{fffd}💀"),
        ];
        for (pieces, expected) in cases {
            let mut joined = Joined::default();
            let mut whole: String = pieces
                .iter()
                .map(|piece| joined.push(&text(&decoded(piece)).unwrap()))
                .collect();
            whole.push_str(joined.end());
            assert_eq!(whole, expected, "{pieces:?}");
        }
    }

    #[test]
    fn what_nobody_looks_at_costs_nothing() {
        let raw = r#"{"a": 1e999, "b": "\ud83d", "c": null, "d": {"e": "x"}, "a": [2]}"#;
        let object = Object::read(raw).unwrap();
        assert_eq!(object.get("a"), Some("[2]"));
        assert_eq!(object.get("c"), None);
        assert_eq!(object.text("b").unwrap(), "\u{fffd}");
        assert_eq!(object.object("d").unwrap().text("e").unwrap(), "x");
        let read = serde_json::json!({"a": [2], "b": "\u{fffd}", "c": null, "d": {"e": "x"}});
        assert_eq!(value(raw), read);
        let odd_key = Object::read(r#"{"\ud83d": 1, "a": "x"}"#).unwrap();
        assert_eq!(odd_key.text("a").unwrap(), "x");
        for other in ["[1]", "{", "1 2"] {
            assert!(Object::read(other).is_none());
        }
    }
}
