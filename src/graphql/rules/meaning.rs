//! Writes a valid document out in the words that the library reads as they are meant:
//!
//! - it answers `__typename` without a look at its directives: they go to an inline fragment around it;
//! - it takes whole numbers for ids up to 63 bits: they become the texts that they stand for;
//! - digits without a place in 64 bits, which the parser has kept as they are, become a number where one may be
//!   rounded;
//! - it runs a root field of a subscription as often as it is selected: all become one.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, FragmentDefinition, InlineFragment,
    OperationDefinition, Selection, SelectionSet,
};
use async_graphql::registry::MetaType;
use async_graphql::{Name, Positioned};
use async_graphql_value::Value;

use super::coercion::Coercion;
use super::path::Path;
use super::schema::{Definition, Schema, TYPENAME, item};
use super::{numbers, subscriptions};

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// The document that the library is to execute.
pub(super) fn write_out(document: &ExecutableDocument, schema: Schema<'_>) -> ExecutableDocument {
    let mut document = document.clone();
    for fragment in document.fragments.values_mut() {
        let fragment = &mut fragment.node;
        let on = schema.named(&fragment.type_condition.node.on.node);
        of_set(&mut fragment.selection_set.node, on, schema);
    }
    for operation in operations(&mut document.operations) {
        let root = schema.root(operation);
        of_set(&mut operation.selection_set.node, root, schema);
        of_defaults(operation, schema);
        if subscriptions::repeats(operation) {
            one_root(&mut operation.selection_set.node, &document.fragments);
        }
    }
    keep_used(&mut document);
    document
}

fn operations(all: &mut DocumentOperations) -> Vec<&mut OperationDefinition> {
    match all {
        DocumentOperations::Single(operation) => vec![&mut operation.node],
        DocumentOperations::Multiple(named) => named.values_mut().map(|it| &mut it.node).collect(),
    }
}

fn of_defaults(operation: &mut OperationDefinition, schema: Schema<'_>) {
    for definition in &mut operation.variable_definitions {
        let definition = &mut definition.node;
        if let Some(default) = &mut definition.default_value {
            let (ty, path) = (&definition.var_type.node, Path::Of(&definition.name.node));
            let coerced = Coercion::of_literals(schema).value(&default.node, ty, path);
            // It is of its type, for the document is valid.
            default.node = coerced.unwrap_or_default();
        }
    }
}

fn of_set(set: &mut SelectionSet, of: Option<&MetaType>, schema: Schema<'_>) {
    for selection in &mut set.items {
        match &mut selection.node {
            Selection::Field(field) => {
                let definition = of.and_then(|of| Schema::field(of, &field.node.name.node));
                if let Some(definition) = definition {
                    of_field(&mut field.node, definition, schema);
                }
                if field.node.name.node == TYPENAME && !field.node.directives.is_empty() {
                    selection.node = around(field.clone());
                }
            }
            Selection::InlineFragment(inline) => {
                let condition = inline.node.type_condition.as_ref();
                let on = condition.map_or(of, |it| schema.named(&it.node.on.node));
                of_set(&mut inline.node.selection_set.node, on, schema);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn of_field(field: &mut Field, definition: Definition<'_>, schema: Schema<'_>) {
    for (name, value) in &mut field.arguments {
        if let Some(argument) = definition.argument(&name.node) {
            of_value(&mut value.node, &argument.ty, schema);
        }
    }
    let answer = schema.innermost(definition.ty);
    of_set(&mut field.selection_set.node, answer, schema);
}

/// `... @skip(if: $a) { __typename }`
fn around(mut field: Positioned<Field>) -> Selection {
    let pos = field.pos;
    let inline = InlineFragment {
        type_condition: None,
        directives: std::mem::take(&mut field.node.directives),
        selection_set: Positioned::new(
            SelectionSet {
                items: vec![Positioned::new(Selection::Field(field), pos)],
            },
            pos,
        ),
    };
    Selection::InlineFragment(Positioned::new(inline, pos))
}

fn of_value(value: &mut Value, ty: &str, schema: Schema<'_>) {
    match (schema.innermost(ty), &mut *value) {
        (Some(MetaType::Scalar { name, .. }), value)
            if name == "ID" && !matches!(value, Value::List(_)) =>
        {
            if matches!(value, Value::Number(_) | Value::Binary(_)) {
                *value = Value::String(numbers::digits(value));
            }
        }
        (Some(MetaType::Scalar { name, .. }), Value::Binary(digits)) if name == "Float" => {
            let number = numbers::nearest(digits);
            *value = number.map_or(Value::Null, Value::Number);
        }
        (_, Value::List(items)) => {
            let of = item(ty).unwrap_or(ty);
            for value in items {
                of_value(value, of, schema);
            }
        }
        (Some(MetaType::InputObject { input_fields, .. }), Value::Object(fields)) => {
            for (name, value) in fields {
                if let Some(field) = input_fields.get(name.as_str()) {
                    of_value(value, &field.ty, schema);
                }
            }
        }
        _ => {}
    }
}

/// Makes one field of all that the root of a subscription selects: they are the same but for what they
/// select.
fn one_root(root: &mut SelectionSet, fragments: &Fragments) {
    let mut one: Option<Positioned<Field>> = None;
    let mut unread: Vec<_> = std::mem::take(&mut root.items).into_iter().rev().collect();
    let mut spread = HashSet::new();
    while let Some(selection) = unread.pop() {
        match selection.node {
            Selection::Field(field) => match &mut one {
                None => one = Some(field),
                Some(one) => {
                    let more = field.node.selection_set.node.items;
                    one.node.selection_set.node.items.extend(more);
                }
            },
            Selection::InlineFragment(inline) => {
                unread.extend(inline.node.selection_set.node.items.into_iter().rev());
            }
            Selection::FragmentSpread(it) => {
                let name = it.node.fragment_name.node;
                if let Some(fragment) = fragments.get(&name)
                    && spread.insert(name)
                {
                    let items = &fragment.node.selection_set.node.items;
                    unread.extend(items.iter().rev().cloned());
                }
            }
        }
    }
    let one = one.map(|one| Positioned::new(Selection::Field(one.clone()), one.pos));
    root.items = one.into_iter().collect();
}

/// Forgets the fragments that only a root has spread: the library refuses what is not used.
fn keep_used(document: &mut ExecutableDocument) {
    let mut used = HashSet::new();
    let operations = document.operations.iter();
    let mut unread: Vec<&SelectionSet> = operations
        .map(|(_, it)| &it.node.selection_set.node)
        .collect();
    while let Some(set) = unread.pop() {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => unread.push(&field.node.selection_set.node),
                Selection::InlineFragment(inline) => unread.push(&inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = document.fragments.get(name)
                        && used.insert(name.clone())
                    {
                        unread.push(&fragment.node.selection_set.node);
                    }
                }
            }
        }
    }
    document.fragments.retain(|name, _| used.contains(name));
}
