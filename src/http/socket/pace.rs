//! How fast a socket's messages are read. A client that sends faster is not refused but left to wait:
//! what it sent stays with its system, and no honest burst breaks anything.

use std::time::Duration;

use tokio::time::Instant;

/// A bucket of messages that refills steadily.
#[derive(Debug)]
pub(super) struct Pace {
    every: Duration,
    burst: Duration,
    /// When all that was read will have been paid for.
    paid_at: Instant,
}

impl Pace {
    /// At most `a_second` messages a second, and bursts of twice as many.
    pub(super) fn new(a_second: u32, now: Instant) -> Self {
        Self {
            every: Duration::from_secs(1) / a_second.max(1),
            burst: Duration::from_secs(2),
            paid_at: now,
        }
    }

    /// When the next message may be read.
    pub(super) fn ready_at(&self) -> Instant {
        self.paid_at + self.every - self.burst
    }

    /// A message was read.
    pub(super) fn spend(&mut self, now: Instant) {
        self.paid_at = self.paid_at.max(now) + self.every;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_read_at_once_and_the_rest_steadily() {
        let now = Instant::now() + Duration::from_hours(1);
        let mut pace = Pace::new(10, now);
        for _ in 0..20 {
            assert!(pace.ready_at() <= now);
            pace.spend(now);
        }
        assert_eq!(pace.ready_at(), now + Duration::from_millis(100));

        let later = now + Duration::from_mins(1);
        for _ in 0..20 {
            assert!(pace.ready_at() <= later);
            pace.spend(later);
        }
        assert!(pace.ready_at() > later);
    }
}
