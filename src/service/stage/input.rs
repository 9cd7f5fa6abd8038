//! Stages as callers give them, and their way into rows: sizes checked, texts cleaned, defaults set.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::ready::Rule;
use crate::domain::definition::label;
use crate::domain::limit;
use crate::domain::patch::Patch;
use crate::domain::setting;
use crate::domain::template;
use crate::domain::turns;
use crate::domain::validate::Kind;
use crate::entity::stage;
use crate::error::Result;

/// A stage in full, also as a file says it: what is left out takes its default.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct StageInput {
    /// A stage of the workflow that keeps its place in history; none for a new one.
    pub id: Option<Uuid>,
    pub stage_order: i32,
    pub key: Option<String>,
    pub name: Option<String>,
    pub system_template: Option<String>,
    pub messages: Option<Value>,
    pub prompt_template: Option<String>,
    pub retry_prompt_template: Option<String>,
    pub model_id: Option<Uuid>,
    pub timeout_seconds: Option<i32>,
    pub validation_type: Option<Kind>,
    pub validation_criteria: Option<Value>,
    pub output_variables: Option<Value>,
    pub input_variable_mapping: Option<Value>,
    pub retry_limit: Option<i32>,
    pub next_stage_on_pass: Option<i32>,
    pub next_stage_on_fail: Option<i32>,
    pub routes: Option<Value>,
    pub for_each: Option<Value>,
    pub flowise_config: Option<Value>,
}

/// Changes to one stage.
#[derive(Clone, Debug)]
pub struct UpdateStage {
    pub id: Uuid,
    /// The version of the workflow that the caller knows.
    pub expected_version: Option<i32>,
    pub stage_order: Patch<i32>,
    pub key: Patch<String>,
    pub name: Patch<String>,
    pub system_template: Patch<String>,
    pub messages: Patch<Value>,
    pub prompt_template: Patch<String>,
    pub retry_prompt_template: Patch<String>,
    pub model_id: Patch<Uuid>,
    pub timeout_seconds: Patch<i32>,
    pub validation_type: Patch<Kind>,
    pub validation_criteria: Patch<Value>,
    pub output_variables: Patch<Value>,
    pub input_variable_mapping: Patch<Value>,
    pub retry_limit: Patch<i32>,
    pub next_stage_on_pass: Patch<i32>,
    pub next_stage_on_fail: Patch<i32>,
    pub routes: Patch<Value>,
    pub for_each: Patch<Value>,
    pub flowise_config: Patch<Value>,
}

impl StageInput {
    /// What it is judged by.
    pub(super) fn rule(&self) -> Rule<'_> {
        Rule {
            label: label(self.stage_order, self.name.as_deref()),
            kind: self.validation_type.unwrap_or_default(),
            criteria: self.validation_criteria.as_ref(),
            variables: self.output_variables.as_ref(),
        }
    }

    /// The row of a new stage of a workflow, which belongs to a user.
    pub(super) fn into_row(
        self,
        id: Uuid,
        (workflow_id, user_id): (Uuid, Uuid),
        created_at: DateTime<Utc>,
    ) -> stage::Model {
        stage::Model {
            id,
            workflow_id,
            user_id,
            stage_order: self.stage_order,
            key: self.key,
            name: self.name,
            system_template: self.system_template,
            messages: self.messages,
            prompt_template: self.prompt_template,
            retry_prompt_template: self.retry_prompt_template,
            model_id: self.model_id,
            timeout_seconds: self.timeout_seconds,
            validation_type: self.validation_type.unwrap_or_default(),
            validation_criteria: self.validation_criteria,
            output_variables: self.output_variables,
            input_variable_mapping: self.input_variable_mapping,
            retry_limit: self.retry_limit.unwrap_or_default(),
            next_stage_on_pass: self.next_stage_on_pass,
            next_stage_on_fail: self.next_stage_on_fail,
            routes: self.routes,
            for_each: self.for_each,
            flowise_config: self.flowise_config,
            template_syntax: Some(template::SYNTAX),
            created_at,
        }
    }
}

impl UpdateStage {
    /// Does it say anything of what the stage is judged by, or of what its output has to be?
    pub(super) fn changes_rule(&self) -> bool {
        self.validation_type != Patch::Keep
            || self.validation_criteria != Patch::Keep
            || self.output_variables != Patch::Keep
    }

