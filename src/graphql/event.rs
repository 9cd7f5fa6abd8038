//! Watching: the events of runs, stored and live.

use std::sync::Arc;

use async_graphql::{
    ComplexObject, Context, ID, Interface, Result, SimpleObject, Subscription as Live,
};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use uuid::Uuid;

use super::at_hand::AtHand;
use super::context::{caller, loaders};
use super::cursor::Cursor;
use super::execution::{Execution, ExecutionStatus};
use super::execution_log::{ExecutionLog, ValidationResult};
use super::id::id_of;
use super::scalar::DateTime;
use crate::domain::event::{Attempt, Delta, Event};
use crate::entity::execution_event::Model;
use crate::error::{self, Error};
use crate::service::event::{self, Told};

/// So many events are told together where so many are there.
const AT_HAND: usize = 50;

/// Something that happened to a run. `seq` numbers the events of one run 1, 2, 3, … without gaps, in
/// the order in which they were committed. It is the cursor: reconnect with `after` set to the last
/// `seq` that you saw.
#[derive(Debug, Interface)]
#[graphql(
    field(
        name = "execution_id",
        ty = "&ID",
        desc = "The run that it happened to."
    ),
    field(
        name = "seq",
        ty = "&i32",
        desc = "Its number among the events of the run, from 1; on a delta the number of the last event before it."
    ),
    field(
        name = "occurred_at",
        ty = "&DateTime",
        desc = "When it happened, by the clock of the process that drove the run."
    )
)]
pub enum ExecutionEvent {
    StatusChanged(ExecutionStatusChanged),
    Started(StageStarted),
    Finished(StageFinished),
    RetryScheduled(StageRetryScheduled),
    ValidationRequested(ManualValidationRequested),
    ValidationRecorded(ManualValidationRecorded),
    Delta(StageOutputDelta),
}

