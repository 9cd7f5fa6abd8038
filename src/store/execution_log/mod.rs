//! Queries on `execution_logs`.

mod conclusion;
mod tallies;

use sea_orm::sea_query::{ExprTrait, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, Iterable, JoinType, ModelTrait, Order, QueryFilter,
    QueryOrder, QuerySelect, Select,
};
use serde_json::Value as Json;
use uuid::Uuid;

pub use self::conclusion::{abandon, bare, conclude, conclude_all, interrupt};
pub use self::tallies::{Tallies, tallies};
use super::page::{self, Key, Window};
use super::{rows, state};
use crate::domain::context::Past;
use crate::domain::status::{AttemptStatus, ExecutionStatus, Reason, ValidationResult};
use crate::entity::execution;
use crate::entity::execution_log::{Answer, Column, Entity, Failure, Model, Payload, Row};
use crate::error::Result;

/// An attempt for an item, as a visit that goes on knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemAttempt {
    pub id: Uuid,
    pub item: i32,
    pub status: AttemptStatus,
    pub result: ValidationResult,
}

/// The attempt.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn find(db: &impl ConnectionTrait, owner: Uuid, id: Uuid) -> Result<Option<Row>> {
    Ok(owned(owner, &[id]).into_partial_model().one(db).await?)
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

/// How many attempts each of these runs has, or has at one stage, counted no further than `most`.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn count_of_executions(
    db: &impl ConnectionTrait,
    owner: Uuid,
    executions: &[Uuid],
    stage_order: Option<i32>,
    most: u64,
) -> Result<Vec<(Uuid, u64)>> {
    let runs = (Column::ExecutionId, executions);
    page::count_many(db, of(owner, stage_order), runs, &in_order(), most).await
}

/// One page of the attempts that await a decision of the user, oldest first.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn pending(db: &impl ConnectionTrait, owner: Uuid, window: &Window) -> Result<Vec<Row>> {
    page::read(db, awaiting(owner), &oldest(), window).await
}

/// How many attempts await a decision of the user, counted no further than `most`.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn count_pending(db: &impl ConnectionTrait, owner: Uuid, most: u64) -> Result<u64> {
    page::count(db, vec![awaiting(owner)], &oldest(), most).await
}

fn awaiting(owner: Uuid) -> Select<Entity> {
    let run = Entity::belongs_to(execution::Entity)
        .from(Column::ExecutionId)
        .to(execution::Column::Id)
        .into();
    Entity::find()
        .join(JoinType::InnerJoin, run)
        .filter(Column::UserId.eq(owner))
        .filter(state::attempt_is_open())
        .filter(state::run_is(ExecutionStatus::Paused))
        .filter(execution::Column::StatusReason.eq(Reason::AwaitingValidation.as_str()))
}

fn oldest() -> Key<Column> {
    Key {
        columns: vec![Column::ExecutedAt, Column::Id],
        order: Order::Asc,
    }
}

/// The attempt of a run that is under way or awaits a decision: the last one, where a replica of a version before has
/// left another open.
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
        .filter(state::attempt_is_open())
        .order_by_desc(Column::StartedSeq);
    Ok(query.one(db).await?)
}

/// The attempts of a run that are under way or await a decision or their judge, oldest first.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn all_open(
    db: &impl ConnectionTrait,
    owner: Uuid,
    execution: Uuid,
) -> Result<Vec<Model>> {
    let query = Entity::find()
        .filter(Column::ExecutionId.eq(execution))
        .filter(Column::UserId.eq(owner))
        .filter(state::attempt_is_open())
        .order_by_asc(Column::StartedSeq);
    Ok(query.all(db).await?)
}

/// The attempts of a visit that were about an item, oldest first.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn of_items(
    db: &impl ConnectionTrait,
    owner: Uuid,
    execution: Uuid,
    (stage_order, visit): (i32, i32),
) -> Result<Vec<ItemAttempt>> {
    let query = of(owner, Some(stage_order))
        .filter(Column::ExecutionId.eq(execution))
        .filter(Column::Visit.eq(visit))
        .filter(Column::ItemIndex.is_not_null())
        .order_by_asc(Column::StartedSeq)
        .select_only()
        .columns([
            Column::Id,
            Column::ItemIndex,
            Column::Status,
            Column::ValidationResult,
        ]);
    let rows: Vec<(Uuid, i32, AttemptStatus, ValidationResult)> =
        query.into_tuple().all(db).await?;
    let attempt = |(id, item, status, result)| ItemAttempt {
        id,
        item,
        status,
        result,
    };
    Ok(rows.into_iter().map(attempt).collect())
}

/// How the attempts of a visit at these items ended, oldest first: the item, the state, and what was said of it.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn ends_of_items(
    db: &impl ConnectionTrait,
    owner: Uuid,
    execution: Uuid,
    ((stage_order, visit), items): ((i32, i32), &[i32]),
) -> Result<Vec<(i32, AttemptStatus, Option<String>)>> {
    let query = of(owner, Some(stage_order))
        .filter(Column::ExecutionId.eq(execution))
        .filter(Column::Visit.eq(visit))
        .filter(Column::ItemIndex.is_in(rows::padded(items)))
        .order_by_asc(Column::StartedSeq)
        .select_only()
        .columns([Column::ItemIndex, Column::Status, Column::ErrorMessage]);
    Ok(query.into_tuple().all(db).await?)
}

