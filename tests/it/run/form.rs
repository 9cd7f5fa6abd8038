//! The form of an answer: output variables that are JSON Schemas, what a model is asked for in their name, and
//! what of a schema costs too much.

use sea_orm::ConnectionTrait;
use serde_json::{Map, Value, json};

use super::{awaiting, decide, ended, one_stage, until};
use crate::support::provider::Reply;
use crate::support::server::{Server, User, bad_input, text};

fn tags() -> Value {
    json!({ "tags": { "type": "array", "items": { "type": "string" }, "minItems": 1 } })
}

/// Each of so many schemas refers twice to the next one.
fn doubling(steps: usize) -> Value {
    let refers = |at: usize| json!({ "$ref": format!("#/$defs/s{at}") });
    let mut schemas: Map<String, Value> = (0..steps)
        .map(|at| {
            (
                format!("s{at}"),
                json!({ "allOf": [refers(at + 1), refers(at + 1)] }),
            )
        })
        .collect();
    schemas.insert(format!("s{steps}"), json!({ "type": "array" }));
    json!({ "$ref": "#/$defs/s0", "$defs": schemas })
}

async fn stage_of(server: &Server, user: &User, workflow: &str) -> String {
    let query = "query($id: ID!) { workflow(id: $id) { stages { id } } }";
    let data = server.data(user, query, json!({ "id": workflow })).await;
    text(&data["workflow"]["stages"][0]["id"])
}

#[tokio::test]
async fn an_output_is_held_to_the_schemas_of_its_variables() {
    let stage = json!({ "outputVariables": tags(), "retryLimit": 3 });
    let replies = [
        "{\"tags\": [1]}",
        "{}",
        "{\"tags\": []}",
        "{\"tags\": [\"a\"], \"more\": 1}",
    ];
    let run = one_stage(stage, replies.map(Reply::text).to_vec()).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    let logs = run["logs"]["nodes"].as_array().unwrap();
    let said: Vec<_> = logs.iter().map(|log| &log["errorMessage"]).collect();
    assert_eq!(
        said,
        [
            &json!(
                "\"tags\" in the output does not fit its schema: at /0: value is not of type \"string\""
            ),
            &json!("the output lacks \"tags\" (as its schema says); it is an empty object"),
            &json!("\"tags\" in the output does not fit its schema: value has less than 1 item"),
            &Value::Null,
        ]
    );
    assert_eq!(logs[3]["parsedOutput"], json!({ "tags": ["a"], "more": 1 }));
}

#[tokio::test]
async fn an_edit_is_held_to_them_too() {
    let server = Server::start().await;
    server.provider.reply(Reply::text("{\"tags\": [\"a\"]}"));
    let user = server.user();
    let stage = json!({ "outputVariables": tags(), "validationType": "MANUAL" });
    let run = server.run_of(&user, json!([stage])).await;
    until(&server, &user, &run, "ManualValidationRequested", None).await;
    let log = awaiting(&server, &user).await;
    let edited = |output: &str| json!({ "logId": log, "result": "PASS", "editedOutput": output });
    let query = "mutation($input: RecordManualValidationInput!) { recordManualValidation(input: $input) { id } }";
    for unfit in ["{\"tags\": []}", "no JSON"] {
        let input = json!({ "input": edited(unfit) });
        let answer = server.answer(Some(&user), query, input).await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["field"], "editedOutput", "{answer}");
        assert!(text(&error["message"]).starts_with("editedOutput does not parse: "));
    }
    let decided = decide(&server, &user, edited("{\"tags\": [\"b\"]}")).await;
    assert_eq!(decided["validationResult"], "PASS");
    let run = ended(&server, &user, &run).await;
    assert_eq!(
        run["executionContext"]["stage_1"]["output"],
        json!({ "tags": ["b"] })
    );
    server.stop().await;
}

