//! Queries on `executions`, and the one way to change a run: [`append`].

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, Order,
    PaginatorTrait, QueryFilter, QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use super::event;
use super::page::{self, Key, Window};
use crate::domain::event::Event;
use crate::domain::status::ExecutionStatus;
use crate::entity::execution::{ActiveModel, Column, Entity, Model, Payload, Row};
use crate::error::Result;

/// One change of a run: its new state, and the events that say so.
#[derive(Clone, Debug)]
pub struct Append<'a> {
    /// The run as it is to be. Identity, inputs and `next_seq` are never written.
    pub run: &'a Model,
    /// Is its context new, too? It is the one large column, and mostly it is not.
    pub context: bool,
    /// What must still hold of the row.
    pub guard: Guard,
    pub events: &'a [Event],
    pub now: DateTime<Utc>,
}

/// What must still hold of a row that is about to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// A worker's fence: it still holds the lease, and what it knows of a pause is right.
    Lease {
        owner: Uuid,
        epoch: i64,
        pause_requested: bool,
    },
    /// The transaction has locked the row, or claims it in this state.
    State { status: ExecutionStatus, epoch: i64 },
}

/// Which runs a list has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    pub workflow_id: Option<Uuid>,
    pub status: Option<ExecutionStatus>,
}

/// Changes a run and writes its events. Answers the number of the first of them, or none when the
/// guard did not hold: somebody else was first, and nothing is written.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn append(db: &impl ConnectionTrait, append: Append<'_>) -> Result<Option<i64>> {
    let run = append.run;
    let count = i64::try_from(append.events.len()).unwrap_or(i64::MAX);
    let mut update = Entity::update_many()
        .set(changed(run, append.context))
        .col_expr(Column::NextSeq, Expr::col(Column::NextSeq).add(count))
        .filter(Column::Id.eq(run.id))
        .filter(Column::UserId.eq(run.user_id));
    update = match append.guard {
        Guard::Lease {
            owner,
            epoch,
            pause_requested,
        } => update
            .filter(Column::LeaseOwner.eq(owner))
            .filter(Column::LeaseEpoch.eq(epoch))
            .filter(Column::Status.eq(ExecutionStatus::Running.as_str()))
            .filter(Column::PauseRequested.eq(pause_requested)),
        Guard::State { status, epoch } => update
            .filter(Column::Status.eq(status.as_str()))
            .filter(Column::LeaseEpoch.eq(epoch)),
    };
    let mut statement = update.into_query();
    statement.returning_col(Column::NextSeq);
    let Some(row) = db.query_one(&statement).await? else {
        return Ok(None);
    };
    let first = row.try_get::<i64>("", "next_seq")? - count;
    event::insert(db, run.id, run.user_id, first, append.events, append.now).await?;
    Ok(Some(first))
}

/// Adds a run with its first events; its `next_seq` is taken from their number.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn insert(
    db: &impl ConnectionTrait,
    mut run: Model,
    events: &[Event],
    now: DateTime<Utc>,
) -> Result<()> {
    let (id, owner) = (run.id, run.user_id);
    run.next_seq = 1 + i64::try_from(events.len()).unwrap_or(i64::MAX - 1);
    Entity::insert(run.into_active_model())
        .exec_without_returning(db)
        .await?;
    event::insert(db, id, owner, 1, events, now).await
}

/// The run.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn find(db: &impl ConnectionTrait, owner: Uuid, id: Uuid) -> Result<Option<Row>> {
    Ok(owned(owner, &[id]).into_partial_model().one(db).await?)
}

/// The whole run.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn find_whole(db: &impl ConnectionTrait, owner: Uuid, id: Uuid) -> Result<Option<Model>> {
    Ok(owned(owner, &[id]).one(db).await?)
}

/// The whole run, locked until the transaction ends.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn lock(db: &impl ConnectionTrait, owner: Uuid, id: Uuid) -> Result<Option<Model>> {
    Ok(owned(owner, &[id]).lock_exclusive().one(db).await?)
}

/// The run that was started with this client key, with the hash of that request.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn by_client_key(
    db: &impl ConnectionTrait,
    owner: Uuid,
    key: &str,
) -> Result<Option<(Uuid, Option<String>)>> {
    let query = Entity::find()
        .filter(Column::UserId.eq(owner))
        .filter(Column::ClientKey.eq(key))
        .select_only()
        .columns([Column::Id, Column::RequestHash]);
    Ok(query.into_tuple().one(db).await?)
}

