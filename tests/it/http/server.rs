//! A server with a schema and a sign-in of the tests' own.

use std::any::TypeId;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_graphql::{
    Context, Data, Executor, Object, Request, Response, Result as Resolved, Schema, Subscription,
};
use chrono::{DateTime, TimeDelta, Utc};
use footlight::clock::Clock;
use footlight::domain::viewer::Viewer;
use footlight::entity::execution_event;
use footlight::error::{Error, Result};
use footlight::graphql::context::RequestId;
use footlight::graphql::cursor::Cursor;
use footlight::graphql::error::write_out;
use footlight::graphql::known::Known;
use footlight::http::{self, Parts, Settings, SignIn};
use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};
use uuid::Uuid;

/// A token of user 1 that is good for a minute.
pub const ADA: Option<&str> = Some("ada");

/// What a server answered by HTTP.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.json().await.unwrap(),
        }
    }

    /// The code of its first error; empty where it has none.
    pub fn code(&self) -> String {
        let code = &self.body["errors"][0]["extensions"]["code"];
        code.as_str().unwrap_or_default().to_owned()
    }
}

/// A running server; stops when dropped.
pub struct Server {
    pub address: SocketAddr,
    pub clock: Clock,
    pub shutdown: CancellationToken,
    pub open_sockets: TaskTracker,
    /// How many endless subscriptions have been dropped.
    pub dropped: watch::Receiver<usize>,
    /// How many mutations have run.
    pub bumped: watch::Receiver<usize>,
    ready: Arc<AtomicBool>,
    gate: Arc<Semaphore>,
    serving: AbortOnDropHandle<()>,
}

impl Server {
    pub async fn start() -> Self {
        Self::start_with(|settings| settings).await
    }

    pub async fn start_with(change: impl FnOnce(Settings) -> Settings) -> Self {
        let settings = change(Settings::default());
        let clock = Clock::manual(start());
        let dropped = watch::Sender::new(0);
        let bumped = watch::Sender::new(0);
        let ready = Arc::new(AtomicBool::new(true));
        let gate = Arc::new(Semaphore::new(0));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (dropped_seen, bumped_seen) = (dropped.subscribe(), bumped.subscribe());
        let router = http::router(Parts {
            executor: WrittenOut(Schema::new(
                Queries,
                Mutations(bumped),
                Subscriptions(dropped),
            )),
            sign_in: Tokens(Arc::clone(&ready), Arc::clone(&gate)),
            clock: clock.clone(),
            settings: settings.clone(),
        });
        let serving = http::serve(listener, router, settings.serve, settings.shutdown.clone());
        Self {
            address,
            clock,
            shutdown: settings.shutdown,
            open_sockets: settings.open_sockets,
            dropped: dropped_seen,
            bumped: bumped_seen,
            ready,
            gate,
            serving: AbortOnDropHandle::new(tokio::spawn(serving)),
        }
    }

    /// Waits until every connection has ended, after a shutdown.
    pub async fn ended(&mut self) {
        (&mut self.serving).await.unwrap();
    }

    /// Believes the token `slow`, for which sign-in has waited.
    pub fn let_slow_tokens_in(&self) {
        self.gate.close();
    }

    pub fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Relaxed);
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("http://{}{path}", self.address);
        reqwest::Client::new().request(method, url)
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    /// A POST of `query`, to be sent by [`Answer::of`].
    pub fn asking(&self, token: Option<&str>, query: &str) -> RequestBuilder {
        let request = self
            .request(Method::POST, "/graphql")
            .json(&json!({ "query": query }));
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn post(&self, token: Option<&str>, query: &str) -> Answer {
        Answer::of(self.asking(token, query)).await
    }
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_600_000_000, 0).unwrap()
}

#[derive(Clone)]
struct Tokens(Arc<AtomicBool>, Arc<Semaphore>);

