//! One operation of a websocket: a task that runs it and feeds what comes of it to the connection.

use std::panic::AssertUnwindSafe;

use async_graphql::parser::types::OperationType;
use async_graphql::{Executor, Request, Response, ServerError};
use futures_util::{FutureExt, StreamExt};
use tokio::sync::mpsc;

use super::session::Serial;
use crate::domain::viewer::Viewer;
use crate::graphql::context::RequestId;
use crate::http::document::Parameters;
use crate::http::execution;

/// Something came of an operation.
#[derive(Debug)]
pub(super) struct Output {
    pub id: String,
    pub serial: Serial,
    pub outcome: Outcome,
}

#[derive(Debug)]
pub(super) enum Outcome {
    /// A result; more may follow.
    Next(Box<Response>),
    /// The request was refused, or a resolver panicked. The last of its operation.
    Refused(Vec<ServerError>),
    /// The operation has ended.
    Complete,
}

/// An operation that is about to run, and where its results go.
pub(super) struct Operation {
    pub id: String,
    pub serial: Serial,
    pub request_id: RequestId,
    pub viewer: Viewer,
    pub outputs: mpsc::Sender<Output>,
}

/// The connection is gone, so there is nobody to work for.
struct Gone;

impl Operation {
    /// Runs to the end of the operation. Dropping the future ends a query or a subscription.
    pub(super) async fn run<E: Executor>(self, executor: E, parameters: Parameters) {
        let last = match self.execute(executor, parameters).await {
            Ok(last) => last,
            Err(Gone) => return,
        };
        // When the connection has gone, nobody waits for the last word.
        let _: Result<(), Gone> = self.send(last).await;
    }

    async fn execute<E: Executor>(
        &self,
        executor: E,
        parameters: Parameters,
    ) -> Result<Outcome, Gone> {
        let document = match parameters.parse() {
            Ok(document) => document,
            Err(error) => return Ok(Outcome::Refused(vec![error])),
        };
        let request = document
            .request
            .data(self.request_id)
            .data(self.viewer.clone());
        match document.kind {
            OperationType::Subscription => self.follow(executor, request).await,
            OperationType::Query | OperationType::Mutation => self.answer(executor, request).await,
        }
    }

    async fn answer<E: Executor>(&self, executor: E, request: Request) -> Result<Outcome, Gone> {
        match execution::run(&executor, request).await {
            Err(execution::Panicked) => Ok(Outcome::Refused(vec![execution::of_panic()])),
            Ok(answer) if execution::refuses(&answer) => Ok(Outcome::Refused(answer.errors)),
            Ok(answer) => {
                self.send(Outcome::Next(Box::new(answer))).await?;
                Ok(Outcome::Complete)
            }
        }
    }

    /// Only the first word of a subscription can be that it was refused.
    async fn follow<E: Executor>(&self, executor: E, request: Request) -> Result<Outcome, Gone> {
        let mut stream = executor.execute_stream(request, None);
        let mut started = false;
        loop {
            // After a panic the stream is not polled again, so what it left behind is not seen.
            match AssertUnwindSafe(stream.next()).catch_unwind().await {
                Err(_panic) => return Ok(Outcome::Refused(vec![execution::of_panic()])),
                Ok(None) => return Ok(Outcome::Complete),
                Ok(Some(first)) if !started && execution::refuses(&first) => {
                    return Ok(Outcome::Refused(first.errors));
                }
                Ok(Some(event)) => {
                    started = true;
                    self.send(Outcome::Next(Box::new(event))).await?;
                }
            }
        }
    }

    async fn send(&self, outcome: Outcome) -> Result<(), Gone> {
        let output = Output {
            id: self.id.clone(),
            serial: self.serial,
            outcome,
        };
        self.outputs.send(output).await.map_err(|_| Gone)
    }
}
