//! The JSON in a model's text: all of the text ([`whole`]), or the one object among its words ([`object`]).
//! What the text means for certain is read; nothing is guessed, and what was cut off is not mended.
//!
//! The object among words:
//! 1. The next brace that a key follows, or another brace that closes it, begins one; any other brace is a word.
//! 2. It ends where its braces close, strings left out. One that does not end was cut off, and nothing counts.
//! 3. What lies between is parsed. If that is no JSON, it is words as a whole, whatever lies inside of it.
//! 4. A second object is one too many, and one in an array is the array's.
//!
//! No character is looked at more than a few times, whatever the text.

use std::fmt::{self, Display, Formatter};

use serde_json::{Map, Value};

use super::{EXCERPT, describe, excerpt};
use crate::domain::json::{self, oversized};

/// Longest key in single quotes, in bytes.
const LONGEST_KEY: usize = 100;

/// Why there is no JSON in a text, in words that go on from "the output".
#[derive(Debug, PartialEq, Eq)]
pub(in crate::domain) enum Fault {
    Empty,
    /// It is nothing but words, or what looked like JSON is none.
    None(String),
    /// It is JSON, but no object.
    Other(String),
    Several(String),
    CutOff(String),
    /// The place of an integer that 64 bits do not hold.
    Oversized(String),
}

impl Display for Fault {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty where JSON is needed"),
            Self::None(what) => write!(f, "is no JSON {what}"),
            Self::Other(what) => write!(f, "must be a JSON object, but it is {what}"),
            Self::Several(text) => write!(
                f,
                "has more than one JSON object where one is needed: {text}"
            ),
            Self::CutOff(text) => write!(f, "has a JSON object that does not end: {text}"),
            Self::Oversized(place) => write!(
                f,
                "has an integer with more digits than a number keeps{place}: a text keeps them"
            ),
        }
    }
}

/// The value that a text consists of, apart from blanks and one code fence around it.
pub(in crate::domain) fn whole(text: &str) -> Result<Value, Fault> {
    let json = unfenced(text);
    parse(json).map_err(|fault| match fault {
        Unparsed::Oversized(place) => Fault::Oversized(place),
        Unparsed::NoJson(_) if is_blank(text) => Fault::Empty,
        Unparsed::NoJson(error) => Fault::None(format!("({error}): {}", short(text))),
    })
}

/// The object that a text consists of, as it was read before integers were looked at: the largest have lost
/// digits.
pub(super) fn as_before(text: &str) -> Option<Value> {
    let value: Value = json::read(unfenced(text).as_bytes()).ok()?;
    value.is_object().then_some(value)
}

/// The one object in a text, whatever words stand around it.
pub(in crate::domain) fn object(text: &str) -> Result<Map<String, Value>, Fault> {
    let mut search = Search {
        text,
        at: 0,
        open: 0,
        found: None,
        broken: None,
    };
    while let Some(begin) = search.next_begin() {
        search.take(begin)?;
    }
    match (search.found, search.broken) {
        (Some(found), _) => Ok(found),
        (None, Some(error)) => Err(Fault::None(format!("({error}): {}", short(text)))),
        (None, None) => {
            let value = whole(text)?;
            Err(Fault::Other(describe(&value)))
        }
    }
}

/// The value that a text consists of, or the one object in it.
pub(in crate::domain) fn value(text: &str) -> Result<Value, Fault> {
    whole(text).or_else(|fault| match fault {
        Fault::None(_) => object(text).map(Value::Object),
        other => Err(other),
    })
}

struct Search<'a> {
    text: &'a str,
    at: usize,
    /// Brackets among the words that are not closed.
    open: usize,
    found: Option<Map<String, Value>>,
    /// What is wrong with the first that looked like an object and is none.
    broken: Option<serde_json::Error>,
}

impl Search<'_> {
    /// Where the next object begins.
    fn next_begin(&mut self) -> Option<usize> {
        loop {
            let rest = self.text.as_bytes().get(self.at..)?;
            let is_mark = |byte: &u8| matches!(byte, b'{' | b'[' | b']');
            let begin = self.at + rest.iter().position(is_mark)?;
            self.at = begin + 1;
            match self.text.as_bytes()[begin] {
                b'[' => self.open += 1,
                b']' => self.open = self.open.saturating_sub(1),
                _ if has_key(&self.text[self.at..]) => return Some(begin),
                _ => {}
            }
        }
    }

    /// Takes the object that begins here, and goes behind it.
    fn take(&mut self, begin: usize) -> Result<(), Fault> {
        let Some(length) = extent(&self.text[begin..]) else {
            return Err(Fault::CutOff(short(&self.text[begin..])));
        };
        self.at = begin + length;
        match parse(&self.text[begin..self.at]) {
            Ok(Value::Object(_)) if self.found.is_some() => {
                return Err(Fault::Several(short(self.text)));
            }
            Ok(Value::Object(_)) if self.is_item(begin) => {
                let array = format!("an array: {}", short(self.text));
                return Err(Fault::Other(array));
            }
            Ok(Value::Object(object)) => self.found = Some(object),
            Ok(_) => {}
            Err(Unparsed::Oversized(place)) => return Err(Fault::Oversized(place)),
            Err(Unparsed::NoJson(error)) => drop(self.broken.get_or_insert(error)),
        }
        Ok(())
    }

    /// Does what begins here, and ends where the search is, stand in an array?
    fn is_item(&self, begin: usize) -> bool {
        let before = self.text[..begin].trim_end_matches(is_space);
        let behind = self.text[self.at..].trim_start_matches(is_space);
        self.open > 0
            && before.ends_with(['[', ','])
            && (behind.is_empty() || behind.starts_with([']', ',']))
    }
}

