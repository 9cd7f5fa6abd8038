//! Many processes on one PostgreSQL: whatever is killed or stopped, every run ends once, and whoever
//! watches is told everything once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::support::database;
use crate::support::nats::Nats;
use crate::support::process::{Cluster, Process, eventually};
use crate::support::provider::Reply;
use crate::support::server::{User, text};
use crate::support::socket::Socket;

const REPLICAS: usize = 3;
const USERS: usize = 8;
const RUNS: usize = 200;
/// How long processes are killed and started again.
const UNREST: Duration = Duration::from_secs(25);

const START: &str =
    "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
const RUN: &str = "query($id: ID!) { execution(id: $id) {
    status statusReason lastEventSeq logs { nodes { status errorMessage promptSent } } } }";
const EVENTS: &str = "subscription($id: ID!, $after: Int) {
    executionEvents(executionId: $id, after: $after) {
        seq ... on ExecutionStatusChanged { status } } }";

/// Replicas that come and go.
struct Replicas {
    cluster: Cluster,
    nats: String,
    places: Vec<Mutex<Option<Process>>>,
    next: AtomicUsize,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_run_ends_once_and_every_watcher_is_told_all_while_replicas_die() {
    if database::server().is_none() {
        return eprintln!("left out: replicas need PostgreSQL");
    }
    let Some(nats) = Nats::start().await else {
        return;
    };
    let replicas = Replicas::start(nats.url()).await;
    let cluster = &replicas.cluster;
    let takes = Duration::from_millis(400);
    cluster
        .provider
        .otherwise(move |body| Reply::slow(answer_to(body), takes));
    let users: Vec<User> = (0..USERS).map(|_| cluster.user()).collect();
    let mut workflows = Vec::new();
    for user in &users {
        let first = replicas.places[0].lock().await;
        // The second attempt is told of the first, and its answer leads past a stage.
        let stages = json!([
            { "promptTemplate": "a", "retryPromptTemplate": "again {{output}}", "retryLimit": 1,
              "validationType": "FUNCTION",
              "validationCriteria": { "functionName": "equals", "args": { "value": "a better one" } },
              "routes": { "by": "stage_1.raw", "to": { "a better one": 3 } } },
            { "promptTemplate": "never" },
            { "promptTemplate": "b" },
        ]);
        workflows.push(
            cluster
                .workflow(first.as_ref().unwrap(), user, stages)
                .await,
        );
    }

    let watched = join_all((0..RUNS).map(|number| {
        let (user, workflow) = (&users[number % USERS], &workflows[number % USERS]);
        let replicas = &replicas;
        async move {
            // Runs begin all through the unrest.
            let share = u32::try_from(number).unwrap() * 8 / 10;
            tokio::time::sleep(UNREST * share / u32::try_from(RUNS).unwrap()).await;
            let run = replicas.run(user, workflow, number).await;
            (run.clone(), user, replicas.watch(user, &run).await)
        }
    }));
    let (watched, ()) = tokio::join!(watched, replicas.unrest());

    for (run, user, events) in watched {
        let seqs: Vec<i64> = events
            .iter()
            .filter_map(|event| event["seq"].as_i64())
            .collect();
        let dense: Vec<i64> = (1..).take(seqs.len()).collect();
        assert_eq!(seqs, dense, "{run}");
        let terminal = events.iter().filter(|event| event["status"] == "COMPLETED");
        assert_eq!(terminal.count(), 1, "{run}: {events:?}");
        let row = replicas.ask(user, RUN, json!({ "id": run })).await;
        assert_eq!(row["execution"]["status"], "COMPLETED");
        assert_eq!(row["execution"]["lastEventSeq"], json!(seqs.len()));
        let logs = row["execution"]["logs"]["nodes"].as_array().unwrap().iter();
        let finished = logs.filter(|log| log["status"] == "FINISHED");
        let prompts: Vec<_> = finished.map(|log| &log["promptSent"]).collect();
        assert_eq!(prompts, ["a", "again an answer", "b"], "{run}");
    }
}

fn answer_to(body: &Value) -> &'static str {
    let messages = body["messages"].as_array().unwrap();
    let prompt = messages.last().unwrap()["content"].as_str().unwrap();
    if prompt.starts_with("again") {
        "a better one"
    } else {
        "an answer"
    }
}

