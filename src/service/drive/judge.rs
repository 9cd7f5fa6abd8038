//! Another model judges the answer of an attempt.
//!
//! 1. [`keep`] writes the answer to the open log before the judge is asked: whatever fails from then on, the
//!    answer is not asked for again. Rescue and hand-back leave such a log open, and whoever claims the
//!    run goes on with its judge.
//! 2. The engine asks the judge, once.
//! 3. A verdict ends the attempt like any other ([`super::finish`]). After a call without one
//!    [`ask_again`] decides from the run's row whether there is a next call, and when; a long wait holds
//!    no slot.
//! 4. [`begin`] ends a wait.

use std::sync::Arc;

use chrono::TimeDelta;

use super::change::{Change, Fence, fenced};
use super::{Deps, Finished, Lease, advance, finish, rest, streak};
use crate::domain::progress::Next;
use crate::domain::retry::{JudgeTries, NoVerdict};
use crate::domain::status::{ExecutionStatus, Reason};
use crate::domain::streak::Streak;
use crate::entity::{execution, execution_log};
use crate::error::Result;

/// Writes an answer that another model is to judge. A pause that was asked for takes effect here: nothing
/// is lost by it.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn keep(
    deps: &Arc<Deps>,
    lease: &mut Lease,
    log: execution_log::Model,
) -> Result<Option<Next>> {
    let written = fenced(deps, &lease.run, |fence| {
        let mut run = lease.run.clone();
        streak::keep_of_judge(&mut run, Streak::default());
        let mut change = on(deps, run, fence);
        change.logs.push(log.clone());
        Ok(change)
    });
    let written = written.await?;
    Ok(written.map(|(change, first)| lease.follow(change, first)))
}

/// Ends the wait of a run whose judge is asked again.
///
/// # Errors
/// `Internal` when the database fails.
pub(super) async fn begin(deps: &Arc<Deps>, lease: &mut Lease) -> Result<Option<Next>> {
    if lease.run.next_run_at.is_none() {
        return Ok(Some(Next::Attempt));
    }
    let written = fenced(deps, &lease.run, |fence| {
        let mut run = lease.run.clone();
        run.next_run_at = None;
        run.status_reason = None;
        Ok(on(deps, run, fence))
    });
    let written = written.await?;
    Ok(written.map(|(change, first)| lease.follow(change, first)))
}

/// Counts a call of the judge that brought no verdict: it is asked again, at once or after a wait, or the
/// attempt has ended.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn ask_again(
    deps: &Arc<Deps>,
    lease: &mut Lease,
    log: execution_log::Model,
    failure: NoVerdict,
) -> Result<Option<Next>> {
    let tries = JudgeTries {
        streak: streak::of_judge(&lease.run),
        unreadable: lease.run.unreadable_verdicts,
    };
    let patience = deps.patience();
    let (tries, wait) = match tries.again(failure, patience) {
        Ok(again) => again,
        Err(outcome) => {
            let output = None;
            let finished = Finished {
                log,
                outcome,
                output,
            };
            return finish(deps, lease, finished).await;
        }
    };
    let written = fenced(deps, &lease.run, |fence| {
        let mut run = lease.run.clone();
        streak::keep_of_judge(&mut run, tries.streak);
        run.unreadable_verdicts = tries.unreadable;
        if !wait.is_zero() {
            let wait = TimeDelta::from_std(wait).unwrap_or(TimeDelta::zero());
            run.next_run_at = Some((patience.now + wait).timestamp_millis());
        }
        let next = match Next::after(wait, fence.pause_requested) {
            // A replica of the version before that claimed it would have the answer made again.
            Next::Queue if deps.slots.are_beside_older() => Next::Wait,
            next => next,
        };
        let event = match next {
            Next::Wait => {
                let (running, reason) = (ExecutionStatus::Running, Some(Reason::JudgeWait));
                Some(advance::change_status(&mut run, running, reason))
            }
            Next::Queue | Next::Pause => Some(advance::requeue_or_pause(
                &mut run,
                Reason::JudgeWait,
                fence.pause_requested,
                patience.now,
            )),
            Next::Attempt | Next::End(_) => None,
        };
        Ok(Change {
            events: event.into_iter().collect(),
            logs: vec![log.clone()],
            ..Change::of(run, fence.guard, next)
        })
    });
    let written = written.await?;
    Ok(written.map(|(change, first)| lease.follow(change, first)))
}

/// The judge is asked now, unless a pause was asked for.
fn on(deps: &Deps, run: execution::Model, fence: Fence) -> Change {
    if fence.pause_requested {
        return rest(deps, run, fence, Reason::PauseRequested);
    }
    Change::of(run, fence.guard, Next::Attempt)
}
