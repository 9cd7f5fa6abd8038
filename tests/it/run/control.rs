//! What a person may do to a run under way: cancel it, pause it, resume it.

use std::time::Duration;

use footlight::clock::Clock;
use serde_json::json;

use super::{act, ended, read, until};
use crate::support::provider::Reply;
use crate::support::server::Server;

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
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["logs"]["nodes"][0]["status"], "CANCELLED");
    assert_eq!(
        act(&server, &user, "cancel", &id).await["status"],
        "CANCELLED"
    );
    server.stop().await;
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
    act(&server, &user, "resume", &id).await;
    assert_eq!(ended(&server, &user, &id).await["status"], "COMPLETED");
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
        let query = format!("mutation($id: ID!) {{ {mutation}Execution(id: $id) {{ id }} }}");
        let refusal = server
            .refusal(Some(&user), &query, json!({ "id": id }))
            .await;
        assert_eq!(refusal.0, "CONFLICT", "{mutation}");
    }
    assert_eq!(read(&server, &user, &id).await, before);
    server.stop().await;
}

#[tokio::test]
async fn a_wait_survives_a_pause() {
    let clock = Clock::manual("2031-01-01T00:00:00Z".parse().unwrap());
    let server = Server::start_with(clock, |_| {}).await;
    server.provider.reply(Reply::status(503).retry_after("60"));
    server.provider.reply(Reply::text("late"));
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let id = server.run(&user, &workflow).await;
    until(&server, &user, &id, "StageRetryScheduled", None).await;
    let paused = act(&server, &user, "pause", &id).await;
    assert_eq!(paused["status"], "PAUSED");
    let due = "2031-01-01T00:01:00.000Z";
    assert_eq!(read(&server, &user, &id).await["nextRunAt"], due);
    let resumed = act(&server, &user, "resume", &id).await;
    assert_eq!(resumed["status"], "PENDING");
    assert_eq!(read(&server, &user, &id).await["nextRunAt"], due);
    server.clock.advance(Duration::from_mins(1));
    assert_eq!(ended(&server, &user, &id).await["status"], "COMPLETED");
    server.stop().await;
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
