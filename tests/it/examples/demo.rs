//! Every example on the offline model, which whoever has no key begins with.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{example, file_names};
use crate::support::server::{Server, User, text};

#[tokio::test]
async fn every_example_runs_on_the_offline_model_to_its_end_or_to_a_person() {
    let server = Server::start().await;
    let user = server.user();
    let input = json!({
        "name": "Offline",
        "provider": "demo",
        "modelIdentifierForFlowise": "demo-at-once",
        "configDefaults": { "extra": { "wordDelayMs": 0 } },
    });
    let model = server
        .mutate(&server.admin(), "upsertModel", input, "{ id }")
        .await;
    let files = file_names().into_iter();
    for name in files.filter(|name| Path::new(name).extension().is_some_and(|it| it == "json")) {
        let file = fs::read(example(&name)).unwrap();
        let mut definition: Value = serde_json::from_slice(&file).unwrap();
        let inputs = definition["inputs"].take();
        for stage in definition["stages"].as_array_mut().unwrap() {
            stage["modelId"] = model["id"].clone();
        }
        definition.as_object_mut().unwrap().remove("inputs");
        let workflow = server
            .mutate(&user, "createWorkflow", definition, "{ id }")
            .await;
        let start = json!({ "workflowId": workflow["id"], "inputs": inputs });
        let run = server
            .mutate(&user, "startExecution", start, "{ id }")
            .await;
        let status = rested(&server, &user, &text(&run["id"])).await;
        let failure = failure_of(&server, &user, &text(&run["id"])).await;
        assert!(
            ["COMPLETED", "PAUSED"].contains(&status.as_str()),
            "{name}: {status}: {failure}"
        );
    }
    server.stop().await;
}

/// The first status in which a run goes on no more by itself.
async fn rested(server: &Server, user: &User, run: &str) -> String {
    let query = "subscription($id: ID!) { executionEvents(executionId: $id) {
        ... on ExecutionStatusChanged { status } } }";
    let mut socket = server.socket(user).await;
    socket.subscribe(query, json!({ "id": run })).await;
    while let Some(told) = socket.next().await {
        let status = told["data"]["executionEvents"]["status"].as_str();
        if let Some(status) = status.filter(|it| !["PENDING", "RUNNING"].contains(it)) {
            return status.to_owned();
        }
    }
    panic!("the run ended without a word");
}

async fn failure_of(server: &Server, user: &User, run: &str) -> Value {
    let query = "query($id: ID!) { execution(id: $id) { errorMessage } }";
    let mut data = server.data(user, query, json!({ "id": run })).await;
    data["execution"]["errorMessage"].take()
}
