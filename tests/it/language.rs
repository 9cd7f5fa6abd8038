//! What GraphQL says of documents, over the API: what is refused has not run, what is accepted answers what
//! it says, and nobody is given another's answer. `tests/clients` holds many more against graphql-js.

use std::collections::BTreeMap;

use footlight::clock::Clock;
use futures_util::future::join_all;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::provider::Reply;
use crate::support::server::{Server, User};
use crate::support::socket::Socket;

/// Two operations with the same variables, and two of which only the default of one differs.
const OPERATIONS: &str = "
    subscription Short($id: ID!) { executionEvents(executionId: $id) { seq } }
    subscription Long($id: ID!) {
        executionEvents(executionId: $id) { __typename seq occurredAt executionId } }
    subscription With($id: ID!, $all: Boolean = true) {
        executionEvents(executionId: $id) { seq occurredAt @include(if: $all) } }
    subscription Without($id: ID!, $all: Boolean = false) {
        executionEvents(executionId: $id) { seq occurredAt @include(if: $all) } }
    subscription Deltas($id: ID!) {
        executionEvents(executionId: $id, deltas: true) { seq __typename } }
    subscription Merged($id: ID!) {
        executionEvents(executionId: $id) { seq }
        ... { executionEvents(executionId: $id) { executionId } } }";

const ALONE: &str = "subscription($id: ID!) { executionEvents(executionId: $id) { seq } }";
const RENAMED: &str =
    "subscription($id: ID!) { e: executionEvents(executionId: $id) { number: seq } }";

/// The parameters of watchers, no two of which are told the same, but for the last, which is told what the
/// first is.
fn watchers(run: &str) -> Vec<Value> {
    let named = |name: &str, mut variables: Value| {
        variables["id"] = json!(run);
        json!({ "query": OPERATIONS, "operationName": name, "variables": variables })
    };
    let hash = Sha256::digest(OPERATIONS)
        .iter()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let mut by_hash = named("Long", json!({}));
    by_hash["extensions"] = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    let mut traced = named("Short", json!({}));
    traced["extensions"] = json!({ "trace": true });
    vec![
        named("Short", json!({})),
        named("Long", json!({})),
        named("With", json!({})),
        named("With", json!({ "all": false })),
        named("Without", json!({})),
        named("Without", json!({ "all": true })),
        named("Deltas", json!({})),
        named("Merged", json!({})),
        json!({ "query": ALONE, "variables": { "id": run } }),
        json!({ "query": RENAMED, "variables": { "id": run } }),
        by_hash,
        traced,
    ]
}

#[tokio::test]
async fn each_watcher_of_a_run_is_told_what_its_own_operation_selects() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("a word"));
    let user = server.user();
    let stages = json!([{ "validationType": "MANUAL" }, {}, {}, {}, {}, {}]);
    let run = server.run_of(&user, stages).await;
    let mut live = Vec::new();
    for parameters in watchers(&run).iter().cycle().take(2 * watchers(&run).len()) {
        let mut socket = server.socket(&user).await;
        let first = subscribed(&mut socket, parameters).await;
        live.push((socket, vec![first]));
    }
    let streams = join_all(
        watchers(&run)
            .into_iter()
            .map(|it| streamed(&server, &user, it)),
    );
    let decided = async {
        let log = paused_at(&server, &user).await;
        let decision = json!({ "logId": log, "result": "PASS" });
        server
            .mutate(&user, "recordManualValidation", decision, "{ id }")
            .await;
    };
    let rest = join_all(live.iter_mut().map(|(socket, told)| async {
        told.extend(socket.rest().await);
        events(told)
    }));
    let (streams, rest, ()) = tokio::join!(streams, rest, decided);
    // Once the run has ended, all is read from the table, and shared with nobody.
    let mut alone = Vec::new();
    for parameters in watchers(&run) {
        alone.push(events(&streamed(&server, &user, parameters).await));
    }
    assert_eq!(alone[0].len(), alone[1].len());
    assert_ne!(alone[0], alone[1]);
    assert_ne!(alone[2], alone[3]);
    assert_eq!(alone[0], alone[11]);
    for (index, told) in rest.iter().enumerate() {
        assert_eq!(*told, alone[index % alone.len()], "watcher {index}");
    }
    for (index, told) in streams.iter().enumerate() {
        assert_eq!(events(told), alone[index], "stream {index}");
    }
    server.stop().await;
}

/// The stored events by their number, without those that are told as they come.
fn events(told: &[Value]) -> BTreeMap<i64, Value> {
    let stored = told.iter().filter_map(|result| {
        let event = result["data"].as_object()?.values().next()?;
        if event["__typename"] == "StageOutputDelta" {
            return None;
        }
        let seq = event["seq"].as_i64().or(event["number"].as_i64());
        Some((seq?, result["data"].clone()))
    });
    stored.collect()
}

