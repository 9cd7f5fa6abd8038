//! Time, fresh ids and jitter as inputs, so that a test can hold the clock in its hand.
//!
//! Timestamps are whole milliseconds of UTC: SQLite has no time type, and what both databases
//! store must compare alike.

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use tokio::sync::watch;
use uuid::Uuid;

/// What the system's clock counts [`Clock::uptime`] from.
static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Where this process gets its time, ids and randomness from. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Manual(Arc<watch::Sender<DateTime<Utc>>>),
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `start` until [`Clock::advance`] moves it.
    #[must_use]
    pub fn manual(start: DateTime<Utc>) -> Self {
        Self(Source::Manual(Arc::new(watch::Sender::new(
            start.trunc_subsecs(3),
        ))))
    }

    /// Now, in whole milliseconds.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Source::System => system_now().trunc_subsecs(3),
            Source::Manual(time) => *time.borrow(),
        }
    }

    /// Time since some moment in the past, for telling how long something took: it goes on steadily when
    /// the machine's clock is set anew.
    #[must_use]
    pub fn uptime(&self) -> Duration {
        match &self.0 {
            Source::System => STARTED.elapsed(),
            Source::Manual(time) => (*time.borrow() - DateTime::UNIX_EPOCH)
                .to_std()
                .unwrap_or_default(),
        }
    }

    /// Moves a manual clock forward and wakes whoever sleeps on it. The system clock ignores it.
    pub fn advance(&self, by: Duration) {
        if let Source::Manual(time) = &self.0 {
            time.send_modify(|now| *now += TimeDelta::from_std(by).unwrap_or(TimeDelta::MAX));
        }
    }

    /// Returns at `deadline` by this clock, at once when it has passed.
    pub async fn sleep_until(&self, deadline: DateTime<Utc>) {
        match &self.0 {
            Source::System => {
                if let Ok(rest) = (deadline - self.now()).to_std() {
                    tokio::time::sleep(rest).await;
                }
            }
            Source::Manual(time) => {
                let mut time = time.subscribe();
                // The sender lives in `self`, so waiting cannot fail while this borrow lasts.
                let _ = time.wait_for(|now| *now >= deadline).await;
            }
        }
    }

    /// A fresh id, ordered by the time of its making (UUID version 7, RFC 9562).
    #[must_use]
    pub fn new_id(&self) -> Uuid {
        fresh_id()
    }

    /// A fresh random number in `0.0..1.0`, for jitter.
    #[must_use]
    pub fn jitter(&self) -> f64 {
        random()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the machine's clock"
)]
fn system_now() -> DateTime<Utc> {
    Utc::now()
}

#[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
fn fresh_id() -> Uuid {
    Uuid::now_v7()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that draws random numbers"
)]
fn random() -> f64 {
    rand::random()
}
