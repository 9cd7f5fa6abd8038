//! What must hold before a run starts.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{fault_at, join};
use crate::domain::context::Context;
use crate::domain::definition::{Definition, Fault, MAPPING, Reach, Says, Stage, TemplateField};
use crate::domain::key::Keys;
use crate::domain::mapping::Mapping;
use crate::domain::name::composed;
use crate::domain::nearest::nearest;
use crate::domain::output::excerpt;
use crate::domain::source::{Found, INDEX, ITEM, Places, SourcePath};
use crate::domain::template::{Placeholder, Reference, Syntax, Template};
use crate::domain::turns::{self, MESSAGES};
use crate::domain::validate::Kind;

/// Checks what must hold before a run starts: stages there are, each that it may come to with a model and a
/// prompt whose placeholders are all mapped or among `inputs`.
///
/// # Errors
/// The first rule that is broken. That providers are configured is for the caller to check.
pub fn check_start(definition: &Definition, inputs: &Value, reach: &Reach) -> Result<(), Fault> {
    if definition.stages.is_empty() {
        return Err(Fault {
            index: None,
            span: None,
            field: "workflowId".to_owned(),
            message: "the workflow has no stages: add one before you start it".to_owned(),
        });
    }
    let stages = definition.stages.iter().enumerate();
    for (index, stage) in stages.filter(|(_, stage)| reach.has(stage.stage_order)) {
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
    check_placeholders(definition, inputs, reach)
}

/// Checks that every placeholder and every mapped variable has a value to come: of a stage, or among `inputs`. What was
/// pinned before the third format is not asked for mapped variables.
///
/// # Errors
/// The first that has none.
pub fn check_placeholders(
    definition: &Definition,
    inputs: &Value,
    reach: &Reach,
) -> Result<(), Fault> {
    let nothing = Context::default();
    let places = Places::new(inputs, &nothing, definition.template_syntax.nulls());
    let keys = definition.keys();
    let stages = definition.stages.iter().enumerate();
    for (index, stage) in stages.filter(|(_, stage)| reach.has(stage.stage_order)) {
        let mapping = Mapping::parse(stage.input_variable_mapping.as_ref(), &keys);
        let mapping = mapping.unwrap_or_default();
        if definition.template_syntax == Syntax::Third {
            let mut missing = mapping.iter().filter_map(|(variable, choice)| {
                let path = choice.missing_input(&places)?;
                Some((join(MAPPING, variable), path))
            });
            if let Some((field, path)) = missing.next() {
                let message = format!(
                    "reads {path}, which {}: give it as an input, or map it with a default{}",
                    not_given(path, &places),
                    near_input(path, inputs)
                );
                return Err(fault_at(index, stage, &field, &message));
            }
            check_plain_paths((index, stage), (inputs, &places), &keys)?;
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
                    &missing_value(missing, (inputs, &places), &mapped),
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
    (inputs, places): (&Value, &Places<'_>),
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
                "reads {path}, which {}: give it as an input{}",
                not_given(&path, places),
                near_input(&path, inputs)
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

/// The word that is most like the one of the path that is none in the inputs.
fn near_input(path: &SourcePath, inputs: &Value) -> String {
    let SourcePath::Inputs { path } = path else {
        return String::new();
    };
    let mut at = inputs;
    for word in path {
        let Value::Object(fields) = at else {
            break;
        };
        match fields.get(word) {
            Some(value) => at = value,
            None => return near(word, fields.keys().map(String::as_str)),
        }
    }
    String::new()
}

/// What is known may be as long as whoever starts a run likes.
fn near<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> String {
    let meant = nearest(word, known).map(|meant| excerpt(meant, 100));
    let hint = meant.map(|meant| format!("; did you mean {meant}?"));
    hint.unwrap_or_default()
}

fn missing_value(
    placeholder: &Placeholder<'_>,
    (inputs, places): (&Value, &Places<'_>),
    mapped: &BTreeSet<Cow<'_, str>>,
) -> String {
    let name = &placeholder.name;
    match &placeholder.reference {
        Reference::Name => {
            let given = inputs.as_object().into_iter().flat_map(Map::keys);
            let known = given.map(String::as_str).filter(|given| given != name);
            let known = known.chain(mapped.iter().map(AsRef::as_ref));
            format!(
                "uses {{{{{name}}}}}, which is neither mapped nor among the inputs: give it as an input or map it{}",
                near(name, known)
            )
        }
        Reference::Path(path) => format!(
            "uses {{{{{name}}}}}, which {}: give it as an input{}",
            not_given(path, places),
            near_input(path, inputs)
        ),
        Reference::Unreadable(message) => message.clone(),
    }
}
