//! Arguments exist (section 5.4.1), are given once (5.4.2), and none is missing (5.4.3).

use std::fmt::Display;

use async_graphql::parser::types::{Directive, Field};
use async_graphql::registry::MetaInputValue;
use async_graphql::{Name, Pos, Positioned};
use async_graphql_value::Value;

use super::found::Found;
use super::literals::Expected;
use super::path::Path;
use super::schema::{Definition, Inputs, is_required};

type Given = [(Positioned<Name>, Positioned<Value>)];

/// Checks those of a field, whose definition is not there if there is no such field.
pub(super) fn of_field<'a>(
    found: &mut Found<'a>,
    field: &'a Field,
    definition: Option<Definition<'a>>,
    pos: Pos,
) {
    let known = definition.map(|definition| definition.arguments);
    each(found, &field.arguments, &field.name.node, known);
    let defined = definition.into_iter().flat_map(Definition::arguments);
    all_given(found, &field.arguments, &field.name.node, defined, pos);
}

/// Checks those of a directive, which are not there if there is no such directive.
pub(super) fn of_directive<'a>(
    found: &mut Found<'a>,
    directive: &'a Positioned<Directive>,
    defined: Option<&'a Inputs>,
) {
    let (pos, directive) = (directive.pos, &directive.node);
    let owner = format_args!("@{}", directive.name.node).to_string();
    each(found, &directive.arguments, &owner, defined.map(Some));
    let defined = defined.into_iter().flat_map(Inputs::values);
    all_given(found, &directive.arguments, &owner, defined, pos);
}

/// `known` are the arguments of the owner, if it takes any; nothing at all where the owner is unknown.
fn each<'a>(
    found: &mut Found<'a>,
    given: &'a Given,
    owner: &impl Display,
    known: Option<Option<&'a Inputs>>,
) {
    for (index, (name, value)) in given.iter().enumerate() {
        let (name, pos) = (&name.node, name.pos);
        if given[..index]
            .iter()
            .any(|(before, _)| before.node == *name)
        {
            let message = format!("{owner} is given the argument {name} more than once");
            found.faults.rule(message, pos);
        }
        let argument = known.flatten().and_then(|known| known.get(name.as_str()));
        if known.is_some() && argument.is_none() {
            let message = format!("{owner} has no argument {name}");
            let known = known.flatten().into_iter().flat_map(Inputs::keys);
            let known = known.map(String::as_str);
            found.faults.unknown(&message, (name, known), pos);
        }
        let expected = argument.map(Expected::of);
        found.literal(&value.node, expected, Path::Of(name), value.pos);
    }
}

fn all_given<'a>(
    found: &mut Found<'a>,
    given: &Given,
    owner: &impl Display,
    defined: impl Iterator<Item = &'a MetaInputValue>,
    pos: Pos,
) {
    for argument in defined.filter(|argument| is_required(argument)) {
        let name = &argument.name;
        if !given.iter().any(|(given, _)| given.node.as_str() == name) {
            let message = format!("{owner} needs the argument {name}, a {}", argument.ty);
            found.faults.rule(message, pos);
        }
    }
}
