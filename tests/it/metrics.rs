//! What Prometheus reads.

use footlight::clock::Clock;
use serde_json::json;

use crate::support::jwks::SigningKey;
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

    let refused = reqwest::get(format!("http://{}/graphql", process.address));
    assert_eq!(refused.await.unwrap().status(), 400);

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
        "footlight_http_seconds_count{method=\"GET\",route=\"/graphql\",status=\"400\"} 1",
        "footlight_graphql_seconds_count{kind=\"mutation\",outcome=\"answered\"} 3",
        "footlight_refusals_total{reason=\"BAD_USER_INPUT\"} 1",
        "footlight_panics_total 0",
        "footlight_jwks_failures_total 0",
        concat!(
            "footlight_build_info{version=\"",
            env!("CARGO_PKG_VERSION"),
            "\"} 1"
        ),
        "# HELP footlight_runs Runs of the whole cluster that have not ended, by status, counted up to 10,000: max over replicas, not sum",
    ] {
        assert!(metrics.contains(sample), "{sample} is not in\n{metrics}");
    }
}

#[tokio::test]
async fn keys_that_cannot_be_fetched_show_in_the_metrics() {
    let cluster = Cluster::new().await;
    let variables = [
        ("METRICS_LISTEN", "127.0.0.1:0"),
        // Nobody listens there.
        ("JWKS_URL", "http://127.0.0.1:1/jwks.json"),
    ];
    let mut process = cluster.start(&variables).await;
    let line = process.says("metrics for Prometheus").await;
    let (_, address) = line.split_once("at=").unwrap();
    let claims = json!({ "sub": cluster.user().id, "aud": "authenticated",
        "exp": Clock::system().now().timestamp() + 60 });
    let token = SigningKey::es256("key").token(&claims);
    let asking = reqwest::Client::new()
        .post(format!("http://{}/graphql", process.address))
        .bearer_auth(token)
        .json(&json!({ "query": "{ me { id } }" }));
    assert_eq!(asking.send().await.unwrap().status(), 401);
    let metrics = reqwest::get(format!("http://{}/metrics", address.trim())).await;
    let metrics = metrics.unwrap().text().await.unwrap();
    for sample in [
        "footlight_jwks_failures_total 1",
        "footlight_refusals_total{reason=\"UNAUTHENTICATED\"} 1",
    ] {
        assert!(metrics.contains(sample), "{sample} is not in\n{metrics}");
    }
}
