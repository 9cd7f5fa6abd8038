//! A process's session: the row that says it lives.
//!
//! 1. [`open`] makes the row; in embedded mode it first takes up what an earlier process left, for the
//!    lock on the file proves that none lives.
//! 2. [`beat`] renews it, every [`BEAT_EVERY`], for [`LASTS`]. When the row is gone, others have taken
//!    this process for dead: its work stops, and a new session is opened.
//! 3. With every beat the database and this process compare what it drives ([`reconcile`]).
//! 4. A process to which the database was silent in the middle of a write has left its session
//!    ([`super::slots::Slots::abandon`]). The next beat says so in the session's row, which then ends without a
//!    crash, opens another session, and takes up what the first one left.
//! 5. [`close`] ends it at shutdown.

use std::collections::HashMap;
use std::time::Duration;

use uuid::Uuid;

use super::super::Deps;
use super::super::tx;
use super::older;
use super::rescue::{self, Cause};
use crate::error::{Error, Result};
use crate::store::{self, lease};

/// How often a session is renewed.
pub const BEAT_EVERY: Duration = Duration::from_secs(5);
/// How long a session lasts after it was renewed.
pub const LASTS: Duration = Duration::from_secs(15);

/// Runs that the database says are driven here and that nobody here drives, each with its epoch.
pub type Unattended = HashMap<Uuid, i64>;

/// Opens a session and starts claiming under it, as soon as the database answers.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn open(deps: &Deps) -> Result<()> {
    // Whether a try that got no answer has made its row is unknown: that one ends with its time.
    let id = tx::outlast(&deps.clock, || open_once(deps)).await?;
    if deps.store.is_embedded() {
        rescue::orphans(deps, Some(id), Cause::Restart).await?;
    } else {
        tx::outlast(&deps.clock, || older::look(deps)).await?;
    }
    deps.slots.enter(id);
    Ok(())
}

async fn open_once(deps: &Deps) -> Result<Uuid> {
    let id = deps.clock.new_id();
    let opened = tx::write(deps, |tx| async move {
        if deps.store.is_embedded() {
            store::session::close_all(&**tx).await?;
        }
        store::session::open(&**tx, id, LASTS, deps.clock.now()).await
    });
    opened.await?;
    Ok(id)
}

/// Renews the session, or opens a new one when there is none or its row is gone, and compares what is
/// driven here. `unattended` is what the beat before found; it is replaced.
///
/// # Errors
/// `Internal` when the database fails or does not answer in time, which is no answer: the next beat
/// asks again.
pub async fn beat(deps: &Deps, unattended: &mut Unattended) -> Result<()> {
    let abandoned = deps.slots.abandoned();
    for session in &abandoned {
        store::session::abandon(deps.store.heartbeat(), *session, deps.clock.now()).await?;
        deps.slots.told_of(*session);
        metrics::counter!("footlight_sessions_lost_total").increment(1);
    }
    if let Some(id) = deps.slots.session() {
        let renewal = store::session::renew(deps.store.heartbeat(), id, LASTS, deps.clock.now());
        let renewed = tokio::time::timeout(BEAT_EVERY, renewal).await;
        if renewed.map_err(|_| Error::internal("the database did not answer in time"))?? {
            if !deps.store.is_embedded() {
                older::look(deps).await?;
            }
            return reconcile(deps, id, unattended).await;
        }
        metrics::counter!("footlight_sessions_lost_total").increment(1);
        tracing::warn!("this process was taken for dead: its runs go on elsewhere");
        deps.slots.leave();
    }
    unattended.clear();
    open(deps).await?;
    if !abandoned.is_empty() {
        rescue::rescue(deps).await?;
    }
    Ok(())
}

/// Lets go of the session's runs at shutdown: nothing is claimed from now on.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn drain(deps: &Deps) -> Result<()> {
    deps.slots.drain();
    match deps.slots.session() {
        Some(id) => store::session::drain(deps.store.heartbeat(), id).await,
        None => Ok(()),
    }
}

/// Ends the session.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn close(deps: &Deps) -> Result<()> {
    let id = deps.slots.session();
    deps.slots.leave();
    match id {
        Some(id) => store::session::close(deps.store.heartbeat(), id).await,
        None => Ok(()),
    }
}

/// 1. A run that is driven here and no more leased to us: its worker is rung, and finds that out.
/// 2. A run that is leased to us and that nobody here drives, at the same epoch as a beat ago: the
///    answer to a commit was lost, or its worker has panicked. It is rescued; at once when its worker has said
///    that it gave up because the database did not answer.
async fn reconcile(deps: &Deps, session: Uuid, unattended: &mut Unattended) -> Result<()> {
    // Read first: what is claimed in between is then driven, and not taken for lost.
    let driven = deps.slots.driven();
    let held: HashMap<_, _> = lease::held_by(deps.store.heartbeat(), session)
        .await?
        .into_iter()
        .collect();
    for (execution_id, epoch) in driven {
        if held.get(&execution_id) != Some(&epoch) {
            deps.hub.call_worker(execution_id);
        }
    }
    let driven = deps.slots.driven();
    let now_unattended: Unattended = held
        .into_iter()
        .filter(|(id, epoch)| driven.get(id) != Some(epoch))
        .collect();
    let before = std::mem::replace(unattended, now_unattended);
    for (id, epoch) in &*unattended {
        if deps.slots.was_given_up(*id, *epoch) {
            rescue::unattended(deps, (*id, session, *epoch), Cause::LetGo).await?;
        } else if before.get(id) == Some(epoch) {
            rescue::unattended(deps, (*id, session, *epoch), Cause::Lost).await?;
        }
    }
    Ok(())
}
