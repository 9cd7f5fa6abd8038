//! A deleted workflow is gone at once. Its runs let go of it by and by, and do nothing more until then.

use footlight::domain::status::ExecutionStatus;
use footlight::store::deletion;
use serde_json::{Value, json};

use super::{any_run, attached_runs, fill, mark_deleted, revisions, workflows};
use crate::support::process::eventually;
use crate::support::provider::Reply;
use crate::support::server::{Server, User, text};

const DELETE: &str = "mutation($id: ID!) { deleteWorkflow(id: $id) }";

/// The keeper comes, and has done its work when this returns.
async fn keeper(server: &Server) {
    server.deps.hub.call_keeper();
    cleared(server).await;
}

async fn cleared(server: &Server) {
    eventually("the end of the deletion", || async {
        let left = deletion::deleted(server.deps.store.reader()).await;
        left.unwrap().is_empty().then_some(())
    })
    .await;
}

async fn status(server: &Server, user: &User, run: &str) -> Value {
    let query = "query($id: ID!) { execution(id: $id) { status } }";
    let mut data = server.data(user, query, json!({ "id": run })).await;
    data["execution"]["status"].take()
}

#[tokio::test]
async fn a_deleted_workflow_is_gone_at_once_wherever_it_could_be_met() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let model = server.model().await;
    let id = server.workflow(&user, &model, json!([{}])).await;
    let read = "query($id: ID!) { workflow(id: $id) { stages { id } } }";
    let stages = server.data(&user, read, json!({ "id": id })).await;
    let stage = text(&stages["workflow"]["stages"][0]["id"]);
    let kept = json!({ "workflowId": id, "name": "Kept" });
    let kept = server.mutate(&user, "createSnapshot", kept, "{ id }").await;
    let run = server.run(&user, &id).await;
    server.until(&user, &run, "COMPLETED").await;
    mark_deleted(&server, &user, &id).await;

    let query = "query($id: ID!, $stage: ID!, $run: ID!, $snapshot: ID!) {
        workflow(id: $id) { id } stage(id: $stage) { id }
        workflows { nodes { id } } found: workflows(search: \"under\") { nodes { id } }
        executions(workflowId: $id) { nodes { id } } snapshots(workflowId: $id) { nodes { id } }
        execution(id: $run) { status workflow { id } workflowVersion logs { nodes { stage { id } } } }
        snapshot(id: $snapshot) { name sourceWorkflow { id } }
    }";
    let variables = json!({ "id": id, "stage": stage, "run": run, "snapshot": kept["id"] });
    let none = json!({ "nodes": [] });
    assert_eq!(
        server.data(&user, query, variables).await,
        json!({
            "workflow": null, "stage": null, "workflows": none, "found": none,
            "executions": none, "snapshots": none,
            "execution": { "status": "COMPLETED", "workflow": null, "workflowVersion": 1,
                "logs": { "nodes": [{ "stage": null }] } },
            "snapshot": { "name": "Kept", "sourceWorkflow": null },
        })
    );
    refuses_everything(&server, &user, [&id, &stage, &text(&kept["id"]), &run]).await;

    let again = json!({ "executionId": run });
    let again = server.mutate(&user, "rerunExecution", again, "{ id workflow { id } }");
    let again = again.await;
    assert_eq!(again["workflow"], Value::Null);
    server.until(&user, &text(&again["id"]), "COMPLETED").await;

    keeper(&server).await;
    assert_eq!(workflows(&server.deps.store).await, 0);
    assert_eq!(status(&server, &user, &run).await, "COMPLETED");
    server.stop().await;
}

/// Whatever names the workflow or its stage answers as for a random id.
async fn refuses_everything(
    server: &Server,
    user: &User,
    [id, stage, snapshot, run]: [&String; 4],
) {
    for (name, input) in [
        ("updateWorkflow", json!({ "id": id, "name": "New" })),
        (
            "updateWorkflowStages",
            json!({ "workflowId": id, "stages": [] }),
        ),
        (
            "addStage",
            json!({ "workflowId": id, "stage": { "stageOrder": 2 } }),
        ),
        ("updateStage", json!({ "id": stage, "name": "New" })),
        ("deleteStage", json!({ "id": stage })),
        (
            "createSnapshot",
            json!({ "workflowId": id, "name": "Late" }),
        ),
        (
            "restoreSnapshot",
            json!({ "snapshotId": snapshot, "intoWorkflowId": id }),
        ),
        ("startExecution", json!({ "workflowId": id })),
        (
            "rerunExecution",
            json!({ "executionId": run, "useLatestVersion": true }),
        ),
    ] {
        let refusal = server.refused(user, name, input).await;
        assert_eq!(refusal.0, "NOT_FOUND", "{name}");
    }
    for query in [
        DELETE,
        "mutation($id: ID!) { duplicateWorkflow(id: $id) { id } }",
    ] {
        let refusal = server.refusal(Some(user), query, json!({ "id": id })).await;
        assert_eq!(refusal.0, "NOT_FOUND", "{query}");
    }
    let statuses = "subscription($id: ID) { executionStatusChanged(workflowId: $id) { seq } }";
    let mut socket = server.socket(user).await;
    socket.subscribe(statuses, json!({ "id": id })).await;
    let told = socket.next().await.unwrap();
    assert_eq!(told["errors"][0]["extensions"]["code"], "NOT_FOUND");
}

