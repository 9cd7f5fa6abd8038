//! Runs whose process is gone.

use sea_orm::{ConnectionTrait, Database as Connection, TransactionTrait};
use serde_json::{Value, json};

use super::{ASK, ask, follow, message};
use crate::support::database;
use crate::support::process::{Cluster, eventually};
use crate::support::provider::Reply;
use crate::support::server::{Server, text};

/// Runs a statement on the server's own database.
pub(super) async fn execute(server: &Server, sql: &str) {
    let tx = server.deps.store.transaction().await.unwrap();
    tx.execute_unprepared(sql).await.unwrap();
    server.deps.store.commit(tx).await.unwrap();
}

#[tokio::test]
async fn a_run_that_is_no_processs_waits_to_be_taken_up() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::gated("at last"));
    let user = server.user();
    let id = server.run_of(&user, json!([{}])).await;
    server.provider.wait_for_requests(1).await;
    let nobody = if server.deps.store.is_embedded() {
        "x'00000000000000000000000000000007'"
    } else {
        "'00000000-0000-0000-0000-000000000007'"
    };
    let lose = format!("update executions set lease_owner = {nobody} where status = 'RUNNING'");
    // Somebody may look for such runs between the two statements, and does so every few seconds.
    let run = eventually("a run that waits to be taken up", || async {
        execute(&server, &lose).await;
        let run = ask(&server, &user, &id).await;
        (run["diagnosis"]["waitingFor"] == "RESCUE").then_some(run)
    });
    let run = run.await;
    assert_eq!(
        message(&run),
        "its process is gone: another process takes it up"
    );
    follow(&server, &user, &run, "cancel it").await;
    server.stop().await;
}

#[tokio::test]
async fn a_run_whose_process_was_killed_says_since_when_nobody_renewed_its_lease() {
    if database::server().is_none() {
        return eprintln!("left out: a second process needs PostgreSQL");
    }
    let cluster = Cluster::new().await;
    let user = cluster.user();
    cluster.provider.reply(Reply::gated("too late"));
    cluster.provider.otherwise(|_| Reply::text("in time"));
    let first = cluster.start(&[]).await;
    let stages = json!([{ "promptTemplate": "a" }]);
    let workflow = cluster.workflow(&first, &user, stages).await;
    let start = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    let input = json!({ "input": { "workflowId": workflow } });
    let made = cluster.data(&first, &user, start, input).await;
    let id = text(&made["startExecution"]["id"]);
    cluster.provider.wait_for_requests(1).await;

    // While somebody is about its session, nobody else takes up its runs.
    let db = Connection::connect(&cluster.database.url).await.unwrap();
    let about_it = db.begin().await.unwrap();
    let lock = "select 1 from worker_sessions for update";
    about_it.execute_unprepared(lock).await.unwrap();
    first.kill().await;
    let second = cluster.start(&[]).await;
    let second = &second;
    let ask = |what: &'static str| {
        let (cluster, user, id) = (&cluster, &user, &id);
        eventually(what, move || async move {
            let data = cluster.data(second, user, ASK, json!({ "id": id })).await;
            let run = data["execution"].clone();
            (run["diagnosis"]["waitingFor"] == what).then_some(run)
        })
    };
    let run = ask("RESCUE").await;
    assert_eq!(run["status"], "RUNNING");
    let said = text(&run["diagnosis"]["message"]);
    assert!(
        said.starts_with("no process has renewed its lease since "),
        "{said}"
    );
    assert!(said.ends_with(": another process takes it up"), "{said}");
    assert_eq!(run["diagnosis"]["until"], Value::Null);

    about_it.rollback().await.unwrap();
    let run = ask("NOTHING").await;
    assert_eq!(text(&run["diagnosis"]["message"]), "it has completed");
}
