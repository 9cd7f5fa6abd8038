//! A leased run as its worker holds it: the row, what the run is pinned to, its context, how often its stages
//! were tried, and the attempt under way.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use super::super::{Deps, load as loads};
use super::advance::{self, Sources};
use super::attempt::{Attempt, First};
use super::change::Change;
use super::feedback;
use super::list::Each;
use crate::domain::context::{Context, Entry, Left};
use crate::domain::definition::{Definition, Stage};
use crate::domain::feedback::Feedback;
use crate::domain::progress::{Next, prepare};
use crate::domain::source::Places;
use crate::domain::status::{AttemptStatus, ExecutionStatus, Reason};
use crate::domain::validate::Kind;
use crate::entity::execution::Origin;
use crate::entity::{execution, execution_log};
use crate::error::Result;
use crate::service::tx::outlast;
use crate::store;
use crate::store::execution_log::Tallies;

/// The epoch of a run's first claim.
const FIRST_EPOCH: i64 = 1;

/// A leased run with all that its worker needs.
#[derive(Clone, Debug)]
pub struct Lease {
    /// Without its inputs and what it began with: it is copied for every change.
    pub run: execution::Model,
    pub definition: Arc<Definition>,
    /// What its stages have brought.
    pub context: Context,
    pub(super) inputs: Value,
    /// What the last failure of the visit that counted left, where the stage asks for it.
    feedback: Option<Arc<Feedback>>,
    /// The attempt that is logged as started and is to be made, or that has an answer and is to be judged.
    pub attempt: Option<Box<Attempt>>,
    /// The visit that the run is in, where its stage runs for each item of a list that has any.
    pub each: Option<Each>,
    tallies: Tallies,
}

/// What whoever calls a model needs to know of the run.
#[derive(Clone, Debug)]
pub struct Scene {
    pub run_id: Uuid,
    pub user_id: Uuid,
    pub definition: Arc<Definition>,
    context: Context,
    /// The size of what items of the stage's list have brought so far, in bytes.
    accepted: usize,
}

impl Scene {
    /// Makes sure that the run's context has room for what the stage at `order` brings.
    ///
    /// # Errors
    /// The limit, and by how much it would be passed.
    pub fn make_room(&self, order: i32, entry: &Entry) -> std::result::Result<(), String> {
        self.context.make_room_beside(order, self.accepted, entry)
    }

    /// Is there room for an answer of so many bytes of the stage at `order`, should there be no verdict on it?
    #[must_use]
    pub fn has_room(&self, order: i32, bytes: usize) -> bool {
        self.context.has_room(order, self.accepted + bytes)
    }
}

impl Lease {
    /// A run whose first attempt was logged as it was claimed.
    #[must_use]
    pub fn begun(mut run: execution::Model, (definition, attempt): First) -> Self {
        let initial = std::mem::take(&mut run.initial_context);
        let context = Context::read(&initial);
        let mut lease = Self::of(run, definition, context);
        lease.open_one(attempt);
        lease
    }

    /// Reads what a claimed run needs.
    ///
    /// # Errors
    /// `Internal` when the database fails or the pinned definition is unreadable.
    pub async fn load(deps: &Deps, mut run: execution::Model) -> Result<Self> {
        let db = deps.store.reader();
        let definition = outlast(&deps.clock, || {
            loads::definition(db, run.user_id, run.revision_id)
        });
        let definition = Arc::new(definition.await?);
        let initial_context = std::mem::take(&mut run.initial_context);
        let origin = Origin {
            initial_context,
            ..store::execution::origin(&run)
        };
        // Whatever is tried was claimed before, and every claim raises the epoch.
        if run.lease_epoch == FIRST_EPOCH {
            let context = Context::read(&origin.initial_context);
            return Ok(Self::of(run, definition, context));
        }
        let origins = [origin];
        let contexts = outlast(&deps.clock, || {
            store::context::of(db, run.user_id, &origins)
        });
        let contexts = contexts.await?;
        let context = contexts.into_values().next().unwrap_or_default();
        let tallies = outlast(&deps.clock, || {
            store::execution_log::tallies(db, run.user_id, run.id)
        });
        let tallies = tallies.await?;
        let mut lease = Self::of(run, definition, context);
        lease.tallies = tallies;
        if let Some(each) = &lease.each {
            let each = each
                .clone()
                .resume(deps, (&lease.run, lease.sources()))
                .await?;
            lease.each = Some(each);
        } else {
            lease.feedback = lease.kept_feedback(deps).await?;
            lease.attempt = lease.judged_next(deps).await?;
        }
        Ok(lease)
    }

