//! What runs wait for, asked over the API in every state; and what is advised is done as it stands there.

mod call;
mod people;
mod queue;
mod rescue;

use chrono::{DateTime, Utc};
use footlight::clock::Clock;
use serde_json::{Value, json};

use crate::support::server::{Server, User, text};

const ASK: &str = "query($id: ID!) { execution(id: $id) {
    status nextRunAt createdAt completedAt
    diagnosis { waitingFor since until message advice }
    logs(first: 100) { nodes { id status executedAt answeredAt } }
} }";
const EVENTS: &str = "subscription($id: ID!) { executionEvents(executionId: $id) {
    __typename ... on ExecutionStatusChanged { status reason } } }";

async fn new_year() -> Server {
    let clock = Clock::manual("2031-01-01T00:00:00Z".parse().unwrap());
    Server::start_with(clock, |_| {}).await
}

async fn ask(server: &Server, user: &User, run: &str) -> Value {
    let mut data = server.data(user, ASK, json!({ "id": run })).await;
    data["execution"].take()
}

/// What the run waits for, which must be this.
async fn waits_for(server: &Server, user: &User, run: &str, what: &str) -> Value {
    let run = ask(server, user, run).await;
    assert_eq!(run["diagnosis"]["waitingFor"], what, "{run}");
    run
}

/// Watches a run until an event says so.
async fn until(server: &Server, user: &User, run: &str, is_so: impl Fn(&Value) -> bool) {
    let mut socket = server.socket(user).await;
    socket.subscribe(EVENTS, json!({ "id": run })).await;
    while let Some(told) = socket.next().await {
        if is_so(&told["data"]["executionEvents"]) {
            return;
        }
    }
    panic!("the run has ended");
}

/// Does what one of the advices says that begins so.
async fn follow(server: &Server, user: &User, run: &Value, begins: &str) {
    let advice = run["diagnosis"]["advice"].as_array().unwrap();
    let mut found = advice.iter().filter_map(Value::as_str);
    let found = found.find(|it| it.starts_with(begins));
    let found = found.unwrap_or_else(|| panic!("no {begins:?}: {run}"));
    let (_, field) = found.split_once(": ").unwrap();
    let mutation = format!("mutation {{ {field} {{ id }} }}");
    server.data(user, &mutation, json!({})).await;
}

fn message(run: &Value) -> String {
    text(&run["diagnosis"]["message"])
}

fn time(value: &Value) -> DateTime<Utc> {
    text(value).parse().unwrap()
}
