//! Watching over real sockets: any cursor, any disconnects, and what is received is exactly what
//! follows the cursor.

use std::time::Duration;

use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::support::provider::Reply;
use crate::support::server::{Server, User};
use crate::support::socket::Socket;

const WATCHERS: u64 = 24;
/// At most as many sockets as one user may hold.
const MANY: u64 = 50;
/// Stages of a run whose events are no single page.
const LONG: usize = 60;
const EVENTS: &str = "subscription($id: ID!, $after: Int) {
    executionEvents(executionId: $id, after: $after) { seq } }";

#[tokio::test]
async fn any_cursor_and_any_disconnects_receive_exactly_what_follows() {
    let server = Server::start().await;
    let pause = Duration::from_millis(30);
    server
        .provider
        .otherwise(move |_| Reply::slow("one more word", pause));
    let user = server.user();
    let model = server.model().await;
    let stages: Vec<Value> = (0..12).map(|_| json!({})).collect();
    let workflow = server.workflow(&user, &model, json!(stages)).await;
    let run = server.run(&user, &workflow).await;
    let watched = join_all((0..WATCHERS).map(|seed| watch(&server, &user, &run, seed))).await;
    // Two events to begin with, two a stage, and the end.
    let last = 2 + 2 * 12 + 1;
    for (seed, (after, received)) in watched.into_iter().enumerate() {
        let expected: Vec<i64> = (after + 1..=last).collect();
        assert_eq!(received, expected, "seed {seed}");
    }
    server.stop().await;
}

#[tokio::test]
async fn what_many_watch_is_read_once_and_told_to_each() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("a word"));
    let user = server.user();
    let stages = json!([{ "validationType": "MANUAL" }, {}, {}]);
    let run = server.run_of(&user, stages).await;
    let query = "subscription($id: ID!, $after: Int) {
        executionEvents(executionId: $id, after: $after) {
            __typename seq
            ... on ExecutionStatusChanged { status execution { status } }
            ... on StageStarted { log { stageOrder promptSent } }
            ... on StageFinished { log { stageOrder rawOutput } }
        } }";
    let mut watchers = Vec::new();
    for _ in 0..MANY {
        let mut socket = server.socket(&user).await;
        socket.subscribe(query, json!({ "id": run })).await;
        while socket.next().await.unwrap()["data"]["executionEvents"]["status"] != "PAUSED" {}
        watchers.push(socket);
    }
    let pending = "{ pendingValidations { nodes { id } } }";
    let pending = server.data(&user, pending, json!({})).await;
    let log = &pending["pendingValidations"]["nodes"][0]["id"];
    let before = server.deps.store.statements();
    let decision = json!({ "logId": log, "result": "PASS" });
    server
        .mutate(&user, "recordManualValidation", decision, "{ id }")
        .await;
    let told = join_all(watchers.iter_mut().map(Socket::rest)).await;
    let statements = server.deps.store.statements() - before;
    for others in &told {
        assert_eq!(others, &told[0]);
    }
    let outputs = told[0].iter().map(|it| &it["data"]["executionEvents"]);
    let outputs = outputs.filter(|it| it["__typename"] == "StageFinished");
    assert_eq!(
        outputs
            .filter(|it| it["log"]["rawOutput"] == "a word")
            .count(),
        3
    );
    // Each watcher for itself would have read the log of each of five events.
    assert!(statements < 5 * MANY, "{statements} statements");
    server.stop().await;
}

#[tokio::test]
async fn a_replay_reads_attempts_by_the_page() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("a word"));
    let user = server.user();
    let stages: Vec<Value> = (0..LONG).map(|_| json!({})).collect();
    let run = server.run_of(&user, json!(stages)).await;
    let query = "subscription($id: ID!) { executionEvents(executionId: $id) { __typename
        ... on StageStarted { stageOrder log { stageOrder validationResult } }
        ... on StageFinished { stageOrder log { stageOrder validationResult } }
    } }";
    let mut live = server.socket(&user).await;
    live.subscribe(query, json!({ "id": run })).await;
    live.rest().await;
    let mut socket = server.socket(&user).await;
    let before = server.deps.store.statements();
    socket.subscribe(query, json!({ "id": run })).await;
    let told = socket.rest().await;
    let statements = server.deps.store.statements() - before;
    let events = told.iter().map(|it| &it["data"]["executionEvents"]);
    let of_stages: Vec<_> = events.filter(|it| !it["log"].is_null()).collect();
    assert_eq!(of_stages.len(), 2 * LONG);
    for event in of_stages {
        assert_eq!(event["log"]["stageOrder"], event["stageOrder"]);
        assert_eq!(event["log"]["validationResult"], "PASS");
    }
    assert!(statements < 16, "{statements} statements");
    server.stop().await;
}

/// Watches from a cursor at random, on a new socket after every few events, until `complete`.
async fn watch(server: &Server, user: &User, run: &str, seed: u64) -> (i64, Vec<i64>) {
    let mut dice = StdRng::seed_from_u64(seed);
    let after = dice.random_range(0..30);
    let mut received = Vec::new();
    loop {
        let mut socket = server.socket(user).await;
        let cursor = received.last().copied().unwrap_or(after);
        socket
            .subscribe(EVENTS, json!({ "id": run, "after": cursor }))
            .await;
        for _ in 0..dice.random_range(1..6) {
            let Some(message) = socket.next().await else {
                return (after, received);
            };
            let seq = message["data"]["executionEvents"]["seq"].as_i64();
            received.push(seq.unwrap());
        }
    }
}
