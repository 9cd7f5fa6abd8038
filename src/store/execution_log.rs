//! Queries on `execution_logs`.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, ModelTrait, Order, QueryFilter,
    QueryOrder, QuerySelect, Select, UpdateMany, Value,
};
use serde_json::Value as Json;
use uuid::Uuid;

use super::page::{self, Key, Window};
use super::{rows, state};
use crate::domain::context::Past;
use crate::domain::status::{AttemptStatus, ExecutionStatus, Reason, ValidationResult};
use crate::entity::execution;
use crate::entity::execution_log::{Answer, Column, Entity, Failure, Model, Payload, Row};
use crate::error::Result;

/// How often the stages of a run were tried and visited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tallies {
    attempts: HashMap<(i32, Option<i32>), i32>,
    visits: HashMap<i32, i32>,
}

impl Tallies {
    /// Number of the latest attempt at the stage at `order`, or at this item of its list.
    #[must_use]
    pub fn attempts(&self, order: i32, item: Option<i32>) -> i32 {
        self.attempts.get(&(order, item)).copied().unwrap_or(0)
    }

    /// Number of the latest visit of the stage at `order`.
    #[must_use]
    pub fn visits(&self, order: i32) -> i32 {
        self.visits.get(&order).copied().unwrap_or(0)
    }

    /// Takes note of an attempt.
    pub fn count(&mut self, log: &Model) {
        self.add(
            (log.stage_order, log.item_index),
            log.attempt_number,
            log.visit,
        );
    }

    fn add(&mut self, (order, item): (i32, Option<i32>), attempt: i32, visit: i32) {
        let attempts = self.attempts.entry((order, item)).or_default();
        *attempts = std::cmp::max(attempt, *attempts);
        let visits = self.visits.entry(order).or_default();
        *visits = std::cmp::max(visit, *visits);
    }
}

/// An attempt for an item, as a visit that goes on knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemAttempt {
    pub id: Uuid,
    pub item: i32,
    pub status: AttemptStatus,
    pub result: ValidationResult,
}

const CONCLUSION: [&str; 20] = [
    "id",
    "user_id",
    "was_status",
    "status",
    "reasoning",
    "judge_reasoning",
    "raw_output",
    "answer_start",
    "keeps_answer",
    "parsed_output",
    "validation_result",
    "validator_notes",
    "validated_at",
    "counted",
    "finish_reason",
    "edited_output",
    "edited_value",
    "error_message",
    "usage",
    "duration_ms",
];

// The state is compared with a value: with 'STARTED' the planner would read the index of all open
// attempts in the place of looking each up.
const CONCLUDE: &str = "
    update execution_logs set
        status = new.status,
        reasoning = coalesce(new.reasoning, execution_logs.reasoning),
        judge_reasoning = coalesce(new.judge_reasoning, execution_logs.judge_reasoning),
        raw_output = coalesce(new.raw_output, execution_logs.raw_output),
        answer_start = case
            when new.raw_output is null then execution_logs.answer_start else new.answer_start end,
        keeps_answer = new.keeps_answer,
        parsed_output = case
            when new.validation_result = 'ERROR' then null
            when new.raw_output is null then execution_logs.parsed_output
            else new.parsed_output end,
        validation_result = new.validation_result,
        validator_notes = new.validator_notes,
        validated_at = new.validated_at,
        counted = new.counted,
        finish_reason = new.finish_reason,
        edited_output = new.edited_output,
        edited_value = new.edited_value,
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

