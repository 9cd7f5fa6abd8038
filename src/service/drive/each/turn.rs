//! What a run makes of calls for items that have ended, and of slots for others: one change, computed without the
//! database.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::advance::{self, Finished, Sources, go_on};
use super::super::change::{Change, Fence};
use super::super::lease::Lease;
use super::super::list::{Each, left_by};
use super::super::{Deps, feedback, item};
use super::{Settled, no_list};
use crate::domain::context::{Entry, Left};
use crate::domain::definition::Stage;
use crate::domain::event::Event;
use crate::domain::feedback::Feedback;
use crate::domain::items::{Ended, Item, Items};
use crate::domain::progress::{Circumstances, Conclusion, Next};
use crate::domain::retry::{JudgeTries, Outcome};
use crate::domain::source::Places;
use crate::domain::status::{ItemState, Reason};
use crate::domain::streak::{Patience, Streak};
use crate::entity::execution_log;
use crate::error::{Error, Result};

/// The change that ends these attempts, or keeps their answers, and starts others, so that at most `slots` calls
/// are made then.
///
/// # Errors
/// `Internal` when the pinned definition lacks the stage.
pub(super) fn turn(
    deps: &Deps,
    lease: &Lease,
    (settled, slots): (&[Settled], usize),
    (fence, patience): (Fence, Patience),
) -> Result<Change> {
    let each = lease.each.as_ref().ok_or_else(no_list)?;
    let mut run = lease.run.clone();
    run.next_run_at = None;
    run.pause_requested = fence.pause_requested;
    let mut turn = Turn {
        deps,
        lease,
        each,
        stage: advance::pinned_stage(&lease.definition, each.visit.0)?,
        fence,
        patience,
        items: each.items.clone(),
        open: each.open.keys().copied().collect(),
        accepted: each.accepted_size(),
        changed: BTreeSet::new(),
        finished: None,
        change: Change::of(run, fence.guard, Next::Attempt),
    };
    for settled in settled {
        turn.settle(settled);
    }
    match turn.items.ended(&turn.open) {
        Some(ended) => turn.leave(ended)?,
        None => turn.go_on(slots)?,
    }
    turn.save_items();
    Ok(turn.change)
}

struct Turn<'a> {
    deps: &'a Deps,
    lease: &'a Lease,
    each: &'a Each,
    stage: &'a Stage,
    fence: Fence,
    patience: Patience,
    items: Items,
    /// The items of which an attempt is open.
    open: BTreeSet<i32>,
    /// The size of what was accepted, in bytes.
    accepted: usize,
    changed: BTreeSet<i32>,
    /// Where among the events the last attempt ended, and its log.
    finished: Option<(usize, execution_log::Model)>,
    change: Change,
}

