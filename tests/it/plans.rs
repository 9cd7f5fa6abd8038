//! What the engine asks again and again costs as much as the runs that are under way, not as all that there
//! are. `cargo bench --bench api` shows the plans of what callers ask.

use std::sync::Mutex;

use chrono::{DateTime, TimeDelta};
use footlight::clock::Clock;
use footlight::domain::status::ExecutionStatus;
use footlight::store::connection::Connection;
use footlight::store::page::Window;
use footlight::store::{
    self, Store, deletion, event, execution, execution_log, lease, pending, retention, revision,
};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use uuid::Uuid;

use crate::support::backlog;
use crate::support::database::Database;
use crate::support::rows;

/// The indexes of runs, or attempts, in the states in which they are under way.
const OF_LIVE: [&str; 8] = [
    "executions_due",
    "executions_pending",
    "executions_running",
    "executions_leased",
    "executions_paused",
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

    pending::lock_next(&db, now, &[(id, 4); 3]).await.unwrap();
    pending::next_due(&db, now).await.unwrap();
    pending::count_due(&db, now, 100).await.unwrap();
    lease::count_active(&db, 100).await.unwrap();
    lease::held_by(&db, id).await.unwrap();
    lease::lock_of_session(&db, id).await.unwrap();
    lease::has_orphans(&db, Some(id)).await.unwrap();
    lease::lock_orphans(&db, None, 10).await.unwrap();
    execution::count_running(&db, &[id]).await.unwrap();
    let mark = event::status::mark(&db, id).await.unwrap();
    event::status::since(&db, id, mark.clone(), mark)
        .await
        .unwrap();
    event::status::at(&db, id, &[(id, 1)]).await.unwrap();
    execution_log::pending(&db, id, &page).await.unwrap();

    let scans: Vec<String> = db
        .steps()
        .into_iter()
        .filter(|step| is_of_all(step))
        .collect();
    assert!(scans.is_empty(), "{scans:#?}");
}

/// Rows that the steps of a statement may bring: 256 users take two looks each, and each row is brought through some steps.
const FEW: f64 = 5_000.0;

#[tokio::test]
async fn a_claim_costs_the_same_however_long_the_backlog() {
    let database = Database::fresh().await;
    let store = Store::connect(&database.url, 2).await.unwrap();
    store.migrate().await.unwrap();
    let db = store.reader();
    backlog::add_users(db, 2_000).await;
    backlog::add_runs(db, (1, 1), 20_000).await;
    backlog::add_runs(db, (2, 2_000), 5).await;
    if !store.is_embedded() {
        db.execute_unprepared("analyze").await.unwrap();
    }
    let now = Clock::system().now();
    let everybody = (Uuid::nil(), Uuid::max());
    let users: Vec<_> = (1..=256).map(backlog::user).collect();
    let shares: Vec<_> = (1..=64).map(|user| (backlog::user(user), 16)).collect();

    let db = Explained::measuring(db);
    let found = pending::users(&db, everybody, 256).await.unwrap();
    let found: Vec<_> = found.iter().map(|user| user.user_id).collect();
    assert_eq!(found, users);
    db.read_few("users");
    let next = pending::lock_next(&db, now, &shares).await.unwrap();
    assert_eq!(next.len(), 16 + 63 * 5);
    db.read_few("next");
    pending::next_due(&db, now).await.unwrap();
    db.read_few("next due");
    execution::count_running(&db, &users).await.unwrap();
    db.read_few("running");
    let count = pending::count(&db, backlog::user(1), 1_000).await.unwrap();
    assert_eq!(count, 1_000);
    db.read_few("count");

    // Some are paused, many wait.
    let paused = backlog::user(1).as_u128();
    let paused = match db.get_database_backend() {
        DbBackend::Postgres => format!("'{paused:032x}'"),
        _ => format!("x'{paused:032x}'"),
    };
    let pause = format!("update executions set status = 'PAUSED' where user_id = {paused}");
    db.execute_unprepared(&pause).await.unwrap();
    assert_eq!(pending::count_due(&db, now, 500).await.unwrap(), 500);
    let active = lease::count_active(&db, 500).await.unwrap();
    let active: Vec<_> = active.iter().map(|(_, count)| *count).collect();
    assert_eq!(active, [500, 0, 500]);
    for step in db.steps() {
        let reads_much = rows_of(&step) > 600.0 || step.contains("executions_active");
        assert!(!reads_much, "{step}");
    }
}

