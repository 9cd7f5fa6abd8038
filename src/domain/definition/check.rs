//! What a workflow's stages must obey when they are saved, and again when a run of them starts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::paths::Says;
use super::{
    Definition, END, FOR_EACH, Fault, JUDGE_PROMPT, KEY, MAPPING, MAX_RETRY_LIMIT, MAX_STAGE_ORDER,
    MAX_TIMEOUT_SECONDS, OUTPUT_MAPPING, Stage, TemplateField, keys_of,
};
use crate::domain::context::Context;
use crate::domain::for_each::ForEach;
use crate::domain::key::Keys;
use crate::domain::limit;
use crate::domain::mapping::Mapping;
use crate::domain::name::composed;
use crate::domain::output::OutputVariables;
use crate::domain::route::{ROUTES, Routes};
use crate::domain::source::{Found, INDEX, ITEM, Places, SourcePath};
use crate::domain::template::{Grammar, Placeholder, Reference, Syntax, Template, is_name};
use crate::domain::turns::{self, MESSAGES};
use crate::domain::validate::{self, Kind};

/// First words of paths that mean something else.
const KEPT: [&str; 3] = ["inputs", "item", "index"];

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
    check_keys(stages)?;
    let keys = keys_of(stages);
    for (index, stage) in stages.iter().enumerate() {
        check_references(stage, &orders, &keys)
            .and_then(|()| check_texts(stage))
            .map_err(|(field, message)| fault_at(index, stage, &field, &message))?;
    }
    Ok(())
}

fn check_keys(stages: &[Stage]) -> Result<(), Fault> {
    let mut taken = BTreeMap::new();
    for (index, stage) in stages.iter().enumerate() {
        let Some(key) = stage.key.as_deref() else {
            continue;
        };
        let fault = |message: &str| Err(fault_at(index, stage, KEY, message));
        if !is_name(key) {
            return fault("must be a letter or _, then letters, digits and _");
        }
        if key.chars().count() > limit::NAME {
            return fault(&format!("must have at most {} characters", limit::NAME));
        }
        if KEPT.contains(&key) || key.starts_with("stage_") {
            return fault(&format!(
                "cannot be {key}: inputs, item, index and what begins with stage_ mean something else in paths"
            ));
        }
        if let Some(order) = taken.insert(key, stage.stage_order) {
            return fault(&format!("is the key of stage {order}, too: {key}"));
        }
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
    let keys = definition.keys();
    for (index, stage) in definition.stages.iter().enumerate() {
        let mapping = Mapping::parse(stage.input_variable_mapping.as_ref(), &keys);
        let mapping = mapping.unwrap_or_default();
        if definition.template_syntax == Syntax::Third {
            let mut missing = mapping.iter().filter_map(|(variable, choice)| {
                let path = choice.missing_input(&places)?;
                Some((join(MAPPING, variable), path))
            });
            if let Some((field, path)) = missing.next() {
                let message = format!(
                    "reads {path}, which {}: give it as an input, or map it with a default",
                    not_given(path, &places)
                );
                return Err(fault_at(index, stage, &field, &message));
            }
            check_plain_paths((index, stage), &places, &keys)?;
        }
        let mapped: BTreeSet<_> = mapping.iter().map(|(name, _)| composed(name)).collect();
        let each = stage.each(&keys);
        for TemplateField { field, text, given } in stage.templates() {
            let template = Template::parse(text, definition.grammar(&keys));
            let has_value = |it: &Placeholder<'_>| match &it.reference {
                Reference::Name => {
                    mapped.contains(&composed(it.name))
                        || given.contains(&it.name)
                        || (each.is_some() && [ITEM, INDEX].contains(&it.name))
                        || places.input(it.name).is_some()
                }
                Reference::Path(path) => {
                    path.stage().is_some() || path.needs_item() || places.find(path).is_some()
                }
                Reference::Unreadable(_) => false,
            };
            if let Some(missing) = template.placeholders().find(|it| !has_value(it)) {
                return Err(fault_at(
                    index,
                    stage,
                    &field,
                    &missing_value(missing, &places),
                ));
            }
        }
    }
    Ok(())
}