/// What failures for items of a visit left that counted against the retry limit, oldest first, each with its item.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn item_failures(
    db: &impl ConnectionTrait,
    owner: Uuid,
    execution: Uuid,
    (stage_order, visit): (i32, i32),
) -> Result<Vec<Model>> {
    let query = of(owner, Some(stage_order))
        .filter(Column::ExecutionId.eq(execution))
        .filter(Column::Visit.eq(visit))
        .filter(Column::ItemIndex.is_not_null())
        .filter(Column::Counted.eq(true))
        .order_by_asc(Column::StartedSeq);
    Ok(query.all(db).await?)
}

/// What the last failure of a visit of a run that counted against the retry limit left.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn failure(
    db: &impl ConnectionTrait,
    owner: Uuid,
    execution: Uuid,
    (stage_order, visit): (i32, i32),
) -> Result<Option<Failure>> {
    let query = Entity::find()
        .filter(Column::ExecutionId.eq(execution))
        .filter(Column::UserId.eq(owner))
        .filter(Column::StageOrder.eq(stage_order))
        .filter(Column::Visit.eq(visit))
        .filter(counted())
        .order_by_desc(Column::AttemptNumber);
    Ok(query.into_partial_model().one(db).await?)
}

/// What the last failure at a stage of a run, or at an item of its list, left that counted against the retry limit.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn last_failure(
    db: &impl ConnectionTrait,
    owner: Uuid,
    execution: Uuid,
    (stage_order, item): (i32, Option<i32>),
) -> Result<Option<Failure>> {
    let of_item = match item {
        Some(index) => Column::ItemIndex.eq(index),
        None => Column::ItemIndex.is_null(),
    };
    let query = Entity::find()
        .filter(Column::ExecutionId.eq(execution))
        .filter(Column::UserId.eq(owner))
        .filter(Column::StageOrder.eq(stage_order))
        .filter(of_item)
        .filter(counted())
        .order_by_desc(Column::StartedSeq);
    Ok(query.into_partial_model().one(db).await?)
}

/// A version that did not say what counted knew no prompts that ask; of what it wrote, a no counts.
fn counted() -> SimpleExpr {
    let unsaid = Column::Counted.is_null();
    Column::Counted
        .eq(true)
        .or(unsaid.and(Column::ValidationResult.eq(ValidationResult::Fail)))
}

/// What is read of a past attempt.
type PastRow = (Uuid, Uuid, i32, i32, Option<i32>, ValidationResult, bool);

/// The attempts of these runs, those of one run oldest first: their ids with the run's, and what its
/// context depends on.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn pasts(
    db: &impl ConnectionTrait,
    owner: Uuid,
    executions: &[Uuid],
) -> Result<Vec<(Uuid, Past<Uuid>)>> {
    let query = Entity::find()
        .filter(Column::UserId.eq(owner))
        .filter(Column::ExecutionId.is_in(rows::padded(executions)))
        .order_by_asc(Column::ExecutionId)
        .order_by_asc(Column::StartedSeq)
        .select_only()
        .columns([
            Column::ExecutionId,
            Column::Id,
            Column::StageOrder,
            Column::Visit,
            Column::ItemIndex,
            Column::ValidationResult,
            Column::KeepsAnswer,
        ]);
    let rows: Vec<PastRow> = query.into_tuple().all(db).await?;
    Ok(rows
        .into_iter()
        .map(
            |(execution_id, id, stage_order, visit, item, result, keeps_answer)| {
                let past = Past {
                    id,
                    stage_order,
                    visit,
                    item,
                    result,
                    keeps_answer,
                };
                (execution_id, past)
            },
        )
        .collect())
}

/// What the attempts with these ids brought.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn answers(db: &impl ConnectionTrait, owner: Uuid, ids: &[Uuid]) -> Result<Vec<Answer>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = owned(owner, &rows::padded(ids)).into_partial_model();
    Ok(query.all(db).await?)
}

/// What a person put in the place of the attempt's output.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn edit(db: &impl ConnectionTrait, owner: Uuid, id: Uuid) -> Result<Option<String>> {
    let query = owned(owner, &[id])
        .select_only()
        .column(Column::EditedOutput);
    let edit: Option<Option<String>> = query.into_tuple().one(db).await?;
    Ok(edit.flatten())
}

/// Adds attempts as they begin, each with the number of the event that announces it.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn insert_all(db: &impl ConnectionTrait, attempts: &[(&Model, i64)]) -> Result<()> {
    let columns = Column::iter().filter(|column| !comes_later(*column));
    rows::insert(
        db,
        (Entity, columns),
        attempts,
        |(log, started_seq), column| match column {
            Column::StartedSeq => (*started_seq).into(),
            column => log.get(column),
        },
    )
    .await
}

/// Has no attempt anything in the column when it begins? A null costs as much as any other value.
const fn comes_later(column: Column) -> bool {
    matches!(
        column,
        Column::Reasoning
            | Column::JudgeReasoning
            | Column::RawOutput
            | Column::ParsedOutput
            | Column::ValidatorNotes
            | Column::ValidatedAt
            | Column::Counted
            | Column::FinishReason
            | Column::EditedOutput
            | Column::EditedValue
            | Column::ErrorMessage
            | Column::Usage
            | Column::AnsweredAt
            | Column::DurationMs
    )
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
