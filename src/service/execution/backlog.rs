//! How many runs of a user may be pending: more are refused.
//!
//! Counting the runs of a long backlog with every start would cost more than the start.
//!
//! 1. What a count left free serves the next starts of this process: one in sixteen of it, for some seconds.
//! 2. A start takes its [`Room`] before its transaction, and holds it until that has ended. Runs whose room was
//!    held when a count began may be missing in it, and are taken off. So this process lets no more pass than
//!    there is room for, however many come at once. With several replicas, each may take its part of the same
//!    room in the same moment, so that a few more may pass.
//! 3. There is one count of a user at a time. Whoever comes during one waits for the next, which answers all
//!    who wait: so nobody is refused by what was true before he asked, and a full backlog costs no more
//!    however many starts are refused.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::service::Deps;
use crate::store::pending;

/// The part of what is free that one process takes by one count.
const SHARE: u64 = 16;
/// How long what a count left free may be used.
const COUNT_AFTER: TimeDelta = TimeDelta::seconds(10);
/// Users that a process remembers; those who are forgotten start nothing at that moment, and are counted anew.
const MOST_USERS: usize = 10_000;

/// What this process knows of users' backlogs.
#[derive(Debug, Default)]
pub struct Backlogs(Mutex<HashMap<Uuid, Arc<Backlog>>>);

#[derive(Debug, Default)]
struct Backlog {
    /// Held by whoever counts.
    counting: tokio::sync::Mutex<()>,
    known: Mutex<Known>,
    /// Told when room is let go of.
    let_go: Notify,
}

#[derive(Debug, Default)]
struct Known {
    /// Counts that were begun.
    counts: u64,
    /// The number of the count that has last found the backlog full.
    full: u64,
    /// Runs that may still be made by the last count, and until when.
    left: u64,
    until: DateTime<Utc>,
    /// Runs that are being made.
    held: u64,
}

/// The room for one run, until the transaction that makes it has ended. None where there is no limit.
#[derive(Debug)]
pub(super) struct Room(Option<Arc<Backlog>>);

/// Takes room for one more run that waits; none when the backlog is full.
///
/// # Errors
/// `Internal` when the database fails.
pub(super) async fn take_room(deps: &Deps, owner: Uuid) -> Result<Option<Room>> {
    let most = u64::from(deps.limits.max_pending_per_user);
    if most == 0 {
        return Ok(Some(Room(None)));
    }
    let backlog = deps.backlogs.of(owner);
    let count = || pending::count(deps.store.reader(), owner, most);
    backlog.take_room(most, deps.clock.now(), count).await
}

/// The refusal of a run that would find no room.
pub(super) fn full(deps: &Deps) -> Error {
    Error::LimitExceeded {
        field: None,
        message: format!(
            "you have {} pending executions, which is the limit: wait until some have begun, or cancel some",
            deps.limits.max_pending_per_user
        ),
    }
}

impl Backlogs {
    fn of(&self, owner: Uuid) -> Arc<Backlog> {
        let mut users = locked(&self.0);
        if users.len() >= MOST_USERS && !users.contains_key(&owner) {
            users.retain(|_, backlog| Arc::strong_count(backlog) > 1);
        }
        Arc::clone(users.entry(owner).or_default())
    }
}

impl Backlog {
    async fn take_room<F>(
        self: &Arc<Self>,
        most: u64,
        now: DateTime<Utc>,
        count: impl Fn() -> F,
    ) -> Result<Option<Room>>
    where
        F: Future<Output = Result<u64>>,
    {
        if let Some(room) = self.take_left(now) {
            return Ok(Some(room));
        }
        let came = locked(&self.known).counts;
        let _counting = self.counting.lock().await;
        if let Some(room) = self.take_left(now) {
            return Ok(Some(room));
        }
        if locked(&self.known).full > came {
            return Ok(None);
        }
        loop {
            let held = self.begin_count();
            let free = most.saturating_sub(count().await?);
            if free > held {
                return Ok(Some(self.learn(free - held, now)));
            }
            if free == 0 {
                let mut known = locked(&self.known);
                known.full = known.counts;
                return Ok(None);
            }
            // Whether there is room depends on runs that the count may have seen or not. Nobody begins
            // another one meanwhile.
            self.all_let_go().await;
        }
    }

    /// Takes of what the last count left free.
    fn take_left(self: &Arc<Self>, now: DateTime<Utc>) -> Option<Room> {
        let mut known = locked(&self.known);
        if now >= known.until {
            return None;
        }
        known.left = known.left.checked_sub(1)?;
        known.held += 1;
        Some(Room(Some(Arc::clone(self))))
    }

