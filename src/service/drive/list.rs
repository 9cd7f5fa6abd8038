//! A visit of a stage that runs for each item of a list, as its run holds it: the items, the attempts at them that are
//! open, and what they have brought. Whoever takes the run up reads what the visit has come to ([`Each::resume`]): an
//! item that has ended is not called for again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::super::Deps;
use super::advance::{self, Sources, Which};
use super::attempt::Attempt;
use super::{feedback, item};
use crate::domain::context::{Entry, Failed, Left};
use crate::domain::feedback::Feedback;
use crate::domain::items::Items;
use crate::domain::lineage::By;
use crate::domain::source::Places;
use crate::domain::status::{AttemptStatus, ItemState};
use crate::entity::{execution, execution_item, execution_log};
use crate::error::Result;
use crate::service::tx::outlast;
use crate::store;

/// The visit of a list that a run is in.
#[derive(Clone, Debug)]
pub struct Each {
    /// The order of its stage, and which visit of that.
    pub(super) visit: (i32, i32),
    /// So many items may be under way at the same time.
    pub(super) concurrency: usize,
    pub(super) list: Arc<Vec<Value>>,
    pub(super) items: Items,
    pub(super) open: BTreeMap<i32, Box<Attempt>>,
    /// The items of which a call is under way.
    pub(super) called: BTreeSet<i32>,
    /// What items that have passed brought; an item that was null brought nothing.
    pub(super) accepted: BTreeMap<i32, Arc<Entry>>,
    /// What the item left that the visit has failed with.
    pub(super) failure: Option<Left>,
    /// What the last failures of items that counted left, where the stage asks for it.
    pub(super) feedback: BTreeMap<i32, Arc<Feedback>>,
    /// Does the stage ask for it?
    pub(super) hears: bool,
    /// Was a pause asked for when the last change was made? Then nothing begins.
    pub(super) rests: bool,
}

impl Each {
    /// The visit that a run is in.
    pub(super) fn visit(run: &execution::Model) -> (i32, i32) {
        let order = run.current_stage_order.unwrap_or_default();
        (order, run.current_visit)
    }

    /// The visit that the run begins; none where its stage has no list, or one without items.
    pub(super) fn begin(run: &execution::Model, sources: Sources<'_>) -> Option<Self> {
        let visit = Self::visit(run);
        let stage = sources.definition.stage(visit.0)?;
        let each = stage.each(&sources.definition.keys())?;
        let list = each
            .items(&Places::new(
                sources.inputs,
                sources.context,
                sources.definition.template_syntax.nulls(),
            ))
            .ok()
            .filter(|list| !list.is_empty())?;
        Some(Self {
            visit,
            concurrency: each.concurrency,
            items: Items::new(list.len(), each.skips),
            list: Arc::new(list),
            open: BTreeMap::new(),
            called: BTreeSet::new(),
            accepted: BTreeMap::new(),
            failure: None,
            feedback: BTreeMap::new(),
            hears: stage.retry_prompt().is_some(),
            rests: false,
        })
    }

    /// The visit as others have left it.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub(super) async fn resume(
        mut self,
        deps: &Deps,
        (run, sources): (&execution::Model, Sources<'_>),
    ) -> Result<Self> {
        let db = deps.store.reader();
        let rows = outlast(&deps.clock, || {
            store::execution_item::of_visit(db, run.user_id, run.id, self.visit)
        });
        for row in rows.await? {
            self.items.set(row.item_index, item::read(&row));
        }
        let attempts = outlast(&deps.clock, || {
            store::execution_log::of_items(db, run.user_id, run.id, self.visit)
        });
        let mut last: BTreeMap<i32, Uuid> = BTreeMap::new();
        for attempt in attempts.await? {
            let mut item = self.items.get(attempt.item);
            item.is_interrupted = attempt.status == AttemptStatus::Interrupted;
            if item.state == ItemState::New {
                item.state = ItemState::Open;
            }
            self.items.set(attempt.item, item);
            last.insert(attempt.item, attempt.id);
        }
        self.reopen(deps, (run, sources)).await?;
        self.read_accepted(deps, run, &last).await?;
        self.read_failure(deps, run, &last).await?;
        self.read_feedback(deps, run).await?;
        Ok(self)
    }

