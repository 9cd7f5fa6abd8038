//! Who drives what: the sessions of live processes, the runs that are due, and those whose process
//! is gone.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Statement,
};
use uuid::Uuid;

use crate::domain::status::ExecutionStatus;
use crate::entity::execution::{self, Model};
use crate::entity::worker_session::{ActiveModel, Column, Entity};
use crate::error::Result;

/// Key of the advisory lock under which runs are picked ("flclaims" in ASCII).
pub const CLAIM_LOCK: i64 = 0x666c_636c_6169_6d73;

/// Opens a session, or makes it last until `expires_at`. False when it was to be renewed and is gone.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn renew_session(
    db: &impl ConnectionTrait,
    session: Uuid,
    expires_at: i64,
) -> Result<bool> {
    let query = Entity::update_many()
        .set(ActiveModel {
            expires_at: Set(expires_at),
            ..ActiveModel::default()
        })
        .filter(Column::Id.eq(session));
    Ok(query.exec(db).await?.rows_affected > 0)
}

/// Opens a session.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn open_session(db: &impl ConnectionTrait, session: Uuid, expires_at: i64) -> Result<()> {
    Entity::insert(ActiveModel {
        id: Set(session),
        expires_at: Set(expires_at),
        draining: Set(false),
    })
    .exec_without_returning(db)
    .await?;
    Ok(())
}

/// Ends a session.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn close_session(db: &impl ConnectionTrait, session: Uuid) -> Result<()> {
    Entity::delete_by_id(session).exec(db).await?;
    Ok(())
}

/// Ends every session but `own`, which is right only where one process has the database to itself.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn close_other_sessions(db: &impl ConnectionTrait, own: Uuid) -> Result<()> {
    Entity::delete_many()
        .filter(Column::Id.ne(own))
        .exec(db)
        .await?;
    Ok(())
}

/// The sessions other than `own` that ended before `at`.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn close_expired_sessions(db: &impl ConnectionTrait, own: Uuid, at: i64) -> Result<()> {
    Entity::delete_many()
        .filter(Column::Id.ne(own))
        .filter(Column::ExpiresAt.lt(at))
        .exec(db)
        .await?;
    Ok(())
}

/// Running runs whose session is gone, locked until the transaction ends.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn orphans(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<Model>> {
    let live = sea_orm::sea_query::Query::select()
        .column(Column::Id)
        .from(Entity)
        .to_owned();
    let query = execution::Entity::find()
        .filter(execution::Column::Status.eq(ExecutionStatus::Running.as_str()))
        .filter(execution::Column::LeaseOwner.not_in_subquery(live))
        .order_by_asc(execution::Column::Id)
        .limit(limit)
        .lock_exclusive();
    Ok(query.all(db).await?)
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
) -> Result<Vec<Model>> {
    let sql = "
        with running as (
            select user_id, count(*) as runs
            from executions where status = 'RUNNING' group by user_id
        ), waiting as (
            select id, user_id, created_at,
                row_number() over (partition by user_id order by created_at, id) as position
            from executions
            where status = 'PENDING' and (next_run_at is null or next_run_at <= $1)
        )
        select waiting.id
        from waiting left join running on running.user_id = waiting.user_id
        where coalesce(running.runs, 0) + waiting.position <= $2
        order by coalesce(running.runs, 0) + waiting.position, waiting.created_at, waiting.id
        limit $3";
    let values = [
        now.timestamp_millis().into(),
        i64::from(per_user).into(),
        i64::try_from(limit).unwrap_or(i64::MAX).into(),
    ];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let mut ids = Vec::new();
    for row in db.query_all_raw(statement).await? {
        ids.push(row.try_get::<Uuid>("", "id")?);
    }
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = execution::Entity::find()
        .filter(execution::Column::Id.is_in(ids))
        .filter(execution::Column::Status.eq(ExecutionStatus::Pending.as_str()))
        .order_by_asc(execution::Column::CreatedAt)
        .lock_exclusive();
    Ok(query.all(db).await?)
}

/// When the next run that waits becomes due, in milliseconds since 1970.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn next_due(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Option<i64>> {
    let query = execution::Entity::find()
        .filter(execution::Column::Status.eq(ExecutionStatus::Pending.as_str()))
        .filter(execution::Column::NextRunAt.gt(now.timestamp_millis()))
        .select_only()
        .column_as(execution::Column::NextRunAt.min(), "next");
    Ok(query.into_tuple::<Option<i64>>().one(db).await?.flatten())
}

/// Does this lease still hold?
///
/// # Errors
/// `Internal` when the database fails.
pub async fn holds(db: &impl ConnectionTrait, id: Uuid, owner: Uuid, epoch: i64) -> Result<bool> {
    let query = execution::Entity::find()
        .filter(execution::Column::Id.eq(id))
        .filter(execution::Column::LeaseOwner.eq(owner))
        .filter(execution::Column::LeaseEpoch.eq(epoch))
        .select_only()
        .column(execution::Column::Id);
    Ok(query.into_tuple::<Uuid>().one(db).await?.is_some())
}
