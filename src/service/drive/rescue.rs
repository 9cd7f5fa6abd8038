//! Runs whose process died, or lost them, go on: the open attempt is interrupted, the run queues
//! again behind a backoff, and one that takes process after process down is ended.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::super::Deps;
use super::super::tx::{self, Tx};
use super::{advance, append, older};
use crate::domain::event::Event;
use crate::domain::progress::End;
use crate::domain::retry::backoff;
use crate::domain::status::{AttemptStatus, ExecutionStatus, Reason};
use crate::entity::execution;
use crate::error::Result;
use crate::store::execution::Guard;
use crate::store::{self, lease};

/// A run whose process died so often in the same attempt is not tried again.
const MAX_CRASHES: i32 = 5;
/// So many runs without a session are rescued in one transaction.
const BATCH: u64 = 100;
const DIED: &str = "the process that drove it died";
const LOST: &str = "the process that drove it lost it";

/// Whether a rescued run waits before its next attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backoff {
    None,
    ByCrashes,
}

/// Takes up the runs of every session that expired, and ends the session, all of one session in one
/// transaction; then those that have no session at all. Answers how many runs.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn rescue(deps: &Deps) -> Result<usize> {
    let own = deps.slots.session();
    let mut count = 0;
    for session in store::session::expired(deps.store.reader(), own, deps.clock.now()).await? {
        count += bury(deps, session).await?;
    }
    Ok(count + orphans(deps, own, Backoff::ByCrashes).await?)
}

/// Takes up the runs that have no session, none of `own`. Answers how many.
///
/// # Errors
/// `Internal` when the database fails.
pub(super) async fn orphans(deps: &Deps, own: Option<Uuid>, wait: Backoff) -> Result<usize> {
    let mut count = 0;
    while lease::has_orphans(deps.store.reader(), own).await? {
        let rescued = tx::write(deps, |tx| async move {
            let runs = lease::lock_orphans(&**tx, own, BATCH).await?;
            take_up_all(deps, &tx, runs, wait).await
        });
        match rescued.await? {
            // Somebody else is about them.
            0 => break,
            some => count += some,
        }
    }
    Ok(count)
}

/// Takes up a run that its own process does not drive.
///
/// # Errors
/// `Internal` when the database fails.
pub(super) async fn unattended(deps: &Deps, (id, owner, epoch): (Uuid, Uuid, i64)) -> Result<()> {
    tracing::warn!(execution = %id, "took up a run that this process had lost");
    tx::write(deps, |tx| async move {
        match lease::lock_held(&**tx, id, owner, epoch).await? {
            Some(run) => take_up(deps, &tx, run, (Backoff::ByCrashes, LOST)).await,
            None => Ok(()),
        }
    })
    .await
}

async fn bury(deps: &Deps, session: Uuid) -> Result<usize> {
    tx::write(deps, |tx| async move {
        if !store::session::lock_expired(&**tx, session, deps.clock.now()).await? {
            return Ok(0);
        }
        let runs = lease::lock_of_session(&**tx, session).await?;
        let count = take_up_all(deps, &tx, runs, Backoff::ByCrashes).await?;
        store::session::close(&**tx, session).await?;
        Ok(count)
    })
    .await
}

async fn take_up_all(
    deps: &Deps,
    tx: &Tx,
    runs: Vec<execution::Model>,
    wait: Backoff,
) -> Result<usize> {
    let count = runs.len();
    for run in runs {
        take_up(deps, tx, run, (wait, DIED)).await?;
    }
    Ok(count)
}

async fn take_up(
    deps: &Deps,
    tx: &Tx,
    mut run: execution::Model,
    (wait, why): (Backoff, &str),
) -> Result<()> {
    let now = deps.clock.now();
    let guard = Guard::State {
        status: run.status,
        epoch: run.lease_epoch,
    };
    run.lease_epoch += 1;
    run.crash_count += 1;
    let retry_at = match wait {
        Backoff::None => now,
        Backoff::ByCrashes => {
            let wait = backoff(run.crash_count, deps.clock.jitter());
            now + TimeDelta::from_std(wait).unwrap_or(TimeDelta::zero())
        }
    };
    let mut events = interrupt(tx, &run, retry_at, why).await?;
    if run.crash_count >= MAX_CRASHES {
        events.clear();
        events.push(advance::end(&mut run, crashed_too_often(), now));
    } else {
        run.next_run_at = later(run.next_run_at, retry_at, now);
        let pause_requested = run.pause_requested;
        let rescued = Reason::Rescued;
        events.push(advance::requeue_or_pause(
            &mut run,
            rescued,
            pause_requested,
        ));
    }
    append(deps, tx, &run, guard, &events).await?;
    older::keep_context(deps, tx, run.user_id, run.id).await?;
    metrics::counter!("footlight_runs_rescued_total").increment(1);
    Ok(())
}

/// Ends the open attempt of a run whose worker is gone, and announces the one that follows at
/// `retry_at`. Answers the events of that.
async fn interrupt(
    tx: &Tx,
    run: &execution::Model,
    retry_at: DateTime<Utc>,
    why: &str,
) -> Result<Vec<Event>> {
    let Some(open) = store::execution_log::open(&**tx, run.user_id, run.id).await? else {
        return Ok(Vec::new());
    };
    let interrupted = AttemptStatus::Interrupted;
    store::execution_log::abandon(&**tx, &[run.user_id], &[run.id], interrupted, why).await?;
    Ok(vec![Event::StageRetryScheduled {
        stage_order: open.stage_order,
        attempt_number: open.attempt_number + 1,
        retry_at,
        reason: Some(why.to_owned()),
    }])
}

fn later(next_run_at: Option<i64>, retry_at: DateTime<Utc>, now: DateTime<Utc>) -> Option<i64> {
    let retry_at = (retry_at > now).then(|| retry_at.timestamp_millis());
    next_run_at.max(retry_at)
}

fn crashed_too_often() -> End {
    End {
        status: ExecutionStatus::Failed,
        reason: Some(Reason::CrashLimit),
        error: Some(format!(
            "the process that drove the run died {MAX_CRASHES} times in the same attempt"
        )),
    }
}
