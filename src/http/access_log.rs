//! One line in the log for every request, and the id that ties an answer to it. What was asked, and
//! with which token, never gets there.

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;

use super::REQUEST_ID;
use crate::clock::Clock;
use crate::graphql::context::RequestId;

/// Gives the request an id, answers with it, and logs how it went.
pub(super) async fn record(
    State(clock): State<Clock>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = clock.new_id();
    let started = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    request.extensions_mut().insert(RequestId(id));

    let mut response = next.run(request).await;

    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    tracing::info!(
        %method,
        path,
        status = response.status().as_u16(),
        milliseconds = started.elapsed().as_millis(),
        request_id = %id,
        "request"
    );
    response
}
