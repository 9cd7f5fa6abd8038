//! What the server tells about a run: the subscription's document and the events it answers with.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::domain::output::thought::Incoming;

/// Everything the terminal shows, durable events and output as it arrives.
pub(super) const FOLLOW: &str = "\
subscription Follow($executionId: ID!, $after: Int!) {
  executionEvents(executionId: $executionId, after: $after, deltas: true) {
    __typename
    seq
    ... on ExecutionStatusChanged { status reason execution { errorMessage usage { totalTokens } } }
    ... on StageStarted { itemCount log { ...attempt } }
    ... on StageFinished { validationResult nextStageOrder log { ...attempt ...result } }
    ... on StageRetryScheduled { stageOrder attemptNumber itemIndex retryAt reason }
    ... on ManualValidationRequested { log { ...attempt ...result } }
    ... on ManualValidationRecorded { log { ...attempt } }
    ... on StageOutputDelta { logId itemIndex offset text }
  }
}
fragment attempt on ExecutionLog { id stageOrder stageName attemptNumber visit itemIndex validationResult }
fragment result on ExecutionLog { rawOutput parsedOutput validatorNotes errorMessage durationMs }";

/// One event of `executionEvents`.
#[derive(Debug, Deserialize)]
#[serde(tag = "__typename", rename_all_fields = "camelCase")]
pub(super) enum Event {
    ExecutionStatusChanged {
        status: Status,
        reason: Option<String>,
        execution: Totals,
    },
    StageStarted {
        /// How many items the stage's list has.
        item_count: Option<i32>,
        log: Attempt,
    },
    StageFinished {
        validation_result: Verdict,
        next_stage_order: Option<i32>,
        log: Attempt,
    },
    StageRetryScheduled {
        stage_order: i32,
        attempt_number: i32,
        item_index: Option<i32>,
        retry_at: DateTime<Utc>,
        reason: Option<String>,
    },
    ManualValidationRequested {
        log: Attempt,
    },
    ManualValidationRecorded {
        log: Attempt,
    },
    StageOutputDelta(Delta),
    /// Of a server that is newer than this client.
    #[serde(other)]
    Unknown,
}

/// The run as it stands when an event is read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Totals {
    pub(super) error_message: Option<String>,
    pub(super) usage: Usage,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Usage {
    pub(super) total_tokens: Option<u64>,
}

/// One attempt at a stage as it stands when an event is read. What an event does not select is none.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attempt {
    pub(super) id: Uuid,
    pub(super) stage_order: i32,
    pub(super) stage_name: Option<String>,
    #[serde(rename = "attemptNumber")]
    pub(super) number: i32,
    pub(super) visit: i32,
    pub(super) item_index: Option<i32>,
    pub(super) validation_result: Verdict,
    pub(super) raw_output: Option<String>,
    pub(super) parsed_output: Option<Value>,
    pub(super) validator_notes: Option<String>,
    pub(super) error_message: Option<String>,
    pub(super) duration_ms: Option<u64>,
}

impl Attempt {
    /// What the model answered, without the thoughts ahead of it.
    pub(super) fn answer(&self) -> Option<String> {
        let raw = self.raw_output.as_deref()?;
        let parsed = self.parsed_output.as_ref();
        let text = parsed.and_then(|output| output.get("text")?.as_str());
        if let Some(text) = text.filter(|text| raw.ends_with(text)) {
            return Some(text.to_owned());
        }
        let mut incoming = Incoming::new(&[]);
        incoming.push(raw);
        Some(incoming.into_text().answer().to_owned())
    }
}

/// A piece of an attempt's output.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Delta {
    pub(super) log_id: Uuid,
    pub(super) item_index: Option<i32>,
    /// Where the piece begins in the output, in code points.
    pub(super) offset: usize,
    pub(super) text: String,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Status {
    Pending,
    Running,
    Paused,
    Completed,
    Failed,
    Cancelled,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Verdict {
    Pending,
    Pass,
    Fail,
    Error,
}
