//! A new order for the stages of a workflow: whatever names one by its order names the same one afterwards.

use serde_json::{Value, json};

use super::stages;
use crate::support::server::{Server, User, bad_input, text};

async fn ids(server: &Server, user: &User, workflow: &str) -> Vec<String> {
    let read = stages(server, user, workflow).await;
    let stages = read["stages"].as_array().unwrap();
    stages.iter().map(|stage| text(&stage["id"])).collect()
}

/// Three stages at 1, 5 and 10 that name each other wherever they may.
fn tangled(model: &str) -> Value {
    json!([
        {
            "stageOrder": 1, "name": "a", "modelId": model, "key": "first",
            "promptTemplate": "{{ stage_10.output.x }} é {{stage_1.raw}}{{stage_5.raw}}\n{ {{first.raw}} stage_5 \\{{stage_5.raw}} \\\\{{stage_5.raw}} {{stage_5}} {{a.stage_5}}",
            "nextStageOnPass": 10, "nextStageOnFail": 1,
        },
        {
            "stageOrder": 5, "name": "b", "modelId": model,
            "systemTemplate": "{{stage_1.output.stage_1}}",
            "inputVariableMapping": { "x": "stage_1.output.stage_5", "y": "stage_5.raw", "z": "inputs.stage_1" },
            "messages": [{ "role": "user", "content": "{{stage_10.raw}}" }, { "from": "stage_5.output.stage_1" }],
            "retryPromptTemplate": "{{output}} {{stage_10.failed.raw}} \\{{stage_10.raw}}",
            "nextStageOnPass": 0,
            "routes": { "by": "stage_10.output.stage_5", "to": { "stage_1": 1, "end": 0, "a/b~": 10 } },
        },
        {
            "stageOrder": 10, "name": "c", "modelId": model,
            "validationType": "LLM",
            "validationCriteria": { "prompt": "{{output}} {{stage_5.raw}} {{stage_1.raw}}" },
            "nextStageOnFail": 5,
            "promptTemplate": "{{item}} {{stage_1.item}} {{stage_1.item.stage_5}}",
            "forEach": { "in": "stage_1.output.stage_10" },
        },
    ])
}

#[tokio::test]
async fn stages_are_numbered_anew_and_all_that_names_one_still_means_it() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let output = json!({ "stage_1": { "latest": ["stage_1.raw", "stage_10.notes"], "default": "stage_1.raw" } });
    let input = json!({ "name": "Tangled", "stages": tangled(&model), "outputMapping": output });
    let made = server
        .mutate(&user, "createWorkflow", input, "{ id }")
        .await;
    let workflow = text(&made["id"]);
    let before = stages(&server, &user, &workflow).await;
    let own = ids(&server, &user, &workflow).await;
    // c, a, b
    let order = json!([own[2], own[0], own[1]]);
    let input = json!({ "workflowId": workflow, "expectedVersion": 1, "stageIds": order });
    let moved = server
        .mutate(
            &user,
            "reorderStages",
            input,
            "{ version stages { id stageOrder } }",
        )
        .await;
    let expected = json!([
        { "id": own[2], "stageOrder": 1 }, { "id": own[0], "stageOrder": 2 },
        { "id": own[1], "stageOrder": 3 },
    ]);
    assert_eq!(moved, json!({ "version": 2, "stages": expected }));
    let after = stages(&server, &user, &workflow).await;
    let (c, a, b) = (
        &after["stages"][0],
        &after["stages"][1],
        &after["stages"][2],
    );
    assert_eq!(
        a["promptTemplate"],
        "{{ stage_1.output.x }} é {{stage_2.raw}}{{stage_3.raw}}\n{ {{first.raw}} stage_5 \\{{stage_5.raw}} \\\\{{stage_3.raw}} {{stage_5}} {{a.stage_5}}"
    );
    assert_eq!(
        (&a["nextStageOnPass"], &a["nextStageOnFail"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(a["key"], "first");
    assert_eq!(b["systemTemplate"], "{{stage_2.output.stage_1}}");
    let mapping =
        json!({ "x": "stage_2.output.stage_5", "y": "stage_3.raw", "z": "inputs.stage_1" });
    assert_eq!(b["inputVariableMapping"], mapping);
    assert_eq!(
        b["messages"],
        json!([{ "role": "user", "content": "{{stage_1.raw}}" }, { "from": "stage_3.output.stage_1" }])
    );
    assert_eq!(
        b["retryPromptTemplate"],
        "{{output}} {{stage_1.failed.raw}} \\{{stage_10.raw}}"
    );
    let to = json!({ "stage_1": 2, "end": 0, "a/b~": 1 });
    assert_eq!(
        b["routes"],
        json!({ "by": "stage_1.output.stage_5", "to": to })
    );
    assert_eq!(b["nextStageOnPass"], 0);
    assert_eq!(
        c["promptTemplate"],
        "{{item}} {{stage_2.item}} {{stage_2.item.stage_5}}"
    );
    assert_eq!(c["forEach"], json!({ "in": "stage_2.output.stage_10" }));
    let query = "query($id: ID!) { workflow(id: $id) { outputMapping } }";
    let answered = server.data(&user, query, json!({ "id": workflow })).await;
    assert_eq!(
        answered["workflow"]["outputMapping"],
        json!({ "stage_1": { "latest": ["stage_2.raw", "stage_1.notes"], "default": "stage_1.raw" } })
    );
    assert_eq!(
        c["validationCriteria"],
        json!({ "prompt": "{{output}} {{stage_3.raw}} {{stage_2.raw}}" })
    );
    assert_eq!(c["nextStageOnFail"], 3);

    // Back again, everything is as it was, but for the gaps.
    let input = json!({ "workflowId": workflow, "stageIds": own });
    server.mutate(&user, "reorderStages", input, "{ id }").await;
    let back = stages(&server, &user, &workflow).await;
    for (index, (was, is)) in [(0, 1), (1, 2), (2, 3)].into_iter().enumerate() {
        let stage = &back["stages"][was];
        assert_eq!(stage["stageOrder"], is);
        for field in ["id", "name", "createdAt", "retryLimit", "model"] {
            assert_eq!(stage[field], before["stages"][index][field], "{field}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn an_order_names_all_stages_of_the_workflow_each_once() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}, {}])).await;
    let elsewhere = server.workflow(&user, &model, json!([{}])).await;
    let own = ids(&server, &user, &workflow).await;
    let foreign = ids(&server, &user, &elsewhere).await;
    let before = stages(&server, &user, &workflow).await;
    for (ids, field) in [
        (json!([]), "stageIds"),
        (json!([own[0]]), "stageIds"),
        (json!([own[1], own[1]]), "stageIds[1]"),
        (json!([own[1], own[0], foreign[0]]), "stageIds[2]"),
        (json!(["none", own[0]]), "stageIds[0]"),
    ] {
        let input = json!({ "workflowId": workflow, "stageIds": ids });
        let refusal = server.refused(&user, "reorderStages", input).await;
        assert_eq!(refusal, bad_input(field), "{ids}");
    }
    let input = json!({ "workflowId": workflow, "stageIds": own, "expectedVersion": 7 });
    let refusal = server.refused(&user, "reorderStages", input).await;
    assert_eq!(refusal.0, "CONFLICT");
    let input = json!({ "workflowId": workflow, "stageIds": own });
    let refusal = server.refused(&server.user(), "reorderStages", input).await;
    assert_eq!(refusal.0, "NOT_FOUND");
    assert_eq!(stages(&server, &user, &workflow).await, before);
    server.stop().await;
}
