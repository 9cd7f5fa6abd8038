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
    let takes = definition.map_or(Takes::Unknown, |definition| {
        definition.arguments.map_or(Takes::Nothing, Takes::These)
    });
    each(found, &field.arguments, &field.name.node, takes);
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
    let takes = defined.map_or(Takes::Unknown, Takes::These);
    each(found, &directive.arguments, &owner, takes);
    let defined = defined.into_iter().flat_map(Inputs::values);
    all_given(found, &directive.arguments, &owner, defined, pos);
}

/// What arguments a field or a directive takes.
#[derive(Clone, Copy)]
enum Takes<'a> {
    /// There is no such field or directive.
    Unknown,
    Nothing,
    These(&'a Inputs),
}

impl<'a> Takes<'a> {
    const fn known(self) -> Option<&'a Inputs> {
        match self {
            Self::Unknown | Self::Nothing => None,
            Self::These(inputs) => Some(inputs),
        }
    }
}

fn each<'a>(found: &mut Found<'a>, given: &'a Given, owner: &impl Display, takes: Takes<'a>) {
    let known = takes.known();
    for (index, (name, value)) in given.iter().enumerate() {
        let (name, pos) = (&name.node, name.pos);
        if given[..index]
            .iter()
            .any(|(before, _)| before.node == *name)
        {
            let message = format!("{owner} is given the argument {name} more than once");
            found.faults.rule(message, pos);
        }
        let argument = known.and_then(|known| known.get(name.as_str()));
        if !matches!(takes, Takes::Unknown) && argument.is_none() {
            let message = format!("{owner} has no argument {name}");
            let known = known.into_iter().flat_map(Inputs::keys);
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