#[tokio::test]
async fn a_process_that_was_stopped_past_its_lease_writes_nothing_and_claims_again() {
    if database::server().is_none() {
        return eprintln!("left out: replicas need PostgreSQL");
    }
    let cluster = Cluster::new().await;
    let user = cluster.user();
    let mut sleeper = cluster.start(&[]).await;
    let stages = json!([{ "promptTemplate": "a" }, { "promptTemplate": "b" }]);
    let workflow = cluster.workflow(&sleeper, &user, stages).await;

    cluster.provider.reply(Reply::gated("too late"));
    let run = start(&cluster, &sleeper, &user, &workflow).await;
    cluster.provider.wait_for_requests(1).await;
    sleeper.signal("STOP");
    cluster.provider.otherwise(|_| Reply::text("in time"));
    let other = cluster.start(&[]).await;
    let stopped = Instant::now();
    let ended = wait_for_end(&cluster, &other, &user, &run).await;
    assert_eq!(ended["status"], "COMPLETED");
    println!(
        "stopped → ended elsewhere: {:.1} s",
        stopped.elapsed().as_secs_f64()
    );

    sleeper.signal("CONT");
    cluster.provider.release();
    sleeper.says("taken for dead").await;
    let run_of_its_own = start(&cluster, &sleeper, &user, &workflow).await;
    other.signal("TERM");
    assert_eq!(other.ended().await, Some(0));
    let again = start(&cluster, &sleeper, &user, &workflow).await;
    for id in [run_of_its_own, again] {
        let ended = wait_for_end(&cluster, &sleeper, &user, &id).await;
        assert_eq!(ended["status"], "COMPLETED");
    }
    let after = cluster
        .data(&sleeper, &user, RUN, json!({ "id": run }))
        .await;
    assert_eq!(after["execution"], ended);
}

#[tokio::test]
async fn any_replica_shows_and_cancels_what_another_drives() {
    if database::server().is_none() {
        return eprintln!("left out: replicas need PostgreSQL");
    }
    let nats = Nats::start().await.map(|nats| (nats.url(), nats));
    let mut buses = vec![None];
    buses.extend(nats.as_ref().map(|(url, _)| Some(url.as_str())));
    for bus in buses {
        let cluster = Cluster::new().await;
        let variables: Vec<(&str, &str)> = bus.map(|url| ("NATS_URL", url)).into_iter().collect();
        let user = cluster.user();
        let driver = cluster.start(&variables).await;
        let other = cluster.start(&variables).await;
        let workflow = cluster
            .workflow(&driver, &user, json!([{ "promptTemplate": "a" }]))
            .await;

        cluster.provider.reply(Reply::hang());
        let run = start(&cluster, &driver, &user, &workflow).await;
        cluster.provider.wait_for_requests(1).await;
        let mut socket = cluster.socket(&other, &user).await;
        if bus.is_some() {
            sees_the_text_so_far(&mut socket, &run).await;
        }
        let query = "mutation($id: ID!) { cancelExecution(id: $id) { status } }";
        let cancelled = Instant::now();
        let answer = cluster
            .data(&other, &user, query, json!({ "id": run }))
            .await;
        assert_eq!(answer["cancelExecution"]["status"], "CANCELLED");
        cluster.provider.wait_for_dropped(1).await;
        let took = cancelled.elapsed();
        assert!(took < Duration::from_secs(1), "{took:?} over {bus:?}");
    }
}

