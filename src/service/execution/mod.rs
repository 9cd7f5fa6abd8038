//! Runs: what their owner may do with them. How they progress stands in `drive`.

mod backlog;
mod make;
mod rerun;
mod start;

pub use self::backlog::Backlogs;
pub(in crate::service) use self::rerun::as_in;
pub use self::rerun::{RerunExecution, rerun};
pub use self::start::{Start, StartExecution, start};

use uuid::Uuid;

use super::Deps;
use super::drive::{self, advance};
use super::tx::{self, Tx};
use crate::domain::page::{ByTime, Page, PageRequest};
use crate::domain::status::{ExecutionStatus, Reason};
use crate::domain::viewer::Viewer;
use crate::entity::execution::{Model, Row};
use crate::entity::execution_log;
use crate::error::{Error, Result};
use crate::events::hint::Hint;
use crate::store;
pub use crate::store::execution::Filter as ExecutionFilter;
use crate::store::execution::Guard;
use crate::store::page::Window;

/// What the API calls a run.
pub const KIND: &str = "execution";

/// The run; none when it is missing or somebody else's.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn find(deps: &Deps, viewer: &Viewer, id: Uuid) -> Result<Option<Row>> {
    store::execution::find(deps.store.reader(), viewer.user_id, id).await
}

/// One page of the viewer's runs, newest first.
///
/// # Errors
/// `BadInput` on `first` or `after`.
pub async fn list(
    deps: &Deps,
    viewer: &Viewer,
    request: &PageRequest,
    filter: &ExecutionFilter,
) -> Result<Page<Row>> {
    let window = Window::of::<ByTime>(request)?;
    let rows = store::execution::list(deps.store.reader(), viewer.user_id, filter, &window).await?;
    Ok(window.cut(rows, cursor))
}

/// The states that both arguments let through, each once; none when they let all through.
///
/// # Errors
/// `BadInput` on `statuses` when it names none.
pub fn states(
    status: Option<ExecutionStatus>,
    statuses: Option<Vec<ExecutionStatus>>,
) -> Result<Option<Vec<ExecutionStatus>>> {
    let Some(statuses) = statuses else {
        return Ok(status.map(|status| vec![status]));
    };
    if statuses.is_empty() {
        let message = "statuses names no state: leave it out for runs in any";
        return Err(Error::bad_input("statuses", message));
    }
    let mut both = Vec::new();
    for state in statuses {
        let is_wanted = status.is_none_or(|status| status == state);
        if is_wanted && !both.contains(&state) {
            both.push(state);
        }
    }
    Ok(Some(both))
}

/// The cursor of a run in a list.
#[must_use]
pub const fn cursor(row: &Row) -> ByTime {
    ByTime {
        at: row.created_at,
        id: row.id,
    }
}

/// Cancels a run in any state that is not terminal: its lease ends and its open attempt with it.
///
/// # Errors
/// `NotFound`; `Conflict` when it ended otherwise.
pub async fn cancel(deps: &Deps, viewer: &Viewer, id: Uuid) -> Result<Row> {
    tx::write(deps, |tx| async move {
        let run = lock(&tx, viewer.user_id, id).await?;
        match run.status {
            ExecutionStatus::Cancelled => {}
            ExecutionStatus::Completed | ExecutionStatus::Failed => {
                return Err(ended(&run, "cancel"));
            }
            ExecutionStatus::Pending | ExecutionStatus::Running | ExecutionStatus::Paused => {
                drive::cancel::all(deps, &tx, vec![run]).await?;
            }
        }
        read_back(&tx, viewer.user_id, id).await
    })
    .await
}

/// Pauses a run: at once when no attempt is under way, or one whose answer is kept and only waits for its
/// judge; else when that attempt has finished.
///
/// # Errors
/// `NotFound`; `Conflict` when it has ended.
pub async fn pause(deps: &Deps, viewer: &Viewer, id: Uuid) -> Result<Row> {
    tx::write(deps, |tx| async move {
        let mut run = lock(&tx, viewer.user_id, id).await?;
        if run.status.is_terminal() {
            return Err(ended(&run, "pause"));
        }
        let open = store::execution_log::all_open(&**tx, viewer.user_id, id).await?;
        let paused = run.status == ExecutionStatus::Paused && !drive::awaits_decision(&run);
        if !run.pause_requested && !paused {
            let guard = guard(&run);
            let is_made = |open: &execution_log::Model| !drive::awaits_judge(&run, open);
            let events = if open.iter().any(is_made) {
                run.pause_requested = true;
                Vec::new()
            } else {
                run.lease_epoch += 1;
                let now = deps.clock.now().timestamp_millis();
                store::execution_item::stop_outages(&**tx, viewer.user_id, id, now).await?;
                vec![advance::requeue_or_pause(
                    &mut run,
                    Reason::PauseRequested,
                    true,
                    deps.clock.now(),
                )]
            };
            drive::append(deps, &tx, &run, guard, &events).await?;
            tx.ring(Hint::Control { execution_id: id });
        }
        read_back(&tx, viewer.user_id, id).await
    })
    .await
}

