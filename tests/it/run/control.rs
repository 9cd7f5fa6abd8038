//! What a person may do to a run under way: cancel it, pause it, resume it.

use std::time::Duration;

use footlight::clock::Clock;
use serde_json::json;

use super::{act, ended, kinds, read, told, until};
use crate::support::provider::Reply;
use crate::support::server::{Server, User, text};

#[tokio::test]
async fn cancelling_drops_the_call_in_flight_at_once() {
    let server = Server::start().await;
    server.provider.reply(Reply::hang());
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let id = server.run(&user, &workflow).await;
    server.provider.wait_for_requests(1).await;
    assert_eq!(
        act(&server, &user, "cancel", &id).await["status"],
        "CANCELLED"
    );
    server.provider.wait_for_dropped(1).await;
    let events = told(&server, &user, &id).await;
    assert_eq!(kinds(&events)[2..], ["StageStarted", "CANCELLED"]);
    let run = read(&server, &user, &id).await;
    let log = &run["logs"]["nodes"][0];
    assert_eq!(log["status"], "CANCELLED");
    assert_eq!(log["validationResult"], "ERROR");
    assert!(text(&log["errorMessage"]).contains("cancelled"), "{log}");
    assert_eq!(
        act(&server, &user, "cancel", &id).await["status"],
        "CANCELLED"
    );
    for mutation in ["pause", "resume"] {
        assert_eq!(refusal(&server, &user, mutation, &id).await, "CONFLICT");
    }
    assert_eq!(read(&server, &user, &id).await, run);
    server.stop().await;
}

/// The code with which that is refused.
async fn refusal(server: &Server, user: &User, mutation: &str, id: &str) -> String {
    let query = format!("mutation($id: ID!) {{ {mutation}Execution(id: $id) {{ id }} }}");
    let refusal = server
        .refusal(Some(user), &query, json!({ "id": id }))
        .await;
    refusal.0
}

#[tokio::test]
async fn a_pause_waits_for_the_attempt_and_a_resume_goes_on() {
    let server = Server::start().await;
    server.provider.reply(Reply::gated("one"));
    server.provider.reply(Reply::text("two"));
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}, {}])).await;
    let id = server.run(&user, &workflow).await;
    server.provider.wait_for_requests(1).await;
    let paused = act(&server, &user, "pause", &id).await;
    assert_eq!(paused["pauseRequested"], true);
    server.provider.release();
    until(
        &server,
        &user,
        &id,
        "ExecutionStatusChanged",
        Some("PAUSED"),
    )
    .await;
    let run = read(&server, &user, &id).await;
    assert_eq!(run["statusReason"], "PAUSE_REQUESTED");
    assert_eq!(run["pauseRequested"], false);
    act(&server, &user, "pause", &id).await;
    assert_eq!(read(&server, &user, &id).await, run, "a pause repeated");
    act(&server, &user, "resume", &id).await;
    let events = told(&server, &user, &id).await;
    let expected = [
        "StageStarted",
        "StageFinished",
        "PAUSED",
        "PENDING",
        "RUNNING",
        "StageStarted",
        "StageFinished",
        "COMPLETED",
    ];
    assert_eq!(kinds(&events)[2..], expected);
    server.stop().await;
}

#[tokio::test]
async fn a_pause_that_the_last_attempt_outruns_is_forgotten() {
    let server = Server::start().await;
    server.provider.reply(Reply::gated("one"));
    let user = server.user();
    let id = server.run_of(&user, json!([{}])).await;
    server.provider.wait_for_requests(1).await;
    act(&server, &user, "pause", &id).await;
    server.provider.release();
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["status"], "COMPLETED");
    assert_eq!(run["pauseRequested"], false);
    server.stop().await;
}