    fn of(mut run: execution::Model, definition: Arc<Definition>, context: Context) -> Self {
        let mut lease = Self {
            inputs: std::mem::take(&mut run.execution_inputs),
            run,
            definition,
            context,
            feedback: None,
            attempt: None,
            each: None,
            tallies: Tallies::default(),
        };
        lease.enter();
        lease
    }

    /// What whoever calls a model for the run needs to know of it.
    #[must_use]
    pub fn scene(&self) -> Scene {
        Scene {
            run_id: self.run.id,
            user_id: self.run.user_id,
            definition: Arc::clone(&self.definition),
            context: self.context.clone(),
            accepted: self.each.as_ref().map_or(0, Each::accepted_size),
        }
    }

    /// Its attempts that are open.
    pub(super) fn open(&self) -> impl Iterator<Item = &Attempt> {
        let of_items = self.each.iter().flat_map(Each::open);
        self.attempt.as_deref().into_iter().chain(of_items)
    }

    /// Begins the visit of the list that the run stands at, unless it is in it.
    fn enter(&mut self) {
        let visit = Each::visit(&self.run);
        if self.each.as_ref().is_none_or(|each| each.visit != visit) {
            self.each = Each::begin(&self.run, self.sources());
        }
    }

    pub(super) fn sources(&self) -> Sources<'_> {
        Sources {
            definition: &self.definition,
            inputs: &self.inputs,
            context: &self.context,
            feedback: None,
        }
    }

    /// Is the lease still this worker's? Asked when a hint says that it may not be.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn holds(&self, deps: &Deps) -> Result<bool> {
        let Some(owner) = self.run.lease_owner else {
            return Ok(false);
        };
        let (id, epoch) = (self.run.id, self.run.lease_epoch);
        let held = outlast(&deps.clock, || {
            store::lease::held(deps.store.reader(), id, owner, epoch)
        })
        .await?;
        Ok(held.is_some())
    }

    /// How many visits the stage at `order` has had.
    pub(super) fn visits(&self, order: i32) -> i32 {
        self.tallies.visits(order)
    }

    /// The context, with what a visit of the stage at an order left where it left something.
    pub(super) fn context_with(&self, kept: Option<&(i32, Left)>) -> Cow<'_, Context> {
        let Some((order, left)) = kept else {
            return Cow::Borrowed(&self.context);
        };
        // A copy shares the texts.
        let mut context = self.context.clone();
        context.leave(*order, left.clone());
        Cow::Owned(context)
    }

    /// What the run's next attempt is told of the last failure of its visit that counted, once an attempt has ended
    /// so: nothing in a new visit.
    fn feedback_after(
        &self,
        run: &execution::Model,
        ended: Option<&execution_log::Model>,
    ) -> Option<Arc<Feedback>> {
        let ended = ended.filter(|log| log.status == AttemptStatus::Finished);
        let Some(log) = ended else {
            return self.feedback.clone();
        };
        let stays =
            (run.current_stage_order, run.current_visit) == (Some(log.stage_order), log.visit);
        let stage = self.definition.stage(log.stage_order);
        stage.filter(|stage| stays && stage.retry_prompt().is_some())?;
        if log.counted == Some(true) {
            Some(Arc::new(feedback::left_by(log)))
        } else {
            self.feedback.clone()
        }
    }

    /// The same for a run that is taken up, from its logs.
    async fn kept_feedback(&self, deps: &Deps) -> Result<Option<Arc<Feedback>>> {
        let run = &self.run;
        let order = run.current_stage_order.unwrap_or_default();
        let stage = self.definition.stage(order);
        if run.visit_failures == 0 || stage.and_then(Stage::retry_prompt).is_none() {
            return Ok(None);
        }
        let visit = (order, run.current_visit);
        let failure = outlast(&deps.clock, || {
            store::execution_log::failure(deps.store.reader(), run.user_id, run.id, visit)
        });
        Ok(failure
            .await?
            .map(|failure| Arc::new(feedback::left(failure))))
    }

    /// The attempt that the run makes next, once an attempt has ended so and its context has this, too.
    pub(super) fn next_attempt(
        &self,
        deps: &Deps,
        run: &execution::Model,
        (ended, kept): (Option<&execution_log::Model>, Option<&(i32, Left)>),
    ) -> Result<Box<Attempt>> {
        let context = self.context_with(kept);
        let feedback = self.feedback_after(run, ended);
        let sources = Sources {
            definition: &self.definition,
            inputs: &self.inputs,
            context: &context,
            feedback: feedback.as_deref(),
        };
        let identity = (deps.clock.new_id(), deps.clock.now());
        let number = |order, item| self.tallies.attempts(order, item);
        advance::next_attempt(run, sources, &number, identity)
    }

    /// How many attempts the item at `index` of the stage's list has had.
    pub(super) fn item_attempts(&self, order: i32, index: i32) -> i32 {
        self.tallies.attempts(order, Some(index))
    }

    /// The attempt of a claimed run that goes on with its judge, if one does.
    async fn judged_next(&self, deps: &Deps) -> Result<Option<Box<Attempt>>> {
        let order = self.run.current_stage_order.unwrap_or_default();
        let stage = advance::pinned_stage(&self.definition, order)?;
        if stage.validation_type != Kind::Llm {
            return Ok(None);
        }
        let db = deps.store.reader();
        let open = store::execution_log::open(db, self.run.user_id, self.run.id).await?;
        let syntax = self.definition.template_syntax;
        let places = Places::new(&self.inputs, &self.context, syntax.nulls());
        let prepared = |log| Attempt {
            log,
            prepared: prepare(&self.definition, stage, &places, None),
            passes: false,
            item_count: None,
        };
        Ok(open
            .filter(|log| awaits_judge(&self.run, log))
            .map(|log| Box::new(prepared(log))))
    }

    /// Follows a change that was written. Answers how the run goes on.
    pub(super) fn follow(&mut self, change: Change, first: i64) -> Next {
        let started = change.started(first);
        let last_seq = change.last_seq(first);
        let closed = |log: &&execution_log::Model| log.item_index.is_none();
        self.feedback = self.feedback_after(&change.run, change.logs.iter().find(closed));
        self.run = change.run;
        self.run.next_seq = last_seq + 1;
        if let Some((order, left)) = change.kept {
            self.context.leave(order, left);
        }
        let visit = self.each.as_ref().map(|each| each.visit);
        self.enter();
        // Of a visit that has ended nothing is to be remembered.
        if let Some(each) = self.each.as_mut().filter(|each| Some(each.visit) == visit) {
            each.follow(&change.items, change.accepted, &change.logs);
        }
        let mut logs = change.logs.into_iter();
        if let Some(log) = logs.find(|log| log.item_index.is_none()) {
            let open = self.attempt.take();
            let open = open.filter(|_| log.status == AttemptStatus::Started);
            self.attempt = open.map(|attempt| Box::new(Attempt { log, ..*attempt }));
        }
        for (mut attempt, seq) in change.attempts.into_iter().zip(started) {
            attempt.log.started_seq = seq;
            self.open_one(attempt);
        }
        change.next
    }

    fn open_one(&mut self, mut attempt: Box<Attempt>) {
        // They are written, and what is sent is prepared.
        attempt.log.inputs = None;
        attempt.log.variables = None;
        attempt.log.system_sent = None;
        attempt.log.messages_sent = None;
        attempt.log.prompt_sent = None;
        self.tallies.count(&attempt.log);
        match (attempt.log.item_index, &mut self.each) {
            (Some(index), Some(each)) => each.open_one(index, attempt),
            _ => self.attempt = Some(attempt),
        }
    }
}

/// Has this open attempt an answer that a model is to judge? Then it is left open whoever drives the run:
/// the answer is not asked for again. An answer that awaits a person is that person's.
#[must_use]
pub fn awaits_judge(run: &execution::Model, open: &execution_log::Model) -> bool {
    open.raw_output.is_some() && !awaits_decision(run)
}

/// Does the run await a person's decision?
#[must_use]
pub fn awaits_decision(run: &execution::Model) -> bool {
    run.status == ExecutionStatus::Paused
        && run.status_reason.as_deref() == Some(Reason::AwaitingValidation.as_str())
}
