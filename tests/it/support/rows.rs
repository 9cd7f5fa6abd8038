//! Rows for tests that are about the tables themselves.

use chrono::{DateTime, Utc};
use footlight::domain::status::{AttemptStatus, ExecutionStatus, ValidationResult};
use footlight::entity::{execution, execution_log, user_profile, workflow_revision};
use footlight::store;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use uuid::Uuid;

/// Keeps a transaction of PostgreSQL open for as long as the test takes, with a number, as one has that writes.
pub async fn keep_open(tx: &impl ConnectionTrait) {
    let sql = "set local idle_in_transaction_session_timeout = 0; select pg_current_xact_id()";
    tx.execute_unprepared(sql).await.unwrap();
}

/// A user.
pub fn profile(id: Uuid, now: DateTime<Utc>) -> user_profile::Model {
    user_profile::Model {
        id,
        email: None,
        full_name: None,
        preferences: json!({}),
        saved_prompts: json!([]),
        max_snapshots: 50,
        created_at: now,
    }
}

/// A pinned definition.
pub fn revision(id: Uuid, owner: Uuid, definition: Value) -> workflow_revision::Model {
    workflow_revision::Model {
        id,
        user_id: owner,
        workflow_id: None,
        version: 1,
        digest: String::new(),
        definition,
    }
}

/// A run that waits to be claimed, at stage 1.
pub fn run(id: Uuid, owner: Uuid, revision: Uuid, now: DateTime<Utc>) -> execution::Model {
    execution::Model {
        id,
        user_id: owner,
        workflow_id: None,
        revision_id: revision,
        rerun_of: None,
        from_stage_order: None,
        until_stage_order: None,
        client_key: None,
        request_hash: None,
        status: ExecutionStatus::Pending,
        status_reason: None,
        status_since: None,
        error_message: None,
        execution_inputs: json!({}),
        initial_context: json!({}),
        current_stage_order: Some(1),
        current_visit: 1,
        visit_failures: 0,
        transport_failures: 0,
        judge_failures: 0,
        outage_since: None,
        outage_counts_until: None,
        outage_calls: 0,
        unreadable_verdicts: 0,
        stage_visits: 1,
        pause_requested: false,
        next_run_at: None,
        lease_owner: None,
        lease_epoch: 0,
        crash_count: 0,
        let_go_count: 0,
        next_seq: 1,
        created_at: now,
        started_at: None,
        completed_at: None,
    }
}

/// An attempt of a run at its first stage, under way.
pub fn attempt(run: &execution::Model, now: DateTime<Utc>) -> execution_log::Model {
    store::execution_log::bare(execution_log::Row {
        id: run.id,
        execution_id: run.id,
        user_id: run.user_id,
        stage_id: None,
        stage_order: 1,
        stage_name: None,
        attempt_number: 1,
        visit: 1,
        item_index: None,
        status: AttemptStatus::Started,
        validation_result: ValidationResult::Pending,
        validator_notes: None,
        validated_at: None,
        finish_reason: None,
        error_message: None,
        usage: None,
        executed_at: now,
        answered_at: None,
        duration_ms: None,
        started_seq: 1,
    })
}