/// How often each stage of a run was tried and visited.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn tallies(db: &impl ConnectionTrait, owner: Uuid, execution: Uuid) -> Result<Tallies> {
    let query = Entity::find()
        .filter(Column::ExecutionId.eq(execution))
        .filter(Column::UserId.eq(owner))
        .select_only()
        .columns([Column::StageOrder, Column::ItemIndex])
        .column_as(Column::AttemptNumber.max(), "attempts")
        .column_as(Column::Visit.max(), "visits")
        .group_by(Column::StageOrder)
        .group_by(Column::ItemIndex);
    let rows: Vec<(i32, Option<i32>, i32, i32)> = query.into_tuple().all(db).await?;
    let mut tallies = Tallies::default();
    for (order, item, attempts, visits) in rows {
        tallies.add((order, item), attempts, visits);
    }
    Ok(tallies)
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
    // A version that did not say what counted knew no prompts that ask; of what it wrote, a no counts.
    let unsaid = Column::Counted.is_null();
    let counted = Column::Counted
        .eq(true)
        .or(unsaid.and(Column::ValidationResult.eq(ValidationResult::Fail)));
    let query = Entity::find()
        .filter(Column::ExecutionId.eq(execution))
        .filter(Column::UserId.eq(owner))
        .filter(Column::StageOrder.eq(stage_order))
        .filter(Column::Visit.eq(visit))
        .filter(counted)
        .order_by_desc(Column::AttemptNumber);
    Ok(query.into_partial_model().one(db).await?)
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

/// The attempt without its payload, for a conclusion that leaves its answer as it was written.
#[must_use]
pub fn bare(row: Row) -> Model {
    Model {
        id: row.id,
        execution_id: row.execution_id,
        user_id: row.user_id,
        stage_id: row.stage_id,
        stage_order: row.stage_order,
        stage_name: row.stage_name,
        attempt_number: row.attempt_number,
        visit: row.visit,
        item_index: row.item_index,
        status: row.status,
        inputs: None,
        system_sent: None,
        messages_sent: None,
        prompt_sent: None,
        reasoning: None,
        judge_reasoning: None,
        raw_output: None,
        answer_start: 0,
        keeps_answer: false,
        parsed_output: None,
        validation_result: row.validation_result,
        validator_notes: row.validator_notes,
        validated_at: row.validated_at,
        counted: None,
        finish_reason: row.finish_reason,
        edited_output: None,
        edited_value: None,
        error_message: row.error_message,
        usage: row.usage,
        executed_at: row.executed_at,
        duration_ms: row.duration_ms,
        started_seq: row.started_seq,
    }
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

/// Writes what became of an attempt, if it is still open. A raw output that is none leaves the answer as it
/// was written before; an error leaves nothing that was read from one.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn conclude(db: &impl ConnectionTrait, log: &Model) -> Result<()> {
    conclude_all(db, &[log]).await
}

/// Writes what became of attempts, as [`conclude`] does, of those that are still open.
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
    let query = without_verdict(status, why)
        .filter(Column::ExecutionId.is_in(rows::padded(executions)))
        .filter(Column::UserId.is_in(rows::padded(owners)));
    Ok(query.exec(db).await?.rows_affected)
}

/// Ends these attempts, as far as they are open, because they were cut off.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn interrupt(
    db: &impl ConnectionTrait,
    owner: Uuid,
    ids: &[Uuid],
    why: &str,
) -> Result<()> {
    if !ids.is_empty() {
        let query = without_verdict(AttemptStatus::Interrupted, why)
            .filter(Column::Id.is_in(rows::padded(ids)))
            .filter(Column::UserId.eq(owner));
        query.exec(db).await?;
    }
    Ok(())
}

fn without_verdict(status: AttemptStatus, why: &str) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::Status, Expr::val(status.as_str()))
        .col_expr(
            Column::ValidationResult,
            Expr::val(ValidationResult::Error.as_str()),
        )
        .col_expr(Column::ErrorMessage, Expr::val(why))
        .col_expr(Column::ParsedOutput, Expr::val(None::<Json>))
        .filter(state::attempt_is_open())
}

/// The parameters of a conclusion, in the order of [`CONCLUSION`].
fn conclusion(log: &Model) -> [Value; CONCLUSION.len()] {
    [
        log.id.into(),
        log.user_id.into(),
        AttemptStatus::Started.into(),
        log.status.into(),
        log.reasoning.clone().into(),
        log.judge_reasoning.clone().into(),
        log.raw_output.clone().into(),
        log.answer_start.into(),
        log.keeps_answer.into(),
        log.parsed_output.clone().into(),
        log.validation_result.into(),
        log.validator_notes.clone().into(),
        log.validated_at.into(),
        log.counted.into(),
        log.finish_reason.clone().into(),
        log.edited_output.clone().into(),
        log.edited_value.clone().into(),
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
