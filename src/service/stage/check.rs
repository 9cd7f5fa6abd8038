//! What is checked when stages are saved, against the workflow as it would then be, and where in the
//! caller's input a fault stands.

use std::collections::HashMap;

use serde_json::Value;
use uuid::Uuid;

use super::super::tx::Tx;
use super::pin::{definition_of, models_of, to_definition};
use super::ready::{Ready, path};
use crate::domain::definition::{self, Fault, OUTPUT_MAPPING};
use crate::domain::limit;
use crate::entity::{model, stage};
use crate::error::{Error, Result};
use crate::store;

/// Which of the stages under check are the caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::service) enum Given {
    /// All of them, as `stages`.
    All,
    /// The last one, as `stage`; the others were there before.
    New,
    /// The last one, whose fields stand in the input themselves.
    Changed,
}

/// Checks stages as they would be saved in the place of those `before`, whose rules are `ready` where
/// they are the caller's.
///
/// # Errors
/// `BadInput` or `LimitExceeded` naming the field of the first fault, `Conflict` when a rule has become
/// another one meanwhile, `Internal` when the database fails.
pub(in crate::service) async fn check(
    tx: &Tx,
    (stages, before): (&[stage::Model], &[stage::Model]),
    given: Given,
    ready: &Ready,
) -> Result<()> {
    limit::items("stages", stages, limit::STAGES)?;
    let field = match given {
        Given::All => Some("stages"),
        Given::New => Some("stage"),
        Given::Changed => None,
    };
    weigh(stages, field)?;
    let last = stages.len().saturating_sub(1);
    let checked = to_definition(stages, &HashMap::new());
    definition::check(&checked).map_err(|fault| refusal(fault, given, last))?;
    let first = match given {
        Given::All => 0,
        Given::New | Given::Changed => last,
    };
    for (index, stage) in stages.iter().enumerate().skip(first) {
        let was = before.iter().find(|before| before.id == stage.id);
        if let Some(fault) = ready.admit((index, stage), was)? {
            return Err(refusal(fault, given, last));
        }
    }
    let models = models_of(tx, &stages[first..]).await?;
    let missing = (first..).zip(&checked[first..]).find_map(|(index, stage)| {
        missing_model(stage, &models).map(|fault| Fault {
            index: Some(index),
            span: None,
            ..fault
        })
    });
    missing.map_or(Ok(()), |fault| Err(refusal(fault, given, last)))
}

/// Checks what a completed run of these stages is to answer.
///
/// # Errors
/// `BadInput` naming the field of the first fault.
pub(in crate::service) fn check_output(
    stages: &[stage::Model],
    mapping: Option<&Value>,
) -> Result<()> {
    if mapping.is_none() {
        return Ok(());
    }
    let stages = to_definition(stages, &HashMap::new());
    definition::check_output(&stages, mapping)
        .map_err(|fault| Error::bad_input(fault.field, fault.message))
}

/// Refuses stages whose texts and JSON are too large together: each start pins them all.
///
/// # Errors
/// `LimitExceeded` naming the limit, and `field`, where the caller gave stages in one.
pub(in crate::service) fn weigh(stages: &[stage::Model], field: Option<&str>) -> Result<()> {
    let size: usize = stages.iter().map(size).sum();
    if size <= limit::WORKFLOW {
        return Ok(());
    }
    Err(Error::LimitExceeded {
        field: field.map(str::to_owned),
        message: format!(
            "the workflow is too large: its stages have {size} bytes of text and JSON, of at most {} MiB",
            limit::WORKFLOW / (1024 * 1024)
        ),
    })
}

/// Backslashes that make a text mean what it meant do not count.
fn size(stage: &stage::Model) -> usize {
    let stage = definition_of(stage, None);
    let stage = stage.clone().in_first_syntax().unwrap_or(stage);
    let texts = [
        &stage.name,
        &stage.system_template,
        &stage.prompt_template,
        &stage.retry_prompt_template,
    ];
    let values = [
        &stage.messages,
        &stage.routes,
        &stage.validation_criteria,
        &stage.output_variables,
        &stage.input_variable_mapping,
        &stage.for_each,
        &stage.flowise_config,
    ];
    let texts: usize = texts.into_iter().flatten().map(String::len).sum();
    let values: usize = values.into_iter().flatten().map(limit::json_size).sum();
    texts + values
}

/// Refuses to delete the stage while another one needs it, or what a completed run answers.
///
/// # Errors
/// `BadInput` on `id`, with the stages that need it.
pub(super) fn refuse_needed(
    stages: &[stage::Model],
    output_mapping: Option<&Value>,
    order: i32,
) -> Result<()> {
    let stages = to_definition(stages, &HashMap::new());
    let mut dependents: Vec<String> = definition::dependents(&stages, order)
        .into_iter()
        .map(|(order, field)| format!("stage {order} ({field})"))
        .collect();
    if definition::output_reads_from(&stages, output_mapping, order) {
        dependents.push(format!("the workflow ({OUTPUT_MAPPING})"));
    }
    if dependents.is_empty() {
        return Ok(());
    }
    Err(Error::bad_input(
        "id",
        format!(
            "stage {order} is needed by {}: change that first",
            dependents.join(", ")
        ),
    ))
}

/// The stages of the workflow among which a single one is changed.
pub(super) async fn siblings(tx: &Tx, owner: Uuid, workflow_id: Uuid) -> Result<Vec<stage::Model>> {
    store::stage::of_workflows(&**tx, owner, &[workflow_id]).await
}

fn missing_model(stage: &definition::Stage, models: &HashMap<Uuid, model::Model>) -> Option<Fault> {
    [
        ("modelId", stage.model_id),
        ("validationCriteria.modelId", stage.judge_id()),
    ]
    .into_iter()
    .find_map(|(field, id)| {
        let id = id.filter(|id| !models.contains_key(id))?;
        Some(Fault {
            index: None,
            span: None,
            field: field.to_owned(),
            message: format!(
                "{}: {field} {id} is no model: choose one of `models`",
                stage.label()
            ),
        })
    })
}

/// A fault of a stage that the caller did not give bears the plain field; its message names the
/// stage.
pub(super) fn refusal(fault: Fault, given: Given, last: usize) -> Error {
    let error = Error::bad_input(fault.field, fault.message);
    match (given, fault.index) {
        (Given::All, Some(index)) => error.within(&path(index)),
        (Given::New, Some(index)) if index == last => error.within("stage"),
        (Given::All | Given::New | Given::Changed, _) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_stands_where_the_caller_wrote_it() {
        for (given, index, field) in [
            (Given::All, Some(2), "stages[2].retryLimit"),
            (Given::All, None, "retryLimit"),
            (Given::New, Some(4), "stage.retryLimit"),
            (Given::New, Some(1), "retryLimit"),
            (Given::Changed, Some(4), "retryLimit"),
            (Given::Changed, Some(1), "retryLimit"),
        ] {
            let fault = Fault {
                index,
                span: None,
                field: "retryLimit".to_owned(),
                message: String::new(),
            };
            assert_eq!(refusal(fault, given, 4).field(), Some(field));
        }
    }
}
