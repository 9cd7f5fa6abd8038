//! What a workflow's stages must obey when they are saved, and again when a run of them starts.

mod each;
mod start;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde_json::Value;

use self::each::{check_each, refuse_items};
pub use self::start::{check_placeholders, check_start};
use super::paths::Says;
use super::{
    END, Fault, KEY, MAPPING, MAX_RETRY_LIMIT, MAX_STAGE_ORDER, MAX_TIMEOUT_SECONDS,
    OUTPUT_MAPPING, Stage, keys_of,
};
use crate::domain::key::Keys;
use crate::domain::limit;
use crate::domain::mapping::Mapping;
use crate::domain::output::OutputVariables;
use crate::domain::route::{ROUTES, Routes};
use crate::domain::source::SourcePath;
use crate::domain::template::{Grammar, Placeholder, Reference, Syntax, Template, is_name};
use crate::domain::turns;
use crate::domain::validate;

/// First words of paths that mean something else.
const KEPT: [&str; 3] = ["inputs", "item", "index"];

/// What is wrong with a field of a stage.
pub(super) struct Wrong {
    field: String,
    message: String,
    /// Where in a template, in bytes.
    span: Option<Range<usize>>,
}

impl From<(String, String)> for Wrong {
    fn from((field, message): (String, String)) -> Self {
        Self {
            field,
            message,
            span: None,
        }
    }
}

/// Checks what is checked when stages are saved, against the workflow as it would then be.
///
/// # Errors
/// The first rule that is broken. That models exist, and that what was written by hand compiles, is
/// for the caller to check.
pub fn check(stages: &[Stage]) -> Result<(), Fault> {
    faults(stages).into_iter().next().map_or(Ok(()), Err)
}

/// All the rules that are broken, as [`check`] finds them: of every field the first, of a template every
/// placeholder's.
#[must_use]
pub fn faults(stages: &[Stage]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut orders = BTreeSet::new();
    for (index, stage) in stages.iter().enumerate() {
        let mut fault = |field: &str, message: &str| {
            faults.push(fault_at(index, stage, field, message));
        };
        if !(1..=MAX_STAGE_ORDER).contains(&stage.stage_order) {
            fault("stageOrder", &format!("must be 1 to {MAX_STAGE_ORDER}"));
        } else if !orders.insert(stage.stage_order) {
            fault("stageOrder", "is taken by another stage");
        }
        if !(0..=MAX_RETRY_LIMIT).contains(&stage.retry_limit) {
            fault("retryLimit", &format!("must be 0 to {MAX_RETRY_LIMIT}"));
        }
        let timeout = stage.timeout_seconds;
        if timeout.is_some_and(|seconds| !(1..=MAX_TIMEOUT_SECONDS).contains(&seconds)) {
            fault(
                "timeoutSeconds",
                &format!("must be 1 to {MAX_TIMEOUT_SECONDS}"),
            );
        }
    }
    faults.extend(key_faults(stages));
    let keys = keys_of(stages);
    for (index, stage) in stages.iter().enumerate() {
        let mut told = BTreeSet::new();
        let wrongs = wrongs(stage, &orders, &keys).into_iter();
        let first = wrongs.filter(|it| it.span.is_some() || told.insert(it.field.clone()));
        faults.extend(first.map(|wrong| Fault {
            span: wrong.span,
            ..fault_at(index, stage, &wrong.field, &wrong.message)
        }));
    }
    faults
}

fn key_faults(stages: &[Stage]) -> Vec<Fault> {
    let mut taken = BTreeMap::new();
    let fault = |(index, stage): (usize, &Stage)| {
        let key = stage.key.as_deref()?;
        let fault = |message: &str| Some(fault_at(index, stage, KEY, message));
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
        let order = taken.insert(key.to_owned(), stage.stage_order)?;
        fault(&format!("is the key of stage {order}, too: {key}"))
    };
    stages.iter().enumerate().filter_map(fault).collect()
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
        span: None,
        field,
    })
}

/// Does a completed run's answer read from the stage at `order`?
#[must_use]
pub fn output_reads_from(stages: &[Stage], mapping: Option<&Value>, order: i32) -> bool {
    let mapping = Mapping::parse(mapping, &keys_of(stages)).unwrap_or_default();
    mapping.paths().any(|(_, path)| path.stage() == Some(order))
}

