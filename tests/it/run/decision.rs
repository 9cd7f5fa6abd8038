//! Manual validation: a person decides, and the run goes on.

use serde_json::{Value, json};

use super::{act, awaiting, decide, ended, kinds, nested, read, told, until};
use crate::support::provider::Reply;
use crate::support::server::{Server, User, text};

#[tokio::test]
async fn a_person_passes_an_edited_output_and_the_log_keeps_the_models() {
    let server = Server::start().await;
    server.provider.reply(Reply::text("draft"));
    server.provider.reply(Reply::text("done"));
    let user = server.user();
    let model = server.model().await;
    let stages = json!([
        { "validationType": "MANUAL" },
        { "inputVariableMapping": { "word": "stage_1.raw" } },
    ]);
    let workflow = server.workflow(&user, &model, stages).await;
    let id = server.run(&user, &workflow).await;
    until(
        &server,
        &user,
        &id,
        "ExecutionStatusChanged",
        Some("PAUSED"),
    )
    .await;
    let log = awaiting(&server, &user).await;
    let input = json!({ "logId": log, "result": "PASS", "editedOutput": "edited" });
    let first = decide(&server, &user, input.clone()).await;
    assert_eq!(first["rawOutput"], "draft");
    assert_eq!(decide(&server, &user, input.clone()).await, first);
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["status"], "COMPLETED");
    assert_eq!(run["executionContext"]["stage_1"]["raw"], "edited");
    assert_eq!(run["logs"]["nodes"][1]["promptSent"], "say edited");
    assert_eq!(decide(&server, &user, input).await, first, "after the end");
    let by_nobody = text(&run["logs"]["nodes"][1]["id"]);
    for other in [
        json!({ "logId": log, "result": "FAIL" }),
        json!({ "logId": log, "result": "PASS" }),
        json!({ "logId": log, "result": "PASS", "editedOutput": "edited!" }),
        json!({ "logId": log, "result": "PASS", "editedOutput": "edited", "notes": "fine" }),
        json!({ "logId": by_nobody, "result": "PASS" }),
    ] {
        let refusal = server
            .refused(&user, "recordManualValidation", other.clone())
            .await;
        assert_eq!(refusal.0, "CONFLICT", "{other}");
    }
    assert_eq!(read(&server, &user, &id).await, run);
    server.stop().await;
}

#[tokio::test]
async fn a_person_who_refuses_ends_the_run_where_there_is_no_fail_path() {
    let server = Server::start().await;
    server.provider.reply(Reply::text("draft"));
    let user = server.user();
    let model = server.model().await;
    let workflow = server
        .workflow(&user, &model, json!([{ "validationType": "MANUAL" }]))
        .await;
    let id = server.run(&user, &workflow).await;
    until(
        &server,
        &user,
        &id,
        "ExecutionStatusChanged",
        Some("PAUSED"),
    )
    .await;
    let log = awaiting(&server, &user).await;
    decide(
        &server,
        &user,
        json!({ "logId": log, "result": "FAIL", "notes": "bad" }),
    )
    .await;
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["status"], "FAILED");
    assert!(text(&run["errorMessage"]).contains("bad"));
    server.stop().await;
}

const DECIDE: &str = "mutation($input: RecordManualValidationInput!) {
    recordManualValidation(input: $input) { validationResult } }";

/// A run of two stages that awaits a decision on the first, with the log that asks for it.
async fn awaited(server: &Server, user: &User, stage: Value) -> (String, String) {
    let model = server.model().await;
    let workflow = server.workflow(user, &model, json!([stage, {}])).await;
    let id = server.run(user, &workflow).await;
    until(server, user, &id, "ExecutionStatusChanged", Some("PAUSED")).await;
    (id, awaiting(server, user).await)
}

