//! Calls of a model that fail by the connection's fault, one after the other: whether there is another, and when.
//!
//! Two things are counted, and a call that is answered ends both:
//! 1. Calls that broke off after the first word of their answer. The provider is there, and is paid for every
//!    one: [`MAX_BROKEN_CALLS`] are enough.
//! 2. Calls that failed before it: an outage, which is waited out. It has failed the stage when it has lasted as
//!    long as the operator set and [`LEAST_CALLS`] have failed in it.
//!
//! How long an outage has lasted is decided when a call fails, from two moments that the run's row keeps. Its
//! clock runs from `since` and stands from `counts_until` on, until the next call begins: then `since` moves on by
//! the time between. So a call counts, and so do our own waits; what the provider asks for does not, nor a pause,
//! nor the queue, nor a call that its process did not survive.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// So many calls in a row may break off after their first word before the stage has failed.
pub const MAX_BROKEN_CALLS: i32 = 5;
/// So many calls have failed in an outage before it may fail the stage.
pub const LEAST_CALLS: i32 = 5;
/// A provider that asks for a longer wait than this has failed the stage.
pub const MAX_RETRY_AFTER: Duration = Duration::from_hours(1);

const BACKOFF_BASE: Duration = Duration::from_millis(500);
const BACKOFF_CAP: Duration = Duration::from_mins(1);
/// Runs that were asked to wait for the same moment come back over so long at most.
const SPREAD_CAP: Duration = Duration::from_secs(30);

/// A call that failed by the connection's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailedCall {
    pub began: DateTime<Utc>,
    /// Had the answer begun?
    pub spoke: bool,
    /// How long the provider asked to be left alone.
    pub retry_after: Option<Duration>,
}

/// What whether to call again depends on beside the calls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Patience {
    /// How long an outage may last.
    pub outage: Duration,
    pub now: DateTime<Utc>,
    /// A random number in `0.0..1.0`.
    pub jitter: f64,
}

/// Calls in a row that failed by the connection's fault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Streak {
    /// Those that broke off after the first word.
    pub broken: i32,
    /// The outage that those before it are.
    pub outage: Option<Outage>,
}

/// Calls that failed before the first word of an answer. Moments are milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// When it began, later by all the time that does not count.
    pub since: i64,
    /// Time counts up to this moment, and again when the next call begins.
    pub counts_until: i64,
    /// How many calls failed.
    pub calls: i32,
}

impl Streak {
    /// Counts a call that failed. Answers the wait before the next one, none when there is none.
    #[must_use]
    pub fn fail(self, call: FailedCall, patience: Patience) -> (Self, Option<Duration>) {
        let streak = self.counted(call, patience.now);
        let (failures, used_up) = match streak.outage {
            Some(outage) if !call.spoke => (outage.calls, outage.is_used_up(patience)),
            _ => (streak.broken, streak.broken >= MAX_BROKEN_CALLS),
        };
        if used_up || call.retry_after > Some(MAX_RETRY_AFTER) {
            return (streak, None);
        }
        let most = streak.outage.and_then(|outage| outage.left(patience));
        let (own, wait) = waits(failures, call.retry_after, (patience.jitter, most));
        let counts_until = millis(patience.now).saturating_add(whole_millis(own));
        let outage = streak.outage.map(|outage| Outage {
            counts_until,
            ..outage
        });
        (Self { outage, ..streak }, Some(wait))
    }

    fn counted(self, call: FailedCall, now: DateTime<Utc>) -> Self {
        let since = millis(now);
        let began = Outage {
            since,
            counts_until: since,
            calls: 0,
        };
        let outage = match self.outage {
            Some(outage) => Some(outage.resumed(millis(call.began))),
            None => (!call.spoke).then_some(began),
        };
        Self {
            broken: self.broken + i32::from(call.spoke),
            outage: outage.map(|outage| Outage {
                calls: outage.calls + i32::from(!call.spoke),
                ..outage
            }),
        }
    }
}

impl Outage {
    /// Its clock goes on.
    fn resumed(self, at: i64) -> Self {
        let stood = at.saturating_sub(self.counts_until).max(0);
        Self {
            since: self.since.saturating_add(stood),
            ..self
        }
    }

    fn is_used_up(self, patience: Patience) -> bool {
        self.calls >= LEAST_CALLS && self.left(patience).is_none()
    }

