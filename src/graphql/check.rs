//! Looking at stages before they are saved.

use async_graphql::{Context, InputObject, Object, Result};
use serde_json::Value;

use super::context::caller;
use super::problem::Problem;
use super::scalar::Json;
use super::stage::{StageInput, inputs};
use crate::error;
use crate::service::problem::{Draft, of_draft};

/// Stages to look at, as they would be saved by `updateWorkflowStages`.
#[derive(Debug, InputObject)]
pub struct CheckWorkflowInput {
    /// All stages of the workflow, at most 100. Those that are saved already have their `id`.
    pub(super) stages: Vec<StageInput>,
    /// What a completed run would answer. Left out: what the workflow says that has a stage of these ids.
    pub(super) output_mapping: Option<Json>,
}

impl CheckWorkflowInput {
    pub(super) fn parse(self) -> error::Result<Draft> {
        Ok(Draft {
            stages: inputs(self.stages)?,
            output_mapping: self.output_mapping.map(Value::from),
        })
    }
}

/// What can be asked about stages that are not saved.
#[derive(Debug, Default)]
pub struct CheckQuery;

#[Object]
impl CheckQuery {
    /// What is wrong or doubtful in a draft of stages, the worst first, at most 500: also what a save and a start would refuse.
    /// Nothing is run and nothing is written.
    async fn check_workflow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The draft.")] input: CheckWorkflowInput,
    ) -> Result<Vec<Problem>> {
        let (deps, viewer) = caller(ctx)?;
        let found = of_draft(deps, viewer, input.parse()?).await?;
        Ok(found.into_iter().map(Problem::from).collect())
    }
}
