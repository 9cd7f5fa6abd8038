//! Several processes keep the same database: each run goes once, and what somebody has locked is passed over.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use footlight::clock::Clock;
use footlight::domain::status::ExecutionStatus;
use footlight::store::{self, Store};
use serde_json::json;
use uuid::Uuid;

use super::{any_run, fill, runs_in};
use crate::support::process::{Cluster, Process, eventually};
use crate::support::provider::Reply;
use crate::support::rows;

const OLD: usize = 200;
const KEEPS: [(&str, &str); 2] = [
    ("RETAIN_RUNS_DAYS", "30"),
    ("METRICS_LISTEN", "127.0.0.1:0"),
];

/// A process that keeps runs for thirty days, and where its metrics are.
async fn keeper(cluster: &Cluster) -> (Process, String) {
    let mut process = cluster.start(&KEEPS).await;
    let line = process.says("metrics for Prometheus").await;
    let (_, address) = line.split_once("at=").unwrap();
    let url = format!("http://{}/metrics", address.trim());
    (process, url)
}

async fn purged(url: &str) -> usize {
    let metrics = reqwest::get(url).await.unwrap().text().await.unwrap();
    let line = metrics
        .lines()
        .find_map(|line| line.strip_prefix("footlight_purged_total "));
    line.unwrap().parse().unwrap()
}

#[tokio::test]
async fn keepers_that_work_at_the_same_time_purge_each_run_once_and_none_that_is_locked() {
    let cluster = Cluster::new().await;
    cluster.provider.otherwise(|_| Reply::text("done"));
    let user = cluster.user();
    let process = cluster.start(&[]).await;
    let stages = json!([{ "promptTemplate": "go" }]);
    let workflow = cluster.workflow(&process, &user, stages).await;
    let start = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    let variables = json!({ "input": { "workflowId": workflow } });
    cluster.data(&process, &user, start, variables).await;
    process.kill().await;

    let store = Store::connect(&cluster.database.url, 2).await.unwrap();
    let (pattern, long_ago) = (
        any_run(&store).await,
        Clock::system().now() - TimeDelta::days(100),
    );
    let old = fill(&store, &pattern, (OLD, ExecutionStatus::Failed), long_ago);
    let old: BTreeSet<Uuid> = old.await.into_iter().collect();
    if store.is_embedded() {
        store.close().await;
        let (process, metrics) = keeper(&cluster).await;
        all_purged(&[metrics], OLD).await;
        return process.kill().await;
    }
    // Somebody has one of them.
    let held = *old.first().unwrap();
    let somebody = store.transaction().await.unwrap();
    rows::keep_open(&somebody).await;
    let run = store::execution::lock(&somebody, user.id, held).await;
    assert_eq!(run.unwrap().map(|run| run.id), Some(held));

    let ((_one, first), (_other, second)) = tokio::join!(keeper(&cluster), keeper(&cluster));
    let both = [first, second];
    all_purged(&both, OLD - 1).await;
    assert_eq!(runs_in(&store, ExecutionStatus::Failed).await, 1);
    somebody.rollback().await.unwrap();
    // It is found at the next look: of a process that starts for one, or of one that left it.
    let (_third, third) = keeper(&cluster).await;
    let [first, second] = both;
    all_purged(&[first, second, third], OLD).await;
    assert_eq!(runs_in(&store, ExecutionStatus::Failed).await, 0);
    store.close().await;
}

/// Returns when these processes together say that they have purged so many runs.
async fn all_purged(metrics: &[String], count: usize) {
    eventually("the end of the purge", || async {
        let mut sum = 0;
        for url in metrics {
            sum += purged(url).await;
        }
        assert!(sum <= count, "{sum} of {count}");
        (sum == count).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_turn_to_keep_is_one_process_s_until_its_batch_is_committed() {
    let database = crate::support::database::Database::fresh().await;
    let store = Store::connect(&database.url, 2).await.unwrap();
    if store.is_embedded() {
        return eprintln!("left out: an SQLite file has one process");
    }
    let first = store.transaction().await.unwrap();
    assert!(store::keep_alone(&first).await.unwrap());
    let second = store.transaction().await.unwrap();
    assert!(!store::keep_alone(&second).await.unwrap());
    first.commit().await.unwrap();
    assert!(store::keep_alone(&second).await.unwrap());
    second.commit().await.unwrap();
    store.close().await;
}
