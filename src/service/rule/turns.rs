//! Places for work, and the users who wait for one, in turn.
//!
//! 1. A place that comes free goes to the user who has the fewest; among those, to whoever has waited
//!    longest since his last one ended or since he came. So whoever has one thing to do is next after
//!    the work in progress, however much another has waiting.
//! 2. What a user waits with goes in the order in which it came.
//! 3. Work cannot be interrupted, so that nobody can say when a place comes free. Whoever has none, and has
//!    waited for [`PATIENCE`], is given one beyond those that there are: so nobody waits for the end of another's
//!    work. Such a place shares the cores with the others. There are [`BEYOND`] of them: so many users hold
//!    each other up by nothing but that.
//! 4. Whoever stops waiting is taken off the list at once. A run waits with one thing at a time, so that
//!    the list is no longer than the slots of this process and the requests that it serves.

use std::collections::{HashMap, VecDeque};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use uuid::Uuid;

use crate::error::{Error, Result};

/// Places beyond those that there are, for users who have none. More would leave each of them so little of a
/// core that what takes a second would be overdue.
const BEYOND: usize = 8;
/// How long a user who has no place waits before he is given one of these. What ends sooner goes one after the
/// other, which costs everybody less.
pub(super) const PATIENCE: Duration = Duration::from_millis(100);

/// So many places, and who waits for one.
#[derive(Clone, Debug)]
pub(super) struct Turns {
    state: Arc<Mutex<State>>,
    patience: Duration,
}

#[derive(Debug)]
struct State {
    places: usize,
    taken: usize,
    /// Counts what happens, so that users can be told by when they came.
    now: u64,
    /// Those who have a place or wait for one.
    users: HashMap<Uuid, User>,
}

#[derive(Debug)]
struct User {
    places: usize,
    /// When he came, or when his last work ended.
    since: u64,
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    number: u64,
    /// Has it waited for so long that it may have a place beyond those that there are?
    is_due: bool,
    place: oneshot::Sender<Place>,
}

/// A place that is taken, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    turns: Turns,
    user: Uuid,
}

/// Somebody who waits.
struct Queued<'a> {
    turns: &'a Turns,
    user: Uuid,
    number: u64,
}

impl Turns {
    /// So many places. Whoever has none, and has waited for `patience`, is given one beyond those.
    pub(super) fn new(places: usize, patience: Duration) -> Self {
        let state = State {
            places,
            taken: 0,
            now: 0,
            users: HashMap::new(),
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            patience,
        }
    }

    /// Waits for a place until it is the user's turn.
    ///
    /// # Errors
    /// `Internal`, which never happens: who waits is only forgotten when he stops.
    pub(super) async fn place(&self, user: Uuid) -> Result<Place> {
        let (place, given) = oneshot::channel();
        let queued = Queued {
            turns: self,
            user,
            number: self.enter(user, place),
        };
        self.give();
        let mut given = pin!(given);
        let in_time = tokio::time::timeout(self.patience, &mut given).await;
        let place = if let Ok(place) = in_time {
            place
        } else {
            queued.is_due();
            given.await
        };
        place.map_err(Error::internal)
    }

    fn enter(&self, user: Uuid, place: oneshot::Sender<Place>) -> u64 {
        let mut state = self.locked();
        state.now += 1;
        let number = state.now;
        let user = state.users.entry(user).or_insert_with(|| User {
            places: 0,
            since: number,
            waiting: VecDeque::new(),
        });
        user.waiting.push_back(Waiting {
            number,
            is_due: false,
            place,
        });
        number
    }

