//! A deletion and a purge go on wherever the process was killed that was about them.

use chrono::TimeDelta;
use footlight::clock::Clock;
use footlight::domain::status::ExecutionStatus;
use footlight::store::Store;
use footlight::store::deletion;
use futures_util::{StreamExt, stream};
use serde_json::json;

use super::{any_run, attached_runs, fill, revisions, runs_in, workflows};
use crate::support::process::{Cluster, eventually};
use crate::support::provider::Reply;
use crate::support::server::{User, text};

/// Batches of the deletion: three that cancel and one that finds nothing more to cancel, two that detach,
/// and one at least for each of what follows.
const BATCHES_OF_A_DELETION: usize = 9;
/// Batches of the purge at least: three that delete, and one that finds no more.
const BATCHES_OF_A_PURGE: usize = 4;

#[tokio::test]
async fn a_deletion_goes_on_after_a_kill_at_any_batch() {
    let mut ends = stream::iter(1..=BATCHES_OF_A_DELETION)
        .map(killed_in_a_deletion)
        .buffer_unordered(3);
    while ends.next().await.is_some() {}
}

async fn killed_in_a_deletion(batch: usize) {
    let (cluster, user, workflow) = with_runs().await;
    let fault = batch.to_string();
    let faults = [("FAULT_STOP_AFTER_BATCH", fault.as_str())];
    let mut process = cluster.start(&faults).await;
    let delete = "mutation($id: ID!) { deleteWorkflow(id: $id) }";
    let variables = json!({ "id": workflow });
    cluster.data(&process, &user, delete, variables).await;
    process.says(&format!("stopped after batch {batch}")).await;
    process.kill().await;

    let mut process = cluster.start(&[]).await;
    process.says("a deleted workflow is cleared away").await;
    process.kill().await;
    let store = Store::connect(&cluster.database.url, 1).await.unwrap();
    assert_eq!(deletion::deleted(store.reader()).await.unwrap(), []);
    assert_eq!(workflows(&store).await, 0);
    assert_eq!(attached_runs(&store).await, 0);
    assert_eq!(runs_in(&store, ExecutionStatus::Cancelled).await, 40);
    assert_eq!(runs_in(&store, ExecutionStatus::Completed).await, 101);
    store.close().await;
}

#[tokio::test]
async fn a_purge_goes_on_after_a_kill_at_any_batch() {
    let mut ends = stream::iter(1..=BATCHES_OF_A_PURGE)
        .map(killed_in_a_purge)
        .buffer_unordered(2);
    while ends.next().await.is_some() {}
}

async fn killed_in_a_purge(batch: usize) {
    let (cluster, user, _) = with_runs().await;
    let fault = batch.to_string();
    let variables = [
        ("FAULT_STOP_AFTER_BATCH", fault.as_str()),
        ("RETAIN_RUNS_DAYS", "30"),
    ];
    let mut process = cluster.start(&variables).await;
    process.says(&format!("stopped after batch {batch}")).await;
    process.kill().await;

    let process = cluster.start(&[("RETAIN_RUNS_DAYS", "30")]).await;
    eventually("the end of the purge", || async {
        let query = "{ executions(first: 100, status: COMPLETED) { nodes { id } } }";
        let data = cluster.data(&process, &user, query, json!({})).await;
        let left = data["executions"]["nodes"].as_array().unwrap().len();
        (left == 1).then_some(())
    })
    .await;
    process.kill().await;
    let store = Store::connect(&cluster.database.url, 1).await.unwrap();
    assert_eq!(runs_in(&store, ExecutionStatus::Paused).await, 40);
    assert_eq!(runs_in(&store, ExecutionStatus::Completed).await, 1);
    assert_eq!(revisions(&store).await, 1);
    store.close().await;
}

/// A workflow with a fresh run that completed, 100 that did so long ago, and 40 that a person paused.
async fn with_runs() -> (Cluster, User, String) {
    let cluster = Cluster::new().await;
    cluster.provider.otherwise(|_| Reply::text("done"));
    let user = cluster.user();
    let process = cluster.start(&[]).await;
    let stages = json!([{ "promptTemplate": "go" }]);
    let workflow = cluster.workflow(&process, &user, stages).await;
    let start = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    let variables = json!({ "input": { "workflowId": workflow } });
    let run = cluster.data(&process, &user, start, variables).await;
    let id = text(&run["startExecution"]["id"]);
    eventually("the end of the run", || async {
        let query = "query($id: ID!) { execution(id: $id) { status } }";
        let data = cluster.data(&process, &user, query, json!({ "id": id }));
        (data.await["execution"]["status"] == "COMPLETED").then_some(())
    })
    .await;
    process.kill().await;

    let store = Store::connect(&cluster.database.url, 1).await.unwrap();
    let pattern = any_run(&store).await;
    let long_ago = Clock::system().now() - TimeDelta::days(100);
    for kind in [
        (100, ExecutionStatus::Completed),
        (40, ExecutionStatus::Paused),
    ] {
        fill(&store, &pattern, kind, long_ago).await;
    }
    store.close().await;
    (cluster, user, workflow)
}
