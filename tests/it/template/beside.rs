//! Beside a replica of the version before, which reads templates in the first syntax alone, knows no system messages,
//! and writes rows without a mark: whatever both may read means the same to both. An SQLite file has one process.

use std::collections::HashMap;

use footlight::service::drive::session;
use footlight::service::keep::Keeper;
use serde_json::{Value, json};
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use super::before::{CHANGES, OLDER, Scene, count, execute};
use super::{asked, ended, run};
use crate::support::process::{Cluster, eventually};
use crate::support::provider::Reply;
use crate::support::server::{Server, User, text};

const START: &str =
    "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";

/// Stages that the older one would misread.
fn unread() -> Vec<Value> {
    let judged = |prompt: &str| {
        json!({ "validationType": "LLM",
        "validationCriteria": { "prompt": prompt } })
    };
    vec![
        json!({ "promptTemplate": "{{inputs.word}}" }),
        json!({ "promptTemplate": "{{ชื่อ}} {{word}}" }),
        json!({ "promptTemplate": r"\{{word}}" }),
        json!({ "systemTemplate": "be brief" }),
        json!({ "key": "draft" }),
        json!({ "messages": [{ "role": "user", "content": "hi" }] }),
        json!({ "retryPromptTemplate": "again" }),
        json!({ "routes": { "by": "inputs.word", "to": { "hello": 0 } } }),
        json!({ "forEach": { "in": "inputs.list" } }),
        json!({ "outputVariables": { "tags": { "type": "array" } } }),
        judged("{{output}} {{inputs.word}}"),
    ]
}

async fn server() -> Option<(Server, User, String)> {
    let server = Server::start().await;
    if server.deps.store.is_embedded() {
        eprintln!("left out: an SQLite file has one process");
        server.stop().await;
        return None;
    }
    server
        .provider
        .otherwise(|_| Reply::text("{\"pass\": true, \"tags\": []}"));
    let (user, model) = (server.user(), server.model().await);
    Some((server, user, model))
}

/// What a beat of the session does.
pub async fn beat(server: &Server) {
    let mut unattended = HashMap::new();
    session::beat(&server.deps, &mut unattended).await.unwrap();
}

async fn older_comes(server: &Server) {
    execute(server, OLDER).await;
    beat(server).await;
}

async fn older_goes(server: &Server) {
    let gone = "delete from worker_sessions where template_syntax = 1";
    execute(server, gone).await;
    beat(server).await;
}

/// The code and the message of a refusal.
pub async fn refusal(
    server: &Server,
    user: &User,
    query: &str,
    variables: Value,
) -> (String, String) {
    let answer = server.answer(Some(user), query, variables).await;
    let error = &answer["errors"][0];
    (text(&error["extensions"]["code"]), text(&error["message"]))
}