/// The runs with these ids.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn by_ids(db: &impl ConnectionTrait, owner: Uuid, ids: &[Uuid]) -> Result<Vec<Row>> {
    Ok(owned(owner, ids).into_partial_model().all(db).await?)
}

/// The payload columns of the runs with these ids.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn payloads(
    db: &impl ConnectionTrait,
    owner: Uuid,
    ids: &[Uuid],
) -> Result<Vec<Payload>> {
    Ok(owned(owner, ids).into_partial_model().all(db).await?)
}

/// One page of the user's runs, newest first.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn list(
    db: &impl ConnectionTrait,
    owner: Uuid,
    filter: &Filter,
    window: &Window,
) -> Result<Vec<Row>> {
    let mut query = Entity::find().filter(Column::UserId.eq(owner));
    if let Some(workflow) = filter.workflow_id {
        query = query.filter(Column::WorkflowId.eq(workflow));
    }
    page::read(db, in_state(query, filter.status), &newest(), window).await
}

/// The same page of the runs of each of these workflows.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn list_of_workflows(
    db: &impl ConnectionTrait,
    owner: Uuid,
    workflows: &[Uuid],
    status: Option<ExecutionStatus>,
    window: &Window,
) -> Result<Vec<Row>> {
    let query = Entity::find()
        .filter(Column::UserId.eq(owner))
        .filter(Column::WorkflowId.is_in(workflows.iter().copied()));
    let query = in_state(query, status);
    page::read_many(db, query, Column::WorkflowId, &newest(), window).await
}

/// The runs of a workflow that have not ended.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn active_of_workflow(
    db: &impl ConnectionTrait,
    owner: Uuid,
    workflow: Uuid,
) -> Result<Vec<Uuid>> {
    let active = [
        ExecutionStatus::Pending,
        ExecutionStatus::Running,
        ExecutionStatus::Paused,
    ];
    let query = Entity::find()
        .filter(Column::UserId.eq(owner))
        .filter(Column::WorkflowId.eq(workflow))
        .filter(Column::Status.is_in(active.map(ExecutionStatus::as_str)))
        .select_only()
        .column(Column::Id);
    Ok(query.into_tuple().all(db).await?)
}

/// How many of the user's runs are running.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn count_running(db: &impl ConnectionTrait, owner: Uuid) -> Result<u64> {
    let query = Entity::find()
        .filter(Column::UserId.eq(owner))
        .filter(Column::Status.eq(ExecutionStatus::Running.as_str()));
    Ok(query.count(db).await?)
}

/// Deletes the run with its logs and events. False when there was none.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn delete(db: &impl ConnectionTrait, owner: Uuid, id: Uuid) -> Result<bool> {
    let query = Entity::delete_many()
        .filter(Column::Id.eq(id))
        .filter(Column::UserId.eq(owner));
    Ok(query.exec(db).await?.rows_affected > 0)
}

fn changed(run: &Model, context: bool) -> ActiveModel {
    let mut change = ActiveModel {
        status: Set(run.status),
        status_reason: Set(run.status_reason.clone()),
        error_message: Set(run.error_message.clone()),
        current_stage_order: Set(run.current_stage_order),
        current_visit: Set(run.current_visit),
        visit_failures: Set(run.visit_failures),
        transport_failures: Set(run.transport_failures),
        stage_visits: Set(run.stage_visits),
        pause_requested: Set(run.pause_requested),
        next_run_at: Set(run.next_run_at),
        lease_owner: Set(run.lease_owner),
        lease_epoch: Set(run.lease_epoch),
        crash_count: Set(run.crash_count),
        started_at: Set(run.started_at),
        completed_at: Set(run.completed_at),
        ..ActiveModel::default()
    };
    if context {
        change.execution_context = Set(run.execution_context.clone());
    }
    change
}

fn owned(owner: Uuid, ids: &[Uuid]) -> Select<Entity> {
    Entity::find()
        .filter(Column::UserId.eq(owner))
        .filter(Column::Id.is_in(ids.iter().copied()))
}

fn in_state(query: Select<Entity>, status: Option<ExecutionStatus>) -> Select<Entity> {
    match status {
        Some(status) => query.filter(Column::Status.eq(status.as_str())),
        None => query,
    }
}

fn newest() -> Key<Column> {
    Key {
        columns: vec![Column::CreatedAt, Column::Id],
        order: Order::Desc,
    }
}