    /// How long it may last from now on; none where it has lasted as long as it may.
    fn left(self, patience: Patience) -> Option<Duration> {
        let lasted = millis(patience.now).saturating_sub(self.since);
        let left = whole_millis(patience.outage).saturating_sub(lasted);
        let left = u64::try_from(left).ok().filter(|left| *left > 0);
        left.map(Duration::from_millis)
    }
}

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

/// The wait after the `failures`th failure in a row: first our own part of it, then the whole. What the provider
/// asks for is a lower bound: the wait is never shorter than the backoff, and runs that were asked to wait for the
/// same moment come back one by one, spread over a tenth of the wait. Our own backoff is no longer than the outage
/// may still last, where it is told that: the call that decides comes at its end.
fn waits(
    failures: i32,
    asked: Option<Duration>,
    (jitter, most): (f64, Option<Duration>),
) -> (Duration, Duration) {
    let backoff = backoff(failures, jitter).min(most.unwrap_or(Duration::MAX));
    let Some(asked) = asked else {
        return (backoff, backoff);
    };
    let spread = (asked / 10).clamp(BACKOFF_BASE, SPREAD_CAP);
    let own = backoff.saturating_sub(asked) + spread.mul_f64(jitter.clamp(0.0, 1.0));
    (own, asked + own)
}

const fn millis(moment: DateTime<Utc>) -> i64 {
    moment.timestamp_millis()
}