    /// The stage with these changes.
    ///
    /// # Errors
    /// `BadInput` naming the stage, when it would have no order.
    pub(super) fn apply(self, stage: stage::Model) -> Result<stage::Model> {
        let order = self.stage_order;
        let order = order.apply_required("stageOrder", stage.stage_order);
        let label = label(stage.stage_order, stage.name.as_deref());
        Ok(stage::Model {
            stage_order: order.map_err(|error| error.about(&label))?,
            key: self.key.apply(stage.key),
            name: self.name.apply(stage.name),
            system_template: self.system_template.apply(stage.system_template),
            messages: self.messages.apply(stage.messages),
            prompt_template: self.prompt_template.apply(stage.prompt_template),
            retry_prompt_template: self
                .retry_prompt_template
                .apply(stage.retry_prompt_template),
            model_id: self.model_id.apply(stage.model_id),
            timeout_seconds: self.timeout_seconds.apply(stage.timeout_seconds),
            validation_type: self
                .validation_type
                .apply_or(stage.validation_type, Kind::default()),
            validation_criteria: self.validation_criteria.apply(stage.validation_criteria),
            output_variables: self.output_variables.apply(stage.output_variables),
            input_variable_mapping: self
                .input_variable_mapping
                .apply(stage.input_variable_mapping),
            retry_limit: self.retry_limit.apply_or(stage.retry_limit, 0),
            next_stage_on_pass: self.next_stage_on_pass.apply(stage.next_stage_on_pass),
            next_stage_on_fail: self.next_stage_on_fail.apply(stage.next_stage_on_fail),
            routes: self.routes.apply(stage.routes),
            for_each: self.for_each.apply(stage.for_each),
            flowise_config: self.flowise_config.apply(stage.flowise_config),
            ..stage
        })
    }
}

/// The stage with its texts and JSON checked for size and cleaned, and its settings as they are stored.
/// What was not changed `before` is not refused: it may have become longer by being escaped.
///
/// # Errors
/// `BadInput` or `LimitExceeded` naming the stage and its field.
pub(super) fn cleaned(stage: stage::Model, before: Option<&stage::Model>) -> Result<stage::Model> {
    let label = label(stage.stage_order, stage.name.as_deref());
    clean(stage, before).map_err(|error| error.about(&label))
}

fn clean(stage: stage::Model, before: Option<&stage::Model>) -> Result<stage::Model> {
    let name = stage.name.map(|name| limit::name("name", &name));
    let template = |field: &str, text: Option<String>, was: Option<&Option<String>>| match was {
        Some(was) if *was == text => Ok(text),
        _ => text.map(|text| limit::prompt(field, text)).transpose(),
    };
    let criteria = before.map(|before| &before.validation_criteria);
    Ok(stage::Model {
        name: name.transpose()?,
        system_template: template(
            "systemTemplate",
            stage.system_template,
            before.map(|it| &it.system_template),
        )?,
        prompt_template: template(
            "promptTemplate",
            stage.prompt_template,
            before.map(|it| &it.prompt_template),
        )?,
        retry_prompt_template: template(
            "retryPromptTemplate",
            stage.retry_prompt_template,
            before.map(|it| &it.retry_prompt_template),
        )?,
        messages: turns::cleaned(stage.messages, before.map(|it| &it.messages))?,
        routes: limit::optional_object("routes", stage.routes)?,
        validation_criteria: match criteria {
            Some(was) if *was == stage.validation_criteria => stage.validation_criteria,
            _ => limit::optional_object("validationCriteria", stage.validation_criteria)?,
        },
        output_variables: limit::optional_object("outputVariables", stage.output_variables)?,
        input_variable_mapping: limit::optional_object(
            "inputVariableMapping",
            stage.input_variable_mapping,
        )?,
        for_each: limit::optional_object("forEach", stage.for_each)?,
        flowise_config: settings(stage.flowise_config, before)?,
        ..stage
    })
}

fn settings(config: Option<Value>, before: Option<&stage::Model>) -> Result<Option<Value>> {
    let config = limit::optional_object("flowiseConfig", config)?;
    let Some(Value::Object(config)) = config else {
        return Ok(None);
    };
    let before = before.and_then(|stage| stage.flowise_config.as_ref());
    let config = Value::Object(config);
    if before.is_some_and(|before| config == *before || config == setting::shown(before)) {
        return Ok(before.cloned());
    }
    setting::of_stage(&config)
        .map(Some)
        .map_err(|fault| fault.at("flowiseConfig"))
}
