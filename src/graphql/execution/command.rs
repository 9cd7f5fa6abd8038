//! What can be done to runs.

use async_graphql::{Context, ID, InputObject, Object, Result};
use serde_json::Value;

use super::Execution;
use crate::error;
use crate::graphql::context::detached;
use crate::graphql::id::id_of;
use crate::graphql::scalar::Json;
use crate::service::execution;

/// A run to start.
#[derive(Debug, InputObject)]
pub struct StartExecutionInput {
    /// The workflow. `NOT_FOUND` when there is none.
    workflow_id: ID,
    /// The inputs of the run, a JSON object of at most 1 MiB; `{}` when left out.
    inputs: Option<Json>,
    /// The run ends `COMPLETED` (`statusReason` `UNTIL_STAGE`) once the stage of this `stageOrder` has passed for the first time;
    /// stages that it cannot come to before that need not be ready. `BAD_USER_INPUT` when there is no such stage. Left out:
    /// it goes on to its end.
    until_stage_order: Option<i32>,
    /// Makes a repeated start safe: the same key with the same workflow and inputs answers the
    /// first run, with others, or after a rerun with that key, it is `CONFLICT`. At most 200
    /// characters. It is remembered for as long as that run is kept.
    client_key: Option<String>,
}

/// A run to repeat.
#[derive(Debug, InputObject)]
pub struct RerunExecutionInput {
    /// The run to repeat. `NOT_FOUND` when there is none, `CONFLICT` while it has not ended.
    execution_id: ID,
    /// Where to begin: the `stageOrder`, in the version that runs, of a stage that was started in that run, else
    /// `BAD_USER_INPUT`. What stages brought before that is taken over, whatever their orders were then. Left out: at
    /// the start.
    from_stage_order: Option<i32>,
    /// True runs the workflow as it is now, `NOT_FOUND` when it is gone; else as the first run was
    /// pinned.
    use_latest_version: Option<bool>,
    /// The run ends `COMPLETED` once the stage of this `stageOrder` has passed for the first time. With the same `fromStageOrder` it
    /// tries that stage alone, on what the first run had: a fail ends it, too. `BAD_USER_INPUT` when there is no such stage.
    until_stage_order: Option<i32>,
    /// Other inputs, a JSON object; those of the first run when left out.
    inputs: Option<Json>,
    /// Makes a repeated rerun safe: the same key with the same arguments answers the run that the
    /// first request made, with others, or after a start with that key, it is `CONFLICT`. At most
    /// 200 characters. It is remembered for as long as that run is kept.
    client_key: Option<String>,
}

impl StartExecutionInput {
    fn parse(self) -> error::Result<execution::StartExecution> {
        Ok(execution::StartExecution {
            workflow_id: id_of("workflow", &self.workflow_id)?,
            inputs: self.inputs.map(Value::from),
            until_stage_order: self.until_stage_order,
            client_key: self.client_key,
        })
    }
}

impl RerunExecutionInput {
    fn parse(self) -> error::Result<execution::RerunExecution> {
        Ok(execution::RerunExecution {
            execution_id: id_of("execution", &self.execution_id)?,
            from_stage_order: self.from_stage_order,
            use_latest_version: self.use_latest_version.unwrap_or_default(),
            inputs: self.inputs.map(Value::from),
            until_stage_order: self.until_stage_order,
            client_key: self.client_key,
        })
    }
}

/// What can be done to runs.
#[derive(Debug, Default)]
pub struct ExecutionMutation;

#[Object]
impl ExecutionMutation {
    /// Starts a run of a workflow as it is now, and answers at once; follow it by
    /// `executionEvents`. `BAD_USER_INPUT`, and nothing is written, when the workflow has no
    /// stages, a stage has no prompt or model, a provider is not configured, or a placeholder is
    /// neither mapped nor an input.
    async fn start_execution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The workflow and its inputs.")] input: StartExecutionInput,
    ) -> Result<Execution> {
        let started = detached(ctx, |deps, viewer| async move {
            execution::start(&deps, &viewer, input.parse()?).await
        });
        Ok(started.await?.into())
    }

    /// Pauses a run: at once, or when the attempt under way has finished (`pauseRequested` until
    /// then). An answer that waits for the model that judges it is kept, and does not delay the
    /// pause. Repeating it changes nothing. `CONFLICT` when the run has ended.
    async fn pause_execution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The run. `NOT_FOUND` when there is none.")] id: ID,
    ) -> Result<Execution> {
        let paused = detached(ctx, |deps, viewer| async move {
            execution::pause(&deps, &viewer, id_of("execution", &id)?).await
        });
        Ok(paused.await?.into())
    }

    /// Lets a paused run go on, or withdraws a pause that has not taken effect. Changes nothing
    /// when the run is not paused. `CONFLICT` when it has ended, or its workflow was deleted, or when
    /// it awaits a decision: use `recordManualValidation`.
    async fn resume_execution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The run. `NOT_FOUND` when there is none.")] id: ID,
    ) -> Result<Execution> {
        let resumed = detached(ctx, |deps, viewer| async move {
            execution::resume(&deps, &viewer, id_of("execution", &id)?).await
        });
        Ok(resumed.await?.into())
    }

    /// Ends a run at once; the model call under way is dropped. Repeating it changes nothing.
    /// `CONFLICT` when the run is `COMPLETED` or `FAILED`.
    async fn cancel_execution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The run. `NOT_FOUND` when there is none.")] id: ID,
    ) -> Result<Execution> {
        let cancelled = detached(ctx, |deps, viewer| async move {
            execution::cancel(&deps, &viewer, id_of("execution", &id)?).await
        });
        Ok(cancelled.await?.into())
    }

    /// Deletes a run with its attempts and events, and answers its id. `CONFLICT` while it has not
    /// ended.
    async fn delete_execution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The run. `NOT_FOUND` when there is none.")] id: ID,
    ) -> Result<ID> {
        let deleted = detached(ctx, |deps, viewer| async move {
            execution::delete(&deps, &viewer, id_of("execution", &id)?).await
        });
        Ok(deleted.await?.into())
    }

    /// Repeats a run that has ended, from its start or from one of its stages, as a new run.
    async fn rerun_execution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The run, and where to begin.")] input: RerunExecutionInput,
    ) -> Result<Execution> {
        let started = detached(ctx, |deps, viewer| async move {
            execution::rerun(&deps, &viewer, input.parse()?).await
        });
        Ok(started.await?.into())
    }
}
