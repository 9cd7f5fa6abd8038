//! What a stage that runs over a list must obey, and who may speak of its items.

use serde_json::Value;

use super::{grammar, join};
use crate::domain::definition::{FOR_EACH, MAPPING, Stage};
use crate::domain::for_each::ForEach;
use crate::domain::key::Keys;
use crate::domain::mapping::Mapping;
use crate::domain::source::{INDEX, ITEM};
use crate::domain::template::{Placeholder, Reference, Template};
use crate::domain::validate::Kind;

/// Checks the list that a stage runs over, and that what depends on an item stands where there is one.
pub(super) fn check_each(stage: &Stage, keys: &Keys<'_>) -> Result<(), (String, String)> {
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
pub(super) fn refuse_items(
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