/// Checks the paths of a stage that stand by themselves: that an input is there, and that turns are turns. Those of
/// its mapping may have others beside them.
fn check_plain_paths(
    (index, stage): (usize, &Stage),
    places: &Places<'_>,
    keys: &Keys<'_>,
) -> Result<(), Fault> {
    for spot in stage.spots() {
        let Says::Path(path) = spot.says else {
            continue;
        };
        if spot.field.starts_with(MAPPING) {
            continue;
        }
        let Ok(path) = SourcePath::parse(path, keys) else {
            continue;
        };
        if !path.is_input() {
            continue;
        }
        let Some(found) = places.find(&path).map(Found::to_value) else {
            let message = format!(
                "reads {path}, which {}: give it as an input",
                not_given(&path, places)
            );
            return Err(fault_at(index, stage, &spot.field, &message));
        };
        if spot.field.starts_with(MESSAGES)
            && let Err(why) = turns::given(&found)
        {
            let message = format!("takes {path}, which {why}");
            return Err(fault_at(index, stage, &spot.field, &message));
        }
    }
    Ok(())
}

fn not_given(path: &SourcePath, places: &Places<'_>) -> &'static str {
    if places.is_null(path) {
        "is null, which is no value"
    } else {
        "is not among the inputs"
    }
}

fn missing_value(placeholder: &Placeholder<'_>, places: &Places<'_>) -> String {
    let name = &placeholder.name;
    match &placeholder.reference {
        Reference::Name => format!(
            "uses {{{{{name}}}}}, which is neither mapped nor among the inputs: give it as an input or map it"
        ),
        Reference::Path(path) => format!(
            "uses {{{{{name}}}}}, which {}: give it as an input",
            not_given(path, places)
        ),
        Reference::Unreadable(message) => message.clone(),
    }
}

/// The stages other than `order` that route to it or read from it, each with the field that does, for a refusal to
/// delete it.
#[must_use]
pub fn dependents(stages: &[Stage], order: i32) -> BTreeMap<i32, String> {
    let keys = keys_of(stages);
    let others = stages.iter().filter(|stage| stage.stage_order != order);
    let needing = others.filter_map(|stage| {
        let needs = |says| match says {
            Says::Target(target) => target == order,
            Says::Path(path) => {
                SourcePath::parse(path, &keys).is_ok_and(|path| path.stage() == Some(order))
            }
            Says::Template(text, _) => Template::parse(text, grammar(&keys))
                .placeholders()
                .any(|it| it.reference.stage() == Some(order)),
        };
        let spot = stage.spots().find(|spot| needs(spot.says))?;
        Some((stage.stage_order, spot.field.into_owned()))
    });
    needing.collect()
}

/// Checks what a completed run of these stages is to answer.
///
/// # Errors
/// The first rule that is broken.
pub fn check_output(stages: &[Stage], mapping: Option<&Value>) -> Result<(), Fault> {
    let orders = stages.iter().map(|stage| stage.stage_order).collect();
    let checked = check_mapping((OUTPUT_MAPPING, mapping), &orders, &keys_of(stages))
        .and_then(|()| refuse_items((OUTPUT_MAPPING, mapping), &keys_of(stages)));
    checked.map_err(|(field, message)| Fault {
        index: None,
        message: format!("{field} {message}"),
        field,
    })
}

/// Does a completed run's answer read from the stage at `order`?
#[must_use]
pub fn output_reads_from(stages: &[Stage], mapping: Option<&Value>, order: i32) -> bool {
    let mapping = Mapping::parse(mapping, &keys_of(stages)).unwrap_or_default();
    mapping.paths().any(|(_, path)| path.stage() == Some(order))
}

fn check_references(
    stage: &Stage,
    orders: &BTreeSet<i32>,
    keys: &Keys<'_>,
) -> Result<(), (String, String)> {
    check_mapping(
        (MAPPING, stage.input_variable_mapping.as_ref()),
        orders,
        keys,
    )?;
    let routes = Routes::parse(stage.routes.as_ref(), keys);
    routes.map_err(|(key, message)| (join(ROUTES, &key), message))?;
    turns::parse(stage.messages.as_ref())?;
    check_each(stage, keys)?;
    check_spots(stage, orders, keys)
}

fn check_mapping(
    (field, value): (&str, Option<&Value>),
    orders: &BTreeSet<i32>,
    keys: &Keys<'_>,
) -> Result<(), (String, String)> {
    let mapping = Mapping::parse(value, keys);
    let mapping = mapping.map_err(|(key, message)| (join(field, &key), message))?;
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

/// Why a target is none, if it is none: what is there in its place is said.
fn wrong_target(target: i32, orders: &BTreeSet<i32>) -> Option<String> {
    if target == END || orders.contains(&target) {
        return None;
    }
    let nearest = orders.iter().min_by_key(|order| order.abs_diff(target));
    let hint = nearest.map(|order| format!("; the nearest is {order}"));
    Some(format!(
        "{target} is no stage of this workflow{}; 0 ends the run",
        hint.unwrap_or_default()
    ))
}

/// Checks the list that a stage runs over, and that what depends on an item stands where there is one.
fn check_each(stage: &Stage, keys: &Keys<'_>) -> Result<(), (String, String)> {
    let mapping = stage.input_variable_mapping.as_ref();
    let Some(value) = &stage.for_each else {
        refuse_items((MAPPING, mapping), keys)?;
        return stage.templates().try_for_each(|template| {
            let parsed = Template::parse(template.text, grammar(keys));
            let needs_item = |it: &&Placeholder<'_>| match &it.reference {
                Reference::Path(path) => path.needs_item(),
                Reference::Name | Reference::Unreadable(_) => false,
            };
            let name = parsed.placeholders().find(needs_item).map(|it| it.name);
            name.map_or(Ok(()), |name| {
                let message =
                    format!("uses {{{{{name}}}}}, which is there only in a stage with forEach");
                Err((template.field.clone().into_owned(), message))
            })
        });
    };
    let mapping = Mapping::parse(mapping, keys).unwrap_or_default();
    ForEach::parse(value, keys).map_err(|(key, message)| (join(FOR_EACH, &key), message))?;
    if stage.validation_type == Kind::Manual {
        let message = "goes not together with MANUAL: have the list approved in a stage of its own";
        return Err((FOR_EACH.to_owned(), message.to_owned()));
    }
    let is_mapped = |name: &&str| mapping.iter().any(|(mapped, _)| mapped == *name);
    match [ITEM, INDEX].into_iter().find(is_mapped) {
        Some(name) => Err((
            join(MAPPING, name),
            "is what forEach calls the item and its index: choose another name".to_owned(),
        )),
        None => Ok(()),
    }
}

/// Refuses what depends on an item in a mapping that knows none.
fn refuse_items(
    (field, value): (&str, Option<&Value>),
    keys: &Keys<'_>,
) -> Result<(), (String, String)> {
    let mapping = Mapping::parse(value, keys).unwrap_or_default();
    let of_item = mapping.paths().find(|(_, path)| path.needs_item());
    match of_item {
        Some((name, path)) => Err((
            join(field, name),
            format!("reads {path}, which is there only in a stage with forEach"),
        )),
        None => Ok(()),
    }
}

/// Checks that all that the stage refers to is there.
///
/// # Errors
/// The first field that refers to something else, and what.
pub(super) fn check_spots(
    stage: &Stage,
    orders: &BTreeSet<i32>,
    keys: &Keys<'_>,
) -> Result<(), (String, String)> {
    for spot in stage.spots() {
        let checked = match spot.says {
            Says::Target(target) => wrong_target(target, orders).map_or(Ok(()), Err),
            Says::Path(path) => check_path(path, orders, keys),
            Says::Template(text, _) => {
                let own = (stage.stage_order, spot.field == JUDGE_PROMPT);
                check_template(own, text, orders, keys)
            }
        };
        checked.map_err(|message| (spot.field.into_owned(), message))?;
    }
    Ok(())
}

fn check_path(path: &str, orders: &BTreeSet<i32>, keys: &Keys<'_>) -> Result<(), String> {
    match SourcePath::parse(path, keys)?.stage() {
        Some(source) if !orders.contains(&source) => Err(format!(
            "reads from stage {source}, which this workflow does not have"
        )),
        Some(_) | None => Ok(()),
    }
}

fn check_template(
    (order, is_judges): (i32, bool),
    text: &str,
    orders: &BTreeSet<i32>,
    keys: &Keys<'_>,
) -> Result<(), String> {
    for placeholder in Template::parse(text, grammar(keys)).placeholders() {
        let name = placeholder.name;
        match &placeholder.reference {
            Reference::Unreadable(message) => return Err(message.clone()),
            Reference::Path(path) => match path.stage() {
                Some(stage) if !orders.contains(&stage) => {
                    return Err(format!(
                        "uses {{{{{name}}}}}, which reads from stage {stage}, which this workflow does not have"
                    ));
                }
                Some(stage) if stage == order && is_judges => {
                    return Err(format!(
                        "uses {{{{{name}}}}}, which is not there before its judge has passed it: use {{{{output}}}} for the answer that is judged"
                    ));
                }
                Some(_) | None => {}
            },
            Reference::Name => {}
        }
    }
    Ok(())
}

/// How what is saved is read.
const fn grammar<'k>(keys: &'k Keys<'k>) -> Grammar<'k> {
    Grammar {
        syntax: Syntax::Third,
        keys,
        has_item: false,
    }
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

pub(super) fn fault_at(index: usize, stage: &Stage, field: &str, message: &str) -> Fault {
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
