//! Errors in the form that GraphQL gives them, for what is refused before a resolver could: whatever
//! carries them, each has a message that is short enough, and `extensions.code`.

use async_graphql::{ErrorExtensionValues, Pos, ServerError};

use crate::error::{Code, Error};
use crate::graphql::error::cut;

/// One of our errors as GraphQL shows it. The text of `Internal` says nothing of its source.
pub(super) fn shown(error: &Error) -> ServerError {
    coded(error.to_string(), error.code())
}

/// What a client is told of a panic.
pub(super) fn of_panic() -> ServerError {
    coded("internal server error".to_owned(), Code::Internal)
}

/// An error with `code` in its extensions.
pub(super) fn coded(message: String, code: Code) -> ServerError {
    labelled(message, code.as_str())
}

/// An error with a code that a protocol has given it.
pub(super) fn labelled(message: String, code: &'static str) -> ServerError {
    refusal(message, None, code)
}

/// An error for a document that does not parse.
pub(super) fn not_parsed(message: String, at: Option<Pos>) -> ServerError {
    refusal(message, at, "GRAPHQL_PARSE_FAILED")
}

fn refusal(mut message: String, at: Option<Pos>, code: &str) -> ServerError {
    cut(&mut message);
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", code);
    let mut error = ServerError::new(message, at);
    error.extensions = Some(extensions);
    error
}
