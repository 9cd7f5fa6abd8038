//! What becomes of an attempt that did not pass: every row of the table of outcomes.

use std::time::Duration;

use footlight::clock::Clock;
use footlight::config::Config;
use serde_json::{Value, json};

use super::{ended, one_stage, read, told, until};
use crate::support::provider::Reply;
use crate::support::server::{Server, text};

#[tokio::test]
async fn outcomes_that_are_the_models_fault_count_against_the_retry_limit() {
    let typed = json!({ "outputVariables": { "n": "integer" }, "retryLimit": 1 });
    for bad in [
        Reply::text("not json"),
        Reply::text("{\"n\": \"one\"}"),
        Reply::text("{\"n\":").finish("length"),
        Reply::empty(),
    ] {
        let run = one_stage(typed.clone(), vec![bad, Reply::text("{\"n\": 1}")]).await;
        assert_eq!(run["status"], "COMPLETED", "{run}");
        let logs = run["logs"]["nodes"].as_array().unwrap();
        assert_eq!(logs.len(), 2);
        assert_eq!(logs[0]["validationResult"], "ERROR");
        assert_eq!(logs[0]["parsedOutput"], Value::Null);
        assert_eq!(logs[1]["attemptNumber"], 2);
        assert_eq!(logs[1]["visit"], 1);
    }
}

#[tokio::test]
async fn outcomes_without_hope_fail_the_stage_at_once() {
    for bad in [
        Reply::status(400),
        Reply::status(401),
        Reply::status(404),
        Reply::error(429, "insufficient_quota", "pay first"),
        Reply::content_filter(),
        Reply::refusal("no"),
    ] {
        let run = one_stage(json!({ "retryLimit": 3 }), vec![bad]).await;
        assert_eq!(run["status"], "FAILED", "{run}");
        assert_eq!(run["statusReason"], "STAGE_FAILED");
        assert_eq!(run["logs"]["nodes"].as_array().unwrap().len(), 1);
    }
    let unmapped = json!({ "inputVariableMapping": { "word": "inputs.missing" } });
    let run = one_stage(unmapped, Vec::new()).await;
    assert_eq!(run["status"], "FAILED");
    let message = text(&run["errorMessage"]);
    assert!(message.contains("inputs.missing"), "{message}");
}

#[tokio::test]
async fn failures_of_the_connection_are_tried_five_times_in_a_row() {
    let saved = one_stage(
        json!({}),
        vec![
            Reply::status(500),
            Reply::status(503),
            Reply::text("cut").without_finish(),
            Reply::text("well"),
        ],
    )
    .await;
    assert_eq!(saved["status"], "COMPLETED", "{saved}");
    assert_eq!(saved["logs"]["nodes"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_long_retry_after_frees_the_slot_and_is_obeyed() {
    let clock = Clock::manual("2031-01-01T00:00:00Z".parse().unwrap());
    let server = Server::start_with(clock, |_| {}).await;
    server.provider.reply(Reply::status(429).retry_after("60"));
    server.provider.reply(Reply::text("late"));
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let id = server.run(&user, &workflow).await;
    until(&server, &user, &id, "StageRetryScheduled", None).await;
    let run = read(&server, &user, &id).await;
    assert_eq!(run["status"], "PENDING");
    assert_eq!(run["nextRunAt"], "2031-01-01T00:01:00.000Z");
    server.clock.advance(Duration::from_secs(61));
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["status"], "COMPLETED");
    assert_eq!(run["nextRunAt"], Value::Null);
    server.stop().await;
}

/// A run of one stage whose first call meets `reply` and whose further ones are answered well, with
/// its events.
async fn met(reply: Reply, stage: Value, change: impl FnOnce(&mut Config)) -> (Value, Vec<Value>) {
    let server = Server::start_with(Clock::system(), change).await;
    server.provider.reply(reply);
    server.provider.otherwise(|_| Reply::text("{\"n\": 1}"));
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([stage])).await;
    let id = server.run(&user, &workflow).await;
    let events = told(&server, &user, &id).await;
    let run = read(&server, &user, &id).await;
    server.stop().await;
    (run, events)
}

fn impatient(config: &mut Config) {
    config.engine.stage_timeout = Duration::from_secs(1);
}

#[tokio::test]
async fn a_call_that_failed_on_its_way_is_made_again_and_costs_no_retry() {
    let past = "Wed, 21 Oct 2015 07:28:00 GMT";
    for (reply, why) in [
        (Reply::status(408), "408"),
        (Reply::status(409), "409"),
        (Reply::status(429).retry_after("0"), "429"),
        (Reply::status(429).retry_after(past), "429"),
        (Reply::status(500), "500"),
        (Reply::status(503), "503"),
        (Reply::text("cut").without_finish(), ""),
        (Reply::text("torn apart").cut_after(70), ""),
        (Reply::malformed(), ""),
        (Reply::hang(), "did not answer within 1 s"),
    ] {
        let (run, events) = met(reply, json!({ "retryLimit": 0 }), impatient).await;
        assert_eq!(run["status"], "COMPLETED", "{why}: {run}");
        let logs = run["logs"]["nodes"].as_array().unwrap();
        assert_eq!(logs.len(), 2, "{why}: {logs:?}");
        assert_eq!(logs[0]["validationResult"], "ERROR");
        assert_eq!(logs[0]["parsedOutput"], Value::Null);
        let message = text(&logs[0]["errorMessage"]);
        assert!(message.contains(why), "{message}");
        assert!(!message.contains("sk-test"), "{message}");
        let kinds: Vec<_> = events.iter().map(|event| &event["__typename"]).collect();
        let expected = [
            "StageStarted",
            "StageFinished",
            "StageRetryScheduled",
            "StageStarted",
            "StageFinished",
        ];
        assert_eq!(kinds[2..7], expected, "{why}");
        assert_eq!(events[3]["nextStageOrder"], 1);
    }
}

#[tokio::test]
async fn what_arrived_before_a_call_broke_is_kept() {
    let whole = "The first half ";
    for reply in [Reply::hang(), Reply::text(whole).without_finish()] {
        let (run, _) = met(reply, json!({}), impatient).await;
        assert_eq!(run["logs"]["nodes"][0]["rawOutput"], whole, "{run}");
    }
}

#[tokio::test]
async fn the_fifth_failure_of_the_connection_in_a_row_fails_the_stage() {
    let server = Server::start().await;
    let busy = |_: &Value| Reply::status(500).retry_after("0");
    server.provider.otherwise(busy);
    let user = server.user();
    let model = server.model().await;
    let stages = json!([{ "retryLimit": 50 }]);
    let workflow = server.workflow(&user, &model, stages).await;
    let id = server.run(&user, &workflow).await;
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["statusReason"], "STAGE_FAILED");
    assert_eq!(server.provider.requests().len(), 5);
    server.stop().await;
}

