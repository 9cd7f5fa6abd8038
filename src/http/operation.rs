//! One operation, whatever carries its answers: a stream of what comes of it, which is dropped to end
//! it.
//!
//! 1. Parse the document; it may be refused.
//! 2. A query or a mutation has one answer. A subscription has one for every event, until it completes.
//! 3. What is refused before anything runs is told apart from an answer with errors, and only the
//!    first word of an operation can be that it was refused.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Executor, Request, Response, ServerError, Value};
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::error;
use super::request::document::Document;
use crate::domain::viewer::Viewer;
use crate::graphql::context::RequestId;
use crate::graphql::cursor::Cursor;

/// Something came of an operation.
#[derive(Debug)]
pub(super) enum Outcome {
    /// A result; more may follow.
    Next(Told),
    /// The request was refused, or a resolver panicked. The last of its operation.
    Refused(Vec<ServerError>),
    /// The operation has ended. The last of it.
    Complete,
}

/// A result, and where it stands in the run that is followed.
#[derive(Debug)]
pub(super) struct Told {
    pub answer: Answer,
    /// The number of the last event up to here, 0 before the first.
    pub seq: i64,
}

/// A result as it is sent.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Answer {
    Own(Box<Response>),
    /// Written once for many.
    Shared(Arc<RawValue>),
}

/// Whose operation it is.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    /// `None` for one who asks about the API alone.
    pub viewer: Option<Viewer>,
    pub request_id: RequestId,
}

/// Runs an operation. The stream ends after [`Outcome::Refused`] and [`Outcome::Complete`]; what
/// mutations have begun is finished though it be dropped.
pub(super) fn outcomes<E: Executor>(
    executor: E,
    document: Document,
    caller: Caller,
) -> BoxStream<'static, Outcome> {
    match document.kind {
        OperationType::Subscription => Following::new(&executor, document, caller).outcomes(),
        OperationType::Query | OperationType::Mutation => {
            let answer = async move { stream::iter(told(run(&executor, document, caller).await)) };
            answer.flatten_stream().boxed()
        }
    }
}

impl Caller {
    /// Puts the caller into a request's data.
    fn signs(self, request: Request) -> Request {
        let request = request.data(self.request_id);
        match self.viewer {
            Some(viewer) => request.data(viewer),
            None => request,
        }
    }
}

/// A resolver panicked. The panic itself is in the log.
#[derive(Debug)]
pub(super) struct Panicked(RequestId);

impl Panicked {
    /// Says in the log whose request it was.
    fn of(id: RequestId) -> Self {
        tracing::error!(request = %id, "the request failed: a resolver panicked");
        Self(id)
    }

    /// Does what can panic before there is an operation.
    ///
    /// # Errors
    /// When it panics.
    pub(super) fn caught<T>(id: &RequestId, work: impl FnOnce() -> T) -> Result<T, Self> {
        // Nothing of the work is looked at again after a panic.
        let done = std::panic::catch_unwind(AssertUnwindSafe(work));
        done.map_err(|_panic| Self::of(id.clone()))
    }

    /// What the client is told of it.
    pub(super) fn shown(&self) -> ServerError {
        error::of_ours(&self.0)
    }
}

/// Runs a query or mutation, and notes how long it took and how it went. Dropping the future ends it, but
/// for what the resolvers have put into tasks of their own.
pub(super) async fn run<E: Executor>(
    executor: &E,
    document: Document,
    caller: Caller,
) -> Result<Response, Panicked> {
    let mut watch = Watch::of(document.kind);
    let id = caller.request_id.clone();
    let request = caller.signs(document.request);
    // Nothing of the request is looked at again after a panic.
    let response = AssertUnwindSafe(executor.execute(request))
        .catch_unwind()
        .await;
    watch.outcome = match &response {
        Err(_panic) => "panicked",
        Ok(response) => outcome_of(response),
    };
    response.map_err(|_panic| Panicked::of(id))
}

/// Sees how long an operation takes and how it ends, and tells the metrics when it is dropped.
#[derive(Debug)]
struct Watch {
    kind: &'static str,
    since: Instant,
    outcome: &'static str,
}

impl Watch {
    /// An operation begins. Until something else is said of it, its client has left it.
    fn of(kind: OperationType) -> Self {
        let kind = match kind {
            OperationType::Query => "query",
            OperationType::Mutation => "mutation",
            OperationType::Subscription => "subscription",
        };
        Self {
            kind,
            since: Instant::now(),
            outcome: "left",
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let Self { kind, outcome, .. } = *self;
        metrics::histogram!("footlight_graphql_seconds", "kind" => kind, "outcome" => outcome)
            .record(self.since.elapsed().as_secs_f64());
    }
}

/// How an answer went, for the metrics.
fn outcome_of(response: &Response) -> &'static str {
    if response.errors.is_empty() {
        "answered"
    } else if refuses(response) {
        "refused"
    } else {
        "failed"
    }
}

/// Whether `response` says that the request was refused before anything ran. The executor answers
/// both a refusal and a null that reached the root with `data: null`; only the latter's errors name
/// the field at fault.
pub(super) fn refuses(response: &Response) -> bool {
    response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty())
}

fn told(answer: Result<Response, Panicked>) -> Vec<Outcome> {
    match answer {
        Err(panicked) => vec![Outcome::Refused(vec![panicked.shown()])],
        Ok(response) if refuses(&response) => vec![Outcome::Refused(response.errors)],
        Ok(response) => {
            let answer = Answer::Own(Box::new(response));
            let told = Told { answer, seq: 0 };
            vec![Outcome::Next(told), Outcome::Complete]
        }
    }
}

/// A subscription under way.
struct Following {
    responses: BoxStream<'static, Response>,
    cursor: Cursor,
    started: bool,
    id: RequestId,
    watch: Watch,
}

impl Following {
    fn new<E: Executor>(executor: &E, document: Document, caller: Caller) -> Self {
        let watch = Watch::of(document.kind);
        let cursor = Cursor::new(document.selection);
        let id = caller.request_id.clone();
        let request = caller.signs(document.request).data(cursor.clone());
        Self {
            responses: executor.execute_stream(request, None),
            cursor,
            started: false,
            id,
            watch,
        }
    }

    fn outcomes(self) -> BoxStream<'static, Outcome> {
        let outcomes = stream::unfold(Some(self), |following| async {
            let mut following = following?;
            let outcome = following.next().await;
            let goes_on = matches!(outcome, Outcome::Next(_));
            Some((outcome, goes_on.then_some(following)))
        });
        outcomes.boxed()
    }

    async fn next(&mut self) -> Outcome {
        // After a panic the stream is not polled again, so what it left behind is not seen.
        let next = AssertUnwindSafe(self.responses.next()).catch_unwind().await;
        match next {
            Err(_panic) => {
                self.watch.outcome = "panicked";
                let panicked = Panicked::of(self.id.clone());
                Outcome::Refused(vec![panicked.shown()])
            }
            Ok(None) => Outcome::Complete,
            Ok(Some(first)) if !self.started && refuses(&first) => Outcome::Refused(first.errors),
            Ok(Some(response)) => {
                self.started = true;
                let answer = match self.cursor.take_answer() {
                    Some(text) => Answer::Shared(text),
                    None => Answer::Own(Box::new(response)),
                };
                let seq = self.cursor.last();
                Outcome::Next(Told { answer, seq })
            }
        }
    }
}
