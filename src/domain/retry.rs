//! What follows an attempt that did not pass, or a judge without a verdict: whether to try again, and when.

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

/// Why a model that judges gave no verdict on an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoVerdict {
    /// Its answer is none. It may do better when it is asked again.
    Unreadable { error: String },
    /// The call failed by the connection's fault.
    Unreachable {
        error: String,
        retry_after: Option<Duration>,
    },
    /// Another call would end alike.
    Hopeless { error: String },
}

/// How often the judge of one answer was asked in vain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JudgeTries {
    /// Calls in a row that failed by the connection's fault: a row of the judge's own.
    pub failures: i32,
    /// Answers that were no verdict, in a row or not.
    pub unreadable: i32,
}

impl JudgeTries {
    /// Counts a call without a verdict. Answers the wait before the judge is asked again.
    ///
    /// # Errors
    /// What has become of the attempt when the judge is not asked again. A judge that nobody reaches has
    /// failed the stage: another answer would wait for it in vain. One that is broken otherwise counts
    /// against the retry limit.
    pub fn again(self, failure: NoVerdict, jitter: f64) -> Result<(Self, Duration), Outcome> {
        match failure {
            NoVerdict::Unreadable { .. } if self.unreadable < MAX_UNREADABLE_VERDICTS - 1 => {
                let tries = Self {
                    failures: 0,
                    unreadable: self.unreadable + 1,
                };
                Ok((tries, Duration::ZERO))
            }
            NoVerdict::Unreadable { error } | NoVerdict::Hopeless { error } => {
                let error = no_verdict(&error);
                Err(Outcome::Unusable { error })
            }
            NoVerdict::Unreachable { error, retry_after } => {
                let failures = self.failures + 1;
                match transport_wait(failures, retry_after, jitter) {
                    Some(wait) => Ok((Self { failures, ..self }, wait)),
                    None => Err(Outcome::Hopeless {
                        error: no_verdict(&error),
                    }),
                }
            }
        }
    }
}

/// So many calls in a row may fail by the connection's fault before the stage has failed.
pub const MAX_TRANSPORT_FAILURES: i32 = 5;
/// So many answers of a judge to one output may be no verdict before it counts as broken.
pub const MAX_UNREADABLE_VERDICTS: i32 = 3;
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

/// The wait after the `failures`th transport failure in a row; none when there is no further try. What
/// the provider asks for is a lower bound: the wait is never shorter than the backoff, and runs that were
/// asked to wait for the same moment come back one by one, spread over a tenth of the wait.
#[must_use]
pub fn transport_wait(
    failures: i32,
    retry_after: Option<Duration>,
    jitter: f64,
) -> Option<Duration> {
    if failures >= MAX_TRANSPORT_FAILURES || retry_after > Some(MAX_RETRY_AFTER) {
        return None;
    }
    let backoff = backoff(failures, jitter);
    Some(match retry_after {
        Some(asked) => {
            let spread = (asked / 10).clamp(BACKOFF_BASE, BACKOFF_CAP);
            asked.max(backoff) + spread.mul_f64(jitter.clamp(0.0, 1.0))
        }
        None => backoff,
    })
}

fn no_verdict(why: &str) -> String {
    format!("the judge gave no verdict: {why}")
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
        let spread = Duration::from_secs(15);
        assert_eq!(transport_wait(4, None, 1.0), Some(Duration::from_secs(4)));
        assert_eq!(transport_wait(5, None, 1.0), None);
        assert_eq!(transport_wait(1, hour, 0.5), hour.map(|hour| hour + spread));
        assert_eq!(
            transport_wait(1, hour.map(|wait| wait + Duration::from_secs(1)), 0.5),
            None
        );
    }

    #[test]
    fn no_wait_is_shorter_than_the_backoff_and_none_ends_for_all_at_once() {
        let millis = |asked, failures, jitter| {
            let wait = transport_wait(failures, Some(Duration::from_millis(asked)), jitter);
            wait.expect("another try").as_millis()
        };
        assert_eq!(millis(0, 1, 0.5), 250 + 250);
        assert_eq!(millis(0, 4, 0.5), 2000 + 250);
        assert_eq!(millis(1000, 4, 1.0), 4000 + 500);
        assert_eq!(millis(60_000, 1, 0.0), 60_000);
        assert_eq!(millis(60_000, 1, 0.5), 63_000);
    }

    #[test]
    fn a_judge_has_a_row_of_failures_and_two_further_tries_of_its_own() {
        let unreadable = || NoVerdict::Unreadable {
            error: "maybe".to_owned(),
        };
        let unreachable = || NoVerdict::Unreachable {
            error: "503".to_owned(),
            retry_after: None,
        };
        let mut tries = JudgeTries::default();
        for failures in 1..MAX_TRANSPORT_FAILURES {
            (tries, _) = tries.again(unreachable(), 0.5).expect("another try");
            assert_eq!(tries.failures, failures);
        }
        let used_up = tries.again(unreachable(), 0.5).expect_err("used up");
        assert!(matches!(used_up, Outcome::Hopeless { .. }), "{used_up:?}");

        // An answer ends the row, but the judge does not get more than two further tries by that.
        (tries, _) = tries.again(unreadable(), 0.5).expect("another try");
        assert_eq!(tries.failures, 0);
        (tries, _) = tries.again(unreadable(), 0.5).expect("another try");
        (tries, _) = tries.again(unreachable(), 0.5).expect("another try");
        let broken = tries.again(unreadable(), 0.5).expect_err("broken");
        assert!(matches!(broken, Outcome::Unusable { .. }), "{broken:?}");
    }
}
