//! The watchers: many sockets in one process, each of which follows one run and sees to it that
//! nothing is missing, comes twice, or comes after the end.
//!
//! 1. Opened: every socket is signed in.
//! 2. Watching: every socket has subscribed to its run and was told the events up to a known one.
//! 3. Done: every subscription is complete. The sockets stay open for the next runs.
//!
//! Events are not parsed but searched: what a watcher costs here is not what is measured.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow, bail};
use bench_support::process::Orders;
use bench_support::socket::Socket;
use bench_support::spread::Spread;
use chrono::DateTime;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// The part of the instrument that the watchers are.
pub const PART: &str = "watchers";

/// Sockets that are opened at once.
const OPENING: usize = 64;

/// How long all of it may take.
const PATIENCE: Duration = Duration::from_mins(5);

/// What a front end that shows a run's progress asks for.
const QUERY: &str = "subscription($id: ID!) { executionEvents(executionId: $id) {
    __typename seq occurredAt
    ... on ExecutionStatusChanged { status previousStatus reason }
    ... on StageStarted { stageOrder attemptNumber }
    ... on StageFinished { stageOrder attemptNumber validationResult nextStageOrder }
} }";

/// What the watchers are told.
#[derive(Serialize, Deserialize)]
pub enum Order {
    Open {
        servers: Vec<SocketAddr>,
        token: String,
        count: usize,
    },
    Watch(Watch),
}

/// What to watch: every run gets as many watchers as every other.
#[derive(Clone, Serialize, Deserialize)]
pub struct Watch {
    pub runs: Vec<String>,
    /// Number of the last event that there is while the runs are held back.
    pub head: u32,
    /// Number of the last event that there will be.
    pub last: u32,
}

/// What came of it.
#[derive(Serialize, Deserialize)]
pub struct Done {
    /// Watchers that were told every event once, in order, and then the end.
    pub content: usize,
    /// What the first one that was not has to say.
    pub complaint: Option<String>,
    /// Events that were told live, to all watchers together.
    pub told: usize,
    /// From the first event that was told live to the last.
    pub seconds: f64,
    /// From an event's time to its receipt.
    pub delay: Spread,
}

/// What one watcher saw.
struct Seen {
    socket: Option<Socket>,
    complaint: Option<String>,
    /// In milliseconds.
    delays: Vec<f64>,
    first: Option<Instant>,
    last: Option<Instant>,
}

/// Plays the watchers until whoever started them has gone.
///
/// # Errors
/// When the server does not take the sockets.
pub async fn play() -> Result<()> {
    let mut orders = Orders::default();
    let mut sockets = Vec::new();
    while let Some(order) = orders.next().await? {
        match order {
            Order::Open {
                servers,
                token,
                count,
            } => {
                sockets = open(&servers, &token, count).await?;
                orders.answer(&())?;
            }
            Order::Watch(watch) => {
                let seen = follow(std::mem::take(&mut sockets), &watch, &orders).await?;
                let (done, kept) = sum_up(seen);
                sockets = kept;
                orders.answer(&done)?;
            }
        }
    }
    Ok(())
}

async fn open(servers: &[SocketAddr], token: &str, count: usize) -> Result<Vec<Socket>> {
    let servers = servers.iter().cycle().take(count);
    let opening = servers.map(|server| Socket::open(*server, token));
    stream::iter(opening)
        .buffer_unordered(OPENING)
        .try_collect()
        .await
}

async fn follow(sockets: Vec<Socket>, watch: &Watch, orders: &Orders) -> Result<Vec<Seen>> {
    let everybody = Arc::new(Barrier::new(sockets.len() + 1));
    let mut watchers = JoinSet::new();
    for (socket, run) in sockets.into_iter().zip(watch.runs.iter().cycle()) {
        let (run, everybody) = (run.clone(), Arc::clone(&everybody));
        let (head, last) = (watch.head, watch.last);
        watchers.spawn(async move {
            let mut watcher = Watcher::new(socket, head, last);
            let end = tokio::time::timeout(PATIENCE, watcher.watch(&run, &everybody)).await;
            watcher.seen(end.unwrap_or_else(|_| Err(anyhow!("the run does not end"))))
        });
    }
    tokio::time::timeout(PATIENCE, everybody.wait())
        .await
        .context("not every watcher is told the first events")?;
    orders.answer(&())?;
    Ok(watchers.join_all().await)
}

