//! A visit of a stage that runs for each item of a list: calls side by side, each in a task of its own, and one
//! task, the run's, that writes what becomes of them.
//!
//! 1. Take slots, and call for every attempt that is open and waits for nothing, as far as there are slots: the run's own, and
//!    extra ones, up to as many as the stage says.
//! 2. Begin further attempts for the slots that are left.
//! 3. Wait for a call to end, for the wait of an item to end, or for a slot.
//! 4. Write what has ended, whatever has by then, in one change, which begins the attempts that follow. The extra
//!    slot of a call that has ended goes back first, and is asked for again.
//!
//! When the lease is gone, the calls are dropped with their task.

use std::future::pending;
use std::sync::Arc;

use chrono::DateTime;
use tokio::task::{JoinError, JoinSet};

use super::Tools;
use super::attempt::call;
use super::stage::Judged;
use crate::domain::progress::Next;
use crate::error::{Error, Result};
use crate::service::drive::each::{self, Settled};
use crate::service::drive::{self, Control, Extra, Lease, claim};

/// What ends a wait.
enum Woken {
    Ended(Result<Judged>),
    /// Something may begin.
    Begin,
    HandBack,
    Rung,
}

/// Drives a run through its visit of a list. None when the run is not this worker's any more.
pub(super) async fn walk(
    tools: &Tools,
    lease: &mut Lease,
    control: &Control,
) -> Result<Option<Next>> {
    let mut visit = Visit {
        tools,
        control,
        calls: JoinSet::new(),
        extras: Vec::new(),
        is_short: false,
    };
    while lease.each.is_some() {
        let Some(next) = visit.step(lease).await? else {
            return Ok(None);
        };
        if next != Next::Attempt {
            return Ok(Some(next));
        }
    }
    Ok(Some(Next::Attempt))
}

struct Visit<'a> {
    tools: &'a Tools,
    control: &'a Control,
    calls: JoinSet<Result<Judged>>,
    /// The slots beside the run's own.
    extras: Vec<Extra>,
    /// Could a further call be made if there were a slot?
    is_short: bool,
}

impl Visit<'_> {
    async fn step(&mut self, lease: &mut Lease) -> Result<Option<Next>> {
        self.take_slots(lease, self.calls.len());
        self.call_all(lease);
        if self.wants(lease) == 0 {
            self.give_back(self.calls.len());
        } else if self.slots() > self.calls.len() {
            let (deps, slots) = (&self.tools.deps, self.slots());
            return Box::pin(each::begin(deps, lease, slots)).await;
        }
        match self.wait(lease).await {
            Woken::Ended(judged) => self.settle(lease, judged?).await,
            Woken::Begin => Ok(Some(Next::Attempt)),
            Woken::HandBack => {
                Box::pin(drive::hand_back(&self.tools.deps, lease)).await?;
                Ok(None)
            }
            Woken::Rung => {
                let holds = Box::pin(lease.holds(&self.tools.deps)).await?;
                Ok(holds.then_some(Next::Attempt))
            }
        }
    }

    const fn slots(&self) -> usize {
        1 + self.extras.len()
    }

    fn wants(&self, lease: &Lease) -> usize {
        let now = self.tools.deps.clock.now();
        lease.each.as_ref().map_or(0, |each| each.wants(now))
    }

    /// Calls for what is open, as far as there are slots.
    fn call_all(&mut self, lease: &mut Lease) {
        let now = self.tools.deps.clock.now();
        let mut scene = None;
        while self.calls.len() < self.slots() {
            let each = lease.each.as_mut();
            let Some(attempt) = each.and_then(|each| each.next_call(now)) else {
                return;
            };
            let scene = scene.get_or_insert_with(|| Arc::new(lease.scene()));
            let (tools, scene) = (self.tools.clone(), Arc::clone(scene));
            self.calls
                .spawn(async move { call(&tools, &scene, &attempt).await });
        }
    }

    /// Takes slots for calls beside these, as many as there are and may be made.
    fn take_slots(&mut self, lease: &Lease, calls: usize) {
        let wanted = calls + self.wants(lease);
        self.is_short = false;
        while self.slots() < wanted {
            let Some(extra) = claim::extra(&self.tools.deps, lease.run.user_id) else {
                self.is_short = true;
                break;
            };
            self.extras.push(extra);
        }
    }

    /// Keeps slots for so many calls.
    fn give_back(&mut self, calls: usize) {
        self.extras.truncate(calls.max(1) - 1);
    }

    async fn wait(&mut self, lease: &Lease) -> Woken {
        let (tools, is_short) = (self.tools, self.is_short);
        let clock = &tools.deps.clock;
        let due = lease
            .each
            .as_ref()
            .and_then(|each| each.next_due(clock.now()));
        let due = due.and_then(DateTime::from_timestamp_millis);
        let due = async {
            match due {
                Some(due) => clock.sleep_until(due).await,
                None => pending().await,
            }
        };
        let slot = async {
            if is_short {
                tools.deps.slots.extra_free().await;
            } else {
                pending::<()>().await;
            }
        };
        tokio::select! {
            Some(ended) = self.calls.join_next() => Woken::Ended(ended_call(ended)),
            () = due => Woken::Begin,
            () = slot => Woken::Begin,
            () = tools.hand_back.cancelled() => Woken::HandBack,
            () = self.control.rung() => Woken::Rung,
        }
    }

    /// Writes what came of calls.
    async fn settle(&mut self, lease: &mut Lease, first: Judged) -> Result<Option<Next>> {
        let mut settled = vec![of(first)?];
        while let Some(ended) = self.calls.try_join_next() {
            settled.push(of(ended_call(ended)?)?);
        }
        let answered = settled.iter();
        let answered = answered.filter(|it| matches!(it, Settled::Answered(_)));
        let calls = self.calls.len() + answered.count();
        // Whoever has a run that is due comes first: then there is none to take.
        self.give_back(calls);
        self.take_slots(lease, calls + settled.len());
        let (deps, slots) = (&self.tools.deps, self.slots());
        let next = Box::pin(each::settle(deps, lease, settled, slots)).await?;
        Ok(next)
    }
}

fn ended_call(ended: std::result::Result<Result<Judged>, JoinError>) -> Result<Judged> {
    ended.unwrap_or_else(|error| Err(Error::internal(error)))
}

fn of(judged: Judged) -> Result<Settled> {
    Ok(match judged {
        Judged::Finished(finished) => Settled::Finished(finished),
        Judged::ByModel(log) => Settled::Answered(log),
        Judged::NoVerdict(log, failure) => Settled::NoVerdict(log, failure),
        Judged::ByPerson(_) => return Err(Error::internal("a person cannot judge an item")),
    })
}
