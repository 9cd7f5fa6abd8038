//! Attempts: what was sent, what came back, and what it was worth.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Deps;
use crate::domain::page::{BySeq, ByTime, Page, PageRequest};
use crate::domain::status::ValidationResult;
use crate::domain::viewer::Viewer;
use crate::entity::execution_log::{Payload, Row};
use crate::error::Result;
use crate::store;
use crate::store::page::Window;

/// What the API calls an attempt.
pub const KIND: &str = "executionLog";

/// The attempt; none when it is missing or somebody else's.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn find(deps: &Deps, viewer: &Viewer, id: Uuid) -> Result<Option<Row>> {
    store::execution_log::find(deps.store.reader(), viewer.user_id, id).await
}

/// One page of a run's attempts, oldest first, or of those at one stage.
///
/// # Errors
/// `BadInput` on `first` or `after`.
pub async fn list(
    deps: &Deps,
    viewer: &Viewer,
    execution_id: Uuid,
    request: &PageRequest,
    stage_order: Option<i32>,
) -> Result<Page<Row>> {
    let window = Window::of::<BySeq>(request)?;
    let db = deps.store.reader();
    let rows =
        store::execution_log::list(db, viewer.user_id, execution_id, stage_order, &window).await?;
    Ok(window.cut(rows, cursor))
}

/// One page of the attempts that await a decision of the viewer, oldest first.
///
/// # Errors
/// `BadInput` on `first` or `after`.
pub async fn pending(deps: &Deps, viewer: &Viewer, request: &PageRequest) -> Result<Page<Row>> {
    let window = Window::of::<ByTime>(request)?;
    let db = deps.store.reader();
    let rows = store::execution_log::pending(db, viewer.user_id, &window).await?;
    Ok(window.cut(rows, |row| ByTime {
        at: row.executed_at,
        id: row.id,
    }))
}

/// What was read from the attempt's answer; none while there is no answer, and after an error. Where it is
/// the text itself, that is all that is kept.
#[must_use]
pub fn parsed_output(row: &Row, payload: &Payload) -> Option<Value> {
    if row.validation_result == ValidationResult::Error || payload.parsed_output.is_some() {
        return payload.parsed_output.clone();
    }
    let start = usize::try_from(payload.answer_start).unwrap_or(0);
    let text = payload.raw_output.as_deref()?.get(start..)?;
    Some(json!({ "text": text }))
}

/// The cursor of an attempt in its run's list.
#[must_use]
pub const fn cursor(row: &Row) -> BySeq {
    BySeq(row.started_seq)
}