/// Does the text behind a brace begin with a key, or is the brace closed at once? Keys that JSON does not know
/// count: what has them is no JSON, nor is what lies inside of it.
fn has_key(text: &str) -> bool {
    let text = text.trim_start_matches(is_space);
    let mut characters = text.chars();
    let rest = match characters.next() {
        Some('}') => return true,
        Some('"') => match string(characters.as_str()) {
            Some(length) => characters.as_str().get(length..),
            None => return true,
        },
        Some('\'') => {
            let key = characters.as_str().as_bytes();
            let end = key.iter().take(LONGEST_KEY).position(|byte| *byte == b'\'');
            end.and_then(|end| characters.as_str().get(end + 1..))
        }
        Some(_) => {
            let rest = text.trim_start_matches(|c: char| c.is_alphanumeric() || "_$-".contains(c));
            Some(rest).filter(|rest| rest.len() < text.len() && !rest.is_empty())
        }
        None => None,
    };
    let rest = rest.map(|rest| rest.trim_start_matches(is_space));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

/// How long a text is up to the quote that ends a string, with the quote.
fn string(text: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        let is_mark = |byte: &u8| matches!(byte, b'"' | b'\\');
        let found = at + text.as_bytes().get(at..)?.iter().position(is_mark)?;
        if text.as_bytes()[found] == b'"' {
            return Some(found + 1);
        }
        at = found + 2;
    }
}

/// How long the object is that a text begins with; none when it does not end.
fn extent(text: &str) -> Option<usize> {
    let (mut at, mut depth) = (0, 0_usize);
    loop {
        let is_mark = |byte: &u8| matches!(byte, b'{' | b'}' | b'"');
        let found = at + text.as_bytes().get(at..)?.iter().position(is_mark)?;
        at = found + 1;
        match text.as_bytes()[found] {
            b'{' => depth += 1,
            b'}' if depth == 1 => return Some(at),
            b'}' => depth -= 1,
            _ => at += string(text.get(at..)?)?,
        }
    }
}

enum Unparsed {
    NoJson(serde_json::Error),
    Oversized(String),
}

/// Parses JSON in which control characters may stand in strings as they are, and blanks of any kind between
/// what it consists of: their meaning is certain.
fn parse(json: &str) -> Result<Value, Unparsed> {
    let (json, mut value) = match json::read(json.as_bytes()) {
        Ok(value) => (json.into(), value),
        Err(error) => {
            let written = written_out(json);
            let value = written.as_deref().map(|json| json::read(json.as_bytes()));
            let value = value.and_then(Result::ok);
            written.zip(value).ok_or(Unparsed::NoJson(error))?
        }
    };
    json::steady_all(&mut value);
    match oversized(json.as_bytes(), 1).first() {
        None => Ok(value),
        Some(found) if found.path.is_empty() => Err(Unparsed::Oversized(String::new())),
        Some(found) => {
            let place = excerpt(&found.to_string(), EXCERPT);
            Err(Unparsed::Oversized(format!(" at {place}")))
        }
    }
}

/// The same JSON with escapes for the control characters in its strings, and spaces for its blanks; none where
/// there are none of either.
fn written_out(json: &str) -> Option<String> {
    let mut written = String::with_capacity(json.len());
    let (mut in_string, mut is_escaped, mut is_other) = (false, false, false);
    for character in json.chars() {
        let is_odd = match character {
            _ if is_escaped => false,
            _ if in_string => character < ' ',
            ' ' | '\t' | '\n' | '\r' => false,
            _ => is_space(character),
        };
        if !is_odd {
            written.push(character);
        } else if in_string {
            let escape = format!("\\u{:04x}", u32::from(character));
            written.push_str(&escape);
        } else {
            written.push(' ');
        }
        is_other |= is_odd;
        in_string ^= character == '"' && !is_escaped;
        is_escaped = in_string && character == '\\' && !is_escaped;
    }
    is_other.then_some(written)
}

/// A text without the blanks and the one Markdown code fence around it. Models like to fence their JSON,
/// whatever the prompt says.
fn unfenced(text: &str) -> &str {
    let text = text.trim_matches(is_space);
    let Some(mark @ ('`' | '~')) = text.chars().next() else {
        return text;
    };
    let body = text.trim_start_matches(mark);
    let fence = &text[..text.len() - body.len()];
    if fence.len() < 3 {
        return text;
    }
    let body = body.strip_suffix(fence).unwrap_or(body);
    let is_info = |c: char| c.is_alphanumeric() || "_+-.".contains(c);
    let bare = body.trim_start_matches(is_info).trim_matches(is_space);
    if bare.is_empty() {
        // It is a word of JSON.
        return body.trim_matches(is_space);
    }
    bare
}

/// A blank of any kind, and what has no width.
fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{feff}' | '\u{200b}' | '\u{2060}')
}

fn is_blank(text: &str) -> bool {
    text.chars().all(is_space)
}

fn short(text: &str) -> String {
    excerpt(text.trim_matches(is_space), EXCERPT)
}

#[cfg(test)]
mod tests;
