//! How hints reach the other processes: over [`postgres`], or over [`nats`], which carries the text of
//! attempts, too. In the embedded mode there are no other processes, and no bus.

pub mod nats;
pub mod postgres;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::hint::OUTBOX;

/// The tasks of a bus. Dropping it ends them.
#[derive(Debug)]
pub struct Bus(#[expect(dead_code, reason = "held for its drop")] JoinSet<()>);

/// How long messages are on their way, by this process's own, which it hears, too: so no two clocks are
/// compared.
#[derive(Clone, Debug, Default)]
struct Lag(Arc<Mutex<VecDeque<Instant>>>);

impl Lag {
    fn sent(&self) {
        self.under_way().push_back(Instant::now());
    }

    fn heard(&self) {
        if let Some(sent) = self.under_way().pop_front() {
            metrics::histogram!("footlight_hint_lag_seconds").record(sent.elapsed().as_secs_f64());
        }
    }

    /// Messages were lost, nobody knows which.
    fn lost(&self) {
        self.under_way().clear();
    }

    fn under_way(&self) -> MutexGuard<'_, VecDeque<Instant>> {
        // No code panics while it holds the lock, so that what is behind it is always whole.
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sent.len() >= OUTBOX {
            sent.clear();
        }
        sent
    }
}
