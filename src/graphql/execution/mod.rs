//! Runs of workflows: what they are, and what can be asked about them. What can be done to them
//! stands in `command`.

mod command;

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use serde_json::Value;

pub use self::command::ExecutionMutation;
use super::connection::{ExecutionConnection, ExecutionLogConnection, page, shared};
use super::context::{self, caller, loaders};
use super::diagnosis::Diagnosis;
use super::event::ExecutionEvent;
use super::execution_log::Usage;
use super::id::filter;
use super::scalar::{ByStage, DateTime, Json};
use super::workflow::Workflow;
use crate::domain::page::bound;
use crate::domain::{definition, status};
use crate::entity;
use crate::error::Error;
use crate::service::count::{List, Nested};
use crate::service::execution;

/// One run of a workflow.
#[derive(Clone, Debug)]
pub struct Execution(pub(super) Arc<entity::execution::Row>);

impl From<entity::execution::Row> for Execution {
    fn from(row: entity::execution::Row) -> Self {
        Self(Arc::new(row))
    }
}

/// One run of a workflow, pinned to the workflow as it was when the run was started.
#[Object]
impl Execution {
    /// Identifies the run.
    fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The workflow as it is now; null once it is gone. The run stays readable.
    async fn workflow(&self, ctx: &Context<'_>) -> Option<Result<Workflow>> {
        let found = loaders(ctx).workflows.find(self.0.workflow_id?).await;
        found.map(|row| row.map(Workflow)).transpose()
    }

    /// The version of the workflow that this run is pinned to.
    async fn workflow_version(&self, ctx: &Context<'_>) -> Result<i32> {
        let version = loaders(ctx)
            .revision_versions
            .get("revision", self.0.revision_id)
            .await?;
        Ok(*version)
    }

    /// What runs: `{"stages": [{…}]}`, the pinned stages with the API's field names, each with its
    /// model as it was, and the workflow's `outputMapping` where it had one.
    async fn definition(&self, ctx: &Context<'_>) -> Result<Json> {
        let revision = loaders(ctx)
            .revisions
            .get("revision", self.0.revision_id)
            .await?;
        Ok(Json(definition::shown(revision.definition.clone())))
    }

    /// The state that it is in. `COMPLETED`, `FAILED` and `CANCELLED` never change.
    fn status(&self) -> ExecutionStatus {
        self.0.status.into()
    }

    /// Why it is in that state, a word for programs: `AWAITING_VALIDATION`, `PAUSE_REQUESTED`,
    /// `RETRY_WAIT`, `JUDGE_WAIT`, `UNTIL_STAGE`, `STAGE_FAILED`, `LOOP_LIMIT`, `CRASH_LIMIT`, `CANCELLED` and
    /// others; null where the state says all. With `JUDGE_WAIT` the model that judges did not
    /// answer: it is asked again at `nextRunAt`, and the answer that it judges is kept.
    fn status_reason(&self) -> Option<&str> {
        self.0.status_reason.as_deref()
    }

    /// What went wrong, for people; null unless it is `FAILED`.
    fn error_message(&self) -> Option<&str> {
        self.0.error_message.as_deref()
    }

    /// What it was started with.
    async fn execution_inputs(&self, ctx: &Context<'_>) -> Result<Json> {
        let inputs = loaders(ctx)
            .execution_inputs
            .get("execution", self.0.id)
            .await?;
        Ok(Json((*inputs).clone()))
    }

    /// What its stages have brought so far, in the order of `stageOrder`:
    /// `{"stage_1": {"output": {…}, "raw": "…", "notes": "…"}}`. `notes` is what whoever judged that output said of
    /// it, if anything. Where the last visit of a stage ended without a verdict, on an answer that had come to its
    /// end, there is `"failed": {"raw": "…", "notes": "…"}` beside what a visit before brought, until the next
    /// verdict. At most 8 MiB, counted as bytes of the texts, and of the outputs where they are more than the text:
    /// the stage that would pass it fails. Answers without a verdict stand there as long as there is room.
    async fn execution_context(&self, ctx: &Context<'_>) -> Result<ByStage> {
        let context = loaders(ctx)
            .execution_contexts
            .get("execution", self.0.id)
            .await?;
        Ok(ByStage((*context).clone()))
    }

    /// What it came to: the values of its workflow's `outputMapping`, null for each that leads nowhere; where there is
    /// no mapping the output of the stage that passed last. Null until it is `COMPLETED`. A value by which all would
    /// be more than 8 MiB of JSON is null.
    async fn output(&self, ctx: &Context<'_>) -> Option<Result<Json>> {
        if self.0.status != status::ExecutionStatus::Completed {
            return None;
        }
        let found = loaders(ctx).execution_outputs.find(self.0.id).await;
        let json = |output: Arc<Value>| Json(Arc::unwrap_or_clone(output));
        found.map(|output| output.map(json)).transpose()
    }

    /// The `stageOrder` of the stage that it is at; null before the first and after the last.
    fn current_stage_order(&self) -> Option<i32> {
        self.0.current_stage_order
    }

    /// It ends once the stage of this `stageOrder` has passed; null: it goes on to its end.
    fn until_stage_order(&self) -> Option<i32> {
        self.0.until_stage_order
    }

    /// A pause was asked for: the run pauses when the attempt under way has finished.
    fn pause_requested(&self) -> bool {
        self.0.pause_requested
    }

