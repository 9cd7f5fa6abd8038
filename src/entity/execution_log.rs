//! `execution_logs`: one attempt at one stage.

use sea_orm::entity::prelude::*;

use crate::domain::status::{AttemptStatus, ValidationResult};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "execution_logs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub execution_id: Uuid,
    pub user_id: Uuid,
    /// From the pinned definition, without a foreign key: history outlives the stage.
    pub stage_id: Option<Uuid>,
    pub stage_order: i32,
    pub stage_name: Option<String>,
    pub attempt_number: i32,
    pub visit: i32,
    /// Which item of the stage's list, from 0; none where it has no list.
    pub item_index: Option<i32>,
    pub status: AttemptStatus,
    pub inputs: Option<Json>,
    /// Where each of `inputs` came from; none in rows of before.
    pub variables: Option<Json>,
    pub system_sent: Option<String>,
    /// The turns that were sent between system message and prompt.
    pub messages_sent: Option<Json>,
    pub prompt_sent: Option<String>,
    /// What the model thought before it answered, be it ahead of the answer in `raw_output` or beside it.
    pub reasoning: Option<String>,
    /// What the model that judges thought before it answered.
    pub judge_reasoning: Option<String>,
    pub raw_output: Option<String>,
    /// Where in `raw_output` the answer begins, in bytes.
    pub answer_start: i32,
    /// Does the answer stand in the context should there be no verdict on it? It had come to its end, and there was
    /// room.
    pub keeps_answer: bool,
    /// What was read from the answer; none where that is `{"text": answer}`.
    pub parsed_output: Option<Json>,
    pub validation_result: ValidationResult,
    pub validator_notes: Option<String>,
    pub validated_at: Option<DateTimeUtc>,
    /// Did its failure count against the retry limit? None where a version wrote it that did not say.
    pub counted: Option<bool>,
    /// The provider's own word for why the model stopped.
    pub finish_reason: Option<String>,
    pub edited_output: Option<String>,
    /// What was read from `edited_output`; none where that is `{"text": edited_output}`, and in old rows.
    pub edited_value: Option<Json>,
    pub error_message: Option<String>,
    /// Token counts as the provider reported them.
    pub usage: Option<Json>,
    pub executed_at: DateTimeUtc,
    /// When the model's answer had arrived; none before, without one, and where a version wrote it that did not say.
    pub answered_at: Option<DateTimeUtc>,
    pub duration_ms: Option<i32>,
    /// The number of the event that announced the attempt.
    pub started_seq: i64,
}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// What the model answered, without the thoughts ahead of it; nothing before it has.
    #[must_use]
    pub fn answer(&self) -> &str {
        let start = usize::try_from(self.answer_start).unwrap_or(0);
        let text = self.raw_output.as_deref();
        text.and_then(|text| text.get(start..)).unwrap_or_default()
    }
}

/// An attempt without its payload columns, as lists read it.
#[derive(Clone, Debug, PartialEq, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub struct Row {
    pub id: Uuid,
    pub execution_id: Uuid,
    pub user_id: Uuid,
    pub stage_id: Option<Uuid>,
    pub stage_order: i32,
    pub stage_name: Option<String>,
    pub attempt_number: i32,
    pub visit: i32,
    pub item_index: Option<i32>,
    pub status: AttemptStatus,
    pub validation_result: ValidationResult,
    pub validator_notes: Option<String>,
    pub validated_at: Option<DateTimeUtc>,
    pub finish_reason: Option<String>,
    pub error_message: Option<String>,
    pub usage: Option<Json>,
    pub executed_at: DateTimeUtc,
    pub answered_at: Option<DateTimeUtc>,
    pub duration_ms: Option<i32>,
    pub started_seq: i64,
}

/// The payload columns of an attempt.
#[derive(Clone, Debug, PartialEq, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub struct Payload {
    pub id: Uuid,
    pub inputs: Option<Json>,
    /// Where each of `inputs` came from; none in rows of before.
    pub variables: Option<Json>,
    pub system_sent: Option<String>,
    /// The turns that were sent between system message and prompt.
    pub messages_sent: Option<Json>,
    pub prompt_sent: Option<String>,
    pub reasoning: Option<String>,
    pub judge_reasoning: Option<String>,
    pub raw_output: Option<String>,
    pub answer_start: i32,
    pub parsed_output: Option<Json>,
    pub edited_output: Option<String>,
}

/// What an attempt brought, and a person put in its place.
#[derive(Clone, Debug, PartialEq, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub struct Answer {
    pub id: Uuid,
    pub execution_id: Uuid,
    pub stage_order: i32,
    pub item_index: Option<i32>,
    pub raw_output: Option<String>,
    pub answer_start: i32,
    pub parsed_output: Option<Json>,
    pub edited_output: Option<String>,
    pub edited_value: Option<Json>,
    pub keeps_answer: bool,
    pub validator_notes: Option<String>,
    pub error_message: Option<String>,
}

/// What a failed attempt leaves to the next one.
#[derive(Clone, Debug, PartialEq, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub struct Failure {
    pub id: Uuid,
    pub raw_output: Option<String>,
    pub answer_start: i32,
    pub validator_notes: Option<String>,
    pub error_message: Option<String>,
}

/// How far an attempt has come, without anything that was sent or answered.
#[derive(Clone, Debug, PartialEq, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub struct Trace {
    pub id: Uuid,
    pub execution_id: Uuid,
    pub stage_order: i32,
    pub stage_name: Option<String>,
    pub attempt_number: i32,
    pub item_index: Option<i32>,
    pub status: AttemptStatus,
    pub validation_result: ValidationResult,
    pub counted: Option<bool>,
    pub error_message: Option<String>,
    pub executed_at: DateTimeUtc,
    pub answered_at: Option<DateTimeUtc>,
    pub duration_ms: Option<i32>,
    pub started_seq: i64,
    #[sea_orm(from_expr = "Column::RawOutput.is_not_null()")]
    pub has_answer: bool,
}
