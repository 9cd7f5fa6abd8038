//! Appends to runs: a change of the row with the events that say so, counted, and rung for after the
//! commit.

use super::super::Deps;
use super::super::tx::Tx;
use crate::domain::event::Event;
use crate::domain::status::ExecutionStatus;
use crate::entity::execution;
use crate::error::Result;
use crate::events::hint::Hint;
use crate::store;
use crate::store::execution::{Append, Appended, Guard};

/// Appends to a run, and rings for it after the commit.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn append(
    deps: &Deps,
    tx: &Tx,
    run: &execution::Model,
    guard: Guard,
    events: &[Event],
) -> Result<Option<i64>> {
    let append = Append {
        run,
        guard,
        events,
        now: deps.clock.now(),
    };
    let firsts = append_all(deps, tx, &[append]).await?;
    Ok(firsts.into_iter().next().flatten())
}

/// Appends to runs, and rings for those that their guard let change.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn append_all(deps: &Deps, tx: &Tx, appends: &[Append<'_>]) -> Result<Vec<Option<i64>>> {
    let Appended { firsts, events } = store::execution::append_all(&**tx, appends).await?;
    tx.show(events);
    for (append, first) in appends.iter().zip(&firsts) {
        if first.is_none() {
            continue;
        }
        for event in append.events {
            count(deps, tx, event);
        }
        tx.ring(Hint::Changed {
            user_id: append.run.user_id,
            execution_id: append.run.id,
        });
        if append.run.status == ExecutionStatus::Pending {
            tx.ring(Hint::Due);
        }
    }
    Ok(firsts)
}

fn count(deps: &Deps, tx: &Tx, event: &Event) {
    match event {
        Event::StageFinished {
            validation_result, ..
        } => tx.count((
            "footlight_attempts_total",
            "result",
            validation_result.as_str(),
        )),
        Event::StageRetryScheduled { retry_at, .. } => {
            let waits = *retry_at > deps.clock.now();
            let when = if waits { "later" } else { "at once" };
            tx.count(("footlight_retries_total", "when", when));
        }
        Event::ExecutionStatusChanged { status, .. } if status.is_terminal() => {
            tx.count(("footlight_runs_ended_total", "status", status.as_str()));
        }
        Event::ExecutionStatusChanged { .. }
        | Event::StageStarted { .. }
        | Event::ManualValidationRequested(_)
        | Event::ManualValidationRecorded { .. } => {}
    }
}
