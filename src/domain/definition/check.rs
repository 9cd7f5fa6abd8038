//! What a workflow's stages must obey when they are saved, and again when a run of them starts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Definition, END, Fault, MAPPING, MAX_RETRY_LIMIT, MAX_STAGE_ORDER, MAX_TIMEOUT_SECONDS,
    OUTPUT_MAPPING, Stage, TemplateField,
};
use crate::domain::context::Context;
use crate::domain::mapping::Mapping;
use crate::domain::name::composed;
use crate::domain::output::OutputVariables;
use crate::domain::source::{Places, SourcePath};
use crate::domain::template::{Placeholder, Reference, Syntax, Template};
use crate::domain::validate::{self, Kind};

/// Checks what is checked when stages are saved, against the workflow as it would then be.
///
/// # Errors
/// The first rule that is broken. That models exist, and that what was written by hand compiles, is
/// for the caller to check.
pub fn check(stages: &[Stage]) -> Result<(), Fault> {
    let mut orders = BTreeSet::new();
    for (index, stage) in stages.iter().enumerate() {
        let fault = |field: &str, message: &str| fault_at(index, stage, field, message);
        if !(1..=MAX_STAGE_ORDER).contains(&stage.stage_order) {
            return Err(fault(
                "stageOrder",
                &format!("must be 1 to {MAX_STAGE_ORDER}"),
            ));
        }
        if !orders.insert(stage.stage_order) {
            return Err(fault("stageOrder", "is taken by another stage"));
        }
        if !(0..=MAX_RETRY_LIMIT).contains(&stage.retry_limit) {
            return Err(fault(
                "retryLimit",
                &format!("must be 0 to {MAX_RETRY_LIMIT}"),
            ));
        }
        let timeout = stage.timeout_seconds;
        if timeout.is_some_and(|seconds| !(1..=MAX_TIMEOUT_SECONDS).contains(&seconds)) {
            return Err(fault(
                "timeoutSeconds",
                &format!("must be 1 to {MAX_TIMEOUT_SECONDS}"),
            ));
        }
    }
    for (index, stage) in stages.iter().enumerate() {
        check_references(stage, &orders)
            .and_then(|()| check_texts(stage))
            .map_err(|(field, message)| fault_at(index, stage, &field, &message))?;
    }
    Ok(())
}

/// Checks what must hold before a run starts from `start`: stages there are, each with a model and a
/// prompt whose placeholders are all mapped or among `inputs`.
///
/// # Errors
/// The first rule that is broken. That providers are configured is for the caller to check.
pub fn check_start(definition: &Definition, inputs: &Value) -> Result<(), Fault> {
    if definition.stages.is_empty() {
        return Err(Fault {
            index: None,
            field: "workflowId".to_owned(),
            message: "the workflow has no stages: add one before you start it".to_owned(),
        });
    }
    for (index, stage) in definition.stages.iter().enumerate() {
        let fault = |field: &str, message: &str| fault_at(index, stage, field, message);
        if stage.prompt_template.as_deref().is_none_or(str::is_empty) {
            return Err(fault("promptTemplate", "is missing: write a prompt first"));
        }
        if stage.model.is_none() {
            return Err(fault("modelId", "is missing: choose a model first"));
        }
        if stage.validation_type == Kind::Llm && stage.judge_model.is_none() {
            return Err(fault(
                "validationCriteria.modelId",
                "names a model that is gone: choose another judge",
            ));
        }
    }
    check_placeholders(definition, inputs)
}

