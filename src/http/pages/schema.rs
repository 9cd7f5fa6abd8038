//! `/schema.graphql`: what code generators read, as `footlight schema` prints it. Whoever may ask for it by
//! introspection, which needs no token, may have it here.

use axum::Router;
use axum::body::Bytes;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

use super::known::unless_known;
use crate::error::Code;
use crate::graphql;
use crate::http::answer::Refusal;

pub(super) const PATH: &str = "/schema.graphql";

/// The schema, where `introspection` shows it.
pub(super) fn routes<S: Clone + Send + Sync + 'static>(introspection: bool) -> Router<S> {
    if !introspection {
        return Router::new().route(PATH, get(kept_back));
    }
    let text = Bytes::from(graphql::sdl());
    let digest = format!("{:x}", Sha256::digest(&text));
    let answer = move |headers: HeaderMap| async move {
        let content = || {
            let content_type = [(CONTENT_TYPE, "application/graphql; charset=utf-8")];
            (content_type, text).into_response()
        };
        let known = unless_known(&headers, &digest, content);
        ([(CACHE_CONTROL, "no-cache")], known).into_response()
    };
    Router::new().route(PATH, get(answer))
}

async fn kept_back(headers: HeaderMap) -> Response {
    let message = "this server keeps its schema to itself: INTROSPECTION is off";
    Refusal::new(StatusCode::NOT_FOUND, Code::NotFound, message).to(&headers)
}
