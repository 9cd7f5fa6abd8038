//! Starts and reruns that meet a purge half-way. The test plays the purge, in a transaction that it holds open.

use footlight::store::{retention, revision};
use serde_json::json;
use uuid::Uuid;

use super::{any_run, revisions};
use crate::support::process::eventually;
use crate::support::provider::Reply;
use crate::support::server::{Server, User, text};

/// A server with a run that has ended, and its workflow.
async fn with_a_run() -> Option<(Server, User, String, String)> {
    let server = Server::start().await;
    if server.deps.store.is_embedded() {
        eprintln!("left out: on SQLite nobody writes at the same time");
        server.stop().await;
        return None;
    }
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let input = json!({ "workflowId": workflow, "inputs": { "word": "x" }, "clientKey": "once" });
    let run = server
        .mutate(&user, "startExecution", input, "{ id }")
        .await;
    let run = text(&run["id"]);
    server.until(&user, &run, "COMPLETED").await;
    Some((server, user, workflow, run))
}

/// Returns when somebody waits for a lock.
async fn somebody_waits(server: &Server) {
    use sea_orm::{ConnectionTrait, DbBackend, Statement};
    let query = "select 1 from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'";
    eventually("somebody who waits", || async {
        let query = Statement::from_string(DbBackend::Postgres, query);
        let found = server.deps.store.reader().query_one_raw(query).await;
        found.unwrap().map(|_| ())
    })
    .await;
}

#[tokio::test]
async fn a_start_that_meets_the_purge_of_its_revision_makes_it_anew() {
    let Some((server, user, workflow, run)) = with_a_run().await else {
        return;
    };
    let store = &server.deps.store;
    let old = any_run(store).await;
    let purge = store.transaction().await.unwrap();
    retention::delete(&purge, &[old.id]).await.unwrap();
    let unused = revision::delete_unused(&purge, &[old.revision_id]).await;
    unused.unwrap();

    // Its client key is the purged run's, too.
    let input = json!({ "workflowId": workflow, "inputs": { "word": "x" }, "clientKey": "once" });
    let start = server.mutate(&user, "startExecution", input, "{ id }");
    let commit = async {
        somebody_waits(&server).await;
        purge.commit().await.unwrap();
    };
    let (started, ()) = tokio::join!(start, commit);
    let started = text(&started["id"]);
    assert_ne!(started, run);
    server.until(&user, &started, "COMPLETED").await;
    assert_eq!(revisions(store).await, 1);
    server.stop().await;
}

#[tokio::test]
async fn a_rerun_that_meets_the_purge_of_its_run_finds_nothing() {
    let Some((server, user, _, run)) = with_a_run().await else {
        return;
    };
    let purge = server.deps.store.transaction().await.unwrap();
    let id = Uuid::parse_str(&run).unwrap();
    retention::delete(&purge, &[id]).await.unwrap();

    let rerun = server.refused(&user, "rerunExecution", json!({ "executionId": run }));
    let commit = async {
        somebody_waits(&server).await;
        purge.commit().await.unwrap();
    };
    let (refusal, ()) = tokio::join!(rerun, commit);
    assert_eq!(refusal.0, "NOT_FOUND");
    server.stop().await;
}

#[tokio::test]
async fn a_revision_that_a_run_is_about_to_refer_to_is_not_purged() {
    let Some((server, _, workflow, _)) = with_a_run().await else {
        return;
    };
    let store = &server.deps.store;
    let old = any_run(store).await;
    let id = Uuid::parse_str(&workflow).unwrap();
    let start = store.transaction().await.unwrap();
    let pinned = footlight::entity::workflow_revision::Model::clone(
        &revision::by_ids(store.reader(), old.user_id, &[old.revision_id])
            .await
            .unwrap()[0],
    );
    let contents = [(Some(id), pinned.version, pinned.digest.as_str())];
    let same = revision::same(&start, &contents).await.unwrap();
    assert_eq!(same, [(old.revision_id, id)]);

    let purge = store.transaction().await.unwrap();
    retention::delete(&purge, &[old.id]).await.unwrap();
    let unused = revision::delete_unused(&purge, &[old.revision_id]).await;
    unused.unwrap();
    purge.commit().await.unwrap();
    start.commit().await.unwrap();
    assert_eq!(revisions(store).await, 1);
    server.stop().await;
}
