//! What Prometheus reads, on an address of its own.

use std::future::Future;

use axum::Router;
use axum::http::header;
use axum::routing::get;

/// Answers `/metrics` with what `render` makes, in Prometheus' text format.
pub fn router<R, F>(render: R) -> Router
where
    R: Fn() -> F + Clone + Send + Sync + 'static,
    F: Future<Output = String> + Send,
{
    let answer = move || {
        let rendering = render();
        async move {
            let kind = "text/plain; version=0.0.4; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], rendering.await)
        }
    };
    Router::new().route("/metrics", get(answer))
}
