//! The fenced writes of workers, which are committed in groups: whatever is to be written at the same
//! time shares a transaction, and each write holds or fails by its own fence.

use std::sync::Arc;

use super::advance::{self, Advance, Then};
use super::{Leased, Next, Started, append_all, open_next};
use crate::domain::event::Event;
use crate::entity::{execution, execution_log};
use crate::error::Result;
use crate::service::Deps;
use crate::service::tx::Tx;
use crate::service::tx::group::{Command, Group, write_together};
use crate::store;
use crate::store::execution::{Append, Guard};

/// One fenced write of a worker.
#[derive(Debug)]
pub struct Change {
    pub(super) run: execution::Model,
    pub(super) context: bool,
    pub(super) events: Vec<Event>,
    pub(super) concluded: Option<execution_log::Model>,
    pub(super) started: Option<Started>,
}

impl Change {
    pub(super) const fn rest(run: execution::Model, events: Vec<Event>) -> Self {
        Self {
            run,
            context: false,
            events,
            concluded: None,
            started: None,
        }
    }

    pub(super) fn after(deps: &Deps, leased: &Leased, advance: Advance) -> Result<Self> {
        let Advance {
            run,
            log,
            context,
            mut events,
            then,
        } = advance;
        let started = match then {
            Then::Attempt => {
                let started = open_next(deps, leased, &run)?;
                events.push(Event::StageStarted(advance::attempt(&started.log)));
                Some(started)
            }
            Then::Wait | Then::Rest => None,
        };
        Ok(Self {
            run,
            context,
            events,
            concluded: Some(log),
            started,
        })
    }
}

/// A change behind its fence.
#[derive(Debug)]
pub struct Fenced {
    change: Change,
    guard: Guard,
}

impl Command for Fenced {
    /// The number of the change's first event; none when the fence refused it.
    type Answer = Option<i64>;

    fn group(deps: &Deps) -> &Group<Self> {
        &deps.changes
    }

    async fn write(deps: &Deps, tx: &Tx, fenced: &[Self]) -> Result<Vec<Result<Option<i64>>>> {
        let now = deps.clock.now();
        let mut appends = Vec::with_capacity(fenced.len());
        for Self { change, guard } in fenced {
            appends.push(Append {
                run: &change.run,
                context: change.context,
                guard: *guard,
                events: &change.events,
                now,
            });
        }
        let firsts = append_all(deps, tx, &appends).await?;
        let (mut concluded, mut started) = (Vec::new(), Vec::new());
        for (Self { change, .. }, first) in fenced.iter().zip(&firsts) {
            // What the fence refused writes no log.
            let Some(first) = first else { continue };
            concluded.extend(&change.concluded);
            let last = change.last_seq(*first);
            started.extend(change.started.iter().map(|started| (&started.log, last)));
        }
        store::execution_log::conclude_all(&**tx, &concluded).await?;
        store::execution_log::insert_all(&**tx, &started).await?;
        Ok(firsts.into_iter().map(Ok).collect())
    }
}

impl Change {
    /// The number of its last event, which announces the attempt that it starts.
    fn last_seq(&self, first: i64) -> i64 {
        first + i64::try_from(self.events.len()).unwrap_or(i64::MAX) - 1
    }
}

/// Writes a change behind the fence. None when the fence refused it, and then nothing is written.
pub(super) async fn commit(
    deps: &Arc<Deps>,
    leased: &mut Leased,
    change: Change,
    pause_requested: bool,
) -> Result<Option<Next>> {
    let Some(guard) = leased.fence(pause_requested) else {
        return Ok(None);
    };
    let (Fenced { change, .. }, first) = write_together(deps, Fenced { change, guard }).await?;
    let Some(first) = first else {
        return Ok(None);
    };
    let last_seq = change.last_seq(first);
    leased.run = change.run;
    leased.run.next_seq = last_seq + 1;
    let Some(mut started) = change.started else {
        let released = leased.run.lease_owner.is_none();
        return Ok(Some(if released { Next::Release } else { Next::Wait }));
    };
    started.log.started_seq = last_seq;
    leased.count(&started.log);
    Ok(Some(Next::Attempt(Box::new(started))))
}