fn wrongs(stage: &Stage, orders: &BTreeSet<i32>, keys: &Keys<'_>) -> Vec<Wrong> {
    let mapping = (MAPPING, stage.input_variable_mapping.as_ref());
    let routes = Routes::parse(stage.routes.as_ref(), keys)
        .map(drop)
        .map_err(|(key, message)| (join(ROUTES, &key), message));
    let turns = turns::parse(stage.messages.as_ref()).map(drop);
    let references = [
        check_mapping(mapping, orders, keys),
        routes,
        turns,
        check_each(stage, keys),
    ];
    let references = references.into_iter().filter_map(Result::err);
    let mut wrongs: Vec<Wrong> = references.map(Wrong::from).collect();
    wrongs.extend(spot_wrongs(stage, orders, keys));
    let texts = check_texts(stage).into_iter().filter_map(Result::err);
    wrongs.extend(texts.map(Wrong::from));
    wrongs
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
        let message = format!("reads from {}", no_stage(source, orders, keys));
        return Err((join(field, name), message));
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
    let hint = nearest_order(target, orders).map(|order| format!("; the nearest is {order}"));
    Some(format!(
        "{target} is no stage of this workflow{}; 0 ends the run",
        hint.unwrap_or_default()
    ))
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
    let first = spot_wrongs(stage, orders, keys).into_iter().next();
    first.map_or(Ok(()), |wrong| Err((wrong.field, wrong.message)))
}

/// All that the stage refers to and is not there.
fn spot_wrongs(stage: &Stage, orders: &BTreeSet<i32>, keys: &Keys<'_>) -> Vec<Wrong> {
    let mut wrongs = Vec::new();
    for spot in stage.spots() {
        let field = || spot.field.clone().into_owned();
        match spot.says {
            Says::Target(target) => {
                wrongs
                    .extend(wrong_target(target, orders).map(|message| (field(), message).into()));
            }
            Says::Path(path) => {
                let checked = check_path(path, orders, keys);
                wrongs.extend(checked.err().map(|message| (field(), message).into()));
            }
            Says::Template(text, _) => {
                let template = Template::parse(text, grammar(keys));
                wrongs.extend(template.placeholders().filter_map(|placeholder| {
                    Some(Wrong {
                        field: field(),
                        message: wrong_placeholder(placeholder, orders, keys)?,
                        span: Some(placeholder.span.clone()),
                    })
                }));
            }
        }
    }
    wrongs
}

fn check_path(path: &str, orders: &BTreeSet<i32>, keys: &Keys<'_>) -> Result<(), String> {
    match SourcePath::parse(path, keys)?.stage() {
        Some(source) if !orders.contains(&source) => {
            Err(format!("reads from {}", no_stage(source, orders, keys)))
        }
        Some(_) | None => Ok(()),
    }
}

/// What is said of a stage that there is not, with the nearest that there is.
fn no_stage(order: i32, orders: &BTreeSet<i32>, keys: &Keys<'_>) -> String {
    let hint = nearest_order(order, orders).map(|nearest| {
        let key = keys.iter().find(|key| keys.order(key) == Some(nearest));
        let key = key.map(|key| format!(", whose key is {key}"));
        format!(
            "; the nearest is stage {nearest}{}",
            key.unwrap_or_default()
        )
    });
    let hint = hint.unwrap_or_default();
    format!("stage {order}, which this workflow does not have{hint}")
}

fn nearest_order(order: i32, orders: &BTreeSet<i32>) -> Option<i32> {
    let nearest = orders.iter().min_by_key(|other| other.abs_diff(order));
    nearest.copied()
}

/// Why a placeholder of a template is none.
fn wrong_placeholder(
    placeholder: &Placeholder<'_>,
    orders: &BTreeSet<i32>,
    keys: &Keys<'_>,
) -> Option<String> {
    let name = placeholder.name;
    let source = match &placeholder.reference {
        Reference::Unreadable(message) => return Some(message.clone()),
        Reference::Path(path) => path.stage()?,
        Reference::Name => return None,
    };
    if orders.contains(&source) {
        return None;
    }
    let missing = no_stage(source, orders, keys);
    Some(format!("uses {{{{{name}}}}}, which reads from {missing}"))
}

/// How what is saved is read.
const fn grammar<'k>(keys: &'k Keys<'k>) -> Grammar<'k> {
    Grammar {
        syntax: Syntax::Third,
        keys,
        has_item: false,
    }
}

fn check_texts(stage: &Stage) -> [Result<(), (String, String)>; 3] {
    let criteria = stage.criteria().map(drop);
    let config = match &stage.flowise_config {
        None | Some(Value::Object(_)) => Ok(()),
        Some(_) => Err((
            "flowiseConfig".to_owned(),
            "must be an object of the model's settings".to_owned(),
        )),
    };
    [
        check_variables(stage),
        criteria.map_err(|fault| (join("validationCriteria", &fault.path), fault.message)),
        config,
    ]
}

fn check_variables(stage: &Stage) -> Result<(), (String, String)> {
    let variables = OutputVariables::parse(stage.output_variables.as_ref())
        .map_err(|message| ("outputVariables".to_owned(), message))?;
    match variables.twins() {
        Some(twins) => Err(one_too_many("outputVariables", twins)),
        None => Ok(()),
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
        span: None,
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
        span: None,
        field,
    }
}

pub(super) fn fault_at(index: usize, stage: &Stage, field: &str, message: &str) -> Fault {
    Fault {
        index: Some(index),
        field: field.to_owned(),
        span: None,
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
