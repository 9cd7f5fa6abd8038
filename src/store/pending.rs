//! The backlog: whose runs wait to be claimed, since when, and which of them are next.
//!
//! An index has the pending runs of each user in the order in which they are due: at the end of their wait,
//! else since they were made. Each answer is one look into it, so that nothing here depends on how many runs
//! wait.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter,
    QuerySelect, QueryTrait, Statement, Value,
};
use uuid::Uuid;

use super::{rows, state};
use crate::domain::status::ExecutionStatus;
use crate::entity::execution::{Column, Entity, Model};
use crate::error::Result;

/// When a run is due, in milliseconds since 1970, as the index says it.
const POSTGRES_DUE: &str =
    "coalesce(next_run_at, (extract(epoch from created_at at time zone 'UTC') * 1000)::bigint)";
const SQLITE_DUE: &str =
    "coalesce(next_run_at, cast(round((julianday(created_at) - 2440587.5) * 86400000) as integer))";

/// The first pending run of one user after the other: each step goes to the first entry of the next user, however
/// many the last one has.
const USERS: &str = "
    with recursive waiting (user_id, due_at, number) as (
        select user_id, {due}, cast(1 as bigint)
        from executions
        where id = (
            select id from executions
            where status = 'PENDING' and user_id >= $1 and user_id <= $2
            order by user_id, {due}, id
            limit 1
        )
        union all
        select run.user_id, {due of run}, waiting.number + 1
        from waiting join executions as run on run.id = (
            select id from executions
            where status = 'PENDING' and user_id > waiting.user_id and user_id <= $2
            order by user_id, {due}, id
            limit 1
        )
        where waiting.number < $3
    )
    select user_id, due_at from waiting";

/// The first due runs of a user.
const NEXT: &str = "
    select id from (
        select id from executions
        where status = 'PENDING' and user_id = {user} and {due} <= {now}
        order by {due}, id
        limit {runs}
    ) as next";

/// A user who has pending runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub user_id: Uuid,
    /// When the first of them is due, in milliseconds since 1970.
    pub due_at: i64,
}

/// A run that is due.
#[derive(Clone, Debug)]
pub struct Due {
    pub run: Model,
    /// Its workflow is deleted: it is to be cancelled, and not to be claimed.
    pub is_doomed: bool,
}

/// The users with pending runs whose ids are from `first` to `last`, in their order, at most `most`.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn users(
    db: &impl ConnectionTrait,
    (first, last): (Uuid, Uuid),
    most: u64,
) -> Result<Vec<Waiting>> {
    let due = due(db.get_database_backend());
    let of_run = due
        .replace("next_run_at", "run.next_run_at")
        .replace("created_at", "run.created_at");
    let sql = USERS.replace("{due of run}", &of_run).replace("{due}", due);
    let values = [first.into(), last.into(), whole(most)];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let mut users = Vec::new();
    for row in db.query_all_raw(statement).await? {
        users.push(Waiting {
            user_id: row.try_get("", "user_id")?,
            due_at: row.try_get("", "due_at")?,
        });
    }
    Ok(users)
}

/// The first due runs of users, of each at most as many as stand beside him; locked until the transaction
/// ends, without those that others have locked.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn lock_next(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    shares: &[(Uuid, u64)],
) -> Result<Vec<Due>> {
    let mut ids = Vec::new();
    for shares in rows::pieces(shares) {
        for row in db.query_all_raw(next(db, now, shares)).await? {
            ids.push(row.try_get::<Uuid>("", "id")?);
        }
    }
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = Entity::find()
        .filter(Column::Id.is_in(rows::padded(&ids)))
        .filter(state::run_is(ExecutionStatus::Pending))
        .expr_as(state::workflow_is_deleted(), "is_doomed")
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_query();
    let mut found = Vec::new();
    for row in db.query_all(&query).await? {
        found.push(Due {
            run: Model::from_query_result(&row, "")?,
            is_doomed: row.try_get("", "is_doomed")?,
        });
    }
    found.sort_by_key(|Due { run, .. }| {
        let made_at = run.created_at.timestamp_millis();
        run.next_run_at.unwrap_or(made_at)
    });
    Ok(found)
}

/// How many pending runs a user has, counted no further than `most`.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn count(db: &impl ConnectionTrait, owner: Uuid, most: u64) -> Result<u64> {
    let runs = "select 1 from executions where status = 'PENDING' and user_id = $1";
    rows::count(db, &[runs], vec![owner.into()], most).await
}

/// The ids of a user's runs that are due, in the order in which they are taken up, at most `most`.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn line(
    db: &impl ConnectionTrait,
    owner: Uuid,
    now: DateTime<Utc>,
    most: u64,
) -> Result<Vec<Uuid>> {
    let mut ids = Vec::new();
    for row in db.query_all_raw(next(db, now, &[(owner, most)])).await? {
        ids.push(row.try_get("", "id")?);
    }
    Ok(ids)
}

/// How many runs could be claimed now, if there were slots, counted no further than `most`.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn count_due(db: &impl ConnectionTrait, now: DateTime<Utc>, most: u64) -> Result<u64> {
    let new = "select 1 from executions where status = 'PENDING' and next_run_at is null
        order by next_run_at";
    let waited = "select 1 from executions where status = 'PENDING' and next_run_at <= $1
        order by next_run_at";
    let now = now.timestamp_millis().into();
    rows::count(db, &[new, waited], vec![now], most).await
}

/// When the next run that waits becomes due, in milliseconds since 1970.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn next_due(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Option<i64>> {
    let query = Entity::find()
        .filter(state::run_is(ExecutionStatus::Pending))
        .filter(Column::NextRunAt.gt(now.timestamp_millis()))
        .select_only()
        .column_as(Column::NextRunAt.min(), "next");
    Ok(query.into_tuple::<Option<i64>>().one(db).await?.flatten())
}

fn next(db: &impl ConnectionTrait, now: DateTime<Utc>, shares: &[(Uuid, u64)]) -> Statement {
    let backend = db.get_database_backend();
    let mut values: Vec<Value> = vec![now.timestamp_millis().into()];
    let mut parts = Vec::with_capacity(shares.len());
    for (user, runs) in shares {
        values.extend([(*user).into(), whole(*runs)]);
        let part = NEXT
            .replace("{due}", due(backend))
            .replace("{now}", "$1")
            .replace("{user}", &format!("${}", values.len() - 1))
            .replace("{runs}", &format!("${}", values.len()));
        parts.push(part);
    }
    Statement::from_sql_and_values(backend, parts.join(" union all "), values)
}

const fn due(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => POSTGRES_DUE,
        _ => SQLITE_DUE,
    }
}

fn whole(count: u64) -> Value {
    i64::try_from(count).unwrap_or(i64::MAX).into()
}
