//! What the server depends on goes away under load and comes back: nothing is lost, nothing is stuck,
//! and nobody has to help.
//!
//! An outage begins once the model has been asked so often, and what must come of it is awaited, by the
//! events of every run. Three pauses remain, and none of them waits for anything: how long an outage lasts,
//! over how long starts are spread, so that some fall into it, and how long a client rests before it
//! connects again.

use std::time::Duration;

use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};

use crate::support::database::{self, Database as TestDatabase};
use crate::support::nats::Nats;
use crate::support::postgres::Postgres;
use crate::support::process::{Cluster, Process, eventually};
use crate::support::provider::Reply;
use crate::support::server::{User, text};
use crate::support::socket::Socket;

const RUNS: usize = 40;
const STAGES: usize = 4;
/// A run of four stages takes about a second and a half.
const STAGE: Duration = Duration::from_millis(300);
const OUTAGE: Duration = Duration::from_millis(1200);

const LISTENERS: &str = "select pid from pg_stat_activity
    where datname = current_database() and query ilike 'listen%'";

const START: &str =
    "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
const EVENTS: &str = "subscription($id: ID!, $after: Int) {
    executionEvents(executionId: $id, after: $after) {
        seq ... on ExecutionStatusChanged { status } } }";

#[tokio::test]
async fn postgres_is_restarted_under_load() {
    if database::server().is_none() {
        return eprintln!("left out: this is about PostgreSQL");
    }
    let postgres = Postgres::start();
    let load = Load::start(TestDatabase::at(postgres.url()), None).await;
    let outage = async {
        load.is_under_way(1).await;
        postgres.down();
        assert_eq!(load.ready(0).await, 503);
        // How long the outage lasts.
        tokio::time::sleep(OUTAGE).await;
        postgres.up();
    };
    load.survives(outage).await;
    assert_eq!(load.ready(0).await, 200);
}

#[tokio::test]
async fn nats_is_restarted_under_load() {
    if database::server().is_none() {
        return eprintln!("left out: replicas need PostgreSQL");
    }
    let Some(mut nats) = Nats::start().await else {
        return;
    };
    let load = Load::start(TestDatabase::fresh().await, Some(nats.url())).await;
    let outage = async {
        load.is_under_way(1).await;
        nats.restart(OUTAGE).await;
    };
    load.survives(outage).await;
}

#[tokio::test]
async fn the_listeners_connection_is_cut_under_load() {
    if database::server().is_none() {
        return eprintln!("left out: this is about PostgreSQL");
    }
    let load = Load::start(TestDatabase::fresh().await, None).await;
    let url = load.cluster.database.url.clone();
    let outage = async {
        let connection = Database::connect(url).await.unwrap();
        for quarter in 1..=3 {
            load.is_under_way(quarter).await;
            eventually("a listener of each process", || async {
                let listeners = connection.execute_unprepared(LISTENERS).await.unwrap();
                (listeners.rows_affected() == 2).then_some(())
            })
            .await;
            let cut = format!("select pg_terminate_backend(pid) from ({LISTENERS}) listeners");
            let cut = connection.execute_unprepared(&cut).await.unwrap();
            assert_eq!(cut.rows_affected(), 2, "each process listens");
        }
        connection.close().await.unwrap();
    };
    load.survives(outage).await;
    for process in &load.processes {
        let log = process.log();
        let noticed = log.contains("made anew") || log.contains("are not heard");
        assert!(noticed, "{log}");
    }
}

#[tokio::test]
async fn everything_arrives_when_every_hint_is_lost() {
    let cluster = Cluster::new().await;
    let process = cluster.start(&[("FAULT_LOSE_HINTS", "1")]).await;
    let load = Load::on(cluster, vec![process]).await;
    load.survives(std::future::ready(())).await;
}

#[tokio::test]
async fn a_cancel_whose_hint_is_lost_is_found_at_the_next_heartbeat() {
    let cluster = Cluster::new().await;
    let process = cluster.start(&[("FAULT_LOSE_HINTS", "1")]).await;
    let user = cluster.user();
    let stages = json!([{ "promptTemplate": "a" }]);
    let workflow = cluster.workflow(&process, &user, stages).await;
    cluster.provider.reply(Reply::hang());
    let input = json!({ "input": { "workflowId": workflow } });
    let run = cluster.data(&process, &user, START, input).await;
    cluster.provider.wait_for_requests(1).await;
    let query = "mutation($id: ID!) { cancelExecution(id: $id) { status } }";
    let id = json!({ "id": run["startExecution"]["id"] });
    cluster.data(&process, &user, query, id).await;
    let noticed = cluster.provider.wait_for_dropped(1);
    let heartbeat = Duration::from_secs(5);
    let noticed = tokio::time::timeout(heartbeat * 2, noticed).await;
    assert!(noticed.is_ok(), "the call goes on");
}

