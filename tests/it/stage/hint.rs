//! What is wrong with a stage is said by its name, with the nearest that would be right.

use serde_json::{Value, json};

use crate::support::server::{Server, User, text};

/// Why a workflow is refused whose second stage says this, and the field.
async fn refusal(server: &Server, user: &User, stage: Value, more: Value) -> (String, String) {
    let mut second = json!({ "stageOrder": 2, "name": "Draft" });
    let fields = second.as_object_mut().unwrap();
    fields.extend(stage.as_object().unwrap().clone());
    let mut input =
        json!({ "name": "New", "stages": [{ "stageOrder": 1, "key": "facts" }, second] });
    let fields = input.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    let query = "mutation($input: CreateWorkflowInput!) { createWorkflow(input: $input) { id } }";
    let answer = server
        .answer(Some(user), query, json!({ "input": input }))
        .await;
    let error = &answer["errors"][0];
    assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
    let field = text(&error["extensions"]["field"]);
    (text(&error["message"]), field)
}

#[tokio::test]
async fn an_unknown_name_in_any_json_is_told_the_nearest() {
    let server = Server::start().await;
    let user = server.user();
    let criteria = |kind: &str, criteria: Value| json!({ "validationType": kind, "validationCriteria": criteria });
    for (stage, meant) in [
        (
            json!({ "forEach": { "in": "inputs.a", "concurency": 2 } }),
            "concurrency",
        ),
        (
            json!({ "routes": { "by": "inputs.a", "too": { "a": 0 } } }),
            "to",
        ),
        (
            json!({ "messages": [{ "rol": "user", "content": "a" }] }),
            "role",
        ),
        (
            json!({ "messages": [{ "role": "asistant", "content": "a" }] }),
            "assistant",
        ),
        (
            json!({ "messages": [{ "from": "inputs.a", "form": 1 }] }),
            "from",
        ),
        (
            json!({ "inputVariableMapping": { "a": { "form": "inputs.a" } } }),
            "from",
        ),
        (
            json!({ "inputVariableMapping": { "a": { "from": "inputs.a", "defualt": 1 } } }),
            "default",
        ),
        (
            json!({ "inputVariableMapping": { "a": { "lastest": ["inputs.a"] } } }),
            "latest",
        ),
        (
            json!({ "flowiseConfig": { "temprature": 1 } }),
            "temperature",
        ),
        (json!({ "outputVariables": { "a": "strng" } }), "string"),
        (criteria("REGEX", json!({ "patern": "a" })), "pattern"),
        (criteria("LLM", json!({ "promt": "a" })), "prompt"),
        (
            criteria("FUNCTION", json!({ "functionNme": "a" })),
            "functionName",
        ),
        (
            criteria("FUNCTION", json!({ "functionName": "maxlength" })),
            "max_length",
        ),
        (
            criteria(
                "FUNCTION",
                json!({ "functionName": "max_length", "args": { "lenght": 1 } }),
            ),
            "length",
        ),
    ] {
        let (message, _) = refusal(&server, &user, stage.clone(), json!({})).await;
        let meant = format!("did you mean {meant}?");
        assert!(message.contains(&meant), "{stage}: {message}");
        assert!(message.starts_with("stage 2 (Draft): "), "{message}");
    }
    for (more, meant) in [
        (
            json!({ "outputMapping": { "a": { "form": "inputs.a" } } }),
            "from",
        ),
        (json!({ "outputMaping": {} }), "outputMapping"),
    ] {
        let (message, _) = refusal(&server, &user, json!({}), more.clone()).await;
        let meant = format!("did you mean {meant}?");
        assert!(message.contains(&meant), "{more}: {message}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_misspelt_path_is_told_the_one_that_is_meant() {
    let server = Server::start().await;
    let user = server.user();
    for (stage, meant) in [
        (
            json!({ "inputVariableMapping": { "a": "fact.people" } }),
            "facts.people",
        ),
        (
            json!({ "inputVariableMapping": { "a": "input.x" } }),
            "inputs.x",
        ),
        (
            json!({ "promptTemplate": "{{stage_1.outptu}}" }),
            "stage_1.output",
        ),
        (
            json!({ "retryPromptTemplate": "{{stage_1.raww}}" }),
            "stage_1.raw",
        ),
        (
            json!({ "forEach": { "in": "fakts.people" } }),
            "facts.people",
        ),
        (json!({ "forEach": { "in": "l" } }), "inputs.l"),
        (
            json!({ "forEach": { "in": "inputs.l", "onItemFail": "skp" } }),
            "skip",
        ),
        (
            json!({ "routes": { "by": "factts.kind", "to": { "a": 0 } } }),
            "facts.kind",
        ),
        (
            json!({ "messages": [{ "from": "fact.turns" }] }),
            "facts.turns",
        ),
        (json!({ "messages": [{ "from": "h" }] }), "inputs.h"),
    ] {
        let (message, _) = refusal(&server, &user, stage.clone(), json!({})).await;
        let meant = format!("did you mean {meant}?");
        assert!(message.contains(&meant), "{stage}: {message}");
    }
    let more = json!({ "outputMapping": { "a": "fact.people" } });
    let (message, _) = refusal(&server, &user, json!({}), more).await;
    assert!(message.contains("did you mean facts.people?"), "{message}");
    server.stop().await;
}

#[tokio::test]
async fn a_path_to_a_stage_that_there_is_not_is_told_the_nearest() {
    let server = Server::start().await;
    let user = server.user();
    for (path, missing, nearest) in [
        ("stage_3.raw", "stage 3", "stage 2"),
        ("stage_9.output.a", "stage 9", "stage 2"),
    ] {
        for stage in [
            json!({ "promptTemplate": format!("{{{{{path}}}}}") }),
            json!({ "messages": [{ "role": "user", "content": format!("{{{{{path}}}}}") }] }),
            json!({ "messages": [{ "from": path }] }),
            json!({ "inputVariableMapping": { "a": path } }),
            json!({ "forEach": { "in": path } }),
            json!({ "routes": { "by": path, "to": { "a": 0 } } }),
        ] {
            let (message, _) = refusal(&server, &user, stage.clone(), json!({})).await;
            let said = format!(
                "reads from {missing}, which this workflow does not have; the nearest is {nearest}"
            );
            assert!(message.contains(&said), "{stage}: {message}");
        }
    }
    let more = json!({ "stages": [{ "stageOrder": 4, "key": "facts" }],
        "outputMapping": { "a": "stage_9.raw" } });
    let (message, field) = refusal(&server, &user, json!({}), more).await;
    assert_eq!(field, "outputMapping.a");
    assert!(
        message.ends_with("the nearest is stage 4, whose key is facts"),
        "{message}"
    );
    server.stop().await;
}

#[tokio::test]
async fn every_refusal_of_a_save_names_its_stage() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}, {}])).await;
    let query = "query($id: ID!) { workflow(id: $id) { stages { id } } }";
    let saved = server.data(&user, query, json!({ "id": workflow })).await;
    let id = &saved["workflow"]["stages"][1]["id"];
    let long = "x".repeat(300_000);
    for fault in [
        json!({ "forEach": [] }),
        json!({ "routes": "a" }),
        json!({ "messages": {} }),
        json!({ "outputVariables": "a" }),
        json!({ "inputVariableMapping": [] }),
        json!({ "validationCriteria": [] }),
        json!({ "validationType": "REGEX", "validationCriteria": [] }),
        json!({ "flowiseConfig": [] }),
        json!({ "flowiseConfig": { "temperature": "hot" } }),
        json!({ "name": " " }),
        json!({ "name": long }),
        json!({ "promptTemplate": long }),
        json!({ "messages": [{ "role": "user", "content": long }] }),
    ] {
        let mut stage = json!({ "stageOrder": 2 });
        let mut change = json!({ "id": id });
        for (key, value) in fault.as_object().unwrap() {
            stage[key] = value.clone();
            change[key] = value.clone();
        }
        for (name, input) in [
            (
                "createWorkflow",
                json!({ "name": "New", "stages": [stage] }),
            ),
            (
                "updateWorkflowStages",
                json!({ "workflowId": workflow, "stages": [stage] }),
            ),
            (
                "addStage",
                json!({ "workflowId": workflow, "stage": stage }),
            ),
            ("updateStage", change),
        ] {
            let answer = refused(&server, &user, name, &input).await;
            let message = text(&answer["errors"][0]["message"]);
            let field = fault.as_object().unwrap().keys().next_back().unwrap();
            assert!(message.starts_with("stage 2"), "{name} {field}: {message}");
            // A name is not repeated that is far too long to be one.
            assert!(message.len() < 1_000, "{name} {field}");
        }
    }
    let ids = json!({ "stageOrder": 7, "name": "Draft", "id": "no-uuid" });
    let foreign = json!({ "stageOrder": 7, "name": "Draft", "id": workflow });
    for stage in [ids, foreign] {
        for name in ["createWorkflow", "updateWorkflowStages"] {
            let mut input = json!({ "stages": [stage] });
            let (key, value) = match name {
                "createWorkflow" => ("name", "New"),
                _ => ("workflowId", workflow.as_str()),
            };
            input[key] = json!(value);
            let answer = refused(&server, &user, name, &input).await;
            let message = text(&answer["errors"][0]["message"]);
            assert!(message.starts_with("stage 7 (Draft): "), "{message}");
        }
    }
    server.stop().await;
}

/// The answer to a mutation that must fail.
async fn refused(server: &Server, user: &User, name: &str, input: &Value) -> Value {
    let kind = name[..1].to_uppercase() + &name[1..];
    let query =
        format!("mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename }} }}");
    let variables = json!({ "input": input });
    server.answer(Some(user), &query, variables).await
}