#[tokio::test]
async fn no_stage_of_a_deleted_workflow_begins_and_no_decision_is_taken() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let plain = server.workflow(&user, &model, json!([{}, {}])).await;
    let manual = json!([{ "validationType": "MANUAL" }, {}]);
    let manual = server.workflow(&user, &model, manual).await;

    server.provider.reply(Reply::gated("paused"));
    let paused = server.run(&user, &plain).await;
    server.provider.wait_for_requests(1).await;
    let pause = "mutation($id: ID!) { pauseExecution(id: $id) { id } }";
    server.data(&user, pause, json!({ "id": paused })).await;
    server.provider.release();
    server.until(&user, &paused, "PAUSED").await;
    server.provider.reply(Reply::text("draft"));
    let awaiting = server.run(&user, &manual).await;
    server.until(&user, &awaiting, "PAUSED").await;
    server.provider.reply(Reply::gated("under way"));
    let running = server.run(&user, &plain).await;
    server.provider.wait_for_requests(3).await;
    let pending = "{ pendingValidations { nodes { id } } }";
    let log = server.data(&user, pending, json!({})).await;
    let log = text(&log["pendingValidations"]["nodes"][0]["id"]);
    mark_deleted(&server, &user, &plain).await;
    mark_deleted(&server, &user, &manual).await;

    let resume = "mutation($id: ID!) { resumeExecution(id: $id) { id } }";
    let refusal = server.refusal(Some(&user), resume, json!({ "id": paused }));
    assert_eq!(refusal.await.0, "CONFLICT");
    let pass = json!({ "logId": log, "result": "PASS" });
    let refusal = server.refused(&user, "recordManualValidation", pass).await;
    assert_eq!(refusal.0, "CONFLICT");
    server.provider.release();
    eventually("the worker's end", || async {
        let driven = server.deps.slots.driven();
        driven.is_empty().then_some(())
    })
    .await;
    assert_ne!(status(&server, &user, &running).await, "COMPLETED");
    assert_eq!(server.provider.requests().len(), 3);

    keeper(&server).await;
    for run in [&paused, &awaiting, &running] {
        assert_eq!(status(&server, &user, run).await, "CANCELLED");
    }
    assert_eq!(attached_runs(&server.deps.store).await, 0);
    assert_eq!(server.provider.requests().len(), 3);
    server.stop().await;
}

#[tokio::test]
async fn a_run_of_a_deleted_workflow_is_not_claimed_and_holds_nobody_up() {
    let clock = footlight::clock::Clock::system();
    let server = Server::start_with(clock, |config| config.engine.max_running_per_user = 1).await;
    let user = server.user();
    let model = server.model().await;
    let kept = server.workflow(&user, &model, json!([{}])).await;
    let deleted = server.workflow(&user, &model, json!([{}])).await;
    server.provider.reply(Reply::gated("first"));
    let first = server.run(&user, &kept).await;
    server.provider.wait_for_requests(1).await;
    let doomed = server.run(&user, &deleted).await;
    let last = server.run(&user, &kept).await;
    assert_eq!(status(&server, &user, &doomed).await, "PENDING");
    mark_deleted(&server, &user, &deleted).await;

    server.provider.reply(Reply::text("last"));
    server.provider.release();
    server.until(&user, &first, "COMPLETED").await;
    server.until(&user, &last, "COMPLETED").await;
    assert_eq!(status(&server, &user, &doomed).await, "CANCELLED");
    assert_eq!(server.provider.requests().len(), 2);
    server.stop().await;
}

#[tokio::test]
async fn a_large_workflow_is_deleted_in_batches_and_each_active_run_is_cancelled_by_its_events() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let model = server.model().await;
    let id = server.workflow(&user, &model, json!([{}])).await;
    let run = server.run(&user, &id).await;
    server.until(&user, &run, "COMPLETED").await;
    let store = &server.deps.store;
    let pattern = any_run(store).await;
    let now = server.clock.now();
    fill(store, &pattern, (300, ExecutionStatus::Failed), now).await;
    let paused = fill(store, &pattern, (50, ExecutionStatus::Paused), now).await;

    server.data(&user, DELETE, json!({ "id": id })).await;
    cleared(&server).await;
    assert_eq!(workflows(store).await, 0);
    assert_eq!(attached_runs(store).await, 0);
    assert_eq!(revisions(store).await, 1, "runs stay readable");
    let query = "query($id: ID!) { execution(id: $id) { status completedAt workflow { id }
        events { ... on ExecutionStatusChanged { status previousStatus reason } } } }";
    for run in paused {
        let data = server.data(&user, query, json!({ "id": run })).await;
        let run = &data["execution"];
        assert_eq!(run["status"], "CANCELLED");
        assert!(run["completedAt"].is_string());
        let last = run["events"].as_array().unwrap().last().unwrap();
        let event =
            json!({ "status": "CANCELLED", "previousStatus": "PAUSED", "reason": "CANCELLED" });
        assert_eq!(*last, event);
    }
    server.stop().await;
}
