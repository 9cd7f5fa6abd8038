//! Which of a run's attempts have left what stands in its context.

use std::collections::BTreeMap;

use crate::domain::status::{ExecutionStatus, Reason, ValidationResult};

/// An attempt of a run, as far as the context depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Past<Id> {
    pub id: Id,
    pub stage_order: i32,
    pub visit: i32,
    pub result: ValidationResult,
    /// Does its answer stand should its visit end without a verdict?
    pub keeps_answer: bool,
}

/// An attempt that has left what stands in the context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing<Id> {
    pub id: Id,
    pub stage_order: i32,
    /// It came to no verdict.
    pub failed: bool,
}

/// The attempts that have left what stands in the context, in the order in which they left it: of each stage the last
/// one that ended a visit with a verdict, and what ended one without since. `attempts` are all of the run, oldest
/// first; only the first `count` of them are counted, so that the context is as it was before the next one. `open` is
/// the visit that has not ended ([`open_visit`]).
#[must_use]
pub fn standing<Id: Copy>(
    attempts: &[Past<Id>],
    count: usize,
    open: Option<(i32, i32)>,
) -> Vec<Standing<Id>> {
    let mut standing = Vec::new();
    let mut later = BTreeMap::new();
    // By stage, whether there is an output: what came before it does not stand.
    let mut found: BTreeMap<i32, bool> = BTreeMap::new();
    for (index, attempt) in attempts.iter().enumerate().rev() {
        let order = attempt.stage_order;
        let ended = match later.insert(order, attempt.visit) {
            Some(visit) => visit != attempt.visit,
            None => open != Some((order, attempt.visit)),
        };
        let (stands, failed) = match attempt.result {
            ValidationResult::Pass => (true, false),
            ValidationResult::Fail => (ended, false),
            ValidationResult::Error => (ended && attempt.keeps_answer, true),
            ValidationResult::Pending => (false, false),
        };
        let before = found.get(&order).copied();
        let is_newest = match before {
            None => true,
            Some(has_output) => !failed && !has_output,
        };
        if index < count && stands && is_newest {
            found.insert(order, !failed);
            standing.push(Standing {
                id: attempt.id,
                stage_order: order,
                failed,
            });
        }
    }
    standing.reverse();
    standing
}

/// The visit that a run is in, its stage's order and its number; none once the verdict of a stage has ended
/// the run.
#[must_use]
pub fn open_visit(
    (status, reason): (ExecutionStatus, Option<&str>),
    (order, visit): (Option<i32>, i32),
) -> Option<(i32, i32)> {
    let by_verdict = match status {
        ExecutionStatus::Completed => true,
        ExecutionStatus::Failed => [Reason::StageFailed, Reason::LoopLimit]
            .iter()
            .any(|by| reason == Some(by.as_str())),
        ExecutionStatus::Pending
        | ExecutionStatus::Running
        | ExecutionStatus::Paused
        | ExecutionStatus::Cancelled => false,
    };
    order.filter(|_| !by_verdict).map(|order| (order, visit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(id: u32, (stage_order, visit): (i32, i32), result: ValidationResult) -> Past<u32> {
        Past {
            id,
            stage_order,
            visit,
            result,
            keeps_answer: false,
        }
    }

    #[test]
    fn of_each_stage_the_last_verdict_that_ended_a_visit_stands() {
        use ValidationResult::{Error, Fail, Pass, Pending};
        let attempts = [
            past(1, (1, 1), Fail),
            past(2, (1, 1), Pass),
            past(3, (2, 1), Error),
            past(4, (2, 1), Fail),
            past(5, (1, 2), Error),
            past(6, (2, 2), Pass),
            past(7, (3, 1), Fail),
            past(8, (3, 1), Pending),
        ];
        let stands = |count, open| ids(&standing(&attempts, count, open));
        assert_eq!(stands(8, Some((3, 1))), [2, 6]);
        assert_eq!(stands(4, Some((3, 1))), [2, 4]);
        assert!(stands(1, Some((3, 1))).is_empty());
        // A fail that a pause keeps from its next attempt has ended no visit, the run's last one has.
        let waiting = &attempts[..7];
        let of = |open| ids(&standing(waiting, 7, open)).contains(&7);
        assert!(!of(Some((3, 1))));
        assert!(of(Some((3, 2))));
        assert!(of(None));
    }

    fn ids(standing: &[Standing<u32>]) -> Vec<u32> {
        standing.iter().map(|it| it.id).collect()
    }

    #[test]
    fn what_ended_a_visit_without_a_verdict_stands_beside_the_output_before_it() {
        use ValidationResult::{Error, Fail, Pass};
        let kept = |id, at| Past {
            keeps_answer: true,
            ..past(id, at, Error)
        };
        let attempts = [
            past(1, (1, 1), Pass),
            kept(2, (2, 1)),
            kept(3, (2, 1)),
            past(4, (3, 1), Pass),
            kept(5, (1, 2)),
            past(6, (3, 2), Fail),
            past(7, (2, 2), Error),
            past(8, (2, 2), Error),
            kept(9, (3, 3)),
        ];
        let stands = |count, open| ids(&standing(&attempts, count, open));
        // What broke off leaves what was left before as it is.
        assert_eq!(stands(9, Some((3, 3))), [1, 3, 5, 6]);
        assert_eq!(stands(9, None), [1, 3, 5, 6, 9]);
        assert_eq!(stands(4, None), [1, 3, 4]);
        assert_eq!(stands(2, None), [1]);
        let failed: Vec<_> = standing(&attempts, 9, None)
            .iter()
            .map(|it| it.failed)
            .collect();
        assert_eq!(failed, [false, true, true, false, true]);
        let mended = [kept(1, (1, 1)), past(2, (1, 2), Fail), kept(3, (1, 3))];
        assert_eq!(ids(&standing(&mended, 2, None)), [2]);
        assert_eq!(ids(&standing(&mended, 3, None)), [2, 3]);
    }

    #[test]
    fn a_visit_is_open_until_a_verdict_ends_the_run() {
        let at = |status, reason: Option<Reason>| {
            open_visit((status, reason.map(Reason::as_str)), (Some(2), 3))
        };
        for (status, reason) in [
            (ExecutionStatus::Completed, None),
            (ExecutionStatus::Failed, Some(Reason::StageFailed)),
            (ExecutionStatus::Failed, Some(Reason::LoopLimit)),
        ] {
            assert_eq!(at(status, reason), None);
        }
        for (status, reason) in [
            (ExecutionStatus::Running, None),
            (ExecutionStatus::Paused, Some(Reason::PauseRequested)),
            (ExecutionStatus::Cancelled, Some(Reason::Cancelled)),
            (ExecutionStatus::Failed, Some(Reason::CrashLimit)),
        ] {
            assert_eq!(at(status, reason), Some((2, 3)));
        }
    }
}
