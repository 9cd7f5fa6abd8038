//! What becomes of an attempt that did not pass: every row of the table of outcomes.

use std::time::Duration;

use footlight::clock::Clock;
use footlight::config::Config;
use serde_json::{Value, json};

use super::{ended, kinds, nested, one_stage, read, told};
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
async fn failures_of_the_connection_are_tried_again() {
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
        (Reply::hang(), "it said nothing more for 1 s"),
        (Reply::gated("late"), "did not answer within 1 s"),
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
        let expected = [
            "StageStarted",
            "StageFinished",
            "StageRetryScheduled",
            "StageStarted",
            "StageFinished",
            "COMPLETED",
        ];
        assert_eq!(kinds(&events)[2..], expected, "{why}");
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
async fn another_outcome_ends_the_row_of_failures() {
    let cut = || Reply::text("cut").without_finish();
    let mut replies: Vec<_> = (0..4).map(|_| cut()).collect();
    replies.push(Reply::empty());
    replies.extend((0..4).map(|_| cut()));
    replies.push(Reply::text("well"));
    let run = one_stage(json!({ "retryLimit": 1 }), replies).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    assert_eq!(run["logs"]["nodes"].as_array().unwrap().len(), 10);
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
async fn a_verdict_of_no_is_tried_again_within_the_retry_limit_and_keeps_the_last_output() {
    let server = Server::start().await;
    for answer in ["long", "longer"] {
        server.provider.reply(Reply::text(answer));
    }
    let user = server.user();
    let stage = json!({ "validationType": "FUNCTION", "retryLimit": 1,
        "validationCriteria": { "functionName": "max_length", "args": { "length": 3 } } });
    let id = server.run_of(&user, json!([stage])).await;
    let events = told(&server, &user, &id).await;
    let expected = [
        "StageStarted",
        "StageFinished",
        "StageRetryScheduled",
        "StageStarted",
        "StageFinished",
        "FAILED",
    ];
    assert_eq!(kinds(&events)[2..], expected);
    assert_eq!(events[3]["validationResult"], "FAIL");
    assert_eq!(events[4]["attemptNumber"], 2);
    assert!(text(&events[4]["retryAt"]) <= text(&events[4]["occurredAt"]));
    let run = read(&server, &user, &id).await;
    for log in run["logs"]["nodes"].as_array().unwrap() {
        assert_eq!(log["validationResult"], "FAIL");
        assert_eq!(log["errorMessage"], Value::Null);
        assert_eq!(log["status"], "FINISHED");
    }
    let notes = text(&run["logs"]["nodes"][1]["validatorNotes"]);
    assert!(text(&run["errorMessage"]).contains(&notes), "{run}");
    assert_eq!(run["executionContext"]["stage_1"]["raw"], "longer");
    server.stop().await;
}

#[tokio::test]
async fn what_no_other_try_mends_fails_the_stage_at_once_and_says_why() {
    let endless = format!("{} ", "x".repeat(1024 * 1024 - 1));
    let cases = [
        (Reply::status(400), "400", Value::Null),
        (Reply::status(401), "OPENAI_API_KEY", Value::Null),
        (Reply::status(403), "403", Value::Null),
        (Reply::status(404), "404", Value::Null),
        (Reply::status(422), "422", Value::Null),
        (
            Reply::error(400, "invalid", "the key sk-test may not"),
            "the key [API key] may not",
            Value::Null,
        ),
        (
            Reply::error(429, "insufficient_quota", "pay first"),
            "pay first",
            Value::Null,
        ),
        (
            Reply::content_filter(),
            "content filter",
            json!("This is how you"),
        ),
        (Reply::refusal("I would rather not"), "rather", Value::Null),
        (
            Reply::text(&format!("{endless}y")),
            "1048576 characters",
            json!(endless),
        ),
    ];
    for (reply, why, arrived) in cases {
        let (run, events) = met(reply, json!({ "retryLimit": 3 }), |_| {}).await;
        assert_eq!(
            kinds(&events)[2..],
            ["StageStarted", "StageFinished", "FAILED"]
        );
        assert_eq!(events[3]["validationResult"], "ERROR", "{why}");
        assert_eq!(events[3]["nextStageOrder"], Value::Null, "{why}");
        assert_eq!(run["statusReason"], "STAGE_FAILED", "{why}");
        let log = &run["logs"]["nodes"][0];
        assert!(log["rawOutput"] == arrived, "{why}: kept something else");
        let message = text(&log["errorMessage"]);
        assert!(message.contains(why), "{message}");
        assert!(!message.contains("sk-test"), "{message}");
        assert!(text(&run["errorMessage"]).contains(&message), "{message}");
    }
}

#[tokio::test]
async fn a_refusal_is_kept_short_whatever_it_says() {
    let refusal = format!("no\0 {}", "never ".repeat(1000));
    let run = one_stage(json!({}), vec![Reply::refusal(&refusal)]).await;
    let message = text(&run["logs"]["nodes"][0]["errorMessage"]);
    assert!(message.contains("no\u{fffd} never"), "{message}");
    assert!(message.chars().count() < 400, "{message}");
}

#[tokio::test]
async fn an_output_whose_keys_no_database_takes_is_an_output_like_others() {
    let typed = json!({ "outputVariables": { "n": "integer" } });
    let lacking = one_stage(typed, vec![Reply::text("{\"a\\u0000b\": 1}")]).await;
    assert_eq!(lacking["statusReason"], "STAGE_FAILED");
    let log = &lacking["logs"]["nodes"][0];
    assert_eq!(log["status"], "FINISHED");
    let message = text(&log["errorMessage"]);
    assert!(message.contains("a\u{fffd}b"), "{message}");
}

#[tokio::test]
async fn an_attempt_whose_path_does_not_resolve_makes_no_call() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let stage = json!({ "inputVariableMapping": { "word": "stage_1.output.part" } });
    let workflow = server.workflow(&user, &model, json!([stage])).await;
    let id = server.run(&user, &workflow).await;
    let run = ended(&server, &user, &id).await;
    let log = &run["logs"]["nodes"][0];
    assert_eq!(log["validationResult"], "ERROR");
    assert!(text(&log["errorMessage"]).contains("stage_1.output.part"));
    assert_eq!(log["promptSent"], Value::Null);
    assert_eq!(server.provider.requests().len(), 0);
    server.stop().await;
}

#[tokio::test]
async fn an_output_that_nests_too_deeply_is_no_output() {
    let typed = json!({ "outputVariables": { "n": "array" } });
    for levels in [101, 126, 200] {
        let run = one_stage(typed.clone(), vec![Reply::text(&nested(levels))]).await;
        assert_eq!(run["statusReason"], "STAGE_FAILED", "{levels}");
        let log = &run["logs"]["nodes"][0];
        assert_eq!(log["status"], "FINISHED", "{levels}");
        assert_eq!(log["parsedOutput"], Value::Null, "{levels}");
        assert!(log["errorMessage"].is_string(), "{levels}");
    }
}
