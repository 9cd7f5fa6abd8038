//! What the engine asks again and again costs as much as the runs that are under way, not as all that there
//! are. `cargo bench --bench api` shows the plans of what callers ask.

use std::sync::Mutex;

use chrono::DateTime;
use footlight::store::page::Window;
use footlight::store::{Store, event, execution, execution_log, lease};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, Statement,
};
use uuid::Uuid;

use crate::support::database::Database;

/// The indexes of runs, or attempts, in the states in which they are under way.
const OF_LIVE: [&str; 5] = [
    "executions_due",
    "executions_leased",
    "executions_active",
    "execution_logs_open",
    "execution_events_statuses",
];

/// One user with many ended runs: where PostgreSQL may, it reads the whole table of these.
const ENDED_RUNS: &str = "
    insert into user_profiles (id) values ('00000000-0000-0000-0000-000000000000');
    insert into workflow_revisions (id, user_id, version, digest, definition)
        select id, id, 1, 'none', '[]' from user_profiles;
    insert into executions
        (id, user_id, revision_id, status, execution_inputs, created_at, completed_at)
        select gen_random_uuid(), profile.id, profile.id, 'COMPLETED',
            jsonb_build_object('text', repeat('wide ', 160)),
            now() - n * interval '1 second', now() - n * interval '1 second'
        from user_profiles profile, generate_series(1, 20000) n;
    analyze";

#[tokio::test]
async fn what_is_asked_about_live_runs_looks_at_live_runs_alone() {
    let database = Database::fresh().await;
    let store = Store::connect(&database.url, 2).await.unwrap();
    store.migrate().await.unwrap();
    if !store.is_embedded() {
        store.reader().execute_unprepared(ENDED_RUNS).await.unwrap();
    }
    let db = Explained::new(store.reader());
    let (now, id) = (DateTime::UNIX_EPOCH, Uuid::nil());
    let page = Window {
        after: None,
        size: 20,
    };

    lease::due(&db, now, 4, 64).await.unwrap();
    lease::next_due(&db, now).await.unwrap();
    lease::count_due(&db, now).await.unwrap();
    lease::count_active(&db).await.unwrap();
    lease::held_by(&db, id).await.unwrap();
    lease::lock_of_session(&db, id).await.unwrap();
    lease::has_orphans(&db, Some(id)).await.unwrap();
    lease::lock_orphans(&db, None, 10).await.unwrap();
    execution::count_running(&db, &[id]).await.unwrap();
    let mark = event::status::mark(&db, id).await.unwrap();
    event::status::since(&db, id, mark, mark).await.unwrap();
    event::status::at(&db, id, &[(id, 1)]).await.unwrap();
    execution_log::pending(&db, id, &page).await.unwrap();

    let scans: Vec<String> = db
        .steps()
        .into_iter()
        .filter(|step| is_of_all(step))
        .collect();
    assert!(scans.is_empty(), "{scans:#?}");
}

/// Does this step of a plan go through a table, or an index of all its rows?
fn is_of_all(step: &str) -> bool {
    let scans = step.starts_with("SCAN execution") || step.contains("Seq Scan on execution");
    scans && !OF_LIVE.iter().any(|index| step.contains(index))
}

/// A connection that asks for the plan of every statement before it is run.
struct Explained<'a> {
    db: &'a DatabaseConnection,
    steps: Mutex<Vec<String>>,
}

impl<'a> Explained<'a> {
    fn new(db: &'a DatabaseConnection) -> Self {
        let steps = Mutex::default();
        Self { db, steps }
    }

    async fn explain(&self, statement: &Statement) -> Result<(), DbErr> {
        let (explain, column) = match self.get_database_backend() {
            DbBackend::Postgres => ("explain", "QUERY PLAN"),
            _ => ("explain query plan", "detail"),
        };
        let mut question = statement.clone();
        question.sql = format!("{explain} {}", statement.sql);
        for row in self.db.query_all_raw(question).await? {
            let step = row.try_get("", column)?;
            self.steps.lock().unwrap().push(step);
        }
        Ok(())
    }

    fn steps(self) -> Vec<String> {
        let steps = self.steps.into_inner().unwrap();
        assert!(!steps.is_empty());
        steps
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Explained<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.db.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.explain(&statement).await?;
        self.db.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.db.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.explain(&statement).await?;
        self.db.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.explain(&statement).await?;
        self.db.query_all_raw(statement).await
    }
}
