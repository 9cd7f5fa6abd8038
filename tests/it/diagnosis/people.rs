//! Runs that wait for people, and runs that have ended.

use std::time::Duration;

use serde_json::{Value, json};

use super::{ask, follow, message, new_year, time, until, waits_for};
use crate::support::provider::Reply;
use crate::support::server::Server;

#[tokio::test]
async fn a_decision_is_waited_for_since_it_was_asked_for() {
    let server = new_year().await;
    server.provider.reply(Reply::text("a draft"));
    let user = server.user();
    let manual = json!([{ "name": "Pitch", "validationType": "MANUAL" }]);
    let id = server.run_of(&user, manual).await;
    server.until(&user, &id, "PAUSED").await;
    let asked_at = server.clock.now();
    server.clock.advance(Duration::from_secs(90));

    let run = waits_for(&server, &user, &id, "DECISION").await;
    assert_eq!(time(&run["diagnosis"]["since"]), asked_at);
    assert_eq!(run["diagnosis"]["until"], Value::Null);
    let said = "stage 1 (Pitch) waits for a person to decide on attempt 1";
    assert_eq!(message(&run), said);
    // The answer came before anybody was asked.
    let log = &run["logs"]["nodes"][0];
    assert_eq!(log["status"], "STARTED");
    assert_eq!(time(&log["answeredAt"]), asked_at);

    // Sent back, it is asked again, and then passed.
    server.provider.reply(Reply::text("another"));
    follow(&server, &user, &run, "decide on log").await;
    let run = waits_for(&server, &user, &id, "NOTHING").await;
    assert_eq!(message(&run), "it has completed");
    assert_eq!(run["diagnosis"]["since"], run["completedAt"]);
    assert_eq!(run["diagnosis"]["advice"], json!([]));
    assert_eq!(time(&run["logs"]["nodes"][0]["answeredAt"]), asked_at);
    server.stop().await;
}

#[tokio::test]
async fn a_row_that_does_not_say_since_when_says_since_it_began() {
    let server = new_year().await;
    server.provider.reply(Reply::text("a draft"));
    let user = server.user();
    let manual = json!([{ "validationType": "MANUAL" }]);
    let id = server.run_of(&user, manual).await;
    server.until(&user, &id, "PAUSED").await;
    super::rescue::execute(&server, "update executions set status_since = null").await;
    let run = waits_for(&server, &user, &id, "DECISION").await;
    assert_eq!(run["diagnosis"]["since"], run["createdAt"]);
    follow(&server, &user, &run, "or send it back").await;
    let run = waits_for(&server, &user, &id, "NOTHING").await;
    assert_eq!(run["status"], "FAILED");
    server.stop().await;
}

#[tokio::test]
async fn a_pause_is_told_before_and_after_it_takes_effect() {
    let server = new_year().await;
    server.provider.reply(Reply::gated("one"));
    server.provider.otherwise(|_| Reply::text("two"));
    let user = server.user();
    let id = server.run_of(&user, json!([{}, {}])).await;
    server.provider.wait_for_requests(1).await;
    let pause = "mutation($id: ID!) { pauseExecution(id: $id) { id } }";
    server.data(&user, pause, json!({ "id": id })).await;

    let run = waits_for(&server, &user, &id, "MODEL").await;
    let said = message(&run);
    assert!(
        said.ends_with("; a pause was asked for, and comes after that"),
        "{said}"
    );
    follow(&server, &user, &run, "withdraw the pause").await;
    let said = message(&ask(&server, &user, &id).await);
    assert!(!said.contains("pause"), "{said}");

    server.data(&user, pause, json!({ "id": id })).await;
    server.clock.advance(Duration::from_secs(5));
    server.provider.release();
    until(&server, &user, &id, |event| event["status"] == "PAUSED").await;
    let paused_at = server.clock.now();
    server.clock.advance(Duration::from_mins(1));
    let run = waits_for(&server, &user, &id, "RESUME").await;
    assert_eq!(time(&run["diagnosis"]["since"]), paused_at);
    let said = "it was paused at 00:00:05 UTC, before the next attempt at stage 2";
    assert_eq!(message(&run), said);
    follow(&server, &user, &run, "resume it").await;
    server.until(&user, &id, "COMPLETED").await;
    server.stop().await;
}

#[tokio::test]
async fn a_run_that_has_failed_or_was_cancelled_says_how_to_go_on() {
    let server = Server::start().await;
    let user = server.user();
    let strict = json!({ "validationType": "REGEX", "validationCriteria": { "pattern": "^ok" } });
    server.provider.reply(Reply::text("first"));
    server.provider.reply(Reply::text("no"));
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}, strict])).await;
    let id = server.run(&user, &workflow).await;
    server.until(&user, &id, "FAILED").await;
    let run = waits_for(&server, &user, &id, "NOTHING").await;
    assert!(
        message(&run).starts_with("it has failed: stage 2 failed"),
        "{run}"
    );
    assert_eq!(run["diagnosis"]["since"], run["completedAt"]);
    server.provider.otherwise(|_| Reply::text("ok"));
    for advice in ["change the workflow", "run it again"] {
        let calls = server.provider.requests().len();
        follow(&server, &user, &run, advice).await;
        server.provider.wait_for_requests(calls + 1).await;
    }

    // It goes on from the stage that was tried, not from the one that was next.
    let manual = json!([{ "validationType": "MANUAL" }, {}]);
    let workflow = server.workflow(&user, &model, manual).await;
    let id = server.run(&user, &workflow).await;
    server.until(&user, &id, "PAUSED").await;
    let run = waits_for(&server, &user, &id, "DECISION").await;
    follow(&server, &user, &run, "cancel it").await;
    let run = waits_for(&server, &user, &id, "NOTHING").await;
    assert_eq!(message(&run), "it was cancelled");
    follow(&server, &user, &run, "run it again from stage 1").await;
    server.stop().await;
}
