//! Fields exist (section 5.3.1); those that answer objects have selections, others have none (5.3.3).

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::Field;
use async_graphql::registry::MetaType;

use super::found::Found;
use super::schema::{Definition, Schema};

/// Root fields that describe the API itself.
const INTROSPECTION: [&str; 2] = ["__schema", "__type"];

/// The definition of a field that is selected of this type.
pub(super) fn find<'a>(
    found: &mut Found<'a>,
    field: &'a Field,
    of: &'a MetaType,
) -> Option<Definition<'a>> {
    let (name, pos) = (&field.name.node, field.name.pos);
    let is_hidden = !found.schema.introspects() && found.schema.is_query(of);
    if is_hidden && INTROSPECTION.contains(&name.as_str()) {
        let message = format!("{name} cannot be selected: introspection is off on this server");
        found.faults.rule(message, pos);
        return None;
    }
    let Some(definition) = Schema::field(of, name) else {
        let message = format!("{} has no field {name}", of.name());
        let known = of.fields().into_iter().flat_map(IndexMap::keys);
        let known = known.map(String::as_str);
        found.faults.unknown(&message, (name, known), pos);
        return None;
    };
    let is_object = found
        .schema
        .innermost(definition.ty)
        .is_some_and(MetaType::is_composite);
    let selects = !field.selection_set.node.items.is_empty();
    if is_object && !selects {
        let message = format!("{name} answers {}: name the fields of it", definition.ty);
        found.faults.rule(message, pos);
    } else if selects && !is_object {
        let message = format!("{name} answers {}, which has no fields", definition.ty);
        found.faults.rule(message, pos);
    }
    Some(definition)
}
