//! Workflows over the API: made, read, changed, copied and deleted.

use serde_json::{Value, json};

use crate::support::provider::Reply;
use crate::support::server::{Server, User, bad_input, text};

const WORKFLOW: &str = "{ id name description metadata version
    stages { id stageOrder name promptTemplate model { id } validationType retryLimit nextStageOnPass } }";

async fn read(server: &Server, user: &User, id: &str) -> Value {
    let query = format!("query($id: ID!) {{ workflow(id: $id) {WORKFLOW} }}");
    let mut data = server.data(user, &query, json!({ "id": id })).await;
    data["workflow"].take()
}

#[tokio::test]
async fn a_workflow_is_made_read_and_deleted() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let input = json!({
        "name": " Digest ",
        "description": "What happened",
        "metadata": { "team": "news", "n": [1, 2.5, null] },
        "stages": [
            { "stageOrder": 2, "promptTemplate": "b", "modelId": model, "validationType": "MANUAL" },
            { "stageOrder": 1, "name": "First", "retryLimit": 3, "nextStageOnPass": 2 },
        ],
    });
    let made = server
        .mutate(&user, "createWorkflow", input, WORKFLOW)
        .await;
    assert_eq!(made["name"], "Digest");
    assert_eq!(made["description"], "What happened");
    assert_eq!(
        made["metadata"],
        json!({ "team": "news", "n": [1, 2.5, null] })
    );
    assert_eq!(made["version"], 1);
    let (first, second) = (&made["stages"][0], &made["stages"][1]);
    assert_eq!(
        [
            &first["name"],
            &first["retryLimit"],
            &first["nextStageOnPass"]
        ],
        [&json!("First"), &json!(3), &json!(2)]
    );
    assert_eq!(
        [&second["model"]["id"], &second["validationType"]],
        [&json!(model), &json!("MANUAL")]
    );
    let id = text(&made["id"]);
    assert_eq!(read(&server, &user, &id).await, made);

    let delete = "mutation($id: ID!) { deleteWorkflow(id: $id) }";
    let deleted = server.data(&user, delete, json!({ "id": id })).await;
    assert_eq!(deleted["deleteWorkflow"], json!(id));
    assert_eq!(read(&server, &user, &id).await, Value::Null);
    let refusal = server
        .refusal(Some(&user), delete, json!({ "id": id }))
        .await;
    assert_eq!(refusal.0, "NOT_FOUND");
    server.stop().await;
}

#[tokio::test]
async fn an_update_keeps_what_is_left_out_and_null_clears() {
    let server = Server::start().await;
    let user = server.user();
    let input = json!({ "name": "Digest", "description": "d", "metadata": { "a": 1 } });
    let mut expected = server
        .mutate(&user, "createWorkflow", input, WORKFLOW)
        .await;
    for (changes, changed) in [
        (json!({}), json!({ "version": 2 })),
        (
            json!({ "name": "New" }),
            json!({ "version": 3, "name": "New" }),
        ),
        (
            json!({ "description": null }),
            json!({ "version": 4, "description": null }),
        ),
        (
            json!({ "metadata": null }),
            json!({ "version": 5, "metadata": {} }),
        ),
        (
            json!({ "metadata": { "b": 2 } }),
            json!({ "version": 6, "metadata": { "b": 2 } }),
        ),
    ] {
        let mut input = changes.clone();
        input["id"] = expected["id"].clone();
        for (field, value) in changed.as_object().unwrap() {
            expected[field] = value.clone();
        }
        let updated = server
            .mutate(&user, "updateWorkflow", input, WORKFLOW)
            .await;
        assert_eq!(updated, expected, "{changes}");
    }
    for (changes, field) in [
        (json!({ "name": null }), "name"),
        (json!({ "name": "\t" }), "name"),
        (json!({ "metadata": ["a"] }), "metadata"),
    ] {
        let mut input = changes;
        input["id"] = expected["id"].clone();
        assert_eq!(
            server.refused(&user, "updateWorkflow", input).await,
            bad_input(field)
        );
    }
    assert_eq!(read(&server, &user, &text(&expected["id"])).await, expected);
    server.stop().await;
}

#[tokio::test]
async fn every_change_raises_the_version_by_one_and_none_is_made_to_another_version() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let id = server.workflow(&user, &model, json!([{}, {}])).await;
    let before = read(&server, &user, &id).await;
    let (first, second) = (&before["stages"][0]["id"], &before["stages"][1]["id"]);
    let kept = json!([{ "id": first, "stageOrder": 1 }, { "id": second, "stageOrder": 2 }]);
    let changes = [
        ("updateWorkflow", json!({ "id": id, "name": "Changed" })),
        (
            "updateWorkflowStages",
            json!({ "workflowId": id, "stages": kept }),
        ),
        (
            "reorderStages",
            json!({ "workflowId": id, "stageIds": [second, first] }),
        ),
        (
            "addStage",
            json!({ "workflowId": id, "stage": { "stageOrder": 3 } }),
        ),
        ("updateStage", json!({ "id": first, "name": "Changed" })),
        ("deleteStage", json!({ "id": second })),
    ];
    for (version, (name, input)) in (1..).zip(changes) {
        let before = read(&server, &user, &id).await;
        assert_eq!(before["version"], version);
        for other in [0, version - 1, version + 1] {
            let mut input = input.clone();
            input["expectedVersion"] = json!(other);
            let refusal = server.refused(&user, name, input).await;
            assert_eq!(refusal, ("CONFLICT".to_owned(), None), "{name}");
        }
        assert_eq!(read(&server, &user, &id).await, before, "{name}");
        let mut input = input;
        input["expectedVersion"] = json!(version);
        let after = server.mutate(&user, name, input, "{ version }").await;
        assert_eq!(after["version"], version + 1, "{name}");
    }
    server.stop().await;
}

