//! The items of one visit of a stage that runs for each: which have ended, which wait, and what the visit has come
//! to. An item is to its stage what a visit is to a run: it has failures, outages and waits of its own.
//!
//! 1. Items begin in the order of the list. One whose attempt did not pass is tried again as a stage would be.
//! 2. An item that has no attempts left is passed over, or it fails the visit: then no other begins, and none is
//!    tried again, but an attempt that was interrupted is made once more.
//! 3. The visit has ended when every item has, or when it has failed and nothing is open.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::definition::Stage;
use super::progress::{Retry, count};
use super::retry::{JudgeTries, Outcome};
use super::status::ItemState as State;
use super::streak::{Patience, Streak};

/// One item of the list, as its visit has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Item {
    pub state: State,
    /// Failures that count against the stage's retry limit.
    pub failures: i32,
    /// The calls in a row that failed by the connection's fault.
    pub streak: Streak,
    /// How often the judge of its open answer was asked in vain.
    pub judge: JudgeTries,
    /// Milliseconds since 1970 before which it is not tried again, nor its judge asked.
    pub due_at: Option<i64>,
    /// Was its last attempt cut off?
    pub is_interrupted: bool,
}

/// The items of one visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Items {
    items: Vec<Item>,
    /// Are items that have no attempts left passed over?
    skips: bool,
}

/// What a visit has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Every item has passed, or was passed over.
    Passed,
    /// This item had no attempts left.
    Failed(i32),
}

impl Items {
    /// As many items, none of which has begun.
    #[must_use]
    pub fn new(count: usize, skips: bool) -> Self {
        Self {
            items: vec![Item::default(); count],
            skips,
        }
    }

    /// How many there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.items.len()
    }

    /// The item at `index`; one that has not begun where there is none.
    #[must_use]
    pub fn get(&self, index: i32) -> Item {
        let index = usize::try_from(index).ok();
        let item = index.and_then(|index| self.items.get(index));
        item.copied().unwrap_or_default()
    }

    /// Puts an item in the place of what it was.
    pub fn set(&mut self, index: i32, item: Item) {
        let index = usize::try_from(index).ok();
        if let Some(known) = index.and_then(|index| self.items.get_mut(index)) {
            *known = item;
        }
    }

    /// Every item with its index.
    pub fn iter(&self) -> impl Iterator<Item = (i32, &Item)> {
        (0..).zip(&self.items)
    }

    /// The item that the visit has failed with.
    #[must_use]
    pub fn failed(&self) -> Option<i32> {
        let failed = self.iter().find(|(_, item)| item.state == State::Failed);
        failed.map(|(index, _)| index)
    }

    /// Counts the outcome of an attempt for an item, and finds whether another follows.
    pub fn conclude(
        &mut self,
        index: i32,
        (stage, outcome): (&Stage, &Outcome),
        patience: Patience,
    ) -> Option<Retry> {
        let has_failed = self.failed().is_some();
        let mut item = Item {
            state: State::Open,
            judge: JudgeTries::default(),
            due_at: None,
            is_interrupted: false,
            ..self.get(index)
        };
        let counted = (&mut item.failures, &mut item.streak);
        let wait = count(counted, (stage, outcome), patience);
        item.state = match (outcome, wait) {
            (Outcome::Pass { .. }, _) => State::Passed,
            (_, None) if self.skips => State::Skipped,
            (_, None) if !has_failed => State::Failed,
            _ => State::Open,
        };
        let wait = wait.filter(|_| !has_failed);
        if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
            let wait = TimeDelta::from_std(wait).unwrap_or(TimeDelta::zero());
            item.due_at = Some((patience.now + wait).timestamp_millis());
        }
        self.set(index, item);
        wait.map(|wait| Retry::of(wait, outcome))
    }

    /// No time counts from `now` on until the next calls. Answers the items that this changed.
    pub fn stop(&mut self, now: i64) -> Vec<i32> {
        let mut changed = Vec::new();
        for (index, item) in (0..).zip(&mut self.items) {
            for streak in [&mut item.streak, &mut item.judge.streak] {
                if let Some(outage) = &mut streak.outage
                    && outage.counts_until > now
                {
                    outage.counts_until = now;
                    changed.push(index);
                }
            }
        }
        changed
    }

    /// What the visit has come to, once it has ended: `open` are the items of which an attempt is.
    #[must_use]
    pub fn ended(&self, open: &BTreeSet<i32>) -> Option<Ended> {
        if !open.is_empty() {
            return None;
        }
        if let Some(failed) = self.failed() {
            let waits = self.items.iter().any(|item| goes_on(item, true));
            return (!waits).then_some(Ended::Failed(failed));
        }
        let ended = |item: &Item| matches!(item.state, State::Passed | State::Skipped);
        self.items.iter().all(ended).then_some(Ended::Passed)
    }

    /// The items of which an attempt may begin, those first that have had one, and from when on; none of those
    /// that are `open`.
    #[must_use]
    pub fn to_begin(&self, open: &BTreeSet<i32>) -> Vec<(i32, i64)> {
        let has_failed = self.failed().is_some();
        let waits =
            |(index, item): &(i32, &Item)| goes_on(item, has_failed) && !open.contains(index);
        let mut found: Vec<_> = self.iter().filter(waits).collect();
        found.sort_by_key(|(_, item)| item.state == State::New);
        let due = |(index, item): (i32, &Item)| (index, item.due_at.unwrap_or(0));
        found.into_iter().map(due).collect()
    }
}

