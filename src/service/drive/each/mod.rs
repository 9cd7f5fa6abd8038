//! What a run writes of a visit of a stage that runs for each item of a list ([`list`](super::list)). All of it is
//! the one task's that drives the run, and what it writes is one change after the other ([`turn`]), each of which may
//! end several attempts and start several.
//!
//! 1. [`begin`] starts attempts at the items that are next, as many as there are slots.
//! 2. The engine makes the calls, side by side, and hands in what came of those that have ended ([`settle`]), which
//!    starts the attempts that follow in the same change.
//! 3. The last change of the visit puts the list of outputs into the context, and goes on as any stage does.

mod turn;

use std::sync::Arc;

use self::turn::turn;
use super::Deps;
use super::advance::Finished;
use super::change::fenced;
use super::lease::Lease;
use crate::domain::progress::Next;
use crate::domain::retry::NoVerdict;
use crate::entity::execution_log;
use crate::error::{Error, Result};

/// What came of a call for an item.
#[derive(Debug)]
pub enum Settled {
    /// Its attempt has ended.
    Finished(Box<Finished>),
    /// There is an answer, which another model is to judge.
    Answered(Box<execution_log::Model>),
    /// That model was asked, in vain.
    NoVerdict(Box<execution_log::Model>, NoVerdict),
}

/// Starts attempts at the items that are next, so that at most `slots` calls are made then.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn begin(deps: &Arc<Deps>, lease: &mut Lease, slots: usize) -> Result<Option<Next>> {
    settle(deps, lease, Vec::new(), slots).await
}

/// Writes what came of calls, and starts attempts at the items that are next, so that at most `slots` calls are
/// made then.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn settle(
    deps: &Arc<Deps>,
    lease: &mut Lease,
    settled: Vec<Settled>,
    slots: usize,
) -> Result<Option<Next>> {
    let each = lease.each.as_mut().ok_or_else(no_list)?;
    for settled in &settled {
        each.called.remove(&settled.index());
    }
    let patience = deps.patience();
    let written = fenced(deps, &lease.run, |fence| {
        turn(deps, lease, (&settled, slots), (fence, patience))
    });
    let Some((change, first)) = written.await? else {
        return Ok(None);
    };
    let rests = change.run.pause_requested;
    let next = lease.follow(change, first);
    if let Some(each) = &mut lease.each {
        each.rests = rests;
    }
    Ok(Some(next))
}

impl Settled {
    const fn log(&self) -> &execution_log::Model {
        match self {
            Self::Finished(finished) => &finished.log,
            Self::Answered(log) | Self::NoVerdict(log, _) => log,
        }
    }

    fn index(&self) -> i32 {
        self.log().item_index.unwrap_or_default()
    }
}

fn no_list() -> Error {
    Error::internal("a run stands at no list")
}
