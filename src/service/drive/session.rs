//! A process's session: the row that says it lives, and what happens to the runs of one that does
//! not.
//!
//! 1. [`open`] makes the row; in embedded mode it first proves every other session dead.
//! 2. [`renew`] keeps it, every [`RENEW_EVERY`], for [`LASTS`].
//! 3. [`rescue`] takes up the runs whose session is gone.
//! 4. [`close`] ends it at shutdown.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::super::Deps;
use super::super::tx::{self, Tx};
use super::{advance, append, interrupt};
use crate::domain::progress::Ending;
use crate::domain::retry::backoff;
use crate::domain::status::{ExecutionStatus, Reason};
use crate::entity::execution;
use crate::error::Result;
use crate::store::execution::Guard;
use crate::{store, store::lease};

/// How often a session is renewed.
pub const RENEW_EVERY: Duration = Duration::from_secs(5);
/// How long a session lasts after it was renewed.
pub const LASTS: Duration = Duration::from_secs(15);
/// A run whose process died so often in the same attempt is not tried again.
const MAX_CRASHES: i32 = 5;
/// So many runs are rescued in one transaction.
const RESCUE_BATCH: u64 = 100;

/// Opens a session and starts claiming under it. Where this process has the database to itself, the
/// sessions of earlier ones are ended and their runs taken up at once.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn open(deps: &Deps) -> Result<Uuid> {
    let session = deps.clock.new_id();
    tx::write(deps, |tx| async move {
        let expires_at = expiry(deps, &tx).await?;
        lease::open_session(&**tx, session, expires_at).await?;
        if deps.store.is_embedded() {
            lease::close_other_sessions(&**tx, session).await?;
        }
        Ok(())
    })
    .await?;
    if deps.store.is_embedded() {
        while rescue_batch(deps, Backoff::None).await? > 0 {}
    }
    deps.worker.set_session(Some(session));
    Ok(session)
}

/// Makes the session last on. False when its row is gone: others have taken its runs for dead.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn renew(deps: &Deps, session: Uuid) -> Result<bool> {
    tx::write(deps, |tx| async move {
        let expires_at = expiry(deps, &tx).await?;
        lease::renew_session(&**tx, session, expires_at).await
    })
    .await
}

/// Takes up the runs of sessions that ended without giving them back.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn rescue(deps: &Deps, own: Uuid) -> Result<u64> {
    let rescued = tx::write(deps, |tx| async move {
        let now = store::lease_clock(&**tx, deps.clock.now()).await?;
        lease::close_expired_sessions(&**tx, own, now).await?;
        rescue_orphans(deps, &tx, Backoff::ByCrashes).await
    });
    rescued.await
}

/// Ends the session: nothing is claimed under it any more.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn close(deps: &Deps, session: Uuid) -> Result<()> {
    deps.worker.set_session(None);
    tx::write(deps, |tx| async move {
        lease::close_session(&**tx, session).await
    })
    .await
}

/// Whether a rescued run waits before its next attempt.
#[derive(Clone, Copy)]
enum Backoff {
    None,
    ByCrashes,
}

async fn rescue_batch(deps: &Deps, wait: Backoff) -> Result<u64> {
    tx::write(
        deps,
        |tx| async move { rescue_orphans(deps, &tx, wait).await },
    )
    .await
}

async fn rescue_orphans(deps: &Deps, tx: &Tx, wait: Backoff) -> Result<u64> {
    let orphans = lease::orphans(&**tx, RESCUE_BATCH).await?;
    let count = orphans.len() as u64;
    for orphan in orphans {
        rescue_one(deps, tx, orphan, wait).await?;
    }
    Ok(count)
}

async fn rescue_one(deps: &Deps, tx: &Tx, mut run: execution::Model, wait: Backoff) -> Result<()> {
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
            now + TimeDelta::from_std(backoff(run.crash_count, deps.clock.jitter()))
                .unwrap_or(TimeDelta::zero())
        }
    };
    let lost = run.crash_count >= MAX_CRASHES;
    let mut events = interrupt(deps, tx, &run, retry_at, "the process that drove it died").await?;
    if lost {
        events.clear();
        events.push(advance::end(&mut run, crashed_too_often(), now));
    } else {
        run.next_run_at = later(run.next_run_at, retry_at, now);
        let pause_requested = run.pause_requested;
        events.push(advance::requeue_or_pause(
            &mut run,
            Reason::Rescued,
            pause_requested,
        ));
    }
    append(deps, tx, &run, (false, guard), &events).await?;
    Ok(())
}

fn later(next_run_at: Option<i64>, retry_at: DateTime<Utc>, now: DateTime<Utc>) -> Option<i64> {
    let retry_at = (retry_at > now).then(|| retry_at.timestamp_millis());
    next_run_at.max(retry_at)
}

fn crashed_too_often() -> Ending {
    Ending {
        status: ExecutionStatus::Failed,
        reason: Some(Reason::CrashLimit),
        error: Some(format!(
            "the process that drove the run died {MAX_CRASHES} times in the same attempt"
        )),
    }
}

async fn expiry(deps: &Deps, tx: &Tx) -> Result<i64> {
    let now = store::lease_clock(&**tx, deps.clock.now()).await?;
    Ok(now + i64::try_from(LASTS.as_millis()).unwrap_or(i64::MAX))
}