/// What all events say, written once.
macro_rules! event {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }) => {
        #[derive(Debug, SimpleObject)]
        $(#[$meta])*
        pub struct $name {
            /// The run that it happened to.
            execution_id: ID,
            /// Its number among the events of the run, from 1; on a delta the number of the last
            /// event before it.
            seq: i32,
            /// When it happened, by the clock of the process that drove the run.
            occurred_at: DateTime,
            $($(#[$field_meta])* $field: $type,)*
        }
    };
}

event! {
    /// The run changed its state. The first event of every run is one, without a previous state; so
    /// is the last, with `COMPLETED`, `FAILED` or `CANCELLED`.
    #[graphql(complex)]
    ExecutionStatusChanged {
        /// The state that it changed to.
        status: ExecutionStatus,
        /// The state that it was in before; null on the first event of a run.
        previous_status: Option<ExecutionStatus>,
        /// Why, a word for programs; null where the state says all. With `JUDGE_WAIT` the state
        /// may be the one before: the run waits for the model that judges, and keeps its slot when
        /// the wait is short.
        reason: Option<String>,
        #[graphql(skip)]
        run: Uuid,
    }
}

event! {
    /// An attempt is logged, and the model is about to be called.
    #[graphql(complex)]
    StageStarted {
        /// The place of the stage in the run.
        stage_order: i32,
        /// Which attempt at this stage in this run, from 1; of a stage that runs for each item, at this item.
        attempt_number: i32,
        /// Which item of the stage's list it is about, from 0; null where the stage has no list.
        item_index: Option<i32>,
        /// How many items the stage's list has; null where it has no list.
        item_count: Option<i32>,
        #[graphql(skip)]
        about: About,
    }
}

event! {
    /// An attempt is logged and validated.
    #[graphql(complex)]
    StageFinished {
        /// The place of the stage in the run.
        stage_order: i32,
        /// Which attempt at this stage in this run, from 1; of a stage that runs for each item, at this item.
        attempt_number: i32,
        /// Which item of the stage's list it is about, from 0; null where the stage has no list.
        item_index: Option<i32>,
        /// What became of it.
        validation_result: ValidationResult,
        /// The stage that comes next: this one when another attempt or another item follows, or when it is its
        /// own target; null when the run ends.
        next_stage_order: Option<i32>,
        /// The value by which the stage's `routes` sent the run there; null where they did not.
        route_value: Option<String>,
        #[graphql(skip)]
        about: About,
    }
}

event! {
    /// Another attempt follows one that did not pass, at once or after a wait.
    StageRetryScheduled {
        /// The place of the stage in the run.
        stage_order: i32,
        /// The attempt to come.
        attempt_number: i32,
        /// Which item of the stage's list it is about, from 0; null where the stage has no list.
        item_index: Option<i32>,
        /// When it begins at the earliest.
        retry_at: DateTime,
        /// Why the last attempt did not pass; null when nobody said.
        reason: Option<String>,
    }
}

event! {
    /// An attempt awaits a person's decision: send `recordManualValidation` with the id of its log.
    #[graphql(complex)]
    ManualValidationRequested {
        #[graphql(skip)]
        about: About,
    }
}

event! {
    /// A person decided.
    #[graphql(complex)]
    ManualValidationRecorded {
        /// The decision: `PASS` or `FAIL`.
        result: ValidationResult,
        /// What the person said to it; null when they said nothing.
        notes: Option<String>,
        #[graphql(skip)]
        about: About,
    }
}

event! {
    /// A piece of the output of an attempt under way. It is not stored: whoever was away gets the
    /// text so far in one piece with offset 0.
    StageOutputDelta {
        /// The attempt.
        log_id: ID,
        /// The place of the stage in the run.
        stage_order: i32,
        /// Which attempt at this stage in this run, from 1; of a stage that runs for each item, at this item.
        attempt_number: i32,
        /// Which item of the stage's list it is about, from 0; null where the stage has no list.
        item_index: Option<i32>,
        /// Where the piece begins in the output, in Unicode code points; 0 replaces the text.
        offset: i32,
        /// The piece.
        text: String,
    }
}

#[ComplexObject]
impl ExecutionStatusChanged {
    /// The run as it is now, which may be further on; `NOT_FOUND` when it has been deleted.
    async fn execution(&self, ctx: &Context<'_>) -> Result<Execution> {
        let run = loaders(ctx).executions.get("execution", self.run).await?;
        Ok(Execution(run))
    }
}

/// The attempt that an event is about.
#[derive(Clone, Debug)]
pub struct About {
    log_id: Uuid,
    /// The events at hand with this one, where there are some.
    at_hand: Option<Arc<AtHand>>,
}

impl About {
    async fn log(&self, ctx: &Context<'_>) -> Result<ExecutionLog> {
        Ok(ExecutionLog(match &self.at_hand {
            Some(at_hand) => {
                let (deps, viewer) = caller(ctx)?;
                at_hand.attempt(deps, viewer, self.log_id).await?
            }
            None => loaders(ctx).logs.get("executionLog", self.log_id).await?,
        }))
    }
}

/// Lets an event show its attempt.
macro_rules! log {
    ($($name:ident),+) => { $(
        #[ComplexObject]
        impl $name {
            /// The attempt as it is now, which may be further on; `NOT_FOUND` when the run has been
            /// deleted.
            async fn log(&self, ctx: &Context<'_>) -> Result<ExecutionLog> {
                self.about.log(ctx).await
            }
        }
    )+ };
}

log!(
    StageStarted,
    StageFinished,
    ManualValidationRequested,
    ManualValidationRecorded
);

impl ExecutionEvent {
    /// A stored event as the API shows it.
    ///
    /// # Errors
    /// `Internal` when the row is no event.
    pub fn read(row: &Model) -> error::Result<Self> {
        Self::among(row, None)
    }

    fn among(row: &Model, at_hand: Option<&Arc<AtHand>>) -> error::Result<Self> {
        let about = |log_id| About {
            log_id,
            at_hand: at_hand.cloned(),
        };
        let execution_id = ID::from(row.execution_id);
        let seq = i32::try_from(row.seq).map_err(Error::internal)?;
        let occurred_at = DateTime(row.created_at);
        Ok(match event::read(row)? {
            Event::ExecutionStatusChanged {
                status,
                previous_status,
                reason,
                workflow_id: _,
            } => Self::StatusChanged(ExecutionStatusChanged {
                execution_id,
                seq,
                occurred_at,
                status: status.into(),
                previous_status: previous_status.map(Into::into),
                reason,
                run: row.execution_id,
            }),
            Event::StageStarted {
                attempt,
                item_count,
            } => Self::Started(StageStarted {
                execution_id,
                seq,
                occurred_at,
                stage_order: attempt.stage_order,
                attempt_number: attempt.attempt_number,
                item_index: attempt.item_index,
                item_count,
                about: about(attempt.log_id),
            }),
            Event::StageFinished {
                attempt,
                validation_result,
                next_stage_order,
                route_value,
            } => Self::Finished(StageFinished {
                execution_id,
                seq,
                occurred_at,
                stage_order: attempt.stage_order,
                attempt_number: attempt.attempt_number,
                item_index: attempt.item_index,
                validation_result: validation_result.into(),
                next_stage_order,
                route_value,
                about: about(attempt.log_id),
            }),
            Event::StageRetryScheduled {
                stage_order,
                attempt_number,
                item_index,
                retry_at,
                reason,
            } => Self::RetryScheduled(StageRetryScheduled {
                execution_id,
                seq,
                occurred_at,
                stage_order,
                attempt_number,
                item_index,
                retry_at: DateTime(retry_at),
                reason,
            }),
            Event::ManualValidationRequested(Attempt { log_id, .. }) => {
                Self::ValidationRequested(ManualValidationRequested {
                    execution_id,
                    seq,
                    occurred_at,
                    about: about(log_id),
                })
            }
            Event::ManualValidationRecorded {
                log_id,
                result,
                notes,
            } => Self::ValidationRecorded(ManualValidationRecorded {
                execution_id,
                seq,
                occurred_at,
                result: result.into(),
                notes,
                about: about(log_id),
            }),
        })
    }

    fn told(
        told: Told,
        cursor: Option<&Cursor>,
        at_hand: Option<&Arc<AtHand>>,
    ) -> error::Result<Self> {
        if let Some(cursor) = cursor {
            cursor.reach(match &told {
                Told::Event(row) => Some(Arc::clone(row)),
                Told::Delta(..) => None,
            });
        }
        match told {
            Told::Event(row) => Self::among(&row, at_hand),
            Told::Delta(execution_id, delta) => Self::delta(execution_id, delta),
        }
    }

    fn delta(execution_id: Uuid, delta: Delta) -> error::Result<Self> {
        Ok(Self::Delta(StageOutputDelta {
            execution_id: execution_id.into(),
            seq: i32::try_from(delta.seq).map_err(Error::internal)?,
            occurred_at: DateTime(delta.occurred_at),
            log_id: delta.attempt.log_id.into(),
            stage_order: delta.attempt.stage_order,
            attempt_number: delta.attempt.attempt_number,
            item_index: delta.attempt.item_index,
            offset: i32::try_from(delta.offset).map_err(Error::internal)?,
            text: delta.text,
        }))
    }
}

impl ExecutionStatusChanged {
    fn read(row: &Model) -> error::Result<Self> {
        match ExecutionEvent::read(row)? {
            ExecutionEvent::StatusChanged(event) => Ok(event),
            ExecutionEvent::Started(_)
            | ExecutionEvent::Finished(_)
            | ExecutionEvent::RetryScheduled(_)
            | ExecutionEvent::ValidationRequested(_)
            | ExecutionEvent::ValidationRecorded(_)
            | ExecutionEvent::Delta(_) => {
                Err(Error::internal("a status event of another kind was told"))
            }
        }
    }
}

/// What can be watched.
#[derive(Debug, Default)]
pub struct Subscription;

/// Live answers, over a websocket, `multipart/mixed` or `text/event-stream`.
#[Live]
impl Subscription {
    /// What happens to one of my runs: the stored events after the cursor, then the live ones, and
    /// `complete` after the last. Nothing is missed and nothing comes twice. `NOT_FOUND` when there
    /// is no such run; the same error ends the stream when the run is deleted.
    async fn execution_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The run.")] execution_id: ID,
        #[graphql(
            desc = "The last `seq` that you saw: events after it are sent. 0 begins at the first.",
            default = 0
        )]
        after: Option<i32>,
        #[graphql(
            desc = "Send the model's output too, as it arrives, in `StageOutputDelta` events.",
            default_with = "Some(false)"
        )]
        deltas: Option<bool>,
    ) -> Result<BoxStream<'static, Result<ExecutionEvent>>> {
        let (deps, viewer) = caller(ctx)?;
        let id = id_of("execution", &execution_id)?;
        let after = after.unwrap_or_default().into();
        let told = event::follow(deps, viewer, id, after, deltas.unwrap_or_default()).await?;
        let cursor = ctx.data_opt::<Cursor>().cloned();
        let events = told.ready_chunks(AT_HAND).flat_map(move |told| {
            let (cursor, at_hand) = (cursor.clone(), AtHand::of(&told));
            stream::iter(told).map(move |told| {
                let (cursor, at_hand) = (cursor.as_ref(), at_hand.as_ref());
                Ok(ExecutionEvent::told(told?, cursor, at_hand)?)
            })
        });
        Ok(events.boxed())
    }

    /// The state changes of all my runs, or of one workflow's, from now on. There is no cursor:
    /// after a reconnect read `executions` again. `NOT_FOUND` when there is no such workflow.
    async fn execution_status_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only runs of this workflow.")] workflow_id: Option<ID>,
    ) -> Result<BoxStream<'static, Result<ExecutionStatusChanged>>> {
        let (deps, viewer) = caller(ctx)?;
        let workflow = workflow_id.map(|id| id_of("workflow", &id)).transpose()?;
        let told = event::statuses(deps, viewer, workflow).await?;
        Ok(told
            .map(|row| Ok(ExecutionStatusChanged::read(&row?)?))
            .boxed())
    }
}