/// Whoever has a transaction open, in whichever database of the server, makes nobody read more.
#[tokio::test]
async fn a_watcher_reads_what_changed_however_long_a_transaction_has_been_open() {
    let database = Database::fresh().await;
    let store = Store::connect(&database.url, 2).await.unwrap();
    store.migrate().await.unwrap();
    let (db, owner) = (store.reader(), backlog::user(1));
    backlog::add_users(db, 1).await;
    let open = if store.is_embedded() {
        None
    } else {
        let open = store.transaction().await.unwrap();
        rows::keep_open(&open).await;
        Some(open)
    };
    backlog::add_runs(db, (1, 1), 3_000).await;
    backlog::add_events(db).await;
    if !store.is_embedded() {
        db.execute_unprepared("analyze").await.unwrap();
    }

    let before = event::status::mark(db, owner).await.unwrap();
    backlog::add_runs(db, (1, 1), 1).await;
    backlog::add_events(db).await;
    let after = event::status::mark(db, owner).await.unwrap();
    let db = Explained::measuring(db);
    let new = event::status::since(&db, owner, before, after).await;
    let new = new.unwrap().len();
    if let Some(open) = open {
        db.read_few("statuses");
        assert_eq!(new, 1);
        open.rollback().await.unwrap();
    } else {
        // Those of the last seconds are read again, for a clock may be set back.
        assert!((1..20).contains(&new), "{new}");
    }
}

#[tokio::test]
async fn a_list_of_runs_in_several_states_reads_no_more_than_a_page_of_each() {
    use ExecutionStatus::{Cancelled, Completed, Failed, Running};
    let database = Database::fresh().await;
    let store = Store::connect(&database.url, 2).await.unwrap();
    store.migrate().await.unwrap();
    let db = store.reader();
    backlog::add_users(db, 1).await;
    backlog::add_runs(db, (1, 1), 20_000).await;
    db.execute_unprepared("update executions set status = 'COMPLETED'")
        .await
        .unwrap();
    for (status, count) in [("FAILED", 40), ("CANCELLED", 3)] {
        let some = "select id from executions where status = 'COMPLETED' order by created_at";
        let change =
            format!("update executions set status = '{status}' where id in ({some} limit {count})");
        db.execute_unprepared(&change).await.unwrap();
    }
    if !store.is_embedded() {
        db.execute_unprepared("vacuum analyze executions")
            .await
            .unwrap();
    }
    let user = backlog::user(1);
    let now = Clock::system().now();
    let (page, recent) = (
        Window {
            after: None,
            size: 20,
        },
        now - TimeDelta::hours(1),
    );
    let of = |states: &[ExecutionStatus]| execution::Filter {
        states: Some(states.to_vec()),
        ..execution::Filter::default()
    };
    let several = of(&[Failed, Running, Completed, Cancelled]);
    let bounded = execution::Filter {
        created_after: Some(recent),
        created_before: Some(now - TimeDelta::minutes(30)),
        ..several.clone()
    };
    let timed = execution::Filter {
        states: None,
        ..bounded.clone()
    };

    let db = Explained::measuring(db);
    for (filter, rows, all) in [
        (&several, 21, 20_000),
        (&of(&[Failed, Cancelled]), 21, 43),
        (&of(&[Running, Cancelled]), 3, 3),
        (&bounded, 21, 1_800),
        (&timed, 21, 1_800),
    ] {
        let found = execution::list(&db, user, filter, &page).await.unwrap();
        assert_eq!(found.len(), rows, "{filter:?}");
        db.goes_along_the_newest(21 * 4);
        let most = 100;
        let count = execution::count(&db, user, filter, most).await.unwrap();
        assert_eq!(count, most.min(all), "{filter:?}");
        db.goes_along_the_newest(100);
    }
    let workflows = [user; 3];
    let counts = execution::count_of_workflows(&db, user, &workflows, Some(Failed), 100);
    assert_eq!(counts.await.unwrap().len(), 3);
    execution_log::count_of_executions(&db, user, &[user], None, 100)
        .await
        .unwrap();
    execution_log::count_pending(&db, user, 100).await.unwrap();
    let scans: Vec<String> = db
        .steps()
        .into_iter()
        .filter(|step| is_of_all(step))
        .collect();
    assert!(scans.is_empty(), "{scans:#?}");
}

