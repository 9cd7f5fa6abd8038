//! Snapshots over the API: made, renamed and deleted, their limit, and restoring them.

use serde_json::{Value, json};

use crate::support::server::{Server, bad_input, text};

const CREATE: &str =
    "mutation($input: CreateSnapshotInput!) { createSnapshot(input: $input) { id } }";

#[tokio::test]
async fn the_limit_holds_however_many_are_made_at_once() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let limit = "mutation { updateProfile(input: { maxSnapshots: 3 }) { maxSnapshots } }";
    server.data(&user, limit, json!({})).await;
    let input = json!({ "input": { "workflowId": workflow, "name": "kept" } });
    let creates = (0..10).map(|_| server.answer(Some(&user), CREATE, input.clone()));
    let answers = futures_util::future::join_all(creates).await;
    let refused: Vec<&Value> = answers
        .iter()
        .filter_map(|answer| answer.get("errors"))
        .collect();
    assert_eq!(refused.len(), 7);
    assert_eq!(refused[0][0]["extensions"]["code"], "LIMIT_EXCEEDED");
    server.stop().await;
}

#[tokio::test]
async fn a_snapshot_is_restored_into_a_new_workflow_and_in_place() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}, {}])).await;
    let input = json!({ "input": { "workflowId": workflow, "name": "kept" } });
    let data = server.data(&user, CREATE, input).await;
    let snapshot = text(&data["createSnapshot"]["id"]);
    let clear = "mutation($id: ID!) { updateWorkflowStages(input: { workflowId: $id, stages: [] }) { version } }";
    server.data(&user, clear, json!({ "id": workflow })).await;

    let restore = "mutation($input: RestoreSnapshotInput!) { restoreSnapshot(input: $input) {
        id version stages { stageOrder promptTemplate model { name } } snapshots { nodes { type } } } }";
    let input = json!({ "input": { "snapshotId": snapshot } });
    let fresh = server.data(&user, restore, input).await;
    assert_ne!(fresh["restoreSnapshot"]["id"], json!(workflow));
    assert_eq!(
        fresh["restoreSnapshot"]["stages"][1]["model"]["name"],
        "Scripted"
    );

    let input = json!({ "input": { "snapshotId": snapshot, "intoWorkflowId": workflow } });
    let restored = server.data(&user, restore, input).await;
    let restored = &restored["restoreSnapshot"];
    assert_eq!(restored["id"], json!(workflow));
    assert_eq!(restored["version"], 3);
    assert_eq!(restored["stages"].as_array().unwrap().len(), 2);
    let types = [
        json!({ "type": "automatic" }),
        json!({ "type": "workflow" }),
    ];
    assert_eq!(restored["snapshots"]["nodes"], json!(types));
    server.stop().await;
}

#[tokio::test]
async fn a_snapshot_is_renamed_and_deleted_and_its_data_never_changes() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let fields = "{ id name description type sourceWorkflow { id } snapshotData createdAt }";
    let input = json!({ "workflowId": workflow, "name": "Kept", "description": "before" });
    let mut expected = server.mutate(&user, "createSnapshot", input, fields).await;
    assert_eq!(expected["type"], "workflow");
    assert_eq!(expected["sourceWorkflow"]["id"], json!(workflow));
    let stage = &expected["snapshotData"]["stages"][0];
    assert_eq!(stage["modelId"], json!(model));
    assert_eq!(stage["modelIdentifierForFlowise"], "scripted");
    let rename = json!({ "id": workflow, "name": "Changed since" });
    server
        .mutate(&user, "updateWorkflow", rename, "{ id }")
        .await;

    for (changes, changed) in [
        (json!({}), json!({})),
        (json!({ "name": "New" }), json!({ "name": "New" })),
        (
            json!({ "description": null }),
            json!({ "description": null }),
        ),
    ] {
        let mut input = changes.clone();
        input["id"] = expected["id"].clone();
        for (field, value) in changed.as_object().unwrap() {
            expected[field] = value.clone();
        }
        let updated = server.mutate(&user, "updateSnapshot", input, fields).await;
        assert_eq!(updated, expected, "{changes}");
    }
    let input = json!({ "id": expected["id"], "name": null });
    let refusal = server.refused(&user, "updateSnapshot", input).await;
    assert_eq!(refusal, bad_input("name"));
    let query = format!("query($id: ID!) {{ snapshot(id: $id) {fields} }}");
    let id = json!({ "id": expected["id"] });
    let data = server.data(&user, &query, id.clone()).await;
    assert_eq!(data["snapshot"], expected);
    let delete = "mutation($id: ID!) { deleteSnapshot(id: $id) }";
    server.data(&user, delete, id.clone()).await;
    let data = server.data(&user, &query, id).await;
    assert_eq!(data["snapshot"], Value::Null);
    server.stop().await;
}