/// Checks that every placeholder and every mapped variable has a value to come: of a stage, or among `inputs`. What was
/// pinned before the third format is not asked for mapped variables.
///
/// # Errors
/// The first that has none.
pub fn check_placeholders(definition: &Definition, inputs: &Value) -> Result<(), Fault> {
    let nothing = Context::default();
    let places = Places::new(inputs, &nothing, definition.template_syntax.nulls());
    for (index, stage) in definition.stages.iter().enumerate() {
        let mapping = Mapping::parse(stage.input_variable_mapping.as_ref()).unwrap_or_default();
        if definition.template_syntax == Syntax::Third {
            let mut missing = mapping.iter().filter_map(|(variable, choice)| {
                let path = choice.missing_input(&places)?;
                Some((join(MAPPING, variable), path))
            });
            if let Some((field, path)) = missing.next() {
                let message = format!(
                    "reads {path}, which is not among the inputs: give it as an input, or map it with a default"
                );
                return Err(fault_at(index, stage, &field, &message));
            }
        }
        let mapped: BTreeSet<_> = mapping.iter().map(|(name, _)| composed(name)).collect();
        for TemplateField { field, text, given } in stage.templates() {
            let template = Template::parse(text, definition.template_syntax);
            let has_value = |it: &Placeholder<'_>| match &it.reference {
                Reference::Name => {
                    mapped.contains(&composed(it.name))
                        || given == Some(it.name)
                        || places.input(it.name).is_some()
                }
                Reference::Path(path) => path.stage().is_some() || places.find(path).is_some(),
                Reference::Unreadable(_) => false,
            };
            if let Some(missing) = template.placeholders().find(|it| !has_value(it)) {
                return Err(fault_at(index, stage, field, &missing_value(missing)));
            }
        }
    }
    Ok(())
}

fn missing_value(placeholder: &Placeholder<'_>) -> String {
    let name = &placeholder.name;
    match &placeholder.reference {
        Reference::Name => format!(
            "uses {{{{{name}}}}}, which is neither mapped nor among the inputs: give it as an input or map it"
        ),
        Reference::Path(_) => {
            format!("uses {{{{{name}}}}}, which is not among the inputs: give it as an input")
        }
        Reference::Unreadable(message) => message.clone(),
    }
}

/// The stages other than `order` that route to it or read from it, for a refusal to delete it.
#[must_use]
pub fn dependents(stages: &[Stage], order: i32) -> BTreeMap<i32, &'static str> {
    let mut found = BTreeMap::new();
    for stage in stages.iter().filter(|stage| stage.stage_order != order) {
        if stage.next_stage_on_pass == Some(order) {
            found.insert(stage.stage_order, "nextStageOnPass");
        } else if stage.next_stage_on_fail == Some(order) {
            found.insert(stage.stage_order, "nextStageOnFail");
        } else if let Some(field) = reads_from(stage, order) {
            found.insert(stage.stage_order, field);
        }
    }
    found
}

/// Checks what a completed run of these stages is to answer.
///
/// # Errors
/// The first rule that is broken.
pub fn check_output(stages: &[Stage], mapping: Option<&Value>) -> Result<(), Fault> {
    let orders = stages.iter().map(|stage| stage.stage_order).collect();
    check_mapping((OUTPUT_MAPPING, mapping), &orders).map_err(|(field, message)| Fault {
        index: None,
        message: format!("{field} {message}"),
        field,
    })
}

/// Does a completed run's answer read from the stage at `order`?
#[must_use]
pub fn output_reads_from(mapping: Option<&Value>, order: i32) -> bool {
    let mapping = Mapping::parse(mapping).unwrap_or_default();
    mapping.paths().any(|(_, path)| path.stage() == Some(order))
}

/// The field of `stage` that reads from the stage at `order`.
fn reads_from(stage: &Stage, order: i32) -> Option<&'static str> {
    let mapping = Mapping::parse(stage.input_variable_mapping.as_ref()).unwrap_or_default();
    if mapping.paths().any(|(_, path)| path.stage() == Some(order)) {
        return Some("inputVariableMapping");
    }
    let reads = |it: &Placeholder<'_>| it.reference.stage() == Some(order);
    let mut templates = stage.templates();
    let reader = templates.find(|template| {
        let template = Template::parse(template.text, Syntax::Second);
        template.placeholders().any(reads)
    });
    reader.map(|template| template.field)
}

