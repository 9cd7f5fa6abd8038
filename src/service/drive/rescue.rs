//! Runs whose process died, or lost them, go on: open attempts are interrupted, but those that have an answer
//! which only waits for its judge, the run queues again behind a backoff, and one that takes process after
//! process down is ended.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::super::Deps;
use super::super::tx::{self, Tx};
use super::{advance, append, awaits_judge, older};
use crate::domain::event::Event;
use crate::domain::progress::End;
use crate::domain::status::{AttemptStatus, ExecutionStatus, Reason};
use crate::domain::streak::backoff;
use crate::entity::execution;
use crate::error::{Error, Result};
use crate::store::execution::Guard;
use crate::store::session::Expired;
use crate::store::{self, lease};

/// A run whose process died so often in the same attempt is not tried again.
const MAX_CRASHES: i32 = 5;
/// Nor is one that was let go of so often in the same attempt: each time its model was called again, and paid.
const MAX_LET_GO: i32 = 20;
/// So many runs without a session are rescued in one transaction.
const BATCH: u64 = 100;

/// Why a run has nobody who drives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Its process died.
    Died,
    /// Its process died, and this one has taken its place: there is nobody to wait for.
    Restart,
    /// Its process lives, but its worker is gone.
    Lost,
    /// Its process has let go of it, because the database was silent to it or because it was to end. That is no
    /// crash: whatever the run does, it was not that.
    LetGo,
}

impl Cause {
    const fn text(self) -> &'static str {
        match self {
            Self::Died | Self::Restart => "the process that drove it died",
            Self::Lost => "the process that drove it lost it",
            Self::LetGo => "the process that drove it let go of it",
        }
    }
}

/// Takes up the runs of every session that expired, and ends the session, all of one session in one
/// transaction; then those that have no session at all. Where one of them cannot be taken up the others are, each by
/// itself. Answers how many runs.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn rescue(deps: &Deps) -> Result<usize> {
    let own = deps.slots.session();
    let mut count = 0;
    for session in store::session::expired(deps.store.reader(), own, deps.clock.now()).await? {
        count += match bury(deps, session).await {
            Ok(count) => count,
            Err(error) => one_by_one(deps, session, error).await?,
        };
    }
    Ok(count + orphans(deps, own, Cause::Died).await?)
}

