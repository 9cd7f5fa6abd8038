//! What refusals say: nothing about what this server is made of.

use serde_json::{Value, json};

use crate::support::server::Server;

/// Words of libraries, of Rust, and of tables that the API calls otherwise.
const INSIDES: &[&str] = &[
    "a map",
    "a sequence",
    "async",
    "btree",
    "column `",
    "constraint",
    "crate",
    "enum variant",
    "execution_events",
    "execution_logs",
    "hashmap",
    "i32",
    "i64",
    "identifier",
    "invalid type",
    "json_value",
    "jsonschema",
    "option<",
    "pest",
    "postgres",
    "rust",
    "sea_orm",
    "seaorm",
    "select ",
    "serde",
    "sqlite",
    "sqlx",
    "struct",
    "u64",
    "usize",
    "user_profiles",
    "vec<",
    "worker_sessions",
    "workflow_revisions",
    "-->",
    "::",
];

const WRONG_DOCUMENTS: &[&str] = &[
    "",
    "{ me { id } ]",
    "{ me(",
    "{ me { nope } }",
    "{ me }",
    "{ me { id { x } } }",
    "{ workflow { id } }",
    "{ workflow(id: true) { id } }",
    "{ workflow(id: [1]) { id } }",
    "{ workflow(nope: 1, id: 1) { id } }",
    "{ workflows(first: \"x\") { nodes { id } } }",
    "{ workflows(first: 3000000000) { nodes { id } } }",
    "{ workflows(first: 1.5) { nodes { id } } }",
    "{ workflows(first: 0) { nodes { id } } }",
    "{ workflows(after: \"junk\") { nodes { id } } }",
    "{ executions(status: NOPE) { nodes { id } } }",
    "{ executions(status: 1) { nodes { id } } }",
    "query($n: Int!) { workflows(first: $n) { nodes { id } } }",
    "query($n: Nope) { workflows(first: $n) { nodes { id } } }",
    "query($n: Workflow) { me { id } }",
    "query($n: Int = \"x\") { workflows(first: $n) { nodes { id } } }",
    "query A { me { id } } query A { me { id } }",
    "{ me { id } } query A { me { id } }",
    "{ ...F }",
    "{ me { id } } fragment F on Query { me { id } }",
    "{ me { ... on Workflow { id } } }",
    "{ me { id @nope } }",
    "{ me { id @skip(iff: 1) } }",
    "{ a: me { id } a: __typename }",
    "type A { a: Int }",
    "subscription { executionStatusChanged { seq } }",
    "mutation { deleteExecution(id: \"x\") }",
    "mutation { createWorkflow(input: \"x\") { id } }",
    "mutation { updateWorkflow(input: { id: \"x\", expectedVersion: 3000000000 }) { id } }",
];

const WRONG_BODIES: &[&str] = &[
    "",
    "{",
    "[]",
    "null",
    "{\"query\":1}",
    "{\"variables\":{}}",
    "{\"query\":\"{ me { id } }\",\"variables\":[]}",
    "{\"query\":\"{ me { id } }\",\"extensions\":1}",
    "{\"query\":\"{ me { id } }\",\"operationName\":1}",
    "{\"query\":\"{ me { id } }\",\"operationName\":\"nope\"}",
    "{\"query\":\"\\ud800\"}",
    "{\"extensions\":{\"persistedQuery\":{\"version\":\"x\",\"sha256Hash\":1}}}",
];

/// Stages that break a rule.
fn wrong_stages() -> Vec<Value> {
    let pattern = |pattern: &str| json!({ "validationType": "REGEX", "validationCriteria": { "pattern": pattern } });
    let function = |name: &str, args: Value| {
        let criteria = json!({ "functionName": name, "args": args });
        json!({ "validationType": "FUNCTION", "validationCriteria": criteria })
    };
    vec![
        pattern("("),
        pattern("(?=a)"),
        pattern("(a)\\1"),
        pattern("a{1000}{1000}{1000}"),
        json!({ "validationType": "REGEX", "validationCriteria": [1] }),
        function("nope", json!({})),
        function("json_schema", json!({ "schema": { "type": "nope" } })),
        function("json_schema", json!({ "schema": { "pattern": "(?=a)" } })),
        function(
            "json_schema",
            json!({ "schema": { "$ref": "http://127.0.0.1/x" } }),
        ),
        function("json_schema", json!({ "schema": 1 })),
        function("number_range", json!({ "min": "x" })),
        json!({ "inputVariableMapping": { "a": "b..c" } }),
        json!({ "outputVariables": { "a": "nope" } }),
        json!({ "modelId": "nope" }),
        json!({ "flowiseConfig": 1 }),
        json!({ "stageOrder": "x" }),
        json!({ "nope": 1 }),
    ]
}

#[tokio::test]
async fn no_answer_names_a_table_a_file_or_a_library() {
    let server = Server::start().await;
    let user = server.user();
    let mut answers = Vec::new();
    for query in WRONG_DOCUMENTS {
        answers.push(server.answer(Some(&user), query, json!({})).await);
    }
    for value in [
        json!("x"),
        json!([1]),
        json!({ "a": 1 }),
        json!(1.5),
        json!(true),
    ] {
        let query = "query($n: Int) { workflows(first: $n) { nodes { id } } }";
        let variables = json!({ "n": value });
        answers.push(server.answer(Some(&user), query, variables).await);
        let input = json!({ "input": value });
        answers.push(server.answer(Some(&user), CREATE, input).await);
    }
    for stage in wrong_stages() {
        let mut whole = json!({ "stageOrder": 1 });
        whole
            .as_object_mut()
            .unwrap()
            .extend(stage.as_object().unwrap().clone());
        let input = json!({ "input": { "name": "Wrong", "stages": [whole] } });
        answers.push(server.answer(Some(&user), CREATE, input).await);
    }
    for body in WRONG_BODIES {
        answers.push(sent(&server, &user.token, body).await);
    }
    for answer in &answers {
        speaks_for_itself(answer);
    }
    server.stop().await;
}

const CREATE: &str =
    "mutation($input: CreateWorkflowInput!) { createWorkflow(input: $input) { id } }";

async fn sent(server: &Server, token: &str, body: &'static str) -> Value {
    let request = reqwest::Client::new()
        .post(format!("http://{}/graphql", server.address))
        .bearer_auth(token)
        .header("content-type", "application/json")
        .body(body);
    request.send().await.unwrap().json().await.unwrap()
}

fn speaks_for_itself(answer: &Value) {
    let errors = answer["errors"].as_array();
    let errors = errors.unwrap_or_else(|| panic!("not refused: {answer}"));
    for error in errors {
        let message = error["message"].as_str().unwrap();
        let lower = message.to_lowercase();
        for word in INSIDES {
            assert!(!lower.contains(word), "{word:?} in {message:?}");
        }
        assert!(!message.contains('\n'), "{message:?}");
    }
}
