//! What a start refuses, whatever the inputs are.

use uuid::Uuid;

use super::{Problem, Severity};
use crate::domain::definition::{Definition, PROMPT};

pub(super) fn problems(definition: &Definition) -> Vec<Problem> {
    if definition.stages.is_empty() {
        let message = "the workflow has no stages: add one before you start it".to_owned();
        return vec![Problem::of_workflow(
            Severity::Error,
            "NO_STAGES",
            None,
            message,
        )];
    }
    let stages = definition.stages.iter().flat_map(|stage| {
        let error = |code, field: &str, why: &str| {
            Some(Problem::of(Severity::Error, code, stage, field, why))
        };
        let unknown = |field: &str, id: Uuid| {
            let why = format!("{id} is no model: choose one of `models`");
            error("MODEL_UNKNOWN", field, &why)
        };
        let prompt = match stage.prompt_template.as_deref() {
            None | Some("") => error("NO_PROMPT", PROMPT, "is missing: write a prompt first"),
            Some(_) => None,
        };
        let model = match (&stage.model, stage.model_id) {
            (Some(_), _) => None,
            (None, None) => error("NO_MODEL", "modelId", "is missing: choose a model first"),
            (None, Some(id)) => unknown("modelId", id),
        };
        // Where the criteria name none, the stage's own judges, and that is missing already.
        let judge = match (&stage.judge_model, stage.judge_id()) {
            (None, Some(id)) => unknown("validationCriteria.modelId", id),
            (None, None) | (Some(_), _) => None,
        };
        [prompt, model, judge].into_iter().flatten()
    });
    stages.collect()
}
