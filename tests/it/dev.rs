//! The built binary as a person meets it: `footlight dev`, then the sample workflow to its end.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::support::socket::Socket;

/// A running `footlight dev`, which ends with the test.
struct Dev {
    child: Child,
    address: SocketAddr,
    workflow: String,
    token: String,
    _folder: tempfile::TempDir,
}

impl Dev {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_footlight"))
            .args(["dev", "--listen", "127.0.0.1:0"])
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (mut address, mut workflow, mut token) = Default::default();
        for line in lines.map_while(Result::ok) {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["GraphQL", url] => address = url[7..url.len() - 8].parse().ok(),
                ["Try", "footlight", "run", id, ..] => workflow = Some((*id).to_owned()),
                ["Token", text] => token = Some((*text).to_owned()),
                ["Press", ..] => break,
                _ => {}
            }
        }
        Self {
            child,
            address: address.unwrap(),
            workflow: workflow.unwrap(),
            token: token.unwrap(),
            _folder: folder,
        }
    }

    async fn data(&self, query: &str, variables: Value) -> Value {
        let request = reqwest::Client::new()
            .post(format!("http://{}/graphql", self.address))
            .bearer_auth(&self.token)
            .json(&json!({ "query": query, "variables": variables }));
        let mut answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer.get("errors"), None, "{query}");
        answer["data"].take()
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        // A process that is gone already is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn the_sample_workflow_completes_after_one_approval() {
    let dev = Dev::start();
    let query = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    // What the banner and the README suggest.
    let article = include_str!("../../README.md");
    let inputs = json!({ "article": article, "audience": "everybody" });
    let input = json!({ "workflowId": dev.workflow, "inputs": inputs });
    let data = dev.data(query, json!({ "input": input })).await;
    let id = data["startExecution"]["id"].clone();
    let mut socket = Socket::open(dev.address, &dev.token).await;
    let query = "subscription($id: ID!) { executionEvents(executionId: $id, deltas: true) {
        __typename
        ... on ExecutionStatusChanged { status }
        ... on StageOutputDelta { text }
        ... on ManualValidationRequested { log { id } }
    } }";
    socket.subscribe(query, json!({ "id": id })).await;
    let (mut last, mut deltas) = (Value::Null, 0);
    while let Some(mut result) = socket.next().await {
        last = result["data"]["executionEvents"].take();
        if last["__typename"] == "StageOutputDelta" {
            deltas += 1;
        } else if last["__typename"] == "ManualValidationRequested" {
            let query = "mutation($input: RecordManualValidationInput!) {
                recordManualValidation(input: $input) { validationResult } }";
            let input = json!({ "logId": last["log"]["id"], "result": "PASS" });
            let data = dev.data(query, json!({ "input": input })).await;
            assert_eq!(data["recordManualValidation"]["validationResult"], "PASS");
        }
    }
    assert_eq!(last["status"], "COMPLETED");
    assert!(deltas > 3, "{deltas} deltas");
}