#[tokio::test]
async fn a_run_without_a_slot_pauses_and_resumes_at_once() {
    let server = Server::start_with(Clock::system(), |config| {
        config.engine.max_concurrent_stages = 1;
    })
    .await;
    server.provider.reply(Reply::gated("one"));
    server.provider.reply(Reply::text("two"));
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let first = server.run(&user, &workflow).await;
    server.provider.wait_for_requests(1).await;
    let second = server.run(&user, &workflow).await;
    let paused =
        json!({ "status": "PAUSED", "statusReason": "PAUSE_REQUESTED", "pauseRequested": false });
    assert_eq!(act(&server, &user, "pause", &second).await, paused);
    for _ in 0..2 {
        let resumed = act(&server, &user, "resume", &second).await;
        assert_eq!(resumed["status"], "PENDING");
    }
    server.provider.release();
    ended(&server, &user, &first).await;
    let events = told(&server, &user, &second).await;
    let expected = ["PENDING", "PAUSED", "PENDING", "RUNNING"];
    assert_eq!(kinds(&events)[..4], expected);
    server.stop().await;
}

#[tokio::test]
async fn what_is_asked_for_again_changes_nothing_and_what_has_ended_refuses() {
    let server = Server::start().await;
    server.provider.reply(Reply::gated("one"));
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let id = server.run(&user, &workflow).await;
    server.provider.wait_for_requests(1).await;
    let running = act(&server, &user, "resume", &id).await;
    assert_eq!(running["status"], "RUNNING");
    for _ in 0..2 {
        let asked = act(&server, &user, "pause", &id).await;
        assert_eq!(asked["pauseRequested"], true);
    }
    let withdrawn = act(&server, &user, "resume", &id).await;
    assert_eq!(withdrawn["pauseRequested"], false);
    server.provider.release();
    let before = ended(&server, &user, &id).await;
    assert_eq!(before["status"], "COMPLETED");
    for mutation in ["pause", "resume", "cancel"] {
        assert_eq!(refusal(&server, &user, mutation, &id).await, "CONFLICT");
    }
    assert_eq!(read(&server, &user, &id).await, before);
    server.stop().await;
}

#[tokio::test]
async fn a_wait_survives_a_pause_whoever_waits() {
    for (wait, status) in [("3", "RUNNING"), ("60", "PENDING")] {
        let clock = Clock::manual("2031-01-01T00:00:00Z".parse().unwrap());
        let server = Server::start_with(clock, |_| {}).await;
        server.provider.reply(Reply::status(503).retry_after(wait));
        server.provider.reply(Reply::text("late"));
        let user = server.user();
        let id = server.run_of(&user, json!([{}])).await;
        until(&server, &user, &id, "StageRetryScheduled", None).await;
        let due = read(&server, &user, &id).await["nextRunAt"].take();
        assert!(due.is_string(), "{wait}");
        for (mutation, status) in [("", status), ("pause", "PAUSED"), ("resume", "PENDING")] {
            if !mutation.is_empty() {
                act(&server, &user, mutation, &id).await;
            }
            let run = read(&server, &user, &id).await;
            assert_eq!(run["status"], status, "{wait}");
            assert_eq!(run["nextRunAt"], due, "{wait}");
        }
        server.clock.advance(Duration::from_mins(2));
        assert_eq!(ended(&server, &user, &id).await["status"], "COMPLETED");
        assert_eq!(server.provider.requests().len(), 2);
        server.stop().await;
    }
}

#[tokio::test]
async fn a_run_that_awaits_a_decision_is_cancelled_at_once() {
    let server = Server::start().await;
    server.provider.reply(Reply::text("draft"));
    let user = server.user();
    let model = server.model().await;
    let stages = json!([{ "validationType": "MANUAL" }]);
    let workflow = server.workflow(&user, &model, stages).await;
    let id = server.run(&user, &workflow).await;
    let paused = Some("PAUSED");
    until(&server, &user, &id, "ExecutionStatusChanged", paused).await;
    act(&server, &user, "cancel", &id).await;
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["status"], "CANCELLED");
    assert_eq!(run["logs"]["nodes"][0]["status"], "CANCELLED");
    let query = "{ pendingValidations { nodes { id } } }";
    let data = server.data(&user, query, json!({})).await;
    assert_eq!(data["pendingValidations"]["nodes"], json!([]));
    server.stop().await;
}