fn whole_millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUARTER: Duration = Duration::from_mins(15);

    fn at(seconds: u64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::from_secs(1_900_000_000 + seconds)
    }

    fn patience(seconds: u64, jitter: f64) -> Patience {
        Patience {
            outage: QUARTER,
            now: at(seconds),
            jitter,
        }
    }

    /// A call that failed at once.
    fn refused(seconds: u64) -> FailedCall {
        FailedCall {
            began: at(seconds),
            spoke: false,
            retry_after: None,
        }
    }

    fn asked(seconds: u64, wait: u64) -> FailedCall {
        FailedCall {
            retry_after: Some(Duration::from_secs(wait)),
            ..refused(seconds)
        }
    }

    fn broken(seconds: u64) -> FailedCall {
        FailedCall {
            spoke: true,
            ..refused(seconds)
        }
    }

    /// The streak after these calls, each of which failed as soon as it began and was followed by another.
    fn after(calls: &[FailedCall], jitter: f64) -> Streak {
        let mut streak = Streak::default();
        for call in calls {
            let patience = Patience {
                now: call.began,
                ..patience(0, jitter)
            };
            let wait;
            (streak, wait) = streak.fail(*call, patience);
            assert!(wait.is_some(), "{streak:?} after {call:?}");
        }
        streak
    }

    fn ends(streak: Streak, call: FailedCall) -> bool {
        let patience = Patience {
            now: call.began,
            ..patience(0, 0.5)
        };
        streak.fail(call, patience).1.is_none()
    }

    #[test]
    fn backoff_doubles_up_to_its_cap_and_scales_with_jitter() {
        let whole = |failures| backoff(failures, 1.0).as_millis();
        assert_eq!([1, 2, 3, 4, 5].map(whole), [500, 1000, 2000, 4000, 8000]);
        assert_eq!([8, 40, i32::MAX].map(whole), [60_000; 3]);
        assert_eq!(backoff(2, 0.25).as_millis(), 250);
        assert_eq!(backoff(3, 0.0), Duration::ZERO);
    }

    #[test]
    fn no_wait_is_shorter_than_the_backoff_and_none_ends_for_all_at_once() {
        let millis = |asked, failures, jitter| {
            let asked_for = Some(Duration::from_millis(asked));
            let (own, wait) = waits(failures, asked_for, (jitter, None));
            assert_eq!(own + Duration::from_millis(asked), wait);
            wait.as_millis()
        };
        assert_eq!(millis(0, 1, 0.5), 250 + 250);
        assert_eq!(millis(0, 4, 0.5), 2000 + 250);
        assert_eq!(millis(1000, 4, 1.0), 4000 + 500);
        assert_eq!(millis(60_000, 1, 0.0), 60_000);
        assert_eq!(millis(60_000, 1, 0.5), 63_000);
        assert_eq!(millis(3_600_000, 1, 0.5), 3_615_000);
    }

    #[test]
    fn a_provider_that_asks_for_more_than_an_hour_ends_the_tries() {
        assert!(!ends(Streak::default(), asked(0, 3600)));
        assert!(ends(Streak::default(), asked(0, 3601)));
    }

    #[test]
    fn an_outage_ends_the_tries_when_it_has_lasted_and_enough_calls_failed() {
        let at_once = after(&[refused(0); 20], 0.5);
        assert!(!ends(at_once, refused(19)));
        // Between two calls no more time counts than our own wait is long.
        let long = after(&[refused(0)], 0.5);
        assert!(!ends(long, refused(100_000)), "one call before");
        let calls: Vec<_> = (0..16).map(|minute| refused(minute * 60)).collect();
        let outage = after(&calls, 1.0).outage.unwrap();
        assert_eq!(
            (outage.calls, outage.since >= at(0).timestamp_millis()),
            (16, true)
        );
        let four = Outage {
            since: at(0).timestamp_millis(),
            counts_until: at(5000).timestamp_millis(),
            calls: 3,
        };
        let streak = |calls| Streak {
            outage: Some(Outage { calls, ..four }),
            broken: 0,
        };
        assert!(!ends(streak(3), refused(4000)), "four calls");
        assert!(!ends(streak(4), refused(899)), "too soon");
        assert!(ends(streak(4), refused(900)));
    }

    #[test]
    fn no_wait_of_our_own_is_longer_than_what_is_left_of_the_outage() {
        let outage = |since| Outage {
            since: at(since).timestamp_millis(),
            counts_until: at(5000).timestamp_millis(),
            calls: 9,
        };
        let wait = |now, call: FailedCall| {
            let streak = Streak {
                outage: Some(outage(0)),
                broken: 0,
            };
            streak.fail(call, patience(now, 1.0)).1
        };
        assert_eq!(wait(800, refused(800)), Some(BACKOFF_CAP));
        assert_eq!(wait(893, refused(893)), Some(Duration::from_secs(7)));
        assert_eq!(wait(900, refused(900)), None);
        // What the provider asks for is kept to, and does not count.
        let asked_for = wait(893, asked(893, 60));
        assert!(asked_for >= Some(Duration::from_mins(1)), "{asked_for:?}");
        // Where an outage has lasted and too few calls failed, the waits are as they were.
        let few = Streak {
            outage: Some(Outage {
                calls: 1,
                ..outage(0)
            }),
            broken: 0,
        };
        let (_, wait) = few.fail(refused(901), patience(901, 1.0));
        assert_eq!(wait, Some(Duration::from_secs(1)));
    }

    #[test]
    fn what_does_not_count_moves_the_beginning_on() {
        let since = |streak: Streak| {
            let outage = streak.outage.unwrap();
            (outage.since - at(0).timestamp_millis()) / 1000
        };
        let first = after(&[refused(0)], 0.5);
        // The wait of 0.25 s counts, the queue behind it does not.
        let outage = first.outage.unwrap();
        assert_eq!(outage.counts_until - outage.since, 250);
        let (second, _) = first.fail(refused(100), patience(130, 0.5));
        assert_eq!(since(second), 99, "a call counts from its beginning");
        // Asked to wait for 60 s, of which 3 are ours.
        let waits = after(&[asked(0, 60)], 0.5);
        let outage = waits.outage.unwrap();
        assert_eq!(outage.counts_until - outage.since, 3000);
        let (second, _) = waits.fail(refused(63), patience(63, 0.5));
        assert_eq!(since(second), 60);
        // A clock that is behind gives no time back.
        let (second, _) = first.fail(refused(0), patience(0, 0.5));
        assert_eq!(since(second), 0);
    }

    #[test]
    fn five_broken_calls_in_a_row_end_the_tries_whatever_fails_between_them() {
        let four = after(&[broken(0); 4], 0.5);
        assert_eq!((four.broken, four.outage), (4, None));
        assert!(ends(four, broken(1)));
        let (five, _) = four.fail(refused(1), patience(1, 0.5));
        assert!(five.outage.is_some_and(|outage| outage.calls == 1));
        assert!(ends(five, broken(2)), "a refusal answers nothing");
        assert!(!ends(five, refused(2)));
    }

    #[test]
    fn a_broken_call_neither_ends_an_outage_nor_is_one_of_its_calls() {
        let began = after(&[refused(0)], 0.5);
        let (streak, wait) = began.fail(broken(10), patience(20, 1.0));
        let outage = streak.outage.unwrap();
        assert_eq!(outage.calls, 1);
        assert_eq!(wait, Some(BACKOFF_BASE));
        // Its time counts like that of another call.
        assert_eq!(outage.counts_until - outage.since, 10_000 + 250 + 500);
    }
}
