//! Queries on `executions`, and the one way to change a run: [`append`].

mod append;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, Iterable, ModelTrait, Order, QueryFilter,
    QuerySelect, Select, Statement,
};
use serde_json::Value as Json;
use uuid::Uuid;

pub use self::append::{Append, Appended, Guard, append, append_all};
use super::page::{self, Key, Window};
use super::{event, rows, state};
use crate::domain::event::Event;
use crate::domain::status::ExecutionStatus;
use crate::entity::execution::{Column, Entity, Model, Origin, Row};
use crate::entity::execution_event;
use crate::error::Result;

/// Which runs a list has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub workflow_id: Option<Uuid>,
    /// Those in one of these states, none of which comes twice; all where there are none.
    pub states: Option<Vec<ExecutionStatus>>,
    /// Those made then or later.
    pub created_after: Option<DateTime<Utc>>,
    /// Those made before.
    pub created_before: Option<DateTime<Utc>>,
}

/// Adds a run with its first events; its `next_seq` is taken from their number.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn insert(
    db: &impl ConnectionTrait,
    run: Model,
    events: &[Event],
    now: DateTime<Utc>,
) -> Result<()> {
    insert_all(db, &[(&run, events)], now).await?;
    Ok(())
}

/// Adds runs, each with its first events; their `next_seq` is taken from the number of these. Answers
/// the events.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn insert_all(
    db: &impl ConnectionTrait,
    runs: &[(&Model, &[Event])],
    now: DateTime<Utc>,
) -> Result<Vec<execution_event::Model>> {
    rows::insert(
        db,
        (Entity, Column::iter()),
        runs,
        |(run, events), column| match column {
            Column::NextSeq => (1 + i64::try_from(events.len()).unwrap_or(i64::MAX - 1)).into(),
            column => run.get(column),
        },
    )
    .await?;
    let mut announced = Vec::new();
    for (run, events) in runs {
        announced.extend(event::rows((run.id, run.user_id), 1, events, now)?);
    }
    event::insert_rows(db, &announced).await?;
    Ok(announced)
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
pub async fn whole(db: &impl ConnectionTrait, owner: Uuid, id: Uuid) -> Result<Option<Model>> {
    Ok(owned(owner, &[id]).one(db).await?)
}

/// The whole run, which is not deleted until the transaction ends.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn hold(db: &impl ConnectionTrait, owner: Uuid, id: Uuid) -> Result<Option<Model>> {
    let query = owned(owner, &[id]).lock(LockType::KeyShare);
    Ok(query.one(db).await?)
}

/// The whole run, locked until the transaction ends.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn lock(db: &impl ConnectionTrait, owner: Uuid, id: Uuid) -> Result<Option<Model>> {
    Ok(owned(owner, &[id]).lock_exclusive().one(db).await?)
}

/// The runs that were started with these client keys of their owners, each with the hash of that
/// request. None of them is deleted until the transaction ends.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn by_client_keys(
    db: &impl ConnectionTrait,
    keys: &[(Uuid, String)],
) -> Result<HashMap<(Uuid, String), (Uuid, Option<String>)>> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let keys = rows::padded(keys);
    let query = Entity::find()
        .filter(Column::UserId.is_in(keys.iter().map(|(owner, _)| *owner)))
        .filter(Column::ClientKey.is_in(keys.iter().map(|(_, key)| key)))
        .select_only()
        .columns([
            Column::UserId,
            Column::ClientKey,
            Column::Id,
            Column::RequestHash,
        ])
        .lock(LockType::KeyShare);
    let found: Vec<(Uuid, String, Uuid, Option<String>)> = query.into_tuple().all(db).await?;
    Ok(found
        .into_iter()
        .map(|(owner, key, id, hash)| ((owner, key), (id, hash)))
        .collect())
}

/// The runs with these ids.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn by_ids(db: &impl ConnectionTrait, owner: Uuid, ids: &[Uuid]) -> Result<Vec<Row>> {
    Ok(owned(owner, ids).into_partial_model().all(db).await?)
}

/// What the runs with these ids were started with.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn inputs(
    db: &impl ConnectionTrait,
    owner: Uuid,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, Json)>> {
    let query = owned(owner, ids)
        .select_only()
        .columns([Column::Id, Column::ExecutionInputs]);
    Ok(query.into_tuple().all(db).await?)
}

