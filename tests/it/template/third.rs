//! The third format of definitions beside a replica that knows the first two alone: nothing is pinned, saved or kept
//! that it would misread. And what was pinned in the second keeps its meaning.

use serde_json::{Value, json};

use super::before::{count, execute};
use super::beside::{beat, none_is_begun, refusal};
use super::{START, ended, run};
use crate::support::provider::Reply;
use crate::support::server::{Server, User, text};

/// A replica that lives, and knows two formats.
const SECOND: &str = "insert into worker_sessions
    (id, expires_at, draining, makes_contexts, template_syntax)
    values (gen_random_uuid(), 9000000000000, false, true, 2)";

/// Stages that it would misread.
fn unread() -> Vec<Value> {
    let mapped = |source: Value| json!({ "inputVariableMapping": { "word": source } });
    vec![
        json!({ "messages": [{ "role": "user", "content": "hi" }] }),
        json!({ "retryPromptTemplate": "again" }),
        json!({ "routes": { "by": "inputs.word", "to": { "hello": 0 } } }),
        json!({ "forEach": { "in": "inputs.list" } }),
        mapped(json!(["inputs.word"])),
        mapped(json!({ "from": "inputs.word", "default": "" })),
        mapped(json!({ "latest": ["stage_1.raw"], "default": "" })),
        json!({ "inputVariableMapping": { "unused": { "from": "stage_1.notes", "default": "" } } }),
    ]
}

async fn second_comes(server: &Server) {
    execute(server, SECOND).await;
    beat(server).await;
}

async fn second_goes(server: &Server) {
    execute(
        server,
        "delete from worker_sessions where template_syntax = 2",
    )
    .await;
    beat(server).await;
}

async fn shared() -> Option<(Server, User, String)> {
    let server = Server::start().await;
    if server.deps.store.is_embedded() {
        eprintln!("left out: an SQLite file has one process");
        server.stop().await;
        return None;
    }
    server.provider.otherwise(|_| Reply::text("done"));
    let (user, model) = (server.user(), server.model().await);
    Some((server, user, model))
}

#[tokio::test]
async fn a_run_is_pinned_as_that_one_reads_it_or_not_made() {
    let Some((server, user, model)) = shared().await else {
        return;
    };
    let plain =
        json!({ "promptTemplate": "{{word}} {{inputs.nothing}}", "systemTemplate": "be brief" });
    let plain = server.workflow(&user, &model, json!([plain])).await;
    let mut others = Vec::new();
    for stage in unread() {
        others.push(server.workflow(&user, &model, json!([stage])).await);
    }
    let answering = server.workflow(&user, &model, json!([{}])).await;
    let input = json!({ "id": answering, "outputMapping": { "it": "stage_1.raw" } });
    server
        .mutate(&user, "updateWorkflow", input, "{ id }")
        .await;
    others.push(answering);
    let inputs = json!({ "word": "hello", "nothing": null, "list": ["a"] });
    let of = |workflow: &str| json!({ "input": { "workflowId": workflow, "inputs": inputs } });
    let (code, message) = refusal(&server, &user, START, of(&plain)).await;
    assert_eq!(code, "BAD_USER_INPUT", "{message}");
    let first = server.data(&user, START, of(&others[0])).await;
    let first = text(&first["startExecution"]["id"]);
    ended(&server, &user, &first).await;

    second_comes(&server).await;
    // Null is a value for that one.
    let pinned = run(&server, &user, &plain, inputs.clone()).await;
    assert_eq!(pinned["status"], "COMPLETED", "{pinned}");
    assert_eq!(pinned["definition"]["templateSyntax"], 2);
    assert_eq!(pinned["logs"]["nodes"][0]["promptSent"], "hello null");
    none_is_begun(&server, &user, (&others, &inputs), &first).await;

    second_goes(&server).await;
    for workflow in &others {
        let run = run(&server, &user, workflow, inputs.clone()).await;
        assert_eq!(run["status"], "COMPLETED", "{run}");
        assert_eq!(run["definition"]["templateSyntax"], 3);
    }
    let (code, _) = refusal(&server, &user, START, of(&plain)).await;
    assert_eq!(code, "BAD_USER_INPUT");
    server.stop().await;
}

