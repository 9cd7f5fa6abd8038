//! What a provider may send in the place of an ordinary answer, and what becomes of the run that asked.
//! The runs of one table share a server; the prompt says which line of the table is asked for.

mod end;
mod error;
mod field;
mod fuzz;
mod http2;
mod stream;

use std::collections::HashMap;
use std::sync::Mutex;

use footlight::clock::Clock;
use serde_json::{Value, json};

use crate::support::provider::Reply;
use crate::support::server::{Server, User, text};

/// What a provider that is asked once more says.
const AGAIN: &str = "Again.";

/// What a provider sends first, and what must become of it.
struct Case {
    name: &'static str,
    reply: Reply,
    /// State of the run, which has one stage and no retries.
    status: &'static str,
    /// How often the provider is asked. Whoever asks again gets an ordinary answer.
    calls: usize,
    /// Of the first attempt.
    raw: Value,
    reason: Value,
    /// Part of the first attempt's error.
    error: &'static str,
}

impl Case {
    /// An answer in one call.
    fn answered(name: &'static str, reply: Reply, raw: &str, reason: Value) -> Self {
        Self {
            name,
            reply,
            status: "COMPLETED",
            calls: 1,
            raw: json!(raw),
            reason,
            error: "",
        }
    }

    /// A call that is made again, and what it brought.
    fn repeated(name: &'static str, reply: Reply, raw: Value, error: &'static str) -> Self {
        Self {
            name,
            reply,
            status: "COMPLETED",
            calls: 2,
            raw,
            reason: Value::Null,
            error,
        }
    }

    /// A call that is not made again.
    fn failed(name: &'static str, reply: Reply, raw: Value, error: &'static str) -> Self {
        Self {
            status: "FAILED",
            calls: 1,
            ..Self::repeated(name, reply, raw, error)
        }
    }

    fn ended_with(mut self, reason: &str) -> Self {
        self.reason = json!(reason);
        self
    }
}

const STARTED: &str =
    "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
const EVENTS: &str = "subscription($id: ID!) { executionEvents(executionId: $id) { seq } }";
const RUN: &str = "query($id: ID!) { execution(id: $id) { status
    logs { nodes { rawOutput finishReason errorMessage validationResult } } } }";

/// Runs all cases beside each other, and holds each against what was said of it.
async fn hold(cases: Vec<Case>) {
    let server = Server::start_with(Clock::system(), |config| {
        config.engine.max_running_per_user = 100;
        config.engine.max_concurrent_stages = 100;
    })
    .await;
    let replies: Vec<Reply> = cases.iter().map(|case| case.reply.clone()).collect();
    let asked = Mutex::new(HashMap::new());
    server.provider.otherwise(move |body| {
        let number = number(body);
        let mut asked = asked.lock().unwrap();
        let times: &mut usize = asked.entry(number).or_default();
        *times += 1;
        if *times == 1 {
            replies[number].clone()
        } else {
            Reply::text(AGAIN)
        }
    });
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let mut runs = Vec::new();
    for number in 0..cases.len() {
        let input = json!({ "workflowId": workflow, "inputs": { "word": number } });
        let data = server.data(&user, STARTED, json!({ "input": input })).await;
        runs.push(text(&data["startExecution"]["id"]));
    }
    let mut wrong = Vec::new();
    for (number, (case, id)) in cases.iter().zip(&runs).enumerate() {
        let mut socket = server.socket(&user).await;
        socket.subscribe(EVENTS, json!({ "id": id })).await;
        socket.rest().await;
        let calls = server.provider.requests();
        let calls = calls
            .iter()
            .filter(|asked| self::number(&asked.body) == number);
        wrong.extend(differences(&server, &user, case, (id, calls.count())).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    server.stop().await;
}

/// The line of the table that a request is about.
fn number(body: &Value) -> usize {
    let prompt = text(&body["messages"][0]["content"]);
    prompt.trim_start_matches("say ").parse().unwrap()
}

async fn differences(
    server: &Server,
    user: &User,
    case: &Case,
    (id, calls): (&str, usize),
) -> Vec<String> {
    let run = server.data(user, RUN, json!({ "id": id })).await;
    let run = &run["execution"];
    let log = &run["logs"]["nodes"][0];
    let error = log["errorMessage"].as_str().unwrap_or_default();
    let told = error.contains(case.error)
        && error.is_empty() == (case.status == "COMPLETED" && case.calls == 1);
    let found = (
        &run["status"],
        &log["rawOutput"],
        &log["finishReason"],
        calls,
    );
    let expected = (&json!(case.status), &case.raw, &case.reason, case.calls);
    let is_right = told && found == expected;
    let wrong = (!is_right).then(|| {
        format!(
            "{}: {found:?} {error:?} for {expected:?} {:?}",
            case.name, case.error
        )
    });
    wrong.into_iter().collect()
}

/// An event of the stream.
fn event(data: &Value) -> String {
    format!("data: {data}\n\n")
}

/// A piece of an answer with some text and a `finish_reason`.
fn piece(text: &str, reason: Value) -> String {
    let mut said = json!({ "choices": [{ "index": 0, "delta": { "content": text } }] });
    said["choices"][0]["finish_reason"] = reason;
    event(&said)
}
