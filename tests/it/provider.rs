//! Providers of the operator's own, set by the environment of a process: they are asked like those of the
//! table, and what their requests carry is shown by nothing.

use serde_json::{Value, json};

use crate::support::process::{Cluster, Process, eventually};
use crate::support::provider::Reply;
use crate::support::server::{User, text};

/// Each is in a setting of these tests, and nothing may repeat it.
const SECRETS: [&str; 3] = ["sk-hunter2", "hunter3", "2024-hunter4"];

/// A process for which the double is `lab`, not `openai`.
async fn with_lab(cluster: &Cluster) -> Process {
    let process = cluster.spawn(&[
        ("PROVIDERS", "lab"),
        ("LAB_BASE_URL", &cluster.provider.base_url()),
        ("LAB_API_KEY", SECRETS[0]),
        (
            "LAB_HEADERS",
            &format!("X-Team: {}; X-Title: Footlight", SECRETS[1]),
        ),
        ("LAB_QUERY", &format!("api-version={}", SECRETS[2])),
        ("OPENAI_API_KEY", ""),
        ("OPENAI_BASE_URL", ""),
        ("METRICS_LISTEN", "127.0.0.1:0"),
        ("RUST_LOG", "trace"),
    ]);
    let mut process = process;
    process.serves().await;
    process
}

/// The run of a stage whose model is of the provider `lab`, once it has ended.
async fn run(cluster: &Cluster, process: &Process, user: &User) -> Value {
    let model = json!({ "name": "Lab", "provider": "lab", "modelIdentifierForFlowise": "lab-1" });
    let query = "mutation($input: UpsertModelInput!) { upsertModel(input: $input) { id provider available } }";
    let made = cluster
        .data(process, &cluster.admin(), query, json!({ "input": model }))
        .await;
    let model = &made["upsertModel"];
    assert_eq!(
        (&model["provider"], &model["available"]),
        (&json!("lab"), &json!(true))
    );
    let stage = json!({ "stageOrder": 1, "promptTemplate": "Go", "modelId": model["id"] });
    let query = "mutation($input: CreateWorkflowInput!) { createWorkflow(input: $input) { id } }";
    let input = json!({ "name": "Under test", "stages": [stage] });
    let workflow = cluster
        .data(process, user, query, json!({ "input": input }))
        .await;
    let query = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    let input = json!({ "workflowId": workflow["createWorkflow"]["id"], "inputs": {} });
    let started = cluster
        .data(process, user, query, json!({ "input": input }))
        .await;
    let id = text(&started["startExecution"]["id"]);
    let query = "query($id: ID!) { execution(id: $id) {
        status errorMessage logs { nodes { rawOutput errorMessage } } } }";
    eventually("a run that has ended", || async {
        let data = cluster
            .data(process, user, query, json!({ "id": id }))
            .await;
        let run = data["execution"].clone();
        let over = ["COMPLETED", "FAILED"].contains(&run["status"].as_str()?);
        over.then_some(run)
    })
    .await
}

#[tokio::test]
async fn an_operators_own_provider_is_asked_with_its_key_headers_and_query() {
    let cluster = Cluster::new().await;
    cluster.provider.reply(Reply::text("done"));
    let process = with_lab(&cluster).await;
    let run = run(&cluster, &process, &cluster.user()).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");

    let received = cluster.provider.requests().remove(0);
    assert_eq!(received.authorization.as_deref(), Some("Bearer sk-hunter2"));
    assert_eq!(received.query.as_deref(), Some("api-version=2024-hunter4"));
    assert_eq!(received.headers["x-team"], "hunter3");
    assert_eq!(received.headers["x-title"], "Footlight");
    assert_eq!(received.body["model"], "lab-1");
}

#[tokio::test]
async fn what_requests_carry_is_in_no_log_answer_or_metric() {
    let cluster = Cluster::new().await;
    let echo = format!("no {}", SECRETS.join(" and "));
    cluster.provider.reply(Reply::error(400, "bad", &echo));
    let mut process = with_lab(&cluster).await;
    let starting = process.says("starting").await;
    assert!(starting.contains("lab"), "{starting}");
    let line = process.says("metrics for Prometheus").await;
    let (_, address) = line.split_once("at=").unwrap();
    let address = address.trim().to_owned();
    let run = run(&cluster, &process, &cluster.user()).await;
    assert_eq!(run["status"], "FAILED", "{run}");
    assert!(
        run.to_string().contains("no [API key] and [secret]"),
        "{run}"
    );

    let metrics = reqwest::get(format!("http://{address}/metrics"));
    let metrics = metrics.await.unwrap().text().await.unwrap();
    assert!(metrics.contains("provider=\"lab\""), "{metrics}");
    for secret in SECRETS {
        for told in [&process.log(), &run.to_string(), &metrics] {
            assert!(!told.contains(secret), "{secret} is in\n{told}");
        }
    }
}

#[tokio::test]
async fn a_model_of_a_provider_that_nobody_named_is_refused_and_one_that_was_named_stays() {
    let cluster = Cluster::new().await;
    let process = with_lab(&cluster).await;
    let (user, admin) = (cluster.user(), cluster.admin());
    let query = "mutation($input: UpsertModelInput!) { upsertModel(input: $input) { id } }";
    let model = json!({ "name": "Lab", "provider": "lab", "modelIdentifierForFlowise": "lab-1" });
    let made = cluster
        .data(&process, &admin, query, json!({ "input": model }))
        .await;
    let id = &made["upsertModel"]["id"];
    process.kill().await;

    let process = cluster.start(&[]).await;
    let mut input = model.clone();
    input["id"] = id.clone();
    input["contextLength"] = json!(100);
    cluster
        .data(&process, &admin, query, json!({ "input": input }))
        .await;
    let other = json!({ "name": "O", "provider": "lab", "modelIdentifierForFlowise": "o" });
    let refused = cluster
        .answer(process.address, &admin, query, json!({ "input": other }))
        .await
        .unwrap();
    let message = text(&refused["errors"][0]["message"]);
    assert!(
        message.contains("provider must be one of openai"),
        "{message}"
    );

    let stage = json!({ "stageOrder": 1, "promptTemplate": "Go", "modelId": id });
    let query = "mutation($input: CreateWorkflowInput!) { createWorkflow(input: $input) { id } }";
    let input = json!({ "name": "Under test", "stages": [stage] });
    let workflow = cluster
        .data(&process, &user, query, json!({ "input": input }))
        .await;
    let query = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    let input = json!({ "workflowId": workflow["createWorkflow"]["id"], "inputs": {} });
    let refused = cluster
        .answer(process.address, &user, query, json!({ "input": input }))
        .await
        .unwrap();
    let message = text(&refused["errors"][0]["message"]);
    assert!(
        message.contains("PROVIDERS") && message.contains("LAB_BASE_URL"),
        "{message}"
    );
}
