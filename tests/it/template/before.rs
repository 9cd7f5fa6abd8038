//! Rows that a version wrote which knew `{{name}}` alone: they keep their meaning, changed already or not.

use footlight::service::keep::Keeper;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{asked, ended, run};
use crate::support::provider::Reply;
use crate::support::server::{Server, User, text};

/// A template as it was written, as it is written now, and what it says of the word hello.
const BEFORE: &str = r"say {{ word }}, {{word}}, {{inputs.word}}, \{{word}}";
const AFTER: &str = r"say \{{ word }}, {{word}}, \{{inputs.word}}, \\{{word}}";
const SAID: &str = r"say {{ word }}, hello, {{inputs.word}}, \hello";
/// The changes that go through rows.
pub const CHANGES: &str =
    "('m20261129_000051_escape_templates', 'm20261129_000052_fold_names_anew')";
/// A replica of the version before that lives.
pub const OLDER: &str = "insert into worker_sessions (id, expires_at, draining)
    values (gen_random_uuid(), 9000000000000, false)";

pub async fn execute(server: &Server, sql: &str) {
    let tx = server.deps.store.transaction().await.unwrap();
    tx.execute_unprepared(sql).await.unwrap();
    tx.commit().await.unwrap();
}

/// How many rows there are `of` something.
pub async fn count(server: &Server, of: &str) -> i64 {
    let db = server.deps.store.reader();
    let sql = format!("select count(*) as number from {of}");
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get("", "number").unwrap()
}

/// A server whose only workflow has a stage and a snapshot as the version before wrote them.
pub struct Scene {
    pub server: Server,
    user: User,
    workflow: String,
    snapshot: String,
}

impl Scene {
    pub async fn set() -> Self {
        let server = Server::start().await;
        server
            .provider
            .otherwise(|_| Reply::text("{\"pass\": true}"));
        let user = server.user();
        let model = server.model().await;
        let stage = json!({ "promptTemplate": AFTER, "validationType": "LLM",
            "validationCriteria": { "prompt": AFTER } });
        let workflow = server.workflow(&user, &model, json!([stage])).await;
        let input = json!({ "workflowId": workflow, "name": "kept" });
        let made = server
            .mutate(&user, "createSnapshot", input, "{ id snapshotData }")
            .await;
        let mut data = made["snapshotData"].clone();
        assert_eq!(data["templateSyntax"], 3);
        data.as_object_mut().unwrap().remove("templateSyntax");
        data["stages"][0]["promptTemplate"] = json!(BEFORE);
        data["stages"][0]["validationCriteria"]["prompt"] = json!(BEFORE);
        let criteria = json!({ "prompt": BEFORE });
        for sql in [
            format!("update snapshots set snapshot_data = '{data}'"),
            format!(
                "update stages set template_syntax = null, prompt_template = '{BEFORE}',
                    validation_criteria = '{criteria}'"
            ),
            format!("delete from seaql_migrations where version in {CHANGES}"),
        ] {
            execute(&server, &sql).await;
        }
        Self {
            server,
            user,
            workflow,
            snapshot: text(&made["id"]),
        }
    }

    async fn migrate(&self) {
        self.server.deps.store.migrate().await.unwrap();
    }

    /// So many rows are as the version before wrote them.
    pub async fn left(&self) -> i64 {
        let written = |column: &str| format!("cast({column} as text) like '%say {{{{ word%'");
        count(
            &self.server,
            &format!("stages where {}", written("prompt_template")),
        )
        .await
            + count(
                &self.server,
                &format!("stages where {}", written("validation_criteria")),
            )
            .await
            + count(
                &self.server,
                &format!("snapshots where {}", written("snapshot_data")),
            )
            .await
    }

    /// What people see, and what is sent, means what it did.
    async fn means_the_same(&self) {
        let Self { server, user, .. } = self;
        let query = "query($workflow: ID!, $snapshot: ID!) {
            workflow(id: $workflow) { stages { promptTemplate validationCriteria } }
            snapshot(id: $snapshot) { snapshotData } }";
        let places = json!({ "workflow": self.workflow, "snapshot": self.snapshot });
        let data = server.data(user, query, places).await;
        for stage in [
            &data["workflow"]["stages"][0],
            &data["snapshot"]["snapshotData"]["stages"][0],
        ] {
            assert_eq!(stage["promptTemplate"], AFTER);
            assert_eq!(stage["validationCriteria"]["prompt"], AFTER);
        }
        let restored = json!({ "snapshotId": self.snapshot });
        let restored = server
            .mutate(user, "restoreSnapshot", restored, "{ id }")
            .await;
        let query = "mutation($id: ID!) { duplicateWorkflow(id: $id) { id } }";
        let copy = server
            .data(user, query, json!({ "id": self.workflow }))
            .await;
        let copy = &copy["duplicateWorkflow"]["id"];
        for workflow in [&json!(self.workflow), &restored["id"], copy] {
            let run = run(server, user, &text(workflow), json!({ "word": "hello" })).await;
            assert_eq!(run["status"], "COMPLETED", "{run}");
            assert_eq!(run["logs"]["nodes"][0]["promptSent"], SAID);
            assert_eq!(asked(server), SAID, "the judge");
        }
    }
}

