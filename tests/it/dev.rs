//! The built binary as a person meets it: `footlight dev`, then the sample workflow to its end.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::process::{Cluster, PATIENCE, eventually};
use crate::support::provider::Reply;
use crate::support::socket::Socket;

/// A running `footlight dev`, which ends with the test.
struct Dev {
    child: Child,
    address: SocketAddr,
    workflow: String,
    token: String,
    /// The pages that the banner names, in its order.
    pages: Vec<String>,
    folder: Option<tempfile::TempDir>,
}

impl Dev {
    fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap())
    }

    fn start_in(folder: tempfile::TempDir) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_footlight"))
            .args(["dev", "--listen", "127.0.0.1:0"])
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (mut address, mut workflow, mut token) = Default::default();
        let mut pages = Vec::new();
        for line in lines.map_while(Result::ok) {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["Console" | "GraphiQL", url] => pages.push((*url).to_owned()),
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
            pages,
            folder: Some(folder),
        }
    }

    /// Ends it, and starts another in its place.
    fn again(mut self) -> Self {
        let folder = self.folder.take().unwrap();
        drop(self);
        Self::start_in(folder)
    }

    /// Runs the binary beside it, as somebody would in a second terminal.
    async fn command(&self, words: &[&str]) -> Output {
        tokio::process::Command::new(env!("CARGO_BIN_EXE_footlight"))
            .args(words)
            .current_dir(self.folder.as_ref().unwrap().path())
            .output()
            .await
            .unwrap()
    }

    /// Decides the run's attempt that waits, once there is one. Answers what its model had said.
    async fn decide(&self, run: &Value, mut decision: Value) -> Value {
        let query = "{ pendingValidations { nodes { id rawOutput execution { id } } } }";
        let log = eventually("an attempt that waits", async || {
            let data = self.data(query, json!({})).await;
            let mut waiting = data["pendingValidations"]["nodes"].as_array()?.iter();
            waiting.find(|log| log["execution"]["id"] == *run).cloned()
        });
        let log = log.await;
        decision["logId"] = log["id"].clone();
        let query = "mutation($input: RecordManualValidationInput!) {
            recordManualValidation(input: $input) { id } }";
        self.data(query, json!({ "input": decision })).await;
        log["rawOutput"].clone()
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

#[tokio::test]
async fn whoever_opens_the_console_is_signed_in_and_has_a_model() {
    let dev = Dev::start();
    let server = format!("http://{}", dev.address);
    assert_eq!(
        dev.pages,
        [format!("{server}/"), format!("{server}/graphiql")]
    );
    for page in &dev.pages {
        let answer = reqwest::get(page).await.unwrap();
        assert_eq!(answer.status(), 200, "{page}");
    }
    let settings = async || -> Value {
        let url = format!("http://{}/console/settings.json", dev.address);
        reqwest::get(url).await.unwrap().json().await.unwrap()
    };
    let said = settings().await;
    assert_eq!(said["signIn"], "development");
    let request = reqwest::Client::new()
        .post(format!("http://{}/graphql", dev.address))
        .bearer_auth(said["token"].as_str().unwrap())
        .json(&json!({ "query": "{ me { email } models { id modelIdentifierForFlowise } }" }));
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["data"]["me"]["email"], "dev@localhost");
    let models = answer["data"]["models"].as_array().unwrap();
    let demo = models
        .iter()
        .find(|model| model["id"] == said["demoModelId"]);
    assert_eq!(demo.unwrap()["modelIdentifierForFlowise"], "demo-writer");
}

