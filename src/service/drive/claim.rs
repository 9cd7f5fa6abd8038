//! Claims: which runs this process drives next.
//!
//! A run is claimed by its owner's turn and limit ([`fairness`](super::fairness)): claims are made one process at a
//! time, under a lock of the database's, which is taken only when there is something to claim.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use uuid::Uuid;

use super::super::Deps;
use super::super::tx::{self, Tx};
use super::append::append_all;
pub use super::fairness::Circle;
use super::fairness::{Shares, share_out};
use super::{Extra, advance, cancel, unclaimed};
use crate::entity::execution;
use crate::error::Result;
use crate::store::execution::{Append, Guard};
use crate::store::pending::Due;
use crate::store::{self, lease, pending};

/// What came of a look for due runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// So many runs were claimed, or cancelled with their workflow; there may be more.
    Claimed(usize),
    /// None of the users who were looked at had a run to claim; others may.
    Onward,
    /// Nobody has a run to claim.
    Nothing,
}

/// Claims due runs, at most as many as there are free slots, and hands them to the engine;
/// those of deleted workflows are cancelled.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn due(deps: &Deps, circle: &mut Circle) -> Result<Look> {
    let mut reservations = Vec::new();
    for _ in 0..deps.slots.free() {
        reservations.extend(deps.slots.reserve());
    }
    let Some(session) = reservations.first().map(super::Reservation::session) else {
        return Ok(Look::Nothing);
    };
    // While these slots were kept, another session may have come into force.
    reservations.retain(|reservation| reservation.session() == session);
    // Most looks find nothing, and a look needs no writer.
    let shares = next_shares(deps, circle, reservations.len()).await?;
    let (count, runs) = if shares.is_empty() {
        (0, Vec::new())
    } else {
        claim_shares(deps, &shares, session).await?
    };
    if count == 0 {
        let closed = circle.has_closed();
        return Ok(if closed { Look::Nothing } else { Look::Onward });
    }
    circle.found();
    for (run, reservation) in runs.into_iter().zip(reservations) {
        deps.slots.hand_over(run, None, reservation);
    }
    Ok(Look::Claimed(count))
}

/// How many runs of whom to claim next, of those users who are next in the circle. Moves on in it.
async fn next_shares(deps: &Deps, circle: &mut Circle, slots: usize) -> Result<Vec<(Uuid, u64)>> {
    let now = deps.clock.now().timestamp_millis();
    let looked_at = circle.look(deps).await?;
    let due = looked_at.iter().filter(|user| user.due_at <= now);
    let due: Vec<_> = due.map(|user| user.user_id).collect();
    for user in deps.slots.wanting() {
        if circle.has_seen(user, &looked_at) && !due.contains(&user) {
            deps.slots.wants_no_more(user);
        }
    }
    let shares = if due.is_empty() {
        Shares::default()
    } else {
        let running = store::execution::count_running(deps.store.reader(), &due).await?;
        let running = beside_extras(deps, &due, running);
        share_out(&due, &running, (per_user(deps), slots))
    };
    circle.pass(&looked_at, shares.last_served);
    Ok(shares.of_users)
}

/// Claims the next runs of these users. Answers how many there were, and those to drive.
async fn claim_shares(
    deps: &Deps,
    shares: &[(Uuid, u64)],
    session: Uuid,
) -> Result<(usize, Vec<execution::Model>)> {
    let users: Vec<_> = shares.iter().map(|(user, _)| *user).collect();
    let users = &users;
    let claimed = tx::write(deps, |tx| async move {
        lease::take_turn(&**tx).await?;
        if !store::session::keep_alive(&**tx, session).await? {
            return Ok((0, Vec::new()));
        }
        // Whoever had the turn before may have claimed for the same users.
        let running = store::execution::count_running(&**tx, users).await?;
        let running = beside_extras(deps, users, running);
        let mut shares = shares.to_vec();
        for (user, share) in &mut shares {
            *share = room(deps, &running, *user).min(*share);
        }
        let next = pending::lock_next(&**tx, deps.clock.now(), &shares).await?;
        let count = next.len();
        // Left in line, runs of deleted workflows would hold up those that wait behind them.
        let (doomed, next): (Vec<_>, Vec<_>) = next.into_iter().partition(|due| due.is_doomed);
        cancel::all(deps, &tx, runs_of(doomed)).await?;
        Ok((count, claim_all(deps, &tx, runs_of(next), session).await?))
    });
    let claimed = claimed.await;
    claimed.inspect_err(|error| unclaimed(deps, Some(session), error))
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
    let running = store::execution::count_running(&**tx, &[run.user_id]).await?;
    let running = beside_extras(deps, &[run.user_id], running);
    if room(deps, &running, run.user_id) == 0 {
        return Ok((run, false));
    }
    let claimed = claim_all(deps, tx, vec![run.clone()], session).await?.pop();
    Ok(claimed.map_or((run, false), |run| (run, true)))
}

