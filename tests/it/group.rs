//! What shares a transaction shares neither a fault nor its words: whoever is at fault fails alone, and is told
//! why.

use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, Database as Connection, DbBackend};
use serde_json::{Value, json};

use crate::support::database;
use crate::support::process::Cluster;
use crate::support::provider::Reply;
use crate::support::server::User;

const START: &str =
    "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
const MANY: usize = 20;

#[tokio::test]
async fn a_row_that_does_not_decode_fails_only_whoever_needs_it() {
    let cluster = Cluster::new().await;
    let process = cluster.start(&[]).await;
    let (user, other) = (cluster.user(), cluster.user());
    cluster.provider.otherwise(|_| Reply::text("an answer"));
    let stages = json!([{ "promptTemplate": "a" }]);
    let good = cluster.workflow(&process, &user, stages.clone()).await;
    let bad = cluster.workflow(&process, &other, stages).await;
    let connection = Connection::connect(&cluster.database.url).await.unwrap();
    let unchecked = match connection.get_database_backend() {
        DbBackend::Postgres => "alter table stages drop constraint stages_validation_type_check",
        _ => "pragma ignore_check_constraints = on",
    };
    let unreadable = format!(
        "{unchecked}; update stages set validation_type = 'UNKNOWN' where workflow_id = {}",
        literal(&connection, &bad)
    );
    connection.execute_unprepared(&unreadable).await.unwrap();

    let starts = join_all((0..MANY).flat_map(|_| {
        [
            cluster.answer(process.address, &user, START, start(&good, None)),
            cluster.answer(process.address, &other, START, start(&bad, None)),
        ]
    }));
    for (number, answer) in starts.await.into_iter().enumerate() {
        let answer = answer.unwrap();
        let started = answer["data"]["startExecution"]["id"].is_string();
        assert_eq!(started, number % 2 == 0, "{answer}");
    }
    connection.close().await.unwrap();
}

#[tokio::test]
async fn one_client_key_for_two_workflows_on_two_replicas_is_a_conflict() {
    if database::server().is_none() {
        return eprintln!("left out: replicas need PostgreSQL");
    }
    let cluster = Cluster::new().await;
    let replicas = [cluster.start(&[]).await, cluster.start(&[]).await];
    let user = cluster.user();
    cluster.provider.otherwise(|_| Reply::text("an answer"));
    let stages = json!([{ "promptTemplate": "a" }]);
    let workflows = [
        cluster.workflow(&replicas[0], &user, stages.clone()).await,
        cluster.workflow(&replicas[0], &user, stages).await,
    ];
    let at_once = |key: usize| {
        let starts = replicas
            .iter()
            .zip(&workflows)
            .map(move |(replica, workflow)| {
                let input = start(workflow, Some(&key.to_string()));
                (replica.address, input)
            });
        let starts: Vec<_> = starts.collect();
        join_all(starts.into_iter().map(|(address, input)| {
            let (cluster, user): (&Cluster, &User) = (&cluster, &user);
            async move { cluster.answer(address, user, START, input).await.unwrap() }
        }))
    };
    for key in 0..MANY {
        let answers = at_once(key).await;
        let started = |answer: &&Value| answer["data"]["startExecution"]["id"].is_string();
        assert_eq!(answers.iter().filter(started).count(), 1, "{answers:?}");
        let refused = answers.iter().find(|answer| !started(answer)).unwrap();
        assert_eq!(
            refused["errors"][0]["extensions"]["code"], "CONFLICT",
            "{refused}"
        );
    }
}

fn start(workflow: &str, key: Option<&str>) -> Value {
    json!({ "input": { "workflowId": workflow, "clientKey": key } })
}

/// An id as it stands in SQL.
fn literal(connection: &impl ConnectionTrait, id: &str) -> String {
    match connection.get_database_backend() {
        DbBackend::Postgres => format!("'{id}'"),
        _ => format!("x'{}'", id.replace('-', "")),
    }
}
