//! Workflows: what a person owns, edits and runs.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result};
use serde_json::Value;

use super::connection::{
    ExecutionConnection, SnapshotConnection, WorkflowConnection, page, shared,
};
use super::context::{self, caller, detached, loaders};
use super::execution::ExecutionStatus;
use super::id::id_of;
use super::problem::Problem;
use super::scalar::{DateTime, Json, json_patch};
use super::stage::{Stage, StageInput, inputs};
use crate::entity;
use crate::error;
use crate::service::count::{List, Nested};
use crate::service::{problem, workflow};

/// An ordered list of stages.
#[derive(Clone, Debug)]
pub struct Workflow(pub(super) Arc<entity::workflow::Row>);

impl From<entity::workflow::Row> for Workflow {
    fn from(row: entity::workflow::Row) -> Self {
        Self(Arc::new(row))
    }
}

/// An ordered list of stages, which can be run.
#[Object]
impl Workflow {
    /// Identifies the workflow.
    fn id(&self) -> ID {
        self.0.id.into()
    }

    /// What its owner calls it.
    fn name(&self) -> &str {
        &self.0.name
    }

    /// What it is for; null when nobody said.
    fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// Whatever front ends keep with it. `{}` by default.
    async fn metadata(&self, ctx: &Context<'_>) -> Result<Json> {
        let metadata = loaders(ctx)
            .workflow_metadata
            .get("workflow", self.0.id)
            .await?;
        Ok(Json(metadata.as_ref().clone()))
    }

    /// What a completed run answers, as `Execution.output`: `{"title": "stage_3.output.title"}`, in the forms of
    /// `Stage.inputVariableMapping`. Null: the output of the stage that passed last.
    async fn output_mapping(&self, ctx: &Context<'_>) -> Option<Result<Json>> {
        let found = loaders(ctx).workflow_output_mappings.find(self.0.id).await;
        let mapping = found.map(|mapping| mapping.and_then(|it| (*it).clone()));
        mapping.map(|mapping| mapping.map(Json)).transpose()
    }

    /// Goes up by one with every change to the workflow or its stages. Send it as `expectedVersion`
    /// with a change, and nobody else's is lost.
    fn version(&self) -> i32 {
        self.0.version
    }

    /// Its stages by `stageOrder`, at most 100.
    async fn stages(&self, ctx: &Context<'_>) -> Result<Vec<Stage>> {
        let stages = loaders(ctx).stages_of_workflows.find(self.0.id).await?;
        let stages = stages.map(Arc::unwrap_or_clone).unwrap_or_default();
        Ok(stages.into_iter().map(Stage::from).collect())
    }

    /// What is wrong or doubtful in it, the worst first, at most 500: whatever would keep a run from starting, paths that are
    /// never there or not on every way, stages that are never run. Found by looking at the stages; nothing is run.
    async fn problems(&self, ctx: &Context<'_>) -> Result<Vec<Problem>> {
        let (deps, _) = caller(ctx)?;
        let definition = loaders(ctx).definitions.get("workflow", self.0.id).await?;
        let found = problem::of_definition(deps, definition).await?;
        Ok(found.into_iter().map(Problem::from).collect())
    }

    /// The names of the inputs that it asks for, in the order of their first use; those that a run can go without, because there is
    /// a default or another path, last.
    async fn input_names(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let definition = loaders(ctx).definitions.get("workflow", self.0.id).await?;
        Ok(problem::input_names(definition).await?)
    }

    /// Its runs, newest first.
    async fn executions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "Begin after this cursor: the `endCursor` of the page before.")]
        after: Option<String>,
        #[graphql(desc = "Only runs in this state.")] status: Option<ExecutionStatus>,
    ) -> Result<ExecutionConnection> {
        let status = status.map(Into::into);
        let arguments = (page(first, 20, after), status);
        let pages = &loaders(ctx).executions_of_workflows;
        let found = pages.load(self.0.id, arguments).await?;
        let list = List::Of(self.0.id, Nested::Executions(status));
        Ok(ExecutionConnection::of(shared(found), list))
    }

    /// Its snapshots, newest first, those included that a restore in place saved.
    async fn snapshots(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "Begin after this cursor: the `endCursor` of the page before.")]
        after: Option<String>,
    ) -> Result<SnapshotConnection> {
        let pages = &loaders(ctx).snapshots_of_workflows;
        let found = pages.load(self.0.id, page(first, 20, after)).await?;
        let list = List::Of(self.0.id, Nested::Snapshots);
        Ok(SnapshotConnection::of(shared(found), list))
    }

    /// When it was made.
    fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When it or its stages were last changed.
    fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }
}