#[tokio::test]
async fn what_was_stored_is_escaped_where_it_would_mean_something_else() {
    let scene = Scene::set().await;
    assert_eq!(scene.left().await, 3);
    scene.migrate().await;
    assert_eq!(scene.left().await, 0);
    scene.means_the_same().await;
    scene.server.stop().await;
}

#[tokio::test]
async fn what_is_not_escaped_yet_means_what_it_did_and_is_saved_as_it_is_now() {
    let scene = Scene::set().await;
    scene.means_the_same().await;
    assert_eq!(scene.left().await, 3);

    let query = "query($id: ID!) { workflow(id: $id) { stages { id } } }";
    let data = scene
        .server
        .data(&scene.user, query, json!({ "id": scene.workflow }))
        .await;
    let stage = json!({ "id": data["workflow"]["stages"][0]["id"], "name": "Said" });
    let server = &scene.server;
    server
        .mutate(&scene.user, "updateStage", stage, "{ id }")
        .await;
    assert_eq!(scene.left().await, 1, "the snapshot");
    scene.migrate().await;
    scene.means_the_same().await;
    scene.server.stop().await;
}

#[tokio::test]
async fn rows_of_a_large_table_are_escaped_in_batches_and_a_change_that_was_cut_off_goes_on() {
    let scene = Scene::set().await;
    let id = if scene.server.deps.store.is_embedded() {
        "randomblob(16)"
    } else {
        "gen_random_uuid()"
    };
    for _ in 0..7 {
        // Twice as many.
        for sql in [
            format!(
                "insert into stages (id, created_at, workflow_id, user_id, prompt_template,
                    validation_type, validation_criteria, stage_order)
                select {id}, created_at, workflow_id, user_id, prompt_template, validation_type,
                    validation_criteria, stage_order + (select max(stage_order) from stages)
                from stages"
            ),
            format!(
                "insert into snapshots (id, created_at, user_id, name, snapshot_data)
                select {id}, created_at, user_id, name, snapshot_data from snapshots"
            ),
        ] {
            execute(&scene.server, &sql).await;
        }
    }
    assert_eq!(scene.left().await, 3 * 128);
    scene.migrate().await;
    assert_eq!(scene.left().await, 0);

    // Half of the rows were not reached: the others are not escaped again.
    for sql in [
        format!(
            "update stages set template_syntax = null, prompt_template = '{BEFORE}'
                where stage_order > 64"
        ),
        format!("delete from seaql_migrations where version in {CHANGES}"),
    ] {
        execute(&scene.server, &sql).await;
    }
    assert_eq!(scene.left().await, 64);
    scene.migrate().await;
    assert_eq!(scene.left().await, 0);
    let alike = format!("stages where prompt_template = '{AFTER}'");
    assert_eq!(count(&scene.server, &alike).await, 128);
    scene.server.stop().await;
}