#[tokio::test]
async fn any_replica_pauses_resumes_and_decides_what_another_drives() {
    if database::server().is_none() {
        return eprintln!("left out: replicas need PostgreSQL");
    }
    let cluster = Cluster::new().await;
    let user = cluster.user();
    let driver = cluster.start(&[]).await;
    let other = cluster.start(&[]).await;
    let stages =
        json!([{ "promptTemplate": "a" }, { "promptTemplate": "b", "validationType": "MANUAL" }]);
    let workflow = cluster.workflow(&driver, &user, stages).await;
    cluster.provider.reply(Reply::gated("an answer"));
    cluster.provider.otherwise(|_| Reply::text("an answer"));
    let run = start(&cluster, &driver, &user, &workflow).await;
    cluster.provider.wait_for_requests(1).await;

    let id = json!({ "id": run });
    let query = "mutation($id: ID!) { pauseExecution(id: $id) { pauseRequested } }";
    let asked = cluster.data(&other, &user, query, id.clone()).await;
    assert_eq!(asked["pauseExecution"]["pauseRequested"], true);
    cluster.provider.release();
    paused(&cluster, &other, &user, &run, "PAUSE_REQUESTED").await;
    let query = "mutation($id: ID!) { resumeExecution(id: $id) { status } }";
    cluster.data(&other, &user, query, id).await;
    paused(&cluster, &driver, &user, &run, "AWAITING_VALIDATION").await;

    let query = "{ pendingValidations { nodes { id } } }";
    let waiting = cluster.data(&other, &user, query, json!({})).await;
    let log = &waiting["pendingValidations"]["nodes"][0]["id"];
    let query = "mutation($input: RecordManualValidationInput!) {
        recordManualValidation(input: $input) { validationResult } }";
    let input = json!({ "input": { "logId": log, "result": "PASS" } });
    cluster.data(&other, &user, query, input).await;
    let ended = wait_for_end(&cluster, &driver, &user, &run).await;
    assert_eq!(ended["status"], "COMPLETED");
}

