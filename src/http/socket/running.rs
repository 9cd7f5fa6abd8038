//! The operations of a socket: each runs in a task of its own, and all share one bounded queue to the
//! connection.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::Executor;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

use super::session::Serial;
use crate::http::operation::{self, Caller, Outcome, Panicked};
use crate::http::request::document::Parameters;
use crate::http::{Server, SignIn};

/// Results that may wait for a slow reader, over all operations of a socket.
const QUEUE: usize = 32;

/// An operation that is about to run.
pub(super) struct Operation {
    pub id: String,
    pub serial: Serial,
    pub caller: Caller,
    pub parameters: Parameters,
}

/// Something came of an operation.
pub(super) struct Output {
    pub id: String,
    pub serial: Serial,
    pub outcome: Outcome,
}

/// What runs. All of it ends when this is dropped.
pub(super) struct Running {
    tasks: JoinSet<()>,
    handles: HashMap<Serial, AbortHandle>,
    sender: mpsc::Sender<Output>,
    outputs: mpsc::Receiver<Output>,
}

impl Running {
    pub(super) fn new() -> Self {
        let (sender, outputs) = mpsc::channel(QUEUE);
        Self {
            tasks: JoinSet::new(),
            handles: HashMap::new(),
            sender,
            outputs,
        }
    }

    pub(super) fn start<E: Executor, S: SignIn>(
        &mut self,
        server: &Arc<Server<E, S>>,
        operation: Operation,
    ) {
        while self.tasks.try_join_next().is_some() {}
        let serial = operation.serial;
        let (server, sender) = (Arc::clone(server), self.sender.clone());
        let handle = self.tasks.spawn(run(server, operation, sender));
        self.handles.insert(serial, handle);
    }

    /// Ends an operation whose client wants no more of it.
    pub(super) fn stop(&mut self, serial: Serial) {
        if let Some(handle) = self.ended(serial) {
            handle.abort();
        }
    }

    /// Forgets an operation that has ended.
    pub(super) fn ended(&mut self, serial: Serial) -> Option<AbortHandle> {
        self.handles.remove(&serial)
    }

    /// Ends all of them.
    pub(super) fn stop_all(&mut self) {
        self.tasks.abort_all();
    }

    /// What comes next of one of them. Nothing is lost when this is dropped.
    pub(super) async fn next(&mut self) -> Output {
        match self.outputs.recv().await {
            Some(output) => output,
            // A sender lives here, too.
            None => std::future::pending().await,
        }
    }
}

async fn run<E: Executor, S: SignIn>(
    server: Arc<Server<E, S>>,
    operation: Operation,
    sender: mpsc::Sender<Output>,
) {
    let Operation {
        id,
        serial,
        caller,
        parameters,
    } = operation;
    let mut outcomes = outcomes(&server, caller, parameters);
    while let Some(outcome) = outcomes.next().await {
        let id = id.clone();
        let output = Output {
            id,
            serial,
            outcome,
        };
        // It fails when the connection is gone: there is nobody to work for.
        if sender.send(output).await.is_err() {
            return;
        }
    }
}

fn outcomes<E: Executor, S: SignIn>(
    server: &Server<E, S>,
    caller: Caller,
    parameters: Parameters,
) -> BoxStream<'static, Outcome> {
    let parsed = Panicked::caught(&caller.request_id, || parameters.parse(&server.documents));
    let refusal = match parsed {
        Ok(Ok(document)) => {
            return operation::outcomes(server.parts.executor.clone(), document, caller);
        }
        Ok(Err(error)) => error,
        Err(panicked) => panicked.shown(),
    };
    stream::iter([Outcome::Refused(vec![refusal])]).boxed()
}