impl Turn<'_> {
    fn settle(&mut self, settled: &Settled) {
        match settled {
            Settled::Finished(finished) => self.finish(Finished::clone(finished)),
            Settled::Answered(log) => {
                let fresh = |item: Item| Item {
                    streak: Streak::default(),
                    judge: JudgeTries::default(),
                    due_at: None,
                    ..item
                };
                self.change_item(settled.index(), fresh);
                self.change.logs.push(log.as_ref().clone());
            }
            Settled::NoVerdict(log, failure) => {
                let tries = self.items.get(settled.index()).judge;
                match tries.again(failure.clone(), self.patience) {
                    Ok((judge, wait)) => {
                        let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
                        let due = self.patience.now.timestamp_millis().saturating_add(wait);
                        let due_at = (wait > 0).then_some(due);
                        let waits = |item: Item| Item {
                            judge,
                            due_at,
                            ..item
                        };
                        self.change_item(settled.index(), waits);
                        self.change.logs.push(log.as_ref().clone());
                    }
                    Err(outcome) => self.finish(Finished {
                        log: log.as_ref().clone(),
                        outcome,
                        output: None,
                    }),
                }
            }
        }
    }

    fn change_item(&mut self, index: i32, change: impl Fn(Item) -> Item) {
        self.items.set(index, change(self.items.get(index)));
        self.changed.insert(index);
    }

    /// Ends an attempt.
    fn finish(&mut self, finished: Finished) {
        let Finished {
            mut log,
            mut outcome,
            output,
        } = finished;
        let index = log.item_index.unwrap_or_default();
        if let (Outcome::Pass { .. }, Some(entry)) = (&outcome, &output) {
            // Others may have been accepted since its own call looked for room.
            let context = &self.lease.context;
            match context.make_room_beside(self.each.visit.0, self.accepted, entry) {
                Ok(()) => self.accepted += entry.size(),
                Err(error) => outcome = Outcome::Hopeless { error },
            }
        }
        let retry = self
            .items
            .conclude(index, (self.stage, &outcome), self.patience);
        self.changed.insert(index);
        self.open.remove(&index);
        if let Outcome::Pass { .. } = outcome {
            self.change.accepted.push((index, output));
        }
        let (result, now) = (outcome.result(), self.patience.now);
        log.counted = Some(outcome.counts());
        advance::conclude_log(&mut log, result, outcome, now);
        self.change.events.push(Event::StageFinished {
            attempt: advance::attempt(&log),
            validation_result: result,
            next_stage_order: Some(self.each.visit.0),
            route_value: None,
        });
        self.finished = Some((self.change.events.len() - 1, log.clone()));
        if let Some(retry) = retry {
            let retry_at = now + retry.wait;
            self.change.events.push(Event::StageRetryScheduled {
                stage_order: log.stage_order,
                attempt_number: log.attempt_number + 1,
                item_index: log.item_index,
                retry_at,
                reason: Some(retry.reason),
            });
        }
        self.change.logs.push(log);
        (self.change.run.crash_count, self.change.run.let_go_count) = (0, 0);
    }

    fn save_items(&mut self) {
        let visit = item::Visit::of(&self.lease.run);
        let rows = self.changed.iter();
        let rows = rows.map(|index| item::row(visit, *index, &self.items.get(*index)));
        self.change.items = rows.collect();
    }

    /// Ends the visit: on to the stage that follows, or to the end.
    fn leave(&mut self, ended: Ended) -> Result<()> {
        let (event, log) = self.finished.take().ok_or_else(nothing_left)?;
        let outcome = match ended {
            Ended::Passed => Outcome::Pass { notes: None },
            Ended::Failed(index) => Outcome::Hopeless {
                error: self.why(index),
            },
        };
        let left = match ended {
            Ended::Passed => Some(Left::Output {
                entry: Arc::new(Entry::of_items(&self.outputs())),
                notes: None,
            }),
            Ended::Failed(index) => self.failure(index),
        };
        self.change.kept = left.map(|left| (self.each.visit.0, left));
        let nulls = self.lease.definition.template_syntax.nulls();
        let context = self.lease.context_with(self.change.kept.as_ref());
        let places = Places::new(&self.lease.inputs, &context, nulls);
        let circumstances = Circumstances {
            definition: &self.lease.definition,
            places: &places,
            visits: &|order| self.lease.visits(order),
            until: advance::until(&self.change.run),
            max_stage_visits: self.deps.limits.max_stage_visits,
            pause_requested: self.fence.pause_requested,
            patience: self.patience,
        };
        let position = advance::position(&self.change.run);
        let (position, next, value) = position.leave(self.stage, &outcome, &circumstances);
        let conclusion = Conclusion {
            result: outcome.result(),
            retry: None,
            next,
            position,
            ends_visit: true,
            counts: outcome.counts(),
            route_value: value,
        };
        advance::stand_at(&mut self.change.run, conclusion.position);
        if let Some(Event::StageFinished {
            next_stage_order,
            route_value,
            ..
        }) = self.change.events.get_mut(event)
        {
            *next_stage_order = conclusion.next_stage_order();
            route_value.clone_from(&conclusion.route_value);
        }
        let (run, events) = (&mut self.change.run, &mut self.change.events);
        self.change.next = go_on(run, &log, conclusion, self.patience.now, events);
        if self.change.next == Next::Attempt {
            let so_far = (Some(&log), self.change.kept.as_ref());
            let attempt = self
                .lease
                .next_attempt(self.deps, &self.change.run, so_far)?;
            self.change.start([attempt]);
        }
        Ok(())
    }

    /// What the items brought, in the order of the list.
    fn outputs(&self) -> Vec<Option<Arc<Entry>>> {
        let passed = |index| {
            let now = self.change.accepted.iter();
            let mut now = now.filter(|(accepted, _)| *accepted == index);
            match now.next() {
                Some((_, entry)) => entry.clone(),
                None => self.each.accepted.get(&index).cloned(),
            }
        };
        let items = self.items.iter();
        items.map(|(index, _)| passed(index)).collect()
    }

    /// What the item left that the visit has failed with.
    fn failure(&self, index: i32) -> Option<Left> {
        let mut now = self.change.logs.iter();
        let now = now.rfind(|log| log.item_index == Some(index));
        now.map(left_by).or_else(|| self.each.failure.clone())
    }

    /// Why the visit has failed.
    fn why(&self, index: i32) -> String {
        let notes = match self.failure(index) {
            Some(Left::Failed(failed)) => failed.notes.clone(),
            Some(Left::Output { .. }) | None => None,
        };
        let why = notes.as_deref().unwrap_or("its output is not valid");
        format!("item {index}: {why}")
    }

    /// Goes on with the visit.
    fn go_on(&mut self, slots: usize) -> Result<()> {
        let now = self.patience.now.timestamp_millis();
        let due = |index: i32| self.items.get(index).due_at.unwrap_or(0);
        let is_called = |index: &i32| self.each.called.contains(index) || due(*index) <= now;
        // Attempts that are open and wait for nothing hold, or take, a slot each.
        let calls = self.open.iter().filter(|index| is_called(index)).count();
        if self.fence.pause_requested {
            if calls == 0 {
                self.change.run.next_run_at = self.next_due();
                self.rest(Reason::PauseRequested, true);
                self.change.next = Next::Pause;
            }
            return Ok(());
        }
        let most = slots.min(self.each.concurrency).saturating_sub(calls);
        let next = self.items.to_begin(&self.open).into_iter();
        let next = next.filter(|(_, at)| *at <= now).map(|(index, _)| index);
        let next: Vec<i32> = next.take(most).collect();
        if calls == 0 && next.is_empty() {
            return self.wait();
        }
        let mut attempts = Vec::with_capacity(next.len());
        for index in next {
            let which = self.each.which(index).ok_or_else(nothing_left)?;
            let number = self.lease.item_attempts(self.each.visit.0, index);
            let identity = (self.deps.clock.new_id(), self.patience.now);
            let feedback = self.feedback(index);
            let sources = Sources {
                feedback: feedback.as_deref(),
                ..self.lease.sources()
            };
            attempts.push(advance::item_attempt(
                (&self.change.run, self.stage),
                sources,
                (which, number),
                identity,
            ));
        }
        self.change.start(attempts);
        Ok(())
    }

    /// What the last failure for an item left that counted, where the stage asks for it.
    fn feedback(&self, index: i32) -> Option<Arc<Feedback>> {
        let mut now = self.change.logs.iter();
        let now = now.rfind(|log| log.item_index == Some(index) && log.counted == Some(true));
        match now {
            Some(log) if self.each.hears => Some(Arc::new(feedback::left_by(log))),
            _ => self.each.feedback.get(&index).cloned(),
        }
    }

    /// Every item that is left waits: a long wait is not worth a slot.
    fn wait(&mut self) -> Result<()> {
        let due = self.next_due().ok_or_else(nothing_left)?;
        self.change.run.next_run_at = Some(due);
        let wait = due - self.patience.now.timestamp_millis();
        let wait = std::time::Duration::from_millis(u64::try_from(wait).unwrap_or(0));
        self.change.next = match Next::after(wait, false) {
            Next::Queue => {
                let judged = self.items.iter().filter(|(index, item)| {
                    item.state == ItemState::Open && !self.open.contains(index)
                });
                let reason = if judged.count() == 0 {
                    Reason::JudgeWait
                } else {
                    Reason::RetryWait
                };
                self.rest(reason, false);
                Next::Queue
            }
            Next::Attempt | Next::Wait | Next::Pause | Next::End(_) => Next::Wait,
        };
        Ok(())
    }

    /// Lets go of the run. In a pause no time counts for outages.
    fn rest(&mut self, reason: Reason, pauses: bool) {
        if pauses {
            let stopped = self.items.stop(self.patience.now.timestamp_millis());
            self.changed.extend(stopped);
        }
        let (run, now) = (&mut self.change.run, self.patience.now);
        let event = advance::requeue_or_pause(run, reason, pauses, now);
        self.change.events.push(event);
    }

    /// When the first wait of an item ends.
    fn next_due(&self) -> Option<i64> {
        let open = self
            .open
            .iter()
            .map(|index| self.items.get(*index).due_at.unwrap_or(0));
        let begun = self
            .items
            .to_begin(&self.open)
            .into_iter()
            .map(|(_, at)| at);
        let due = open.chain(begun).min();
        due.filter(|at| *at > 0)
    }
}

fn nothing_left() -> Error {
    Error::internal("a list has nothing left to do, and has not ended")
}