    /// Answers how many runs the count may miss: nobody takes any room until it has ended.
    fn begin_count(&self) -> u64 {
        let mut known = locked(&self.known);
        known.counts += 1;
        known.left = 0;
        known.held
    }

    /// Takes room for one run of what is free, and leaves a part of the rest to those who come next.
    fn learn(self: &Arc<Self>, free: u64, now: DateTime<Utc>) -> Room {
        let mut known = locked(&self.known);
        known.left = (free - 1).min(free / SHARE);
        known.until = now + COUNT_AFTER;
        known.held += 1;
        Room(Some(Arc::clone(self)))
    }

    /// Returns when no run is being made.
    async fn all_let_go(&self) {
        loop {
            let let_go = self.let_go.notified();
            if locked(&self.known).held == 0 {
                return;
            }
            let_go.await;
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if let Some(backlog) = &self.0 {
            locked(&backlog.known).held -= 1;
            backlog.let_go.notify_waiters();
        }
    }
}

/// No code panics while it holds one of these locks, so that what is behind it is always whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::pin::pin;

    use futures_util::future::join_all;
    use futures_util::poll;
    use tokio::sync::Semaphore;

    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    /// Asks for room while so many runs are pending.
    async fn ask(
        backlog: &Arc<Backlog>,
        (most, pending): (u64, &Cell<u64>),
        now: DateTime<Utc>,
    ) -> (Option<Room>, u64) {
        let counts = Cell::new(0);
        let count = || {
            counts.set(counts.get() + 1);
            std::future::ready(Ok(pending.get()))
        };
        let room = backlog.take_room(most, now, count).await;
        (room.expect("no database"), counts.get())
    }

    #[tokio::test]
    async fn a_count_serves_a_part_of_what_it_left_free_and_not_for_long() {
        let (backlog, pending) = (Arc::default(), Cell::new(60));
        let asked = async |now| {
            let (room, counts) = ask(&backlog, (100, &pending), now).await;
            room.expect("room");
            counts
        };
        assert_eq!(asked(NOW).await, 1);
        assert_eq!(asked(NOW).await, 0);
        assert_eq!(asked(NOW).await, 0);
        assert_eq!(asked(NOW).await, 1);
        assert_eq!(asked(NOW + COUNT_AFTER).await, 1);
        pending.set(97);
        assert_eq!(asked(NOW + COUNT_AFTER * 2).await, 1);
        let few_are_counted_one_by_one = asked(NOW + COUNT_AFTER * 2).await;
        assert_eq!(few_are_counted_one_by_one, 1);
    }

    #[tokio::test]
    async fn room_that_is_held_is_nobody_elses() {
        let (backlog, pending) = (Arc::default(), Cell::new(0));
        let mut held = Vec::new();
        for _ in 0..3 {
            let (room, _) = ask(&backlog, (3, &pending), NOW).await;
            held.push(room.expect("room"));
        }
        // Has the count seen those? It is known when they have ended.
        let mut next = pin!(ask(&backlog, (3, &pending), NOW));
        assert!(poll!(&mut next).is_pending());
        pending.set(2);
        held.pop();
        assert!(poll!(&mut next).is_pending());
        held.clear();
        let (room, counts) = next.await;
        assert_eq!((room.is_some(), counts), (true, 2));
        pending.set(3);
        drop(room);
        let (room, _) = ask(&backlog, (3, &pending), NOW).await;
        assert!(room.is_none());
        pending.set(2);
        let (room, _) = ask(&backlog, (3, &pending), NOW).await;
        assert!(room.is_some(), "it is not told for longer than it is true");
    }

    #[tokio::test]
    async fn who_comes_during_a_count_waits_for_the_next_which_serves_all() {
        let backlog: Arc<Backlog> = Arc::default();
        let (gate, counts) = (Semaphore::new(0), Cell::new(0));
        let count = || async {
            let number = counts.get() + 1;
            counts.set(number);
            gate.acquire().await.expect("open").forget();
            Ok(1)
        };
        let mut first = pin!(backlog.take_room(1, NOW, count));
        assert!(poll!(&mut first).is_pending());
        let many = (0..100).map(|_| backlog.take_room(1, NOW, count));
        let mut many = pin!(join_all(many));
        assert!(poll!(&mut many).is_pending());
        gate.add_permits(100);
        assert!(first.await.expect("no database").is_none());
        for room in many.await {
            assert!(room.expect("no database").is_none());
        }
        assert_eq!(counts.get(), 2);
    }
}
