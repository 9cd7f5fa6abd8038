//! What a document's text alone can show, before it is parsed: its length, its tokens, how deep its
//! brackets lie in each other, how long its names are, and whether its strings end.
//!
//! The parser is worth this much distrust. It calls itself once for each level of a literal, so that
//! a few kilobytes of brackets end the stack and with it the process. Where a block string does not
//! end it reads on to the end of the text, then begins again behind the first two quotes: with many
//! of them its work is quadratic. And it takes tens of nanoseconds for a character of a comment or a
//! string, microseconds for a token.
//!
//! One pass, nothing kept. Strings and comments are told apart as the parser's grammar does, for a
//! bracket in them counts nothing, and one behind them does.

use async_graphql::{Pos, ServerError};

use crate::error::Code;
use crate::http::error;

/// Longest document, in bytes.
pub(super) const LENGTH: usize = 128 * 1024;
/// Most tokens of a document: names, numbers, strings and punctuation.
const TOKENS: usize = 10_000;
/// Deepest nesting of brackets: that of a JSON literal and some more around it.
const NESTING: usize = 128;
/// Longest name or number, in characters. The library repeats names in its messages, once for each error.
const NAME: usize = 128;

/// Most values of a JSON body: an object takes 2 kB and some microseconds while it is read and checked,
/// be it ever so short as text.
pub(in crate::http) const VALUES: usize = 50_000;

/// What is wrong with a text.
#[derive(Debug, PartialEq, Eq)]
enum Fault {
    Length,
    Tokens,
    Nesting,
    Name,
    /// The string that begins at this byte does not end.
    OpenString(usize),
}

/// Refuses a document that would take long to parse, or never be parsed to its end.
///
/// # Errors
///
/// `LIMIT_EXCEEDED` with the limit, or a syntax error.
pub(super) fn check(document: &str) -> Result<(), ServerError> {
    let refuse = |message: String| Err(error::coded(message, Code::LimitExceeded));
    match scan(document) {
        Ok(()) => Ok(()),
        Err(Fault::Length) => refuse(format!(
            "the document is too long: at most {} KiB, send long texts in variables",
            LENGTH / 1024
        )),
        Err(Fault::Tokens) => refuse(format!(
            "the document has too many tokens: at most {TOKENS}"
        )),
        Err(Fault::Nesting) => refuse(format!(
            "the document is nested too deep: at most {NESTING} levels of brackets"
        )),
        Err(Fault::Name) => refuse(format!(
            "a name or a number in the document is too long: at most {NAME} characters"
        )),
        Err(Fault::OpenString(at)) => Err(error::not_parsed(
            "syntax error: a string does not end".to_owned(),
            Some(position(document, at)),
        )),
    }
}

/// Does this JSON have more than [`VALUES`] values? Each but the first of all stands behind a bracket
/// or a comma.
pub(in crate::http) fn has_too_many_values(json: &[u8]) -> bool {
    let (mut values, mut in_string, mut escaped) = (0, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b'[' | b'{' | b',' if !in_string => values += 1,
            _ => {}
        }
    }
    values > VALUES
}

fn scan(document: &str) -> Result<(), Fault> {
    if document.len() > LENGTH {
        return Err(Fault::Length);
    }
    let bytes = document.as_bytes();
    let (mut at, mut tokens, mut open) = (0, 0, 0_usize);
    while let Some(&byte) = bytes.get(at) {
        let length = length(&document[at..]).ok_or(Fault::OpenString(at))?;
        at += length;
        match byte {
            b' ' | b'\t' | b',' | b'\n' | b'\r' | b'#' => continue,
            b'{' | b'[' | b'(' => open += 1,
            b'}' | b']' | b')' => open = open.saturating_sub(1),
            b'"' => {}
            _ if length > NAME => return Err(Fault::Name),
            _ => {}
        }
        tokens += 1;
        if tokens > TOKENS {
            return Err(Fault::Tokens);
        } else if open > NESTING {
            return Err(Fault::Nesting);
        }
    }
    Ok(())
}

/// How long that is which `text` begins with: a token, a comment, or one character that is neither.
/// None where a string begins that does not end.
fn length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    match bytes.first()? {
        b'#' => Some(run(bytes, |byte| !matches!(byte, b'\n' | b'\r'))),
        b'"' => string(text),
        b'.' => Some(run(bytes, |byte| byte == b'.')),
        b'-' | b'0'..=b'9' => Some(run(bytes, is_of_number)),
        _ => Some(run(bytes, is_word).max(1)),
    }
}

fn run(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    let end = bytes.iter().position(|&byte| !belongs(byte));
    end.unwrap_or(bytes.len())
}

const fn is_of_number(byte: u8) -> bool {
    is_word(byte) || matches!(byte, b'.' | b'+' | b'-')
}

