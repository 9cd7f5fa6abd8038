//! Queries on `execution_logs`.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, ModelTrait, Order, QueryFilter,
    QueryOrder, QuerySelect, Select, Value,
};
use serde_json::Value as Json;
use uuid::Uuid;

use super::page::{self, Key, Window};
use super::{rows, state};
use crate::domain::status::{AttemptStatus, ExecutionStatus, Reason, ValidationResult};
use crate::entity::execution;
use crate::entity::execution_log::{Column, Entity, Model, Payload, Row};
use crate::error::Result;

/// How often a stage was tried and visited in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Number of the latest attempt.
    pub attempts: i32,
    /// Number of the latest visit.
    pub visits: i32,
}

const CONCLUSION: [&str; 13] = [
    "id",
    "user_id",
    "was_status",
    "status",
    "raw_output",
    "parsed_output",
    "validation_result",
    "validator_notes",
    "validated_at",
    "edited_output",
    "error_message",
    "usage",
    "duration_ms",
];

// The state is compared with a value: with 'STARTED' the planner would read the index of all open
// attempts in the place of looking each up.
const CONCLUDE: &str = "
    update execution_logs set
        status = new.status,
        raw_output = new.raw_output,
        parsed_output = new.parsed_output,
        validation_result = new.validation_result,
        validator_notes = new.validator_notes,
        validated_at = new.validated_at,
        edited_output = new.edited_output,
        error_message = new.error_message,
        usage = new.usage,
        duration_ms = new.duration_ms
    from new
    where execution_logs.id = new.id
        and execution_logs.user_id = new.user_id
        and execution_logs.status = new.was_status";

/// The attempt.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn find(db: &impl ConnectionTrait, owner: Uuid, id: Uuid) -> Result<Option<Row>> {
    Ok(owned(owner, &[id]).into_partial_model().one(db).await?)
}

/// The whole attempt.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn find_whole(db: &impl ConnectionTrait, owner: Uuid, id: Uuid) -> Result<Option<Model>> {
    Ok(owned(owner, &[id]).one(db).await?)
}

/// The attempts with these ids.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn by_ids(db: &impl ConnectionTrait, owner: Uuid, ids: &[Uuid]) -> Result<Vec<Row>> {
    Ok(owned(owner, ids).into_partial_model().all(db).await?)
}

/// The payload columns of the attempts with these ids.
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

/// The token counts of every attempt of these runs that has any.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn usages(
    db: &impl ConnectionTrait,
    owner: Uuid,
    executions: &[Uuid],
) -> Result<Vec<(Uuid, Option<Json>)>> {
    let query = Entity::find()
        .filter(Column::UserId.eq(owner))
        .filter(Column::ExecutionId.is_in(executions.iter().copied()))
        .filter(Column::Usage.is_not_null())
        .select_only()
        .columns([Column::ExecutionId, Column::Usage]);
    Ok(query.into_tuple().all(db).await?)
}

/// One page of a run's attempts, oldest first, or of those at one stage.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn list(
    db: &impl ConnectionTrait,
    owner: Uuid,
    execution: Uuid,
    stage_order: Option<i32>,
    window: &Window,
) -> Result<Vec<Row>> {
    page::read(
        db,
        of(owner, stage_order).filter(Column::ExecutionId.eq(execution)),
        &in_order(),
        window,
    )
    .await
}

/// The same page of the attempts of each of these runs.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn list_of_executions(
    db: &impl ConnectionTrait,
    owner: Uuid,
    executions: &[Uuid],
    stage_order: Option<i32>,
    window: &Window,
) -> Result<Vec<Row>> {
    let runs = (Column::ExecutionId, executions);
    page::read_many(db, of(owner, stage_order), runs, &in_order(), window).await
}

/// One page of the attempts that await a decision of the user, oldest first.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn pending(db: &impl ConnectionTrait, owner: Uuid, window: &Window) -> Result<Vec<Row>> {
    let run = Entity::belongs_to(execution::Entity)
        .from(Column::ExecutionId)
        .to(execution::Column::Id)
        .into();
    let query = Entity::find()
        .join(JoinType::InnerJoin, run)
        .filter(Column::UserId.eq(owner))
        .filter(state::attempt_is_open())
        .filter(state::run_is(ExecutionStatus::Paused))
        .filter(execution::Column::StatusReason.eq(Reason::AwaitingValidation.as_str()));
    let oldest = Key {
        columns: vec![Column::ExecutedAt, Column::Id],
        order: Order::Asc,
    };
    page::read(db, query, &oldest, window).await
}

