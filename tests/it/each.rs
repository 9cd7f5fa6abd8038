//! Runs over a list on three replicas, one of which is killed after every single write of such a run: whoever takes
//! it up calls for no item again that has ended.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::database;
use crate::support::process::{Cluster, Process, eventually};
use crate::support::provider::Reply;
use crate::support::server::{User, text};

const ITEMS: usize = 12;
const START: &str =
    "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
const RUN: &str = "query($id: ID!) { execution(id: $id) {
    status executionContext lastEventSeq events { seq } later: events(after: 100) { seq }
    logs(first: 100) { nodes { stageOrder itemIndex status validationResult } } } }";

#[tokio::test]
async fn a_list_at_eight_at_once_is_taken_up_by_other_replicas_after_a_kill_at_any_write() {
    if database::server().is_none() {
        return eprintln!("left out: replicas need PostgreSQL");
    }
    let cluster = Cluster::new().await;
    cluster.provider.otherwise(|body| {
        let messages = body["messages"].as_array().unwrap();
        let prompt = messages.last().unwrap()["content"].as_str().unwrap();
        Reply::slow(&format!("answer to {prompt}"), Duration::from_millis(20))
    });
    let survivors = [cluster.start(&[]).await, cluster.start(&[]).await];
    let mut runs = Vec::new();
    let mut kills = 0;
    for write in 1..=9 {
        let user = cluster.user();
        let stages = json!([
            { "promptTemplate": "draft {{item}}", "forEach": { "in": "inputs.list", "concurrency": 8 } },
            { "promptTemplate": "all of {{stage_1.output.items.11.text}}" },
        ]);
        let workflow = cluster.workflow(&survivors[0], &user, stages).await;
        let fault = write.to_string();
        let doomed = cluster
            .start(&[("FAULT_STOP_AFTER_WRITE", fault.as_str())])
            .await;
        doomed.drives().await;
        let list: Vec<_> = (0..ITEMS).collect();
        let input = json!({ "workflowId": workflow, "inputs": { "list": list }, "clientKey": "k" });
        let run = eventually("the run", || async {
            // The process may stop before it answers, or have its run taken up elsewhere.
            let variables = json!({ "input": input });
            let asking = cluster.answer(doomed.address, &user, START, variables.clone());
            let answer = tokio::time::timeout(Duration::from_secs(1), asking).await;
            let answer = match answer {
                Ok(answer) => answer?,
                Err(_) => {
                    cluster
                        .answer(survivors[0].address, &user, START, variables)
                        .await?
                }
            };
            Some(text(&answer["data"]["startExecution"]["id"]))
        })
        .await;
        let stopped = format!("stopped after write {write}");
        let was_stopped = eventually("the kill or the end", || async {
            if doomed.log().contains(&stopped) {
                return Some(true);
            }
            let run = read(&cluster, &survivors[0], &user, &run).await;
            (run["status"] == "COMPLETED").then_some(false)
        })
        .await;
        kills += usize::from(was_stopped);
        doomed.kill().await;
        runs.push((write, user, run));
    }
    assert!(kills >= 4, "only {kills} writes");
    for (write, user, run) in runs {
        let run = eventually("the end", || async {
            let run = read(&cluster, &survivors[1], &user, &run).await;
            (run["status"] == "COMPLETED").then_some(run)
        })
        .await;
        holds(&run, write);
    }
}

/// Was every item's answer used once?
fn holds(run: &Value, write: usize) {
    let raw = (0..ITEMS).map(|item| format!("answer to draft {item}"));
    let raw: Vec<_> = raw.collect();
    let context = &run["executionContext"];
    assert_eq!(context["stage_1"]["raw"], json!(raw), "killed at {write}");
    let last = format!("answer to all of {}", raw[ITEMS - 1]);
    assert_eq!(context["stage_2"]["raw"], json!(last));
    let logs = run["logs"]["nodes"].as_array().unwrap();
    for item in 0..ITEMS {
        let ended = logs.iter().filter(|log| log["itemIndex"] == json!(item));
        let ended = ended.filter(|log| log["status"] == "FINISHED");
        assert_eq!(ended.count(), 1, "item {item}, killed at {write}: {logs:?}");
    }
    let pages = [&run["events"], &run["later"]].into_iter();
    let seqs = pages.flat_map(|page| page.as_array().unwrap());
    let seqs: Vec<_> = seqs.map(|event| event["seq"].as_u64().unwrap()).collect();
    let dense: Vec<_> = (1..=run["lastEventSeq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, dense, "killed at {write}");
}

async fn read(cluster: &Cluster, process: &Process, user: &User, run: &str) -> Value {
    let mut data = cluster.data(process, user, RUN, json!({ "id": run })).await;
    data["execution"].take()
}
