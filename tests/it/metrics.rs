//! What Prometheus reads.

use serde_json::json;

use crate::support::process::{Cluster, eventually};
use crate::support::provider::Reply;
use crate::support::server::text;

#[tokio::test]
async fn a_run_shows_in_the_metrics() {
    let cluster = Cluster::new().await;
    cluster.provider.reply(Reply::status(503).retry_after("0"));
    cluster.provider.otherwise(|_| Reply::text("done"));
    let user = cluster.user();
    let mut process = cluster.start(&[("METRICS_LISTEN", "127.0.0.1:0")]).await;
    let line = process.says("metrics for Prometheus").await;
    let (_, address) = line.split_once("at=").unwrap();
    let url = format!("http://{}/metrics", address.trim());

    let stages =
        json!([{ "promptTemplate": "a" }, { "promptTemplate": "b", "validationType": "MANUAL" }]);
    let workflow = cluster.workflow(&process, &user, stages).await;
    let query = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    let input = json!({ "input": { "workflowId": workflow } });
    let data = cluster.data(&process, &user, query, input).await;
    assert!(!text(&data["startExecution"]["id"]).is_empty());

    let read = || async {
        let metrics = reqwest::get(&url).await.unwrap().text().await.unwrap();
        // Its worker leaves after the pause is committed.
        let rests = [
            "footlight_runs{status=\"PAUSED\"} 1",
            "footlight_runs_driven 0",
        ];
        rests
            .iter()
            .all(|sample| metrics.contains(sample))
            .then_some(metrics)
    };
    let metrics = eventually("a paused run that nobody drives", read).await;
    for sample in [
        "footlight_runs_rescued_total 0",
        "footlight_runs_due 0",
        "footlight_attempts_total{result=\"ERROR\"} 1",
        "footlight_attempts_total{result=\"PASS\"} 1",
        "footlight_retries_total{when=",
        "footlight_claim_seconds_count 1",
        "footlight_stage_seconds_count 3",
        "footlight_model_call_seconds_count{provider=\"openai\",outcome=\"answered\"} 2",
        "kind=\"completion\"} 14",
        "footlight_database_connections{pool=",
        "# TYPE footlight_stage_seconds histogram",
    ] {
        assert!(metrics.contains(sample), "{sample} is not in\n{metrics}");
    }
}
