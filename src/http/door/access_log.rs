//! One line in the log for every request, the id that ties an answer to it, and whom it came from. What was asked, and
//! with which token, never gets there.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;

use super::client::TrustedProxies;
use crate::clock::Clock;
use crate::graphql::context::RequestId;

/// Carries the id under which the log knows a request.
pub(in crate::http) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request an id, answers with it, and logs how it went.
pub(in crate::http) async fn record(
    State((clock, proxies)): State<(Clock, TrustedProxies)>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = clock.new_id();
    let started = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let client = proxies.client_of(&request);
    request.extensions_mut().insert(RequestId(id));
    request.extensions_mut().insert(client);

    let mut response = next.run(request).await;

    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    tracing::info!(
        %method,
        path,
        status = response.status().as_u16(),
        milliseconds = started.elapsed().as_millis(),
        client = %client.0,
        request_id = %id,
        "request"
    );
    response
}
