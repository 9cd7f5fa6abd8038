//! Queries on `execution_logs`.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, JoinType, Order,
    QueryFilter, QueryOrder, QuerySelect, Select,
};
use serde_json::Value;
use uuid::Uuid;

use super::page::{self, Key, Window};
use crate::domain::status::{AttemptStatus, ExecutionStatus, Reason, ValidationResult};
use crate::entity::execution;
use crate::entity::execution_log::{ActiveModel, Column, Entity, Model, Payload, Row};
use crate::error::Result;

/// How often a stage was tried and visited in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Number of the latest attempt.
    pub attempts: i32,
    /// Number of the latest visit.
    pub visits: i32,
}

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
) -> Result<Vec<(Uuid, Option<Value>)>> {
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
        of(owner, &[execution], stage_order),
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
    let query = of(owner, executions, stage_order);
    page::read_many(db, query, Column::ExecutionId, &in_order(), window).await
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
        .filter(Column::Status.eq(AttemptStatus::Started.as_str()))
        .filter(execution::Column::Status.eq(ExecutionStatus::Paused.as_str()))
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
        .filter(Column::Status.eq(AttemptStatus::Started.as_str()));
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

/// Adds an attempt.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn insert(db: &impl ConnectionTrait, log: Model) -> Result<()> {
    Entity::insert(log.into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Writes what became of an attempt that is still open. False when it was not.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn conclude(db: &impl ConnectionTrait, log: &Model) -> Result<bool> {
    let change = ActiveModel {
        status: Set(log.status),
        raw_output: Set(log.raw_output.clone()),
        parsed_output: Set(log.parsed_output.clone()),
        validation_result: Set(log.validation_result),
        validator_notes: Set(log.validator_notes.clone()),
        validated_at: Set(log.validated_at),
        edited_output: Set(log.edited_output.clone()),
        error_message: Set(log.error_message.clone()),
        usage: Set(log.usage.clone()),
        duration_ms: Set(log.duration_ms),
        ..ActiveModel::default()
    };
    let query = Entity::update_many()
        .set(change)
        .filter(Column::Id.eq(log.id))
        .filter(Column::UserId.eq(log.user_id))
        .filter(Column::Status.eq(AttemptStatus::Started.as_str()));
    Ok(query.exec(db).await?.rows_affected > 0)
}

/// Ends the open attempts of a run without a verdict. Answers how many there were.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn abandon(
    db: &impl ConnectionTrait,
    owner: Uuid,
    execution: Uuid,
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
        .filter(Column::ExecutionId.eq(execution))
        .filter(Column::UserId.eq(owner))
        .filter(Column::Status.eq(AttemptStatus::Started.as_str()));
    Ok(query.exec(db).await?.rows_affected)
}

fn owned(owner: Uuid, ids: &[Uuid]) -> Select<Entity> {
    Entity::find()
        .filter(Column::UserId.eq(owner))
        .filter(Column::Id.is_in(ids.iter().copied()))
}

fn of(owner: Uuid, executions: &[Uuid], stage_order: Option<i32>) -> Select<Entity> {
    let query = Entity::find()
        .filter(Column::UserId.eq(owner))
        .filter(Column::ExecutionId.is_in(executions.iter().copied()));
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
