//! Errors in the form that GraphQL gives them, for what is refused before a resolver could: whatever
//! carries them, each has a message that is short enough, and `extensions.code`.

use async_graphql::{ServerError, Value};

use crate::error::{Code, Error};
use crate::graphql::context::RequestId;
use crate::graphql::error::refusal;

/// One of our errors as GraphQL shows it. The text of `Internal` says nothing of its source.
pub(super) fn shown(error: &Error) -> ServerError {
    coded(error.to_string(), error.code())
}

/// What a client is told of a failure of ours, a panic for one: nothing but the id under which the log
/// knows the request.
pub(super) fn of_ours(id: &RequestId) -> ServerError {
    let mut error = coded("internal server error".to_owned(), Code::Internal);
    if let Some(extensions) = &mut error.extensions {
        extensions.set("requestId", id.to_string());
    }
    error
}

/// An error with `code` in its extensions.
pub(super) fn coded(message: String, code: Code) -> ServerError {
    labelled(message, code.as_str())
}

/// An error with a code that a protocol has given it.
pub(super) fn labelled(message: String, code: &'static str) -> ServerError {
    refusal(message, None, code)
}

/// Counts a refusal for the metrics, by its code; where somebody was too fast, by that.
pub(super) fn count(errors: &[ServerError]) {
    let extensions = errors.first().and_then(|error| error.extensions.as_ref());
    let value = |name| extensions.and_then(|extensions| extensions.get(name));
    let reason = match (value("retryAfter"), value("code")) {
        (Some(_), _) => "RATE".to_owned(),
        (None, Some(Value::String(code))) => code.clone(),
        (None, _) => "none".to_owned(),
    };
    metrics::counter!("footlight_refusals_total", "reason" => reason).increment(1);
}
