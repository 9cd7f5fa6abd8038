//! Variables are defined once (section 5.8.1), of types that can be sent (5.8.2); what is used is defined
//! (5.8.3), what is defined is used (5.8.4), and only where its type may stand (5.8.5).

use std::collections::{HashMap, HashSet};

use async_graphql::Name;
use async_graphql::Value as Literal;
use async_graphql::parser::types::{BaseType, OperationDefinition, Type, VariableDefinition};
use async_graphql::registry::MetaType;

use super::coercion::Coercion;
use super::faults::Faults;
use super::found::{Found, Seen, Usage};
use super::fragments::reach;
use super::path::Path;
use super::schema::{Schema, item, nullable};

/// Checks a definition for itself: its type, and that its default is of it.
pub(super) fn define<'a>(found: &mut Found<'a>, definition: &'a VariableDefinition) {
    let (name, ty) = (&definition.name.node, &definition.var_type);
    let named = innermost(&ty.node);
    let Some(of) = found.schema.named(named) else {
        let message = format!("there is no type {named}");
        return found.faults.rule(message, ty.pos);
    };
    if !of.is_input() {
        let message = format!(
            "the variable ${name} cannot be {}, which is for answers",
            ty.node
        );
        return found.faults.rule(message, ty.pos);
    }
    if let Some(default) = &definition.default_value {
        let coercion = Coercion::of_literals(found.schema);
        if let Err(wrong) = coercion.value(&default.node, &ty.node, Path::Of(name)) {
            found.faults.input(&wrong.field, wrong.message, default.pos);
        }
        found.needs_meaning |= has_digits(&default.node);
    }
}

/// Is there a whole number of more than 63 bits?
fn has_digits(value: &Literal) -> bool {
    match value {
        Literal::Binary(_) => true,
        Literal::Number(number) => !number.is_i64(),
        Literal::List(items) => items.iter().any(has_digits),
        Literal::Object(fields) => fields.values().any(has_digits),
        _ => false,
    }
}

/// Compares what an operation defines with what it uses, itself and through fragments.
pub(super) fn check(
    operation: &OperationDefinition,
    seen: &Seen<'_>,
    of_fragments: &HashMap<&Name, Seen<'_>>,
    schema: Schema<'_>,
    faults: &mut Faults,
) {
    let mut defined: HashMap<&Name, &VariableDefinition> = HashMap::new();
    for definition in &operation.variable_definitions {
        let name = &definition.node.name;
        if defined.insert(&name.node, &definition.node).is_some() {
            let message = format!("the variable ${} is defined more than once", name.node);
            faults.rule(message, name.pos);
        }
    }
    let mut fragments = HashSet::new();
    reach(seen, of_fragments, &mut fragments);
    let in_fragments = fragments.iter().filter_map(|name| of_fragments.get(name));
    let mut used = HashSet::new();
    for usage in in_fragments.chain([seen]).flat_map(|seen| &seen.variables) {
        used.insert(usage.variable);
        if let Some(definition) = defined.get(usage.variable) {
            require_place(definition, usage, schema, faults);
        } else {
            let message = format!("the variable ${} is not defined", usage.variable);
            faults.rule(message, usage.pos);
        }
    }
    for definition in &operation.variable_definitions {
        let name = &definition.node.name;
        if !used.contains(&name.node) {
            let message = format!("the variable ${} is not used", name.node);
            faults.rule(message, name.pos);
        }
    }
}

/// `IsVariableUsageAllowed`.
fn require_place(
    definition: &VariableDefinition,
    usage: &Usage<'_>,
    schema: Schema<'_>,
    faults: &mut Faults,
) {
    let (variable, Some(place)) = (&definition.var_type.node, usage.ty) else {
        return;
    };
    // Another rule has refused the type.
    if !schema
        .named(innermost(variable))
        .is_some_and(MetaType::is_input)
    {
        return;
    }
    let default = definition.default_value.as_ref();
    let has_value = default.is_some_and(|default| default.node != Literal::Null);
    let place = if variable.nullable && (has_value || usage.has_default) {
        nullable(place)
    } else {
        place
    };
    if !fits(variable, place) {
        let name = usage.variable;
        let message = format!("the variable ${name} is {variable}, and {place} is needed here");
        faults.rule(message, usage.pos);
    }
}

/// `AreTypesCompatible`.
fn fits(variable: &Type, place: &str) -> bool {
    if place.ends_with('!') && variable.nullable {
        return false;
    }
    match (&variable.base, item(place)) {
        (BaseType::List(variable), Some(place)) => fits(variable, place),
        (BaseType::Named(variable), None) => variable.as_str() == nullable(place),
        (BaseType::List(_), None) | (BaseType::Named(_), Some(_)) => false,
    }
}

pub(super) fn innermost(ty: &Type) -> &Name {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(item) => innermost(item),
    }
}