fn check_references(stage: &Stage, orders: &BTreeSet<i32>) -> Result<(), (String, String)> {
    for (field, target) in [
        ("nextStageOnPass", stage.next_stage_on_pass),
        ("nextStageOnFail", stage.next_stage_on_fail),
    ] {
        if let Some(target) = target
            && target != END
            && !orders.contains(&target)
        {
            let message = format!("{target} is no stage of this workflow; 0 ends the run");
            return Err((field.to_owned(), message));
        }
    }
    check_mapping((MAPPING, stage.input_variable_mapping.as_ref()), orders)?;
    stage
        .templates()
        .try_for_each(|template| check_paths(stage.stage_order, template, orders))
}

fn check_mapping(
    (field, value): (&str, Option<&Value>),
    orders: &BTreeSet<i32>,
) -> Result<(), (String, String)> {
    let mapping = Mapping::parse(value).map_err(|(key, message)| (join(field, &key), message))?;
    let unknown = mapping
        .paths()
        .filter_map(|(name, path)| SourcePath::stage(path).map(|source| (name, source)))
        .find(|(_, source)| !orders.contains(source));
    if let Some((name, source)) = unknown {
        return Err((
            join(field, name),
            format!("reads from stage {source}, which this workflow does not have"),
        ));
    }
    if let Some(twins) = mapping.twins() {
        return Err(one_too_many(field, twins));
    }
    Ok(())
}

fn check_paths(
    order: i32,
    template: TemplateField<'_>,
    orders: &BTreeSet<i32>,
) -> Result<(), (String, String)> {
    for placeholder in Template::parse(template.text, Syntax::Second).placeholders() {
        let message = match &placeholder.reference {
            Reference::Unreadable(message) => message.clone(),
            Reference::Path(path) => match path.stage() {
                Some(stage) if !orders.contains(&stage) => format!(
                    "uses {{{{{}}}}}, which reads from stage {stage}, which this workflow does not have",
                    placeholder.name
                ),
                Some(stage) if stage == order && template.given.is_some() => format!(
                    "uses {{{{{}}}}}, which is not there before its judge has passed it: use {{{{output}}}} for the answer that is judged",
                    placeholder.name
                ),
                _ => continue,
            },
            Reference::Name => continue,
        };
        return Err((template.field.to_owned(), message));
    }
    Ok(())
}

fn check_texts(stage: &Stage) -> Result<(), (String, String)> {
    let variables = OutputVariables::parse(stage.output_variables.as_ref())
        .map_err(|message| ("outputVariables".to_owned(), message))?;
    if let Some(twins) = variables.twins() {
        return Err(one_too_many("outputVariables", twins));
    }
    stage
        .criteria()
        .map_err(|fault| (join("validationCriteria", &fault.path), fault.message))?;
    match &stage.flowise_config {
        None | Some(Value::Object(_)) => Ok(()),
        Some(_) => Err((
            "flowiseConfig".to_owned(),
            "must be an object of the model's settings".to_owned(),
        )),
    }
}

/// Two names in `field` are one.
fn one_too_many(field: &str, (one, other): (&str, &str)) -> (String, String) {
    (
        join(field, other),
        format!("is the same name as \"{one}\" in another normal form: keep one of them"),
    )
}

/// What is wrong with the criteria of the stage with this [`label`].
#[must_use]
pub fn criteria_fault(index: Option<usize>, label: &str, fault: &validate::Fault) -> Fault {
    let field = join("validationCriteria", &fault.path);
    Fault {
        index,
        message: format!("{label}: {field} {}", fault.message),
        field,
    }
}

/// What is wrong with the schemas among the output variables of the stage with this [`label`].
#[must_use]
pub fn variables_fault(index: Option<usize>, label: &str, fault: &validate::Fault) -> Fault {
    let field = join("outputVariables", &fault.path);
    Fault {
        index,
        message: format!("{label}: {field} {}", fault.message),
        field,
    }
}

fn fault_at(index: usize, stage: &Stage, field: &str, message: &str) -> Fault {
    Fault {
        index: Some(index),
        field: field.to_owned(),
        message: format!("{}: {field} {message}", stage.label()),
    }
}

fn join(field: &str, path: &str) -> String {
    if path.is_empty() {
        field.to_owned()
    } else {
        format!("{field}.{path}")
    }
}
