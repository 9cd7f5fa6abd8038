//! How an answer of GraphQL, or a refusal before GraphQL was reached, becomes an HTTP response.

use async_graphql::{Response as Answer, ServerError};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::error;
use super::media::{Accepted, MediaType};
use super::operation;
use crate::error::{Code, Error};
use crate::graphql::context::RequestId;

/// Said of every answer: it is what it says it is, it is the caller's alone, and another caller may
/// be given another media type.
pub(super) const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::VARY, HeaderValue::from_static("accept")),
];

/// A body without the key `data`, which says that nothing ran.
#[derive(Serialize)]
struct Refused<'a> {
    errors: &'a [ServerError],
}

/// A request that is refused whatever media type the answer has.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    error: Box<ServerError>,
    header: Option<(HeaderName, HeaderValue)>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: Code, message: impl Into<String>) -> Self {
        Self {
            status,
            error: Box::new(error::coded(message.into(), code)),
            header: None,
        }
    }

    /// 413 for what is larger than this server takes.
    pub(super) fn too_large(message: String) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, Code::LimitExceeded, message)
    }

    /// 401 for a caller who must sign in.
    pub(super) fn unauthenticated() -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            error: Box::new(error::shown(&Error::Unauthenticated)),
            header: Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
        }
    }

    /// 401 for a token that is not believed, 500 for what is not the caller's fault.
    pub(super) fn of_sign_in(fault: &Error, id: &RequestId) -> Self {
        if matches!(fault, Error::Unauthenticated) {
            return Self::unauthenticated();
        }
        tracing::error!(request = %id, error = fault.chain(), "sign-in failed");
        Self::of_ours(error::of_ours(id))
    }

    /// 429 for a person who holds as many sockets and streams as they may.
    pub(super) fn of_no_seat(limit: usize) -> Self {
        let message = format!("at most {limit} sockets and streams a user on this server");
        Self {
            // Nobody knows when one closes; this is as soon as it makes sense to look.
            header: Some((header::RETRY_AFTER, HeaderValue::from_static("5"))),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, Code::LimitExceeded, message)
        }
    }

    /// 405, saying that `POST` would do.
    pub(super) fn post_only(message: impl Into<String>) -> Self {
        Self::not_allowed("POST", message)
    }

    /// 405, saying which methods would do.
    pub(super) fn not_allowed(methods: &'static str, message: impl Into<String>) -> Self {
        Self {
            header: Some((header::ALLOW, HeaderValue::from_static(methods))),
            ..Self::new(StatusCode::METHOD_NOT_ALLOWED, Code::BadUserInput, message)
        }
    }

    /// 426, for a websocket that did not begin as one.
    pub(super) fn websockets_only(message: impl Into<String>) -> Self {
        Self {
            header: Some((header::UPGRADE, HeaderValue::from_static("websocket"))),
            ..Self::new(StatusCode::UPGRADE_REQUIRED, Code::BadUserInput, message)
        }
    }

    /// 500 for what is not the caller's fault.
    pub(super) fn of_ours(error: ServerError) -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            error: Box::new(error),
            header: None,
        }
    }

    /// To whoever sent these headers, in JSON when they accept nothing else that there is.
    pub(super) fn to(self, headers: &HeaderMap) -> Response {
        let accepted = Accepted::by(headers).and_then(|accepted| accepted.media_type);
        self.into_response(accepted.unwrap_or(MediaType::Json))
    }

    pub(super) fn into_response(self, media_type: MediaType) -> Response {
        error::count(std::slice::from_ref(&*self.error));
        let body = Refused {
            errors: &[*self.error],
        };
        let mut response = json(self.status, media_type, &body);
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

/// Too much was asked; there is room again after this.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RetryAfter {
    /// Whole, and at least 1.
    pub seconds: u64,
    /// Which limit, and its size.
    pub limit: String,
}

impl RetryAfter {
    /// The error as GraphQL shows it.
    pub(super) fn shown(&self) -> ServerError {
        let Self { seconds, limit } = self;
        let message = format!("too fast: {limit}. Try again in {seconds} s");
        let mut error = error::coded(message, Code::LimitExceeded);
        if let Some(extensions) = &mut error.extensions {
            extensions.set("retryAfter", *seconds);
        }
        error
    }
}

/// 429, saying when to come back.
impl From<RetryAfter> for Refusal {
    fn from(later: RetryAfter) -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            error: Box::new(later.shown()),
            header: Some((header::RETRY_AFTER, HeaderValue::from(later.seconds))),
        }
    }
}

/// An answer of the executor. A refused request is 400 by the media type that says so.
pub(super) fn of_execution(answer: &Answer, media_type: MediaType) -> Response {
    if operation::refuses(answer) {
        of_request_error(&answer.errors, media_type)
    } else {
        json(StatusCode::OK, media_type, answer)
    }
}

/// A request that does not parse, is not valid, or names no operation.
pub(super) fn of_request_error(errors: &[ServerError], media_type: MediaType) -> Response {
    error::count(errors);
    let status = match media_type {
        MediaType::GraphqlResponse => StatusCode::BAD_REQUEST,
        MediaType::Json => StatusCode::OK,
    };
    json(status, media_type, &Refused { errors })
}

fn json(status: StatusCode, media_type: MediaType, body: &impl Serialize) -> Response {
    let Ok(body) = serde_json::to_vec(body) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let content_type = [(header::CONTENT_TYPE, media_type.content_type())];
    (status, HEADERS, content_type, body).into_response()
}
