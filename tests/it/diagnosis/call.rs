//! Runs that wait for a model, for its judge, or for the time of another try.

use std::time::Duration;

use serde_json::{Value, json};

use super::{ask, follow, message, new_year, time, until, waits_for};
use crate::support::provider::Reply;
use crate::support::server::text;

#[tokio::test]
async fn a_call_is_waited_for_since_its_attempt_began() {
    let server = new_year().await;
    server.provider.reply(Reply::gated("one"));
    let user = server.user();
    let id = server.run_of(&user, json!([{ "name": "Draft" }])).await;
    server.provider.wait_for_requests(1).await;
    let began = server.clock.now();
    server.clock.advance(Duration::from_secs(30));
    let run = waits_for(&server, &user, &id, "MODEL").await;
    assert_eq!(time(&run["diagnosis"]["since"]), began);
    let said = "stage 1 (Draft) waits for the model, in attempt 1, since 00:00:00 UTC";
    assert_eq!(message(&run), said);
    assert_eq!(run["logs"]["nodes"][0]["answeredAt"], Value::Null);

    server.provider.release();
    server.until(&user, &id, "COMPLETED").await;
    let run = ask(&server, &user, &id).await;
    let log = &run["logs"]["nodes"][0];
    assert_eq!(time(&log["answeredAt"]), server.clock.now());
    server.stop().await;
}

#[tokio::test]
async fn a_model_that_does_not_answer_is_told_with_its_words_and_the_time_of_the_next_try() {
    let server = new_year().await;
    let busy = |wait: &str| Reply::error(503, "busy", "come back later").retry_after(wait);
    for wait in ["3", "60"] {
        server.provider.reply(busy(wait));
    }
    server.provider.otherwise(|_| Reply::gated("at last"));
    let user = server.user();
    let id = server.run_of(&user, json!([{}])).await;
    let waits = |event: &Value| event["__typename"] == "StageRetryScheduled";

    // A short wait keeps the slot.
    until(&server, &user, &id, waits).await;
    let run = waits_for(&server, &user, &id, "RETRY").await;
    assert_eq!(run["status"], "RUNNING");
    assert_eq!(run["diagnosis"]["until"], run["nextRunAt"]);
    let said = message(&run);
    assert!(said.starts_with("stage 1: openai answered 503"), "{said}");
    assert!(said.contains("come back later (at 00:00:0"), "{said}");
    assert!(said.contains("; tried again at 00:00:0"), "{said}");
    assert_eq!(run["logs"]["nodes"][0]["answeredAt"], Value::Null);

    server.clock.advance(Duration::from_secs(4));
    until(&server, &user, &id, |event| event["reason"] == "RETRY_WAIT").await;
    let run = waits_for(&server, &user, &id, "RETRY").await;
    assert_eq!(run["status"], "PENDING");
    assert_eq!(run["diagnosis"]["until"], run["nextRunAt"]);
    assert_eq!(time(&run["diagnosis"]["since"]), server.clock.now());
    let said = message(&run);
    assert!(
        said.contains("(2 calls since 00:00:00 UTC); tried again at 00:01:0"),
        "{said}"
    );

    // What it waited for has come.
    server.clock.advance(Duration::from_mins(2));
    server.provider.wait_for_requests(3).await;
    let run = waits_for(&server, &user, &id, "MODEL").await;
    follow(&server, &user, &run, "cancel it").await;
    server.stop().await;
}