#[tokio::test]
async fn nothing_is_saved_that_that_one_would_misread() {
    let Some((server, user, model)) = shared().await else {
        return;
    };
    let marked = server
        .workflow(&user, &model, json!([unread()[0].clone()]))
        .await;
    let answering = server.workflow(&user, &model, json!([{}])).await;
    let output =
        |workflow: &str| json!({ "id": workflow, "outputMapping": { "it": "stage_1.raw" } });
    server
        .mutate(&user, "updateWorkflow", output(&answering), "{ id }")
        .await;
    let mut kept = Vec::new();
    for workflow in [&marked, &answering] {
        let snapshot = json!({ "workflowId": workflow, "name": "kept" });
        let made = server.mutate(&user, "createSnapshot", snapshot, "{ id }");
        kept.push(made.await["id"].clone());
    }
    let plain = server.workflow(&user, &model, json!([{}])).await;

    second_comes(&server).await;
    let query = "query($id: ID!) { workflow(id: $id) { stages { id } } }";
    let data = server.data(&user, query, json!({ "id": plain })).await;
    let id = data["workflow"]["stages"][0]["id"].clone();
    for mut stage in unread() {
        stage["id"] = id.clone();
        let refused = server.refused(&user, "updateStage", stage.clone()).await;
        assert_eq!(refused.0, "CONFLICT", "{stage}");
        stage["stageOrder"] = json!(1);
        let input = json!({ "workflowId": plain, "stages": [stage] });
        let refused = server.refused(&user, "updateWorkflowStages", input).await;
        assert_eq!(refused.0, "CONFLICT", "{stage}");
    }
    let stage = json!({ "stageOrder": 1 });
    let mapping = json!({ "it": "stage_1.raw" });
    let mut refused = vec![
        ("updateWorkflow", output(&plain)),
        (
            "updateWorkflowStages",
            json!({ "workflowId": plain, "stages": [stage], "outputMapping": mapping }),
        ),
        (
            "createWorkflow",
            json!({ "name": "New", "stages": [stage], "outputMapping": mapping }),
        ),
    ];
    for (snapshot, workflow) in kept.iter().zip([&marked, &answering]) {
        refused.extend([
            ("restoreSnapshot", json!({ "snapshotId": snapshot })),
            (
                "createSnapshot",
                json!({ "workflowId": workflow, "name": "again" }),
            ),
        ]);
    }
    for (name, input) in refused {
        let refusal = server.refused(&user, name, input.clone()).await;
        assert_eq!(refusal.0, "CONFLICT", "{name} {input}");
    }
    let duplicate = "mutation($id: ID!) { duplicateWorkflow(id: $id) { id } }";
    for workflow in [&marked, &answering] {
        let (code, _) = refusal(&server, &user, duplicate, json!({ "id": workflow })).await;
        assert_eq!(code, "CONFLICT");
    }
    // What was not changed is not refused.
    for workflow in [&marked, &answering] {
        let data = server.data(&user, query, json!({ "id": workflow })).await;
        let named = json!({ "id": data["workflow"]["stages"][0]["id"], "name": "Said" });
        server.mutate(&user, "updateStage", named, "{ id }").await;
        let named = json!({ "id": workflow, "name": "Said" });
        server
            .mutate(&user, "updateWorkflow", named, "{ id }")
            .await;
    }
    let input = json!({ "workflowId": plain, "name": "plain" });
    let kept = server
        .mutate(&user, "createSnapshot", input, "{ snapshotData }")
        .await;
    assert_eq!(kept["snapshotData"]["templateSyntax"], 2);

    second_goes(&server).await;
    server
        .mutate(&user, "updateWorkflow", output(&plain), "{ id }")
        .await;
    server.stop().await;
}

#[tokio::test]
async fn a_run_that_was_pinned_in_the_second_format_keeps_its_meaning() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let model = server.model().await;
    let stages = json!([
        { "promptTemplate": "{{word}}|{{nothing}}|{{inputs.nothing}}|{{it}}",
          "inputVariableMapping": { "it": "inputs.nothing" }, "nextStageOnPass": 0 },
        // It is never reached.
        { "inputVariableMapping": { "unused": "inputs.nobody" } },
    ]);
    let id = server.workflow(&user, &model, stages).await;
    let inputs = json!({ "word": "a", "nothing": "b", "nobody": "c" });
    let first = run(&server, &user, &id, inputs).await;
    let mut definition = first["definition"].clone();
    assert_eq!(definition["templateSyntax"], 3);
    definition["templateSyntax"] = json!(2);
    let pinned = format!("update workflow_revisions set definition = '{definition}'");
    execute(&server, &pinned).await;
    assert_eq!(count(&server, "workflow_revisions").await, 1);
    let query = "{ executions { nodes { id } } }";
    let data = server.data(&user, query, json!({})).await;
    let input = json!({ "executionId": data["executions"]["nodes"][0]["id"],
        "inputs": { "word": "a", "nothing": null } });
    let again = server
        .mutate(&user, "rerunExecution", input, "{ id }")
        .await;
    let again = ended(&server, &user, &text(&again["id"])).await;
    assert_eq!(again["status"], "COMPLETED", "{again}");
    assert_eq!(again["logs"]["nodes"][0]["promptSent"], "a|null|null|null");
    server.stop().await;
}
