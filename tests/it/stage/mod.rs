//! Stages over the API: one by one and as a whole list.

mod check;
mod each;
mod hint;
mod key;
mod order;

use serde_json::{Value, json};

use crate::support::server::{Server, User, bad_input, text};

const STAGE: &str =
    "id stageOrder key name systemTemplate messages promptTemplate retryPromptTemplate model { id } timeoutSeconds validationType validationCriteria
    outputVariables inputVariableMapping retryLimit nextStageOnPass nextStageOnFail routes forEach flowiseConfig
    createdAt";

/// The version of a workflow, and its stages.
async fn stages(server: &Server, user: &User, workflow: &str) -> Value {
    let query =
        format!("query($id: ID!) {{ workflow(id: $id) {{ version stages {{ {STAGE} }} }} }}");
    let mut data = server.data(user, &query, json!({ "id": workflow })).await;
    data["workflow"].take()
}

/// A stage with every field set, of a workflow in which order 2 exists.
fn full(model: &str) -> Value {
    json!({
        "stageOrder": 1,
        "key": "draft",
        "name": "Draft",
        "systemTemplate": "speak like {{who}}",
        "messages": [{ "role": "user", "content": "{{word}}?" }],
        "promptTemplate": "say {{word}}",
        "retryPromptTemplate": "mend {{output}}",
        "modelId": model,
        "timeoutSeconds": 60,
        "validationType": "REGEX",
        "validationCriteria": { "pattern": "^ok", "flags": "i" },
        "outputVariables": { "n": "integer" },
        "inputVariableMapping": { "word": "inputs.word" },
        "retryLimit": 2,
        "nextStageOnPass": 2,
        "nextStageOnFail": 0,
        "routes": { "by": "inputs.word", "to": { "hello": 2 } },
        "forEach": { "in": "inputs.list", "concurrency": 2 },
        "flowiseConfig": { "temperature": 0.5 },
    })
}

#[tokio::test]
async fn a_stage_is_added_read_changed_and_deleted() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let workflow = server
        .workflow(&user, &model, json!([{ "stageOrder": 2 }]))
        .await;
    let input = json!({ "workflowId": workflow, "stage": full(&model) });
    let added = server
        .mutate(&user, "addStage", input, "{ version stages { id } }")
        .await;
    assert_eq!(added["version"], 2);
    let id = text(&added["stages"][0]["id"]);

    let query = format!("query($id: ID!) {{ stage(id: $id) {{ workflowId {STAGE} }} }}");
    let read = server.data(&user, &query, json!({ "id": id })).await;
    let read = &read["stage"];
    assert_eq!(read["workflowId"], json!(workflow));
    assert_eq!(read["model"]["id"], json!(model));
    for (field, value) in full(&model).as_object().unwrap() {
        if field != "modelId" {
            assert_eq!(&read[field], value, "{field}");
        }
    }
    let input = json!({ "id": id, "stageOrder": 7 });
    let moved = server
        .mutate(
            &user,
            "updateStage",
            input,
            "{ version stages { id stageOrder } }",
        )
        .await;
    assert_eq!(moved["version"], 3);
    assert_eq!(moved["stages"][1], json!({ "id": id, "stageOrder": 7 }));
    let deleted = server
        .mutate(
            &user,
            "deleteStage",
            json!({ "id": id }),
            "{ version stages { stageOrder } }",
        )
        .await;
    assert_eq!(
        deleted,
        json!({ "version": 4, "stages": [{ "stageOrder": 2 }] })
    );
    let gone = server.data(&user, &query, json!({ "id": id })).await;
    assert_eq!(gone["stage"], Value::Null);
    server.stop().await;
}

#[tokio::test]
async fn an_update_keeps_what_is_left_out_and_null_clears_or_sets_the_default() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let workflow = server
        .workflow(&user, &model, json!([full(&model), { "stageOrder": 2 }]))
        .await;
    let mut expected = stages(&server, &user, &workflow).await["stages"][0].take();
    let id = text(&expected["id"]);
    let untyped = json!({ "validationType": null, "validationCriteria": null });
    for (changes, cleared) in [
        (json!({}), json!({})),
        (json!({ "name": null }), json!({ "name": null })),
        (json!({ "key": null }), json!({ "key": null })),
        (
            json!({ "systemTemplate": null }),
            json!({ "systemTemplate": null }),
        ),
        (
            json!({ "timeoutSeconds": null }),
            json!({ "timeoutSeconds": null }),
        ),
        (
            json!({ "promptTemplate": null }),
            json!({ "promptTemplate": null }),
        ),
        (json!({ "messages": null }), json!({ "messages": null })),
        (
            json!({ "retryPromptTemplate": null }),
            json!({ "retryPromptTemplate": null }),
        ),
        (json!({ "routes": null }), json!({ "routes": null })),
        (json!({ "modelId": null }), json!({ "model": null })),
        (
            untyped,
            json!({ "validationType": "NONE", "validationCriteria": null }),
        ),
        (
            json!({ "outputVariables": null }),
            json!({ "outputVariables": null }),
        ),
        (
            json!({ "inputVariableMapping": null }),
            json!({ "inputVariableMapping": null }),
        ),
        (json!({ "retryLimit": null }), json!({ "retryLimit": 0 })),
        (
            json!({ "nextStageOnPass": null }),
            json!({ "nextStageOnPass": null }),
        ),
        (
            json!({ "nextStageOnFail": null }),
            json!({ "nextStageOnFail": null }),
        ),
        (json!({ "forEach": null }), json!({ "forEach": null })),
        (
            json!({ "flowiseConfig": null }),
            json!({ "flowiseConfig": null }),
        ),
    ] {
        let mut input = changes.clone();
        input["id"] = json!(id);
        let fields = format!("{{ stages {{ {STAGE} }} }}");
        let updated = server.mutate(&user, "updateStage", input, &fields).await;
        for (field, value) in cleared.as_object().unwrap() {
            expected[field] = value.clone();
        }
        assert_eq!(updated["stages"][0], expected, "{changes}");
    }
    let refusal = server
        .refused(
            &user,
            "updateStage",
            json!({ "id": id, "stageOrder": null }),
        )
        .await;
    assert_eq!(refusal, bad_input("stageOrder"));
    server.stop().await;
}

#[tokio::test]
async fn a_list_keeps_swaps_adds_and_drops_stages_at_once() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let workflow = server
        .workflow(
            &user,
            &model,
            json!([{ "name": "a", "retryLimit": 3 }, { "name": "b" }, { "name": "c" }]),
        )
        .await;
    let before = stages(&server, &user, &workflow).await;
    let id = |index: usize| &before["stages"][index]["id"];
    let input = json!({ "workflowId": workflow, "stages": [
        { "id": id(0), "stageOrder": 2, "name": "a" },
        { "id": id(1), "stageOrder": 1, "name": "b" },
        { "stageOrder": 3, "name": "d" },
    ] });
    server
        .mutate(&user, "updateWorkflowStages", input, "{ id }")
        .await;
    let after = stages(&server, &user, &workflow).await;
    assert_eq!(after["version"], 2);
    let after = &after["stages"];
    assert_eq!([&after[0]["id"], &after[1]["id"]], [id(1), id(0)]);
    assert_eq!(after[1]["createdAt"], before["stages"][0]["createdAt"]);
    let fresh = &after[2]["id"];
    assert!((0..3).all(|index| id(index) != fresh), "{after}");
    // What is left out takes its default, also for a stage that keeps its id.
    assert_eq!(after[1]["retryLimit"], 0);
    assert_eq!(after[1]["model"], Value::Null);
    server.stop().await;
}
