//! Stages that run for each item of a list: what is checked when they are saved, and where they are kept.

use serde_json::{Value, json};

use crate::support::server::{Server, User, bad_input, text};

#[tokio::test]
async fn a_list_is_checked_against_the_workflow_as_it_would_then_be() {
    let server = Server::start().await;
    let user = server.user();
    let over = |each: Value| json!({ "stageOrder": 1, "forEach": each });
    let list = || json!({ "in": "inputs.list" });
    let with = |field: &str, value: Value| {
        let mut stage = over(list());
        stage[field] = value;
        stage
    };
    for (stage, field, says) in [
        (over(json!([])), "forEach", "object"),
        (over(json!({})), "forEach.in", "path of a list"),
        (
            over(json!({ "in": "list" })),
            "forEach.in",
            "no source path",
        ),
        (
            over(json!({ "in": "item.parts" })),
            "forEach.in",
            "cannot depend on an item",
        ),
        (
            over(json!({ "in": "stage_7.output" })),
            "forEach.in",
            "reads from stage 7",
        ),
        (
            over(json!({ "in": "inputs.a", "concurrency": 9 })),
            "forEach.concurrency",
            "1 to 8",
        ),
        (
            over(json!({ "in": "inputs.a", "onItemFail": "no" })),
            "forEach.onItemFail",
            "skip",
        ),
        (
            over(json!({ "in": "inputs.a", "limit": 3 })),
            "forEach.limit",
            "concurrency",
        ),
        (
            with("validationType", json!("MANUAL")),
            "forEach",
            "stage of its own",
        ),
        (
            with("inputVariableMapping", json!({ "item": "inputs.a" })),
            "inputVariableMapping.item",
            "another name",
        ),
        (
            with("inputVariableMapping", json!({ "index": "inputs.a" })),
            "inputVariableMapping.index",
            "another name",
        ),
        (
            with("promptTemplate", json!("{{stage_9.item}}")),
            "promptTemplate",
            "stage 9",
        ),
    ] {
        refuses(&server, &user, stage, (field, says)).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn what_depends_on_an_item_stands_where_there_is_one() {
    let server = Server::start().await;
    let user = server.user();
    let routes = json!({ "by": "item.kind", "to": { "a": 0 } });
    let list = json!({ "in": "inputs.list" });
    for (stage, field, says) in [
        (
            json!({ "stageOrder": 1, "inputVariableMapping": { "a": "item.name" } }),
            "inputVariableMapping.a",
            "only in a stage with forEach",
        ),
        (
            json!({ "stageOrder": 1, "promptTemplate": "{{stage_1.item}}" }),
            "promptTemplate",
            "only in a stage with forEach",
        ),
        (
            json!({ "stageOrder": 1, "messages": [{ "from": "item.history" }] }),
            "messages[0].from",
            "only in a stage with forEach",
        ),
        (
            json!({ "stageOrder": 1, "routes": routes }),
            "routes.by",
            "only in a stage with forEach",
        ),
        (
            json!({ "stageOrder": 1, "forEach": list, "routes": routes }),
            "routes.by",
            "when every item has passed",
        ),
        (
            json!({ "stageOrder": 1, "key": "facts", "inputVariableMapping": { "a": ["inputs.a", "facts.item"] } }),
            "inputVariableMapping.a",
            "reads facts.item",
        ),
    ] {
        refuses(&server, &user, stage, (field, says)).await;
    }
    server.stop().await;
}

/// A workflow of this stage is refused by a field of it, in words with `says` among them.
async fn refuses(server: &Server, user: &User, stage: Value, (field, says): (&str, &str)) {
    let create = "mutation($input: CreateWorkflowInput!) { createWorkflow(input: $input) { id } }";
    let input = json!({ "name": "x", "stages": [stage] });
    let answer = server
        .answer(Some(user), create, json!({ "input": input }))
        .await;
    let error = &answer["errors"][0];
    let path = format!("stages[0].{field}");
    assert_eq!(error["extensions"]["field"], path, "{answer}");
    let message = text(&error["message"]);
    assert!(message.contains(says), "{message}");
    assert!(
        message.contains("stage 1") || field == "forEach",
        "{message}"
    );
}

#[tokio::test]
async fn a_stage_without_a_list_takes_item_and_index_for_names() {
    let server = Server::start().await;
    let user = server.user();
    // In a stage without a list these are what they were: a name, and a text.
    let model = server.model().await;
    let plain = json!([{ "promptTemplate": "{{item}} {{item.name}} {{index}}" }]);
    let workflow = server.workflow(&user, &model, plain).await;
    server
        .provider
        .reply(crate::support::provider::Reply::text("x"));
    let start = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    let inputs = json!({ "item": "a", "index": "b" });
    let input = json!({ "workflowId": workflow, "inputs": inputs });
    let run = server.data(&user, start, json!({ "input": input })).await;
    server
        .until(&user, &text(&run["startExecution"]["id"]), "COMPLETED")
        .await;
    let sent = &server.provider.requests()[0].body["messages"][0]["content"];
    assert_eq!(*sent, "a {{item.name}} b");
    server.stop().await;
}

#[tokio::test]
async fn a_list_among_the_inputs_that_is_not_given_is_refused_at_start() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let stages = json!([{}, { "promptTemplate": "{{item}}", "forEach": { "in": "inputs.list" } }]);
    let workflow = server.workflow(&user, &model, stages).await;
    let input = json!({ "workflowId": workflow, "inputs": { "word": "x" } });
    let refused = server.refused(&user, "startExecution", input).await;
    assert_eq!(refused.0, "BAD_USER_INPUT");
    assert_eq!(server.provider.requests().len(), 0);
    server.stop().await;
}

#[tokio::test]
async fn a_list_is_kept_changed_removed_restored_and_read_by_who_would_delete() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let each = json!({ "in": "stage_1.output.names", "concurrency": 3, "onItemFail": "skip" });
    let stages = json!([
        { "outputVariables": { "names": "array" } },
        { "promptTemplate": "{{item}}", "forEach": each },
    ]);
    let workflow = server.workflow(&user, &model, stages).await;
    let read = "query($id: ID!) { workflow(id: $id) { stages { id forEach } } }";
    let id = json!({ "id": workflow });
    let saved = server.data(&user, read, id.clone()).await;
    let saved = &saved["workflow"]["stages"];
    assert_eq!(
        (&saved[0]["forEach"], &saved[1]["forEach"]),
        (&Value::Null, &each)
    );

    let needed = json!({ "id": saved[0]["id"] });
    assert_eq!(
        server.refused(&user, "deleteStage", needed).await,
        bad_input("id")
    );

    let copy = "mutation($id: ID!) { duplicateWorkflow(id: $id) { stages { forEach } } }";
    let copy = server.data(&user, copy, id).await;
    assert_eq!(copy["duplicateWorkflow"]["stages"][1]["forEach"], each);

    let create = "mutation($input: CreateSnapshotInput!) { createSnapshot(input: $input) { id } }";
    let input = json!({ "input": { "workflowId": workflow, "name": "kept" } });
    let snapshot = server.data(&user, create, input).await["createSnapshot"]["id"].take();
    let change = json!({ "id": saved[1]["id"], "forEach": { "in": "inputs.list" } });
    let changed = server
        .mutate(&user, "updateStage", change, "{ stages { forEach } }")
        .await;
    assert_eq!(
        changed["stages"][1]["forEach"],
        json!({ "in": "inputs.list" })
    );
    let removed = json!({ "id": saved[1]["id"], "forEach": null });
    let removed = server
        .mutate(&user, "updateStage", removed, "{ stages { forEach } }")
        .await;
    assert_eq!(removed["stages"][1]["forEach"], Value::Null);
    let restore = json!({ "snapshotId": snapshot, "intoWorkflowId": workflow });
    let restored = server
        .mutate(&user, "restoreSnapshot", restore, "{ stages { forEach } }")
        .await;
    assert_eq!(restored["stages"][1]["forEach"], each);
    server.stop().await;
}
