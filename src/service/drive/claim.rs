//! Claims: which runs this process drives next.
//!
//! A run is claimed by its owner's turn and limit: picks are made one process at a time, under a lock
//! of the database's, and a user's next run queues behind those of users who have fewer under way.

use std::time::Duration;

use uuid::Uuid;

use super::super::Deps;
use super::super::tx::{self, Tx};
use super::{advance, append};
use crate::entity::execution;
use crate::error::Result;
use crate::store::execution::Guard;
use crate::store::{self, lease};

/// Claims due runs, as many as there are free slots, and hands them to the engine. Answers how many.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn due(deps: &Deps) -> Result<usize> {
    let mut reservations = Vec::new();
    for _ in 0..deps.worker.free_slots() {
        reservations.extend(deps.worker.reserve());
    }
    let Some(session) = reservations.first().map(super::Reservation::session) else {
        return Ok(0);
    };
    // While these slots were kept, another session may have come into force.
    reservations.retain(|reservation| reservation.session() == session);
    // Most looks find nothing, and a look needs no writer.
    let now = deps.clock.now();
    let per_user = deps.limits.max_running_per_user;
    if lease::due(deps.store.reader(), now, per_user, 1)
        .await?
        .is_empty()
    {
        return Ok(0);
    }
    let limit = reservations.len() as u64;
    let runs = tx::write(deps, |tx| async move {
        lease::take_turn(&**tx).await?;
        if !store::session::keep_alive(&**tx, session).await? {
            return Ok(Vec::new());
        }
        let mut claimed = Vec::new();
        for run in lease::due(&**tx, now, per_user, limit).await? {
            claimed.extend(claim(deps, &tx, run, session).await?);
        }
        Ok(claimed)
    })
    .await?;
    let count = runs.len();
    for (run, reservation) in runs.into_iter().zip(reservations) {
        deps.worker.hand_over(run, reservation);
    }
    Ok(count)
}

/// Claims a run that this transaction has locked, when it is due, its user's limit allows it, and no
/// other process is picking: then the run waits for its turn. Answers the run as it is then, and
/// whether it is claimed.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn own(
    deps: &Deps,
    tx: &Tx,
    run: execution::Model,
    session: Uuid,
) -> Result<(execution::Model, bool)> {
    let now = deps.clock.now().timestamp_millis();
    let is_due = run.next_run_at.is_none_or(|at| at <= now);
    if !is_due
        || !lease::try_turn(&**tx).await?
        || !store::session::keep_alive(&**tx, session).await?
    {
        return Ok((run, false));
    }
    let running = store::execution::count_running(&**tx, run.user_id).await?;
    if running >= u64::from(deps.limits.max_running_per_user) {
        return Ok((run, false));
    }
    let claimed = claim(deps, tx, run.clone(), session).await?;
    Ok(claimed.map_or((run, false), |run| (run, true)))
}

/// How long until the next look for due runs: `most`, or less when a wait ends before.
pub async fn next_look(deps: &Deps, most: Duration) -> Duration {
    let now = deps.clock.now();
    // A failure shows itself at the next look.
    let next = lease::next_due(deps.store.reader(), now)
        .await
        .ok()
        .flatten();
    let wait = next.and_then(|at| u64::try_from(at - now.timestamp_millis()).ok());
    wait.map_or(most, |wait| most.min(Duration::from_millis(wait)))
}

async fn claim(
    deps: &Deps,
    tx: &Tx,
    mut run: execution::Model,
    session: Uuid,
) -> Result<Option<execution::Model>> {
    let guard = Guard::State {
        status: run.status,
        epoch: run.lease_epoch,
    };
    let now = deps.clock.now();
    let due_since = run
        .next_run_at
        .unwrap_or(0)
        .max(run.created_at.timestamp_millis());
    let event = advance::claim(&mut run, session, now);
    let first = append(deps, tx, &run, (false, guard), &[event]).await?;
    if let (Some(_), Ok(waited)) = (first, u32::try_from(now.timestamp_millis() - due_since)) {
        metrics::histogram!("footlight_claim_seconds").record(f64::from(waited) / 1000.0);
    }
    Ok(first.map(|first| execution::Model {
        next_seq: first + 1,
        ..run
    }))
}
