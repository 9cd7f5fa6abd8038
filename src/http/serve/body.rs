//! Bodies have a deadline: one that has not come to its end by then is 408, and the connection ends.
//!
//! A body that nobody wants, because its request is refused for its headers, is still taken for a
//! while and thrown away: closing on a peer that sends makes its system throw our answer away.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use http_body::{Body as _, Frame};
use http_body_util::BodyExt;
use tokio::time::Sleep;

use crate::error::Code;
use crate::http::answer::Refusal;

/// How much of an unwanted body is taken, in bytes.
const MAX_UNWANTED: usize = 4 * 1024 * 1024;

/// Gives the request's body at most so long to arrive.
pub(in crate::http) async fn hurry(
    State(patience): State<Duration>,
    request: Request,
    next: Next,
) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let headers = request.headers().clone();
    let late = Arc::new(AtomicBool::new(false));
    // A peer that waits for our leave to send its body sends none after another answer.
    let waits_for_leave = headers.contains_key(header::EXPECT);
    let hurried = |body| Hurried {
        body: Some(body),
        patience,
        deadline: None,
        late: Arc::clone(&late),
        drained: !waits_for_leave,
    };
    let response = next.run(request.map(|body| Body::new(hurried(body)))).await;
    if !late.load(Ordering::Relaxed) {
        return response;
    }
    let seconds = patience.as_secs_f32();
    let message = format!("the body did not arrive within {seconds} s: send it faster");
    let refusal = Refusal::new(StatusCode::REQUEST_TIMEOUT, Code::LimitExceeded, message);
    let mut response = refusal.to(&headers);
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

/// A body that ends with an error when its time is over.
struct Hurried {
    /// Until it has come to its end.
    body: Option<Body>,
    patience: Duration,
    /// Runs from the first time that the body is waited for.
    deadline: Option<Pin<Box<Sleep>>>,
    late: Arc<AtomicBool>,
    /// Whether what is left over is taken and thrown away.
    drained: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("the body did not arrive in time")]
struct Late;

impl http_body::Body for Hurried {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        if let Poll::Ready(frame) = Pin::new(body).poll_frame(context) {
            if !matches!(frame, Some(Ok(_))) {
                self.body = None;
            }
            return Poll::Ready(frame);
        }
        let patience = self.patience;
        let deadline = self
            .deadline
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        deadline.as_mut().poll(context).map(|()| {
            self.late.store(true, Ordering::Relaxed);
            Some(Err(axum::Error::new(Late)))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl Drop for Hurried {
    fn drop(&mut self) {
        let left = self.body.take().filter(|body| !body.is_end_stream());
        if let Some(body) = left
            && self.drained
            && !self.late.load(Ordering::Relaxed)
        {
            tokio::spawn(tokio::time::timeout(self.patience, drain(body)));
        }
    }
}

async fn drain(mut body: Body) {
    let mut taken = 0;
    while taken < MAX_UNWANTED
        && let Some(Ok(frame)) = body.frame().await
    {
        taken += frame.data_ref().map_or(0, Bytes::len);
    }
}
