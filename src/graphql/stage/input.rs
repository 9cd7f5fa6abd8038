//! What callers say of stages.

use async_graphql::{ID, InputObject, MaybeUndefined};
use serde_json::Value;

use super::ValidationType;
use crate::domain::definition::label;
use crate::domain::patch::Patch;
use crate::domain::validate::Kind;
use crate::error::{self, Error};
use crate::graphql::id::{id_of, reference};
use crate::graphql::scalar::{Json, json_patch};
use crate::service::stage;

/// A whole stage: what is left out takes its default, also for a stage that keeps its id.
#[derive(Debug, InputObject)]
pub struct StageInput {
    /// In `updateWorkflowStages` the stage that is kept and changed. An id that is no stage of the
    /// workflow, or any id in `createWorkflow` and `addStage`, is `BAD_USER_INPUT`.
    id: Option<ID>,
    /// Its place among the stages of its workflow, 1 to 10,000, unique there.
    stage_order: i32,
    /// What paths may call it in the place of `stage_N` (see `Stage.key`): a letter or `_`, then letters, digits and
    /// `_`, at most 200, unique in its workflow, not `inputs`, `item` or `index`, and not beginning with `stage_`.
    /// In a stage that is kept another key takes the place of the old one in every path of the workflow, and
    /// `BAD_USER_INPUT` names what uses one that no stage would have any more. What stood as text and is a path
    /// with the new key becomes one.
    key: Option<String>,
    /// What to call it, at most 200 characters.
    name: Option<String>,
    /// The system message that goes ahead of the prompt, a template like it, at most 256 KiB.
    system_template: Option<String>,
    /// The turns between system message and prompt, at most 100 (see `Stage.messages`), each of at most 256 KiB.
    messages: Option<Json>,
    /// The prompt, at most 256 KiB. `{{name}}` stands for a variable, `{{stage_1.output.title}}` for what is at
    /// that path (see `Stage.promptTemplate`). `BAD_USER_INPUT` when a path reads from a stage that there is not.
    prompt_template: Option<String>,
    /// The prompt of an attempt that follows a failure that counted, at most 256 KiB, with `{{output}}` and
    /// `{{notes}}` of that failure (see `Stage.retryPromptTemplate`).
    retry_prompt_template: Option<String>,
    /// The model that answers. `BAD_USER_INPUT` when there is none of that id.
    model_id: Option<ID>,
    /// For how many seconds the model may say nothing in a call, 1 to 3600; as long as this server
    /// allows when left out.
    timeout_seconds: Option<i32>,
    /// Who or what judges the answer; `NONE` when left out.
    validation_type: Option<ValidationType>,
    /// The rule, in the form that `validationType` asks for. `BAD_USER_INPUT` when it is wrong, or when
    /// one of its patterns could cost more than 64 steps a character (see `REGEX`).
    validation_criteria: Option<Json>,
    /// The JSON object that the answer has to be: keys, each with string, number, integer, boolean,
    /// array, object, or a JSON Schema in the place of these words. `BAD_USER_INPUT` when a schema is none,
    /// refers to something outside itself, or could cost too much: by its patterns (see `REGEX`), or by more
    /// than 10,000 subschemas with its references written out.
    output_variables: Option<Json>,
    /// Where the variables of the prompt come from: names, each with a path such as `inputs.topic`
    /// or `stage_1.output.text`, or with a choice of paths (see `Stage.inputVariableMapping`). `BAD_USER_INPUT` when it
    /// reads from a stage that there is not.
    input_variable_mapping: Option<Json>,
    /// How many further attempts follow one that did not pass, 0 to 100; 0 when left out.
    retry_limit: Option<i32>,
    /// The `stageOrder` that follows a pass; 0 ends the run. `BAD_USER_INPUT` when there is no such
    /// stage.
    next_stage_on_pass: Option<i32>,
    /// The `stageOrder` that follows when no attempt passed; 0 ends the run. `BAD_USER_INPUT` when
    /// there is no such stage.
    next_stage_on_fail: Option<i32>,
    /// Where a pass goes on by a value (see `Stage.routes`). `BAD_USER_INPUT` when a target is no stage.
    routes: Option<Json>,
    /// The list that the stage runs over, once for every item (see `Stage.forEach`). `BAD_USER_INPUT` when it
    /// reads from a stage that there is not, together with `MANUAL` (approve the list in a stage of its own), and
    /// when a variable is mapped to `item` or `index`.
    for_each: Option<Json>,
    /// Settings of the model call: `temperature`, `topP`, `topK`, `maxTokens`, `stop`, `seed`,
    /// `presencePenalty`, `frequencyPenalty`, `reasoningEffort`, `responseFormat` ("text", "`json_object`",
    /// "`json_schema`", or an object as the provider takes it), `systemRole` (false: the system message
    /// goes to the head of the prompt) and `stream` (false: the answer comes whole). They may be written in
    /// `snake_case`, too. Null removes a default of the model. `BAD_USER_INPUT` for any other name.
    flowise_config: Option<Json>,
}

