//! What follows an attempt that did not pass, or a judge without a verdict: whether to try again, and when.

use std::time::Duration;

use super::status::ValidationResult;
use super::streak::{FailedCall, Patience, Streak};

/// How an attempt ended, by what it means for the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The verdict is yes.
    Pass { notes: Option<String> },
    /// The verdict is no. Counts against the stage's retry limit.
    Fail { notes: Option<String> },
    /// No verdict, by the model's fault: unparsable, cut off, empty, without end, a broken judge. Counts
    /// against the stage's retry limit.
    Unusable { error: String },
    /// No verdict, by the connection's fault. Tried again after a while, as the [`Streak`] of such calls has it.
    Transport { error: String, call: FailedCall },
    /// No verdict, and another try would end alike.
    Hopeless { error: String },
}

impl Outcome {
    /// Does it count against the stage's retry limit?
    #[must_use]
    pub const fn counts(&self) -> bool {
        match self {
            Self::Fail { .. } | Self::Unusable { .. } => true,
            Self::Pass { .. } | Self::Transport { .. } | Self::Hopeless { .. } => false,
        }
    }

    /// The result that its attempt shows.
    #[must_use]
    pub const fn result(&self) -> ValidationResult {
        match self {
            Self::Pass { .. } => ValidationResult::Pass,
            Self::Fail { .. } => ValidationResult::Fail,
            Self::Unusable { .. } | Self::Transport { .. } | Self::Hopeless { .. } => {
                ValidationResult::Error
            }
        }
    }

    /// Why the attempt did not pass, where anybody said so.
    #[must_use]
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Fail { notes } => notes.as_deref(),
            Self::Pass { .. } => None,
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
    Unreachable { error: String, call: FailedCall },
    /// Another call would end alike.
    Hopeless { error: String },
}

/// How often the judge of one answer was asked in vain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JudgeTries {
    /// Calls in a row that failed by the connection's fault: the judge's own.
    pub streak: Streak,
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
    pub fn again(
        self,
        failure: NoVerdict,
        patience: Patience,
    ) -> Result<(Self, Duration), Outcome> {
        match failure {
            NoVerdict::Unreadable { .. } if self.unreadable < MAX_UNREADABLE_VERDICTS - 1 => {
                let tries = Self {
                    streak: Streak::default(),
                    unreadable: self.unreadable + 1,
                };
                Ok((tries, Duration::ZERO))
            }
            NoVerdict::Unreadable { error } | NoVerdict::Hopeless { error } => {
                let error = no_verdict(&error);
                Err(Outcome::Unusable { error })
            }
            NoVerdict::Unreachable { error, call } => {
                let (streak, wait) = self.streak.fail(call, patience);
                match wait {
                    Some(wait) => Ok((Self { streak, ..self }, wait)),
                    None => Err(Outcome::Hopeless {
                        error: no_verdict(&error),
                    }),
                }
            }
        }
    }
}

/// So many answers of a judge to one output may be no verdict before it counts as broken.
pub const MAX_UNREADABLE_VERDICTS: i32 = 3;
/// A longer wait than this holds no slot: the run gives up its lease.
pub const MAX_WAIT_IN_SLOT: Duration = Duration::from_secs(5);

fn no_verdict(why: &str) -> String {
    format!("the judge gave no verdict: {why}")
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::super::streak::MAX_BROKEN_CALLS;
    use super::*;

    #[test]
    fn a_judge_has_failures_of_its_own_and_two_further_tries() {
        let now = DateTime::UNIX_EPOCH;
        let patience = Patience {
            outage: Duration::ZERO,
            now,
            jitter: 0.5,
        };
        let unreadable = || NoVerdict::Unreadable {
            error: "maybe".to_owned(),
        };
        let cut = || NoVerdict::Unreachable {
            error: "cut".to_owned(),
            call: FailedCall {
                began: now,
                spoke: true,
                retry_after: None,
            },
        };
        let mut tries = JudgeTries::default();
        for failures in 1..MAX_BROKEN_CALLS {
            (tries, _) = tries.again(cut(), patience).expect("another try");
            assert_eq!(tries.streak.broken, failures);
        }
        let used_up = tries.again(cut(), patience).expect_err("used up");
        assert!(matches!(used_up, Outcome::Hopeless { .. }), "{used_up:?}");

        // An answer ends the streak, but the judge does not get more than two further tries by that.
        (tries, _) = tries.again(unreadable(), patience).expect("another try");
        assert_eq!(tries.streak, Streak::default());
        (tries, _) = tries.again(unreadable(), patience).expect("another try");
        (tries, _) = tries.again(cut(), patience).expect("another try");
        let broken = tries.again(unreadable(), patience).expect_err("broken");
        assert!(matches!(broken, Outcome::Unusable { .. }), "{broken:?}");
    }
}