#[tokio::test]
async fn a_schema_that_is_none_or_costs_too_much_is_refused_where_it_is_saved() {
    let server = Server::start().await;
    let (user, model) = (server.user(), server.model().await);
    let workflow = server
        .workflow(&user, &model, json!([{ "outputVariables": tags() }]))
        .await;
    let id = stage_of(&server, &user, &workflow).await;
    let dear = json!({ "pattern": "(?:a[ab]{1,60}|b[ab]{1,60}){12}[^ab]" });
    let of_function =
        |schema: &Value| json!({ "functionName": "json_schema", "args": { "schema": schema } });
    for (schema, told) in [
        (json!({ "type": "text" }), "valid JSON Schema"),
        (
            json!({ "$ref": "https://schema.test/a" }),
            "inside the schema itself",
        ),
        (json!({ "pattern": "(?=a)" }), "look-around"),
        (dear, "has the pattern"),
        (doubling(60), "more than 10000 subschemas"),
    ] {
        let variables = json!({ "title": "string", "tags": schema });
        for (name, input, field) in [
            (
                "createWorkflow",
                json!({ "name": "New", "stages": [{ "stageOrder": 1, "outputVariables": variables }] }),
                "stages[0].outputVariables.tags",
            ),
            (
                "updateWorkflowStages",
                json!({ "workflowId": workflow, "stages": [{ "stageOrder": 1, "outputVariables": variables }] }),
                "stages[0].outputVariables.tags",
            ),
            (
                "addStage",
                json!({ "workflowId": workflow, "stage": { "stageOrder": 2, "outputVariables": variables } }),
                "stage.outputVariables.tags",
            ),
            (
                "updateStage",
                json!({ "id": id, "outputVariables": variables }),
                "outputVariables.tags",
            ),
            (
                "updateStage",
                json!({ "id": id, "validationType": "FUNCTION", "validationCriteria": of_function(&schema) }),
                "validationCriteria.args.schema",
            ),
        ] {
            let (first, rest) = name.split_at(1);
            let kind = first.to_uppercase() + rest;
            let query =
                format!("mutation($input: {kind}Input!) {{ {name}(input: $input) {{ id }} }}");
            let answer = server
                .answer(Some(&user), &query, json!({ "input": input }))
                .await;
            let error = &answer["errors"][0];
            assert_eq!(
                error["extensions"]["code"], "BAD_USER_INPUT",
                "{name}: {answer}"
            );
            assert_eq!(error["extensions"]["field"], field, "{name}: {answer}");
            assert!(text(&error["message"]).contains(told), "{name}: {answer}");
        }
    }
    let unknown = json!({ "id": id, "outputVariables": { "a": "text" } });
    let refusal = server.refused(&user, "updateStage", unknown).await;
    assert_eq!(refusal, bad_input("outputVariables"));
    server.stop().await;
}

