//! What happens to a run, as its watchers are told: the durable events, and the deltas between them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::status::{ExecutionStatus, ValidationResult};

/// A durable event, as it is stored in the payload column. Its kind is the API's type name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all_fields = "camelCase")]
pub enum Event {
    /// The run changed its state. The first event of every run has no previous one.
    ExecutionStatusChanged {
        status: ExecutionStatus,
        previous_status: Option<ExecutionStatus>,
        reason: Option<String>,
        /// The workflow at that time, for watchers of one workflow: the run's own may be gone.
        workflow_id: Option<Uuid>,
    },
    /// An attempt is logged and about to call the model.
    StageStarted {
        #[serde(flatten)]
        attempt: Attempt,
        /// How many items the stage's list has.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item_count: Option<i32>,
    },
    /// An attempt is logged and judged.
    StageFinished {
        #[serde(flatten)]
        attempt: Attempt,
        validation_result: ValidationResult,
        /// The stage itself when another attempt follows; none when the run ends.
        next_stage_order: Option<i32>,
        /// The value by which routes sent the run there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        route_value: Option<String>,
    },
    /// Another attempt of the same visit follows.
    StageRetryScheduled {
        stage_order: i32,
        /// The attempt to come.
        attempt_number: i32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item_index: Option<i32>,
        retry_at: DateTime<Utc>,
        reason: Option<String>,
    },
    /// A person has to decide.
    ManualValidationRequested(Attempt),
    /// A person decided.
    ManualValidationRecorded {
        log_id: Uuid,
        result: ValidationResult,
        notes: Option<String>,
    },
}

/// Which attempt an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    pub log_id: Uuid,
    pub stage_order: i32,
    pub attempt_number: i32,
    /// Which item of the stage's list it is about, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_index: Option<i32>,
}

impl Event {
    /// The name of the event's type in the API, stored in the kind column.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ExecutionStatusChanged { .. } => "ExecutionStatusChanged",
            Self::StageStarted { .. } => "StageStarted",
            Self::StageFinished { .. } => "StageFinished",
            Self::StageRetryScheduled { .. } => "StageRetryScheduled",
            Self::ManualValidationRequested(_) => "ManualValidationRequested",
            Self::ManualValidationRecorded { .. } => "ManualValidationRecorded",
        }
    }

    /// Is this the last event of its run?
    #[must_use]
    pub const fn is_terminal(&self) -> bool {
        match self {
            Self::ExecutionStatusChanged { status, .. } => status.is_terminal(),
            Self::StageStarted { .. }
            | Self::StageFinished { .. }
            | Self::StageRetryScheduled { .. }
            | Self::ManualValidationRequested(_)
            | Self::ManualValidationRecorded { .. } => false,
        }
    }
}

/// A piece of the output of an attempt under way. Never stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    pub attempt: Attempt,
    /// The last durable `seq` before it: the one of the attempt's `StageStarted`.
    pub seq: i64,
    /// How often what had been sent of the attempt's output was withdrawn before: a later edition takes the
    /// place of an earlier one. A process of the version before knows of none.
    #[serde(default, skip_serializing_if = "is_first")]
    pub edition: u32,
    /// Where the piece begins in the attempt's output, in Unicode code points; 0 replaces the text.
    pub offset: usize,
    pub text: String,
    pub occurred_at: DateTime<Utc>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
const fn is_first(edition: &u32) -> bool {
    *edition == 0
}