/// Runs started and watched over all of some processes.
struct Load {
    cluster: Cluster,
    processes: Vec<Process>,
    user: User,
    workflow: String,
}

impl Load {
    /// Two replicas on a database.
    async fn start(database: TestDatabase, nats: Option<String>) -> Self {
        let cluster = Cluster::on(database).await;
        let mut variables = Vec::new();
        variables.extend(nats.as_deref().map(|url| ("NATS_URL", url)));
        let processes = vec![
            cluster.start(&variables).await,
            cluster.start(&variables).await,
        ];
        Self::on(cluster, processes).await
    }

    async fn on(cluster: Cluster, processes: Vec<Process>) -> Self {
        let user = cluster.user();
        let stage = json!({ "promptTemplate": "a" });
        let stages = json!(vec![stage; STAGES]);
        let workflow = cluster.workflow(&processes[0], &user, stages).await;
        cluster
            .provider
            .otherwise(|_| Reply::slow("an answer", STAGE));
        Self {
            cluster,
            processes,
            user,
            workflow,
        }
    }

    /// Returns once so many quarters of all calls of the model have been made.
    async fn is_under_way(&self, quarters: usize) {
        let calls = RUNS * STAGES * quarters / 4;
        self.cluster.provider.wait_for_requests(calls).await;
    }

    /// Every run that is started around the outage ends, and its watchers are told all of it.
    async fn survives(&self, outage: impl Future<Output = ()>) {
        let runs = join_all((0..RUNS).map(|number| async move {
            // Starts are spread over the outage: were they to wait for progress, none would fall into it.
            tokio::time::sleep(STAGE * u32::try_from(number / 8).unwrap()).await;
            let run = self.run(number).await;
            let events = self.watch(number + 1, &run).await;
            let seqs: Vec<i64> = events
                .iter()
                .filter_map(|event| event["seq"].as_i64())
                .collect();
            let dense: Vec<i64> = (1..).take(seqs.len()).collect();
            assert_eq!(seqs, dense, "{run}");
            assert_eq!(events.last().unwrap()["status"], "COMPLETED", "{run}");
        }));
        tokio::join!(runs, outage);
    }

    /// Starts a run, once, however often it has to be asked for.
    async fn run(&self, number: usize) -> String {
        let process = &self.processes[number % self.processes.len()];
        let input = json!({ "workflowId": self.workflow, "clientKey": number.to_string() });
        eventually("the start of a run", || async {
            let variables = json!({ "input": input });
            let asking = self
                .cluster
                .answer(process.address, &self.user, START, variables);
            let answer = asking.await?;
            answer["data"]["startExecution"]["id"]
                .is_string()
                .then(|| text(&answer["data"]["startExecution"]["id"]))
        })
        .await
    }

    /// Follows a run, from the last event on whenever a subscription ends with an error.
    async fn watch(&self, number: usize, run: &str) -> Vec<Value> {
        let process = &self.processes[number % self.processes.len()];
        let mut events: Vec<Value> = Vec::new();
        let watching = async {
            loop {
                let socket = Socket::try_open(process.address, &self.user.token).await;
                let Some(mut socket) = socket else {
                    // A client's rest before it connects again.
                    tokio::time::sleep(STAGE).await;
                    continue;
                };
                let after = events
                    .last()
                    .map_or(0, |event| event["seq"].as_i64().unwrap());
                socket
                    .subscribe(EVENTS, json!({ "id": run, "after": after }))
                    .await;
                while let Some(message) = socket.try_next().await {
                    let Some(payload) = message else { break };
                    let event = &payload["data"]["executionEvents"];
                    if event.is_null() {
                        // The database was away when this one was to be read: the same rest.
                        tokio::time::sleep(STAGE).await;
                        break;
                    }
                    events.push(event.clone());
                }
                if events
                    .last()
                    .is_some_and(|event| event["status"] == "COMPLETED")
                {
                    return;
                }
            }
        };
        let watched = tokio::time::timeout(Duration::from_secs(90), watching).await;
        assert!(watched.is_ok(), "{run} does not end: {events:?}");
        events
    }

    async fn ready(&self, process: usize) -> u16 {
        let url = format!("http://{}/readyz", self.processes[process].address);
        reqwest::get(url).await.unwrap().status().as_u16()
    }
}
