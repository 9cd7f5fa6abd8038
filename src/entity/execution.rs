//! `executions`: a run, which is also the leased job.

use sea_orm::entity::prelude::*;

use crate::domain::status::ExecutionStatus;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "executions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub workflow_id: Option<Uuid>,
    pub revision_id: Uuid,
    pub rerun_of: Option<Uuid>,
    pub client_key: Option<String>,
    pub request_hash: Option<String>,
    pub status: ExecutionStatus,
    pub status_reason: Option<String>,
    /// Since when it is in this state for this reason; none where a version wrote it that did not say.
    pub status_since: Option<DateTimeUtc>,
    pub error_message: Option<String>,
    pub execution_inputs: Json,
    /// What the run began with: `{}`, or what a rerun took over.
    pub initial_context: Json,
    /// The stage that it was asked to begin at; none: at the start, or a run of before.
    pub from_stage_order: Option<i32>,
    /// The stage whose pass ends it; none: it goes on to its end.
    pub until_stage_order: Option<i32>,
    /// The stage of the visit that the next attempt belongs to.
    pub current_stage_order: Option<i32>,
    pub current_visit: i32,
    pub visit_failures: i32,
    /// Calls in a row that broke off after the first word; in an outage counted down from one below zero.
    pub transport_failures: i32,
    /// The same of the judge of the open attempt.
    pub judge_failures: i32,
    /// Since when calls fail before the first word, later by the time that does not count, in milliseconds
    /// since 1970. It and the next two are of whoever is asked: the model, or its judge.
    pub outage_since: Option<i64>,
    /// The moment from which time does not count until the next call.
    pub outage_counts_until: Option<i64>,
    /// So many calls have failed in it.
    pub outage_calls: i32,
    /// Answers of that judge that were no verdict.
    pub unreadable_verdicts: i32,
    pub stage_visits: i32,
    pub pause_requested: bool,
    /// Milliseconds since 1970 before which no attempt starts.
    pub next_run_at: Option<i64>,
    pub lease_owner: Option<Uuid>,
    pub lease_epoch: i64,
    pub crash_count: i32,
    /// How often a process let go of it in the same attempt, without having crashed.
    pub let_go_count: i32,
    /// The number of the next event.
    pub next_seq: i64,
    pub created_at: DateTimeUtc,
    pub started_at: Option<DateTimeUtc>,
    pub completed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

/// A run without its payload columns, as lists and watchers read it.
#[derive(Clone, Debug, PartialEq, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub struct Row {
    pub id: Uuid,
    pub user_id: Uuid,
    pub workflow_id: Option<Uuid>,
    pub revision_id: Uuid,
    pub rerun_of: Option<Uuid>,
    pub status: ExecutionStatus,
    pub status_reason: Option<String>,
    pub error_message: Option<String>,
    pub until_stage_order: Option<i32>,
    pub current_stage_order: Option<i32>,
    pub pause_requested: bool,
    pub next_run_at: Option<i64>,
    pub next_seq: i64,
    pub created_at: DateTimeUtc,
    pub started_at: Option<DateTimeUtc>,
    pub completed_at: Option<DateTimeUtc>,
}

/// What a run's context is made from, beside its attempts.
#[derive(Clone, Debug, PartialEq, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub struct Origin {
    pub id: Uuid,
    pub revision_id: Uuid,
    pub status: ExecutionStatus,
    pub status_reason: Option<String>,
    pub initial_context: Json,
    pub current_stage_order: Option<i32>,
    pub current_visit: i32,
}

/// What a run's row says of what it waits for.
#[derive(Clone, Debug, PartialEq, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub struct Standing {
    pub id: Uuid,
    pub status: ExecutionStatus,
    pub status_reason: Option<String>,
    pub status_since: Option<DateTimeUtc>,
    pub error_message: Option<String>,
    pub current_stage_order: Option<i32>,
    pub judge_failures: i32,
    pub outage_since: Option<i64>,
    pub outage_counts_until: Option<i64>,
    pub outage_calls: i32,
    pub pause_requested: bool,
    pub next_run_at: Option<i64>,
    pub lease_owner: Option<Uuid>,
    pub created_at: DateTimeUtc,
    pub started_at: Option<DateTimeUtc>,
    pub completed_at: Option<DateTimeUtc>,
}
