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
    let known = |name: &str| Some(definition?.argument(name));
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
    let known = |name: &str| Some(defined?.get(name));
    each(found, &directive.arguments, &owner, known);
    let defined = defined.into_iter().flat_map(Inputs::values);
    all_given(found, &directive.arguments, &owner, defined, pos);
}

/// `known` answers an argument of the owner, or nothing at all where the owner is unknown.
fn each<'a>(
    found: &mut Found<'a>,
    given: &'a Given,
    owner: &impl Display,
    known: impl Fn(&str) -> Option<Option<&'a MetaInputValue>>,
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
        let argument = known(name);
        if argument.is_some_and(|argument| argument.is_none()) {
            found
                .faults
                .rule(format!("{owner} has no argument {name}"), pos);
        }
        let expected = argument.flatten().map(Expected::of);
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
