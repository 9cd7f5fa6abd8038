//! Connections to PostgreSQL die without a word: no byte passes any more, and nobody is told, while new
//! connections work. Whatever was accepted ends all the same, soon, and nothing of it counts as a crash. And a
//! short outage that says what it is costs no answer that was paid for.

use std::time::{Duration, Instant};

use sea_orm::{
    ConnectionTrait, Database as Connection, DatabaseConnection, DbBackend, Statement,
    TransactionTrait,
};
use serde_json::json;

use crate::support::database::{self, Database};
use crate::support::process::{Cluster, Process, eventually};
use crate::support::provider::Reply;
use crate::support::proxy::{Fate, Proxy, server_of};
use crate::support::server::{User, text};

const RUNS: usize = 40;
const STAGES: usize = 3;
/// Runs whose answers come during an outage: fewer than may be under way.
const FEW: usize = 8;
const STAGE: Duration = Duration::from_millis(300);
/// How long the runs may take that were accepted when the connections fell silent, beyond their own work.
const RECOVERY: Duration = Duration::from_mins(1);

/// Key of the lock behind which tables are changed ("flchange" in ASCII).
const CHANGE_LOCK: i64 = 0x666c_6368_616e_6765;

const START: &str =
    "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";

#[tokio::test]
async fn runs_end_when_all_connections_of_the_only_process_fall_silent() {
    let Some(world) = World::start(1).await else {
        return;
    };
    world.freeze_under_load().await;
}

