//! What pages of other origins may do here, by CORS.

use std::time::Duration;

use axum::extract::Request;
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::Response;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use super::access_log::REQUEST_ID;
use super::origin::AllowedOrigins;
use crate::http::answer::Refusal;

/// The longest that a browser remembers what it may do: Chromium's limit.
const REMEMBERED: Duration = Duration::from_hours(2);

/// Lets pages of these origins in, with whatever headers they ask for: a token is among them, and nothing
/// here is believed for being absent.
pub(in crate::http) fn layer(allowed: &AllowedOrigins) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(allowed.header_values()))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([REQUEST_ID, header::RETRY_AFTER])
        .max_age(REMEMBERED)
}

/// Refuses an `OPTIONS` that is no preflight: the layer would answer each of them.
pub(in crate::http) async fn preflights_alone(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let is_preflight = headers.contains_key(header::ORIGIN)
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if request.method() == Method::OPTIONS && !is_preflight {
        let message = "send operations by POST, or queries by GET";
        return Refusal::not_allowed("GET, POST", message).to(headers);
    }
    next.run(request).await
}