#[tokio::test]
async fn a_users_limits_hold_over_all_replicas() {
    if database::server().is_none() {
        return eprintln!("left out: replicas need PostgreSQL");
    }
    let cluster = Cluster::new().await;
    let user = cluster.user();
    let limit = [("MAX_RUNNING_PER_USER", "3")];
    let replicas = [cluster.start(&limit).await, cluster.start(&limit).await];
    let workflow = cluster
        .workflow(&replicas[0], &user, json!([{ "promptTemplate": "a" }]))
        .await;

    let pause = Duration::from_millis(100);
    cluster
        .provider
        .otherwise(move |_| Reply::slow("an answer", pause));
    let runs = join_all((0..24).map(|number| {
        let process = &replicas[number % 2];
        start(&cluster, process, &user, &workflow)
    }))
    .await;
    for run in &runs {
        wait_for_end(&cluster, &replicas[0], &user, run).await;
    }
    assert_eq!(cluster.provider.most_open(), 3);

    let query = "mutation($max: Int!) { updateProfile(input: { maxSnapshots: $max }) { id } }";
    cluster
        .data(&replicas[0], &user, query, json!({ "max": 5 }))
        .await;
    let query = "mutation($input: CreateSnapshotInput!) { createSnapshot(input: $input) { id } }";
    let made = join_all((0..20).map(|number| {
        let input = json!({ "input": { "workflowId": workflow, "name": "s" } });
        cluster.answer(replicas[number % 2].address, &user, query, input)
    }))
    .await;
    let refused = made
        .iter()
        .flatten()
        .filter(|answer| answer["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED");
    assert_eq!(refused.count(), 15);
}

impl Replicas {
    async fn start(nats: String) -> Self {
        let cluster = Cluster::new().await;
        let mut places = Vec::new();
        for _ in 0..REPLICAS {
            places.push(Mutex::new(Some(launch(&cluster, &nats).await)));
        }
        let next = AtomicUsize::new(0);
        Self {
            cluster,
            nats,
            places,
            next,
        }
    }

    /// Kills a replica at random and starts it again a little later, over and over.
    async fn unrest(&self) {
        let seed = rand::rng().random::<u64>();
        println!("seed {seed}");
        let mut dice = StdRng::seed_from_u64(seed);
        let until = Instant::now() + UNREST;
        while Instant::now() < until {
            // When a replica dies, and for how long it is away, is what is varied: nothing is waited for.
            let pause = Duration::from_millis(dice.random_range(500..2500));
            tokio::time::sleep(pause).await;
            let mut place = self.places[dice.random_range(0..REPLICAS)].lock().await;
            if let Some(process) = place.take() {
                process.kill().await;
            }
            let pause = Duration::from_millis(dice.random_range(0..1500));
            tokio::time::sleep(pause).await;
            *place = Some(launch(&self.cluster, &self.nats).await);
        }
    }

    /// The address of some replica that lives.
    async fn somebody(&self) -> std::net::SocketAddr {
        eventually("a replica that lives", || async {
            let turn = self.next.fetch_add(1, Ordering::Relaxed);
            let place = self.places[turn % REPLICAS].try_lock();
            let process = place.ok();
            let process = process.as_deref().and_then(Option::as_ref);
            process.map(|process| process.address)
        })
        .await
    }

    /// Asks one replica after the other until one answers.
    async fn ask(&self, user: &User, query: &str, variables: Value) -> Value {
        eventually("an answer", || async {
            let address = self.somebody().await;
            let asking = self.cluster.answer(address, user, query, variables.clone());
            let mut answer = asking.await?;
            // A process that is about to be killed may fail; whoever asks again is answered.
            (answer.get("errors").is_none()).then(|| answer["data"].take())
        })
        .await
    }

    async fn run(&self, user: &User, workflow: &str, number: usize) -> String {
        let input = json!({ "workflowId": workflow, "clientKey": number.to_string() });
        let data = self.ask(user, START, json!({ "input": input })).await;
        text(&data["startExecution"]["id"])
    }

    /// All events of a run, by as many sockets as it takes.
    async fn watch(&self, user: &User, run: &str) -> Vec<Value> {
        let mut events: Vec<Value> = Vec::new();
        let watching = async {
            loop {
                let address = self.somebody().await;
                let Some(mut socket) = Socket::try_open(address, &user.token).await else {
                    continue;
                };
                let after = events
                    .last()
                    .map_or(0, |event| event["seq"].as_i64().unwrap());
                let variables = json!({ "id": run, "after": after });
                socket.subscribe(EVENTS, variables).await;
                while let Some(message) = socket.try_next().await {
                    match message {
                        Some(payload) => events.push(payload["data"]["executionEvents"].clone()),
                        None => return,
                    }
                }
            }
        };
        let watched = tokio::time::timeout(UNREST * 4, watching).await;
        assert!(watched.is_ok(), "{run} does not end: {events:?}");
        events
    }
}

async fn launch(cluster: &Cluster, nats: &str) -> Process {
    cluster
        .start(&[("NATS_URL", nats), ("MAX_RUNNING_PER_USER", "100")])
        .await
}

async fn start(cluster: &Cluster, process: &Process, user: &User, workflow: &str) -> String {
    let input = json!({ "workflowId": workflow });
    let data = cluster
        .data(process, user, START, json!({ "input": input }))
        .await;
    text(&data["startExecution"]["id"])
}

async fn wait_for_end(cluster: &Cluster, process: &Process, user: &User, run: &str) -> Value {
    eventually("the end of a run", || async {
        let data = cluster.data(process, user, RUN, json!({ "id": run })).await;
        let row = data["execution"].clone();
        matches!(
            row["status"].as_str(),
            Some("COMPLETED" | "FAILED" | "CANCELLED")
        )
        .then_some(row)
    })
    .await
}

/// Waits until the run is paused for this reason.
async fn paused(cluster: &Cluster, process: &Process, user: &User, run: &str, reason: &str) {
    eventually(reason, || async {
        let data = cluster.data(process, user, RUN, json!({ "id": run })).await;
        let row = &data["execution"];
        (row["status"] == "PAUSED" && row["statusReason"] == reason).then_some(())
    })
    .await;
}

async fn sees_the_text_so_far(socket: &mut Socket, run: &str) {
    let query = "subscription($id: ID!) { executionEvents(executionId: $id, deltas: true) {
        ... on StageOutputDelta { offset text } } }";
    socket.subscribe(query, json!({ "id": run })).await;
    let mut seen = String::new();
    while seen != "The first half " {
        let message = socket.next().await.unwrap();
        let event = &message["data"]["executionEvents"];
        if let Some(text) = event["text"].as_str() {
            assert_eq!(event["offset"], json!(seen.chars().count()));
            seen.push_str(text);
        }
    }
}