/// A workflow to make.
#[derive(Debug, InputObject)]
pub struct CreateWorkflowInput {
    /// What to call it, 1 to 200 characters.
    name: String,
    /// What it is for, at most 10,000 characters.
    description: Option<String>,
    /// Whatever front ends keep with it, a JSON object of at most 1 MiB; `{}` when left out.
    metadata: Option<Json>,
    /// What a completed run answers: names, each with a path such as `stage_3.output.title`, or another form of
    /// `Stage.inputVariableMapping`. `BAD_USER_INPUT` when it reads from a stage that there is not.
    output_mapping: Option<Json>,
    /// Its stages, at most 100; none when left out. An `id` in one is `BAD_USER_INPUT`.
    stages: Option<Vec<StageInput>>,
}

impl CreateWorkflowInput {
    fn parse(self) -> error::Result<workflow::CreateWorkflow> {
        Ok(workflow::CreateWorkflow {
            name: self.name,
            description: self.description,
            metadata: self.metadata.map(Value::from),
            output_mapping: self.output_mapping.map(Value::from),
            stages: inputs(self.stages.unwrap_or_default())?,
        })
    }
}

/// What to change of a workflow itself. A field that is left out stays as it is.
#[derive(Debug, InputObject)]
pub struct UpdateWorkflowInput {
    /// The workflow. `NOT_FOUND` when there is none.
    id: ID,
    /// The `version` that you know: when it is not the current one any more, `CONFLICT`, and
    /// nothing is written. Left out, the last change wins.
    expected_version: Option<i32>,
    /// What to call it, 1 to 200 characters; null is `BAD_USER_INPUT`.
    name: MaybeUndefined<String>,
    /// What it is for, at most 10,000 characters; null removes it.
    description: MaybeUndefined<String>,
    /// Whatever front ends keep with it, a JSON object of at most 1 MiB; null makes it `{}`.
    metadata: MaybeUndefined<Json>,
    /// What a completed run answers, as in `CreateWorkflowInput`; null: the output of the stage that passed last.
    output_mapping: MaybeUndefined<Json>,
}

impl UpdateWorkflowInput {
    fn parse(self) -> error::Result<workflow::UpdateWorkflow> {
        Ok(workflow::UpdateWorkflow {
            id: id_of("workflow", &self.id)?,
            expected_version: self.expected_version,
            name: self.name.into(),
            description: self.description.into(),
            metadata: json_patch(self.metadata),
            output_mapping: json_patch(self.output_mapping),
        })
    }
}

/// What can be asked about workflows.
#[derive(Debug, Default)]
pub struct WorkflowQuery;

#[Object]
impl WorkflowQuery {
    /// My workflows, newest first.
    async fn workflows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "Begin after this cursor: the `endCursor` of the page before.")]
        after: Option<String>,
        #[graphql(
            desc = "Only those whose name contains this, whatever the case and the normal form of Unicode."
        )]
        search: Option<String>,
    ) -> Result<WorkflowConnection> {
        let (deps, viewer) = caller(ctx)?;
        let page = page(first, 20, after);
        let rows = workflow::list(deps, viewer, &page, search.clone()).await?;
        Ok(WorkflowConnection::of(rows, List::Workflows { search }))
    }

    /// My workflow of that id; null when there is none.
    async fn workflow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The workflow's id.")] id: ID,
    ) -> Option<Result<Workflow>> {
        context::find(ctx, &id, workflow::find).await
    }
}

/// What can be done to workflows.
#[derive(Debug, Default)]
pub struct WorkflowMutation;

#[Object]
impl WorkflowMutation {
    /// Makes a workflow with its stages. They are checked as a whole: `BAD_USER_INPUT` names the
    /// stage and the field that break a rule.
    async fn create_workflow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The workflow.")] input: CreateWorkflowInput,
    ) -> Result<Workflow> {
        let created = detached(ctx, |deps, viewer| async move {
            workflow::create(&deps, &viewer, input.parse()?).await
        });
        Ok(created.await?.into())
    }

    /// Changes the name, description, metadata or answer of a workflow, and raises its version.
    async fn update_workflow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateWorkflowInput,
    ) -> Result<Workflow> {
        let updated = detached(ctx, |deps, viewer| async move {
            workflow::update(&deps, &viewer, input.parse()?).await
        });
        Ok(updated.await?.into())
    }

    /// Makes a copy of a workflow with all of its stages. Runs and snapshots are not copied.
    async fn duplicate_workflow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The workflow to copy. `NOT_FOUND` when there is none.")] id: ID,
        #[graphql(desc = "What to call the copy; left out, it is made from the old name.")]
        name: Option<String>,
    ) -> Result<Workflow> {
        let copied = detached(ctx, |deps, viewer| async move {
            workflow::duplicate(&deps, &viewer, id_of("workflow", &id)?, name).await
        });
        Ok(copied.await?.into())
    }

    /// Deletes a workflow with its stages, and answers its id: it is gone at once. Its active runs
    /// are cancelled one after the other, soon after; runs and snapshots stay readable.
    async fn delete_workflow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The workflow. `NOT_FOUND` when there is none.")] id: ID,
    ) -> Result<ID> {
        let deleted = detached(ctx, |deps, viewer| async move {
            workflow::delete(&deps, &viewer, id_of("workflow", &id)?).await
        });
        Ok(deleted.await?.into())
    }
}
