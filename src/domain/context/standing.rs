//! Which of a run's attempts have left what stands in its context.

use std::collections::BTreeMap;

use crate::domain::status::{ExecutionStatus, Reason, ValidationResult};

/// An attempt of a run, as far as the context depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Past<Id> {
    pub id: Id,
    pub stage_order: i32,
    pub visit: i32,
    /// The item of the stage's list that it was about; none where there is no list.
    pub item: Option<i32>,
    pub result: ValidationResult,
    /// Does its answer stand should its visit end without a verdict?
    pub keeps_answer: bool,
}

/// What has left what stands in the context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing<Id> {
    pub from: From<Id>,
    pub stage_order: i32,
    /// It came to no verdict, or to an item that failed the visit.
    pub failed: bool,
}

/// The attempts that it is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From<Id> {
    /// The one that ended the visit; of a list that failed, the last one for the item that did.
    One(Id),
    /// Of each item of a list the one that passed; none of an item that was passed over.
    Items(Vec<Option<Id>>),
}

/// What is known of the lists of a run's stages beside its attempts.
pub struct Lists<'a> {
    /// Is an item of the stage at this order passed over that has no attempts left?
    pub skips: &'a dyn Fn(i32) -> bool,
    /// The item that a visit of a stage has failed with.
    pub failed: &'a dyn Fn((i32, i32)) -> Option<i32>,
}

impl<Id: Copy> Standing<Id> {
    /// The attempts that it is made from.
    pub fn attempts(&self) -> impl Iterator<Item = Id> {
        let (one, items) = match &self.from {
            From::One(id) => (Some(*id), &[][..]),
            From::Items(items) => (None, items.as_slice()),
        };
        one.into_iter().chain(items.iter().copied().flatten())
    }
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
    lists: &Lists<'_>,
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
        let (stands, failed, from) = if attempt.item.is_some() {
            // The last attempt of a visit of a list speaks for all of them.
            let brought = (ended && index < count).then(|| list(&attempts[..=index], lists));
            match brought.flatten() {
                Some((from, failed)) => (true, failed, from),
                None => continue,
            }
        } else {
            let (stands, failed) = match attempt.result {
                ValidationResult::Pass => (true, false),
                ValidationResult::Fail => (ended, false),
                ValidationResult::Error => (ended && attempt.keeps_answer, true),
                ValidationResult::Pending => (false, false),
            };
            (stands, failed, From::One(attempt.id))
        };
        let before = found.get(&order).copied();
        let is_newest = match before {
            None => true,
            Some(has_output) => !failed && !has_output,
        };
        if index < count && stands && is_newest {
            found.insert(order, !failed);
            standing.push(Standing {
                from,
                stage_order: order,
                failed,
            });
        }
    }
    standing.reverse();
    standing
}

/// What the visit of a list has left that ended with the last of these attempts, and whether it failed.
fn list<Id: Copy>(attempts: &[Past<Id>], lists: &Lists<'_>) -> Option<(From<Id>, bool)> {
    let last = attempts.last()?;
    let visit = (last.stage_order, last.visit);
    let of_visit = attempts.iter().rev();
    let of_visit = of_visit.take_while(|it| (it.stage_order, it.visit) == visit);
    let mut items = BTreeMap::new();
    for attempt in of_visit {
        items
            .entry(attempt.item?)
            .or_insert((attempt.id, attempt.result));
    }
    let passed =
        |(id, result): &(Id, ValidationResult)| (*result == ValidationResult::Pass).then_some(*id);
    let brought: Vec<_> = items.values().map(passed).collect();
    if (lists.skips)(visit.0) || brought.iter().all(Option::is_some) {
        return Some((From::Items(brought), false));
    }
    let failed = (lists.failed)(visit)?;
    items.get(&failed).map(|(id, _)| (From::One(*id), true))
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

    const NO_LISTS: Lists<'_> = Lists {
        skips: &|_| false,
        failed: &|_| None,
    };

    #[test]
    fn of_a_list_the_last_visit_stands_in_which_every_item_has_passed() {
        use ValidationResult::{Error, Fail, Pass, Pending};
        let of_item = |id, visit, item, result| Past {
            item: Some(item),
            ..past(id, (1, visit), result)
        };
        let attempts = [
            of_item(1, 1, 1, Pass),
            of_item(2, 1, 0, Error),
            of_item(3, 1, 0, Pass),
            past(4, (2, 1), Pass),
            of_item(5, 2, 1, Fail),
            of_item(6, 2, 0, Pass),
            past(7, (2, 2), Pass),
            past(8, (1, 3), Pass),
            of_item(9, 4, 0, Pending),
        ];
        let stands = |count: usize, skips: bool| {
            let lists = Lists {
                skips: &|_| skips,
                failed: &|visit| (visit == (1, 2)).then_some(1),
            };
            let standing = standing(&attempts, count, Some((1, 4)), &lists);
            let of_list = standing.into_iter().filter(|it| it.stage_order == 1);
            of_list.map(|it| (it.from, it.failed)).collect::<Vec<_>>()
        };
        assert_eq!(stands(2, false), [], "under way");
        let first = (From::Items(vec![Some(3), Some(1)]), false);
        assert_eq!(stands(3, false), std::slice::from_ref(&first));
        assert_eq!(stands(7, false), [first, (From::One(5), true)]);
        let skipped = (From::Items(vec![Some(6), None]), false);
        assert_eq!(stands(7, true), [skipped]);
        assert_eq!(stands(9, true), [(From::One(8), false)], "an empty list");
    }

    fn past(id: u32, (stage_order, visit): (i32, i32), result: ValidationResult) -> Past<u32> {
        Past {
            id,
            stage_order,
            visit,
            item: None,
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
        let stands = |count, open| ids(&standing(&attempts, count, open, &NO_LISTS));
        assert_eq!(stands(8, Some((3, 1))), [2, 6]);
        assert_eq!(stands(4, Some((3, 1))), [2, 4]);
        assert!(stands(1, Some((3, 1))).is_empty());
        // A fail that a pause keeps from its next attempt has ended no visit, the run's last one has.
        let waiting = &attempts[..7];
        let of = |open| ids(&standing(waiting, 7, open, &NO_LISTS)).contains(&7);
        assert!(!of(Some((3, 1))));
        assert!(of(Some((3, 2))));
        assert!(of(None));
    }

    fn ids(standing: &[Standing<u32>]) -> Vec<u32> {
        standing.iter().flat_map(Standing::attempts).collect()
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
        let stands = |count, open| ids(&standing(&attempts, count, open, &NO_LISTS));
        // What broke off leaves what was left before as it is.
        assert_eq!(stands(9, Some((3, 3))), [1, 3, 5, 6]);
        assert_eq!(stands(9, None), [1, 3, 5, 6, 9]);
        assert_eq!(stands(4, None), [1, 3, 4]);
        assert_eq!(stands(2, None), [1]);
        let failed: Vec<_> = standing(&attempts, 9, None, &NO_LISTS)
            .iter()
            .map(|it| it.failed)
            .collect();
        assert_eq!(failed, [false, true, true, false, true]);
        let mended = [kept(1, (1, 1)), past(2, (1, 2), Fail), kept(3, (1, 3))];
        assert_eq!(ids(&standing(&mended, 2, None, &NO_LISTS)), [2]);
        assert_eq!(ids(&standing(&mended, 3, None, &NO_LISTS)), [2, 3]);
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
