//! A server that is asked to stop loses nothing, counts no crash, and is gone in time.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use crate::support::process::{Cluster, eventually};
use crate::support::provider::Reply;
use crate::support::server::text;

#[tokio::test]
async fn a_server_that_is_asked_to_stop_is_not_ready_and_serves_on_for_a_while() {
    let cluster = Cluster::new().await;
    let user = cluster.user();
    let delay = DELAY.as_secs().to_string();
    let mut process = cluster.start(&[("SHUTDOWN_DELAY_SECONDS", &delay)]).await;
    let asked = Instant::now();
    process.signal("TERM");
    process.says("stopping").await;
    let ready = format!("http://{}/readyz", process.address);
    assert_eq!(reqwest::get(&ready).await.unwrap().status(), 503);
    let served = cluster
        .data(&process, &user, "{ me { id } }", json!({}))
        .await;
    assert!(served["me"]["id"].is_string());
    let mut socket = cluster.socket(&process, &user).await;
    assert_eq!(socket.closed().await, 1012, "at the end of the delay");
    drop(socket);
    assert!(asked.elapsed() >= DELAY, "{:?}", asked.elapsed());
    assert_eq!(process.ended().await, Some(0));
    assert!(asked.elapsed() < GRACE, "{:?}", asked.elapsed());
}

const DELAY: Duration = Duration::from_secs(2);
const RUNS: usize = 30;
const GRACE: Duration = Duration::from_secs(6);
/// Stages that end by themselves while the server drains, and those that are handed back.
const SHORT: Duration = Duration::from_millis(500);
const LONG: Duration = Duration::from_secs(30);

#[tokio::test]
async fn runs_are_finished_or_handed_back_and_go_on_elsewhere() {
    let cluster = Cluster::new().await;
    let user = cluster.user();
    let seconds = GRACE.as_secs().to_string();
    let slots = (RUNS / 2).to_string();
    let first = cluster
        .start(&[
            ("SHUTDOWN_GRACE_SECONDS", &seconds),
            ("MAX_CONCURRENT_STAGES", &slots),
            ("MAX_RUNNING_PER_USER", "1000"),
        ])
        .await;
    let stages = json!([{ "promptTemplate": "{{what}}" }, { "promptTemplate": "then" }]);
    let workflow = cluster.workflow(&first, &user, stages).await;
    cluster.provider.otherwise(|body| {
        let prompt = body["messages"][0]["content"].as_str().unwrap();
        let pause = if prompt == "long" { LONG } else { SHORT };
        Reply::slow("an answer", pause)
    });
    let mut runs = Vec::new();
    for number in 0..RUNS {
        let what = if number % 3 == 0 { "long" } else { "short" };
        let query =
            "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
        let input = json!({ "workflowId": workflow, "inputs": { "what": what } });
        let data = cluster
            .data(&first, &user, query, json!({ "input": input }))
            .await;
        runs.push(text(&data["startExecution"]["id"]));
    }
    cluster.provider.wait_for_requests(RUNS / 2).await;

    let asked = Instant::now();
    first.signal("TERM");
    assert_eq!(first.ended().await, Some(0));
    let took = asked.elapsed();
    assert!(took < GRACE, "{took:?}");

    cluster.provider.otherwise(|_| Reply::text("an answer"));
    let second = cluster.start(&[("MAX_RUNNING_PER_USER", "1000")]).await;
    for run in runs {
        let query = "query($id: ID!) { execution(id: $id) { status lastEventSeq
            events { seq ... on ExecutionStatusChanged { reason } }
            logs { nodes { status errorMessage } } } }";
        let row = eventually("the end of a run", || async {
            let data = cluster
                .data(&second, &user, query, json!({ "id": run }))
                .await;
            let row = data["execution"].clone();
            matches!(row["status"].as_str(), Some("COMPLETED" | "FAILED")).then_some(row)
        })
        .await;
        assert_eq!(row["status"], "COMPLETED");
        let events = row["events"].as_array().unwrap();
        assert_eq!(json!(events.len()), row["lastEventSeq"]);
        assert!(
            !events.iter().any(|event| event["reason"] == "RESCUED"),
            "{row}"
        );
        for log in row["logs"]["nodes"].as_array().unwrap() {
            let why = log["errorMessage"].as_str();
            assert!(
                log["status"] == "FINISHED" || why == Some("the server shut down"),
                "{log}"
            );
        }
    }
}

#[tokio::test]
async fn an_answer_that_waits_for_its_judge_is_handed_back_with_it() {
    let cluster = Cluster::new().await;
    let user = cluster.user();
    let first = cluster.start(&[("SHUTDOWN_GRACE_SECONDS", "2")]).await;
    let stages = json!([{
        "promptTemplate": "draft",
        "validationType": "LLM",
        "validationCriteria": { "prompt": "is it right?" },
    }]);
    let workflow = cluster.workflow(&first, &user, stages).await;
    cluster.provider.reply(Reply::text("a draft"));
    cluster.provider.reply(Reply::hang());
    let query = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    let input = json!({ "input": { "workflowId": workflow, "inputs": {} } });
    let data = cluster.data(&first, &user, query, input).await;
    let run = text(&data["startExecution"]["id"]);
    cluster.provider.wait_for_requests(2).await;
    first.signal("TERM");
    assert_eq!(first.ended().await, Some(0));

    let verdict = json!({ "pass": true, "notes": "so" }).to_string();
    cluster.provider.reply(Reply::text(&verdict));
    let second = cluster.start(&[]).await;
    let query = "query($id: ID!) { execution(id: $id) { status
        events { __typename ... on ExecutionStatusChanged { reason } }
        logs { nodes { status validationResult rawOutput } } } }";
    let row = eventually("the end of the run", || async {
        let data = cluster
            .data(&second, &user, query, json!({ "id": run }))
            .await;
        let row = data["execution"].clone();
        (row["status"] == "COMPLETED").then_some(row)
    })
    .await;
    let log = json!({ "status": "FINISHED", "validationResult": "PASS", "rawOutput": "a draft" });
    assert_eq!(row["logs"]["nodes"], json!([log]));
    let events = row["events"].as_array().unwrap();
    let reasons: Vec<_> = events
        .iter()
        .filter_map(|event| event["reason"].as_str())
        .collect();
    assert_eq!(reasons, ["HANDED_BACK"]);
    let scheduled = |event: &serde_json::Value| event["__typename"] == "StageRetryScheduled";
    assert!(!events.iter().any(scheduled), "{row}");
    assert_eq!(cluster.provider.requests().len(), 3);
}
