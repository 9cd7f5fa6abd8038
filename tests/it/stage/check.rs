//! What is checked before a stage is saved, against the workflow as it would then be.

use footlight::clock::Clock;
use serde_json::{Value, json};

use super::stages;
use crate::support::server::{Server, bad_input};

#[tokio::test]
async fn a_list_takes_no_ids_but_its_own_and_each_once() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}, {}])).await;
    let elsewhere = server.workflow(&user, &model, json!([{}])).await;
    let own = stages(&server, &user, &workflow).await["stages"][0]["id"].take();
    let foreign = stages(&server, &user, &elsewhere).await["stages"][0]["id"].take();
    let before = stages(&server, &user, &workflow).await;
    for (name, input, field) in [
        (
            "updateWorkflowStages",
            json!({ "workflowId": workflow, "stages": [{ "id": own, "stageOrder": 1 }, { "id": own, "stageOrder": 2 }] }),
            "stages[1].id",
        ),
        (
            "updateWorkflowStages",
            json!({ "workflowId": workflow, "stages": [{ "id": foreign, "stageOrder": 1 }] }),
            "stages[0].id",
        ),
        (
            "updateWorkflowStages",
            json!({ "workflowId": workflow, "stages": [{ "id": "no-uuid", "stageOrder": 1 }] }),
            "stages[0].id",
        ),
        (
            "createWorkflow",
            json!({ "name": "New", "stages": [{ "id": Clock::system().new_id(), "stageOrder": 1 }] }),
            "stages[0].id",
        ),
        (
            "addStage",
            json!({ "workflowId": workflow, "stage": { "id": own, "stageOrder": 9 } }),
            "stage.id",
        ),
    ] {
        assert_eq!(
            server.refused(&user, name, input).await,
            bad_input(field),
            "{name}"
        );
    }
    assert_eq!(stages(&server, &user, &workflow).await, before);
    server.stop().await;
}

#[tokio::test]
async fn a_stage_that_another_one_needs_stays() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    for needing in [
        json!({ "nextStageOnPass": 1 }),
        json!({ "nextStageOnFail": 1 }),
        json!({ "inputVariableMapping": { "word": "stage_1.raw" } }),
        json!({ "inputVariableMapping": { "word": "stage_1.output.a" } }),
        json!({ "promptTemplate": "{{ stage_1.output.a }}" }),
        json!({ "systemTemplate": "{{stage_1.output}}" }),
        json!({ "retryPromptTemplate": "{{stage_1.output}}" }),
        json!({ "messages": [{ "role": "user", "content": "{{stage_1.output}}" }] }),
        json!({ "messages": [{ "from": "stage_1.output.turns" }] }),
        json!({ "routes": { "by": "stage_1.output.kind", "to": { "a": 0 } } }),
        json!({ "routes": { "by": "inputs.kind", "to": { "a": 1 } } }),
        json!({ "forEach": { "in": "stage_1.output.list" } }),
        json!({ "forEach": { "in": "inputs.list" }, "promptTemplate": "{{stage_1.item}}" }),
        json!({ "promptTemplate": "{{stage_1.failed.notes}}" }),
        json!({ "validationType": "LLM", "validationCriteria": { "prompt": "{{stage_1.raw}}" } }),
    ] {
        // A stage that needs itself alone is nobody's.
        let first = json!({ "nextStageOnFail": 1 });
        let workflow = server
            .workflow(&user, &model, json!([first, needing]))
            .await;
        let before = stages(&server, &user, &workflow).await;
        let (needed, needing) = (&before["stages"][0]["id"], &before["stages"][1]["id"]);
        let refusal = server
            .refused(&user, "deleteStage", json!({ "id": needed }))
            .await;
        assert_eq!(refusal, bad_input("id"));
        let refusal = server
            .refused(
                &user,
                "updateStage",
                json!({ "id": needed, "stageOrder": 3 }),
            )
            .await;
        assert_eq!(refusal.0, "BAD_USER_INPUT");
        assert_eq!(stages(&server, &user, &workflow).await, before);
        for id in [needing, needed] {
            server
                .mutate(&user, "deleteStage", json!({ "id": id }), "{ id }")
                .await;
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn an_order_belongs_to_one_stage() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}, {}])).await;
    let before = stages(&server, &user, &workflow).await;
    let second = &before["stages"][1]["id"];
    let twice = json!([{ "stageOrder": 1 }, { "stageOrder": 1 }]);
    for (name, input, field) in [
        (
            "createWorkflow",
            json!({ "name": "New", "stages": twice }),
            "stages[1].stageOrder",
        ),
        (
            "updateWorkflowStages",
            json!({ "workflowId": workflow, "stages": twice }),
            "stages[1].stageOrder",
        ),
        (
            "addStage",
            json!({ "workflowId": workflow, "stage": { "stageOrder": 2 } }),
            "stage.stageOrder",
        ),
        (
            "updateStage",
            json!({ "id": second, "stageOrder": 1 }),
            "stageOrder",
        ),
    ] {
        assert_eq!(
            server.refused(&user, name, input).await,
            bad_input(field),
            "{name}"
        );
    }
    assert_eq!(stages(&server, &user, &workflow).await, before);
    server.stop().await;
}

