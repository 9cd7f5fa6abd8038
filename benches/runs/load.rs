//! The load: clients that each start a run and watch it to its end, over one websocket, again and
//! again.
//!
//! 1. `startExecution` is sent over a socket, and its answer names the run.
//! 2. The run's events are subscribed to from the first; the last one ends its time, which began
//!    when the mutation was sent.
//! 3. After a while that is not counted the count of finished stages and runs begins; when the time
//!    is over clients finish what they have begun.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bench_support::api::{self, Api};
use bench_support::socket::Socket;
use bench_support::spread::Spread;
use serde_json::{Value, json};
use tokio::task::JoinSet;

const EVENTS: &str = "subscription($id: ID!) { executionEvents(executionId: $id) {
    __typename seq occurredAt
    ... on ExecutionStatusChanged { status reason }
    ... on StageStarted { stageOrder attemptNumber }
    ... on StageFinished { stageOrder attemptNumber validationResult nextStageOrder }
} }";

/// Operation ids: of the mutation, of the subscription.
const START: &str = "start";
const WATCH: &str = "watch";

/// Sockets of all clients together, at least. A server reads no more than 100 messages a second from a
/// socket, and a run takes two: a client of few has several, and takes them in turn.
pub const SOCKETS: usize = 64;

/// A run that does not end is a failure of the server, not a slow one.
const PATIENCE: Duration = Duration::from_mins(2);

/// What to load a server with.
#[derive(Clone)]
pub struct Load {
    pub api: Api,
    pub workflow: String,
    pub clients: usize,
    /// Time that is not counted.
    pub warm_up: Duration,
    pub time: Duration,
    /// Between two runs of a client.
    pub pause: Duration,
}

/// What came of it.
#[derive(Default)]
pub struct Outcome {
    pub runs_per_second: f64,
    pub stages_per_second: f64,
    /// Of the runs that began in the time that counts.
    pub times: Spread,
    /// Stages of all runs, of those that do not count, too.
    pub stages: u32,
}

/// What one client saw.
#[derive(Default)]
struct Seen {
    times: Vec<f64>,
    runs: u32,
    counted_stages: u32,
    stages: u32,
}

impl Load {
    /// Loads the server for the time that it says.
    ///
    /// # Errors
    /// When a run does not complete.
    pub async fn run(&self) -> Result<Outcome> {
        let mut all_sockets = Vec::new();
        for _ in 0..self.clients {
            let mut sockets = VecDeque::new();
            for _ in 0..SOCKETS.div_ceil(self.clients) {
                sockets.push_back(Socket::open(self.api.address, &self.api.token).await?);
            }
            all_sockets.push(sockets);
        }
        let from = Instant::now() + self.warm_up;
        let mut clients = JoinSet::new();
        for sockets in all_sockets {
            let client = Client {
                sockets,
                from,
                until: from + self.time,
                start: api::start(&self.workflow),
                pause: self.pause,
                seen: Seen::default(),
            };
            clients.spawn(client.go());
        }
        let mut all = Seen::default();
        while let Some(seen) = clients.join_next().await {
            let seen = seen??;
            all.times.extend(seen.times);
            all.runs += seen.runs;
            all.counted_stages += seen.counted_stages;
            all.stages += seen.stages;
        }
        let seconds = self.time.as_secs_f64();
        Ok(Outcome {
            runs_per_second: f64::from(all.runs) / seconds,
            stages_per_second: f64::from(all.counted_stages) / seconds,
            times: Spread::of(all.times),
            stages: all.stages,
        })
    }
}

struct Client {
    /// The first one is in use.
    sockets: VecDeque<Socket>,
    from: Instant,
    until: Instant,
    start: Value,
    pause: Duration,
    seen: Seen,
}

impl Client {
    async fn go(mut self) -> Result<Seen> {
        while Instant::now() < self.until {
            tokio::time::timeout(PATIENCE, self.one_run())
                .await
                .context("a run does not end")??;
            if !self.pause.is_zero() {
                tokio::time::sleep(self.pause).await;
            }
        }
        Ok(self.seen)
    }

    async fn one_run(&mut self) -> Result<()> {
        self.sockets.rotate_left(1);
        let began = Instant::now();
        let (query, start) = (api::START, self.start.clone());
        self.socket()?.subscribe(START, query, &start).await?;
        let answer: Value = serde_json::from_str(&self.socket()?.text().await?)?;
        let run = &answer["payload"]["data"]["startExecution"]["id"];
        if !run.is_string() {
            bail!("no run was started: {answer}");
        }
        self.expect_complete().await?;
        let variables = json!({ "id": run });
        self.socket()?.subscribe(WATCH, EVENTS, &variables).await?;
        while !self.hear().await? {}
        let ended = Instant::now();
        self.expect_complete().await?;
        if self.counts(ended) {
            self.seen.runs += 1;
        }
        if began >= self.from {
            let time = (ended - began).as_secs_f64() * 1000.0;
            self.seen.times.push(time);
        }
        Ok(())
    }

    /// The next event. Was it the last?
    async fn hear(&mut self) -> Result<bool> {
        let text = self.socket()?.text().await?;
        if text.contains(r#""__typename":"StageFinished""#) {
            if !text.contains(r#""validationResult":"PASS""#) {
                bail!("a stage does not pass: {text}");
            }
            self.seen.stages += 1;
            if self.counts(Instant::now()) {
                self.seen.counted_stages += 1;
            }
            return Ok(false);
        }
        if text.contains(r#""status":"FAILED""#) || !text.contains(r#""type":"next""#) {
            bail!("a run does not complete: {text}");
        }
        Ok(text.contains(r#""status":"COMPLETED""#))
    }

    async fn expect_complete(&mut self) -> Result<()> {
        let text = self.socket()?.text().await?;
        if !text.contains(r#""type":"complete""#) {
            bail!("no end of an operation: {text}");
        }
        Ok(())
    }

    fn socket(&mut self) -> Result<&mut Socket> {
        self.sockets.front_mut().context("a client has no socket")
    }

    fn counts(&self, at: Instant) -> bool {
        (self.from..self.until).contains(&at)
    }
}
