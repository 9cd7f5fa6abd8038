//! Which runs may be claimed, which are held, and which have lost the process that drove them.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{ExprTrait, LockBehavior, LockType, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, Statement,
};
use uuid::Uuid;

use super::state;
use crate::domain::status::ExecutionStatus;
use crate::entity::execution::{Column, Entity, Model};
use crate::entity::worker_session;
use crate::error::Result;

/// Key of the advisory lock under which runs are picked ("flclaims" in ASCII).
const CLAIM_LOCK: i64 = 0x666c_636c_6169_6d73;

/// SQLite would group all runs there are in the order of an index of users, were they not gathered first;
/// and that every running run has an owner leads it to the index of those.
const DUE: &str = "
    with busy as materialized (
        select user_id from executions where status = 'RUNNING' and lease_owner is not null
    ), due as materialized (
        select id, user_id, created_at
        from executions
        where status = 'PENDING' and (next_run_at is null or next_run_at <= $1)
    ), running as (
        select user_id, count(*) as runs from busy group by user_id
    ), waiting as (
        select id, user_id, created_at,
            row_number() over (partition by user_id order by created_at, id) as position
        from due
    )
    select waiting.id
    from waiting left join running on running.user_id = waiting.user_id
    where coalesce(running.runs, 0) + waiting.position <= $2
    order by coalesce(running.runs, 0) + waiting.position, waiting.created_at, waiting.id
    limit $3";

/// Waits for the turn to pick runs, until the transaction ends.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn take_turn(db: &impl ConnectionTrait) -> Result<()> {
    super::advisory_lock(db, CLAIM_LOCK).await
}

/// Takes the turn to pick runs if nobody has it, until the transaction ends.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn try_turn(db: &impl ConnectionTrait) -> Result<bool> {
    super::try_advisory_lock(db, CLAIM_LOCK).await
}

/// The running runs that a session owns, locked until the transaction ends.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn lock_of_session(db: &impl ConnectionTrait, session: Uuid) -> Result<Vec<Model>> {
    let query = running()
        .filter(Column::LeaseOwner.eq(session))
        .order_by_asc(Column::Id)
        .lock_exclusive();
    Ok(query.all(db).await?)
}

/// Running runs whose session is gone, locked until the transaction ends; none of `own`.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn lock_orphans(
    db: &impl ConnectionTrait,
    own: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Model>> {
    // In the order of the index of running runs: SQLite would go through all runs for another.
    let query = orphans(own)
        .order_by_asc(Column::LeaseOwner)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    Ok(query.all(db).await?)
}

/// Is there a running run whose session is gone, other than one of `own`?
///
/// # Errors
/// `Internal` when the database fails.
pub async fn has_orphans(db: &impl ConnectionTrait, own: Option<Uuid>) -> Result<bool> {
    let query = orphans(own).select_only().column(Column::Id).limit(1);
    Ok(query.into_tuple::<Uuid>().one(db).await?.is_some())
}

/// The run, if it still runs under this very lease; locked until the transaction ends.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn lock_held(
    db: &impl ConnectionTrait,
    id: Uuid,
    owner: Uuid,
    epoch: i64,
) -> Result<Option<Model>> {
    let query = running()
        .filter(Column::Id.eq(id))
        .filter(Column::LeaseOwner.eq(owner))
        .filter(Column::LeaseEpoch.eq(epoch))
        .lock_exclusive();
    Ok(query.one(db).await?)
}

/// The running runs that a session owns, each with its epoch.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn held_by(db: &impl ConnectionTrait, session: Uuid) -> Result<Vec<(Uuid, i64)>> {
    let query = running()
        .filter(Column::LeaseOwner.eq(session))
        .select_only()
        .columns([Column::Id, Column::LeaseEpoch]);
    Ok(query.into_tuple().all(db).await?)
}

/// A run that is due.
#[derive(Clone, Debug)]
pub struct Due {
    pub run: Model,
    /// Its workflow is deleted: it is to be cancelled, and not to be claimed.
    pub is_doomed: bool,
}

/// The runs to claim next, at most `limit`: due ones, fairly by user. A user's next run queues behind
/// those of users who have fewer under way, and nobody gets more than `per_user` at once.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn due(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    per_user: u32,
    limit: u64,
) -> Result<Vec<Due>> {
    let values = [
        now.timestamp_millis().into(),
        i64::from(per_user).into(),
        i64::try_from(limit).unwrap_or(i64::MAX).into(),
    ];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), DUE, values);
    let mut ids = Vec::new();
    for row in db.query_all_raw(statement).await? {
        ids.push(row.try_get::<Uuid>("", "id")?);
    }
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = Entity::find()
        .filter(Column::Id.is_in(ids))
        .filter(state::run_is(ExecutionStatus::Pending))
        .expr_as(state::workflow_is_deleted(), "is_doomed")
        .order_by_asc(Column::CreatedAt)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_query();
    let rows = db.query_all(&query).await?;
    rows.iter()
        .map(|row| {
            Ok(Due {
                run: Model::from_query_result(row, "")?,
                is_doomed: row.try_get("", "is_doomed")?,
            })
        })
        .collect()
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

/// Is a pause asked for of the run that is held under this lease? None when the lease is gone, or the run's
/// workflow is deleted, for then its worker has nothing more to do.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn held(
    db: &impl ConnectionTrait,
    id: Uuid,
    owner: Uuid,
    epoch: i64,
) -> Result<Option<bool>> {
    let query = Entity::find()
        .filter(Column::Id.eq(id))
        .filter(Column::LeaseOwner.eq(owner))
        .filter(Column::LeaseEpoch.eq(epoch))
        .filter(state::workflow_is_deleted().not())
        .select_only()
        .column(Column::PauseRequested);
    Ok(query.into_tuple().one(db).await?)
}

/// How many runs are in each state that is not terminal.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn count_active(db: &impl ConnectionTrait) -> Result<Vec<(ExecutionStatus, usize)>> {
    let query = Entity::find()
        .filter(state::run_is_active())
        .select_only()
        .column(Column::Status)
        .column_as(Column::Id.count(), "runs")
        .group_by(Column::Status);
    let counted: Vec<(ExecutionStatus, i64)> = query.into_tuple().all(db).await?;
    let count = |status| {
        let found = counted.iter().find(|(counted, _)| *counted == status);
        found.map_or(0, |(_, count)| usize::try_from(*count).unwrap_or(0))
    };
    Ok(state::ACTIVE.map(|status| (status, count(status))).to_vec())
}

/// How many runs could be claimed now, if there were slots.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn count_due(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<usize> {
    let due = Condition::any()
        .add(Column::NextRunAt.is_null())
        .add(Column::NextRunAt.lte(now.timestamp_millis()));
    let query = Entity::find()
        .filter(state::run_is(ExecutionStatus::Pending))
        .filter(due);
    Ok(usize::try_from(query.count(db).await?).unwrap_or(0))
}

fn orphans(own: Option<Uuid>) -> Select<Entity> {
    let live = Query::select()
        .column(worker_session::Column::Id)
        .from(worker_session::Entity)
        .to_owned();
    let query = running().filter(Column::LeaseOwner.not_in_subquery(live));
    match own {
        Some(own) => query.filter(Column::LeaseOwner.ne(own)),
        None => query,
    }
}

fn running() -> Select<Entity> {
    Entity::find().filter(state::run_is(ExecutionStatus::Running))
}
