//! Tables change while other processes write to them: nobody is stopped for long, and whatever is killed,
//! the next start goes on. An SQLite file has one process.

use std::process::Stdio;
use std::time::Duration;

use footlight::error::Result;
use footlight::store::Store;
use sea_orm::{
    ConnectionTrait, Database as Connection, DatabaseConnection, DatabaseTransaction, DbBackend,
    Statement, TransactionTrait,
};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::support::database::{self, Database};
use crate::support::process::eventually;

/// An index that is built concurrently, and the change that builds it.
const INDEX: (&str, &str) = ("executions_pending", "m20261129_000017_index_pending_runs");
/// An index that a change builds in its transaction, beside what else it does.
const PLAIN_INDEX: (&str, &str) = (
    "executions_newest_by_workflow_and_status",
    "m20261126_000012_leave_room_in_executions",
);
/// What a statement that writes to runs takes.
const AS_A_WRITER: &str = "lock table executions in row exclusive mode";
/// The building of an index that waits for others.
const WAITING: &str = "select pid as number from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'
        and query ilike 'create index%'";

#[tokio::test]
async fn an_index_is_built_while_others_write() {
    let Some(scene) = Scene::before(INDEX).await else {
        return;
    };
    let writer = scene.writer().await;
    let migrating = tokio::spawn(migrate(scene.database.url.clone()));
    scene.waits().await;
    scene.write_within("500ms").await;
    writer.commit().await.unwrap();
    migrating.await.unwrap().unwrap();
    assert!(scene.is_valid(INDEX.0).await);
}

#[tokio::test]
async fn an_index_that_was_given_up_half_built_is_built_again() {
    let Some(scene) = Scene::before(INDEX).await else {
        return;
    };
    let writer = scene.writer().await;
    let migrating = tokio::spawn(migrate(scene.database.url.clone()));
    let builder = scene.waits().await;
    let kill = format!("select pg_terminate_backend({builder})");
    scene.db.execute_unprepared(&kill).await.unwrap();
    migrating.await.unwrap().unwrap_err();
    writer.commit().await.unwrap();
    assert!(!scene.is_valid(INDEX.0).await, "nothing was left behind");

    migrate(scene.database.url.clone()).await.unwrap();
    assert!(scene.is_valid(INDEX.0).await);
}

#[tokio::test]
async fn replicas_that_build_an_index_together_do_not_hold_each_other_up() {
    let Some(scene) = Scene::before(INDEX).await else {
        return;
    };
    let writer = scene.writer().await;
    let all = [(); 3].map(|()| tokio::spawn(migrate(scene.database.url.clone())));
    scene.waits().await;
    writer.commit().await.unwrap();
    for migrating in all {
        migrating.await.unwrap().unwrap();
    }
    assert!(scene.is_valid(INDEX.0).await);
}

#[tokio::test]
async fn a_change_that_needs_the_table_gives_way_and_is_made_in_the_end() {
    let Some(scene) = Scene::before(PLAIN_INDEX).await else {
        return;
    };
    let writer = scene.writer().await;
    let mut process = scene.migrating_process();
    scene.waits().await;
    // Behind a change that waits, but not for long.
    scene.write_within("4s").await;
    let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
    let said = loop {
        let line = log.next_line().await.unwrap().unwrap();
        if line.contains("waits for a lock") {
            break line;
        }
    };
    assert!(said.contains(PLAIN_INDEX.1), "{said}");
    assert!(said.contains("seconds="), "{said}");
    writer.commit().await.unwrap();
    assert!(process.wait().await.unwrap().success());
    assert!(scene.is_valid(PLAIN_INDEX.0).await);
}

#[tokio::test]
async fn a_process_that_is_killed_while_it_changes_tables_is_followed_by_one_that_goes_on() {
    for index in [PLAIN_INDEX, INDEX] {
        let Some(scene) = Scene::before(index).await else {
            return;
        };
        let writer = scene.writer().await;
        let mut process = scene.migrating_process();
        scene.waits().await;
        process.kill().await.unwrap();
        let next = tokio::spawn(migrate(scene.database.url.clone()));
        writer.commit().await.unwrap();
        next.await.unwrap().unwrap();
        assert!(scene.is_valid(index.0).await);
    }
}

/// A database that lacks an index, and the change that makes it.
struct Scene {
    database: Database,
    db: DatabaseConnection,
}

impl Scene {
    async fn before((index, change): (&str, &str)) -> Option<Self> {
        if database::server().is_none() {
            eprintln!("left out: an SQLite file has one process");
            return None;
        }
        let database = Database::fresh().await;
        let db = Connection::connect(&database.url).await.unwrap();
        for statement in [
            format!("drop index {index}"),
            format!("delete from seaql_migrations where version = '{change}'"),
        ] {
            db.execute_unprepared(&statement).await.unwrap();
        }
        Some(Self { database, db })
    }

    /// A transaction that has written to the runs and is not committed.
    async fn writer(&self) -> DatabaseTransaction {
        let writer = self.db.begin().await.unwrap();
        writer.execute_unprepared(AS_A_WRITER).await.unwrap();
        writer
    }

    /// Somebody else writes to the runs, within this time.
    async fn write_within(&self, time: &str) {
        let other = self.db.begin().await.unwrap();
        let limit = format!("set local lock_timeout = '{time}'");
        other.execute_unprepared(&limit).await.unwrap();
        other.execute_unprepared(AS_A_WRITER).await.unwrap();
        other.commit().await.unwrap();
    }

    /// Waits until an index is about to be built, and waits for others. Answers who builds it.
    async fn waits(&self) -> i32 {
        eventually("an index that waits", || self.number(WAITING)).await
    }

    async fn number(&self, sql: &str) -> Option<i32> {
        let question = Statement::from_string(DbBackend::Postgres, sql);
        let row = self.db.query_one_raw(question).await.unwrap()?;
        Some(row.try_get("", "number").unwrap())
    }

    async fn is_valid(&self, index: &str) -> bool {
        let sql = format!(
            "select 1 as number from pg_index where indexrelid = '{index}'::regclass and indisvalid"
        );
        self.number(&sql).await.is_some()
    }

    fn migrating_process(&self) -> Child {
        Command::new(env!("CARGO_BIN_EXE_footlight"))
            .arg("migrate")
            .env_clear()
            .env("DATABASE_URL", &self.database.url)
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    }
}

async fn migrate(url: String) -> Result<()> {
    let store = Store::connect(&url, 2).await.unwrap();
    let migrated = tokio::time::timeout(Duration::from_mins(1), store.migrate()).await;
    store.close().await;
    migrated.unwrap()
}
