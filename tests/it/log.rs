//! What a server of its own process writes to its log, and what never gets there.

use std::panic::catch_unwind;
use std::process::Command;

use footlight::telemetry;
use serde_json::{Value, json};

use crate::support::process::{Cluster, Process};
use crate::support::provider::Reply;
use crate::support::server::{User, text};

/// What people, models and providers say in these tests. Each word is in a prompt, an input, an
/// answer, a note or an error, and in nothing else.
const SAID: [&str; 8] = [
    "pelican", "quartz", "saffron", "tundra", "umbrella", "viola", "walnut", "xylem",
];

#[tokio::test]
async fn nothing_that_was_said_and_no_token_is_in_the_log() {
    for format in ["text", "json"] {
        let cluster = Cluster::new().await;
        let mut process = cluster
            .start(&[("LOG_FORMAT", format), ("RUST_LOG", "info")])
            .await;
        let user = cluster.user();
        cluster
            .provider
            .reply(Reply::error(500, "broken", "saffron").retry_after("0"));
        cluster.provider.reply(Reply::text("tundra"));
        cluster.provider.reply(Reply::text("{\"umbrella\": 1}"));
        cluster
            .provider
            .reply(Reply::text("{\"pass\": false, \"notes\": \"viola\"}"));
        let stages = json!([
            { "promptTemplate": "pelican {{word}}", "validationType": "MANUAL" },
            { "promptTemplate": "pelican", "validationType": "LLM",
              "validationCriteria": { "prompt": "pelican {{output}}" } },
        ]);
        let workflow = cluster.workflow(&process, &user, stages).await;
        let run = start(&cluster, &process, &user, &workflow, "quartz").await;
        let ends = decide_and_follow(&cluster, &process, &user, &run).await;
        assert_eq!(ends, "FAILED");
        assert_eq!(cluster.provider.requests().len(), 4);

        let log = ended(&mut process, &run, 3).await;
        for word in SAID {
            assert!(!log.contains(word), "{word} is in the log:\n{log}");
        }
        are_no_secrets(&log, &user);
    }
}

#[tokio::test]
async fn a_run_of_the_demo_provider_leaves_neither_prompt_nor_answer_in_the_log() {
    let cluster = Cluster::new().await;
    let mut process = cluster
        .start(&[("DEMO_PROVIDER", "on"), ("RUST_LOG", "info")])
        .await;
    let (user, admin) = (cluster.user(), cluster.admin());
    let model = json!({ "name": "Offline", "provider": "demo", "modelIdentifierForFlowise": "off",
        "configDefaults": { "extra": { "wordDelayMs": 0 } } });
    let query = "mutation($input: UpsertModelInput!) { upsertModel(input: $input) { id } }";
    let model = cluster
        .data(&process, &admin, query, json!({ "input": model }))
        .await;
    let stage = json!({ "stageOrder": 1, "promptTemplate": "Sum up: {{word}}",
        "modelId": model["upsertModel"]["id"] });
    let query = "mutation($input: CreateWorkflowInput!) { createWorkflow(input: $input) { id } }";
    let input = json!({ "name": "Under test", "stages": [stage] });
    let workflow = cluster
        .data(&process, &user, query, json!({ "input": input }))
        .await;
    let workflow = text(&workflow["createWorkflow"]["id"]);
    let article = "The pelican of Linden has learned to read. It borrows two books a week.";
    let run = start(&cluster, &process, &user, &workflow, article).await;
    assert_eq!(
        decide_and_follow(&cluster, &process, &user, &run).await,
        "COMPLETED"
    );
    let query = "query($id: ID!) { execution(id: $id) { logs { nodes { rawOutput } } } }";
    let data = cluster
        .data(&process, &user, query, json!({ "id": run }))
        .await;
    let answer = text(&data["execution"]["logs"]["nodes"][0]["rawOutput"]);

    let log = ended(&mut process, &run, 1).await;
    for said in ["Sum up", "pelican", answer.as_str()] {
        assert!(
            !said.is_empty() && !log.contains(said),
            "{said} is in the log:\n{log}"
        );
    }
    are_no_secrets(&log, &user);
}

/// The id of a run with this word.
async fn start(
    cluster: &Cluster,
    process: &Process,
    user: &User,
    workflow: &str,
    word: &str,
) -> String {
    let query = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    let input = json!({ "workflowId": workflow, "inputs": { "word": word } });
    let data = cluster
        .data(process, user, query, json!({ "input": input }))
        .await;
    text(&data["startExecution"]["id"])
}

/// Follows a run over a websocket, with its text, passes what it asks for, and answers how it ended.
async fn decide_and_follow(cluster: &Cluster, process: &Process, user: &User, run: &str) -> Value {
    let mut socket = cluster.socket(process, user).await;
    let query = "subscription($id: ID!) { executionEvents(executionId: $id, deltas: true) {
        ... on ExecutionStatusChanged { status }
        ... on StageOutputDelta { text }
        ... on ManualValidationRequested { log { id } } } }";
    socket.subscribe(query, json!({ "id": run })).await;
    let mut last = Value::Null;
    while let Some(mut told) = socket.next().await {
        last = told["data"]["executionEvents"].take();
        if let Some(log) = last["log"]["id"].as_str() {
            let query = "mutation($input: RecordManualValidationInput!) {
                recordManualValidation(input: $input) { id } }";
            let input = json!({ "logId": log, "result": "PASS", "notes": "walnut",
                "editedOutput": "xylem" });
            cluster
                .data(process, user, query, json!({ "input": input }))
                .await;
        }
    }
    last["status"].take()
}