async fn subscribed(socket: &mut Socket, parameters: &Value) -> Value {
    let message = json!({ "id": "1", "type": "subscribe", "payload": parameters });
    let mut answer = socket.exchange(&message.to_string()).await.unwrap();
    assert_eq!(answer["type"], "next", "{answer}");
    answer["payload"].take()
}

/// All that is told by server-sent events.
async fn streamed(server: &Server, user: &User, parameters: Value) -> Vec<Value> {
    let request = reqwest::Client::new()
        .post(format!("http://{}/graphql", server.address))
        .bearer_auth(&user.token)
        .header("accept", "text/event-stream")
        .json(&parameters);
    let text = request.send().await.unwrap().text().await.unwrap();
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    data.map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

async fn paused_at(server: &Server, user: &User) -> Value {
    loop {
        let pending = "{ pendingValidations { nodes { id } } }";
        let data = server.data(user, pending, json!({})).await;
        if let Some(log) = data["pendingValidations"]["nodes"].get(0) {
            return log["id"].clone();
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_mutation_that_is_refused_has_done_nothing() {
    let server = Server::start().await;
    let user = server.user();
    let rename = "a: updateProfile(input: {fullName: \"done\"}) { id }";
    for (wrong, variables) in [
        ("b: createWorkflow(input: \"x\") { id }", json!({})),
        ("b: createWorkflow(input: {}) { id }", json!({})),
        ("b: createWorkflow(input: {name: 1}) { id }", json!({})),
        (
            "b: createWorkflow(input: {name: \"a\", name: \"b\"}) { id }",
            json!({}),
        ),
        (
            "b: createWorkflow(input: {name: \"a\", stages: [{stageOrder: 2147483648}]}) { id }",
            json!({}),
        ),
        ("b: createWorkflow(input: $v) { id }", json!({ "v": "x" })),
        (
            "b: createWorkflow(input: $v) { id }",
            json!({ "v": { "name": "a", "nope": 1 } }),
        ),
        (
            "b: createWorkflow(input: $v) { id }",
            json!({ "v": { "name": null } }),
        ),
        ("b: createWorkflow(input: {name: $v}) { id }", json!({})),
        (
            "b: createWorkflow(input: {name: \"a\", metadata: {a: $undefined}}) { id }",
            json!({}),
        ),
        (
            "b: createWorkflow(input: {name: \"a\"}) { id } __typename(a: 1)",
            json!({}),
        ),
        (
            "b: createWorkflow(input: {name: \"a\"}) { x: id x: name }",
            json!({}),
        ),
    ] {
        let ty = if wrong.contains("{name: $v}") {
            "String"
        } else {
            "CreateWorkflowInput!"
        };
        let variable = if wrong.contains("$v") {
            format!("($v: {ty})")
        } else {
            String::new()
        };
        let query = format!("mutation{variable} {{ {rename} {wrong} }}");
        let answer = server.answer(Some(&user), &query, variables).await;
        assert_eq!(answer.get("data"), None, "{query}: {answer}");
        assert!(
            answer["errors"][0]["extensions"]["code"].is_string(),
            "{query}: {answer}"
        );
        let me = server
            .data(
                &user,
                "{ me { fullName } workflows { nodes { id } } }",
                json!({}),
            )
            .await;
        assert_eq!(
            me,
            json!({ "me": { "fullName": null }, "workflows": { "nodes": [] } }),
            "{query}"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn a_refusal_names_the_place_in_the_input() {
    let server = Server::start().await;
    let user = server.user();
    let literal = "mutation { createWorkflow(input: {name: \"a\", stages: [{stageOrder: 1}, {stageOrder: \"2\"}]}) { id } }";
    let by_variable =
        "mutation($input: CreateWorkflowInput!) { createWorkflow(input: $input) { id } }";
    let sent =
        json!({ "input": { "name": "a", "stages": [{ "stageOrder": 1 }, { "stageOrder": "2" }] } });
    for (query, variables) in [(literal, json!({})), (by_variable, sent)] {
        let refusal = server.refusal(Some(&user), query, variables).await;
        let expected = (
            "BAD_USER_INPUT".to_owned(),
            Some("stages[1].stageOrder".to_owned()),
        );
        assert_eq!(refusal, expected, "{query}");
    }
    server.stop().await;
}

#[tokio::test]
async fn no_document_panics_the_server_and_none_needs_a_token_to_be_refused() {
    let server = Server::start().await;
    for query in [
        "query($a: [Nope] = [1]) { __typename }",
        "query($a: [[Nope!]!] = [[1]]) { __typename }",
        "query($a: Nope = {a: 1}) { __typename }",
        "query($a: Workflow = {id: 1}) { __typename }",
        "query($a: [Workflow] = [1]) { __typename }",
        "query($a: [__Type] = [[]]) { __typename }",
        "query($a: Int @nope(b: [1])) { __typename }",
        "{ __typename @nope(a: {b: [$c]}) }",
        "{ __type(name: [1]) { name } }",
        "{ ... on Nope { __typename } }",
    ] {
        let answer = server.answer(None, query, json!({})).await;
        let code = &answer["errors"][0]["extensions"]["code"];
        assert!(
            code == "GRAPHQL_VALIDATION_FAILED" || code == "BAD_USER_INPUT",
            "{query}: {answer}"
        );
        assert_eq!(answer.get("data"), None, "{query}");
    }
    server.stop().await;
}

#[tokio::test]
async fn what_is_accepted_answers_what_it_says() {
    let server = Server::start().await;
    let user = server.user();
    let huge = "123456789012345678901234567890";
    for (query, variables, expected) in [
        (
            "query($s: Boolean!) { me { __typename @include(if: $s) fullName } }",
            json!({ "s": true }),
            json!({ "me": { "__typename": "UserProfile", "fullName": null } }),
        ),
        (
            "query($s: Boolean!) { me { __typename @include(if: $s) fullName } }",
            json!({ "s": false }),
            json!({ "me": { "fullName": null } }),
        ),
        (
            "query($s: Boolean = true) { me { __typename @skip(if: $s) fullName } }",
            json!({}),
            json!({ "me": { "fullName": null } }),
        ),
        (
            "query($s: Boolean = true) { me { fullName @include(if: $s) } }",
            json!({}),
            json!({ "me": { "fullName": null } }),
        ),
        (
            "query($s: Boolean = true) { __typename ...F @skip(if: $s) } fragment F on Query { me { id } }",
            json!({}),
            json!({ "__typename": "Query" }),
        ),
        (
            "\"says what\" query Q(\"which\" $id: ID!) { workflow(id: $id) { id } }",
            json!({ "id": 1 }),
            json!({ "workflow": null }),
        ),
        (
            "query($id: ID!) { workflow(id: $id) { id } }",
            json!({ "id": 1e20 }),
            json!({ "workflow": null }),
        ),
        (
            &format!("{{ workflow(id: {huge}) {{ id }} }}"),
            json!({}),
            json!({ "workflow": null }),
        ),
        (
            &format!(
                "query($id: ID = {huge}) {{ executions(workflowId: $id) {{ nodes {{ id }} }} }}"
            ),
            json!({}),
            json!({ "executions": { "nodes": [] } }),
        ),
    ] {
        assert_eq!(
            server.data(&user, query, variables).await,
            expected,
            "{query}"
        );
    }
    let query = "mutation($b: JSON) { createWorkflow(input: {name: \"\\uD83D\\uDE00\\u{1F600}\", metadata: {a: [1, $b]}}) { name metadata } }";
    let data = server
        .data(
            &user,
            query,
            json!({ "b": { "c": 18_446_744_073_709_551_615_u64 } }),
        )
        .await;
    let made = json!({ "name": "😀😀", "metadata": { "a": [1, { "c": 18_446_744_073_709_551_615_u64 }] } });
    assert_eq!(data["createWorkflow"], made);
    server.stop().await;
}

#[tokio::test]
async fn a_server_without_introspection_says_so() {
    let server = Server::start_with(Clock::system(), |config| config.introspection = false).await;
    let user = server.user();
    for query in [
        "{ __schema { types { name } } }",
        "{ __type(name: \"Query\") { name } }",
        "{ me { id } ...F } fragment F on Query { __schema { description } }",
    ] {
        for user in [Some(&user), None] {
            let answer = server.answer(user, query, json!({})).await;
            assert_eq!(answer.get("data"), None, "{query}: {answer}");
            let expected = if user.is_none() && query.contains("me {") {
                "UNAUTHENTICATED"
            } else {
                "GRAPHQL_VALIDATION_FAILED"
            };
            assert_eq!(
                answer["errors"][0]["extensions"]["code"], expected,
                "{query}"
            );
        }
    }
    let data = server
        .data(&user, "{ __typename me { __typename } }", json!({}))
        .await;
    assert_eq!(
        data,
        json!({ "__typename": "Query", "me": { "__typename": "UserProfile" } })
    );
    server.stop().await;
}