/// Is there an attempt to come for an item, unless one is open?
const fn goes_on(item: &Item, has_failed: bool) -> bool {
    match item.state {
        State::New => !has_failed,
        State::Open => !has_failed || item.is_interrupted,
        State::Passed | State::Skipped | State::Failed => false,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::DateTime;
    use serde_json::{from_value, json};

    use super::super::streak::FailedCall;
    use super::*;

    const PATIENCE: Patience = Patience {
        outage: Duration::from_mins(15),
        now: DateTime::UNIX_EPOCH,
        jitter: 0.5,
    };

    fn stage(retry_limit: i32) -> Stage {
        from_value(json!({
            "id": "00000000-0000-0000-0000-000000000001", "stageOrder": 1, "name": null,
            "promptTemplate": "x", "modelId": null, "modelIdentifierForFlowise": null,
            "validationType": "NONE", "validationCriteria": null, "outputVariables": null,
            "inputVariableMapping": null, "retryLimit": retry_limit, "nextStageOnPass": null,
            "nextStageOnFail": null, "flowiseConfig": null,
        }))
        .expect("a stage")
    }

    fn pass() -> Outcome {
        Outcome::Pass { notes: None }
    }

    fn fail() -> Outcome {
        Outcome::Fail { notes: None }
    }

    fn busy() -> Outcome {
        Outcome::Transport {
            error: "busy".to_owned(),
            call: FailedCall {
                began: DateTime::UNIX_EPOCH,
                spoke: false,
                retry_after: Some(Duration::from_secs(10)),
            },
        }
    }

    /// Concludes attempts for items one after the other; says of each whether another follows.
    fn after(items: &mut Items, retries: i32, outcomes: &[(i32, Outcome)]) -> Vec<bool> {
        let stage = stage(retries);
        let conclude = |(index, outcome): &(i32, Outcome)| {
            let retry = items.conclude(*index, (&stage, outcome), PATIENCE);
            retry.is_some()
        };
        outcomes.iter().map(conclude).collect()
    }

    fn indexes(items: &Items, open: &[i32]) -> Vec<i32> {
        let open = open.iter().copied().collect();
        items.to_begin(&open).iter().map(|(at, _)| *at).collect()
    }

    fn ended(items: &Items, open: &[i32]) -> Option<Ended> {
        items.ended(&open.iter().copied().collect())
    }

    #[test]
    fn items_begin_in_the_order_of_the_list_and_those_that_are_tried_again_come_first() {
        let mut items = Items::new(4, false);
        assert_eq!(indexes(&items, &[0]), [1, 2, 3]);
        assert_eq!(after(&mut items, 1, &[(1, fail())]), [true]);
        assert_eq!(indexes(&items, &[0]), [1, 2, 3]);
        assert_eq!(after(&mut items, 1, &[(2, busy())]), [true]);
        assert_eq!(indexes(&items, &[0]), [1, 2, 3]);
        assert_eq!(
            after(&mut items, 1, &[(0, pass()), (1, pass())]),
            [false; 2]
        );
        assert_eq!(indexes(&items, &[]), [2, 3]);
        let due = items.to_begin(&BTreeSet::new())[0].1;
        assert!((10_000..12_000).contains(&due), "{due}");
        assert_eq!(ended(&items, &[]), None);
        after(&mut items, 1, &[(2, pass()), (3, pass())]);
        assert_eq!(ended(&items, &[]), Some(Ended::Passed));
    }

    #[test]
    fn every_item_has_failures_of_its_own() {
        let mut items = Items::new(2, false);
        let both = [
            (0, fail()),
            (1, fail()),
            (0, fail()),
            (1, fail()),
            (0, fail()),
        ];
        assert_eq!(after(&mut items, 2, &both), [true, true, true, true, false]);
        assert_eq!(items.failed(), Some(0));
    }

    #[test]
    fn an_item_that_fails_ends_the_visit_when_what_is_under_way_has_finished() {
        let mut items = Items::new(5, false);
        assert_eq!(after(&mut items, 0, &[(1, fail())]), [false]);
        assert_eq!(indexes(&items, &[0, 2]), [] as [i32; 0]);
        assert_eq!(ended(&items, &[0, 2]), None);
        // Another that fails, or would be tried again, changes nothing.
        assert_eq!(
            after(&mut items, 9, &[(2, fail()), (0, busy())]),
            [false; 2]
        );
        assert_eq!(ended(&items, &[]), Some(Ended::Failed(1)));
        let mut cut_off = items.get(2);
        cut_off.is_interrupted = true;
        items.set(2, cut_off);
        assert_eq!((indexes(&items, &[]), ended(&items, &[])), (vec![2], None));
        assert_eq!(after(&mut items, 9, &[(2, fail())]), [false]);
        assert_eq!(ended(&items, &[]), Some(Ended::Failed(1)));
    }

    #[test]
    fn an_item_that_fails_is_passed_over_where_the_stage_says_so() {
        let mut items = Items::new(2, true);
        assert_eq!(after(&mut items, 0, &[(0, fail())]), [false]);
        assert_eq!((items.failed(), indexes(&items, &[])), (None, vec![1]));
        let hopeless = Outcome::Hopeless {
            error: "no".to_owned(),
        };
        after(&mut items, 0, &[(1, hopeless)]);
        assert_eq!(ended(&items, &[]), Some(Ended::Passed));
    }
}