/// None of these workflows is started, nor the run repeated, beside a replica that would misread them.
pub async fn none_is_begun(
    server: &Server,
    user: &User,
    (workflows, inputs): (&[String], &Value),
    run: &str,
) {
    let again = "mutation($input: RerunExecutionInput!) { rerunExecution(input: $input) { id } }";
    let of = |workflow: &String| json!({ "input": { "workflowId": workflow, "inputs": inputs } });
    let of_run =
        |latest: bool| json!({ "input": { "executionId": run, "useLatestVersion": latest } });
    let starts = workflows.iter().map(|workflow| (START, of(workflow)));
    let reruns = [false, true].map(|latest| (again, of_run(latest)));
    for (query, variables) in starts.chain(reruns) {
        let (code, message) = refusal(server, user, query, variables).await;
        assert_eq!(code, "CONFLICT", "{message}");
        assert!(
            message.contains("version before is still running"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn a_run_is_pinned_as_the_older_one_reads_it_or_not_made() {
    let Some((server, user, model)) = server().await else {
        return;
    };
    let both = r"{{ word }} and {{word}}, \{{ word }}, \\{{word}}";
    let stage = json!({ "promptTemplate": both });
    let alike = server.workflow(&user, &model, json!([stage])).await;
    let mut others = Vec::new();
    for stage in unread() {
        others.push(server.workflow(&user, &model, json!([stage])).await);
    }
    let inputs = json!({ "word": "hello", "ชื่อ": "name", "list": ["a"] });
    let first = run(&server, &user, &others[0], inputs.clone()).await;
    assert_eq!(first["status"], "COMPLETED", "{first}");
    let first = server.data(&user, "{ executions { nodes { id } } }", json!({}));
    let first = text(&first.await["executions"]["nodes"][0]["id"]);

    older_comes(&server).await;
    let pinned = run(&server, &user, &alike, inputs.clone()).await;
    assert_eq!(pinned["status"], "COMPLETED", "{pinned}");
    let definition = &pinned["definition"];
    assert_eq!(definition.get("templateSyntax"), None);
    assert_eq!(
        definition["stages"][0]["promptTemplate"],
        r"{{word}} and {{word}}, {{ word }}, \{{word}}"
    );
    assert_eq!(asked(&server), r"hello and hello, {{ word }}, \hello");
    none_is_begun(&server, &user, (&others, &inputs), &first).await;

    older_goes(&server).await;
    for workflow in others.iter().chain([&alike]) {
        let run = run(&server, &user, workflow, inputs.clone()).await;
        assert_eq!(run["status"], "COMPLETED", "{run}");
        assert_eq!(run["definition"]["templateSyntax"], 3);
    }
    server.stop().await;
}

#[tokio::test]
async fn what_is_saved_is_stored_as_the_older_one_reads_it_or_refused() {
    let Some((server, user, model)) = server().await else {
        return;
    };
    let path = json!({ "promptTemplate": "{{inputs.word}}" });
    let marked = server.workflow(&user, &model, json!([path])).await;
    let query = "query($id: ID!) { workflow(id: $id) { stages { id promptTemplate } } }";
    let stage_of = async |workflow: &str| {
        let data = server.data(&user, query, json!({ "id": workflow })).await;
        data["workflow"]["stages"][0].clone()
    };
    let marked_stage = stage_of(&marked).await["id"].clone();
    let snapshot = json!({ "workflowId": marked, "name": "kept" });
    let kept = server
        .mutate(&user, "createSnapshot", snapshot.clone(), "{ id }")
        .await;
    let plain = r"{{word}}, \{{ word }}";
    let stages = json!([{ "promptTemplate": plain }]);
    let workflow = server.workflow(&user, &model, stages).await;

    older_comes(&server).await;
    let id = stage_of(&workflow).await["id"].clone();
    for mut stage in unread() {
        stage["id"] = id.clone();
        let refused = server.refused(&user, "updateStage", stage.clone()).await;
        assert_eq!(refused.0, "CONFLICT", "{stage}");
        stage["stageOrder"] = json!(1);
        let input = json!({ "workflowId": workflow, "stages": [stage] });
        let refused = server.refused(&user, "updateWorkflowStages", input).await;
        assert_eq!(refused.0, "CONFLICT", "{stage}");
        stage.as_object_mut().unwrap().remove("id");
        let input = json!({ "name": "New", "stages": [stage] });
        let refused = server.refused(&user, "createWorkflow", input).await;
        assert_eq!(refused.0, "CONFLICT", "{stage}");
        stage["stageOrder"] = json!(2);
        let input = json!({ "workflowId": workflow, "stage": stage });
        let refused = server.refused(&user, "addStage", input).await;
        assert_eq!(refused.0, "CONFLICT", "{stage}");
    }
    let restore = json!({ "snapshotId": kept["id"] });
    for (name, input) in [("createSnapshot", snapshot), ("restoreSnapshot", restore)] {
        assert_eq!(server.refused(&user, name, input).await.0, "CONFLICT");
    }
    let duplicate = "mutation($id: ID!) { duplicateWorkflow(id: $id) { id } }";
    let (code, _) = refusal(&server, &user, duplicate, json!({ "id": marked })).await;
    assert_eq!(code, "CONFLICT");

    // What was not changed is not refused, and stays marked.
    let named = json!({ "id": marked_stage, "name": "Said" });
    server.mutate(&user, "updateStage", named, "{ id }").await;
    assert_eq!(stage_of(&marked).await["promptTemplate"], "{{inputs.word}}");

    let input = json!({ "id": id, "name": "Said" });
    server.mutate(&user, "updateStage", input, "{ id }").await;
    let copy = server
        .data(&user, duplicate, json!({ "id": workflow }))
        .await;
    let copy = text(&copy["duplicateWorkflow"]["id"]);
    let input = json!({ "workflowId": workflow, "name": "both" });
    let both = server
        .mutate(&user, "createSnapshot", input, "{ id snapshotData }")
        .await;
    assert_eq!(both["snapshotData"]["stages"][0]["promptTemplate"], plain);
    let restore = json!({ "snapshotId": both["id"] });
    let restored = server
        .mutate(&user, "restoreSnapshot", restore, "{ id }")
        .await;
    let as_before = "stages where template_syntax is null
        and prompt_template = '{{word}}, {{ word }}'";
    assert_eq!(count(&server, as_before).await, 3);
    let as_before = "snapshots where snapshot_data -> 'templateSyntax' is null
        and cast(snapshot_data as text) like '%{{word}}, {{ word }}%'";
    assert_eq!(count(&server, as_before).await, 1);

    // The older one writes what it means.
    let write = format!(
        "update stages set prompt_template = '{{{{ word }}}} {{{{word}}}}' where workflow_id = '{workflow}'"
    );
    execute(&server, &write).await;
    older_goes(&server).await;
    let means = [
        (workflow, r"\{{ word }} {{word}}", "{{ word }} hello"),
        (copy, plain, "hello, {{ word }}"),
        (text(&restored["id"]), plain, "hello, {{ word }}"),
    ];
    for (workflow, template, sent) in means {
        assert_eq!(stage_of(&workflow).await["promptTemplate"], template);
        let started = server.run(&user, &workflow).await;
        ended(&server, &user, &started).await;
        assert_eq!(asked(&server), sent);
    }
    server.stop().await;
}

#[tokio::test]
async fn what_is_postponed_is_told_and_made_by_a_server_that_leaves_the_tables_alone() {
    let scene = Scene::set().await;
    if scene.server.deps.store.is_embedded() {
        eprintln!("left out: an SQLite file has one process");
        return scene.server.stop().await;
    }
    let cluster = Cluster::on(scene.server.database()).await;
    let migrate = async || {
        let migrated = Command::new(env!("CARGO_BIN_EXE_footlight"))
            .arg("migrate")
            .env_clear()
            .env("DATABASE_URL", &cluster.database.url)
            .output();
        let migrated = migrated.await.unwrap();
        assert!(migrated.status.success());
        String::from_utf8(migrated.stderr).unwrap()
    };
    execute(&scene.server, OLDER).await;
    let said = migrate().await;
    assert!(said.contains("postponed"), "{said}");
    assert!(said.contains("version before still runs"), "{said}");
    assert!(!said.contains("up to date\n"), "{said}");
    assert_eq!(scene.left().await, 3);

    let gone = "delete from worker_sessions where template_syntax = 1";
    execute(&scene.server, gone).await;
    let mut process = cluster.spawn_with(&["--no-migrate"], &[]);
    process.serves().await;
    eventually("rows that are changed", async || {
        (scene.left().await == 0).then_some(())
    })
    .await;
    let made = format!("seaql_migrations where version in {CHANGES}");
    eventually("the record of it", async || {
        (count(&scene.server, &made).await == 2).then_some(())
    })
    .await;
    assert!(migrate().await.contains("the database is up to date"));
    scene.server.stop().await;
}

#[tokio::test]
async fn a_server_that_was_told_nothing_of_the_tables_looks_at_them_once() {
    let server = Server::start().await;
    let (store, stop) = (&server.deps.store, CancellationToken::new());
    store.change_rows().await.unwrap();
    assert!(!store.has_postponed());
    Keeper::new(&server.deps, None, &stop).look().await;
    server.stop().await;
}
