//! Stages: the steps of a workflow, one by one and as a whole list.

mod input;

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};

pub use self::input::{
    AddStageInput, DeleteStageInput, ReorderStagesInput, StageInput, UpdateStageInput,
    UpdateWorkflowStagesInput, inputs,
};
use super::context::{self, detached, loaders};
use super::id::id_of;
use super::model::Model;
use super::scalar::{DateTime, Json, json_patch};
use super::workflow::Workflow;
use crate::domain::setting;
use crate::domain::validate::Kind;
use crate::entity;
use crate::service::stage;

/// One step of a workflow.
#[derive(Clone, Debug)]
pub struct Stage(pub(super) Arc<entity::stage::Model>);

impl From<entity::stage::Model> for Stage {
    fn from(row: entity::stage::Model) -> Self {
        Self(Arc::new(row))
    }
}

/// One step of a workflow: a prompt, the model that answers it, and the rule that judges the answer.
#[Object]
impl Stage {
    /// Identifies the stage; it stays the same when the stage is changed or moved.
    fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The workflow that it belongs to.
    fn workflow_id(&self) -> ID {
        self.0.workflow_id.into()
    }

    /// Its place among the stages of its workflow, 1 to 10,000, unique there. A run begins at the
    /// lowest.
    fn stage_order(&self) -> i32 {
        self.0.stage_order
    }

    /// What paths may call it in the place of `stage_N`: with the key `facts`, `{{facts.people}}` is
    /// `{{stage_1.output.people}}`. After a key, `output`, `raw`, `notes`, `failed` and `item` mean what they mean after
    /// `stage_1`; an output variable of such a name is `facts.output.raw`. `{{facts}}` alone is an input or a mapped
    /// name. Null: it has none.
    fn key(&self) -> Option<&str> {
        self.0.key.as_deref()
    }

    /// What its owner calls it; null when it has no name.
    fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// The system message that goes ahead of the prompt, a template like it. Null, or where nothing
    /// but blanks comes of it: none is sent.
    fn system_template(&self) -> Option<&str> {
        self.0.system_template.as_deref()
    }

    /// The turns between system message and prompt: examples of questions and answers, or what was said before. A
    /// list of at most 100, each `{"role": "user", "content": "…"}`, or `"assistant"`, whose content is a template
    /// like the prompt; or `{"from": "inputs.history"}` in the place of a list of such turns that is at that path,
    /// whose texts are sent as they are. They are sent in this order, whatever the roles; those with nothing but
    /// blanks are left out. Null: none.
    fn messages(&self) -> Option<Json> {
        self.0.messages.clone().map(Json)
    }

    /// The prompt, a template. `{{name}}` stands for a variable of `inputVariableMapping`, else for the input of
    /// that name; `{{inputs.topic}}` and `{{stage_1.output.title}}` stand for what is at that path, as in a
    /// mapping, and where stage 1 has the key `draft`, so does `{{draft.title}}`. Blanks inside the braces mean nothing. A backslash before the braces, `\{{name}}`, makes them
    /// literal; two are one backslash and the value. Everything else, single braces included, is sent as it is.
    /// Null while it is not written.
    fn prompt_template(&self) -> Option<&str> {
        self.0.prompt_template.as_deref()
    }

    /// The prompt, in the place of `promptTemplate`, of an attempt that follows a failure of the same visit that
    /// counted against `retryLimit`: the validator or a person said no, or the answer was of no use. A template
    /// like the prompt, in which `{{output}}` is the answer that failed (empty where there was none) and
    /// `{{notes}}` what was said of it, or else why it was of no use; both come before variables of these names.
    /// A call that is made again, for the provider did not answer or a process died, sends the same prompt again.
    /// Null: `promptTemplate`.
    fn retry_prompt_template(&self) -> Option<&str> {
        self.0.retry_prompt_template.as_deref()
    }

    /// The model that answers; null while none is chosen.
    async fn model(&self, ctx: &Context<'_>) -> Option<Result<Model>> {
        let found = loaders(ctx).models.find(self.0.model_id?).await;
        found.map(|row| row.map(Model)).transpose()
    }

    /// For how many seconds the model may say nothing in a call, 1 to 3600; null: as long as this
    /// server's `STAGE_TIMEOUT_SECONDS` allows.
    fn timeout_seconds(&self) -> Option<i32> {
        self.0.timeout_seconds
    }