/// The log once it has told of every attempt of a run.
async fn ended(process: &mut Process, run: &str, attempts: usize) -> String {
    process
        .logs("every attempt", |log| {
            let told = |line: &&str| line.contains(run) && line.contains("attempt");
            log.lines().filter(told).count() >= attempts
        })
        .await
}

fn are_no_secrets(log: &str, user: &User) {
    let signature = user.token.rsplit('.').next().unwrap();
    for secret in [signature, "sk-test", "Bearer", "eyJ"] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}

#[tokio::test]
async fn a_request_is_logged_with_the_client_that_a_trusted_proxy_names() {
    let cluster = Cluster::new().await;
    let mut process = cluster
        .start(&[
            ("TRUSTED_PROXIES", "127.0.0.0/8"),
            ("RATE_LIMIT_PER_ADDRESS", "1"),
        ])
        .await;
    let http = reqwest::Client::new();
    let ask = async |client: &str| {
        let asking = http.get(format!("http://{}/nowhere", process.address));
        let answer = asking.header("x-forwarded-for", client).send().await;
        answer.unwrap().status().as_u16()
    };
    let mut answers = Vec::new();
    // One a second, so that among ten there is one too many however slow the machine is.
    for _ in 0..10 {
        answers.push(ask("192.0.2.7").await);
    }
    assert_eq!(answers[0], 404);
    assert!(answers.contains(&429), "{answers:?}");
    assert_eq!(ask("192.0.2.8").await, 404);
    process.says("client=192.0.2.8").await;
    assert!(process.log().contains("status=429"), "{}", process.log());
}

#[tokio::test]
async fn a_request_in_json_has_numbers_and_the_ids_of_who_sent_it() {
    let cluster = Cluster::new().await;
    let mut process = cluster.start(&[("LOG_FORMAT", "json")]).await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let asking = reqwest::Client::new()
        .get(format!("http://{}/nowhere", process.address))
        .header("x-request-id", "from-the-proxy")
        .header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"));
    let answer = asking.send().await.unwrap();
    assert_eq!(answer.headers()["x-request-id"], "from-the-proxy");

    let line = process.says("from-the-proxy").await;
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["trace_id"], trace);
    assert_eq!(line["status"], 404);
    assert!(line["milliseconds"].is_u64(), "{line}");
}

#[tokio::test]
async fn the_log_begins_with_what_the_server_is_made_of() {
    let cluster = Cluster::new().await;
    let process = cluster.start(&[("LOG_FORMAT", "json")]).await;
    let log = process.log();
    let line = log
        .lines()
        .find(|line| line.contains("\"starting\""))
        .unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(line["sign_in"], "a secret");
    assert_eq!(line["providers"], "openai");
    let is_embedded = cluster.database.url.starts_with("sqlite");
    let (database, bus) = if is_embedded {
        ("sqlite", "none")
    } else {
        ("postgresql", "listen/notify")
    };
    assert_eq!(
        (&line["database"], &line["bus"]),
        (&json!(database), &json!(bus))
    );
    assert!(!log.contains(&cluster.database.url), "{log}");
}

/// Set where this binary is started again by a test of its own.
const PANICS: &str = "FOOTLIGHT_TEST_PANICS";

#[test]
fn a_panic_is_a_line_of_the_log_and_repeats_nothing_that_was_made_up() {
    let child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "log::panics_where_the_test_above_wants_it",
            "--nocapture",
        ])
        .env(PANICS, "on")
        .output()
        .unwrap();
    let log = String::from_utf8(child.stderr).unwrap();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect();
    let [literal, made_up] = lines.as_slice() else {
        panic!("not two lines:\n{log}");
    };
    for line in [literal, made_up] {
        assert_eq!(line["level"], "ERROR");
        assert_eq!(line["message"], "a panic");
        assert!(line["at"].as_str().unwrap().contains("log.rs:"), "{line}");
    }
    assert_eq!(literal["said"], "as it stands in the code");
    assert_eq!(made_up.get("said"), None);
    let metrics = String::from_utf8(child.stdout).unwrap();
    assert!(metrics.contains("footlight_panics_total 2"), "{metrics}");
}

#[test]
fn panics_where_the_test_above_wants_it() {
    if std::env::var_os(PANICS).is_none() {
        return;
    }
    telemetry::json("info").unwrap();
    telemetry::watch_panics();
    let metrics = telemetry::metrics().unwrap();
    let _ = catch_unwind(|| panic!("as it stands in the code"));
    let _ = catch_unwind(|| panic!("what {} said", SAID[0]));
    println!("{}", metrics.render());
}