    /// Gives a free place to whoever is next.
    fn give(&self) {
        let Some((user, next)) = self.locked().next() else {
            return;
        };
        let place = Place {
            turns: self.clone(),
            user,
        };
        // Whoever has just stopped waiting drops it, which gives it to the next one.
        drop(next.place.send(place));
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock, so that what is behind it is always whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next(&mut self) -> Option<(Uuid, Waiting)> {
        if self.taken >= self.places + BEYOND {
            return None;
        }
        let is_beyond = self.taken >= self.places;
        let waiting = self.users.iter_mut();
        let waiting = waiting.filter(|(_, user)| user.is_next(is_beyond));
        let (id, user) = waiting.min_by_key(|(_, user)| (user.places, user.since))?;
        let next = user.waiting.pop_front()?;
        user.places += 1;
        self.taken += 1;
        Some((*id, next))
    }

    /// Forgets a user who has no place and waits for none.
    fn tidy(&mut self, id: Uuid) {
        let idle = |user: &User| user.places == 0 && user.waiting.is_empty();
        if self.users.get(&id).is_some_and(idle) {
            self.users.remove(&id);
        }
    }
}

impl User {
    /// May his first work have a place, or one beyond those that there are?
    fn is_next(&self, is_beyond: bool) -> bool {
        let first = self.waiting.front();
        first.is_some_and(|first| !is_beyond || (self.places == 0 && first.is_due))
    }
}

impl Queued<'_> {
    /// It has waited for long.
    fn is_due(&self) {
        let mut state = self.turns.locked();
        if let Some(user) = state.users.get_mut(&self.user) {
            let waiting = user.waiting.iter_mut();
            for waiting in waiting.filter(|waiting| waiting.number == self.number) {
                waiting.is_due = true;
            }
        }
        drop(state);
        self.turns.give();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.turns.locked();
        state.taken -= 1;
        state.now += 1;
        let now = state.now;
        if let Some(user) = state.users.get_mut(&self.user) {
            user.places -= 1;
            user.since = now;
        }
        state.tidy(self.user);
        drop(state);
        self.turns.give();
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        let mut state = self.turns.locked();
        if let Some(user) = state.users.get_mut(&self.user) {
            user.waiting.retain(|waiting| waiting.number != self.number);
        }
        state.tidy(self.user);
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::poll;

    use super::*;

    const ONE: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    #[tokio::test]
    async fn another_user_is_next_before_the_second_work_of_the_first() {
        let turns = Turns::new(1, Duration::MAX);
        let first = turns.place(ONE).await.expect("a place");
        let mut second = pin!(turns.place(ONE));
        let mut third = pin!(turns.place(ONE));
        let mut others = pin!(turns.place(OTHER));
        assert!(poll!(&mut second).is_pending());
        assert!(poll!(&mut third).is_pending());
        assert!(poll!(&mut others).is_pending());
        drop(first);
        assert!(poll!(&mut second).is_pending());
        drop(others.await.expect("a place"));
        let second = second.await.expect("a place");
        let mut others_next = pin!(turns.place(OTHER));
        assert!(poll!(&mut others_next).is_pending());
        drop(second);
        // The other one came later than the first one's last work began, and is next all the same.
        assert!(poll!(&mut third).is_pending());
        drop(others_next.await.expect("a place"));
        drop(third.await.expect("a place"));
        assert!(turns.locked().users.is_empty());
    }

    #[tokio::test]
    async fn nobody_is_passed_over_by_one_who_comes_again_and_again() {
        let turns = Turns::new(1, Duration::MAX);
        let busy = turns.place(OTHER).await.expect("a place");
        let mut waiting = pin!(turns.place(ONE));
        assert!(poll!(&mut waiting).is_pending());
        let mut again = pin!(turns.place(OTHER));
        assert!(poll!(&mut again).is_pending());
        drop(busy);
        assert!(poll!(&mut again).is_pending());
        drop(waiting.await.expect("a place"));
        drop(again.await.expect("a place"));
    }

    #[tokio::test]
    async fn a_user_has_every_place_that_nobody_else_waits_for() {
        let turns = Turns::new(2, Duration::MAX);
        let first = turns.place(ONE).await.expect("a place");
        let second = turns.place(ONE).await.expect("a place");
        let mut third = pin!(turns.place(ONE));
        let mut others = pin!(turns.place(OTHER));
        assert!(poll!(&mut third).is_pending());
        assert!(poll!(&mut others).is_pending());
        drop(first);
        assert!(poll!(&mut third).is_pending());
        let others = others.await.expect("a place");
        drop(second);
        drop((third.await.expect("a place"), others));
    }

    #[tokio::test]
    async fn whoever_has_none_waits_for_no_end_of_anothers_work_and_whoever_has_one_does() {
        let turns = Turns::new(1, Duration::from_millis(1));
        let first = turns.place(ONE).await.expect("a place");
        let mut second = pin!(turns.place(ONE));
        let mut others_next = pin!(turns.place(OTHER));
        assert!(poll!(&mut second).is_pending());
        let others = turns.place(OTHER).await.expect("a place");
        assert!(poll!(&mut others_next).is_pending());
        let mut all = Vec::new();
        for number in 3..=9 {
            let another = turns.place(Uuid::from_u128(number)).await;
            all.push(another.expect("a place"));
        }
        // So many there are beyond one, and all are taken.
        assert_eq!(turns.locked().taken, 1 + BEYOND);
        let mut late = pin!(turns.place(Uuid::from_u128(10)));
        let waited = tokio::time::timeout(Duration::from_millis(20), &mut late).await;
        assert!(waited.is_err() && poll!(&mut second).is_pending());
        drop(others);
        late.await.expect("a place");
        others_next.await.expect("a place");
        drop(first);
        second.await.expect("a place");
    }

    #[tokio::test]
    async fn whoever_stops_waiting_leaves_nothing_behind() {
        let turns = Turns::new(1, Duration::MAX);
        let first = turns.place(ONE).await.expect("a place");
        {
            let mut gone = pin!(turns.place(OTHER));
            assert!(poll!(&mut gone).is_pending());
            assert_eq!(turns.locked().users.len(), 2);
        }
        assert_eq!(turns.locked().users.len(), 1);
        {
            // It is given its place, and goes before it takes it.
            let mut gone = pin!(turns.place(OTHER));
            assert!(poll!(&mut gone).is_pending());
            drop(first);
        }
        drop(turns.place(ONE).await.expect("a place"));
        assert!(turns.locked().users.is_empty());
        assert_eq!(turns.locked().taken, 0);
    }
}
