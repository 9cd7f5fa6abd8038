//! The fenced writes of workers. They are committed in groups: whatever is to be written at the same
//! time shares a transaction, and each write holds or fails by its own fence.
//!
//! 1. A change is made for what its worker takes to be so: that nobody has asked for a pause.
//! 2. The fence refuses it when that is wrong, or when the lease is gone; then nothing is written.
//! 3. The row says which. While the lease holds, the change is made again, for what the row says, however
//!    often a pause is asked for and withdrawn in between.

use std::sync::Arc;

use super::append::append_all;
use super::attempt::Attempt;
use super::older;
use crate::domain::context::{Entry, Left};
use crate::domain::event::Event;
use crate::domain::progress::Next;
use crate::entity::{execution, execution_item, execution_log};
use crate::error::Result;
use crate::service::Deps;
use crate::service::tx::group::{Command, Group, write_together};
use crate::service::tx::{Tx, outlast};
use crate::store;
use crate::store::execution::{Append, Guard};

/// What becomes of a run in one write, and how it goes on then.
#[derive(Debug)]
pub struct Change {
    pub run: execution::Model,
    /// What must still hold of the row.
    pub guard: Guard,
    /// What the visit of the stage at this order leaves in the run's context.
    pub kept: Option<(i32, Left)>,
    pub events: Vec<Event>,
    /// What is to be written of open attempts: that they are over, or answers that are to be judged.
    pub logs: Vec<execution_log::Model>,
    /// The attempts that start; as many of the last events announce them, in their order.
    pub attempts: Vec<Box<Attempt>>,
    /// What becomes of items of the stage's list.
    pub items: Vec<execution_item::Model>,
    /// What items that have passed brought.
    pub accepted: Vec<(i32, Option<Arc<Entry>>)>,
    pub next: Next,
}

impl Change {
    /// A change of the row alone.
    pub(super) const fn of(run: execution::Model, guard: Guard, next: Next) -> Self {
        Self {
            run,
            guard,
            kept: None,
            events: Vec::new(),
            logs: Vec::new(),
            attempts: Vec::new(),
            items: Vec::new(),
            accepted: Vec::new(),
            next,
        }
    }

    /// Starts attempts, and says so.
    pub(super) fn start(&mut self, attempts: impl IntoIterator<Item = Box<Attempt>>) {
        self.attempts = attempts.into_iter().collect();
        let started = self.attempts.iter().map(|attempt| attempt.started());
        self.events.extend(started);
    }

    /// The numbers of the events that announce its attempts, where this is the first one's.
    pub(super) fn started(&self, first: i64) -> impl Iterator<Item = i64> + use<> {
        let count = i64::try_from(self.attempts.len()).unwrap_or(i64::MAX);
        let last = self.last_seq(first);
        last - count + 1..=last
    }

    /// The number of its last event.
    pub(super) fn last_seq(&self, first: i64) -> i64 {
        first + i64::try_from(self.events.len()).unwrap_or(i64::MAX) - 1
    }
}

impl Command for Change {
    /// The number of the change's first event; none when the fence refused it.
    type Answer = Option<i64>;

    const OUTLASTS: bool = true;

    fn group(deps: &Deps) -> &Group<Self> {
        &deps.changes
    }

    async fn write(deps: &Deps, tx: &Tx, changes: &[Self]) -> Result<Vec<Result<Option<i64>>>> {
        let now = deps.clock.now();
        let mut appends = Vec::with_capacity(changes.len());
        for change in changes {
            appends.push(Append {
                run: &change.run,
                guard: change.guard,
                events: &change.events,
                now,
            });
        }
        let firsts = append_all(deps, tx, &appends).await?;
        let (mut concluded, mut started, mut items) = (Vec::new(), Vec::new(), Vec::new());
        for (change, first) in changes.iter().zip(&firsts) {
            // What the fence refused writes no log.
            let Some(first) = first else { continue };
            concluded.extend(&change.logs);
            let attempts = change.attempts.iter().zip(change.started(*first));
            started.extend(attempts.map(|(attempt, seq)| (&attempt.log, seq)));
            items.extend(&change.items);
        }
        store::execution_log::conclude_all(&**tx, &concluded).await?;
        store::execution_log::insert_all(&**tx, &started).await?;
        store::execution_item::save_all(&**tx, &items).await?;
        for log in concluded {
            older::keep_context(deps, tx, log.user_id, log.execution_id).await?;
        }
        Ok(firsts.into_iter().map(Ok).collect())
    }
}

/// What a worker knows of its run as it makes a change.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fence {
    pub guard: Guard,
    pub pause_requested: bool,
}

/// Writes a change of a leased run behind its fence. Answers it with the number of its first event; none
/// when the lease is somebody else's by now, or nobody's, and then nothing is written.
///
/// # Errors
/// `Internal` when the database fails.
pub(super) async fn fenced(
    deps: &Arc<Deps>,
    run: &execution::Model,
    change: impl Fn(Fence) -> Result<Change>,
) -> Result<Option<(Change, i64)>> {
    let mut pause_requested = Some(false);
    while let (Some(known), Some(owner)) = (pause_requested, run.lease_owner) {
        let (id, epoch) = (run.id, run.lease_epoch);
        let fence = Fence {
            guard: Guard::Lease {
                owner,
                epoch,
                pause_requested: known,
            },
            pause_requested: known,
        };
        let (change, first) = write_together(deps, change(fence)?).await?;
        if let Some(first) = first {
            return Ok(Some((change, first)));
        }
        pause_requested = outlast(&deps.clock, || {
            store::lease::held(deps.store.reader(), id, owner, epoch)
        })
        .await?;
    }
    metrics::counter!("footlight_leases_lost_total").increment(1);
    Ok(None)
}
