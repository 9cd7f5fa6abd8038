//! From the text of a document to the tree that the library executes: the grammar of executable
//! documents of September 2025 (sections 2.2 to 2.13), and nothing of type systems.
//!
//! The library's own parser knows neither descriptions nor surrogate pairs nor `\u{…}`, refuses `-0`,
//! takes `query Q()`, loses an input field that is given twice, and takes microseconds for a token. This
//! one reads each character once, recurses no deeper than [`NESTING`] brackets, and stops at the first
//! fault: a text that is too long or too deep costs no more than one that is not.

mod definitions;
mod lexer;
mod reader;
mod string;
mod value;

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Pos, ServerError};

use self::reader::Reader;
use super::error;

/// Longest document, in bytes.
pub const LENGTH: usize = 128 * 1024;
/// Deepest nesting of brackets: that of a JSON literal and some more around it.
const NESTING: usize = 128;
/// Longest piece of a document that a message repeats, in characters.
const PIECE: usize = 20;

type Result<T> = std::result::Result<T, Fault>;

/// Why a text is no document.
#[derive(Debug, PartialEq, Eq)]
enum Fault {
    Length,
    Tokens,
    Nesting,
    Name,
    /// A number that has no place in 64 bits.
    Number,
    Syntax {
        message: String,
        pos: Pos,
    },
    /// It reads well, and breaks a rule that is lost once it is parsed.
    Rule {
        message: String,
        pos: Pos,
    },
}

/// Reads a document.
///
/// # Errors
/// `GRAPHQL_PARSE_FAILED` with the place, `GRAPHQL_VALIDATION_FAILED` for what is given twice, or
/// `LIMIT_EXCEEDED` with the limit.
pub fn parse(text: &str) -> std::result::Result<ExecutableDocument, ServerError> {
    read(text).map_err(Fault::shown)
}

fn read(text: &str) -> Result<ExecutableDocument> {
    if text.len() > LENGTH {
        return Err(Fault::Length);
    }
    Reader::new(text)?.document()
}

impl Fault {
    fn syntax(message: impl Into<String>, pos: Pos) -> Self {
        let message = message.into();
        Self::Syntax { message, pos }
    }

    fn rule(message: impl Into<String>, pos: Pos) -> Self {
        let message = message.into();
        Self::Rule { message, pos }
    }

    /// There is something else than there should be at this place, where `rest` begins.
    fn unexpected(rest: &str, pos: Pos) -> Self {
        let is_word = |character: &char| character.is_alphanumeric() || *character == '_';
        let word: String = rest.chars().take_while(is_word).take(PIECE).collect();
        let piece = match rest.chars().next() {
            None => return Self::syntax("the document ends too early", pos),
            Some(first) if word.is_empty() => first.to_string(),
            Some(_) => word,
        };
        Self::syntax(format!("unexpected {piece:?}"), pos)
    }