#[tokio::test]
async fn of_two_different_decisions_at_once_one_wins() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("draft"));
    let user = server.user();
    let (id, log) = awaited(&server, &user, json!({ "validationType": "MANUAL" })).await;
    let decide = |result: &'static str| {
        let input = json!({ "input": { "logId": log, "result": result } });
        server.answer(Some(&user), DECIDE, input)
    };
    let (pass, fail) = tokio::join!(decide("PASS"), decide("FAIL"));
    let codes: Vec<_> = [&pass, &fail]
        .into_iter()
        .filter_map(|answer| answer["errors"][0]["extensions"]["code"].as_str())
        .collect();
    assert_eq!(codes, ["CONFLICT"], "{pass} {fail}");
    let run = ended(&server, &user, &id).await;
    let winner = if fail["errors"].is_array() {
        "PASS"
    } else {
        "FAIL"
    };
    assert_eq!(run["logs"]["nodes"][0]["validationResult"], winner);
    server.stop().await;
}

#[tokio::test]
async fn an_edit_that_cannot_stand_is_refused_and_the_run_stays_paused() {
    let server = Server::start().await;
    server.provider.reply(Reply::text("{\"n\": 1}"));
    let user = server.user();
    let stage = json!({ "validationType": "MANUAL", "outputVariables": { "n": "integer" } });
    let (id, log) = awaited(&server, &user, stage).await;
    let deep = nested(101);
    for (result, edited) in [
        ("PASS", "no json"),
        ("PASS", "{\"n\": \"x\"}"),
        ("PASS", deep.as_str()),
        ("FAIL", "{\"n\": 2}"),
    ] {
        let input = json!({ "logId": log, "result": result, "editedOutput": edited });
        let input = json!({ "input": input });
        let refusal = server.refusal(Some(&user), DECIDE, input).await;
        let expected = ("BAD_USER_INPUT".to_owned(), Some("editedOutput".to_owned()));
        assert_eq!(refusal, expected, "{result} {edited}");
    }
    assert_eq!(read(&server, &user, &id).await["status"], "PAUSED");
    assert_eq!(awaiting(&server, &user).await, log);
    server.stop().await;
}

#[tokio::test]
async fn a_pause_asked_for_before_or_while_a_decision_is_awaited_holds_after_it() {
    for (early, result, retries) in [(true, "PASS", 0), (false, "PASS", 0), (false, "FAIL", 1)] {
        let server = Server::start().await;
        server.provider.reply(Reply::gated("draft"));
        server.provider.otherwise(|_| Reply::text("draft"));
        let user = server.user();
        let stage = json!({ "validationType": "MANUAL", "retryLimit": retries });
        let id = server.run_of(&user, json!([stage, {}])).await;
        server.provider.wait_for_requests(1).await;
        if early {
            act(&server, &user, "pause", &id).await;
        }
        server.provider.release();
        server.until(&user, &id, "PAUSED").await;
        let asked = act(&server, &user, "pause", &id).await;
        let expected = json!({ "status": "PAUSED", "statusReason": "AWAITING_VALIDATION",
            "pauseRequested": true });
        assert_eq!(asked, expected);

        let log = awaiting(&server, &user).await;
        decide(&server, &user, json!({ "logId": log, "result": result })).await;
        let run = read(&server, &user, &id).await;
        assert_eq!(run["status"], "PAUSED");
        assert_eq!(run["statusReason"], "PAUSE_REQUESTED");
        assert_eq!(run["pauseRequested"], false);
        act(&server, &user, "resume", &id).await;
        if result == "FAIL" {
            until(&server, &user, &id, "StageRetryScheduled", None).await;
            server.provider.wait_for_requests(2).await;
            act(&server, &user, "cancel", &id).await;
        }
        let events = told(&server, &user, &id).await;
        let mut expected = vec![
            "StageStarted",
            "ManualValidationRequested",
            "PAUSED",
            "ManualValidationRecorded",
            "StageFinished",
        ];
        if result == "FAIL" {
            expected.push("StageRetryScheduled");
        }
        expected.extend(["PENDING", "RUNNING", "StageStarted"]);
        assert_eq!(kinds(&events)[2..2 + expected.len()], expected, "{result}");
        server.stop().await;
    }
}

