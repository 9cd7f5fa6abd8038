//! What the engine does while the database does not answer: it asks again.

use std::time::Duration;

use crate::clock::Clock;
use crate::error::Result;
use crate::store;

/// The first pause; each is twice as long as the one before.
const PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The pauses between tries, of which no two processes have the same.
#[derive(Debug)]
pub(super) struct Pauses(Duration);

impl Default for Pauses {
    fn default() -> Self {
        Self(PAUSE)
    }
}

impl Pauses {
    pub(super) async fn pause(&mut self, clock: &Clock) {
        tokio::time::sleep(self.0.mul_f64(0.5 + clock.jitter())).await;
        self.0 = LONGEST_PAUSE.min(self.0 * 2);
    }
}

/// Reads for a worker, however often it takes until the database answers. The wait ends with the lease: its
/// worker is stopped then.
///
/// # Errors
/// What `read` answers otherwise.
pub async fn outlast<T, R, F>(clock: &Clock, read: R) -> Result<T>
where
    R: Fn() -> F,
    F: Future<Output = Result<T>>,
{
    let mut pauses = Pauses::default();
    loop {
        match read().await {
            Err(error) if store::is_outage(&error) => pauses.pause(clock).await,
            answered => return answered,
        }
    }
}
