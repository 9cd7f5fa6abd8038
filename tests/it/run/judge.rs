//! A model that judges: its own tries, and the answer that is kept meanwhile.

use std::time::Duration;

use chrono::{DateTime, Utc};
use footlight::clock::Clock;
use serde_json::{Value, json};

use super::{EVENTS, act, ended, kinds, read, told, until};
use crate::support::provider::Reply;
use crate::support::server::{Server, User, text};

const DAWN: &str = "2031-01-01T00:00:00Z";

fn judged(retry_limit: i32) -> Value {
    json!({ "validationType": "LLM", "retryLimit": retry_limit,
        "validationCriteria": { "prompt": "Is {{output}} right for {{word}}?" } })
}

fn passes() -> Reply {
    Reply::text(&json!({ "pass": true, "notes": "so" }).to_string())
}

fn nonsense() -> Reply {
    Reply::text("maybe")
}

fn busy() -> Reply {
    Reply::status(503)
}

async fn server(replies: Vec<Reply>) -> Server {
    let server = Server::start_with(Clock::manual(DAWN.parse().unwrap()), |_| {}).await;
    for reply in replies {
        server.provider.reply(reply);
    }
    server
}

/// Watches a run until its judge waits for the `count`th time.
async fn until_judge_waits(server: &Server, user: &User, run: &str, count: usize) {
    let mut socket = server.socket(user).await;
    socket.subscribe(EVENTS, json!({ "id": run })).await;
    let mut waits = 0;
    while waits < count {
        let told = socket.next().await.expect("the run ended");
        let event = &told["data"]["executionEvents"];
        waits += usize::from(event["reason"] == "JUDGE_WAIT");
    }
}

/// The run after its last event; its waits end as soon as they are told of.
async fn hurried(server: &Server, user: &User, run: &str) -> Value {
    let mut socket = server.socket(user).await;
    socket.subscribe(EVENTS, json!({ "id": run })).await;
    while let Some(told) = socket.next().await {
        let event = &told["data"]["executionEvents"];
        if event["reason"] == "JUDGE_WAIT" || event["__typename"] == "StageRetryScheduled" {
            server.clock.advance(Duration::from_secs(10));
        }
    }
    read(server, user, run).await
}

fn calls_of_the_author(server: &Server) -> usize {
    let requests = server.provider.requests();
    let authors = requests
        .iter()
        .filter(|request| request.body["messages"][0]["role"] == "user");
    authors.count()
}

#[tokio::test]
async fn a_judge_that_does_not_answer_is_asked_again_and_the_model_is_not() {
    let server = server(vec![
        Reply::text("x"),
        busy().retry_after("3"),
        Reply::status(429).retry_after("10"),
        nonsense(),
        passes(),
    ])
    .await;
    let user = server.user();
    let id = server.run_of(&user, json!([judged(3)])).await;

    // A short wait keeps the slot, and the answer with what it cost is in the log.
    until_judge_waits(&server, &user, &id, 1).await;
    let run = read(&server, &user, &id).await;
    assert_eq!(run["status"], "RUNNING");
    assert_eq!(run["statusReason"], "JUDGE_WAIT");
    let log = &run["logs"]["nodes"][0];
    assert_eq!(log["status"], "STARTED");
    assert_eq!(log["validationResult"], "PENDING");
    assert_eq!(log["rawOutput"], "x");
    assert_eq!(log["parsedOutput"]["text"], "x");
    assert_eq!(run["usage"]["totalTokens"], 18);
    server.clock.advance(Duration::from_secs(4));

    // A long one does not.
    until_judge_waits(&server, &user, &id, 2).await;
    let run = read(&server, &user, &id).await;
    assert_eq!(run["status"], "PENDING");
    assert_eq!(run["statusReason"], "JUDGE_WAIT");
    let due: DateTime<Utc> = text(&run["nextRunAt"]).parse().unwrap();
    let wait = (due - server.clock.now()).to_std().unwrap();
    assert!((10..=11).contains(&wait.as_secs()), "{wait:?}");
    server.clock.advance(wait);

    let events = told(&server, &user, &id).await;
    let expected = [
        "PENDING",
        "RUNNING",
        "StageStarted",
        "RUNNING",
        "PENDING",
        "RUNNING",
        "StageFinished",
        "COMPLETED",
    ];
    assert_eq!(kinds(&events), expected);
    let run = read(&server, &user, &id).await;
    assert_eq!(run["nextRunAt"], Value::Null);
    assert_eq!(run["statusReason"], Value::Null);
    assert_eq!(run["executionContext"]["stage_1"]["raw"], "x");
    let logs = run["logs"]["nodes"].as_array().unwrap();
    assert_eq!(logs.len(), 1);
    assert_eq!(logs[0]["validationResult"], "PASS");
    // The model, and two answers of the judge.
    assert_eq!(run["usage"]["totalTokens"], 3 * 18);
    assert_eq!(server.provider.requests().len(), 5);
    server.stop().await;
}