#[tokio::test]
async fn what_the_keeper_does_costs_as_much_as_what_it_takes_on() {
    let database = Database::fresh().await;
    let store = Store::connect(&database.url, 2).await.unwrap();
    store.migrate().await.unwrap();
    if !store.is_embedded() {
        store.reader().execute_unprepared(ENDED_RUNS).await.unwrap();
    }
    let db = Explained::new(store.reader());
    let (now, id) = (DateTime::UNIX_EPOCH, Uuid::nil());
    let workflow = deletion::Deleted { id, user_id: id };

    retention::lock_old(&db, now, retention::Place::START, 64)
        .await
        .unwrap();
    retention::forget_first_runs(&db, &[id], 64).await.unwrap();
    retention::delete(&db, &[id]).await.unwrap();
    revision::delete_unused(&db, &[id]).await.unwrap();
    deletion::deleted(&db).await.unwrap();
    deletion::lock_active(&db, workflow, 16).await.unwrap();
    deletion::detach_ended(&db, workflow, None, 64)
        .await
        .unwrap();
    deletion::detach_snapshots(&db, workflow, 64).await.unwrap();
    deletion::detach_revisions(&db, workflow, 64).await.unwrap();
    deletion::remove(&db, workflow).await.unwrap();

    let steps = db.steps();
    let scans: Vec<_> = steps
        .iter()
        .filter(|step| step.contains("SCAN ") || step.contains("Seq Scan"))
        .filter(|step| !step.contains("workflows_deleted"))
        .collect();
    assert!(scans.is_empty(), "{scans:#?}");
    let goes_along = |index: &str| steps.iter().any(|step| step.contains(index));
    assert!(goes_along("executions_by_end"), "{steps:#?}");
}

/// A row that is deleted leads to a look-up in every table that refers to it.
#[tokio::test]
async fn every_foreign_key_has_an_index_that_begins_with_it() {
    let database = Database::fresh().await;
    let store = Store::connect(&database.url, 1).await.unwrap();
    store.migrate().await.unwrap();
    let question = if store.is_embedded() {
        "select tables.name || ' ' || keys.\"from\" as thing
            from sqlite_master tables, pragma_foreign_key_list(tables.name) keys
            where tables.type = 'table' and keys.seq = 0 and not exists (
                select 1 from pragma_index_list(tables.name) indexes,
                    pragma_index_info(indexes.name) columns
                where columns.seqno = 0 and columns.name = keys.\"from\")"
    } else {
        "select conrelid::regclass || ' ' || conname as thing from pg_constraint
            where contype = 'f' and not exists (
                select 1 from pg_index
                where indrelid = conrelid and indisvalid and indkey[0] = any (conkey))"
    };
    let backend = store.reader().get_database_backend();
    let question = Statement::from_string(backend, question);
    let found = store.reader().query_all_raw(question).await.unwrap();
    let bare: Vec<String> = found
        .iter()
        .map(|row| row.try_get("", "thing").unwrap())
        .collect();
    assert_eq!(bare, [""; 0]);
}

#[tokio::test]
async fn a_context_is_made_anew_without_a_look_at_prompts_or_at_other_runs() {
    let database = Database::fresh().await;
    let store = Store::connect(&database.url, 2).await.unwrap();
    store.migrate().await.unwrap();
    let db = Explained::new(store.reader());
    let id = Uuid::nil();
    let run = rows::run(id, id, id, DateTime::UNIX_EPOCH);
    let origin = store::execution::origin(&run);

    store::context::of(&db, id, std::slice::from_ref(&origin))
        .await
        .unwrap();
    store::context::before(&db, id, &origin, 1).await.unwrap();
    execution_log::answers(&db, id, &[id]).await.unwrap();
    execution_log::edit(&db, id, id).await.unwrap();

    let asked = db.asked();
    assert!(asked.iter().any(|sql| sql.contains("raw_output")));
    for sql in &asked {
        let reads_prompts = sql.contains("prompt_sent") || sql.contains("\"inputs\"");
        assert!(!reads_prompts && !sql.contains('*'), "{sql}");
    }
    let scans: Vec<String> = db
        .steps()
        .into_iter()
        .filter(|step| is_of_all(step))
        .collect();
    assert!(scans.is_empty(), "{scans:#?}");
}

/// The rows of attempts that this transaction has looked at.
const LOOKED_AT: &str = "select (seq_tup_read + idx_tup_fetch)::bigint as rows
    from pg_stat_xact_user_tables where relname = 'execution_logs'";

/// PostgreSQL keeps a plan for as long as it has counted no new rows: it is not to go through all of a table that
/// was empty when the plan was made.
#[tokio::test]
async fn a_plan_of_when_nothing_was_there_does_not_stay() {
    let database = Database::fresh().await;
    let store = Store::connect(&database.url, 2).await.unwrap();
    store.migrate().await.unwrap();
    if store.is_embedded() {
        return;
    }
    let (db, now) = (store.reader(), Clock::system().now());
    db.execute_unprepared("analyze").await.unwrap();
    let owner = backlog::user(1);
    let run = |id| rows::run(Uuid::from_u128(id), owner, owner, now);
    let attempts: Vec<_> = (0..64).map(|id| rows::attempt(&run(id), now)).collect();
    let attempts: Vec<_> = attempts.iter().collect();
    let tx = store.group_transaction().await.unwrap();
    execution_log::conclude_all(&tx, &attempts).await.unwrap();
    tx.commit().await.unwrap();

    backlog::add_users(db, 1).await;
    backlog::add_runs(db, (1, 1), 2_000).await;
    let sql =
        "insert into execution_logs (id, execution_id, user_id, stage_order, attempt_number, visit,
            status, started_seq)
        select gen_random_uuid(), id, user_id, 1, 1, 1, 'FINISHED', 1 from executions";
    db.execute_unprepared(sql).await.unwrap();
    for _ in 0..32 {
        store
            .group_transaction()
            .await
            .unwrap()
            .commit()
            .await
            .unwrap();
    }
    let tx = store.group_transaction().await.unwrap();
    execution_log::conclude_all(&tx, &attempts).await.unwrap();
    let looked_at = Statement::from_string(tx.get_database_backend(), LOOKED_AT);
    let looked_at = tx.query_one_raw(looked_at).await.unwrap().unwrap();
    assert_eq!(looked_at.try_get::<i64>("", "rows").unwrap(), 0);
}