/// What the contexts of the runs with these ids are made from, beside their attempts.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn origins(db: &impl ConnectionTrait, owner: Uuid, ids: &[Uuid]) -> Result<Vec<Origin>> {
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
    page::read_merged(db, lists(owner, filter), &newest(), window).await
}

/// How many runs such a list has, counted no further than `most`.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn count(
    db: &impl ConnectionTrait,
    owner: Uuid,
    filter: &Filter,
    most: u64,
) -> Result<u64> {
    page::count(db, lists(owner, filter), &newest(), most).await
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
    let query = in_state(Entity::find().filter(Column::UserId.eq(owner)), status);
    let workflows = (Column::WorkflowId, workflows);
    page::read_many(db, query, workflows, &newest(), window).await
}

/// How many runs each of these workflows has, counted no further than `most`.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn count_of_workflows(
    db: &impl ConnectionTrait,
    owner: Uuid,
    workflows: &[Uuid],
    status: Option<ExecutionStatus>,
    most: u64,
) -> Result<Vec<(Uuid, u64)>> {
    let query = in_state(Entity::find().filter(Column::UserId.eq(owner)), status);
    let workflows = (Column::WorkflowId, workflows);
    page::count_many(db, query, workflows, &newest(), most).await
}

/// How many runs of these users are running; users without any are missing.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn count_running(
    db: &impl ConnectionTrait,
    owners: &[Uuid],
) -> Result<HashMap<Uuid, u64>> {
    let query = Entity::find()
        .filter(Column::UserId.is_in(rows::padded(owners)))
        .filter(state::run_is(ExecutionStatus::Running))
        .select_only()
        .column(Column::UserId)
        .column_as(Column::Id.count(), "runs")
        .group_by(Column::UserId);
    let counted: Vec<(Uuid, i64)> = query.into_tuple().all(db).await?;
    Ok(counted
        .into_iter()
        .map(|(owner, count)| (owner, u64::try_from(count).unwrap_or(0)))
        .collect())
}

/// Keeps the run's context beside it, where replicas of the version before look for it. The column is in no
/// entity: nobody else reads it.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn keep_context(
    db: &impl ConnectionTrait,
    owner: Uuid,
    id: Uuid,
    context: Json,
) -> Result<()> {
    let sql = "update executions set execution_context = $1 where id = $2 and user_id = $3";
    let values = [context.into(), id.into(), owner.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    db.execute_raw(statement).await?;
    Ok(())
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

/// The run without its payload columns.
#[must_use]
pub fn row(run: &Model) -> Row {
    Row {
        id: run.id,
        user_id: run.user_id,
        workflow_id: run.workflow_id,
        revision_id: run.revision_id,
        rerun_of: run.rerun_of,
        until_stage_order: run.until_stage_order,
        status: run.status,
        status_reason: run.status_reason.clone(),
        error_message: run.error_message.clone(),
        current_stage_order: run.current_stage_order,
        pause_requested: run.pause_requested,
        next_run_at: run.next_run_at,
        next_seq: run.next_seq,
        created_at: run.created_at,
        started_at: run.started_at,
        completed_at: run.completed_at,
    }
}

/// What the run's context is made from, beside its attempts.
#[must_use]
pub fn origin(run: &Model) -> Origin {
    Origin {
        id: run.id,
        revision_id: run.revision_id,
        status: run.status,
        status_reason: run.status_reason.clone(),
        initial_context: run.initial_context.clone(),
        current_stage_order: run.current_stage_order,
        current_visit: run.current_visit,
    }
}

fn owned(owner: Uuid, ids: &[Uuid]) -> Select<Entity> {
    Entity::find()
        .filter(Column::UserId.eq(owner))
        .filter(Column::Id.is_in(ids.iter().copied()))
}

/// A list of runs as lists that each have an index in their order: one for every state.
fn lists(owner: Uuid, filter: &Filter) -> Vec<Select<Entity>> {
    let mut query = Entity::find().filter(Column::UserId.eq(owner));
    if let Some(workflow) = filter.workflow_id {
        query = query
            .filter(Column::WorkflowId.eq(workflow))
            .filter(state::workflow_is_there(owner, workflow));
    }
    if let Some(first) = filter.created_after {
        query = query.filter(Column::CreatedAt.gte(first));
    }
    if let Some(end) = filter.created_before {
        query = query.filter(Column::CreatedAt.lt(end));
    }
    let Some(states) = &filter.states else {
        return vec![query];
    };
    let states = states.iter();
    states
        .map(|state| in_state(query.clone(), Some(*state)))
        .collect()
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
