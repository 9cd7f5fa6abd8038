//! Text that comes in pieces, each a string of JSON: half a surrogate pair at the end of one piece and the
//! other half at the beginning of the next are one character.

use std::fmt;

use serde::de::{Deserializer as _, Visitor};

/// What the pieces before have left open.
#[derive(Clone, Copy, Debug, Default)]
pub struct Halves {
    /// The first half of a pair, whose second half may come.
    first: Option<u16>,
}

impl Halves {
    /// The text of the next piece, which is written as a string of JSON; none where it is none. A first half
    /// at its end is kept back. Halves that stay alone, and U+0000, become U+FFFD.
    pub fn join(&mut self, json: &str) -> Option<String> {
        let mut json = serde_json::Deserializer::from_str(json);
        let bytes = json.deserialize_bytes(Bytes).ok()?;
        json.end().ok()?;
        let text = match String::from_utf8(bytes) {
            Ok(text) if text.is_empty() => text,
            Ok(text) => match self.end() {
                Some(alone) => alone.to_owned() + &text,
                None => text,
            },
            Err(halved) => self.halved(halved.as_bytes()),
        };
        Some(if text.contains('\0') {
            text.replace('\0', "\u{fffd}")
        } else {
            text
        })
    }

    /// What is left once the last piece has come.
    pub fn end(&mut self) -> Option<&'static str> {
        self.first.take().map(|_| "\u{fffd}")
    }

    /// Text with halves in it, which the reader of JSON writes as if they were characters: in three bytes.
    fn halved(&mut self, bytes: &[u8]) -> String {
        let mut units: Vec<u16> = self.first.take().into_iter().collect();
        let mut rest = bytes;
        while !rest.is_empty() {
            let valid = match std::str::from_utf8(rest) {
                Ok(text) => text.len(),
                Err(error) => error.valid_up_to(),
            };
            let (text, halved) = rest.split_at(valid);
            units.extend(String::from_utf8_lossy(text).encode_utf16());
            rest = match halved {
                [0xed, high @ 0xa0..=0xbf, low, after @ ..] => {
                    let high = u16::from(high & 0x3f) << 6;
                    units.push(0xd000 | high | u16::from(low & 0x3f));
                    after
                }
                _ => &[],
            };
        }
        self.first = units.pop_if(|unit| matches!(unit, 0xd800..0xdc00));
        String::from_utf16_lossy(&units)
    }
}

/// Takes a string as bytes, for only these may be halves.
struct Bytes;

impl Visitor<'_> for Bytes {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn joined(pieces: &[&str]) -> Vec<String> {
        let mut halves = Halves::default();
        let mut texts: Vec<_> = pieces
            .iter()
            .map(|piece| halves.join(piece).unwrap())
            .collect();
        texts.extend(halves.end().map(str::to_owned));
        texts
    }

    #[test]
    fn halves_in_two_pieces_join_and_lone_ones_become_replacement_characters() {
        for (pieces, expected) in [
            (&[r#""a""#, r#""ä😀\n""#][..], &["a", "ä😀\n"][..]),
            (&[r#""a\ud83d""#, r#""\ude00b""#], &["a", "😀b"]),
            (&[r#""\ud83d""#, r#""""#, r#""\ude00""#], &["", "", "😀"]),
            (&[r#""\ud83d""#, r#""x""#], &["", "\u{fffd}x"]),
            (
                &[r#""\ud83d""#, r#""\ud83d""#, r#""\ude00""#],
                &["", "\u{fffd}", "😀"],
            ),
            (
                &[r#""\ude00a\ud83db\u0000""#],
                &["\u{fffd}a\u{fffd}b\u{fffd}"],
            ),
            (&[r#""end\ud83d""#], &["end", "\u{fffd}"]),
            (&[r#""\ud83d\ude00\ud83d""#, r#""\ude00""#], &["😀", "😀"]),
        ] {
            assert_eq!(joined(pieces), expected, "{pieces:?}");
        }
        for wrong in ["", "1", "null", "[\"a\"]", "\"a", "\"a\" \"b\""] {
            assert_eq!(Halves::default().join(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_units_in_any_pieces_are_read_as_utf_16_is_read(
            pieces in prop::collection::vec(prop::collection::vec(
                prop_oneof![0xd7fe..0xdc02_u16, 0xdbfe..0xe002_u16, 1..0x80_u16, Just(0xe4)], 0..4), 0..6))
        {
            let units = pieces.concat();
            let written: Vec<String> = pieces
                .iter()
                .map(|units| units.iter().map(|unit| format!("\\u{unit:04x}")).collect())
                .map(|escaped: String| format!("\"{escaped}\""))
                .collect();
            let written: Vec<_> = written.iter().map(String::as_str).collect();
            prop_assert_eq!(joined(&written).concat(), String::from_utf16_lossy(&units));
        }
    }
}
