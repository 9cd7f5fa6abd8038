//! From the text of a document to the parsed document, or to a refusal in our words: the parser's own
//! names its grammar's rules, and repeats the whole line, which may be all of the document.
//!
//! Clients send few documents again and again, and to copy a parsed one costs a small part of parsing
//! it: those parsed lately are kept.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::parser::{Error, parse_query};
use async_graphql::{Pos, ServerError};
use hashlink::LruCache;

use super::scan;
use crate::error::Code;
use crate::http::error;

/// Longest piece of a document that a message repeats, in characters.
const PIECE: usize = 20;

/// Parsed documents that are kept.
const KEPT: usize = 128;
/// Longest document that is kept, in bytes: parsed it is some twenty times as large.
const LONGEST: usize = 4096;

/// The documents that were parsed lately.
#[derive(Debug)]
pub(super) struct Parsed(Mutex<LruCache<String, Arc<ExecutableDocument>>>);

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
    pub(super) fn get(&self, text: &str) -> Result<ExecutableDocument, ServerError> {
        let kept = self.kept().get(text).map(Arc::clone);
        if let Some(kept) = kept {
            return Ok(ExecutableDocument::clone(&kept));
        }
        let document = parse(text)?;
        if text.len() <= LONGEST {
            let copy = Arc::new(document.clone());
            self.kept().insert(text.to_owned(), copy);
        }
        Ok(document)
    }

    fn kept(&self) -> MutexGuard<'_, LruCache<String, Arc<ExecutableDocument>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn parse(text: &str) -> Result<ExecutableDocument, ServerError> {
    scan::check(text)?;
    parse_query(text).map_err(|error| refusal(text, &error))
}

fn refusal(text: &str, error: &Error) -> ServerError {
    let at = error.positions().next();
    let message = match error {
        Error::Syntax { start, .. } => match unexpected(text, *start) {
            Some(piece) => format!("syntax error: unexpected {piece:?}"),
            None => "syntax error: the document ends too early".to_owned(),
        },
        Error::RecursionLimitExceeded => {
            let message = "the document is nested too deep: at most 64 levels of selections";
            return error::coded(message.to_owned(), Code::LimitExceeded);
        }
        Error::MultipleOperations { .. } => {
            "a document with several operations names each of them".to_owned()
        }
        Error::OperationDuplicated { operation, .. } => {
            format!("two operations are named {operation}")
        }
        Error::FragmentDuplicated { fragment, .. } => {
            format!("two fragments are named {fragment}")
        }
        // The others are about schemas, which nobody sends.
        _ => "the document has no operation".to_owned(),
    };
    error::not_parsed(message, at)
}

/// The piece of the text that begins at this place; none at its end.
fn unexpected(text: &str, at: Pos) -> Option<String> {
    let line = text.split('\n').nth(at.line - 1)?;
    let begin = line.char_indices().nth(at.column - 1)?.0;
    let rest = &line[begin..];
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let word = rest.chars().take_while(|c| is_word(*c)).take(PIECE);
    let word: String = word.collect();
    if word.is_empty() {
        rest.chars().next().map(String::from)
    } else {
        Some(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        let error = parse(text).unwrap_err();
        let code = error.extensions.and_then(|mut it| {
            it.set("seen", true);
            it.get("code").cloned()
        });
        assert!(code.is_some(), "{text}");
        error.message
    }

    #[test]
    fn a_syntax_error_names_what_is_there_and_nothing_else() {
        for (text, expected) in [
            ("{ me { id }", "syntax error: the document ends too early"),
            ("", "syntax error: the document ends too early"),
            ("{ me { id } }}", "syntax error: unexpected \"}\""),
            ("{\n  me(id: ä) }", "syntax error: unexpected \"ä\""),
            ("qwery { me }", "syntax error: unexpected \"qwery\""),
            (
                "{ a } { b }",
                "a document with several operations names each of them",
            ),
            ("query A { a } query A { b }", "two operations are named A"),
            (
                "{ a } fragment F on A { a } fragment F on A { a }",
                "two fragments are named F",
            ),
            ("fragment F on A { a }", "the document has no operation"),
        ] {
            assert_eq!(message(text), expected, "{text}");
        }
        let long = format!("{{ a }} {}", "ä".repeat(60));
        assert!(message(&long).chars().count() < 60);
    }
}
