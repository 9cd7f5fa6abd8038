//! Whose turn it is to claim, which runs are held, and which have lost the process that drove them.

use sea_orm::sea_query::{ExprTrait, LockBehavior, LockType, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::{rows, state};
use crate::domain::status::ExecutionStatus;
use crate::entity::execution::{Column, Entity, Model};
use crate::entity::worker_session;
use crate::error::Result;

/// Key of the advisory lock under which runs are picked ("flclaims" in ASCII).
const CLAIM_LOCK: i64 = 0x666c_636c_6169_6d73;

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

/// Is a pause asked for of the run that is held under this lease? None when the lease is gone.
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

/// How many runs are in each state that is not terminal, each counted no further than `most`.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn count_active(
    db: &impl ConnectionTrait,
    most: u64,
) -> Result<Vec<(ExecutionStatus, u64)>> {
    let mut counts = Vec::with_capacity(state::ACTIVE.len());
    for status in state::ACTIVE {
        // The order of an index that has the runs in this state alone: another would lead past all the others.
        let order = match status {
            ExecutionStatus::Running => "lease_owner",
            ExecutionStatus::Paused => "status_reason",
            _ => "next_run_at",
        };
        let status_text = status.as_str();
        let runs =
            format!("select 1 from executions where status = '{status_text}' order by {order}");
        counts.push((status, rows::count(db, &[&runs], Vec::new(), most).await?));
    }
    Ok(counts)
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