#[tokio::test]
async fn another_outcome_ends_the_row_of_failures() {
    let busy = || Reply::status(500).retry_after("0");
    let mut replies: Vec<_> = (0..4).map(|_| busy()).collect();
    replies.push(Reply::empty());
    replies.extend((0..4).map(|_| busy()));
    replies.push(Reply::text("well"));
    let run = one_stage(json!({ "retryLimit": 1 }), replies).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    assert_eq!(run["logs"]["nodes"].as_array().unwrap().len(), 10);
}

#[tokio::test]
async fn a_provider_that_asks_to_wait_longer_than_an_hour_has_failed_the_stage() {
    for wait in ["3601", "Mon, 21 Oct 2199 07:28:00 GMT"] {
        let reply = Reply::status(429).retry_after(wait);
        let run = one_stage(json!({}), vec![reply]).await;
        assert_eq!(run["statusReason"], "STAGE_FAILED", "{wait}: {run}");
        assert_eq!(run["logs"]["nodes"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn the_models_faults_beyond_the_retry_limit_fail_the_stage_with_their_reason() {
    let typed = json!({ "outputVariables": { "n": "integer" }, "retryLimit": 1 });
    for (bad, why) in [
        (Reply::text("not json"), "JSON"),
        (Reply::text("{\"n\": \"one\"}"), "integer"),
        (Reply::text("{\"n\":").finish("length"), "token limit"),
        (Reply::empty(), "empty"),
    ] {
        let run = one_stage(typed.clone(), vec![bad.clone(), bad]).await;
        assert_eq!(run["statusReason"], "STAGE_FAILED", "{run}");
        let message = text(&run["logs"]["nodes"][1]["errorMessage"]);
        assert!(message.contains(why), "{message}");
    }
}

#[tokio::test]
async fn what_no_other_try_mends_is_told_with_its_reason() {
    for status in [400, 401, 403, 404, 422] {
        let stage = json!({ "retryLimit": 3 });
        let (run, events) = met(Reply::status(status), stage, impatient).await;
        assert_eq!(run["status"], "FAILED", "{run}");
        let message = text(&run["logs"]["nodes"][0]["errorMessage"]);
        assert!(message.contains(&status.to_string()), "{message}");
        assert_eq!(events[3]["validationResult"], "ERROR");
        assert_eq!(events[3]["nextStageOrder"], Value::Null);
    }
    let endless = Reply::text(&"x".repeat(1024 * 1024 + 1));
    let run = one_stage(json!({ "retryLimit": 3 }), vec![endless]).await;
    assert_eq!(run["logs"]["nodes"].as_array().unwrap().len(), 1);
    assert_eq!(run["statusReason"], "STAGE_FAILED");
}

#[tokio::test]
async fn an_attempt_whose_path_does_not_resolve_makes_no_call() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let stage = json!({ "inputVariableMapping": { "word": "inputs.missing.part" } });
    let workflow = server.workflow(&user, &model, json!([stage])).await;
    let id = server.run(&user, &workflow).await;
    let run = ended(&server, &user, &id).await;
    let log = &run["logs"]["nodes"][0];
    assert_eq!(log["validationResult"], "ERROR");
    assert!(text(&log["errorMessage"]).contains("inputs.missing.part"));
    assert_eq!(log["promptSent"], Value::Null);
    assert_eq!(server.provider.requests().len(), 0);
    server.stop().await;
}