    /// Who or what judges the answer.
    fn validation_type(&self) -> ValidationType {
        self.0.validation_type.into()
    }

    /// The rule by which the answer is judged, in the form that `validationType` asks for; null where
    /// it asks for none. A check that takes longer than 5 s fails its stage without another attempt.
    fn validation_criteria(&self) -> Option<Json> {
        self.0.validation_criteria.clone().map(Json)
    }

    /// The JSON object that the answer has to be, as key and type: `{"title": "string"}`. A type may be a
    /// JSON Schema: `{"tags": {"type": "array", "items": {"type": "string"}}}`. A model that takes a form is
    /// asked for it. Null: the answer is plain text.
    fn output_variables(&self) -> Option<Json> {
        self.0.output_variables.clone().map(Json)
    }

    /// Where the variables of the prompt come from: `{"topic": "inputs.topic"}` or
    /// `{"draft": "stage_1.output.text"}`. Paths are `inputs.name`, and of a stage `stage_1.output`, `stage_1.raw`
    /// (the answer's text), `stage_1.notes` (what whoever judged it said), `stage_1.failed.raw` and
    /// `stage_1.failed.notes` (the answer on which its last visit came to no verdict, and why). A list of paths takes
    /// the first that has a value, `{"latest": ["stage_2.raw", "stage_3.raw"]}` the one whose stage ended last;
    /// `{"from": ["inputs.country"], "default": ""}` says what it is where none has one, and so does `default` beside
    /// `latest`. Null is no value. A path without a value and without a default fails the stage; one of an input is
    /// `BAD_USER_INPUT` when a run is started. Names that are not mapped are looked up in the run's inputs.
    fn input_variable_mapping(&self) -> Option<Json> {
        self.0.input_variable_mapping.clone().map(Json)
    }

    /// How many further attempts follow one that did not pass, 0 to 100.
    fn retry_limit(&self) -> i32 {
        self.0.retry_limit
    }

    /// The `stageOrder` of the stage that follows a pass; 0 ends the run, null goes on with the next
    /// higher one.
    fn next_stage_on_pass(&self) -> Option<i32> {
        self.0.next_stage_on_pass
    }

    /// The `stageOrder` of the stage that follows when no attempt passed; 0 or null ends the run as
    /// `FAILED`.
    fn next_stage_on_fail(&self) -> Option<i32> {
        self.0.next_stage_on_fail
    }

    /// Where a pass goes on by a value, looked at before `nextStageOnPass`: `{"by": "stage_1.output.kind", "to":
    /// {"billing": 10, "product": 0}}`. The value is what is at the path once this stage has passed, an edited output
    /// included. A text, a number (as compact JSON writes it), `true` or `false` that is exactly one of the words leads to
    /// the `stageOrder` beside it, 0 ends the run; with anything else, `nextStageOnPass` goes on. Null: no routes.
    fn routes(&self) -> Option<Json> {
        self.0.routes.clone().map(Json)
    }

    /// The list that the stage runs over, once for every item: `{"in": "stage_1.output.people", "concurrency": 4}`.
    /// `in` is the path of a list of at most 1,000 items, `concurrency` how many may be under way at once, 1 to 8
    /// (1 when left out). The prompt may say `{{item}}`, `{{item.name}}`, `{{index}}` (from 0) and `{{stage_2.item}}`,
    /// which is what an earlier stage over the same list brought at this index. Every item has its attempts and its
    /// verdict. The output is `{"items": […]}` in the list's order, each entry what the output of the stage would
    /// be, and `raw` a list likewise. The stage passes when every item has passed, and fails when one has no
    /// attempts left; with `"onItemFail": "skip"` there is null in its place. Null: the stage runs once.
    fn for_each(&self) -> Option<Json> {
        self.0.for_each.clone().map(Json)
    }

    /// Settings of the model call, which overlay the model's `configDefaults`:
    /// `{"temperature": 0.2}`. What an old stage says beside the known settings stands under `extra`
    /// and is never sent.
    fn flowise_config(&self) -> Option<Json> {
        let config = self.0.flowise_config.as_ref();
        config.map(|config| Json(setting::shown(config)))
    }

    /// When it was made.
    fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }
}