/// What is no character of GraphQL counts as a word too, and is for the parser to
/// refuse.
const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The length of the string at the beginning of `text`, if it ends.
fn string(text: &str) -> Option<usize> {
    if let Some(block) = text.strip_prefix("\"\"\"") {
        let mut from = 0;
        loop {
            let end = from + block[from..].find("\"\"\"")?;
            from = end + 3;
            if !block[..end].ends_with('\\') {
                return Some(3 + from);
            }
        }
    }
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'"' if !escaped => return Some(at + 1),
            b'\n' | b'\r' => return None,
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}

fn position(document: &str, at: usize) -> Pos {
    let before = &document[..at];
    let line = before.rfind('\n').map_or(0, |newline| newline + 1);
    Pos {
        line: before.matches('\n').count() + 1,
        column: before[line..].chars().count() + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_each_other_counts_and_what_lies_side_by_side_does_not() {
        for (open, close) in [("{a:", "}"), ("[", "]"), ("{a", "}"), ("(a:[", "])")] {
            let depth = open.matches(['{', '[', '(']).count();
            let nested = |levels: usize| open.repeat(levels) + &close.repeat(levels);
            assert_eq!(scan(&nested(NESTING / depth)), Ok(()), "{open}");
            assert_eq!(
                scan(&nested(NESTING / depth + 1)),
                Err(Fault::Nesting),
                "{open}"
            );
            assert_eq!(scan(&nested(1).repeat(NESTING + 1)), Ok(()), "{open}");
        }
        assert_eq!(scan(&"[".repeat(LENGTH)), Err(Fault::Nesting));
    }

    #[test]
    fn brackets_in_strings_and_comments_count_nothing_and_those_behind_them_do() {
        let many = "[".repeat(NESTING + 1);
        for hidden in [
            format!("\"{many}\""),
            format!("\"\\\"{many}\""),
            format!("\"\\\\\\\"{many}\""),
            format!("\"\"\"{many}\"\"\""),
            format!("\"\"\"\\\"\"\"{many}\n\"{many}\"\"\""),
            format!("# \"{many}\n"),
            format!("#{many}\r"),
            "\"\" \"ä\" \"\\\\\"".to_owned(),
        ] {
            assert_eq!(scan(&hidden), Ok(()), "{hidden}");
            let followed = format!("{hidden} {many}");
            assert_eq!(scan(&followed), Err(Fault::Nesting), "{hidden}");
        }
    }

    #[test]
    fn tokens_are_counted_as_the_grammar_tells_them_apart() {
        for (token, counts) in [
            ("a", 1),
            ("a ", 1),
            ("$a:[B!]=-1.5e3 ", 9),
            ("\"a b c\"", 1),
            ("\"\"\"\n\\\"\"\"\"\"\"", 1),
            ("# a b c\n", 0),
            (" ,\t\r\n", 0),
            ("...F", 2),
            ("ä", 1),
        ] {
            let most = TOKENS.checked_div(counts).unwrap_or(TOKENS);
            let parted = format!("{token} ");
            assert_eq!(scan(&parted.repeat(most)), Ok(()), "{token}");
            if counts > 0 {
                let more = parted.repeat(most + 1);
                assert_eq!(scan(&more), Err(Fault::Tokens), "{token}");
            }
        }
    }

    #[test]
    fn names_and_documents_have_a_longest_length_and_strings_only_the_document_s() {
        assert_eq!(scan(&"x".repeat(NAME)), Ok(()));
        assert_eq!(scan(&"x".repeat(NAME + 1)), Err(Fault::Name));
        let string = format!("\"{}\"", "x".repeat(LENGTH - 2));
        assert_eq!(scan(&string), Ok(()));
        assert_eq!(scan(&(string + " ")), Err(Fault::Length));
    }

    #[test]
    fn values_of_json_are_counted_outside_of_strings() {
        for (item, counts) in [
            ("1,", true),
            ("[],", true),
            ("{\"a\":1},", true),
            ("\"\\\",,\",", true),
            ("\\u005b", false),
            (" :", false),
        ] {
            let quote = if counts { "" } else { "\"" };
            let json = format!("{quote}{}{quote}", item.repeat(VALUES + 1));
            assert_eq!(has_too_many_values(json.as_bytes()), counts, "{item}");
            let json = format!("{quote}{}{quote}", item.repeat(VALUES / 2));
            assert!(!has_too_many_values(json.as_bytes()), "{item}");
        }
    }

    #[test]
    fn a_string_that_does_not_end_is_found_where_it_begins() {
        for (document, line, column) in [
            ("{\n  ä(b: \"c", 2, 8),
            ("\"a\nb\"", 1, 1),
            ("\"a\\\"", 1, 1),
            ("\"\"\"a\"\" \\\"\"\"", 1, 1),
            // The parser would read these as two strings each, again and again.
            ("[\"\"\"A\"B\"\\\\\"\"\"\"A\"B\"\\\\\"]", 1, 2),
        ] {
            let error = check(document).unwrap_err();
            assert_eq!(error.locations, [Pos { line, column }], "{document}");
        }
    }
}
