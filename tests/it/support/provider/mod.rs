//! A model provider on a local port that speaks OpenAI's chat completions and says what the test
//! scripted.
//!
//! Replies are taken from a queue; when it is empty, a closure answers from the request's body.
//! Waiting for something to happen is bounded, and a test that waits in vain fails saying for what.

mod reply;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::post;
use axum::serve::ListenerExt;
use axum::{Json, Router};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio_util::task::AbortOnDropHandle;

pub use self::reply::Reply;
use self::reply::{Content, Step};

const PATIENCE: Duration = Duration::from_secs(20);

/// The scripted provider; it stops listening when dropped.
pub struct Provider {
    address: SocketAddr,
    shared: Arc<Shared>,
    _server: AbortOnDropHandle<()>,
}

/// A request as it arrived.
#[derive(Clone)]
pub struct Received {
    pub authorization: Option<String>,
    pub headers: HeaderMap,
    /// What follows the `?` of the address.
    pub query: Option<String>,
    pub body: Value,
}

type Answering = dyn Fn(&Value) -> Reply + Send + Sync;

struct Shared {
    queue: Mutex<VecDeque<Reply>>,
    fallback: Mutex<Option<Box<Answering>>>,
    gate: Semaphore,
    seen: watch::Sender<Seen>,
}

#[derive(Default)]
struct Seen {
    requests: Vec<Received>,
    connections: usize,
    open: usize,
    most_open: usize,
    dropped: usize,
}

impl Provider {
    /// Listens on a free port of the loopback address.
    pub async fn start() -> Self {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            fallback: Mutex::default(),
            gate: Semaphore::new(0),
            seen: watch::Sender::default(),
        });
        let router = Router::new()
            .route("/v1/chat/completions", post(complete))
            .with_state(Arc::clone(&shared));
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let seen = shared.seen.clone();
        let listener = listener.tap_io(move |_| seen.send_modify(|seen| seen.connections += 1));
        let server = tokio::spawn(async move {
            axum::serve(listener, router)
                .await
                .expect("serves for ever");
        });
        Self {
            address,
            shared,
            _server: AbortOnDropHandle::new(server),
        }
    }

    /// What goes into `OPENAI_BASE_URL`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Queues a reply for the next request that has none yet.
    pub fn reply(&self, reply: Reply) {
        locked(&self.shared.queue).push_back(reply);
    }

    /// Answers, by its body, every request that finds the queue empty.
    pub fn otherwise(&self, answer: impl Fn(&Value) -> Reply + Send + Sync + 'static) {
        *locked(&self.shared.fallback) = Some(Box::new(answer));
    }

    /// Lets one reply that waits, or will wait, go on.
    pub fn release(&self) {
        self.shared.gate.add_permits(1);
    }

    /// Every request so far, oldest first.
    pub fn requests(&self) -> Vec<Received> {
        self.shared.seen.borrow().requests.clone()
    }

    /// Connections that were made so far.
    pub fn connections(&self) -> usize {
        self.shared.seen.borrow().connections
    }

    /// Requests that are being answered.
    pub fn open(&self) -> usize {
        self.shared.seen.borrow().open
    }

    /// The most requests that were being answered at once.
    pub fn most_open(&self) -> usize {
        self.shared.seen.borrow().most_open
    }

    /// Returns once `count` requests have arrived.
    pub async fn wait_for_requests(&self, count: usize) {
        self.wait("requests", count, |seen| seen.requests.len())
            .await;
    }

    /// Returns once `count` clients went away before the end of their answer.
    pub async fn wait_for_dropped(&self, count: usize) {
        self.wait("dropped connections", count, |seen| seen.dropped)
            .await;
    }

    async fn wait(&self, what: &str, count: usize, number: impl Fn(&Seen) -> usize) {
        let mut seen = self.shared.seen.subscribe();
        let reached = seen.wait_for(|seen| number(seen) >= count);
        if tokio::time::timeout(PATIENCE, reached).await.is_err() {
            let number = number(&self.shared.seen.borrow());
            panic!("waited in vain for {count} {what}, there were {number}");
        }
    }
}

async fn complete(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Response, Infallible> {
    let reply = shared.next_reply(&body);
    let connection = Connection::open(&shared);
    shared.seen.send_modify(|seen| {
        let authorization = headers.get("authorization");
        seen.requests.push(Received {
            authorization: authorization
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
            headers: headers.clone(),
            query,
            body,
        });
    });

    let mut response = Response::builder().status(reply.status);
    let (kind, body) = match reply.content {
        Content::Whole(body) => {
            connection.finish();
            ("application/json", Body::from(body))
        }
        Content::Stream(steps) => {
            let mut steps = VecDeque::from(steps);
            if let Some(Step::Wait) = steps.front() {
                steps.pop_front();
                shared.pass_gate().await;
            }
            ("text/event-stream", connection.play(steps))
        }
    };
    let own_kind = reply
        .headers
        .iter()
        .any(|(name, _)| *name == "content-type");
    if !own_kind {
        response = response.header("content-type", kind);
    }
    for (name, value) in &reply.headers {
        response = response.header(*name, value);
    }
    Ok(response
        .body(body)
        .expect("a scripted header is well formed"))
}

impl Shared {
    async fn pass_gate(&self) {
        let permit = self.gate.acquire().await;
        permit.expect("the gate is never closed").forget();
    }

    fn next_reply(&self, body: &Value) -> Reply {
        if let Some(reply) = locked(&self.queue).pop_front() {
            return reply;
        }
        match &*locked(&self.fallback) {
            Some(answer) => answer(body),
            None => Reply::error(400, "unscripted", "the test scripted no reply for this"),
        }
    }
}

/// A request that is being answered. Dropped before its end, it counts as a client gone away.
struct Connection {
    shared: Arc<Shared>,
    finished: bool,
}

impl Connection {
    fn open(shared: &Arc<Shared>) -> Self {
        shared.seen.send_modify(|seen| {
            seen.open += 1;
            seen.most_open = seen.most_open.max(seen.open);
        });
        Self {
            shared: Arc::clone(shared),
            finished: false,
        }
    }

    fn finish(mut self) {
        self.finished = true;
    }

    fn play(self, steps: VecDeque<Step>) -> Body {
        let pieces = stream::unfold((self, steps), |(connection, mut steps)| async move {
            let Some(step) = steps.pop_front() else {
                connection.finish();
                return None;
            };
            let piece = match &step {
                Step::Event(_) | Step::Raw(_) => Ok(step.bytes().unwrap_or_default()),
                Step::Wait => {
                    connection.shared.pass_gate().await;
                    Ok(Bytes::new())
                }
                Step::Pause(pause) => {
                    tokio::time::sleep(*pause).await;
                    Ok(Bytes::new())
                }
                Step::Stay => std::future::pending().await,
                Step::Break => {
                    // Gives the server its turn to send what it has before the connection is lost.
                    tokio::task::yield_now().await;
                    return Some((
                        Err(io::ErrorKind::ConnectionReset.into()),
                        (connection, steps),
                    ));
                }
            };
            Some((piece, (connection, steps)))
        });
        // An empty piece would end a chunked body.
        Body::from_stream(pieces.filter(|piece: &Result<Bytes, io::Error>| {
            let keep = !matches!(piece, Ok(bytes) if bytes.is_empty());
            std::future::ready(keep)
        }))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.shared.seen.send_modify(|seen| {
            seen.open -= 1;
            if !self.finished {
                seen.dropped += 1;
            }
        });
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
