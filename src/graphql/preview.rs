//! What a stage would send.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use serde_json::Value;

use super::check::CheckWorkflowInput;
use super::context::caller;
use super::execution_log::UsedVariable;
use super::id::id_of;
use super::problem::Problem;
use super::scalar::Json;
use super::stage::StageInput;
use crate::domain::progress::Messages;
use crate::error::{self, Error};
use crate::service::preview::{Of, Preview, PreviewStage, of_stage};

/// What a stage would send, byte for byte.
#[derive(Debug, SimpleObject)]
pub struct StagePreview {
    /// The system message; null: none is sent.
    system: Option<String>,
    /// The turns between system message and prompt, as `ExecutionLog.messagesSent`; null: none.
    messages: Option<Json>,
    /// The prompt; null when it cannot be made with these values: `problems` say why.
    prompt: Option<String>,
    /// Where each value came from.
    variables: Vec<UsedVariable>,
    /// Why nothing would be sent, and what else is wrong or doubtful in this stage.
    problems: Vec<Problem>,
}

impl From<Preview> for StagePreview {
    fn from(preview: Preview) -> Self {
        let variables = preview.variables.into_iter();
        let variables = variables.flat_map(|(used, value)| UsedVariable::all(used, value));
        let messages = preview.messages.as_ref();
        Self {
            messages: messages.and_then(Messages::turns_sent).map(Json),
            variables: variables.collect(),
            problems: preview.problems.into_iter().map(Problem::from).collect(),
            prompt: messages.map(|it| it.prompt.clone()),
            system: preview.messages.and_then(|it| it.system),
        }
    }
}

/// A stage to look at, and the values that it is given.
#[derive(Debug, InputObject)]
pub struct PreviewStageInput {
    /// The saved workflow that it is a stage of. `NOT_FOUND` when there is none. Either this or `stages`.
    workflow_id: Option<ID>,
    /// A draft of all stages, as they would be saved by `updateWorkflowStages`.
    stages: Option<Vec<StageInput>>,
    /// Which stage. `BAD_USER_INPUT` when there is none of that order.
    stage_order: i32,
    /// A run whose values are taken: its inputs, and what its stages had brought when this one was last started, or now where it
    /// never was. Stages are found by their ids, whatever their orders were then. Left out: there are no values but `inputs`.
    execution_id: Option<ID>,
    /// Values of inputs, a JSON object; each comes before that run's.
    inputs: Option<Json>,
    /// With `forEach`, which item of the list, from 0; the first when left out.
    item_index: Option<i32>,
    /// True: what would be sent after that run's last failure at this stage that counted; where there was none, as if nothing had
    /// been answered and said.
    retry: Option<bool>,
    /// What a completed run of the draft would answer. Left out: what is saved.
    output_mapping: Option<Json>,
}

impl PreviewStageInput {
    fn parse(self) -> error::Result<PreviewStage> {
        let of = match (self.workflow_id, self.stages) {
            (Some(id), None) => Of::Workflow(id_of("workflow", &id)?),
            (None, Some(stages)) => {
                let draft = CheckWorkflowInput {
                    stages,
                    output_mapping: self.output_mapping,
                };
                Of::Draft(draft.parse()?)
            }
            (Some(_), Some(_)) | (None, None) => {
                let message = "give either workflowId or stages";
                return Err(Error::bad_input("workflowId", message));
            }
        };
        let item_index = usize::try_from(self.item_index.unwrap_or_default());
        let item_index =
            item_index.map_err(|_| Error::bad_input("itemIndex", "must be 0 or more"))?;
        let execution_id = self.execution_id.map(|id| id_of("execution", &id));
        Ok(PreviewStage {
            of,
            stage_order: self.stage_order,
            execution_id: execution_id.transpose()?,
            inputs: self.inputs.map(Value::from),
            item_index,
            retry: self.retry.unwrap_or_default(),
        })
    }
}

/// What can be asked about a stage without running it.
#[derive(Debug, Default)]
pub struct PreviewQuery;

#[Object]
impl PreviewQuery {
    /// What a stage would send with the values of a run, byte for byte, or why it would send nothing. Nothing is called and
    /// nothing is written.
    async fn preview_stage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The stage and its values.")] input: PreviewStageInput,
    ) -> Result<StagePreview> {
        let (deps, viewer) = caller(ctx)?;
        Ok(of_stage(deps, viewer, input.parse()?).await?.into())
    }
}
