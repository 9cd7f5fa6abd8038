//! What became of attempts: written where they are still open.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, UpdateMany, Value,
};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::domain::status::{AttemptStatus, ValidationResult};
use crate::entity::execution_log::{Column, Entity, Model, Row};
use crate::error::Result;
use crate::store::{rows, state};

const CONCLUSION: [&str; 21] = [
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
    "answered_at",
    "duration_ms",
];

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
        variables: None,
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
        answered_at: row.answered_at,
        duration_ms: row.duration_ms,
        started_seq: row.started_seq,
    }
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
        let statement = rows::with_new(backend, &CONCLUSION, values, &concluded(backend));
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

/// What is written of the rows called `new`.
fn concluded(backend: DbBackend) -> String {
    let parsed_output = match backend {
        DbBackend::Postgres => "new.parsed_output::jsonb",
        _ => "new.parsed_output",
    };
    // The state is compared with a value: with 'STARTED' the planner would read the index of all open
    // attempts in the place of looking each up.
    format!(
        "
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
                    else {parsed_output} end,
                validation_result = new.validation_result,
                validator_notes = new.validator_notes,
                validated_at = new.validated_at,
                counted = new.counted,
                finish_reason = new.finish_reason,
                edited_output = new.edited_output,
                edited_value = new.edited_value,
                error_message = new.error_message,
                usage = new.usage,
                answered_at = coalesce(new.answered_at, execution_logs.answered_at),
                duration_ms = new.duration_ms
            from new
            where execution_logs.id = new.id
                and execution_logs.user_id = new.user_id
                and execution_logs.status = new.was_status"
    )
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
        // As text: a copy of a large value takes many times the room.
        log.parsed_output.as_ref().map(Json::to_string).into(),
        log.validation_result.into(),
        log.validator_notes.clone().into(),
        log.validated_at.into(),
        log.counted.into(),
        log.finish_reason.clone().into(),
        log.edited_output.clone().into(),
        log.edited_value.clone().into(),
        log.error_message.clone().into(),
        log.usage.clone().into(),
        log.answered_at.into(),
        log.duration_ms.into(),
    ]
}
