//! This process as a driver of runs: the session that it claims under, its slots, and the way from a
//! claim to the engine.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use uuid::Uuid;

use crate::entity::execution;

/// What this process drives: its session, its free slots, and the way to its engine.
#[derive(Debug)]
pub struct Worker {
    session: Mutex<Option<Uuid>>,
    slots: Arc<Semaphore>,
    handover: mpsc::Sender<Claimed>,
}

/// A run that this process has claimed, with the slot that it takes.
#[derive(Debug)]
pub struct Claimed {
    pub run: execution::Model,
    pub slot: OwnedSemaphorePermit,
}

/// A slot that is kept for a run about to be claimed.
#[derive(Debug)]
pub struct Reservation {
    pub session: Uuid,
    slot: OwnedSemaphorePermit,
}

impl Worker {
    /// A worker with so many slots, and the end of the line where what it claims arrives.
    #[must_use]
    pub fn new(slots: usize) -> (Self, mpsc::Receiver<Claimed>) {
        // Everything in the channel holds a slot, so that it never fills.
        let (handover, claimed) = mpsc::channel(slots.max(1));
        let worker = Self {
            session: Mutex::new(None),
            slots: Arc::new(Semaphore::new(slots)),
            handover,
        };
        (worker, claimed)
    }

    /// The session under which this process claims; none before it starts and while it drains.
    #[must_use]
    pub fn session(&self) -> Option<Uuid> {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts claiming under `session`, or stops.
    pub fn set_session(&self, session: Option<Uuid>) {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = session;
    }

    /// Keeps a slot, when one is free and this process claims at all.
    #[must_use]
    pub fn reserve(&self) -> Option<Reservation> {
        let session = self.session()?;
        let slot = Arc::clone(&self.slots).try_acquire_owned().ok()?;
        Some(Reservation { session, slot })
    }

    /// Waits until a slot is free.
    pub async fn slot_free(&self) {
        // The semaphore is never closed.
        let _ = self.slots.acquire().await;
    }

    /// Hands a run that was claimed in a committed transaction to the engine.
    pub fn hand_over(&self, run: execution::Model, reservation: Reservation) {
        let claimed = Claimed {
            run,
            slot: reservation.slot,
        };
        if self.handover.try_send(claimed).is_err() {
            // The engine is gone, and this process with it: the lease ends with its session.
            tracing::warn!("a claimed run found no engine");
        }
    }

    pub(super) fn free_slots(&self) -> usize {
        self.slots.available_permits()
    }
}