#[tokio::test]
async fn a_process_whose_write_runs_over_leaves_its_session_and_takes_up_its_runs() {
    let Some(world) = World::start(1).await else {
        return;
    };
    let process = &world.processes[0];
    let (user, workflow) = world.two_stages().await;
    world
        .cluster
        .provider
        .otherwise(|_| Reply::slow("an answer", STAGE));
    world.accept(process, &user, &workflow).await;
    world.cluster.provider.wait_for_requests(1).await;
    // The worker's write waits for this transaction, and its answer never arrives.
    let lock = world.direct.begin().await.unwrap();
    let row = "select id from executions for update";
    lock.execute_unprepared(row).await.unwrap();
    eventually("a write that waits", || async {
        let waits = "pg_stat_activity where datname = current_database()
            and wait_event_type = 'Lock'";
        (world.count(waits).await > 0).then_some(())
    })
    .await;
    world.proxy.stop(Fate::Silent);
    lock.rollback().await.unwrap();
    eventually("the end of the run", || async {
        let ended = world.count("executions where status = 'COMPLETED'").await;
        (ended == 1).then_some(())
    })
    .await;
    let log = process.log();
    assert!(log.contains("opens another session"), "{log}");
    let let_go = "execution_logs where status = 'INTERRUPTED'
        and error_message = 'the process that drove it let go of it'";
    assert_eq!(world.count(let_go).await, 1);
    eventually("the old session to be gone", || async {
        (world.count("worker_sessions").await == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_start_whose_connection_falls_silent_before_its_turn_goes_on_with_another() {
    if database::server().is_none() {
        return eprintln!("left out: this is about PostgreSQL");
    }
    let database = Database::fresh().await;
    let proxy = Proxy::start(server_of(&database.url)).await;
    let direct = Connection::connect(&database.url).await.unwrap();
    let url = proxy.in_front_of(&database.url);
    let cluster = Cluster::on(database).await;
    // Somebody else changes the tables.
    let turn = direct.begin().await.unwrap();
    let lock = format!("select pg_advisory_xact_lock({CHANGE_LOCK})");
    turn.execute_unprepared(&lock).await.unwrap();
    let mut process = cluster.spawn(&[("DATABASE_URL", &url)]);
    process.says("waiting for another process").await;
    proxy.stop(Fate::Silent);
    turn.rollback().await.unwrap();
    process.says("going on with another").await;
    process.serves().await;
}

#[tokio::test]
async fn a_process_whose_own_claim_runs_over_leaves_its_session() {
    let Some(world) = World::start(1).await else {
        return;
    };
    let process = &world.processes[0];
    let (user, workflow) = world.two_stages().await;
    world
        .cluster
        .provider
        .otherwise(|_| Reply::gated("an answer"));
    let run = world.accept(process, &user, &workflow).await;
    world.cluster.provider.wait_for_requests(1).await;
    let pause = "mutation($id: ID!) { pauseExecution(id: $id) { id } }";
    let id = json!({ "id": run });
    world.cluster.data(process, &user, pause, id.clone()).await;
    world.cluster.provider.release();
    eventually("a run that is paused", || async {
        (world.count("executions where status = 'PAUSED'").await == 1).then_some(())
    })
    .await;
    // The resume waits for this transaction, and what it would claim is never known.
    let lock = world.direct.begin().await.unwrap();
    let row = "select id from executions for update";
    lock.execute_unprepared(row).await.unwrap();
    let resume = "mutation($id: ID!) { resumeExecution(id: $id) { id } }";
    let resuming = world.cluster.answer(process.address, &user, resume, id);
    let silent = async {
        eventually("a resume that waits", || async {
            let waits = "pg_stat_activity where datname = current_database()
                and wait_event_type = 'Lock'";
            (world.count(waits).await > 0).then_some(())
        })
        .await;
        world.proxy.stop(Fate::Silent);
        lock.rollback().await.unwrap();
    };
    let (answer, ()) = futures_util::future::join(resuming, silent).await;
    assert!(answer.is_none_or(|answer| answer["errors"].is_array()));
    eventually("another session", || async {
        process
            .log()
            .contains("opens another session")
            .then_some(())
    })
    .await;
}

#[tokio::test]
async fn runs_end_when_all_connections_of_two_processes_fall_silent() {
    let Some(world) = World::start(2).await else {
        return;
    };
    world.freeze_under_load().await;
}

#[tokio::test]
async fn a_process_is_not_ready_while_its_writes_get_no_answer_and_idleness_is_no_silence() {
    let Some(world) = World::start(1).await else {
        return;
    };
    let process = &world.processes[0];
    world.proxy.meet(Fate::Silent);
    world.proxy.stop(Fate::Silent);
    eventually("a process that is not ready", || async {
        (world.ready(process).await == 503).then_some(())
    })
    .await;
    world.proxy.meet(Fate::Passes);
    process.drives().await;
    assert!(
        !process.log().contains("opens another session"),
        "nobody wrote: {}",
        process.log()
    );
}

#[tokio::test]
async fn an_answer_that_comes_during_an_outage_is_written_after_it() {
    let Some(world) = World::start(1).await else {
        return;
    };
    let user = world.cluster.user();
    let process = &world.processes[0];
    let stages = json!([{ "promptTemplate": "a" }]);
    let workflow = world.cluster.workflow(process, &user, stages).await;
    world
        .cluster
        .provider
        .otherwise(|_| Reply::slow("an answer", STAGE * 3));
    for _ in 0..FEW {
        world.accept(process, &user, &workflow).await;
    }
    world.cluster.provider.wait_for_requests(FEW).await;
    world.proxy.meet(Fate::CutOff);
    world.proxy.stop(Fate::CutOff);
    eventually("a process that is not ready", || async {
        (world.ready(process).await == 503).then_some(())
    })
    .await;
    // How long the outage lasts: the answers come in the middle of it.
    tokio::time::sleep(STAGE * 6).await;
    world.proxy.meet(Fate::Passes);
    eventually("the end of all runs", || async {
        let ended = world.count("executions where status = 'COMPLETED'").await;
        (ended == i64::try_from(FEW).unwrap()).then_some(())
    })
    .await;
    assert_eq!(world.cluster.provider.requests().len(), FEW);
    let interrupted = "execution_logs where status <> 'FINISHED'";
    assert_eq!(world.count(interrupted).await, 0);
}

/// Processes that reach their PostgreSQL through a proxy.
struct World {
    cluster: Cluster,
    proxy: Proxy,
    processes: Vec<Process>,
    /// Past the proxy.
    direct: DatabaseConnection,
}

impl World {
    /// A user with a workflow of two stages.
    async fn two_stages(&self) -> (User, String) {
        let user = self.cluster.user();
        let stages = json!([{ "promptTemplate": "a" }, { "promptTemplate": "b" }]);
        let workflow = self
            .cluster
            .workflow(&self.processes[0], &user, stages)
            .await;
        (user, workflow)
    }

    async fn start(count: usize) -> Option<Self> {
        if database::server().is_none() {
            eprintln!("left out: this is about PostgreSQL");
            return None;
        }
        let database = Database::fresh().await;
        let proxy = Proxy::start(server_of(&database.url)).await;
        let direct = Connection::connect(&database.url).await.unwrap();
        let url = proxy.in_front_of(&database.url);
        let cluster = Cluster::on(database).await;
        let mut processes = Vec::new();
        for _ in 0..count {
            let process = cluster.start(&[("DATABASE_URL", &url)]).await;
            process.drives().await;
            processes.push(process);
        }
        Some(Self {
            cluster,
            proxy,
            processes,
            direct,
        })
    }

    /// Starts more runs than may be under way, freezes all connections in the middle, and waits for the end.
    async fn freeze_under_load(&self) {
        let user = self.cluster.user();
        let stages = json!(vec![json!({ "promptTemplate": "a" }); STAGES]);
        let workflow = self.cluster.workflow(&self.processes[0], &user, stages);
        let workflow = workflow.await;
        self.cluster
            .provider
            .otherwise(|_| Reply::slow("an answer", STAGE));
        for number in 0..RUNS {
            let process = &self.processes[number % self.processes.len()];
            self.accept(process, &user, &workflow).await;
        }
        self.cluster.provider.wait_for_requests(RUNS).await;
        self.proxy.stop(Fate::Silent);
        let frozen = Instant::now();
        let process = &self.processes[0];
        eventually("a process that is not ready", || async {
            (self.ready(process).await == 503).then_some(())
        })
        .await;
        eventually("the end of all runs", || async {
            let ended = self.count("executions where status = 'COMPLETED'").await;
            (ended == i64::try_from(RUNS).unwrap()).then_some(())
        })
        .await;
        let own_work = STAGE * u32::try_from(RUNS * STAGES).unwrap() / 16;
        assert!(frozen.elapsed() < RECOVERY + own_work);
        for process in &self.processes {
            process.drives().await;
        }
        let crashed =
            "execution_logs where error_message like '%died%' or error_message like '%lost%'";
        assert_eq!(self.count(crashed).await, 0);
        assert_eq!(self.count("executions where crash_count > 0").await, 0);
    }

    async fn accept(&self, process: &Process, user: &User, workflow: &str) -> String {
        let input = json!({ "input": { "workflowId": workflow } });
        let started = self.cluster.data(process, user, START, input).await;
        text(&started["startExecution"]["id"])
    }

    async fn count(&self, what: &str) -> i64 {
        let sql = format!("select count(*) as count from {what}");
        let statement = Statement::from_string(DbBackend::Postgres, sql);
        let row = self.direct.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get("", "count").unwrap()
    }

    async fn ready(&self, process: &Process) -> u16 {
        let url = format!("http://{}/readyz", process.address);
        reqwest::get(url).await.unwrap().status().as_u16()
    }
}
