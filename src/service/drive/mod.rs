//! What the engine may do: claim runs, log attempts, finish them, and give runs back. Every write of
//! a worker is fenced by its lease; a write that the fence refuses changes nothing.
//!
//! The way of a leased run, as [`crate::engine`] walks it:
//! 1. [`claim::due`] takes due runs under this process's session, or a start or a resume claims its own
//!    ([`Worker::reserve`]) and hands it over. A start logs the first attempt too.
//! 2. [`load`] reads the pinned definition and the tallies, once per claim.
//! 3. [`begin`] logs an attempt as started.
//! 4. The engine calls the model; no transaction is open.
//! 5. [`finish`] logs what became of it and starts the next attempt in the same transaction, or
//!    [`await_decision`] leaves the run to a person.

pub mod advance;
mod change;
pub mod claim;
pub mod growth;
pub mod rescue;
pub mod session;
pub mod worker;

use std::collections::HashMap;
use std::sync::Arc;

use self::advance::{Ended, Situation};
pub use self::change::Fenced;
use self::change::{Change, commit};
pub use self::worker::{Begun, Claimed, Reservation, Worker};
use super::tx::{self, Tx};
use super::{Deps, load as loads};
use crate::domain::definition::Definition;
use crate::domain::event::Event;
use crate::domain::progress::{Circumstances, Prepared};
use crate::domain::status::{AttemptStatus, ExecutionStatus, Reason};
pub use crate::entity::execution::Model as Run;
use crate::entity::{execution, execution_log};
use crate::error::{Error, Result};
use crate::events::hint::Hint;
pub use crate::events::hub::{Control, Output};
use crate::store::execution::{Append, Appended, Guard};
use crate::store::execution_log::Tally;
use crate::{store, store::lease};

/// A worker's fence says what it knows of a pause, which may be asked for and withdrawn between its
/// tries: so it tries both twice.
const FENCE_TRIES: [bool; 4] = [false, true, false, true];

/// The epoch of a run's first claim.
const FIRST_EPOCH: i64 = 1;

/// A leased run with all that its worker needs.
#[derive(Clone, Debug)]
pub struct Leased {
    pub run: execution::Model,
    pub definition: Arc<Definition>,
    tallies: HashMap<i32, Tally>,
}

/// An attempt that is logged as started.
#[derive(Clone, Debug)]
pub struct Started {
    pub log: execution_log::Model,
    pub prepared: Prepared,
}

/// What a worker does next.
#[derive(Debug)]
pub enum Next {
    /// This attempt is logged: make it.
    Attempt(Box<Started>),
    /// Wait for the run's `next_run_at`, then begin.
    Wait,
    /// The run is somebody else's now, or nobody's.
    Release,
}

/// A run whose first attempt is logged already, and that attempt.
#[must_use]
pub fn begun(run: execution::Model, begun: Begun) -> (Leased, Next) {
    let Begun {
        definition,
        started,
    } = begun;
    let mut leased = Leased {
        run,
        definition,
        tallies: HashMap::new(),
    };
    leased.count(&started.log);
    (leased, Next::Attempt(started))
}

/// Reads what a claimed run needs.
///
/// # Errors
/// `Internal` when the database fails or the pinned definition is unreadable.
pub async fn load(deps: &Deps, run: execution::Model) -> Result<Leased> {
    let db = deps.store.reader();
    let definition = Arc::new(loads::definition(db, run.user_id, run.revision_id).await?);
    let mut tallies = HashMap::new();
    // Whatever is tried was claimed before, and every claim raises the epoch.
    if run.lease_epoch > FIRST_EPOCH {
        tallies.extend(store::execution_log::tallies(db, run.user_id, run.id).await?);
    }
    Ok(Leased {
        run,
        definition,
        tallies,
    })
}

/// Does the run wait before its next attempt? Until when, in milliseconds since 1970.
#[must_use]
pub const fn waits_until(leased: &Leased) -> Option<i64> {
    leased.run.next_run_at
}

/// Is the lease still this worker's? Asked when a hint says that it may not be.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn holds(deps: &Deps, leased: &Leased) -> Result<bool> {
    let Some(owner) = leased.run.lease_owner else {
        return Ok(false);
    };
    let (id, epoch) = (leased.run.id, leased.run.lease_epoch);
    lease::holds(deps.store.reader(), id, owner, epoch).await
}

/// Logs the run's next attempt as started.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn begin(deps: &Arc<Deps>, leased: &mut Leased) -> Result<Next> {
    for pause_requested in FENCE_TRIES {
        let mut run = leased.run.clone();
        let change = if pause_requested {
            let event = advance::requeue_or_pause(&mut run, Reason::PauseRequested, true);
            Change::rest(run, vec![event])
        } else {
            let started = open_next(deps, leased, &run)?;
            run.next_run_at = None;
            Change {
                run,
                context: false,
                events: vec![Event::StageStarted(advance::attempt(&started.log))],
                concluded: None,
                started: Some(started),
            }
        };
        if let Some(next) = commit(deps, leased, change, pause_requested).await? {
            return Ok(next);
        }
    }
    Ok(fenced_out())
}