/// Who or what judges the answer of a stage, and the `validationCriteria` that it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Kind")]
pub enum ValidationType {
    /// Every answer passes. No criteria.
    None,
    /// A person decides by `recordManualValidation`; the run is `PAUSED` until then. No criteria.
    Manual,
    /// A pattern decides: `{"pattern", "flags"?, "mustMatch"?}`. `flags` is a text of i, m, s and x;
    /// with `mustMatch` false an answer passes that does not match. With m, `^` and `$` mean lines, which end
    /// with LF or CRLF. Without m a pattern is tried on the answer and on the answer without its final line
    /// break, and matches if it matches either, also where `mustMatch` is false. A pattern costs a step for every way
    /// in which it may go on at the worst character of any text, and 64 at most: a counted repetition
    /// such as `{1,60}` counts from everywhere it may begin, unless `^` says where.
    Regex,
    /// A function decides: `{"functionName", "args"}`, one of `non_empty`, `is_json`, `min_length`,
    /// `max_length`, `contains`, `not_contains`, `starts_with`, `ends_with`, `equals`,
    /// `one_of`, `number_range` and `json_schema`.
    Function,
    /// Another model decides: `{"prompt", "modelId"?}`. The prompt is a template like the stage's own, and
    /// `{{output}}` in it is the answer.
    /// Without `modelId` the stage's own model judges.
    Llm,
}

/// What can be asked about stages.
#[derive(Debug, Default)]
pub struct StageQuery;

#[Object]
impl StageQuery {
    /// The stage of that id in one of my workflows; null when there is none.
    async fn stage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The stage's id.")] id: ID,
    ) -> Option<Result<Stage>> {
        context::find(ctx, &id, stage::find).await
    }
}

/// What can be done to stages.
#[derive(Debug, Default)]
pub struct StageMutation;

#[Object]
impl StageMutation {
    /// Puts a whole list in the place of a workflow's stages, and answers the workflow, whose
    /// version it raises. The list is checked as a whole: `BAD_USER_INPUT` names the stage and the
    /// field that break a rule.
    async fn update_workflow_stages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The list.")] input: UpdateWorkflowStagesInput,
    ) -> Result<Workflow> {
        let replaced = detached(ctx, |deps, viewer| async move {
            let input = stage::ReplaceStages {
                workflow_id: id_of("workflow", &input.workflow_id)?,
                expected_version: input.expected_version,
                stages: inputs(input.stages)?,
                output_mapping: json_patch(input.output_mapping),
            };
            stage::replace(&deps, &viewer, input).await
        });
        Ok(replaced.await?.into())
    }

    /// Adds a stage to a workflow, and answers the workflow, whose version it raises.
    async fn add_stage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The stage and its workflow.")] input: AddStageInput,
    ) -> Result<Workflow> {
        let added = detached(ctx, |deps, viewer| async move {
            let input = stage::AddStage {
                workflow_id: id_of("workflow", &input.workflow_id)?,
                expected_version: input.expected_version,
                stage: input.stage.parse().map_err(|error| error.within("stage"))?,
            };
            stage::add(&deps, &viewer, input).await
        });
        Ok(added.await?.into())
    }

    /// Changes a stage, and answers its workflow, whose version it raises.
    async fn update_stage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateStageInput,
    ) -> Result<Workflow> {
        let updated = detached(ctx, |deps, viewer| async move {
            stage::update(&deps, &viewer, input.parse()?).await
        });
        Ok(updated.await?.into())
    }

    /// Gives the stages of a workflow the orders 1, 2, 3, … as they are listed, writes what refers to one by its order
    /// anew, in every template, mapping and target, and answers the workflow, whose version it raises. Texts are as
    /// they were otherwise. `BAD_USER_INPUT` names what refers to a stage that there is not.
    async fn reorder_stages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new order.")] input: ReorderStagesInput,
    ) -> Result<Workflow> {
        let reordered = detached(ctx, |deps, viewer| async move {
            stage::reorder(&deps, &viewer, input.parse()?).await
        });
        Ok(reordered.await?.into())
    }

    /// Deletes a stage, and answers its workflow, whose version it raises. `BAD_USER_INPUT` while
    /// another stage routes to it or reads from it.
    async fn delete_stage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The stage.")] input: DeleteStageInput,
    ) -> Result<Workflow> {
        let deleted = detached(ctx, |deps, viewer| async move {
            let input = stage::DeleteStage {
                id: id_of("stage", &input.id)?,
                expected_version: input.expected_version,
            };
            stage::delete(&deps, &viewer, input).await
        });
        Ok(deleted.await?.into())
    }
}