/// Takes up the runs that have no session, none of `own`. Answers how many.
///
/// # Errors
/// `Internal` when the database fails.
pub(super) async fn orphans(deps: &Deps, own: Option<Uuid>, cause: Cause) -> Result<usize> {
    let mut count = 0;
    while lease::has_orphans(deps.store.reader(), own).await? {
        let rescued = tx::write(deps, |tx| async move {
            let runs = lease::lock_orphans(&**tx, own, BATCH).await?;
            take_up_all(deps, &tx, runs, cause).await
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
pub(super) async fn unattended(
    deps: &Deps,
    (id, owner, epoch): (Uuid, Uuid, i64),
    cause: Cause,
) -> Result<()> {
    tracing::warn!(execution = %id, "took up a run that this process had lost");
    tx::write(deps, |tx| async move {
        match lease::lock_held(&**tx, id, owner, epoch).await? {
            Some(run) => take_up(deps, &tx, run, cause).await,
            None => Ok(()),
        }
    })
    .await
}

async fn bury(deps: &Deps, session: Uuid) -> Result<usize> {
    tx::write(deps, |tx| async move {
        let Some(cause) = cause_of(deps, &tx, session).await? else {
            return Ok(0);
        };
        let runs = lease::lock_of_session(&**tx, session).await?;
        let count = take_up_all(deps, &tx, runs, cause).await?;
        store::session::close(&**tx, session).await?;
        Ok(count)
    })
    .await
}

/// Takes up the runs of a session that could not be taken up together, and leaves the session to those that cannot.
/// Answers how many.
async fn one_by_one(deps: &Deps, session: Uuid, together: Error) -> Result<usize> {
    let runs = lease::held_by(deps.store.reader(), session).await?;
    if runs.is_empty() {
        return Err(together);
    }
    let mut count = 0;
    for (id, epoch) in runs {
        let taken_up = tx::write(deps, |tx| async move {
            let Some(cause) = cause_of(deps, &tx, session).await? else {
                return Ok(0);
            };
            let run = lease::lock_held(&**tx, id, session, epoch).await?;
            take_up_all(deps, &tx, Vec::from_iter(run), cause).await
        });
        match taken_up.await {
            Ok(some) => count += some,
            Err(error) => {
                tracing::error!(execution = %id, %error, "a run whose process is gone cannot be taken up");
            }
        }
    }
    Ok(count)
}

/// Why nobody drives the runs of a session, which is locked until the transaction ends; none when it is alive or closed.
async fn cause_of(deps: &Deps, tx: &Tx, session: Uuid) -> Result<Option<Cause>> {
    let expired = store::session::lock_expired(&**tx, session, deps.clock.now()).await?;
    Ok(expired.map(
        |Expired { draining }| {
            if draining { Cause::LetGo } else { Cause::Died }
        },
    ))
}

async fn take_up_all(
    deps: &Deps,
    tx: &Tx,
    runs: Vec<execution::Model>,
    cause: Cause,
) -> Result<usize> {
    let count = runs.len();
    for run in runs {
        take_up(deps, tx, run, cause).await?;
    }
    Ok(count)
}

async fn take_up(deps: &Deps, tx: &Tx, mut run: execution::Model, cause: Cause) -> Result<()> {
    let now = deps.clock.now();
    let guard = Guard::State {
        status: run.status,
        epoch: run.lease_epoch,
    };
    run.lease_epoch += 1;
    if cause == Cause::LetGo {
        run.let_go_count += 1;
    } else {
        run.crash_count += 1;
    }
    let retry_at = match cause {
        Cause::Restart | Cause::LetGo => now,
        Cause::Died | Cause::Lost => {
            let wait = backoff(run.crash_count, deps.clock.jitter());
            now + TimeDelta::from_std(wait).unwrap_or(TimeDelta::zero())
        }
    };
    let mut events = Vec::new();
    let end = match too_often(&run) {
        None if cause != Cause::LetGo => item_too_often(tx, &run).await?,
        end => end,
    };
    if let Some(end) = end {
        let interrupted = AttemptStatus::Interrupted;
        store::execution_log::abandon(&**tx, &[run.user_id], &[run.id], interrupted, cause.text())
            .await?;
        events.push(advance::end(&mut run, end, now));
    } else {
        events.extend(interrupt(tx, &run, retry_at, cause.text()).await?);
        run.next_run_at = later(run.next_run_at, retry_at, now);
        let pause_requested = run.pause_requested;
        if pause_requested {
            let now = now.timestamp_millis();
            store::execution_item::stop_outages(&**tx, run.user_id, run.id, now).await?;
        }
        let rescued = Reason::Rescued;
        events.push(advance::requeue_or_pause(
            &mut run,
            rescued,
            pause_requested,
            now,
        ));
    }
    append(deps, tx, &run, guard, &events).await?;
    older::keep_context(deps, tx, run.user_id, run.id).await?;
    metrics::counter!("footlight_runs_rescued_total").increment(1);
    Ok(())
}

/// Ends the open attempts of a run whose worker is gone, and announces those that follow at `retry_at`. Answers
/// that only wait for their judge are left open.
async fn interrupt(
    tx: &Tx,
    run: &execution::Model,
    retry_at: DateTime<Utc>,
    why: &str,
) -> Result<Vec<Event>> {
    let mut open = store::execution_log::all_open(&**tx, run.user_id, run.id).await?;
    open.retain(|open| !awaits_judge(run, open));
    let ids: Vec<_> = open.iter().map(|open| open.id).collect();
    store::execution_log::interrupt(&**tx, run.user_id, &ids, why).await?;
    // Where there is no list, a replica of a version before may have left another open.
    if open.iter().all(|open| open.item_index.is_none()) {
        open.drain(..open.len().saturating_sub(1));
    }
    let scheduled = open.iter();
    let scheduled = scheduled.map(|open| advance::scheduled_again(open, retry_at, why));
    Ok(scheduled.collect())
}

fn later(next_run_at: Option<i64>, retry_at: DateTime<Utc>, now: DateTime<Utc>) -> Option<i64> {
    let retry_at = (retry_at > now).then(|| retry_at.timestamp_millis());
    next_run_at.max(retry_at)
}

/// The end of a run whose attempt nobody brings to an end.
fn too_often(run: &execution::Model) -> Option<End> {
    let why = if run.crash_count >= MAX_CRASHES {
        format!("the process that drove the run died {MAX_CRASHES} times in the same attempt")
    } else if run.let_go_count >= MAX_LET_GO {
        format!(
            "the process that drove the run let go of it {MAX_LET_GO} times in the same attempt, because the database did not answer in time"
        )
    } else {
        return None;
    };
    Some(ended(why))
}

/// The end of a run that went on, but for an item whose process died in attempt after attempt.
async fn item_too_often(tx: &Tx, run: &execution::Model) -> Result<Option<End>> {
    let open = store::execution_log::all_open(&**tx, run.user_id, run.id).await?;
    let open = open.iter().filter(|open| !awaits_judge(run, open));
    let of_items: Vec<_> = open
        .filter_map(|open| Some((open.item_index?, (open.stage_order, open.visit))))
        .collect();
    let Some((_, visit)) = of_items.first() else {
        return Ok(None);
    };
    let items: Vec<_> = of_items.iter().map(|(item, _)| *item).collect();
    let of_visit = (*visit, items.as_slice());
    let ends = store::execution_log::ends_of_items(&**tx, run.user_id, run.id, of_visit).await?;
    let counts = |why: &str| why == Cause::Died.text() || why == Cause::Lost.text();
    let mut crashes = BTreeMap::<_, i32>::new();
    for (item, status, why) in ends {
        match status {
            AttemptStatus::Interrupted if why.as_deref().is_some_and(counts) => {
                *crashes.entry(item).or_default() += 1;
            }
            // It has died in this one now.
            AttemptStatus::Interrupted | AttemptStatus::Started => {}
            AttemptStatus::Finished | AttemptStatus::Cancelled => {
                crashes.remove(&item);
            }
        }
    }
    let worst = crashes.iter().find(|(_, count)| **count + 1 >= MAX_CRASHES);
    Ok(worst.map(|(item, _)| {
        ended(format!(
            "the process that drove the run died {MAX_CRASHES} times in the same attempt, at item {item} of its list"
        ))
    }))
}

fn ended(why: String) -> End {
    End {
        status: ExecutionStatus::Failed,
        reason: Some(Reason::CrashLimit),
        error: Some(why),
    }
}
