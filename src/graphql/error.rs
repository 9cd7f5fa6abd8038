//! The one place where errors take the form that a caller sees: message, `extensions.code`,
//! `extensions.field`.
//!
//! Resolvers answer with [`Error`] as it is; the library carries it along as the source of its own
//! error, and [`write_out`] does what it says when the answer is complete. What the library
//! refuses itself, before a resolver runs, gets a code here too.

use std::sync::Arc;

use async_graphql::{Pos, Response, ServerError};

use super::context::RequestId;
use crate::error::{Code, Error};

const PARSE_FAILED: &str = "GRAPHQL_PARSE_FAILED";
const VALIDATION_FAILED: &str = "GRAPHQL_VALIDATION_FAILED";

/// Errors that one answer lists.
pub(super) const ERRORS: usize = 10;
/// Longest message of an error, in characters.
const MESSAGE: usize = 300;

/// Cuts a message that is too long.
pub fn cut(message: &mut String) {
    if let Some((end, _)) = message.char_indices().nth(MESSAGE) {
        message.truncate(end);
    }
}

/// A refusal before anything runs, with a code.
#[must_use]
pub fn refusal(mut message: String, at: Option<Pos>, code: &str) -> ServerError {
    cut(&mut message);
    let mut error = ServerError::new(message, at);
    error.extensions.get_or_insert_default().set("code", code);
    error
}

/// A refusal of a document that cannot be read.
pub(super) fn not_parsed(message: impl Into<String>, at: Pos) -> ServerError {
    refusal(message.into(), Some(at), PARSE_FAILED)
}

/// A refusal of a document that breaks a rule of the language.
pub(super) fn not_valid(message: impl Into<String>, at: Pos) -> ServerError {
    refusal(message.into(), Some(at), VALIDATION_FAILED)
}

/// A refusal of a document that asks for too much.
pub(super) fn too_much(message: impl Into<String>) -> ServerError {
    refusal(message.into(), None, Code::LimitExceeded.as_str())
}

/// A refusal of a value that is not what belongs at `field`.
pub(super) fn bad_input(field: &str, message: impl Into<String>, at: Option<Pos>) -> ServerError {
    let mut error = refusal(message.into(), at, Code::BadUserInput.as_str());
    error.extensions.get_or_insert_default().set("field", field);
    error
}

/// Writes out the errors of an answer, and logs those that are ours, with the request's id.
#[must_use]
pub fn write_out(mut answer: Response, request: Option<&RequestId>) -> Response {
    log(&answer.errors, request);
    answer.errors.truncate(ERRORS);
    for error in &mut answer.errors {
        shape(error, request);
    }
    answer
}

fn shape(error: &mut ServerError, request: Option<&RequestId>) {
    let mut extensions = error.extensions.take().unwrap_or_default();
    if let Some(ours) = source(error) {
        let (message, field) = (ours.to_string(), ours.field());
        extensions.set("code", ours.code().as_str());
        if let Some(field) = field {
            extensions.set("field", field);
        }
        if let (Error::Internal(_), Some(request)) = (ours, request) {
            extensions.set("requestId", request.to_string());
        }
        error.message = message;
    } else if extensions.get("code").is_none() {
        extensions.set("code", library_code(error));
    }
    error.extensions = Some(extensions);
    cut(&mut error.message);
}

/// The code of what the library refuses itself. Where it validates a document it points at a place of it,
/// and nothing is resolved; what it finds later is in the variables or arguments.
fn library_code(error: &ServerError) -> &'static str {
    let validates = error.path.is_empty() && !error.locations.is_empty();
    if validates && !error.message.starts_with("Invalid value for argument") {
        VALIDATION_FAILED
    } else {
        Code::BadUserInput.as_str()
    }
}

/// Our own error behind the library's: of a service, or of a loader, whose fields share one.
fn source(error: &ServerError) -> Option<&Error> {
    let shared = || error.source::<Arc<Error>>().map(Arc::as_ref);
    error.source::<Error>().or_else(shared)
}

/// Logs our own failures, each once however many fields it failed.
fn log(errors: &[ServerError], request: Option<&RequestId>) {
    let mut logged: Vec<*const Error> = Vec::new();
    for error in errors.iter().filter_map(source) {
        let is_ours = matches!(error, Error::Internal(_));
        if is_ours && !logged.contains(&std::ptr::from_ref(error)) {
            logged.push(error);
            let request = request.map(tracing::field::display);
            tracing::error!(request, error = error.chain(), "request failed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use uuid::Uuid;

    fn shown(error: impl Into<async_graphql::Error>) -> serde_json::Value {
        let error = error
            .into()
            .into_server_error(async_graphql::Pos::default());
        let answer = write_out(
            Response::from_errors(vec![error]),
            Some(&RequestId::from(Uuid::nil())),
        );
        let error = serde_json::to_value(&answer.errors[0]).unwrap();
        json!({ "message": error["message"], "extensions": error["extensions"] })
    }

    #[test]
    fn callers_errors_show_their_message_code_and_field() {
        assert_eq!(
            shown(Error::bad_input("stages[2].name", "name must not be empty")),
            json!({
                "message": "name must not be empty",
                "extensions": { "code": "BAD_USER_INPUT", "field": "stages[2].name" },
            })
        );
        assert_eq!(
            shown(Arc::new(Error::not_found("workflow", "42"))),
            json!({ "message": "workflow 42 not found", "extensions": { "code": "NOT_FOUND" } })
        );
    }

    #[test]
    fn our_errors_show_nothing_but_the_request() {
        assert_eq!(
            shown(Error::internal("password authentication failed")),
            json!({
                "message": "internal server error",
                "extensions": {
                    "code": "INTERNAL_SERVER_ERROR",
                    "requestId": "00000000-0000-0000-0000-000000000000",
                },
            })
        );
    }

    #[test]
    fn answers_list_ten_errors_of_three_hundred_characters() {
        let errors = vec![ServerError::new("ä".repeat(500), None); 20];
        let answer = write_out(Response::from_errors(errors), None);
        assert_eq!(answer.errors.len(), 10);
        assert_eq!(answer.errors[0].message, "ä".repeat(300));
    }
}
