//! Running an operation for either transport, and telling a refused request from a failed field.

use std::panic::AssertUnwindSafe;

use async_graphql::{ErrorExtensionValues, Executor, Pos, Request, Response, ServerError, Value};
use futures_util::FutureExt;

use crate::error::{Code, Error};
use crate::graphql::limits;

/// A resolver panicked. The panic itself is in the log.
#[derive(Debug)]
pub(super) struct Panicked;

/// Runs a query or mutation. Dropping the future ends it, but for what the resolvers have put into
/// tasks of their own.
pub(super) async fn run<E: Executor>(executor: &E, request: Request) -> Result<Response, Panicked> {
    // Nothing of the request is looked at again after a panic.
    AssertUnwindSafe(executor.execute(request))
        .catch_unwind()
        .await
        .map_err(|_panic| Panicked)
}

/// Whether `response` says that the request was refused before anything ran. The executor answers
/// both a refusal and a null that reached the root with `data: null`; only the latter's errors name
/// the field at fault.
pub(super) fn refuses(response: &Response) -> bool {
    response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty())
}

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
    limits::cut(&mut message);
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", code);
    let mut error = ServerError::new(message, at);
    error.extensions = Some(extensions);
    error
}
