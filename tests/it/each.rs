//! Runs over a list on three replicas, one of which is killed after every single write of such a run: whoever takes
//! it up calls for no item again that has ended, tells the next attempt at one that was refused why, and goes on by
//! the value that the list has brought.

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
    logs(first: 100) { nodes { stageOrder itemIndex status validationResult promptSent validatorNotes } } } }";

#[tokio::test]
async fn a_list_at_eight_at_once_is_taken_up_by_other_replicas_after_a_kill_at_any_write() {
    if database::server().is_none() {
        return eprintln!("left out: replicas need PostgreSQL");
    }
    let cluster = Cluster::new().await;
    cluster.provider.otherwise(|body| {
        let messages = body["messages"].as_array().unwrap();
        let prompt = messages.last().unwrap()["content"].as_str().unwrap();
        let answer = match prompt.strip_prefix("mend <") {
            Some(told) => format!("mended {}", told.split('>').next().unwrap()),
            None => format!("answer to {prompt}"),
        };
        Reply::slow(&answer, Duration::from_millis(20))
    });
    let survivors = [cluster.start(&[]).await, cluster.start(&[]).await];
    let mut runs = Vec::new();
    let mut kills = 0;
    for write in 1..=12 {
        let user = cluster.user();
        let stages = json!([
            {
                "promptTemplate": "draft {{item}}",
                "retryPromptTemplate": "mend <{{output}}> for <{{notes}}>",
                "forEach": { "in": "inputs.list", "concurrency": 8 },
                "validationType": "REGEX",
                "validationCriteria": { "pattern": "^mended|[02468]$" },
                "retryLimit": 1,
                "routes": { "by": "stage_1.raw", "to": { "never": 2 } },
            },
            {
                "promptTemplate": "all of {{stage_1.output.items.11.text}}",
                "routes": { "by": "inputs.way", "to": { "past": 4 } },
            },
            { "promptTemplate": "never" },
            { "promptTemplate": "end" },
        ]);
        let workflow = cluster.workflow(&survivors[0], &user, stages).await;
        let fault = write.to_string();
        let doomed = cluster
            .start(&[("FAULT_STOP_AFTER_WRITE", fault.as_str())])
            .await;
        doomed.drives().await;
        let list: Vec<_> = (0..ITEMS).collect();
        let input = json!({ "workflowId": workflow, "inputs": { "list": list, "way": "past" }, "clientKey": "k" });
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

/// Was every item's answer used once, and told to the attempt that followed where it was refused?
fn holds(run: &Value, write: usize) {
    let raw = (0..ITEMS).map(|item| {
        let mended = if item % 2 == 0 { "" } else { "mended " };
        format!("{mended}answer to draft {item}")
    });
    let raw: Vec<_> = raw.collect();
    let context = &run["executionContext"];
    assert_eq!(context["stage_1"]["raw"], json!(raw), "killed at {write}");
    let last = format!("answer to all of {}", raw[ITEMS - 1]);
    assert_eq!(context["stage_2"]["raw"], json!(last));
    let logs = run["logs"]["nodes"].as_array().unwrap();
    for item in 0..ITEMS {
        let ended = logs.iter().filter(|log| log["itemIndex"] == json!(item));
        let ended = ended.filter(|log| log["status"] == "FINISHED");
        let ended: Vec<_> = ended.collect();
        let mut expected = vec![json!(format!("draft {item}"))];
        if item % 2 == 1 {
            let notes = text(&ended[0]["validatorNotes"]);
            let mend = format!("mend <answer to draft {item}> for <{notes}>");
            expected.push(json!(mend));
        }
        let sent = ended.iter().map(|log| log["promptSent"].clone());
        let sent: Vec<_> = sent.collect();
        assert_eq!(sent, expected, "item {item}, killed at {write}");
    }
    let way = logs.iter().filter(|log| log["itemIndex"].is_null());
    let way = way.filter(|log| log["status"] == "FINISHED");
    let way: Vec<_> = way.map(|log| &log["stageOrder"]).collect();
    assert_eq!(way, [2, 4], "killed at {write}");
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
