//! Whose runs are claimed next.
//!
//! 1. Users with pending runs stand in a circle, by their ids. A look takes the next of them from where this
//!    process's last one stopped, at most [`WINDOW`]: it costs the same however many there are.
//! 2. Among these, one free slot after the other goes to whoever has the fewest runs under way, and of several
//!    such to the one who stands first; to nobody beyond the limit. By the age of runs, whoever is new would wait
//!    for as long as others have a backlog.
//! 3. Where the slots do not suffice for all, the next look begins behind the last who got one, so that
//!    everybody has a turn in a lap.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use uuid::Uuid;

use super::super::Deps;
use crate::error::Result;
use crate::store::pending::{self, Waiting};

/// Users that one look takes into account.
const WINDOW: usize = 256;

/// Where a process stands in the circle of users.
#[derive(Clone, Copy, Debug, Default)]
pub struct Circle {
    /// The next look begins here.
    next: Uuid,
    /// How much of the circle was looked at in vain; all of it when it is `u128::MAX`.
    in_vain: u128,
}

impl Circle {
    /// The next users with pending runs, in their order.
    pub(super) async fn look(&self, deps: &Deps) -> Result<Vec<Waiting>> {
        let db = deps.store.reader();
        let from = self.next;
        let mut users = pending::users(db, (from, Uuid::max()), WINDOW as u64).await?;
        let left = WINDOW - users.len();
        if left > 0 && !from.is_nil() {
            let last = Uuid::from_u128(from.as_u128() - 1);
            users.extend(pending::users(db, (Uuid::nil(), last), left as u64).await?);
        }
        Ok(users)
    }

    /// Would this user, had he pending runs, be among those who were looked at?
    pub(super) fn has_seen(&self, user: Uuid, looked_at: &[Waiting]) -> bool {
        let place = |user: Uuid| user.as_u128().wrapping_sub(self.next.as_u128());
        let last = looked_at.last().filter(|_| looked_at.len() == WINDOW);
        last.is_none_or(|last| place(user) <= place(last.user_id))
    }

    /// Moves on behind those who were looked at, or behind the last of them who got a slot when there were no
    /// more slots.
    pub(super) fn pass(&mut self, looked_at: &[Waiting], last_served: Option<Uuid>) {
        let of_many = looked_at.last().filter(|_| looked_at.len() == WINDOW);
        match last_served.or(of_many.map(|user| user.user_id)) {
            Some(last) => {
                let from = self.next.as_u128();
                let next = last.as_u128().wrapping_add(1);
                self.next = Uuid::from_u128(next);
                self.in_vain = self.in_vain.saturating_add(next.wrapping_sub(from));
            }
            // There are no more than these.
            None => self.in_vain = u128::MAX,
        }
    }

    /// Something was found: the looks in vain count anew.
    pub(super) const fn found(&mut self) {
        self.in_vain = 0;
    }

    /// Was all of the circle looked at in vain? Then the next look begins another lap.
    pub(super) const fn has_closed(&mut self) -> bool {
        let closed = self.in_vain == u128::MAX;
        if closed {
            self.in_vain = 0;
        }
        closed
    }
}

/// Who gets how many of the free slots.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shares {
    pub of_users: Vec<(Uuid, u64)>,
    /// Who stands last of those who got a slot, when there were not enough for all.
    pub last_served: Option<Uuid>,
}