impl StageInput {
    pub(super) fn parse(self) -> error::Result<stage::StageInput> {
        let reference = |field: &str, id: Option<ID>| {
            let id = id.map(|id| reference(field, &id)).transpose();
            id.map_err(|error| error.about(&label(self.stage_order, self.name.as_deref())))
        };
        let id = reference("id", self.id)?;
        let model_id = reference("modelId", self.model_id)?;
        Ok(stage::StageInput {
            id,
            stage_order: self.stage_order,
            key: self.key,
            name: self.name,
            system_template: self.system_template,
            messages: self.messages.map(Value::from),
            prompt_template: self.prompt_template,
            retry_prompt_template: self.retry_prompt_template,
            model_id,
            timeout_seconds: self.timeout_seconds,
            validation_type: self.validation_type.map(Kind::from),
            validation_criteria: self.validation_criteria.map(Value::from),
            output_variables: self.output_variables.map(Value::from),
            input_variable_mapping: self.input_variable_mapping.map(Value::from),
            retry_limit: self.retry_limit,
            next_stage_on_pass: self.next_stage_on_pass,
            next_stage_on_fail: self.next_stage_on_fail,
            routes: self.routes.map(Value::from),
            for_each: self.for_each.map(Value::from),
            flowise_config: self.flowise_config.map(Value::from),
        })
    }
}

/// A whole list of stages as the service takes it.
///
/// # Errors
/// `BadInput` at `stages[…]` for an id that is none.
pub fn inputs(stages: Vec<StageInput>) -> error::Result<Vec<stage::StageInput>> {
    let within = |index: usize| move |error: Error| error.within(&format!("stages[{index}]"));
    let stages = stages.into_iter().enumerate();
    stages
        .map(|(index, stage)| stage.parse().map_err(within(index)))
        .collect()
}

/// A whole list to put in the place of a workflow's stages.
#[derive(Debug, InputObject)]
pub struct UpdateWorkflowStagesInput {
    /// The workflow. `NOT_FOUND` when there is none.
    pub(super) workflow_id: ID,
    /// The `version` that you know: when it is not the current one any more, `CONFLICT`, and
    /// nothing is written.
    pub(super) expected_version: Option<i32>,
    /// The new list, at most 100. A stage with an `id` is kept and changed, one without is new, and
    /// what the list does not name is deleted.
    pub(super) stages: Vec<StageInput>,
    /// What a completed run answers then, as in `CreateWorkflowInput`, so that one change can be of both. Left out it
    /// stays as it is, and must fit the new list; null removes it.
    pub(super) output_mapping: MaybeUndefined<Json>,
}

/// A stage to add to a workflow.
#[derive(Debug, InputObject)]
pub struct AddStageInput {
    /// The workflow. `NOT_FOUND` when there is none.
    pub(super) workflow_id: ID,
    /// The `version` that you know: when it is not the current one any more, `CONFLICT`, and
    /// nothing is written.
    pub(super) expected_version: Option<i32>,
    /// The stage. `BAD_USER_INPUT` when its `stageOrder` is taken.
    pub(super) stage: StageInput,
}