    /// What it waits for, since when, and what can be done about it.
    async fn diagnosis(&self, ctx: &Context<'_>) -> Result<Diagnosis> {
        let diagnoses = &loaders(ctx).diagnoses;
        let found = diagnoses.get("execution", self.0.id).await?;
        Ok(Arc::unwrap_or_clone(found).into())
    }

    /// Until when it waits for another try; null when it does not wait, and once that try has
    /// started.
    fn next_run_at(&self) -> Option<DateTime> {
        let millis = self.0.next_run_at?;
        chrono::DateTime::from_timestamp_millis(millis).map(DateTime)
    }

    /// The `seq` of its last event so far: what `executionEvents(after:)` takes to begin from now.
    fn last_event_seq(&self) -> Result<i32> {
        Ok(i32::try_from(self.0.next_seq - 1).map_err(Error::internal)?)
    }

    /// Its attempts, oldest first.
    async fn logs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 50)] first: Option<i32>,
        #[graphql(desc = "Begin after this cursor: the `endCursor` of the page before.")]
        after: Option<String>,
        #[graphql(desc = "Only attempts at the stage of this `stageOrder`.")] stage_order: Option<
            i32,
        >,
    ) -> Result<ExecutionLogConnection> {
        let arguments = (page(first, 50, after), stage_order);
        let pages = &loaders(ctx).logs_of_executions;
        let found = pages.load(self.0.id, arguments).await?;
        let list = List::Of(self.0.id, Nested::Logs(stage_order));
        Ok(ExecutionLogConnection::of(shared(found), list))
    }

    /// What happened to it, in order: the same events as `executionEvents` sends, without deltas.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 100)] first: Option<i32>,
        #[graphql(
            desc = "Begin after the event of this seq; 0 begins at the first.",
            default = 0
        )]
        after: Option<i32>,
    ) -> Result<Vec<ExecutionEvent>> {
        let arguments = (after.unwrap_or(0).into(), first.unwrap_or(100));
        let events = &loaders(ctx).events_of_executions;
        let found = events.load(self.0.id, arguments).await?.unwrap_or_default();
        let events = found.iter().map(ExecutionEvent::read);
        Ok(events.collect::<crate::error::Result<_>>()?)
    }

    /// The tokens of all its attempts together, judges included, as far as providers counted them.
    async fn usage(&self, ctx: &Context<'_>) -> Result<Usage> {
        let usage = loaders(ctx).usages.find(self.0.id).await?;
        Ok(usage.map(|usage| Usage::from(*usage)).unwrap_or_default())
    }

    /// The run that this one repeats; null when it repeats none, or that one is gone.
    async fn rerun_of(&self, ctx: &Context<'_>) -> Option<Result<Execution>> {
        let found = loaders(ctx).executions.find(self.0.rerun_of?).await;
        found.map(|row| row.map(Execution)).transpose()
    }

    /// When it was accepted.
    fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When it first began to run; null while it waits for that.
    fn started_at(&self) -> Option<DateTime> {
        self.0.started_at.map(DateTime)
    }

    /// When it reached `COMPLETED`, `FAILED` or `CANCELLED`; null until then.
    fn completed_at(&self) -> Option<DateTime> {
        self.0.completed_at.map(DateTime)
    }
}

/// The state of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "status::ExecutionStatus")]
pub enum ExecutionStatus {
    /// Waits for a free slot, or for `nextRunAt`.
    Pending,
    /// A stage is under way.
    Running,
    /// Waits for a person: for `recordManualValidation`, or for `resumeExecution`.
    Paused,
    /// Ended by a pass.
    Completed,
    /// Ended by a fail; `errorMessage` says why.
    Failed,
    /// Ended by its owner.
    Cancelled,
}

/// What can be asked about runs.
#[derive(Debug, Default)]
pub struct ExecutionQuery;

#[Object]
impl ExecutionQuery {
    /// My runs, newest first.
    #[expect(
        clippy::too_many_arguments,
        reason = "the arguments of the field are those of the function"
    )]
    async fn executions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "Begin after this cursor: the `endCursor` of the page before.")]
        after: Option<String>,
        #[graphql(desc = "Only runs of this workflow.")] workflow_id: Option<ID>,
        #[graphql(desc = "Only runs in this state.")] status: Option<ExecutionStatus>,
        #[graphql(
            desc = "Only runs in one of these states; with `status` those in both. `BAD_USER_INPUT` when it is empty."
        )]
        statuses: Option<Vec<ExecutionStatus>>,
        #[graphql(desc = "Only runs that were made then or later.")] created_after: Option<
            DateTime,
        >,
        #[graphql(desc = "Only runs that were made before.")] created_before: Option<DateTime>,
    ) -> Result<ExecutionConnection> {
        let (deps, viewer) = caller(ctx)?;
        let statuses = statuses.map(|statuses| statuses.into_iter().map(Into::into).collect());
        let wanted = execution::ExecutionFilter {
            workflow_id: filter(workflow_id),
            states: execution::states(status.map(Into::into), statuses)?,
            created_after: created_after.map(|at| bound(at.0)),
            created_before: created_before.map(|at| bound(at.0)),
        };
        let page = page(first, 20, after);
        let rows = execution::list(deps, viewer, &page, &wanted).await?;
        Ok(ExecutionConnection::of(rows, List::Executions(wanted)))
    }

    /// My run of that id; null when there is none.
    async fn execution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The run's id.")] id: ID,
    ) -> Option<Result<Execution>> {
        context::find(ctx, &id, execution::find).await
    }
}