    fn shown(self) -> ServerError {
        match self {
            Self::Length => error::too_much(format!(
                "the document is too long: at most {} KiB, send long texts in variables",
                LENGTH / 1024
            )),
            Self::Tokens => error::too_much(format!(
                "the document has too many tokens: at most {}",
                lexer::TOKENS
            )),
            Self::Nesting => error::too_much(format!(
                "the document is nested too deep: at most {NESTING} levels of brackets"
            )),
            Self::Name => error::too_much(format!(
                "a name or a number in the document is too long: at most {} characters",
                lexer::NAME
            )),
            Self::Number => error::too_much("a number in the document is too large".to_owned()),
            Self::Syntax { message, pos } => {
                error::not_parsed(format!("syntax error: {message}"), pos)
            }
            Self::Rule { message, pos } => error::not_valid(message, pos),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Option<Fault> {
        read(text).err()
    }

    #[test]
    fn the_grammar_of_executable_documents() {
        for right in [
            "{a}",
            "query{a}",
            "query Q{a}",
            "query on{a}",
            "mutation M @a(b: 1) { a }",
            "subscription ($a: [Int!]! = [1] @b, $c: D) { a }",
            "\"d\" query Q(\"\"\"e\"\"\" $a: Int) { a } \"f\" fragment F on A { a }",
            "{ a: b(c: 1, d: -1.5e3, e: \"\", f: true, g: null, h: ENUM, i: [1 [2]], j: {k: {l: $m}}, n: [], o: {}) @p @p }",
            "{ ... { a } ... on B { c } ... @d { e } ...F @g } fragment F on A @h { a }",
            "{ on query fragment true null }",
            "query A { a } query B { b } fragment C on D { e }",
            "{ a(b: -0, c: 12345678901234567890123456789012) }",
            "{a}#",
        ] {
            assert_eq!(fault(right), None, "{right}");
        }
        for wrong in [
            "",
            "{",
            "{}",
            "{a}}",
            "query Q() { a }",
            "{ a() }",
            "{ a {} }",
            "{ a @ }",
            "{ a @b() }",
            "{ a: }",
            "{ a: b: c }",
            "{ ... on { a } }",
            "{ ...on }",
            "fragment on on A { a } { a }",
            "fragment F A { a } { a }",
            "fragment F on A { a }",
            "\"d\" { a }",
            "\"d\"",
            "query ($a Int) { a }",
            "query (a: Int) { a }",
            "query ($a: Int = $b) { a }",
            "query ($a: Int @b(c: $d)) { a }",
            "query ($a: [Int) { a }",
            "query ($a: Int!!) { a }",
            "{ a(b: $) }",
            "{ a(b: {c}) }",
            "{ a(b: [}) }",
            "{ a(b: {true: 1) }",
            "{ a(b) }",
            "{ a(1: b) }",
            "{ a & b }",
            "type A { a: Int }",
            "extend type A { a: Int }",
            "{ a } { b }",
            "{ a } query A { b }",
            "query A { a } query A { b }",
            "{ a } fragment F on A { a } fragment F on A { a }",
            "{ a(b: {c: 1, c: 1}) }",
            "query ($a: B = [{c: 1, d: {c: 1, c: 2}}]) { a }",
        ] {
            assert!(fault(wrong).is_some(), "{wrong}");
        }
    }

    #[test]
    fn a_syntax_error_names_what_is_there_and_where() {
        for (text, line, column, expected) in [
            ("{ me { id }", 1, 12, "the document ends too early"),
            ("", 1, 1, "the document ends too early"),
            ("{ me { id } }}", 1, 14, "unexpected \"}\""),
            ("{\n  me(id: ä) }", 2, 10, "unexpected \"ä\""),
            ("qwery { me }", 1, 1, "unexpected \"qwery\""),
            ("{ ...\n$a }", 2, 1, "unexpected \"$\""),
            ("{\n  ä(b: \"c", 2, 3, "unexpected \"ä\""),
            ("{ a(b: \"c", 1, 8, "a string does not end"),
            (
                "{ a } { b }",
                1,
                7,
                "a document with several operations names each of them",
            ),
            (
                "query A { a } query A { b }",
                1,
                15,
                "two operations are named A",
            ),
            (
                "{ a } fragment F on A { a } fragment F on A { a }",
                1,
                29,
                "two fragments are named F",
            ),
        ] {
            let pos = Pos { line, column };
            assert_eq!(fault(text), Some(Fault::syntax(expected, pos)), "{text}");
        }
        let Some(Fault::Syntax { message, .. }) = fault(&format!("{{ a }} {}", "ä".repeat(60)))
        else {
            panic!("read");
        };
        assert!(message.chars().count() < 60);
    }

    #[test]
    fn what_lies_in_each_other_counts_and_what_lies_side_by_side_does_not() {
        for (before, open, close, after) in [
            ("{a(b:", "[", "]", ")}"),
            ("{a(b:", "{a:[", "]}", ")}"),
            ("", "{a", "}", ""),
            ("{", "...{a", "}", "}"),
            ("query($a:", "[", "]", "){a}"),
        ] {
            let nested = |levels: usize| {
                let inner = if open == "[" && before.starts_with('q') {
                    "A"
                } else {
                    ""
                };
                let value = if open.ends_with('[') && inner.is_empty() {
                    "1"
                } else {
                    inner
                };
                format!(
                    "{before}{}{value}{}{after}",
                    open.repeat(levels),
                    close.repeat(levels)
                )
            };
            assert_eq!(fault(&nested(30)), None, "{open}");
            assert_eq!(fault(&nested(NESTING + 1)), Some(Fault::Nesting), "{open}");
            assert_eq!(fault(&nested(4_000)), Some(Fault::Nesting), "{open}");
        }
        let wide = format!("{{a(b:[{}])}}", "[1]".repeat(NESTING + 1));
        assert_eq!(fault(&wide), None);
        let open = format!("{{a(b:{}", "[".repeat(LENGTH / 2));
        assert_eq!(fault(&open), Some(Fault::Nesting));
    }

    #[test]
    fn brackets_in_strings_and_comments_count_nothing() {
        let many = "[".repeat(NESTING + 1);
        for hidden in [
            format!("\"{many}\""),
            format!("\"\\\"{many}\""),
            format!("\"\"\"{many}\"\"\""),
            format!("1 # \"{many}\n"),
            format!("1 #{many}\r"),
        ] {
            assert_eq!(fault(&format!("{{a(b:{hidden})}}")), None, "{hidden}");
            let followed = format!("{{a(b:{hidden},c:{many})}}");
            assert_eq!(fault(&followed), Some(Fault::Nesting), "{hidden}");
        }
    }

    #[test]
    fn documents_have_a_longest_length() {
        let long = |length: usize| format!("{{a{}}}", " ".repeat(length - 3));
        assert_eq!(fault(&long(LENGTH)), None);
        assert_eq!(fault(&long(LENGTH + 1)), Some(Fault::Length));
    }
}
