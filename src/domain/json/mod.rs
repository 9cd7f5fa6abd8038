//! JSON as it comes in: HTTP bodies, messages of websockets, variables, and JSON in answers. It is read as RFC 8259
//! says, with these decisions where that leaves things open:
//!
//! - an escape of half a surrogate pair, and of U+0000, stands for U+FFFD;
//! - an integer that 64 bits do not hold is told to whoever asks ([`oversized`]): as a number it would be
//!   another one;
//! - a number is kept as every database gives it back ([`steady`]).

mod integers;

use std::borrow::Cow;

use memchr::memchr;
use serde::de::DeserializeOwned;
use serde_json::{Number, Value};

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

/// From here on a floating-point number is written with an exponent.
const EXPONENT: f64 = 1e16;
/// 2 to the power of 64: the first whole number that 64 bits do not hold.
const BEYOND: f64 = 18_446_744_073_709_551_616.0;

/// The same number, spelled as it will be once a database has had it: PostgreSQL's `jsonb` writes no exponents, so
/// that a whole number from 10^16 on is an integer there, where 64 bits hold it, and has no zero below zero. A text
/// that is compared with a number, or has one in it, would change with a pause otherwise.
#[must_use]
pub fn steady(number: Number) -> Number {
    let Some(float) = number.as_f64().filter(|_| number.is_f64()) else {
        return number;
    };
    if float == 0.0 {
        return Number::from_f64(0.0).unwrap_or(number);
    }
    let is_spelled_out = float.abs() < EXPONENT || float.abs() >= BEYOND;
    if is_spelled_out {
        return number;
    }
    // Every float of this size is whole.
    let spelled = format!("{float}");
    let whole = spelled.parse::<u64>().map(Number::from);
    whole
        .or_else(|_| spelled.parse::<i64>().map(Number::from))
        .unwrap_or(number)
}

/// The same for all numbers in a value.
pub fn steady_all(value: &mut Value) {
    match value {
        Value::Number(number) => *number = steady(number.clone()),
        Value::Array(items) => items.iter_mut().for_each(steady_all),
        Value::Object(fields) => fields.values_mut().for_each(steady_all),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
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
    use serde_json::json;

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
    fn numbers_are_spelled_as_every_database_gives_them_back() {
        for (written, kept) in [
            ("123456789012345680.0", "123456789012345680"),
            ("-123456789012345680.0", "-123456789012345680"),
            ("1e16", "10000000000000000"),
            ("1.8e19", "18000000000000000000"),
            ("-0.0", "0.0"),
            ("-0", "0.0"),
            ("1e21", "1e+21"),
            ("-1e19", "-1e+19"),
            ("1e2", "100.0"),
            ("1.0", "1.0"),
            ("1e-7", "1e-7"),
            ("9007199254740993", "9007199254740993"),
        ] {
            let mut value: Value = read(format!(r#"[{{"n": {written}}}]"#).as_bytes()).unwrap();
            steady_all(&mut value);
            assert_eq!(value[0]["n"].to_string(), kept, "{written}");
        }
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