#[tokio::test]
async fn a_resume_withdraws_a_pause_but_does_not_decide() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("draft"));
    let user = server.user();
    let (id, log) = awaited(&server, &user, json!({ "validationType": "MANUAL" })).await;
    act(&server, &user, "pause", &id).await;
    let withdrawn = act(&server, &user, "resume", &id).await;
    assert_eq!(withdrawn["pauseRequested"], false);
    let query = "mutation($id: ID!) { resumeExecution(id: $id) { id } }";
    let answer = server.answer(Some(&user), query, json!({ "id": id })).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "CONFLICT");
    assert!(text(&answer["errors"][0]["message"]).contains(&log));
    decide(&server, &user, json!({ "logId": log, "result": "PASS" })).await;
    assert_eq!(ended(&server, &user, &id).await["status"], "COMPLETED");
    server.stop().await;
}

#[tokio::test]
async fn a_decision_that_ends_the_run_ends_it_whatever_pause_was_asked_for() {
    for (result, status) in [("PASS", "COMPLETED"), ("FAIL", "FAILED")] {
        let server = Server::start().await;
        server.provider.reply(Reply::text("draft"));
        let user = server.user();
        let stage = json!({ "validationType": "MANUAL", "nextStageOnPass": 0 });
        let (id, log) = awaited(&server, &user, stage).await;
        act(&server, &user, "pause", &id).await;
        decide(&server, &user, json!({ "logId": log, "result": result })).await;
        let events = told(&server, &user, &id).await;
        let expected = ["ManualValidationRecorded", "StageFinished", status];
        assert_eq!(kinds(&events)[5..], expected);
        let run = read(&server, &user, &id).await;
        assert_eq!(run["pauseRequested"], false);
        assert_eq!(run["executionContext"]["stage_1"]["raw"], "draft");
        server.stop().await;
    }
}

#[tokio::test]
async fn nothing_is_decided_on_a_run_that_was_cancelled() {
    let server = Server::start().await;
    server.provider.reply(Reply::text("draft"));
    let user = server.user();
    let (id, log) = awaited(&server, &user, json!({ "validationType": "MANUAL" })).await;
    act(&server, &user, "cancel", &id).await;
    for result in ["PASS", "FAIL"] {
        let input = json!({ "logId": log, "result": result });
        let refusal = server.refused(&user, "recordManualValidation", input).await;
        assert_eq!(refusal.0, "CONFLICT", "{result}");
    }
    assert_eq!(read(&server, &user, &id).await["status"], "CANCELLED");
    server.stop().await;
}

#[tokio::test]
async fn a_person_who_refuses_is_asked_again_within_the_retry_limit() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("draft"));
    let user = server.user();
    let stage = json!({ "validationType": "MANUAL", "retryLimit": 1 });
    let (id, first) = awaited(&server, &user, stage).await;
    let mut socket = server.socket(&user).await;
    let query = "subscription($id: ID!) { executionEvents(executionId: $id) {
        ... on ManualValidationRequested { log { id } } } }";
    socket.subscribe(query, json!({ "id": id })).await;
    let mut asked = Vec::new();
    while asked.len() < 2 {
        let event = socket.next().await.unwrap();
        if let Some(log) = event["data"]["executionEvents"]["log"]["id"].as_str() {
            asked.push(log.to_owned());
            if log == first {
                decide(&server, &user, json!({ "logId": log, "result": "FAIL" })).await;
            }
        }
    }
    assert_ne!(asked[1], first);
    until(&server, &user, &id, "ManualValidationRequested", None).await;
    let input = json!({ "logId": asked[1], "result": "FAIL" });
    decide(&server, &user, input).await;
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["statusReason"], "STAGE_FAILED");
    server.stop().await;
}