    /// Opens the attempts whose answers wait for their judge. One that has none was cut off.
    async fn reopen(
        &mut self,
        deps: &Deps,
        (run, sources): (&execution::Model, Sources<'_>),
    ) -> Result<()> {
        let db = deps.store.reader();
        let open = outlast(&deps.clock, || {
            store::execution_log::all_open(db, run.user_id, run.id)
        });
        let stage = advance::pinned_stage(sources.definition, self.visit.0)?;
        for log in open.await? {
            let Some(index) = log.item_index else {
                continue;
            };
            let mut item = self.items.get(index);
            item.is_interrupted = log.raw_output.is_none();
            self.items.set(index, item);
            let which = self.which(index).filter(|_| !item.is_interrupted);
            let Some(which) = which else {
                continue;
            };
            let attempt = Attempt {
                prepared: advance::prepare_item(stage, sources, which),
                log,
                passes: false,
                item_count: i32::try_from(which.count).ok(),
            };
            self.open.insert(index, Box::new(attempt));
        }
        Ok(())
    }

    async fn read_accepted(
        &mut self,
        deps: &Deps,
        run: &execution::Model,
        last: &BTreeMap<i32, Uuid>,
    ) -> Result<()> {
        let passed = self.items.iter();
        let passed = passed.filter(|(_, item)| item.state == ItemState::Passed);
        let passed = passed.filter_map(|(index, _)| Some((index, *last.get(&index)?)));
        let passed: Vec<(i32, Uuid)> = passed.collect();
        let ids: Vec<_> = passed.iter().map(|(_, id)| *id).collect();
        let db = deps.store.reader();
        let entries = outlast(&deps.clock, || {
            store::context::of_items(db, run.user_id, &ids)
        });
        let mut entries = entries.await?;
        for (index, id) in passed {
            if let Some(entry) = entries.remove(&id) {
                self.accepted.insert(index, entry);
            }
        }
        Ok(())
    }

    async fn read_failure(
        &mut self,
        deps: &Deps,
        run: &execution::Model,
        last: &BTreeMap<i32, Uuid>,
    ) -> Result<()> {
        let failed = self.items.failed().and_then(|index| last.get(&index));
        let Some(id) = failed else {
            return Ok(());
        };
        let db = deps.store.reader();
        let failure = outlast(&deps.clock, || store::context::failed(db, run.user_id, *id));
        self.failure = failure.await?;
        Ok(())
    }

    async fn read_feedback(&mut self, deps: &Deps, run: &execution::Model) -> Result<()> {
        if self.hears && self.items.iter().any(|(_, item)| item.failures > 0) {
            let db = deps.store.reader();
            let failures = outlast(&deps.clock, || {
                store::execution_log::item_failures(db, run.user_id, run.id, self.visit)
            });
            for log in failures.await? {
                self.hear(&log);
            }
        }
        Ok(())
    }

    /// Takes note of what a failure left, if it counted.
    fn hear(&mut self, log: &execution_log::Model) {
        if let Some(index) = log
            .item_index
            .filter(|_| self.hears && log.counted == Some(true))
        {
            let left = Arc::new(feedback::left_by(log));
            self.feedback.insert(index, left);
        }
    }

    /// The next attempt to make a call for, which counts as called from then on.
    pub fn next_call(&mut self, now: DateTime<Utc>) -> Option<Box<Attempt>> {
        let index = *self.uncalled(now).next()?;
        self.called.insert(index);
        self.open.get(&index).cloned()
    }

    /// How many calls may be made beside those that are under way, with slots for them.
    #[must_use]
    pub fn wants(&self, now: DateTime<Utc>) -> usize {
        let due = now.timestamp_millis();
        let begun = self.to_begin();
        let begun = begun.iter().filter(|(_, at)| *at <= due && !self.rests);
        let most = self.concurrency.saturating_sub(self.called.len());
        most.min(self.uncalled(now).count() + begun.count())
    }

    /// When the next wait of an item ends, in milliseconds since 1970; none where none waits, or as many are
    /// under way as may be.
    #[must_use]
    pub fn next_due(&self, now: DateTime<Utc>) -> Option<i64> {
        let waits = self.waits().filter(|at| *at > now.timestamp_millis());
        waits.min().filter(|_| self.called.len() < self.concurrency)
    }

    /// The rows of the items for whose outages no time counts from `now` on, until the next calls, as far as that
    /// changes them.
    pub(super) fn stopped(
        &self,
        run: &execution::Model,
        now: DateTime<Utc>,
    ) -> Vec<execution_item::Model> {
        let mut items = self.items.clone();
        let stopped: BTreeSet<_> = items.stop(now.timestamp_millis()).into_iter().collect();
        let visit = item::Visit::of(run);
        let rows = stopped.into_iter();
        rows.map(|index| item::row(visit, index, &items.get(index)))
            .collect()
    }

    /// The attempts that are open.
    pub(super) fn open(&self) -> impl Iterator<Item = &Attempt> {
        self.open.values().map(Box::as_ref)
    }

    /// The size of what its items have brought so far, in bytes.
    pub(super) fn accepted_size(&self) -> usize {
        self.accepted.values().map(|entry| entry.size()).sum()
    }

    /// Follows a change that was written.
    pub(super) fn follow(
        &mut self,
        items: &[execution_item::Model],
        accepted: Vec<(i32, Option<Arc<Entry>>)>,
        logs: &[execution_log::Model],
    ) {
        for row in items {
            self.items.set(row.item_index, item::read(row));
        }
        let accepted = accepted.into_iter();
        self.accepted
            .extend(accepted.filter_map(|(index, entry)| Some((index, entry?))));
        for log in logs {
            let Some(index) = log.item_index else {
                continue;
            };
            match self.open.get_mut(&index) {
                Some(attempt) if log.status == AttemptStatus::Started => attempt.log = log.clone(),
                _ => drop(self.open.remove(&index)),
            }
            if log.status == AttemptStatus::Finished {
                self.hear(log);
            }
            if self.items.failed() == Some(index) {
                self.failure = Some(left_by(log));
            }
        }
    }

    /// Follows the start of an attempt.
    pub(super) fn open_one(&mut self, index: i32, attempt: Box<Attempt>) {
        let mut item = self.items.get(index);
        (item.state, item.due_at, item.is_interrupted) = (ItemState::Open, None, false);
        self.items.set(index, item);
        self.open.insert(index, attempt);
    }

    pub(super) fn which(&self, index: i32) -> Option<Which<'_>> {
        let item = self.list.get(usize::try_from(index).ok()?)?;
        Some(Which {
            item,
            index,
            count: self.list.len(),
        })
    }

