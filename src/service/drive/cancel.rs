//! Cancelling: a run in any state that is not terminal ends where it stands, and its open attempt with it.

use chrono::{DateTime, Utc};

use super::super::Deps;
use super::super::tx::Tx;
use super::advance;
use super::append::append_all;
use crate::domain::event::Event;
use crate::domain::status::{AttemptStatus, ExecutionStatus, Reason};
use crate::entity::execution::Model;
use crate::error::Result;
use crate::events::hint::Hint;
use crate::store;
use crate::store::execution::{Append, Guard};

/// Cancels runs that the transaction has locked and that have not ended.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn all(deps: &Deps, tx: &Tx, mut runs: Vec<Model>) -> Result<()> {
    if runs.is_empty() {
        return Ok(());
    }
    let (owners, ids): (Vec<_>, Vec<_>) = runs.iter().map(|run| (run.user_id, run.id)).unzip();
    let cancelled = AttemptStatus::Cancelled;
    let why = "the run was cancelled";
    store::execution_log::abandon(&**tx, &owners, &ids, cancelled, why).await?;
    let now = deps.clock.now();
    let changes: Vec<_> = runs.iter_mut().map(|run| cancel(run, now)).collect();
    let appends: Vec<_> = runs
        .iter()
        .zip(&changes)
        .map(|(run, (guard, events))| Append {
            run,
            guard: *guard,
            events,
            now,
        })
        .collect();
    append_all(deps, tx, &appends).await?;
    for execution_id in ids {
        tx.ring(Hint::Control { execution_id });
    }
    Ok(())
}

fn cancel(run: &mut Model, now: DateTime<Utc>) -> (Guard, [Event; 1]) {
    let guard = Guard::State {
        status: run.status,
        epoch: run.lease_epoch,
    };
    run.lease_epoch += 1;
    run.completed_at = Some(now);
    let cancelled = ExecutionStatus::Cancelled;
    let event = advance::change_status(run, cancelled, Some(Reason::Cancelled));
    (guard, [event])
}