/// The attempt of a run that is under way or awaits a decision.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn open(
    db: &impl ConnectionTrait,
    owner: Uuid,
    execution: Uuid,
) -> Result<Option<Model>> {
    let query = Entity::find()
        .filter(Column::ExecutionId.eq(execution))
        .filter(Column::UserId.eq(owner))
        .filter(state::attempt_is_open());
    Ok(query.one(db).await?)
}

/// How often each stage of a run was tried and visited.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn tallies(
    db: &impl ConnectionTrait,
    owner: Uuid,
    execution: Uuid,
) -> Result<Vec<(i32, Tally)>> {
    let query = Entity::find()
        .filter(Column::ExecutionId.eq(execution))
        .filter(Column::UserId.eq(owner))
        .select_only()
        .column(Column::StageOrder)
        .column_as(Column::AttemptNumber.max(), "attempts")
        .column_as(Column::Visit.max(), "visits")
        .group_by(Column::StageOrder);
    let rows: Vec<(i32, i32, i32)> = query.into_tuple().all(db).await?;
    Ok(rows
        .into_iter()
        .map(|(order, attempts, visits)| (order, Tally { attempts, visits }))
        .collect())
}

/// The verdicts of a run in the order of its attempts, for building its context again.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn history(
    db: &impl ConnectionTrait,
    owner: Uuid,
    execution: Uuid,
) -> Result<Vec<Model>> {
    let query = Entity::find()
        .filter(Column::ExecutionId.eq(execution))
        .filter(Column::UserId.eq(owner))
        .order_by_asc(Column::StartedSeq);
    Ok(query.all(db).await?)
}

/// Adds attempts, each with the number of the event that announces it.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn insert_all(db: &impl ConnectionTrait, attempts: &[(&Model, i64)]) -> Result<()> {
    rows::insert(
        db,
        Entity,
        attempts,
        |(log, started_seq), column| match column {
            Column::StartedSeq => (*started_seq).into(),
            column => log.get(column),
        },
    )
    .await
}

/// Writes what became of an attempt, if it is still open.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn conclude(db: &impl ConnectionTrait, log: &Model) -> Result<()> {
    conclude_all(db, &[log]).await
}

/// Writes what became of attempts, of those that are still open.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn conclude_all(db: &impl ConnectionTrait, logs: &[&Model]) -> Result<()> {
    for piece in rows::pieces(logs) {
        let values: Vec<_> = piece.iter().flat_map(|log| conclusion(log)).collect();
        let backend = db.get_database_backend();
        let statement = rows::with_new(backend, &CONCLUSION, values, CONCLUDE);
        db.execute_raw(statement).await?;
    }
    Ok(())
}

/// Ends the open attempts of runs of these owners without a verdict. Answers how many there were.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn abandon(
    db: &impl ConnectionTrait,
    owners: &[Uuid],
    executions: &[Uuid],
    status: AttemptStatus,
    why: &str,
) -> Result<u64> {
    let query = Entity::update_many()
        .col_expr(Column::Status, Expr::val(status.as_str()))
        .col_expr(
            Column::ValidationResult,
            Expr::val(ValidationResult::Error.as_str()),
        )
        .col_expr(Column::ErrorMessage, Expr::val(why))
        .filter(Column::ExecutionId.is_in(rows::padded(executions)))
        .filter(Column::UserId.is_in(rows::padded(owners)))
        .filter(state::attempt_is_open());
    Ok(query.exec(db).await?.rows_affected)
}

/// The parameters of a conclusion, in the order of [`CONCLUSION`].
fn conclusion(log: &Model) -> [Value; CONCLUSION.len()] {
    [
        log.id.into(),
        log.user_id.into(),
        AttemptStatus::Started.into(),
        log.status.into(),
        log.raw_output.clone().into(),
        log.parsed_output.clone().into(),
        log.validation_result.into(),
        log.validator_notes.clone().into(),
        log.validated_at.into(),
        log.edited_output.clone().into(),
        log.error_message.clone().into(),
        log.usage.clone().into(),
        log.duration_ms.into(),
    ]
}

fn owned(owner: Uuid, ids: &[Uuid]) -> Select<Entity> {
    Entity::find()
        .filter(Column::UserId.eq(owner))
        .filter(Column::Id.is_in(ids.iter().copied()))
}

fn of(owner: Uuid, stage_order: Option<i32>) -> Select<Entity> {
    let query = Entity::find().filter(Column::UserId.eq(owner));
    match stage_order {
        Some(order) => query.filter(Column::StageOrder.eq(order)),
        None => query,
    }
}

fn in_order() -> Key<Column> {
    Key {
        columns: vec![Column::StartedSeq],
        order: Order::Asc,
    }
}