    /// The items whose open attempts a call may be made for.
    fn uncalled(&self, now: DateTime<Utc>) -> impl Iterator<Item = &i32> {
        let due = move |index: i32| self.items.get(index).due_at.unwrap_or(0);
        let now = now.timestamp_millis();
        let open = self.open.keys();
        open.filter(move |index| !self.called.contains(*index) && due(**index) <= now)
    }

    fn to_begin(&self) -> Vec<(i32, i64)> {
        let open = self.open.keys().copied().collect();
        self.items.to_begin(&open)
    }

    /// Until when items wait of which no call is under way.
    fn waits(&self) -> impl Iterator<Item = i64> {
        let open = self.open.keys();
        let open = open.filter(|index| !self.called.contains(*index));
        let open = open.map(|index| self.items.get(*index).due_at.unwrap_or(0));
        open.chain(self.to_begin().into_iter().map(|(_, at)| at))
    }
}

/// What an attempt leaves that its visit fails with: the answer, if it had come to its end, and what was said of it.
pub(super) fn left_by(log: &execution_log::Model) -> Left {
    let index = log.item_index.and_then(|index| usize::try_from(index).ok());
    let broke_off = log.error_message.is_some() && !log.keeps_answer;
    let raw = if broke_off { "" } else { log.answer() };
    let notes = log.error_message.as_ref().or(log.validator_notes.as_ref());
    Left::Failed(Arc::new(Failed {
        raw: raw.to_owned(),
        notes: notes.cloned(),
        index,
        by: By::One(log.id),
    }))
}