struct Watcher {
    socket: Socket,
    head: u32,
    last: u32,
    told: u32,
    delays: Vec<f64>,
    first_at: Option<Instant>,
    last_at: Option<Instant>,
}

impl Watcher {
    fn new(socket: Socket, head: u32, last: u32) -> Self {
        Self {
            socket,
            head,
            last,
            told: 0,
            delays: Vec::with_capacity((last - head) as usize),
            first_at: None,
            last_at: None,
        }
    }

    async fn watch(&mut self, run: &str, everybody: &Barrier) -> Result<()> {
        let variables = json!({ "id": run });
        self.socket.subscribe("1", QUERY, &variables).await?;
        while self.told < self.head {
            self.hear().await?;
        }
        everybody.wait().await;
        while self.told < self.last {
            let (told_at, now) = self.hear().await?;
            self.delays.push(milliseconds(told_at, now));
            self.last_at = Some(Instant::now());
            self.first_at = self.first_at.or(self.last_at);
        }
        let end = self.socket.text().await?;
        if !end.contains(r#""type":"complete""#) {
            bail!("something comes after the end: {end}");
        }
        Ok(())
    }

    /// The next event: when it happened, and when it is here, since 1970.
    async fn hear(&mut self) -> Result<(Duration, Duration)> {
        let text = self.socket.text().await?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let seq: u32 = after(&text, r#""seq":"#, ',')
            .and_then(|seq| seq.parse().ok())
            .with_context(|| format!("no event: {text}"))?;
        if seq != self.told + 1 {
            bail!("event {seq} comes after event {}", self.told);
        }
        self.told = seq;
        if text.contains(r#""status":"COMPLETED""#) != (seq == self.last) {
            bail!("event {seq} of {}: {text}", self.last);
        }
        let at = after(&text, r#""occurredAt":""#, '"').context("an event without a time")?;
        let at = DateTime::parse_from_rfc3339(at)?.timestamp_millis();
        Ok((Duration::from_millis(at.try_into()?), now))
    }

    fn seen(self, end: Result<()>) -> Seen {
        let complaint = end.err().map(|error| format!("{error:#}"));
        Seen {
            socket: complaint.is_none().then_some(self.socket),
            complaint,
            delays: self.delays,
            first: self.first_at,
            last: self.last_at,
        }
    }
}

fn sum_up(seen: Vec<Seen>) -> (Done, Vec<Socket>) {
    let first = seen.iter().filter_map(|seen| seen.first).min();
    let last = seen.iter().filter_map(|seen| seen.last).max();
    let took = first.zip(last).map(|(first, last)| last - first);
    let mut delays = Vec::new();
    let mut sockets = Vec::new();
    let mut complaint = None;
    for seen in seen {
        delays.extend(seen.delays);
        sockets.extend(seen.socket);
        complaint = complaint.or(seen.complaint);
    }
    let done = Done {
        content: sockets.len(),
        complaint,
        told: delays.len(),
        seconds: took.unwrap_or_default().as_secs_f64(),
        delay: Spread::of(delays),
    };
    (done, sockets)
}

/// The clock that dated the event shows whole milliseconds, and is the same machine's.
fn milliseconds(from: Duration, to: Duration) -> f64 {
    to.saturating_sub(from).as_secs_f64() * 1000.0
}

/// What stands in `text` between a key and the next `end`.
fn after<'a>(text: &'a str, key: &str, end: char) -> Option<&'a str> {
    let from = text.find(key)? + key.len();
    text[from..].split(end).next()
}
