//! Whose runs are claimed next.
//!
//! 1. Users with pending runs stand in a circle, by their ids. A look takes the next of them from where this
//!    process's last one stopped, at most [`WINDOW`]: it costs the same however many there are.
//! 2. Among these, one free slot after the other goes to whoever has the fewest runs under way, and of several
//!    such to the one who has a run that is due since the longest time; to nobody beyond the limit.

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
    /// The next users with pending runs. Moves on behind them.
    pub(super) async fn look(&mut self, deps: &Deps) -> Result<Vec<Waiting>> {
        let db = deps.store.reader();
        let from = self.next;
        let mut users = pending::users(db, (from, Uuid::max()), WINDOW as u64).await?;
        let left = WINDOW - users.len();
        if left > 0 && !from.is_nil() {
            let last = Uuid::from_u128(from.as_u128() - 1);
            users.extend(pending::users(db, (Uuid::nil(), last), left as u64).await?);
        }
        self.pass(&users);
        Ok(users)
    }

    fn pass(&mut self, users: &[Waiting]) {
        match users.last() {
            Some(last) if users.len() == WINDOW => {
                let from = self.next.as_u128();
                let next = last.user_id.as_u128().wrapping_add(1);
                self.next = Uuid::from_u128(next);
                self.in_vain = self.in_vain.saturating_add(next.wrapping_sub(from));
            }
            // There are no more than these.
            _ => self.in_vain = u128::MAX,
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

/// Who gets how many of the free slots. `waiting` have due runs; `running` says how many each has under way.
pub(super) fn share_out(
    waiting: &[Waiting],
    running: &HashMap<Uuid, u64>,
    (per_user, slots): (u64, usize),
) -> Vec<(Uuid, u64)> {
    let mut queue: BinaryHeap<_> = waiting
        .iter()
        .map(|user| {
            let under_way = running.get(&user.user_id).copied().unwrap_or(0);
            Reverse((under_way, user.due_at, user.user_id))
        })
        .collect();
    let mut shares = BTreeMap::<_, u64>::new();
    for _ in 0..slots {
        let Some(Reverse((under_way, due_at, user))) = queue.pop() else {
            break;
        };
        // Nobody behind has fewer.
        if under_way >= per_user {
            break;
        }
        *shares.entry(user).or_default() += 1;
        queue.push(Reverse((under_way + 1, due_at, user)));
    }
    shares.into_iter().collect()
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
        due: &[(u128, i64)],
        running: &[(u128, u64)],
        limits: (u64, usize),
    ) -> Vec<(u128, u64)> {
        let waiting: Vec<_> = due
            .iter()
            .map(|(id, due_at)| Waiting {
                user_id: Uuid::from_u128(*id),
                due_at: *due_at,
            })
            .collect();
        let running = running
            .iter()
            .map(|(id, runs)| (Uuid::from_u128(*id), *runs));
        share_out(&waiting, &running.collect(), limits)
            .into_iter()
            .map(|(id, share)| (id.as_u128(), share))
            .collect()
    }

    #[test]
    fn slots_go_to_whoever_has_the_fewest_runs_then_to_the_longest_wait() {
        let due = [(1, 30), (2, 20), (3, 10)];
        assert_eq!(shares(&due, &[], (16, 1)), [(3, 1)]);
        assert_eq!(shares(&due, &[], (16, 4)), [(1, 1), (2, 1), (3, 2)]);
        assert_eq!(shares(&due, &[(3, 2), (2, 1)], (16, 3)), [(1, 2), (2, 1)]);
        assert_eq!(shares(&due, &[(3, 2)], (2, 64)), [(1, 2), (2, 2)]);
        assert_eq!(shares(&due, &[(1, 2), (2, 2), (3, 3)], (2, 64)), []);
        assert_eq!(shares(&[], &[], (2, 64)), []);
        assert_eq!(shares(&due, &[], (2, 0)), []);
    }

    #[test]
    fn a_circle_is_closed_by_all_its_users_or_by_a_way_all_round() {
        let mut circle = Circle::default();
        circle.pass(&users(0..255));
        assert!(circle.has_closed());
        assert!(!circle.has_closed(), "another lap begins");
        assert_eq!(circle.next, Uuid::nil(), "few are looked at from anywhere");

        let step = u128::MAX / 600;
        let mut round = (0..600).map(|number| number * step).cycle();
        let mut closed = Vec::new();
        for _ in 0..7 {
            circle.pass(&users(round.by_ref().take(WINDOW)));
            closed.push(circle.has_closed());
        }
        assert_eq!(closed, [false, false, true, false, false, true, false]);
        circle.found();
        circle.pass(&users(round.by_ref().take(WINDOW)));
        assert!(!circle.has_closed(), "whoever finds something begins anew");
    }
}
