//! An author's tools: what is done between two runs.

mod form;
mod lineage;
mod preview;
mod problem;
mod until;

use serde_json::{Value, json};

use crate::support::server::{Server, User, text};

/// Starts a run with these further fields of its input, and waits for its end.
async fn ran(server: &Server, user: &User, workflow: &str, inputs: Value, more: Value) -> Value {
    let query = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    let mut input = json!({ "workflowId": workflow, "inputs": inputs });
    let fields = input.as_object_mut().unwrap();
    fields.extend(more.as_object().cloned().unwrap());
    let data = server.data(user, query, json!({ "input": input })).await;
    ended(server, user, &text(&data["startExecution"]["id"])).await
}

/// Repeats a run with these fields of its input, and waits for the end.
async fn reran(server: &Server, user: &User, input: Value) -> Value {
    let again = server.mutate(user, "rerunExecution", input, "{ id }").await;
    ended(server, user, &text(&again["id"])).await
}

/// The run after its last event.
async fn ended(server: &Server, user: &User, run: &str) -> Value {
    let mut socket = server.socket(user).await;
    let events = "subscription($id: ID!) { executionEvents(executionId: $id) { seq } }";
    socket.subscribe(events, json!({ "id": run })).await;
    socket.rest().await;
    whole(server, user, run).await
}

/// The run as it is.
async fn whole(server: &Server, user: &User, run: &str) -> Value {
    let query = "query($id: ID!) { execution(id: $id) {
        id status statusReason errorMessage output untilStageOrder
        logs { nodes { id stageOrder attemptNumber itemIndex systemSent messagesSent promptSent validationResult
            variables { name path value found producedBy { id stageOrder itemIndex attemptNumber } } } }
    } }";
    let mut data = server.data(user, query, json!({ "id": run })).await;
    data["execution"].take()
}

fn logs(run: &Value) -> &Vec<Value> {
    run["logs"]["nodes"].as_array().unwrap()
}

/// The ids of a workflow's stages, by their order.
async fn stage_ids(server: &Server, user: &User, workflow: &str) -> Vec<String> {
    let query = "query($id: ID!) { workflow(id: $id) { stages { id } } }";
    let data = server.data(user, query, json!({ "id": workflow })).await;
    let stages = data["workflow"]["stages"].as_array().unwrap();
    stages.iter().map(|stage| text(&stage["id"])).collect()
}