#[tokio::test]
async fn a_schema_that_was_saved_before_it_cost_too_much_is_used() {
    use footlight::service::tx;
    use footlight::store;

    let server = Server::start().await;
    let (user, model) = (server.user(), server.model().await);
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let id = stage_of(&server, &user, &workflow).await;
    let criteria = &json!({ "functionName": "json_schema", "args": { "schema": doubling(12) } });
    let (owner, stage) = (user.id, id.parse().unwrap());
    tx::write(&server.deps, |tx| async move {
        let mut stage = store::stage::find(&**tx, owner, stage).await?.unwrap();
        stage.validation_type = "FUNCTION".parse().unwrap();
        stage.validation_criteria = Some(criteria.clone());
        store::stage::update(&**tx, stage).await
    })
    .await
    .unwrap();
    let name = json!({ "id": id, "name": "Renamed", "validationCriteria": criteria });
    server.mutate(&user, "updateStage", name, "{ id }").await;
    for (answer, result) in [("[]", "PASS"), ("{}", "FAIL")] {
        server.provider.reply(Reply::text(answer));
        let run = server.run(&user, &workflow).await;
        let run = ended(&server, &user, &run).await;
        assert_eq!(run["logs"]["nodes"][0]["validationResult"], result, "{run}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_schema_may_go_as_deep_as_one_may_be_saved_on_any_answer() {
    // As many subschemas in each other as may be, again for every level of the answer.
    let links: Map<String, Value> = (0..90)
        .map(|at| {
            (
                format!("s{at}"),
                json!({ "allOf": [{ "$ref": format!("#/$defs/s{}", at + 1) }] }),
            )
        })
        .chain([(
            "s90".to_owned(),
            json!({ "type": "object", "properties": { "n": { "$ref": "#" } } }),
        )])
        .collect();
    let schema = json!({ "$ref": "#/$defs/s0", "$defs": links });
    let answer = (0..98).fold(json!({}), |inner, _| json!({ "n": inner }));
    for (answer, result) in [
        (json!({ "v": answer }).to_string(), "PASS"),
        (json!({ "v": 1 }).to_string(), "ERROR"),
    ] {
        let stage = json!({ "outputVariables": { "v": schema } });
        let run = one_stage(stage, vec![Reply::text(&answer)]).await;
        assert_eq!(run["logs"]["nodes"][0]["validationResult"], result, "{run}");
    }
}

/// What was asked for as the form of an answer, call by call.
async fn asked(stages: Value, replies: &[&str]) -> Vec<Value> {
    let server = Server::start().await;
    for reply in replies {
        server.provider.reply(Reply::text(reply));
    }
    let user = server.user();
    let run = server.run_of(&user, stages).await;
    let run = ended(&server, &user, &run).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    let requests = server.provider.requests();
    server.stop().await;
    let format = |body: &Value| body.get("response_format").cloned().unwrap_or_default();
    requests
        .iter()
        .map(|request| format(&request.body))
        .collect()
}

#[tokio::test]
async fn a_model_is_asked_for_the_form_of_its_answer() {
    let judged =
        json!({ "validationType": "LLM", "validationCriteria": { "prompt": "{{output}}?" } });
    let asked = asked(
        json!([
            { "outputVariables": tags() },
            { "outputVariables": { "title": "string", "any": "object" } },
            judged,
        ]),
        &[
            "{\"tags\": [\"a\"]}",
            "{\"title\": \"t\", \"any\": {}}",
            "text",
            "{\"pass\": true, \"notes\": \"\"}",
        ],
    )
    .await;
    assert_eq!(
        asked,
        [
            json!({ "type": "json_schema", "json_schema": {
                "name": "output",
                "strict": true,
                "schema": {
                    "type": "object",
                    "properties": { "tags": {
                        "type": "array",
                        "items": { "type": "string" },
                        "description": "{\"minItems\":1}",
                    } },
                    "required": ["tags"],
                    "additionalProperties": false,
                },
            } }),
            json!({ "type": "json_schema", "json_schema": {
                "name": "output",
                "strict": false,
                "schema": {
                    "type": "object",
                    "properties": { "any": { "type": "object" }, "title": { "type": "string" } },
                    "required": ["any", "title"],
                    "additionalProperties": true,
                },
            } }),
            Value::Null,
            json!({ "type": "json_schema", "json_schema": {
                "name": "verdict",
                "strict": true,
                "schema": {
                    "type": "object",
                    "properties": { "notes": { "type": "string" }, "pass": { "type": "boolean" } },
                    "required": ["notes", "pass"],
                    "additionalProperties": false,
                },
            } }),
        ]
    );
}

async fn execute(server: &Server, sql: &str) {
    let tx = server.deps.store.transaction().await.unwrap();
    tx.execute_unprepared(sql).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_schema_waits_until_no_replica_of_the_version_before_runs() {
    let server = Server::start().await;
    if server.deps.store.is_embedded() {
        return eprintln!("left out: an SQLite file has one process");
    }
    let (user, model) = (server.user(), server.model().await);
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let input =
        json!({ "id": stage_of(&server, &user, &workflow).await, "outputVariables": tags() });
    let older = "insert into worker_sessions (id, expires_at, draining)
        values (gen_random_uuid(), 9000000000000, false)";
    execute(&server, older).await;
    let (code, _) = server.refused(&user, "updateStage", input.clone()).await;
    assert_eq!(code, "CONFLICT");
    execute(
        &server,
        "delete from worker_sessions where template_syntax = 1",
    )
    .await;
    server.mutate(&user, "updateStage", input, "{ id }").await;
    server.stop().await;
}
