//! JSON as it comes in: HTTP bodies, messages of websockets, variables, and JSON in answers. It is read as RFC 8259
//! says, with these decisions where that leaves things open:
//!
//! - an escape of half a surrogate pair, and of U+0000, stands for U+FFFD;
//! - an integer that 64 bits do not hold is told to whoever asks ([`oversized`]): as a number it would be
//!   another one.

mod integers;

use std::borrow::Cow;

use memchr::memchr;
use serde::de::DeserializeOwned;

pub use self::integers::{Oversized, Step, oversized};

/// Reads a value.
///
/// # Errors
/// What is no JSON, or not of the type that is asked for.
pub fn read<T: DeserializeOwned>(json: &[u8]) -> serde_json::Result<T> {
    serde_json::from_slice(&mended(json))
}

/// The same JSON with the escape of U+FFFD in the place of each that stands for half a surrogate pair or for
/// U+0000. All escapes have one length, so that everything stays in its place. What has none of them is not
/// copied, and is only walked from backslash to backslash.
#[must_use]
pub fn mended(json: &[u8]) -> Cow<'_, [u8]> {
    let mut mended = Cow::Borrowed(json);
    let mut at = 0;
    while let Some(found) = json.get(at..).and_then(|rest| memchr(b'\\', rest)) {
        let escape = at + found;
        at = escape + 2;
        let Some(unit) = unit(json, escape) else {
            continue;
        };
        at = escape + 6;
        match unit {
            0xd800..0xdc00 if unit_is_low(json, at) => at += 6,
            0 | 0xd800..0xe000 => mended.to_mut()[escape + 2..at].copy_from_slice(b"fffd"),
            _ => {}
        }
    }
    mended
}

fn unit_is_low(json: &[u8], at: usize) -> bool {
    matches!(unit(json, at), Some(0xdc00..0xe000))
}

/// The UTF-16 unit that an escape at this place stands for.
fn unit(json: &[u8], at: usize) -> Option<u16> {
    let digits = json.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let is_number = digits.iter().all(u8::is_ascii_hexdigit);
    let digits = std::str::from_utf8(digits).ok().filter(|_| is_number)?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn text(json: &str) -> String {
        read(json.as_bytes()).unwrap()
    }

    #[test]
    fn half_a_pair_and_zero_become_replacement_characters() {
        for (escaped, expected) in [
            (r#""plain ä""#, "plain ä"),
            (r#""\n\"\\\/ä""#, "\n\"\\/ä"),
            (r#""\ud83d\ude00""#, "😀"),
            (r#""\uD83D\uDE00!""#, "😀!"),
            (r#""\ud83d""#, "\u{fffd}"),
            (r#""\uDE00x""#, "\u{fffd}x"),
            (r#""\ud83dx\ude00""#, "\u{fffd}x\u{fffd}"),
            (r#""\ud83d\ud83d\ude00\ude00""#, "\u{fffd}😀\u{fffd}"),
            (r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
            (r#""\ud83d\n""#, "\u{fffd}\n"),
            (r#""a\u0000b""#, "a\u{fffd}b"),
            (r#""\\ud83d\\u0000""#, "\\ud83d\\u0000"),
            (r#""\\\ud83d""#, "\\\u{fffd}"),
        ] {
            assert_eq!(text(escaped), expected, "{escaped}");
        }
        let value: Value = read(br#"{"\ud83d": ["\u0000"]}"#).unwrap();
        assert_eq!(value, json!({ "\u{fffd}": ["\u{fffd}"] }));
    }

    #[test]
    fn what_is_whole_is_not_copied_and_what_is_wrong_stays_wrong() {
        for whole in [
            r#"{"a": "\ud83d\ude00\u00e4\\u0000"}"#,
            "",
            "\\",
            r"\ud83d\ude00",
        ] {
            assert!(
                matches!(mended(whole.as_bytes()), Cow::Borrowed(_)),
                "{whole}"
            );
        }
        for wrong in [
            r#""\ud8"#,
            r#""\ud83"#,
            r#""\u+123""#,
            r#""\x""#,
            "\"\\",
            "\"\0\"",
        ] {
            assert!(read::<Value>(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_units_are_read_as_utf_16_is_read(units in prop::collection::vec(
            prop_oneof![0xd7f0..0xe010_u16, 0..0x80_u16], 0..12))
        {
            let escapes: Vec<_> = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            let escaped = escapes.concat();
            let expected = String::from_utf16_lossy(&units).replace('\0', "\u{fffd}");
            prop_assert_eq!(text(&format!("\"{escaped}\"")), expected);
        }

        #[test]
        fn any_text_is_written_and_read(text in any::<String>()) {
            let json = serde_json::to_vec(&text).unwrap();
            prop_assert_eq!(read::<String>(&json).unwrap(), text.replace('\0', "\u{fffd}"));
        }
    }
}
