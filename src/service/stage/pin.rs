//! Stages as definitions: what a snapshot keeps, and what a run pins together with its models.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::super::Deps;
use super::super::tx::Tx;
use crate::domain::definition::{self, Definition, PinnedModel};
use crate::domain::template;
use crate::domain::validate::Kind;
use crate::entity::{model, stage, workflow};
use crate::error::Result;
use crate::store;

/// The stages in the API's field names, with the identifiers of their models but without the models
/// themselves.
#[must_use]
pub fn to_definition<S: std::hash::BuildHasher>(
    stages: &[stage::Model],
    models: &HashMap<Uuid, model::Model, S>,
) -> Vec<definition::Stage> {
    stages
        .iter()
        .map(|stage| {
            let model = stage.model_id.and_then(|id| models.get(&id));
            definition_of(stage, model)
        })
        .collect()
}

/// The stages of each workflow as a run pins them, with the models that answer and judge; every
/// workflow has an entry. Lock the workflows first. Beside a replica that knows the first syntax of templates alone,
/// or the second format of definitions, they are pinned in that, where it says the same.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn pinned_all(
    deps: &Deps,
    tx: &Tx,
    workflows: &[workflow::Model],
) -> Result<HashMap<Uuid, Arc<Definition>>> {
    let owners: Vec<_> = workflows.iter().map(|workflow| workflow.user_id).collect();
    let ids: Vec<_> = workflows.iter().map(|workflow| workflow.id).collect();
    let stages = store::stage::of_all(&**tx, &owners, &ids).await?;
    let models = models_of(tx, &stages).await?;
    let mut pinned: HashMap<_, Vec<_>> = ids.into_iter().map(|id| (id, Vec::new())).collect();
    for stage in &stages {
        let model = stage.model_id.and_then(|id| models.get(&id));
        let definition = pin(definition_of(stage, model), &models);
        pinned
            .entry(stage.workflow_id)
            .or_default()
            .push(definition);
    }
    let is_beside_first_syntax = deps.slots.are_beside_first_syntax();
    let is_beside_second_format = deps.slots.are_beside_second_format();
    let mut answers: HashMap<_, _> = workflows
        .iter()
        .map(|workflow| (workflow.id, workflow.output_mapping.clone()))
        .collect();
    let mut definition =
        |id, stages| match Definition::of(stages).answering(answers.remove(&id).flatten()) {
            it if is_beside_first_syntax => it.in_first_syntax(),
            it if is_beside_second_format => it.in_second_format(),
            it => it,
        };
    Ok(pinned
        .into_iter()
        .map(|(id, stages)| (id, Arc::new(definition(id, stages))))
        .collect())
}

/// The stages as a run would pin them now.
pub(in crate::service) fn pinned(
    stages: &[stage::Model],
    models: &HashMap<Uuid, model::Model>,
) -> Vec<definition::Stage> {
    let pinned = stages.iter().map(|stage| {
        let model = stage.model_id.and_then(|id| models.get(&id));
        pin(definition_of(stage, model), models)
    });
    pinned.collect()
}

/// The models that answer or judge in these stages, as far as they exist.
pub(in crate::service) async fn models_of(
    tx: &Tx,
    stages: &[stage::Model],
) -> Result<HashMap<Uuid, model::Model>> {
    let models = store::model::by_ids(&**tx, &model_ids(stages)).await?;
    Ok(by_id(models))
}

/// The same where nothing is written.
pub(in crate::service) async fn models_now(
    deps: &Deps,
    stages: &[stage::Model],
) -> Result<HashMap<Uuid, model::Model>> {
    let models = store::model::by_ids(deps.store.reader(), &model_ids(stages)).await?;
    Ok(by_id(models))
}

fn by_id(models: Vec<model::Model>) -> HashMap<Uuid, model::Model> {
    models.into_iter().map(|model| (model.id, model)).collect()
}

