//! What the engine may do: claim runs, log attempts, finish them, and give runs back. Every write of
//! a worker is fenced by its lease; a write that the fence refuses changes nothing.
//!
//! The way of a leased run, as [`crate::engine`] walks it:
//! 1. [`claim::due`] takes due runs under this process's session, or a start or a resume claims its own
//!    ([`Slots::reserve`]) and hands it over. A start logs the first attempt too.
//! 2. [`Lease::load`] reads the pinned definition, the tallies and what the run's context is made from, once per
//!    claim.
//! 3. [`begin`] logs an attempt as started.
//! 4. The engine calls the model; no transaction is open.
//! 5. [`finish`] logs what became of it and starts the next attempt in the same transaction, or
//!    [`await_decision`] leaves the run to a person, or [`judge`] keeps the answer while another model is
//!    asked about it.
//!
//! What is written answers how the run goes on ([`Next`]); none when the lease was lost.

pub mod advance;
mod append;
mod attempt;
pub mod cancel;
mod change;
pub mod claim;
pub mod each;
mod fairness;
pub(in crate::service) mod feedback;
pub mod growth;
mod item;
pub mod judge;
mod lease;
mod list;
pub mod older;
pub mod rescue;
pub mod session;
pub mod slots;
pub(super) mod streak;

use std::sync::Arc;

use uuid::Uuid;

use self::advance::{Finished, Situation};
pub use self::append::append;
pub use self::attempt::{Attempt, First};
pub use self::change::Change;
use self::change::{Fence, fenced};
pub use self::lease::{Lease, Scene, awaits_decision, awaits_judge};
pub use self::slots::{Claim, Extra, Reservation, Slots};
use super::Deps;
use crate::domain::event::Event;
use crate::domain::progress::{Circumstances, Next};
use crate::domain::source::Places;
use crate::domain::status::{AttemptStatus, ExecutionStatus, Reason, ValidationResult};
pub use crate::entity::execution::Model as Run;
use crate::entity::{execution, execution_log};
use crate::error::{Error, Result};
pub use crate::events::hub::{Control, Output};
use crate::store;

/// Logs the run's next attempt as started, unless it goes on with the judge of the last one.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn begin(deps: &Arc<Deps>, lease: &mut Lease) -> Result<Option<Next>> {
    if lease.each.is_some() {
        return each::begin(deps, lease, 1).await;
    }
    if lease.attempt.is_some() {
        return judge::begin(deps, lease).await;
    }
    let started = fenced(deps, &lease.run, |fence| {
        if fence.pause_requested {
            return Ok(rest(deps, lease.run.clone(), fence, Reason::PauseRequested));
        }
        let mut run = lease.run.clone();
        let attempt = lease.next_attempt(deps, &run, (None, None))?;
        run.next_run_at = None;
        let mut change = Change::of(run, fence.guard, Next::Attempt);
        change.start([attempt]);
        Ok(change)
    });
    let started = started.await?;
    Ok(started.map(|(change, first)| lease.follow(change, first)))
}

/// Logs what became of an attempt, and starts the next one when there is one.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn finish(
    deps: &Arc<Deps>,
    lease: &mut Lease,
    finished: Finished,
) -> Result<Option<Next>> {
    let patience = deps.patience();
    let order = finished.log.stage_order;
    let stage = lease.definition.stage(order);
    // Nothing else asks for what the stage has brought before it is written.
    let routes = stage.and_then(|stage| stage.routes.as_ref());
    let kept = routes.and_then(|_| advance::passed(&finished));
    let context = lease.context_with(kept.map(|left| (order, left)).as_ref());
    let written = fenced(deps, &lease.run, |fence| {
        let syntax = lease.definition.template_syntax;
        let places = Places::new(&lease.inputs, &context, syntax.nulls());
        let situation = Situation {
            circumstances: Circumstances {
                definition: &lease.definition,
                places: &places,
                visits: &|order| lease.visits(order),
                until: advance::until(&lease.run),
                max_stage_visits: deps.limits.max_stage_visits,
                pause_requested: fence.pause_requested,
                patience,
            },
            guard: fence.guard,
        };
        let mut change = advance::advance(&lease.run, finished.clone(), &situation)?;
        if change.next == Next::Attempt {
            let so_far = (change.logs.first(), change.kept.as_ref());
            let attempt = lease.next_attempt(deps, &change.run, so_far)?;
            change.start([attempt]);
        }
        Ok(change)
    });
    let written = written.await?;
    drop(context);
    Ok(written.map(|(change, first)| lease.follow(change, first)))
}

/// Logs an output that a person has to judge, and lets go of the run.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn await_decision(
    deps: &Arc<Deps>,
    lease: &mut Lease,
    log: execution_log::Model,
) -> Result<Option<Next>> {
    let written = fenced(deps, &lease.run, |fence| {
        let mut run = lease.run.clone();
        run.pause_requested = fence.pause_requested;
        let requested = Event::ManualValidationRequested(advance::attempt(&log));
        let paused = advance::change_status(
            &mut run,
            ExecutionStatus::Paused,
            Some(Reason::AwaitingValidation),
        );
        Ok(Change {
            events: vec![requested, paused],
            logs: vec![log.clone()],
            ..Change::of(run, fence.guard, Next::Pause)
        })
    });
    let written = written.await?;
    Ok(written.map(|(change, first)| lease.follow(change, first)))
}

/// Gives a run back before this process ends, and counts no crash. Its open attempts are interrupted, but those
/// that have an answer which only waits for its judge.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn hand_back(deps: &Arc<Deps>, lease: &Lease) -> Result<()> {
    fenced(deps, &lease.run, |fence| {
        let mut change = rest(deps, lease.run.clone(), fence, Reason::HandedBack);
        let why = "the server shut down";
        let mut scheduled = Vec::new();
        for attempt in lease.open() {
            if awaits_judge(&lease.run, &attempt.log) {
                continue;
            }
            scheduled.push(advance::scheduled_again(
                &attempt.log,
                deps.clock.now(),
                why,
            ));
            let mut log = attempt.log.clone();
            log.status = AttemptStatus::Interrupted;
            log.validation_result = ValidationResult::Error;
            log.error_message = Some(why.to_owned());
            change.logs.push(log);
        }
        change.events.splice(0..0, scheduled);
        if let Some(each) = lease.each.as_ref().filter(|_| fence.pause_requested) {
            change.items = each.stopped(&lease.run, deps.clock.now());
        }
        Ok(change)
    })
    .await?;
    Ok(())
}

/// A run's worker has failed. When it was the database that did not answer in time, the run is not to blame.
pub fn given_up(deps: &Deps, run: &execution::Model, error: &Error) {
    if store::is_overrun(error) {
        deps.slots.give_up(run.id, run.lease_epoch);
    }
}

/// A transaction that would have claimed a run under this session has failed. When the database did not answer in
/// time, what it has made of the claim is unknown, and the session is left.
pub fn unclaimed(deps: &Deps, session: Option<Uuid>, error: &Error) {
    if store::is_overrun(error) {
        deps.slots.abandon(session);
    }
}

/// The run queues for a reason, or pauses when that was asked for.
fn rest(deps: &Deps, mut run: execution::Model, fence: Fence, reason: Reason) -> Change {
    let now = deps.clock.now();
    let event = advance::requeue_or_pause(&mut run, reason, fence.pause_requested, now);
    let next = if fence.pause_requested {
        Next::Pause
    } else {
        Next::Queue
    };
    Change {
        events: vec![event],
        ..Change::of(run, fence.guard, next)
    }
}