impl SignIn for Tokens {
    async fn viewer(&self, token: &str) -> Result<Viewer> {
        let (user, seconds) = match token {
            "ada" => (1, 60),
            "ada-later" => (1, 3600),
            "ada-expired" => (1, 0),
            "bob-later" => (2, 3600),
            "broken" => return Err(Error::internal("the store is away")),
            "panics" => panic_as_wanted(),
            "endless" => std::future::pending().await,
            "slow" => {
                // It is closed, and never given out.
                let _ = self.1.acquire().await;
                (1, 60)
            }
            _ => return Err(Error::Unauthenticated),
        };
        Ok(Viewer {
            user_id: Uuid::from_u128(user),
            email: None,
            admin: false,
            expires_at: start() + TimeDelta::seconds(seconds),
        })
    }

    async fn ready(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A schema whose errors are written out as the API's are.
#[derive(Clone)]
struct WrittenOut(Schema<Queries, Mutations, Subscriptions>);

impl Executor for WrittenOut {
    async fn execute(&self, request: Request) -> Response {
        write_out(self.0.execute(read(request)).await, None)
    }

    fn execute_stream(
        &self,
        request: Request,
        session: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        let answers = Executor::execute_stream(&self.0, read(request), session);
        answers.map(|answer| write_out(answer, None)).boxed()
    }
}

struct Queries;

#[Object]
impl Queries {
    async fn me(&self, context: &Context<'_>) -> Resolved<String> {
        Ok(context.data::<Viewer>()?.user_id.to_string())
    }

    async fn request_id(&self, context: &Context<'_>) -> Resolved<String> {
        Ok(context.data::<RequestId>()?.to_string())
    }

    async fn double(&self, of: i32) -> i32 {
        of * 2
    }

    /// A text of this length.
    async fn long(&self, length: usize) -> String {
        "x".repeat(length)
    }

    async fn fails(&self) -> Resolved<i32> {
        Err("no such number".into())
    }

    async fn panics(&self) -> i32 {
        panic_as_wanted()
    }
}

struct Mutations(watch::Sender<usize>);

#[Object]
impl Mutations {
    async fn bump(&self) -> usize {
        self.0.send_modify(|bumps| *bumps += 1);
        *self.0.borrow()
    }
}

struct Subscriptions(watch::Sender<usize>);

/// Counts itself when it is dropped.
struct CountedDrop(watch::Sender<usize>);

impl Drop for CountedDrop {
    fn drop(&mut self) {
        self.0.send_modify(|dropped| *dropped += 1);
    }
}

#[Subscription]
impl Subscriptions {
    async fn count(&self, to: i32) -> impl Stream<Item = i32> {
        stream::iter(1..=to)
    }

    /// One event, then silence.
    async fn endless(&self) -> impl Stream<Item = i32> {
        let counted = CountedDrop(self.0.clone());
        stream::once(async { 1 })
            .chain(stream::pending())
            .inspect(move |_| {
                let _ = &counted;
            })
    }

    /// Large events without end, numbered from 1.
    async fn flood(&self, context: &Context<'_>) -> impl Stream<Item = String> {
        let counted = CountedDrop(self.0.clone());
        let cursor = context.data_unchecked::<Cursor>().clone();
        stream::iter(1..).map(move |seq| {
            let _ = &counted;
            cursor.reach(Some(Arc::new(event(seq))));
            "x".repeat(64 * 1024)
        })
    }

    async fn fails(&self) -> impl Stream<Item = Resolved<i32>> {
        stream::once(async { Err("no such number".into()) })
    }

    async fn panics(&self) -> impl Stream<Item = i32> {
        stream::once(async { panic!("as the test wants it") })
    }
}

fn event(seq: i64) -> execution_event::Model {
    execution_event::Model {
        execution_id: Uuid::nil(),
        seq,
        user_id: Uuid::nil(),
        kind: String::new(),
        payload: Value::Null,
        created_at: start(),
    }
}

/// A panic that the compiler does not see through.
fn panic_as_wanted<T>() -> T {
    panic!("as the test wants it")
}

/// Gives the library the document that the transport has read.
fn read(mut request: Request) -> Request {
    let known = request.data.get(&TypeId::of::<Arc<Known>>());
    if let Some(known) = known.and_then(|known| known.downcast_ref::<Arc<Known>>()) {
        let document = known.document().clone();
        request.set_parsed_query(document);
    }
    request
}