fn model_ids(stages: &[stage::Model]) -> Vec<Uuid> {
    let definitions = to_definition(stages, &HashMap::new());
    let mut ids: Vec<Uuid> = definitions
        .iter()
        .flat_map(|stage| [stage.model_id, stage.judge_id()])
        .flatten()
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

pub(super) fn definition_of(
    stage: &stage::Model,
    model: Option<&model::Model>,
) -> definition::Stage {
    definition::Stage {
        id: stage.id,
        stage_order: stage.stage_order,
        key: stage.key.clone(),
        name: stage.name.clone(),
        system_template: stage.system_template.clone(),
        messages: stage.messages.clone(),
        prompt_template: stage.prompt_template.clone(),
        retry_prompt_template: stage.retry_prompt_template.clone(),
        model_id: stage.model_id,
        model_identifier_for_flowise: model.map(|model| model.model_identifier_for_flowise.clone()),
        timeout_seconds: stage.timeout_seconds,
        validation_type: stage.validation_type,
        validation_criteria: stage.validation_criteria.clone(),
        output_variables: stage.output_variables.clone(),
        input_variable_mapping: stage.input_variable_mapping.clone(),
        retry_limit: stage.retry_limit,
        next_stage_on_pass: stage.next_stage_on_pass,
        next_stage_on_fail: stage.next_stage_on_fail,
        routes: stage.routes.clone(),
        for_each: stage.for_each.clone(),
        flowise_config: stage.flowise_config.clone(),
        model: None,
        judge_model: None,
    }
}

/// The row of a stage of a workflow, which belongs to a user.
pub(in crate::service) fn row_of(
    said: definition::Stage,
    (workflow_id, user_id): (Uuid, Uuid),
    created_at: DateTime<Utc>,
) -> stage::Model {
    let definition::Stage {
        id,
        stage_order,
        key,
        name,
        system_template,
        messages,
        prompt_template,
        retry_prompt_template,
        model_id,
        model_identifier_for_flowise: _,
        timeout_seconds,
        validation_type,
        validation_criteria,
        output_variables,
        input_variable_mapping,
        retry_limit,
        next_stage_on_pass,
        next_stage_on_fail,
        routes,
        for_each,
        flowise_config,
        model: _,
        judge_model: _,
    } = said;
    stage::Model {
        id,
        stage_order,
        key,
        name,
        system_template,
        messages,
        prompt_template,
        retry_prompt_template,
        model_id,
        timeout_seconds,
        validation_type,
        validation_criteria,
        output_variables,
        input_variable_mapping,
        retry_limit,
        next_stage_on_pass,
        next_stage_on_fail,
        routes,
        for_each,
        flowise_config,
        workflow_id,
        user_id,
        template_syntax: Some(template::SYNTAX),
        created_at,
    }
}

/// The stage's own model judges where the criteria name none; where they name one that is gone,
/// nobody does, and a start says so.
fn pin(stage: definition::Stage, models: &HashMap<Uuid, model::Model>) -> definition::Stage {
    let judge_id = match stage.validation_type {
        Kind::Llm => stage.judge_id().or(stage.model_id),
        Kind::None | Kind::Manual | Kind::Regex | Kind::Function => None,
    };
    let pinned = |id: Uuid| models.get(&id).map(pinned_model);
    definition::Stage {
        model: stage.model_id.and_then(pinned),
        judge_model: judge_id.and_then(pinned),
        ..stage
    }
}

fn pinned_model(model: &model::Model) -> PinnedModel {
    PinnedModel {
        id: model.id,
        provider: model.provider.clone(),
        model_identifier_for_flowise: model.model_identifier_for_flowise.clone(),
        config_defaults: model.config_defaults.clone(),
        context_length: model.context_length,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const OWN: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);
    const GONE: Uuid = Uuid::from_u128(3);

    fn model(id: Uuid) -> model::Model {
        model::Model {
            id,
            name: id.to_string(),
            provider: "demo".to_owned(),
            model_identifier_for_flowise: format!("model-{}", id.as_u128()),
            context_length: None,
            config_defaults: json!({}),
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    fn stage(validation_type: Kind, validation_criteria: Option<Value>) -> stage::Model {
        stage::Model {
            id: Uuid::from_u128(10),
            workflow_id: Uuid::from_u128(11),
            user_id: Uuid::from_u128(12),
            stage_order: 1,
            key: None,
            name: None,
            system_template: None,
            messages: None,
            prompt_template: None,
            retry_prompt_template: None,
            model_id: Some(OWN),
            timeout_seconds: None,
            validation_type,
            validation_criteria,
            output_variables: None,
            input_variable_mapping: None,
            retry_limit: 0,
            next_stage_on_pass: None,
            next_stage_on_fail: None,
            routes: None,
            for_each: None,
            flowise_config: None,
            template_syntax: Some(template::SYNTAX),
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_criterias_model_judges_else_the_stages_own_and_only_where_a_model_judges() {
        let models = HashMap::from([(OWN, model(OWN)), (OTHER, model(OTHER))]);
        let judged_by = |id: Uuid| Some(json!({"prompt": "good?", "modelId": id}));
        for (kind, criteria, judge) in [
            (Kind::Llm, Some(json!({"prompt": "good?"})), Some(OWN)),
            (Kind::Llm, judged_by(OTHER), Some(OTHER)),
            (Kind::Llm, judged_by(GONE), None),
            (Kind::None, None, None),
        ] {
            let stages = to_definition(&[stage(kind, criteria)], &models);
            let pinned = pin(stages[0].clone(), &models);

            assert_eq!(pinned.judge_model.map(|judge| judge.id), judge);
            assert_eq!(pinned.model.map(|model| model.id), Some(OWN));
            assert_eq!(
                pinned.model_identifier_for_flowise.as_deref(),
                Some("model-1")
            );
        }
    }
}
