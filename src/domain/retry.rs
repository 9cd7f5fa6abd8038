//! What follows an attempt that did not pass: whether to try again, and when.

use std::time::Duration;

/// How an attempt ended, by what it means for the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The verdict is yes.
    Pass { notes: Option<String> },
    /// The verdict is no. Counts against the stage's retry limit.
    Fail { notes: Option<String> },
    /// No verdict, by the model's fault: unparsable, cut off, empty, a broken judge. Counts against
    /// the stage's retry limit.
    Unusable { error: String },
    /// No verdict, by the connection's fault. Tried again after a while, up to
    /// [`MAX_TRANSPORT_FAILURES`] calls in a row.
    Transport {
        error: String,
        retry_after: Option<Duration>,
    },
    /// No verdict, and another try would end alike.
    Hopeless { error: String },
}

impl Outcome {
    /// Why no verdict was reached; none when one was.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        match self {
            Self::Pass { .. } | Self::Fail { .. } => None,
            Self::Unusable { error } | Self::Transport { error, .. } | Self::Hopeless { error } => {
                Some(error)
            }
        }
    }
}

/// So many calls in a row may fail by the connection's fault before the stage has failed.
pub const MAX_TRANSPORT_FAILURES: i32 = 5;
/// A provider that asks for a longer wait than this has failed the stage.
pub const MAX_RETRY_AFTER: Duration = Duration::from_hours(1);
/// A longer wait than this holds no slot: the run gives up its lease.
pub const MAX_WAIT_IN_SLOT: Duration = Duration::from_secs(5);

const BACKOFF_BASE: Duration = Duration::from_millis(500);
const BACKOFF_CAP: Duration = Duration::from_secs(30);

/// The wait before the try after the `failures`th failure in a row: full jitter, as in Marc
/// Brooker's "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015). `jitter` is in `0.0..1.0`.
#[must_use]
pub fn backoff(failures: i32, jitter: f64) -> Duration {
    let doublings = u32::try_from(failures.saturating_sub(1)).unwrap_or(0);
    let ceiling = BACKOFF_BASE
        .saturating_mul(2_u32.saturating_pow(doublings))
        .min(BACKOFF_CAP);
    ceiling.mul_f64(jitter.clamp(0.0, 1.0))
}

/// The wait after the `failures`th transport failure in a row; none when there is no further try.
#[must_use]
pub fn transport_wait(
    failures: i32,
    retry_after: Option<Duration>,
    jitter: f64,
) -> Option<Duration> {
    if failures >= MAX_TRANSPORT_FAILURES || retry_after > Some(MAX_RETRY_AFTER) {
        return None;
    }
    Some(retry_after.unwrap_or_else(|| backoff(failures, jitter)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_up_to_its_cap_and_scales_with_jitter() {
        let whole = |failures| backoff(failures, 1.0).as_millis();
        assert_eq!([1, 2, 3, 4, 5].map(whole), [500, 1000, 2000, 4000, 8000]);
        assert_eq!(whole(40), 30_000);
        assert_eq!(backoff(2, 0.25).as_millis(), 250);
        assert_eq!(backoff(3, 0.0), Duration::ZERO);
    }

    #[test]
    fn the_fifth_failure_in_a_row_and_a_very_long_wait_end_the_tries() {
        let hour = Some(MAX_RETRY_AFTER);
        assert_eq!(transport_wait(4, None, 1.0), Some(Duration::from_secs(4)));
        assert_eq!(transport_wait(5, None, 1.0), None);
        assert_eq!(transport_wait(1, hour, 0.5), hour);
        assert_eq!(
            transport_wait(1, hour.map(|wait| wait + Duration::from_secs(1)), 0.5),
            None
        );
    }
}