/// Resumes a paused run, or withdraws a pause that has not taken effect.
///
/// # Errors
/// `NotFound`; `Conflict` when it has ended, or when a decision is awaited.
pub async fn resume(deps: &Deps, viewer: &Viewer, id: Uuid) -> Result<Row> {
    let reservation = deps.slots.reserve();
    let session = reservation.as_ref().map(drive::Reservation::session);
    let (row, claimed) = tx::write(deps, |tx| async move {
        let mut run = lock(&tx, viewer.user_id, id).await?;
        if run.status.is_terminal() {
            return Err(ended(&run, "resume"));
        }
        let mut claimed = None;
        if run.pause_requested {
            let guard = guard(&run);
            run.pause_requested = false;
            drive::append(deps, &tx, &run, guard, &[]).await?;
        } else if run.status == ExecutionStatus::Paused {
            if drive::awaits_decision(&run)
                && let Some(open) = store::execution_log::open(&**tx, viewer.user_id, id).await?
            {
                return Err(Error::conflict(format!(
                    "execution {id} awaits a decision: record it on executionLog {}",
                    open.id
                )));
            }
            refuse_doomed(&tx, &run).await?;
            let guard = guard(&run);
            let now = deps.clock.now();
            let event = advance::requeue_or_pause(&mut run, Reason::Resumed, false, now);
            let first = drive::append(deps, &tx, &run, guard, &[event]).await?;
            run.next_seq = first.map_or(run.next_seq, |first| first + 1);
            claimed = claim_now(deps, &tx, run, session).await?;
        }
        Ok((read_back(&tx, viewer.user_id, id).await?, claimed))
    })
    .await
    .inspect_err(|error| drive::unclaimed(deps, session, error))?;
    hand_over(deps, claimed, reservation);
    Ok(row)
}

/// Deletes a run that has ended, with its logs and events.
///
/// # Errors
/// `NotFound`; `Conflict` while it is active.
pub async fn delete(deps: &Deps, viewer: &Viewer, id: Uuid) -> Result<Uuid> {
    tx::write(deps, |tx| async move {
        let run = lock(&tx, viewer.user_id, id).await?;
        if !run.status.is_terminal() {
            return Err(Error::conflict(format!(
                "execution {id} is {}: cancel it before you delete it",
                run.status.as_str()
            )));
        }
        store::execution::delete(&**tx, viewer.user_id, id).await?;
        store::revision::delete_unused(&**tx, &[run.revision_id]).await?;
        tx.ring(Hint::Changed {
            user_id: viewer.user_id,
            execution_id: id,
        });
        Ok(id)
    })
    .await
}

/// Refuses to let a run go on whose workflow is deleted: it is about to be cancelled.
///
/// # Errors
/// `Conflict` when it is so.
pub(super) async fn refuse_doomed(tx: &Tx, run: &Model) -> Result<()> {
    let Some(workflow) = run.workflow_id else {
        return Ok(());
    };
    if store::workflow::hold(&**tx, run.user_id, workflow).await? {
        return Ok(());
    }
    Err(Error::conflict(format!(
        "execution {} does not go on: its workflow was deleted, and it is about to be cancelled",
        run.id
    )))
}

/// Claims a run that has just become due, when this process keeps a slot for it.
///
/// # Errors
/// `Internal` when the database fails.
pub(super) async fn claim_now(
    deps: &Deps,
    tx: &Tx,
    run: Model,
    session: Option<Uuid>,
) -> Result<Option<Model>> {
    let Some(session) = session else {
        return Ok(None);
    };
    let (run, claimed) = drive::claim::own(deps, tx, run, session).await?;
    Ok(claimed.then_some(run))
}

/// Hands a run to this process's engine, once the transaction that claimed it is committed.
pub(super) fn hand_over(
    deps: &Deps,
    claimed: Option<Model>,
    reservation: Option<drive::Reservation>,
) {
    if let (Some(run), Some(reservation)) = (claimed, reservation) {
        deps.slots.hand_over(run, None, reservation);
    }
}

/// The row of a run after it was changed.
///
/// # Errors
/// `NotFound` when it is gone.
pub(super) async fn read_back(tx: &Tx, owner: Uuid, id: Uuid) -> Result<Row> {
    store::execution::find(&**tx, owner, id)
        .await?
        .ok_or_else(|| Error::not_found(KIND, id))
}

/// What a locked row must still be when it is written.
pub(super) const fn guard(run: &Model) -> Guard {
    Guard::State {
        status: run.status,
        epoch: run.lease_epoch,
    }
}

async fn lock(tx: &Tx, owner: Uuid, id: Uuid) -> Result<Model> {
    store::execution::lock(&**tx, owner, id)
        .await?
        .ok_or_else(|| Error::not_found(KIND, id))
}

fn ended(run: &Model, verb: &str) -> Error {
    Error::conflict(format!(
        "cannot {verb} execution {}: it is {}",
        run.id,
        run.status.as_str()
    ))
}
