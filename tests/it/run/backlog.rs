//! How many runs of a user may be pending.

use footlight::clock::Clock;
use footlight::store::pending;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::ended;
use crate::support::provider::Reply;
use crate::support::server::{Server, User, text};

const START: &str =
    "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
const RERUN: &str =
    "mutation($input: RerunExecutionInput!) { rerunExecution(input: $input) { id } }";

/// A server that drives one run at a time, each for ever.
async fn server(most: u32) -> Server {
    let server = Server::start_with(Clock::system(), |config| {
        config.engine.max_concurrent_stages = 1;
        config.engine.max_pending_per_user = most;
    })
    .await;
    server.provider.reply(Reply::text("done"));
    server.provider.otherwise(|_| Reply::hang());
    server
}

fn input(workflow: &str, key: &str) -> Value {
    json!({ "input": { "workflowId": workflow, "clientKey": key, "inputs": { "word": "x" } } })
}

fn limit() -> (String, Option<String>) {
    ("LIMIT_EXCEEDED".to_owned(), None)
}

async fn begun(server: &Server, user: &User, workflow: &str) -> String {
    let ended_run = server.run(user, workflow).await;
    ended(server, user, &ended_run).await;
    server.data(user, START, input(workflow, "runs")).await;
    server.provider.wait_for_requests(2).await;
    ended_run
}

#[tokio::test]
async fn a_full_backlog_takes_no_more_runs() {
    let server = server(3).await;
    let (user, other) = (server.user(), server.user());
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let of_other = server.workflow(&other, &model, json!([{}])).await;
    let ended_run = begun(&server, &user, &workflow).await;
    let mut pending = Vec::new();
    for key in ["a", "b", "c"] {
        let run = server.data(&user, START, input(&workflow, key)).await;
        pending.push(text(&run["startExecution"]["id"]));
    }

    let refusal = server.refusal(Some(&user), START, input(&workflow, "d"));
    assert_eq!(refusal.await, limit());
    let again = json!({ "input": { "executionId": ended_run } });
    let refusal = server.refusal(Some(&user), RERUN, again.clone()).await;
    assert_eq!(refusal, limit());
    // What was started before is answered, and nobody else is refused.
    let repeated = server.data(&user, START, input(&workflow, "b")).await;
    assert_eq!(repeated["startExecution"]["id"], json!(pending[1]));
    server.data(&other, START, input(&of_other, "a")).await;

    let cancel = json!({ "id": pending[0] });
    let query = "mutation($id: ID!) { cancelExecution(id: $id) { id } }";
    server.data(&user, query, cancel).await;
    // Nobody is refused by what was true before.
    server.data(&user, RERUN, again).await;
    let refusal = server.refusal(Some(&user), START, input(&workflow, "e"));
    assert_eq!(refusal.await, limit());
    server.stop().await;
}

#[tokio::test]
async fn no_more_pass_than_there_is_room_however_many_come_at_once() {
    let server = server(16).await;
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let ended_run = begun(&server, &user, &workflow).await;
    let again = json!({ "input": { "executionId": ended_run } });
    let many = (0..200).map(|number| {
        let start = input(&workflow, &number.to_string());
        let (query, variables) = match number % 4 {
            0 => (RERUN, again.clone()),
            _ => (START, start),
        };
        server.answer(Some(&user), query, variables)
    });
    let answers = join_all(many).await;
    let refused = |answer: &&Value| answer.get("errors").is_some();
    let (refused, accepted): (Vec<_>, Vec<_>) = answers.iter().partition(refused);
    for answer in refused {
        let code = &answer["errors"][0]["extensions"]["code"];
        assert_eq!(code, "LIMIT_EXCEEDED", "{answer}");
    }
    // One is under way already, and holds the only slot.
    assert_eq!(accepted.len(), 16, "{accepted:?}");
    let pending = pending::count(server.deps.store.reader(), user.id, 1_000).await;
    assert_eq!(pending.unwrap(), 16);
    let cancel = "mutation($id: ID!) { cancelExecution(id: $id) { id } }";
    for answer in accepted.into_iter().take(2) {
        let id = answer["data"]
            .as_object()
            .and_then(|fields| fields.values().next());
        let id = json!({ "id": id.unwrap()["id"] });
        server.data(&user, cancel, id).await;
        server.data(&user, RERUN, again.clone()).await;
        let refusal = server.refusal(Some(&user), RERUN, again.clone()).await;
        assert_eq!(refusal, limit());
    }
    server.stop().await;
}

#[tokio::test]
async fn a_limit_of_zero_is_none() {
    let server = server(0).await;
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    begun(&server, &user, &workflow).await;
    for key in ["a", "b", "c", "d"] {
        server.data(&user, START, input(&workflow, key)).await;
    }
    server.stop().await;
}
