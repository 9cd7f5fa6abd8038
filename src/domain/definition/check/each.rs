//! What a stage that runs over a list must obey, and who may speak of its items.

use serde_json::Value;

use super::{grammar, join};
use crate::domain::definition::{FOR_EACH, MAPPING, Says, Stage, mapped};
use crate::domain::for_each::ForEach;
use crate::domain::key::Keys;
use crate::domain::mapping::Mapping;
use crate::domain::route::ROUTES;
use crate::domain::source::{INDEX, ITEM, SourcePath};
use crate::domain::template::{Placeholder, Reference, Template};
use crate::domain::validate::Kind;

/// Checks the list that a stage runs over, and that what depends on an item stands where there is one.
pub(super) fn check_each(stage: &Stage, keys: &Keys<'_>) -> Result<(), (String, String)> {
    refuse_paths_of_items(stage, keys)?;
    let mapping = stage.input_variable_mapping.as_ref();
    let Some(value) = &stage.for_each else {
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

/// Refuses paths that depend on an item where there is none.
fn refuse_paths_of_items(stage: &Stage, keys: &Keys<'_>) -> Result<(), (String, String)> {
    let is_list = stage.for_each.is_some();
    for spot in stage.spots() {
        let Says::Path(path) = spot.says else {
            continue;
        };
        if !needs_item(path, keys) {
            continue;
        }
        if !is_list {
            return Err((spot.field.into_owned(), only_in_a_list(path)));
        }
        if spot.field.starts_with(ROUTES) {
            let message = format!(
                "reads {path}, but is looked at once, when every item has passed: name the output or an input"
            );
            return Err((spot.field.into_owned(), message));
        }
    }
    Ok(())
}

/// Refuses what depends on an item in a mapping that knows none.
pub(super) fn refuse_items(
    (field, value): (&str, Option<&Value>),
    keys: &Keys<'_>,
) -> Result<(), (String, String)> {
    let mut paths = value.into_iter().flat_map(mapped);
    match paths.find(|(_, _, path)| needs_item(path, keys)) {
        Some((name, _, path)) => Err((join(field, name), only_in_a_list(path))),
        None => Ok(()),
    }
}

fn needs_item(path: &str, keys: &Keys<'_>) -> bool {
    SourcePath::parse(path, keys).is_ok_and(|path| path.needs_item())
}

fn only_in_a_list(path: &str) -> String {
    format!("reads {path}, which is there only in a stage with forEach")
}
