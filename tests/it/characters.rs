//! JSON as it comes in, by whatever way: half a surrogate pair, integers that 64 bits do not hold, and texts as
//! long as they may be in any script.

use serde_json::{Value, json};

use crate::support::provider::Reply;
use crate::support::server::{Server, User, bad_input, text};

/// Characters of an answer, and of what takes its place.
const LONGEST: usize = 1024 * 1024;

const CREATE: &str =
    "mutation($input: CreateWorkflowInput!) { createWorkflow(input: $input) { name metadata } }";

/// Sends a body as it is written here.
async fn sent(server: &Server, user: &User, body: String) -> Value {
    let request = reqwest::Client::new()
        .post(format!("http://{}/graphql", server.address))
        .bearer_auth(&user.token)
        .header("content-type", "application/json")
        .body(body);
    request.send().await.unwrap().json().await.unwrap()
}

/// Asks with these variables, as they are written here, by POST and over a websocket.
async fn asked(server: &Server, user: &User, query: &str, variables: &str) -> [Value; 2] {
    let query = json!(query);
    let parameters = format!(r#"{{"query": {query}, "variables": {variables}}}"#);
    let by_post = sent(server, user, parameters.clone()).await;
    let message = format!(r#"{{"id": "1", "type": "subscribe", "payload": {parameters}}}"#);
    let mut socket = server.socket(user).await;
    let answer = socket.exchange(&message).await.unwrap();
    let by_socket = match &answer["payload"] {
        errors @ Value::Array(_) => json!({ "errors": errors }),
        result => result.clone(),
    };
    [by_post, by_socket]
}

#[tokio::test]
async fn half_a_pair_and_zero_become_replacement_characters_by_every_way_in() {
    let server = Server::start().await;
    let user = server.user();
    let variables =
        r#"{"input": {"name": "a\ud83d", "metadata": {"\ude00": ["\u0000", "\ud83d\ude00"]}}}"#;
    let kept = json!({ "name": "a\u{fffd}", "metadata": { "\u{fffd}": ["\u{fffd}", "😀"] } });
    for answer in asked(&server, &user, CREATE, variables).await {
        assert_eq!(answer["data"]["createWorkflow"], kept, "{answer}");
    }
    let in_document =
        r#"{"query": "mutation { createWorkflow(input: {name: \"b\ud83d\"}) { name } }"}"#;
    let answer = sent(&server, &user, in_document.to_owned()).await;
    assert_eq!(answer["data"]["createWorkflow"]["name"], "b\u{fffd}");

    let search = "query($part: String) { workflows(search: $part) { nodes { name } } }";
    let url = format!("http://{}/graphql", server.address);
    let query = [("query", search), ("variables", r#"{"part": "b\ud83d"}"#)];
    let url = reqwest::Url::parse_with_params(&url, query).unwrap();
    let request = reqwest::Client::new().get(url).bearer_auth(&user.token);
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(
        answer["data"]["workflows"]["nodes"],
        json!([{ "name": "b\u{fffd}" }])
    );
    server.stop().await;
}

#[tokio::test]
async fn an_integer_that_64_bits_do_not_hold_is_refused_with_its_field() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let start = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    let inputs = |n: &str| {
        format!(
            r#"{{"input": {{"workflowId": "{workflow}", "inputs": {{"word": "x", "ids": [1, {n}]}}}}}}"#
        )
    };
    let of = |answer: &Value| {
        let extensions = &answer["errors"][0]["extensions"];
        (
            text(&extensions["code"]),
            extensions["field"].as_str().map(str::to_owned),
        )
    };
    for huge in [
        "123456789012345678901234",
        "18446744073709551616",
        "-9223372036854775809",
    ] {
        for answer in asked(&server, &user, start, &inputs(huge)).await {
            assert_eq!(of(&answer), bad_input("inputs.ids[1]"), "{answer}");
            let message = text(&answer["errors"][0]["message"]);
            assert!(message.contains("send it as a text"), "{message}");
        }
    }
    let literal = format!(
        "mutation {{ startExecution(input: {{ workflowId: \"{workflow}\", inputs: {{ ids: [123456789012345678901234] }} }}) {{ id }} }}"
    );
    let answer = server.answer(Some(&user), &literal, json!({})).await;
    assert_eq!(of(&answer), bad_input("inputs.ids[0]"), "{answer}");
    let default = "mutation($m: JSON = { n: 123456789012345678901234 }) {
        createWorkflow(input: { name: \"x\", metadata: $m }) { id } }";
    let answer = server.answer(Some(&user), default, json!({})).await;
    assert_eq!(of(&answer), bad_input("m.n"), "{answer}");
    let many = format!("[{}1]", "123456789012345678901234, ".repeat(200));
    let answer = sent(
        &server,
        &user,
        format!(r#"{{"query": "{{ me {{ id }} }}", "variables": {{"a": {many}}}}}"#),
    )
    .await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");

    // As an id it names no row, and keeps its digits.
    let by_id = "query($id: ID!) { workflow(id: $id) { id } }";
    for answer in asked(&server, &user, by_id, r#"{"id": 123456789012345678901234}"#).await {
        assert_eq!(answer["data"], json!({ "workflow": null }), "{answer}");
    }
    for kept in [
        "18446744073709551615",
        "-9223372036854775808",
        "1.5",
        "1e30",
    ] {
        let [answer, _] = asked(&server, &user, start, &inputs(kept)).await;
        let run = text(&answer["data"]["startExecution"]["id"]);
        let query = "query($id: ID!) { execution(id: $id) { executionInputs } }";
        let read = server.data(&user, query, json!({ "id": run })).await;
        let expected: Value = serde_json::from_str(kept).unwrap();
        assert_eq!(read["execution"]["executionInputs"]["ids"][1], expected);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_text_is_as_long_as_it_may_be_in_every_script_however_it_is_escaped() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let workflow = server
        .workflow(&user, &model, json!([{ "validationType": "MANUAL" }]))
        .await;
    server.provider.otherwise(|_| Reply::text("draft"));
    for (character, escaped) in [
        ("x", "x"),
        ("中", "中"),
        ("中", "\\u4e2d"),
        ("😀", "😀"),
        ("😀", "\\ud83d\\ude00"),
    ] {
        let run = server.run(&user, &workflow).await;
        server.until(&user, &run, "PAUSED").await;
        let waiting = "{ pendingValidations { nodes { id } } }";
        let data = server.data(&user, waiting, json!({})).await;
        let log = text(&data["pendingValidations"]["nodes"][0]["id"]);
        let record = "mutation($input: RecordManualValidationInput!) {
            recordManualValidation(input: $input) { editedOutput } }";
        let body = |count: usize| {
            let (record, edited) = (json!(record), escaped.repeat(count));
            format!(
                r#"{{"query": {record}, "variables": {{"input": {{"logId": "{log}", "result": "PASS", "editedOutput": "{edited}"}}}}}}"#
            )
        };
        let answer = sent(&server, &user, body(LONGEST + 1)).await;
        let extensions = &answer["errors"][0]["extensions"];
        assert_eq!(extensions["code"], "LIMIT_EXCEEDED", "{escaped}: {answer}");
        assert_eq!(extensions["field"], "editedOutput", "{escaped}: {answer}");
        let answer = sent(&server, &user, body(LONGEST)).await;
        let kept = text(&answer["data"]["recordManualValidation"]["editedOutput"]);
        assert!(kept == character.repeat(LONGEST), "{escaped}");
        server.until(&user, &run, "COMPLETED").await;
    }
    server.stop().await;
}
