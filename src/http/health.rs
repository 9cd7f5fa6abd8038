//! Whether this process lives, and whether it should be sent requests.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::{Server, SignIn};

/// The process answers.
pub async fn live() -> &'static str {
    "ok"
}

/// 200 while requests can be served, else 503.
pub(super) async fn ready<E, S: SignIn>(
    State(server): State<Arc<Server<E, S>>>,
) -> (StatusCode, &'static str) {
    let stopping = server.parts.settings.shutdown.is_cancelled();
    if !stopping && server.parts.sign_in.ready().await {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready")
    }
}
