//! How many runs of a user may be pending: more are refused.
//!
//! Counting the runs of a long backlog with every start would cost more than the start. So what a count left
//! free serves the next starts of this process: one in sixteen of it, for some seconds. With so many replicas
//! together, or many starts at the same moment, a few more may pass.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use hashlink::LruCache;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::service::Deps;
use crate::store::pending;

/// The part of what is free that one process takes by one count.
const SHARE: u64 = 16;
/// How long what a count left free may be used.
const COUNT_AFTER: TimeDelta = TimeDelta::seconds(10);
/// How long a user whose backlog is full is refused without a count.
const REFUSED_FOR: TimeDelta = TimeDelta::seconds(1);
/// Users that a process remembers; whoever is forgotten is counted anew.
const MOST_USERS: usize = 10_000;

/// What this process knows of users' backlogs.
#[derive(Debug)]
pub struct Backlogs(Mutex<LruCache<Uuid, Known>>);

#[derive(Clone, Copy, Debug)]
struct Known {
    /// Runs that may still be made; none left of a full backlog.
    free: u64,
    full: bool,
    until: DateTime<Utc>,
}

impl Default for Backlogs {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(MOST_USERS)))
    }
}

impl Backlogs {
    /// Takes the room for one run, if what is known says whether there is any.
    fn take(&self, owner: Uuid, now: DateTime<Utc>) -> Option<bool> {
        let mut users = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = users.get_mut(&owner).filter(|known| now < known.until)?;
        if known.full {
            return Some(false);
        }
        known.free = known.free.checked_sub(1)?;
        Some(true)
    }

    /// Remembers how many runs may still be made.
    fn learn(&self, owner: Uuid, free: u64, now: DateTime<Utc>) {
        let full = free == 0;
        let known = Known {
            free: free / SHARE,
            full,
            until: now + if full { REFUSED_FOR } else { COUNT_AFTER },
        };
        let mut users = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        users.insert(owner, known);
    }
}

/// May the user have one more run that waits?
///
/// # Errors
/// `Internal` when the database fails.
pub(super) async fn has_room(deps: &Deps, owner: Uuid) -> Result<bool> {
    let most = u64::from(deps.limits.max_pending_per_user);
    if most == 0 {
        return Ok(true);
    }
    let now = deps.clock.now();
    if let Some(has_room) = deps.backlogs.take(owner, now) {
        return Ok(has_room);
    }
    let pending = pending::count(deps.store.reader(), owner, most).await?;
    let free = most.saturating_sub(pending);
    deps.backlogs.learn(owner, free, now);
    Ok(free > 0)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_serves_a_part_of_what_it_left_free_and_not_for_long() {
        let backlogs = Backlogs::default();
        let (owner, now) = (Uuid::nil(), DateTime::UNIX_EPOCH);
        assert_eq!(backlogs.take(owner, now), None);
        backlogs.learn(owner, 40, now);
        let taken = [(); 3].map(|()| backlogs.take(owner, now));
        assert_eq!(taken, [Some(true), Some(true), None]);
        backlogs.learn(owner, 40, now);
        assert_eq!(backlogs.take(owner, now + COUNT_AFTER), None);
        backlogs.learn(owner, 0, now);
        assert_eq!(backlogs.take(owner, now), Some(false));
        assert_eq!(backlogs.take(owner, now + REFUSED_FOR), None);
        backlogs.learn(owner, 3, now);
        assert_eq!(
            backlogs.take(owner, now),
            None,
            "few are counted one by one"
        );
    }
}