#[tokio::test]
async fn a_judge_is_waited_for_since_the_answer_came() {
    let server = new_year().await;
    let user = server.user();
    server.provider.reply(Reply::text("x"));
    server.provider.reply(Reply::gated("{"));
    server.provider.reply(Reply::status(429).retry_after("60"));
    server
        .provider
        .otherwise(|_| Reply::text(r#"{"pass": true, "notes": "so"}"#));
    let judged = json!([{ "validationType": "LLM",
        "validationCriteria": { "prompt": "Is {{output}} right?" } }]);
    let id = server.run_of(&user, judged).await;
    server.provider.wait_for_requests(2).await;
    let answered_at = server.clock.now();
    server.clock.advance(Duration::from_secs(10));
    let run = waits_for(&server, &user, &id, "JUDGE").await;
    let log = &run["logs"]["nodes"][0];
    assert_eq!(time(&log["answeredAt"]), answered_at);
    assert_eq!(run["diagnosis"]["since"], log["answeredAt"]);
    assert_eq!(run["diagnosis"]["until"], Value::Null);
    let said = "stage 1 waits for the judge of the answer of attempt 1, since 00:00:00 UTC";
    assert_eq!(message(&run), said);

    // What it said was no verdict; asked again, it is busy.
    server.provider.release();
    until(&server, &user, &id, |event| event["reason"] == "JUDGE_WAIT").await;
    let run = waits_for(&server, &user, &id, "JUDGE").await;
    assert_eq!(run["status"], "PENDING");
    assert_eq!(run["diagnosis"]["until"], run["nextRunAt"]);
    assert_eq!(time(&run["diagnosis"]["since"]), answered_at);
    let said = message(&run);
    let begins = "the judge of stage 1 did not answer (1 call): it is asked again about the answer of attempt 1 at 00:01:1";
    assert!(said.starts_with(begins), "{said}");

    server.clock.advance(Duration::from_mins(2));
    server.until(&user, &id, "COMPLETED").await;
    // The judge's answer is not the model's.
    let run = ask(&server, &user, &id).await;
    assert_eq!(time(&run["logs"]["nodes"][0]["answeredAt"]), answered_at);
    server.stop().await;
}

#[tokio::test]
async fn the_items_of_a_list_that_are_open_are_counted() {
    let server = new_year().await;
    server.provider.otherwise(|_| Reply::gated("told"));
    let user = server.user();
    let model = server.model().await;
    let stages = json!([{ "promptTemplate": "tell of {{item}}",
        "forEach": { "in": "inputs.list", "concurrency": 3 } }]);
    let workflow = server.workflow(&user, &model, stages).await;
    let start = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    let input = json!({ "workflowId": workflow, "inputs": { "list": [1, 2, 3, 4, 5] } });
    let made = server.data(&user, start, json!({ "input": input })).await;
    let id = text(&made["startExecution"]["id"]);
    server.provider.wait_for_requests(3).await;
    let run = waits_for(&server, &user, &id, "MODEL").await;
    let said = "3 items of stage 1 wait for the model, the first since 00:00:00 UTC";
    assert_eq!(message(&run), said);

    for _ in 0..5 {
        server.provider.release();
    }
    server.until(&user, &id, "COMPLETED").await;
    let run = ask(&server, &user, &id).await;
    for log in run["logs"]["nodes"].as_array().unwrap() {
        assert_eq!(time(&log["answeredAt"]), server.clock.now());
    }
    server.stop().await;
}

#[tokio::test]
async fn items_that_are_tried_again_later_are_counted() {
    let server = new_year().await;
    for _ in 0..2 {
        server.provider.reply(Reply::status(503).retry_after("60"));
    }
    server.provider.otherwise(|_| Reply::text("told"));
    let user = server.user();
    let model = server.model().await;
    let stages = json!([{ "promptTemplate": "tell of {{item}}",
        "forEach": { "in": "inputs.list", "concurrency": 2 } }]);
    let workflow = server.workflow(&user, &model, stages).await;
    let start = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    let input = json!({ "workflowId": workflow, "inputs": { "list": [1, 2] } });
    let made = server.data(&user, start, json!({ "input": input })).await;
    let id = text(&made["startExecution"]["id"]);
    until(&server, &user, &id, |event| event["reason"] == "RETRY_WAIT").await;
    let run = waits_for(&server, &user, &id, "RETRY").await;
    let said = message(&run);
    assert!(
        said.contains("; 2 items wait, and the first is tried again at 00:01:0"),
        "{said}"
    );
    assert_eq!(run["diagnosis"]["until"], run["nextRunAt"]);
    server.clock.advance(Duration::from_mins(2));
    server.until(&user, &id, "COMPLETED").await;
    server.stop().await;
}