/// With what the sample's file gives: the offline model says something sensible at every stage, and does what a person
/// asks of it.
#[tokio::test]
async fn the_sample_is_answered_offline_and_written_anew_as_its_reader_wishes() {
    let dev = Dev::start();
    let sample: Value =
        serde_json::from_str(include_str!("../../examples/newsletter.json")).unwrap();
    let query = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    let input = json!({ "workflowId": dev.workflow, "inputs": sample["inputs"] });
    let data = dev.data(query, json!({ "input": input })).await;
    let id = data["startExecution"]["id"].clone();
    let sentences = |text: &Value| text.as_str().unwrap().matches(['.', '!', '?']).count();

    let first = dev.decide(
        &id,
        json!({ "result": "FAIL", "notes": "One sentence will do." }),
    );
    assert_eq!(sentences(&first.await), 3);
    let second = dev.decide(&id, json!({ "result": "PASS" })).await;
    assert_eq!(sentences(&second), 1);

    let query = "query($id: ID!) { execution(id: $id) { status output
        logs { nodes { stageOrder itemIndex rawOutput validationResult } } } }";
    let run = eventually("the end of the run", async || {
        let mut data = dev.data(query, json!({ "id": id })).await;
        let run = data["execution"].take();
        (run["status"] == "COMPLETED").then_some(run)
    });
    let run = run.await;
    let expected =
        json!({ "topic": "library tools", "newsletter": second, "people": ["Mara Lindt"] });
    assert_eq!(run["output"], expected);
    let logs = run["logs"]["nodes"].as_array().unwrap();
    let retold = logs.iter().filter(|log| log["stageOrder"] == 2);
    let retold: Vec<_> = retold.collect();
    assert_eq!(retold.len(), 3, "{run}");
    for log in retold {
        assert_eq!(log["validationResult"], "PASS", "{run}");
        let text = log["rawOutput"].as_str().unwrap();
        assert!(sample["inputs"]["article"].as_str().unwrap().contains(text));
    }
}

#[tokio::test]
async fn the_sample_is_found_again_beside_its_copies() {
    let dev = Dev::start();
    let sample = dev.workflow.clone();
    let query = "mutation($id: ID!) { duplicateWorkflow(id: $id) { id name } }";
    dev.data(query, json!({ "id": sample })).await;
    assert_eq!(dev.again().workflow, sample);
}

#[tokio::test]
async fn run_takes_the_address_of_the_api_too_and_says_what_the_run_came_to() {
    let dev = Dev::start();
    let address = dev.address.to_string();
    eventually("a healthy server", async || {
        let health = dev.command(&["healthcheck", "--listen", &address]).await;
        health.status.success().then_some(())
    })
    .await;
    let url = format!("http://{address}/graphql/");
    let words = ["run", &dev.workflow, "--approve", "--url", &url];
    let article = concat!("article=@", env!("CARGO_MANIFEST_DIR"), "/README.md");
    let inputs = ["--input", article, "--input", "audience=all"];
    let ran = dev.command(&[&words[..], &inputs].concat()).await;
    assert_eq!(ran.status.code(), Some(0), "{ran:?}");

    // What the run came to is said at the end, and nothing else where that is asked for.
    let quiet = ["--quiet"];
    let quiet = dev.command(&[&words[..], &inputs, &quiet].concat()).await;
    assert_eq!(quiet.status.code(), Some(0), "{quiet:?}");
    let said = String::from_utf8(quiet.stdout).unwrap();
    let output: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said, format!("{output}\n"));
    let id = dev.data("{ executions(first: 1) { nodes { output } } }", json!({}));
    assert_eq!(id.await["executions"]["nodes"][0]["output"], output);
    let said = String::from_utf8(ran.stdout).unwrap();
    assert!(said.ends_with(&format!("{output:#}\n")), "{said}");

    let words = ["run", &dev.workflow, "--url", &url, "--quiet"];
    let asking = dev.command(&[&words[..], &inputs].concat()).await;
    assert_eq!(asking.status.code(), Some(2), "{asking:?}");
    assert!(asking.stdout.is_empty(), "{asking:?}");
    let said = String::from_utf8(asking.stderr).unwrap();
    assert!(said.contains("waits for a decision"), "{said}");
}

#[tokio::test]
async fn a_token_that_expires_in_the_middle_of_a_run_says_how_to_go_on() {
    let cluster = Cluster::new().await;
    cluster.provider.otherwise(|_| Reply::hang());
    let process = cluster.start(&[("JWT_LEEWAY_SECONDS", "0")]).await;
    let user = cluster.user();
    let workflow = json!([{ "promptTemplate": "a" }]);
    let workflow = cluster.workflow(&process, &user, workflow).await;
    let url = format!("http://{}/graphql", process.address);
    let run = tokio::process::Command::new(env!("CARGO_BIN_EXE_footlight"))
        .args(["run", &workflow, "--url", &url])
        .env(
            "FOOTLIGHT_TOKEN",
            cluster.token(&user, Duration::from_secs(5)),
        )
        .output();
    let ended = tokio::time::timeout(PATIENCE, run).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(2), "{ended:?}");
    assert!(said.contains("has expired"), "{said}");
    let go_on = "FOOTLIGHT_TOKEN=… footlight run --follow ";
    assert!(said.contains(go_on), "{said}");
    let server = format!(" --url http://{}", process.address);
    assert!(said.trim_end().ends_with(&server), "{said}");
}
