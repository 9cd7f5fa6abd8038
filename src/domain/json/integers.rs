//! Integers that 64 bits do not hold, with their places.
//!
//! 1. One has 19 digits at least, so that of every 19 characters in a row one is looked at. Nearly everything
//!    ends here.
//! 2. What may have one is walked from token to token.

use std::fmt::{self, Display, Formatter};

/// As few digits has an integer that 64 bits do not hold.
const DIGITS: usize = 19;

/// An integer that 64 bits do not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oversized {
    /// Where it stands in the value.
    pub path: Vec<Step>,
    pub digits: String,
}

/// A step into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Key(String),
    Item(usize),
}

impl Display for Oversized {
    /// Its place, like `a.b[2]`; nothing where it is all there is.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, step) in self.path.iter().enumerate() {
            match step {
                Step::Key(key) if index == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Item(item) => write!(f, "[{item}]")?,
            }
        }
        Ok(())
    }
}

/// The integers in this JSON that 64 bits do not hold, the first `most` of them. It must be JSON: this tells
/// no more than where its tokens are.
#[must_use]
pub fn oversized(json: &[u8], most: usize) -> Vec<Oversized> {
    if !has_long_run(json) {
        return Vec::new();
    }
    let mut walk = Walk {
        json,
        at: 0,
        inside: Vec::new(),
        found: Vec::new(),
    };
    while walk.at < json.len() && walk.found.len() < most {
        walk.step();
    }
    walk.found
}

fn has_long_run(json: &[u8]) -> bool {
    let mut at = DIGITS - 1;
    while let Some(byte) = json.get(at) {
        if byte.is_ascii_digit() {
            let is_digit = |byte: &&u8| byte.is_ascii_digit();
            let before = json[..at].iter().rev().take_while(is_digit).count();
            let behind = json[at..].iter().take_while(is_digit).count();
            if before + behind >= DIGITS {
                return true;
            }
            at += behind;
        }
        at += DIGITS;
    }
    false
}

/// What a walk is inside of.
enum Inside<'a> {
    /// An object, at the value of this key, which is written as it is in the JSON.
    Object(&'a [u8]),
    /// An array, at this item.
    Array(usize),
}

struct Walk<'a> {
    json: &'a [u8],
    at: usize,
    inside: Vec<Inside<'a>>,
    found: Vec<Oversized>,
}

impl Walk<'_> {
    /// Goes behind the next token.
    fn step(&mut self) {
        match self.json[self.at] {
            b'{' => self.inside.push(Inside::Object(b"")),
            b'[' => self.inside.push(Inside::Array(0)),
            b'}' | b']' => drop(self.inside.pop()),
            b',' => {
                if let Some(Inside::Array(item)) = self.inside.last_mut() {
                    *item += 1;
                }
            }
            b'"' => return self.string(),
            b'-' | b'0'..=b'9' => return self.number(),
            _ => {}
        }
        self.at += 1;
    }

    /// A string is a key where a colon follows it.
    fn string(&mut self) {
        let start = self.at;
        self.at += 1;
        while let Some(byte) = self.json.get(self.at) {
            self.at += if *byte == b'\\' { 2 } else { 1 };
            if *byte == b'"' {
                break;
            }
        }
        let rest = self.json.get(self.at..).unwrap_or_default();
        if rest.trim_ascii_start().first() == Some(&b':')
            && let Some(Inside::Object(key)) = self.inside.last_mut()
        {
            *key = &self.json[start..self.at];
        }
    }

    fn number(&mut self) {
        let rest = &self.json[self.at..];
        let is_part = |byte: &&u8| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
        let (text, _) = rest.split_at(rest.iter().take_while(is_part).count());
        self.at += text.len();
        let text = std::str::from_utf8(text).unwrap_or_default();
        if text.len() >= DIGITS
            && !text.contains(['.', 'e', 'E'])
            && text.parse::<i64>().is_err()
            && text.parse::<u64>().is_err()
        {
            self.found.push(Oversized {
                path: self.inside.iter().map(Inside::step).collect(),
                digits: text.to_owned(),
            });
        }
    }
}

impl Inside<'_> {
    fn step(&self) -> Step {
        match self {
            Self::Object(key) => Step::Key(super::read(key).unwrap_or_default()),
            Self::Array(item) => Step::Item(*item),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn places(json: &str) -> Vec<String> {
        let found = oversized(json.as_bytes(), usize::MAX);
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_64_bits_hold_and_what_is_no_integer_is_passed_over() {
        for json in [
            "18446744073709551615",
            "-9223372036854775808",
            "[1, 1234567890123456789]",
            "12345678901234567890123.0",
            "1.12345678901234567890123",
            "12345678901234567890123e2",
            "1e12345678901234567890123",
            r#"{"12345678901234567890123": "12345678901234567890123"}"#,
            r#"["\"12345678901234567890123"]"#,
            "",
        ] {
            assert!(places(json).is_empty(), "{json}");
        }
    }

    #[test]
    fn what_they_do_not_hold_is_found_with_its_place() {
        for (json, expected) in [
            ("18446744073709551616", vec![""]),
            ("-9223372036854775809", vec![""]),
            (r#"{"a":123456789012345678901234}"#, vec!["a"]),
            (
                r#"{"x":"[{,","a":{"b":[0,[],{"c" : 123456789012345678901234}]},"d":[123456789012345678901234,1]}"#,
                vec!["a.b[2].c", "d[0]"],
            ),
            (
                r#"[{"a":1},123456789012345678901234,"k",-123456789012345678901234]"#,
                vec!["[1]", "[3]"],
            ),
            (r#"{"\u0061\"b":123456789012345678901234}"#, vec!["a\"b"]),
        ] {
            assert_eq!(places(json), expected, "{json}");
        }
        let many = format!("[{}1]", "123456789012345678901234,".repeat(10));
        assert_eq!(oversized(many.as_bytes(), 3).len(), 3);
    }

    proptest! {
        #[test]
        fn a_long_number_is_found_wherever_it_stands(
            before in "[a-z0-9 ]{0,60}", digits in "[1-9][0-9]{18,60}", behind in "[a-z0-9 ]{0,60}")
        {
            let json = format!("[\"{before}\",{digits},\"{behind}\"]");
            let is_oversized = digits.parse::<u64>().is_err();
            prop_assert_eq!(places(&json).len(), usize::from(is_oversized));
        }
    }
}