/// What to change of a stage. A field that is left out stays as it is.
#[derive(Debug, InputObject)]
pub struct UpdateStageInput {
    /// The stage. `NOT_FOUND` when there is none.
    id: ID,
    /// The `version` of the workflow that you know: when it is not the current one any more,
    /// `CONFLICT`, and nothing is written.
    expected_version: Option<i32>,
    /// Its new place among the stages of its workflow, 1 to 10,000, not taken; null is
    /// `BAD_USER_INPUT`.
    stage_order: MaybeUndefined<i32>,
    /// What paths may call it, as in `StageInput`: every path that used the old key uses the new one from then on.
    /// Null removes it, `BAD_USER_INPUT` while a path uses it.
    key: MaybeUndefined<String>,
    /// What to call it, at most 200 characters; null removes it.
    name: MaybeUndefined<String>,
    /// The system message that goes ahead of the prompt, at most 256 KiB; null removes it.
    system_template: MaybeUndefined<String>,
    /// The turns between system message and prompt, as in `StageInput`; null removes them.
    messages: MaybeUndefined<Json>,
    /// The prompt, at most 256 KiB; null removes it.
    prompt_template: MaybeUndefined<String>,
    /// The prompt of an attempt that follows a failure that counted, at most 256 KiB; null removes it.
    retry_prompt_template: MaybeUndefined<String>,
    /// The model that answers; null removes it. `BAD_USER_INPUT` when there is none of that id.
    model_id: MaybeUndefined<ID>,
    /// For how many seconds the model may say nothing in a call, 1 to 3600; null: as long as this
    /// server allows.
    timeout_seconds: MaybeUndefined<i32>,
    /// Who or what judges the answer; null makes it `NONE`.
    validation_type: MaybeUndefined<ValidationType>,
    /// The rule, in the form that `validationType` asks for; null removes it. `BAD_USER_INPUT` when it is
    /// wrong, or when one of its patterns could cost more than 64 steps a character (see `REGEX`).
    validation_criteria: MaybeUndefined<Json>,
    /// The JSON object that the answer has to be; null makes it plain text.
    output_variables: MaybeUndefined<Json>,
    /// Where the variables of the prompt come from; null removes every mapping.
    input_variable_mapping: MaybeUndefined<Json>,
    /// How many further attempts follow one that did not pass, 0 to 100; null makes it 0.
    retry_limit: MaybeUndefined<i32>,
    /// The `stageOrder` that follows a pass; 0 ends the run, null goes on with the next higher one.
    next_stage_on_pass: MaybeUndefined<i32>,
    /// The `stageOrder` that follows when no attempt passed; 0 or null ends the run as `FAILED`.
    next_stage_on_fail: MaybeUndefined<i32>,
    /// Where a pass goes on by a value, as in `StageInput`; null removes it.
    routes: MaybeUndefined<Json>,
    /// The list that the stage runs over, once for every item; null: it runs once.
    for_each: MaybeUndefined<Json>,
    /// Settings of the model call, as in `StageInput`; null removes them.
    flowise_config: MaybeUndefined<Json>,
}

impl UpdateStageInput {
    pub(super) fn parse(self) -> error::Result<stage::UpdateStage> {
        let model_id = Patch::from(self.model_id).try_map(|id| reference("modelId", &id))?;
        Ok(stage::UpdateStage {
            id: id_of("stage", &self.id)?,
            expected_version: self.expected_version,
            stage_order: self.stage_order.into(),
            key: self.key.into(),
            name: self.name.into(),
            system_template: self.system_template.into(),
            messages: json_patch(self.messages),
            prompt_template: self.prompt_template.into(),
            retry_prompt_template: self.retry_prompt_template.into(),
            model_id,
            timeout_seconds: self.timeout_seconds.into(),
            validation_type: self.validation_type.map_value(Kind::from).into(),
            validation_criteria: json_patch(self.validation_criteria),
            output_variables: json_patch(self.output_variables),
            input_variable_mapping: json_patch(self.input_variable_mapping),
            retry_limit: self.retry_limit.into(),
            next_stage_on_pass: self.next_stage_on_pass.into(),
            next_stage_on_fail: self.next_stage_on_fail.into(),
            routes: json_patch(self.routes),
            for_each: json_patch(self.for_each),
            flowise_config: json_patch(self.flowise_config),
        })
    }
}

/// A new order for the stages of a workflow.
#[derive(Debug, InputObject)]
pub struct ReorderStagesInput {
    /// The workflow. `NOT_FOUND` when there is none.
    workflow_id: ID,
    /// The `version` that you know: when it is not the current one any more, `CONFLICT`, and
    /// nothing is written.
    expected_version: Option<i32>,
    /// All stages of the workflow, each once, in their new order. `BAD_USER_INPUT` for anything else.
    stage_ids: Vec<ID>,
}

impl ReorderStagesInput {
    pub(super) fn parse(self) -> error::Result<stage::ReorderStages> {
        let ids = self.stage_ids.iter().enumerate();
        let ids = ids.map(|(index, id)| reference(&format!("stageIds[{index}]"), id));
        Ok(stage::ReorderStages {
            workflow_id: id_of("workflow", &self.workflow_id)?,
            expected_version: self.expected_version,
            stage_ids: ids.collect::<error::Result<_>>()?,
        })
    }
}

/// A stage to delete.
#[derive(Debug, InputObject)]
pub struct DeleteStageInput {
    /// The stage. `NOT_FOUND` when there is none.
    pub(super) id: ID,
    /// The `version` of the workflow that you know: when it is not the current one any more,
    /// `CONFLICT`, and nothing is written.
    pub(super) expected_version: Option<i32>,
}