/// What is wrong with a stage, and where.
fn faults() -> Vec<(Value, &'static str)> {
    let nobody = Clock::system().new_id();
    let regex =
        |criteria: Value| json!({ "validationType": "REGEX", "validationCriteria": criteria });
    let function = |name: &str, args: Value| json!({ "validationType": "FUNCTION", "validationCriteria": { "functionName": name, "args": args } });
    let judge =
        |criteria: Value| json!({ "validationType": "LLM", "validationCriteria": criteria });
    let outside = json!({ "schema": { "$ref": "https://example.org/schema.json" } });
    vec![
        (json!({ "stageOrder": 0 }), "stageOrder"),
        (json!({ "stageOrder": 10_001 }), "stageOrder"),
        (json!({ "retryLimit": -1 }), "retryLimit"),
        (json!({ "retryLimit": 101 }), "retryLimit"),
        (json!({ "timeoutSeconds": 0 }), "timeoutSeconds"),
        (json!({ "timeoutSeconds": 3601 }), "timeoutSeconds"),
        (json!({ "nextStageOnPass": 9 }), "nextStageOnPass"),
        (json!({ "nextStageOnFail": -1 }), "nextStageOnFail"),
        (json!({ "name": " " }), "name"),
        (json!({ "modelId": nobody }), "modelId"),
        (json!({ "modelId": "no-uuid" }), "modelId"),
        (
            json!({ "inputVariableMapping": { "word": "stage_9.raw" } }),
            "inputVariableMapping.word",
        ),
        (
            json!({ "inputVariableMapping": { "word": "somewhere" } }),
            "inputVariableMapping.word",
        ),
        (
            json!({ "inputVariableMapping": ["word"] }),
            "inputVariableMapping",
        ),
        (
            json!({ "outputVariables": { "n": "float" } }),
            "outputVariables",
        ),
        (json!({ "outputVariables": "n" }), "outputVariables"),
        (
            json!({ "outputVariables": { "cl\u{e9}": "string", "cle\u{301}": "string" } }),
            "outputVariables.cl\u{e9}",
        ),
        (json!({ "flowiseConfig": [] }), "flowiseConfig"),
        (
            json!({ "validationCriteria": { "pattern": "x" } }),
            "validationCriteria",
        ),
        (json!({ "validationCriteria": [] }), "validationCriteria"),
        (regex(json!(null)), "validationCriteria.pattern"),
        (
            regex(json!({ "pattern": "(" })),
            "validationCriteria.pattern",
        ),
        (
            regex(json!({ "pattern": "x".repeat(2049) })),
            "validationCriteria.pattern",
        ),
        (
            regex(json!({ "pattern": "x", "flags": "q" })),
            "validationCriteria.flags",
        ),
        (
            regex(json!({ "pattern": "x", "negate": true })),
            "validationCriteria.negate",
        ),
        (
            function("eval", json!({})),
            "validationCriteria.functionName",
        ),
        (
            function("max_length", json!({ "size": 3 })),
            "validationCriteria.args.size",
        ),
        (
            function("max_length", json!({})),
            "validationCriteria.args.length",
        ),
        (
            function("json_schema", outside),
            "validationCriteria.args.schema",
        ),
        (judge(json!({})), "validationCriteria.prompt"),
        (
            judge(json!({ "prompt": "good?", "modelId": nobody })),
            "validationCriteria.modelId",
        ),
    ]
}

/// The same of its settings.
fn faults_of_settings() -> Vec<(Value, &'static str)> {
    vec![
        (
            json!({ "flowiseConfig": { "temprature": 1 } }),
            "flowiseConfig.temprature",
        ),
        (
            json!({ "flowiseConfig": { "temperature": "hot" } }),
            "flowiseConfig.temperature",
        ),
        (
            json!({ "flowiseConfig": { "topP": 0.1, "top_p": 0.2 } }),
            "flowiseConfig.topP",
        ),
        (
            json!({ "flowiseConfig": { "messages": [] } }),
            "flowiseConfig.messages",
        ),
        (
            json!({ "flowiseConfig": { "extra": { "provider": {} } } }),
            "flowiseConfig.extra",
        ),
    ]
}

#[tokio::test]
async fn what_is_wrong_with_a_stage_is_said_when_it_is_saved_however_it_is_saved() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let before = stages(&server, &user, &workflow).await;
    let id = &before["stages"][0]["id"];
    for (fault, field) in faults().into_iter().chain(faults_of_settings()) {
        let mut stage = json!({ "stageOrder": 2 });
        let mut change = json!({ "id": id });
        for (key, value) in fault.as_object().unwrap() {
            stage[key] = value.clone();
            change[key] = value.clone();
        }
        let (listed, alone) = (format!("stages[0].{field}"), format!("stage.{field}"));
        for (name, input, field) in [
            (
                "createWorkflow",
                json!({ "name": "New", "stages": [stage] }),
                listed.as_str(),
            ),
            (
                "updateWorkflowStages",
                json!({ "workflowId": workflow, "stages": [stage] }),
                &listed,
            ),
            (
                "addStage",
                json!({ "workflowId": workflow, "stage": stage }),
                &alone,
            ),
            ("updateStage", change, field),
        ] {
            let refusal = server.refused(&user, name, input).await;
            assert_eq!(refusal, bad_input(field), "{name} {fault}");
        }
    }
    assert_eq!(stages(&server, &user, &workflow).await, before);
    let all = server
        .data(&user, "{ workflows { nodes { id } } }", json!({}))
        .await;
    assert_eq!(all["workflows"]["nodes"], json!([{ "id": workflow }]));
    server.stop().await;
}