#[tokio::test]
async fn what_only_became_longer_is_as_long_as_it_was() {
    let scene = Scene::set().await;
    let Scene { server, user, .. } = &scene;
    // As long as it may be, and escaped as a whole.
    let literal = "{{ a }}".repeat(256 * 1024 / 7);
    let criteria = json!({ "prompt": "{{ a }}".repeat(140_000) });
    for sql in [
        format!("update stages set prompt_template = '{literal}', validation_criteria = '{criteria}'"),
        format!(
            "insert into stages (id, created_at, workflow_id, user_id, model_id, prompt_template, validation_type,
                stage_order)
            select {}, created_at, workflow_id, user_id, model_id, prompt_template, 'NONE', 2 from stages",
            if server.deps.store.is_embedded() { "randomblob(16)" } else { "gen_random_uuid()" }
        ),
    ] {
        execute(server, &sql).await;
    }
    let query = "query($id: ID!) { workflow(id: $id) { stages { id stageOrder promptTemplate
        validationType validationCriteria } } }";
    let data = server
        .data(user, query, json!({ "id": scene.workflow }))
        .await;
    let mut stages = data["workflow"]["stages"].clone();
    assert!(text(&stages[0]["promptTemplate"]).len() > 256 * 1024);
    let named = json!({ "id": stages[0]["id"], "name": "Said" });
    server.mutate(user, "updateStage", named, "{ id }").await;
    stages[0]["retryLimit"] = json!(1);
    let replaced = json!({ "workflowId": scene.workflow, "stages": stages });
    server
        .mutate(user, "updateWorkflowStages", replaced, "{ id }")
        .await;
    let query = "mutation($id: ID!) { duplicateWorkflow(id: $id) { id } }";
    server
        .data(user, query, json!({ "id": scene.workflow }))
        .await;
    let kept = json!({ "workflowId": scene.workflow, "name": "kept" });
    let kept = server.mutate(user, "createSnapshot", kept, "{ id }").await;
    let restored = json!({ "snapshotId": kept["id"], "intoWorkflowId": scene.workflow });
    server
        .mutate(user, "restoreSnapshot", restored, "{ id }")
        .await;
    let longer = json!({ "id": stages[1]["id"], "promptTemplate": format!("{literal}{literal}") });
    let refused = server.refused(user, "updateStage", longer).await;
    assert_eq!(refused.0, "LIMIT_EXCEEDED");
    scene.server.stop().await;
}

#[tokio::test]
async fn rows_wait_for_replicas_of_the_version_before_and_are_changed_when_the_last_has_gone() {
    let scene = Scene::set().await;
    let Scene { server, .. } = &scene;
    if server.deps.store.is_embedded() {
        return eprintln!("left out: an SQLite file has one process");
    }
    let (store, stop) = (&server.deps.store, CancellationToken::new());
    execute(server, OLDER).await;
    scene.migrate().await;
    Keeper::new(&server.deps, None, &stop).look().await;
    assert!(store.has_postponed());
    assert_eq!(scene.left().await, 3, "the older one reads them");
    scene.means_the_same().await;

    execute(
        server,
        "delete from worker_sessions where template_syntax = 1",
    )
    .await;
    Keeper::new(&server.deps, None, &stop).look().await;
    assert!(!store.has_postponed());
    assert_eq!(scene.left().await, 0);
    let made = format!("seaql_migrations where version in {CHANGES}");
    assert_eq!(count(server, &made).await, 2);
    scene.means_the_same().await;
    scene.server.stop().await;
}

#[tokio::test]
async fn a_definition_that_was_pinned_before_is_read_as_it_was() {
    let scene = Scene::set().await;
    let Scene { server, user, .. } = &scene;
    let started = server.run(user, &scene.workflow).await;
    let mut definition: Value = ended(server, user, &started).await["definition"].take();
    assert_eq!(definition["templateSyntax"], 3);
    definition.as_object_mut().unwrap().remove("templateSyntax");
    definition["stages"][0]["promptTemplate"] = json!(BEFORE);
    definition["stages"][0]["validationCriteria"]["prompt"] = json!(BEFORE);
    let pin = format!("update workflow_revisions set definition = '{definition}'");
    execute(server, &pin).await;

    let input = json!({ "executionId": started });
    let again = server.mutate(user, "rerunExecution", input, "{ id }").await;
    let run = ended(server, user, &text(&again["id"])).await;
    assert_eq!(run["logs"]["nodes"][0]["promptSent"], SAID);
    assert_eq!(asked(server), SAID, "the judge");
    assert_eq!(run["definition"], definition);
    scene.server.stop().await;
}

#[tokio::test]
async fn names_are_found_that_were_folded_by_their_case_alone() {
    let server = Server::start().await;
    let user = server.user();
    let name = "Re\u{301}sume\u{301} Straße";
    server
        .mutate(&user, "createWorkflow", json!({ "name": name }), "{ id }")
        .await;
    let before = name.to_lowercase();
    for sql in [
        format!("update workflows set name_folded = '{before}'"),
        format!("delete from seaql_migrations where version in {CHANGES}"),
    ] {
        execute(&server, &sql).await;
    }
    server.deps.store.migrate().await.unwrap();
    let query = "query($part: String) { workflows(search: $part) { nodes { name } } }";
    for part in ["résumé", "RE\u{301}SUME\u{301}", "STRASSE", "é str"] {
        let found = server.data(&user, query, json!({ "part": part })).await;
        assert_eq!(
            found["workflows"]["nodes"],
            json!([{ "name": name }]),
            "{part}"
        );
    }
    server.stop().await;
}