/// Does this step of a plan go through a table, or an index of all its rows?
fn is_of_all(step: &str) -> bool {
    let scans = step.starts_with("SCAN execution") || step.contains("Seq Scan on execution");
    scans && !OF_LIVE.iter().any(|index| step.contains(index))
}

/// The rows that a step of a measured plan has brought, those that it threw away included.
fn rows_of(step: &str) -> f64 {
    if let Some((_, removed)) = step.split_once("Rows Removed by Filter: ") {
        return removed.parse().unwrap();
    }
    let number = |name: &str| -> Option<f64> {
        let (_, actual) = step.split_once("(actual")?;
        let (_, rest) = actual.split_once(name)?;
        rest.split([' ', ')']).next()?.parse().ok()
    };
    number("rows=").unwrap_or(0.0) * number("loops=").unwrap_or(0.0)
}

/// A connection that asks for the plan of every statement before it is run.
struct Explained<'a> {
    db: &'a Connection,
    asked: Mutex<Vec<String>>,
    /// Is each statement run for its plan, to see how many rows it reads? SQLite has no such plan.
    measures: bool,
    steps: Mutex<Vec<String>>,
}

impl<'a> Explained<'a> {
    fn new(db: &'a Connection) -> Self {
        Self {
            db,
            asked: Mutex::default(),
            measures: false,
            steps: Mutex::default(),
        }
    }

    fn measuring(db: &'a Connection) -> Self {
        let measures = true;
        Self {
            measures,
            ..Self::new(db)
        }
    }

    /// Fails when a statement since the last such look reads many rows: on PostgreSQL it says how many, on
    /// SQLite it goes through an index, or sorts.
    fn read_few(&self, what: &str) {
        let steps = std::mem::take(&mut *self.steps.lock().unwrap());
        assert!(!steps.is_empty());
        let rows: f64 = steps.iter().map(|step| rows_of(step)).sum();
        assert!(rows < FEW, "{what} reads {rows} rows: {steps:#?}");
        let long = |step: &&String| step.starts_with("SCAN exec") || step.contains("B-TREE");
        assert_eq!(steps.iter().find(long), None, "{what}: {steps:#?}");
    }

    /// Fails when a statement since the last such look reads runs otherwise than by an index of the newest, or that of
    /// the few that run, or a step of it more rows than these.
    fn goes_along_the_newest(&self, most: u32) {
        let steps = std::mem::take(&mut *self.steps.lock().unwrap());
        let reads = |step: &&String| {
            let names = [" executions", "on executions"];
            let is_read = step.contains("SCAN") || step.contains("SEARCH") || step.contains("Scan");
            is_read && names.iter().any(|name| step.contains(name))
        };
        let mut read = steps.iter().filter(reads).peekable();
        assert!(read.peek().is_some(), "{steps:#?}");
        for step in read {
            let indices = ["executions_newest", "executions_running"];
            let is_by_one = indices.iter().any(|index| step.contains(index));
            assert!(is_by_one, "{step}: {steps:#?}");
        }
        for step in &steps {
            assert!(rows_of(step) <= f64::from(most), "{step}: {steps:#?}");
        }
    }

    async fn explain(&self, statement: &Statement) -> Result<(), DbErr> {
        let (explain, column) = match self.get_database_backend() {
            DbBackend::Postgres if self.measures => ("explain analyze", "QUERY PLAN"),
            DbBackend::Postgres => ("explain", "QUERY PLAN"),
            _ => ("explain query plan", "detail"),
        };
        self.asked.lock().unwrap().push(statement.sql.clone());
        let mut question = statement.clone();
        question.sql = format!("{explain} {}", statement.sql);
        for row in self.db.query_all_raw(question).await? {
            let step = row.try_get("", column)?;
            self.steps.lock().unwrap().push(step);
        }
        Ok(())
    }

    /// The texts of the statements.
    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
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