/// Shares the free slots out. `waiting` have due runs, and stand in their order; `running` says how many each has
/// under way.
pub(super) fn share_out(
    waiting: &[Uuid],
    running: &HashMap<Uuid, u64>,
    (per_user, slots): (u64, usize),
) -> Shares {
    let under_way = |user| running.get(user).copied().unwrap_or(0);
    let places = waiting.iter().enumerate();
    let mut queue: BinaryHeap<_> = places
        .map(|(place, user)| Reverse((under_way(user), place)))
        .collect();
    let mut shares = BTreeMap::<_, u64>::new();
    let mut left = slots;
    while left > 0
        && let Some(Reverse((under_way, place))) = queue.pop()
    {
        // Nobody behind has fewer.
        if under_way >= per_user {
            break;
        }
        *shares.entry(place).or_default() += 1;
        queue.push(Reverse((under_way + 1, place)));
        left -= 1;
    }
    let last = shares.last_key_value().map(|(place, _)| waiting[*place]);
    let of_users = shares.into_iter();
    Shares {
        of_users: of_users
            .map(|(place, share)| (waiting[place], share))
            .collect(),
        last_served: last.filter(|_| left == 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users(ids: impl IntoIterator<Item = u128>) -> Vec<Waiting> {
        let user = |id| Waiting {
            user_id: Uuid::from_u128(id),
            due_at: 0,
        };
        ids.into_iter().map(user).collect()
    }

    fn shares(
        waiting: &[u128],
        running: &[(u128, u64)],
        limits: (u64, usize),
    ) -> (Vec<(u128, u64)>, Option<u128>) {
        let waiting: Vec<_> = waiting.iter().copied().map(Uuid::from_u128).collect();
        let running = running
            .iter()
            .map(|(id, runs)| (Uuid::from_u128(*id), *runs));
        let shares = share_out(&waiting, &running.collect(), limits);
        let of_users = shares.of_users.into_iter();
        let of_users = of_users.map(|(id, share)| (id.as_u128(), share)).collect();
        (of_users, shares.last_served.map(|id| id.as_u128()))
    }

    #[test]
    fn slots_go_to_whoever_has_the_fewest_runs_then_to_who_stands_first() {
        let waiting = [3, 1, 2];
        for (running, limits, of_users, last_served) in [
            (vec![], (16, 1), vec![(3, 1)], Some(3)),
            (vec![], (16, 2), vec![(3, 1), (1, 1)], Some(1)),
            (vec![], (16, 4), vec![(3, 2), (1, 1), (2, 1)], Some(2)),
            (vec![(3, 2), (1, 1)], (16, 3), vec![(1, 1), (2, 2)], Some(2)),
            (vec![(3, 2)], (2, 64), vec![(1, 2), (2, 2)], None),
            (vec![(1, 2), (2, 2), (3, 3)], (2, 64), vec![], None),
            (vec![], (2, 0), vec![], None),
        ] {
            let shared = shares(&waiting, &running, limits);
            assert_eq!(shared, (of_users, last_served), "{running:?} {limits:?}");
        }
        assert_eq!(shares(&[], &[], (2, 64)), (vec![], None));
    }

    #[test]
    fn a_look_begins_behind_the_last_who_got_a_slot() {
        let mut circle = Circle::default();
        circle.pass(&users(1..9), Some(Uuid::from_u128(3)));
        assert_eq!(circle.next, Uuid::from_u128(4));
        assert!(!circle.has_closed());
        circle.pass(&users([4, 5, 6, 7, 8, 1, 2, 3]), Some(Uuid::from_u128(2)));
        assert_eq!(circle.next, Uuid::from_u128(3));
    }

    #[test]
    fn a_circle_is_closed_by_all_its_users_or_by_a_way_all_round() {
        let mut circle = Circle::default();
        circle.pass(&users(0..255), None);
        assert!(circle.has_closed());
        assert!(!circle.has_closed(), "another lap begins");
        assert_eq!(circle.next, Uuid::nil(), "few are looked at from anywhere");

        let step = u128::MAX / 600;
        let mut round = (0..600).map(|number| number * step).cycle();
        let mut closed = Vec::new();
        for _ in 0..7 {
            circle.pass(&users(round.by_ref().take(WINDOW)), None);
            closed.push(circle.has_closed());
        }
        assert_eq!(closed, [false, false, true, false, false, true, false]);
        circle.found();
        circle.pass(&users(round.by_ref().take(WINDOW)), None);
        assert!(!circle.has_closed(), "whoever finds something begins anew");
    }
}
