//! The calls in a row that failed, as they stand in a run's row: of the model, or of the judge of its answer. An
//! outage is of whoever is asked: the model's has ended when its judge is.
//!
//! A version that knows no outages counts failures in one column, up to five, and sets it to zero when a call is
//! answered. While an outage lasts, that column is below zero: so such a version tries again for some time, and
//! what it leaves of an outage that its answer has ended is not believed.

use chrono::{DateTime, Utc};

use crate::domain::streak::{Outage, Streak};
use crate::entity::execution;

/// The calls of the model.
pub(super) fn of_model(run: &execution::Model) -> Streak {
    read(run, run.transport_failures)
}

/// The calls of the judge.
pub(super) fn of_judge(run: &execution::Model) -> Streak {
    read(run, run.judge_failures)
}

/// Writes down the calls of the model; its judge was not asked since.
pub(super) fn keep_of_model(run: &mut execution::Model, streak: Streak) {
    (run.transport_failures, run.judge_failures) = (count(streak), 0);
    keep_outage(run, streak);
}

/// Writes down the calls of the judge, for which the model has answered.
pub(super) fn keep_of_judge(run: &mut execution::Model, streak: Streak) {
    (run.transport_failures, run.judge_failures) = (0, count(streak));
    keep_outage(run, streak);
}

/// No time counts from now on until the next call.
pub(super) fn stop(run: &mut execution::Model, now: DateTime<Utc>) {
    let counts_until = run.outage_counts_until;
    run.outage_counts_until = counts_until.map(|until| until.min(now.timestamp_millis()));
}

fn read(run: &execution::Model, count: i32) -> Streak {
    let moments = run.outage_since.zip(run.outage_counts_until);
    read_count(count, (moments, run.outage_calls))
}

/// Calls in a row as columns have them: their count, and the outage that it may be about.
pub(in crate::service) fn read_count(
    count: i32,
    (moments, calls): (Option<(i64, i64)>, i32),
) -> Streak {
    if count >= 0 {
        return Streak {
            broken: count,
            outage: None,
        };
    }
    Streak {
        broken: -1 - count,
        outage: moments.map(|(since, counts_until)| Outage {
            since,
            counts_until,
            calls,
        }),
    }
}

pub(super) const fn count(streak: Streak) -> i32 {
    match streak.outage {
        None => streak.broken,
        Some(_) => -1 - streak.broken,
    }
}

fn keep_outage(run: &mut execution::Model, streak: Streak) {
    run.outage_since = streak.outage.map(|outage| outage.since);
    run.outage_counts_until = streak.outage.map(|outage| outage.counts_until);
    run.outage_calls = streak.outage.map_or(0, |outage| outage.calls);
}