#[tokio::test]
async fn the_tries_of_a_judge_are_its_own_and_are_used_up() {
    let x = || Reply::text("x");
    let all = |groups: Vec<Vec<Reply>>| groups.into_iter().flatten().collect::<Vec<_>>();
    let cut = || Reply::text("{").without_finish();
    let times = |count: usize| (0..count).map(|_| cut()).collect::<Vec<_>>();
    let cases = [
        // The fifth call in a row that breaks off fails the stage: another answer would wait in vain, too.
        (all(vec![vec![x()], times(5)]), 3, "ERROR", 1),
        // The model's own row of failures is another one.
        (
            all(vec![times(2), vec![x()], times(4), vec![passes()]]),
            0,
            "PASS",
            3,
        ),
        // An answer ends the row, even one that is no verdict.
        (
            all(vec![
                vec![x()],
                times(4),
                vec![nonsense()],
                times(4),
                vec![passes()],
            ]),
            0,
            "PASS",
            1,
        ),
        // But no row of failures gives such a judge more than its two further tries.
        (
            vec![x(), nonsense(), busy(), nonsense(), busy(), nonsense()],
            0,
            "ERROR",
            1,
        ),
        (
            vec![x(), Reply::status(429).retry_after("3601")],
            3,
            "ERROR",
            1,
        ),
    ];
    for (replies, retry_limit, result, authors) in cases {
        let calls = replies.len();
        let server = server(replies).await;
        let user = server.user();
        let id = server.run_of(&user, json!([judged(retry_limit)])).await;
        let run = hurried(&server, &user, &id).await;
        let log = run["logs"]["nodes"].as_array().unwrap().last().unwrap();
        assert_eq!(log["validationResult"], result, "{run}");
        assert_eq!(server.provider.requests().len(), calls, "{run}");
        assert_eq!(calls_of_the_author(&server), authors, "{run}");
        if result == "ERROR" {
            assert_eq!(run["statusReason"], "STAGE_FAILED");
            let message = text(&log["errorMessage"]);
            assert!(
                message.starts_with("the judge gave no verdict"),
                "{message}"
            );
            assert_eq!(log["rawOutput"], "x");
            assert_eq!(log["parsedOutput"], Value::Null);
        }
        server.stop().await;
    }
}

#[tokio::test]
async fn a_pause_takes_effect_at_once_while_an_answer_waits_for_its_judge() {
    let paused = json!({ "status": "PAUSED", "statusReason": "PAUSE_REQUESTED",
        "pauseRequested": false });
    for (hangs, judge) in [
        (true, Reply::hang()),
        (false, Reply::status(429).retry_after("4")),
        (false, Reply::status(429).retry_after("60")),
    ] {
        let server = server(vec![Reply::text("x"), judge, passes()]).await;
        let user = server.user();
        let id = server.run_of(&user, json!([judged(0)])).await;
        if hangs {
            server.provider.wait_for_requests(2).await;
        } else {
            until_judge_waits(&server, &user, &id, 1).await;
        }
        for _ in 0..2 {
            assert_eq!(act(&server, &user, "pause", &id).await, paused);
        }
        if hangs {
            server.provider.wait_for_dropped(1).await;
        }
        let log = read(&server, &user, &id).await["logs"]["nodes"][0].take();
        assert_eq!(log["status"], "STARTED");
        let pending = "{ pendingValidations { nodes { id } } }";
        let pending = server.data(&user, pending, json!({})).await;
        assert_eq!(pending["pendingValidations"]["nodes"], json!([]));
        act(&server, &user, "resume", &id).await;
        server.clock.advance(Duration::from_secs(70));
        let run = ended(&server, &user, &id).await;
        assert_eq!(run["status"], "COMPLETED");
        assert_eq!(run["logs"]["nodes"].as_array().unwrap().len(), 1);
        assert_eq!(calls_of_the_author(&server), 1);
        server.stop().await;
    }
}

#[tokio::test]
async fn a_pause_that_was_asked_for_before_takes_effect_when_the_answer_is_kept() {
    let server = server(vec![Reply::gated("x"), passes()]).await;
    let user = server.user();
    let id = server.run_of(&user, json!([judged(0)])).await;
    server.provider.wait_for_requests(1).await;
    act(&server, &user, "pause", &id).await;
    server.provider.release();
    let kind = "ExecutionStatusChanged";
    until(&server, &user, &id, kind, Some("PAUSED")).await;
    let run = read(&server, &user, &id).await;
    assert_eq!(run["pauseRequested"], false);
    assert_eq!(run["logs"]["nodes"][0]["rawOutput"], "x");
    assert_eq!(server.provider.requests().len(), 1);
    act(&server, &user, "resume", &id).await;
    assert_eq!(ended(&server, &user, &id).await["status"], "COMPLETED");
    assert_eq!(server.provider.requests().len(), 2);
    server.stop().await;
}

#[tokio::test]
async fn a_cancel_ends_an_answer_that_waits_for_its_judge() {
    for wait in ["4", "60"] {
        let busy = Reply::status(429).retry_after(wait);
        let server = server(vec![Reply::text("x"), busy]).await;
        let user = server.user();
        let id = server.run_of(&user, json!([judged(0)])).await;
        until_judge_waits(&server, &user, &id, 1).await;
        let cancelled = act(&server, &user, "cancel", &id).await;
        assert_eq!(cancelled["status"], "CANCELLED");
        let run = ended(&server, &user, &id).await;
        let log = &run["logs"]["nodes"][0];
        assert_eq!(log["status"], "CANCELLED");
        assert_eq!(log["validationResult"], "ERROR");
        assert_eq!(log["rawOutput"], "x");
        assert_eq!(log["parsedOutput"], Value::Null);
        assert_eq!(run["nextRunAt"], Value::Null);
        server.stop().await;
    }
}