/// The sessions under which runs that are about to be made may be claimed at once, by their owners and
/// the sessions that would claim them: none of another process's turn, of a session that is gone, or
/// beyond the owner's limit.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn granted(
    deps: &Deps,
    tx: &Tx,
    wanted: &[(Uuid, Option<Uuid>)],
) -> Result<Vec<Option<Uuid>>> {
    let mut alive = BTreeSet::new();
    for session in wanted.iter().filter_map(|(_, session)| *session) {
        alive.insert(session);
    }
    if alive.is_empty() || !lease::try_turn(&**tx).await? {
        return Ok(vec![None; wanted.len()]);
    }
    for session in alive.clone() {
        if !store::session::keep_alive(&**tx, session).await? {
            alive.remove(&session);
        }
    }
    let owners: BTreeSet<_> = wanted.iter().map(|(owner, _)| *owner).collect();
    let owners: Vec<_> = owners.into_iter().collect();
    let running = store::execution::count_running(&**tx, &owners).await?;
    let mut running = beside_extras(deps, &owners, running);
    let mut grant = |owner: Uuid, session: Option<Uuid>| {
        let session = session.filter(|session| alive.contains(session))?;
        (room(deps, &running, owner) > 0).then(|| {
            *running.entry(owner).or_default() += 1;
            session
        })
    };
    Ok(wanted
        .iter()
        .map(|(owner, session)| grant(*owner, *session))
        .collect())
}

/// Records how long a run waited for its claim, in milliseconds.
pub fn measure(waited: u32) {
    metrics::histogram!("footlight_claim_seconds").record(f64::from(waited) / 1000.0);
}

/// How long until the next look for due runs: `most`, or less when a wait ends before.
pub async fn next_look(deps: &Deps, most: Duration) -> Duration {
    let now = deps.clock.now();
    // A failure shows itself at the next look.
    let next = pending::next_due(deps.store.reader(), now)
        .await
        .ok()
        .flatten();
    let wait = next.and_then(|at| u64::try_from(at - now.timestamp_millis()).ok());
    wait.map_or(most, |wait| most.min(Duration::from_millis(wait)))
}

/// A slot for a further call of a user's run, if there is one.
#[must_use]
pub fn extra(deps: &Deps, user: Uuid) -> Option<Extra> {
    let most = usize::try_from(deps.limits.max_running_per_user).unwrap_or(usize::MAX);
    deps.slots.extra(user, most)
}

/// How many runs of these users, who have more to be claimed, are under way, counted so that none's calls take
/// more slots here than runs may be under way. Who has no slot left makes no further call until those are claimed.
fn beside_extras(
    deps: &Deps,
    users: &[Uuid],
    mut running: HashMap<Uuid, u64>,
) -> HashMap<Uuid, u64> {
    for user in users {
        let running = running.entry(*user).or_default();
        let taken = deps.slots.taken_beside_due(*user, *running, per_user(deps));
        *running = taken.max(*running);
    }
    running
}

/// How many more runs of this user may be under way.
fn room(deps: &Deps, running: &HashMap<Uuid, u64>, owner: Uuid) -> u64 {
    per_user(deps).saturating_sub(running.get(&owner).copied().unwrap_or(0))
}

fn per_user(deps: &Deps) -> u64 {
    u64::from(deps.limits.max_running_per_user)
}

fn runs_of(due: Vec<Due>) -> Vec<execution::Model> {
    due.into_iter().map(|due| due.run).collect()
}

/// Makes runs the claim of a session. Answers those that were still as they are given.
async fn claim_all(
    deps: &Deps,
    tx: &Tx,
    runs: Vec<execution::Model>,
    session: Uuid,
) -> Result<Vec<execution::Model>> {
    let now = deps.clock.now();
    let claims: Vec<_> = runs
        .into_iter()
        .map(|mut run| {
            let guard = Guard::State {
                status: run.status,
                epoch: run.lease_epoch,
            };
            let event = advance::claim(&mut run, session, now);
            (run, guard, [event])
        })
        .collect();
    let appends: Vec<_> = claims
        .iter()
        .map(|(run, guard, events)| Append {
            run,
            guard: *guard,
            events,
            now,
        })
        .collect();
    let firsts = append_all(deps, tx, &appends).await?;
    let mut claimed = Vec::with_capacity(claims.len());
    for ((mut run, ..), first) in claims.into_iter().zip(firsts) {
        let Some(first) = first else { continue };
        run.next_seq = first + 1;
        let created_at = run.created_at.timestamp_millis();
        let due_since = run.next_run_at.unwrap_or(0).max(created_at);
        if let Ok(waited) = u32::try_from(now.timestamp_millis() - due_since) {
            measure(waited);
        }
        claimed.push(run);
    }
    Ok(claimed)
}
