//! How many sockets and streams each person holds in this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

/// The places that are taken.
#[derive(Clone, Debug, Default)]
pub(in crate::http) struct Seats(Arc<Mutex<HashMap<Uuid, usize>>>);

/// The place of a socket, or of another stream, among its person's; given back when dropped.
#[derive(Debug)]
pub(in crate::http) struct Seat {
    seats: Seats,
    user: Uuid,
}

impl Seats {
    /// A place for one more socket of `user`, unless `limit` are taken.
    pub(in crate::http) fn take(&self, user: Uuid, limit: usize) -> Option<Seat> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(user).or_default();
        if *count >= limit {
            return None;
        }
        *count += 1;
        Some(Seat {
            seats: self.clone(),
            user,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_is_given_back() {
        let seats = Seats::default();
        let (ada, bob) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let first = seats.take(ada, 1);
        assert!(first.is_some());
        assert!(seats.take(ada, 1).is_none());
        assert!(seats.take(bob, 1).is_some());
        drop(first);
        assert!(seats.0.lock().unwrap().is_empty());
        assert!(seats.take(ada, 1).is_some());
    }
}