/// Logs what became of an attempt, and starts the next one when there is one.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn finish(deps: &Arc<Deps>, leased: &mut Leased, ended: Ended) -> Result<Next> {
    let jitter = deps.clock.jitter();
    for pause_requested in FENCE_TRIES {
        let advance = {
            let visits = |order| leased.tally(order).visits;
            let situation = Situation {
                definition: &leased.definition,
                visits: &visits,
                circumstances: Circumstances {
                    max_stage_visits: deps.limits.max_stage_visits,
                    jitter,
                },
                pause_requested,
                now: deps.clock.now(),
            };
            advance::advance(&leased.run, ended.clone(), &situation)?
        };
        let change = Change::after(deps, leased, advance)?;
        if let Some(next) = commit(deps, leased, change, pause_requested).await? {
            return Ok(next);
        }
    }
    Ok(fenced_out())
}

/// Logs an output that a person has to judge, and lets go of the run.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn await_decision(
    deps: &Arc<Deps>,
    leased: &mut Leased,
    log: execution_log::Model,
) -> Result<Next> {
    for pause_requested in FENCE_TRIES {
        let mut run = leased.run.clone();
        run.pause_requested = pause_requested;
        let requested = Event::ManualValidationRequested(advance::attempt(&log));
        let paused = advance::change_status(
            &mut run,
            ExecutionStatus::Paused,
            Some(Reason::AwaitingValidation),
        );
        let mut change = Change::rest(run, vec![requested, paused]);
        change.concluded = Some(log.clone());
        if let Some(next) = commit(deps, leased, change, pause_requested).await? {
            return Ok(next);
        }
    }
    Ok(fenced_out())
}

/// Gives a run back before this process ends; its open attempt is interrupted, no crash is counted.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn hand_back(deps: &Deps, leased: &Leased) -> Result<()> {
    for pause_requested in FENCE_TRIES {
        let mut run = leased.run.clone();
        let Some(guard) = leased.fence(pause_requested) else {
            return Ok(());
        };
        let event = advance::requeue_or_pause(&mut run, Reason::HandedBack, pause_requested);
        let done = tx::write(deps, |tx| {
            let (run, event) = (run.clone(), event.clone());
            async move {
                let events = interrupt(&tx, &run, deps.clock.now(), "the server shut down");
                let mut events = events.await?;
                events.push(event);
                let appended = append(deps, &tx, &run, (false, guard), &events).await?;
                // Refused by the fence: the open attempt must stay as it is.
                appended.ok_or_else(|| Error::conflict("the lease is gone"))
            }
        });
        match done.await {
            Ok(_) => return Ok(()),
            Err(Error::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Ends the open attempt of a run whose worker is gone, and announces the one that follows at
/// `retry_at`. Answers the events of that.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn interrupt(
    tx: &Tx,
    run: &execution::Model,
    retry_at: chrono::DateTime<chrono::Utc>,
    why: &str,
) -> Result<Vec<Event>> {
    let Some(open) = store::execution_log::open(&**tx, run.user_id, run.id).await? else {
        return Ok(Vec::new());
    };
    let interrupted = AttemptStatus::Interrupted;
    store::execution_log::abandon(&**tx, run.user_id, run.id, interrupted, why).await?;
    Ok(vec![Event::StageRetryScheduled {
        stage_order: open.stage_order,
        attempt_number: open.attempt_number + 1,
        retry_at,
        reason: Some(why.to_owned()),
    }])
}

/// Appends to a run, and rings for it after the commit.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn append(
    deps: &Deps,
    tx: &Tx,
    run: &execution::Model,
    (context, guard): (bool, Guard),
    events: &[Event],
) -> Result<Option<i64>> {
    let append = Append {
        run,
        context,
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
        | Event::StageStarted(_)
        | Event::ManualValidationRequested(_)
        | Event::ManualValidationRecorded { .. } => {}
    }
}

impl Leased {
    fn tally(&self, order: i32) -> Tally {
        self.tallies.get(&order).copied().unwrap_or_default()
    }

    /// Counts an attempt that was logged.
    fn count(&mut self, log: &execution_log::Model) {
        let tally = self.tallies.entry(log.stage_order).or_default();
        tally.attempts = log.attempt_number;
        tally.visits = tally.visits.max(log.visit);
    }

    fn fence(&self, pause_requested: bool) -> Option<Guard> {
        Some(Guard::Lease {
            owner: self.run.lease_owner?,
            epoch: self.run.lease_epoch,
            pause_requested,
        })
    }
}

fn open_next(deps: &Deps, leased: &Leased, run: &execution::Model) -> Result<Started> {
    let tally = leased.tally(run.current_stage_order.unwrap_or_default());
    let identity = (deps.clock.new_id(), deps.clock.now());
    let (log, prepared) = advance::next_attempt(run, &leased.definition, tally, identity)?;
    Ok(Started { log, prepared })
}

/// The lease is somebody else's by now, or nobody's.
fn fenced_out() -> Next {
    metrics::counter!("footlight_leases_lost_total").increment(1);
    Next::Release
}