#[tokio::test]
async fn of_many_changes_to_one_version_one_is_made() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let id = server.workflow(&user, &model, json!([{}])).await;
    let query = "mutation($input: UpdateWorkflowInput!) { updateWorkflow(input: $input) { name } }";
    let changes = (0..8).map(|number| {
        let input = json!({ "id": id, "expectedVersion": 1, "name": format!("Name {number}") });
        server.answer(Some(&user), query, json!({ "input": input }))
    });
    let answers = futures_util::future::join_all(changes).await;
    let made: Vec<&Value> = answers
        .iter()
        .filter(|answer| answer.get("errors").is_none())
        .collect();
    assert_eq!(made.len(), 1, "{answers:?}");
    let now = read(&server, &user, &id).await;
    assert_eq!(now["version"], 2);
    assert_eq!(now["name"], made[0]["data"]["updateWorkflow"]["name"]);
    let conflicts = answers
        .iter()
        .filter(|answer| answer["errors"][0]["extensions"]["code"] == "CONFLICT");
    assert_eq!(conflicts.count(), 7);
    server.stop().await;
}

#[tokio::test]
async fn a_copy_has_the_same_stages_under_ids_of_its_own() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let id = server
        .workflow(
            &user,
            &model,
            json!([{ "nextStageOnPass": 3 }, {}, { "retryLimit": 2 }]),
        )
        .await;
    let input = json!({ "id": id, "name": "Original", "metadata": { "a": 1 } });
    let original = server
        .mutate(&user, "updateWorkflow", input, WORKFLOW)
        .await;
    let query = format!(
        "mutation($id: ID!, $name: String) {{ duplicateWorkflow(id: $id, name: $name) {WORKFLOW} }}"
    );
    for (name, expected) in [(Value::Null, "Original (copy)"), (json!("Mine"), "Mine")] {
        let mut data = server
            .data(&user, &query, json!({ "id": id, "name": name }))
            .await;
        let mut copy = data["duplicateWorkflow"].take();
        assert_eq!(read(&server, &user, &text(&copy["id"])).await, copy);
        assert_eq!(copy["name"], expected);
        assert_eq!(copy["version"], 1);
        for field in ["id", "name", "version"] {
            assert_ne!(copy[field], original[field]);
            copy[field] = original[field].clone();
        }
        for index in 0..3 {
            assert_ne!(copy["stages"][index]["id"], original["stages"][index]["id"]);
            copy["stages"][index]["id"] = original["stages"][index]["id"].clone();
        }
        assert_eq!(copy, original);
    }
    let refusal = server
        .refusal(Some(&user), &query, json!({ "id": id, "name": "" }))
        .await;
    assert_eq!(refusal, bad_input("name"));
    assert_eq!(read(&server, &user, &id).await, original);
    server.stop().await;
}

#[tokio::test]
async fn deleting_a_workflow_cancels_its_run_and_keeps_runs_and_snapshots_readable() {
    let server = Server::start().await;
    server.provider.reply(Reply::hang());
    let user = server.user();
    let model = server.model().await;
    let id = server.workflow(&user, &model, json!([{}])).await;
    let kept = json!({ "workflowId": id, "name": "Kept" });
    let snapshot = server.mutate(&user, "createSnapshot", kept, "{ id }").await;
    let run = server.run(&user, &id).await;
    server.provider.wait_for_requests(1).await;
    let delete = "mutation($id: ID!) { deleteWorkflow(id: $id) }";
    server.data(&user, delete, json!({ "id": id })).await;
    server.provider.wait_for_dropped(1).await;

    let query = "query($run: ID!, $snapshot: ID!) {
        execution(id: $run) { status statusReason workflow { id } workflowVersion definition
            logs { nodes { status stageOrder promptSent stage { id } } } }
        snapshot(id: $snapshot) { sourceWorkflow { id } snapshotData }
    }";
    let data = server
        .data(
            &user,
            query,
            json!({ "run": run, "snapshot": snapshot["id"] }),
        )
        .await;
    let (left, kept) = (&data["execution"], &data["snapshot"]);
    assert_eq!(
        [&left["status"], &left["statusReason"]],
        ["CANCELLED", "CANCELLED"]
    );
    assert_eq!(
        [&left["workflow"], &left["workflowVersion"]],
        [&Value::Null, &json!(1)]
    );
    assert_eq!(
        left["definition"]["stages"][0]["promptTemplate"],
        "say {{word}}"
    );
    let log =
        json!({ "status": "CANCELLED", "stageOrder": 1, "promptSent": "say hello", "stage": null });
    assert_eq!(left["logs"]["nodes"], json!([log]));
    assert_eq!(kept["sourceWorkflow"], Value::Null);
    assert_eq!(kept["snapshotData"]["workflow"]["id"], json!(id));

    let restore = json!({ "snapshotId": snapshot["id"] });
    let restored = server
        .mutate(
            &user,
            "restoreSnapshot",
            restore,
            "{ name stages { model { id } } }",
        )
        .await;
    assert_eq!(
        restored,
        json!({ "name": "Under test", "stages": [{ "model": { "id": model } }] })
    );
    let latest = json!({ "executionId": run, "useLatestVersion": true });
    assert_eq!(
        server.refused(&user, "rerunExecution", latest).await.0,
        "NOT_FOUND"
    );
    server.provider.reply(Reply::text("again"));
    let again = server
        .mutate(
            &user,
            "rerunExecution",
            json!({ "executionId": run }),
            "{ workflow { id } workflowVersion }",
        )
        .await;
    assert_eq!(again, json!({ "workflow": null, "workflowVersion": 1 }));
    server.stop().await;
}
