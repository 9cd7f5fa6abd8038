//! How many rows a field may answer with, or count.

use async_graphql::parser::types::{ExecutableDocument, Field};
use async_graphql::registry::{MetaField, MetaInputValue, MetaType, MetaTypeName};
use async_graphql::{Value as ConstValue, Variables};
use async_graphql_value::Value;

/// Rows that a list without a page argument counts as.
const LIST: usize = 10;
/// Rows that the largest page has; for more the field's own check refuses.
const LARGEST_PAGE: usize = 100;
/// The argument that says how many rows a page has.
const PAGE: &str = "first";
/// The argument that says how far rows are counted.
const LIMIT: &str = "limit";
/// So many rows are counted for the cost of a field, in an index.
const COUNTED_AT_ONCE: usize = 100;
/// Rows that are counted at most; for more the field's own check refuses.
const MOST_COUNTED: usize = 10_000;

/// How many rows a field may answer with. The items of a page are counted by the page.
pub(super) fn of(
    field: &Field,
    meta: &MetaField,
    of: Option<&MetaType>,
    document: &ExecutableDocument,
    variables: &Variables,
) -> usize {
    if let Some(argument) = meta.args.get(PAGE) {
        return asked(field, (PAGE, argument), document, variables)
            .unwrap_or(LARGEST_PAGE)
            .min(LARGEST_PAGE);
    }
    let is_of_page = of.is_some_and(|of| of.name().ends_with("Connection"));
    if MetaTypeName::create(&meta.ty).is_list() && !is_of_page {
        LIST
    } else {
        1
    }
}

/// What the rows that a field counts add to its cost.
pub(super) fn counted(
    field: &Field,
    meta: &MetaField,
    document: &ExecutableDocument,
    variables: &Variables,
) -> usize {
    let Some(argument) = meta.args.get(LIMIT) else {
        return 0;
    };
    let most = asked(field, (LIMIT, argument), document, variables);
    most.unwrap_or(MOST_COUNTED).min(MOST_COUNTED) / COUNTED_AT_ONCE
}

/// The number that an argument of a field says, or its default.
fn asked(
    field: &Field,
    (name, argument): (&str, &MetaInputValue),
    document: &ExecutableDocument,
    variables: &Variables,
) -> Option<usize> {
    let asked = field.get_argument(name);
    let asked = asked.and_then(|value| page(&value.node, document, variables));
    let default = argument.default_value.as_ref();
    asked.or_else(|| default.and_then(|text| text.parse().ok()))
}

/// The rows that an argument asks for: the most that a variable without a value may stand for,
/// because operations may each have another default for it.
fn page(value: &Value, document: &ExecutableDocument, variables: &Variables) -> Option<usize> {
    let Value::Variable(name) = value else {
        return number(&value.clone().into_const()?);
    };
    if let Some(value) = variables.get(name) {
        return number(value);
    }
    let operations = document.operations.iter();
    let definitions = operations.flat_map(|(_, it)| &it.node.variable_definitions);
    definitions
        .filter(|definition| definition.node.name.node == *name)
        .filter_map(|definition| number(&definition.node.default_value.as_ref()?.node))
        .max()
}

/// A number of rows; none for what is no number, and for null, which stands for the default.
fn number(value: &ConstValue) -> Option<usize> {
    let ConstValue::Number(number) = value else {
        return None;
    };
    if number.as_i64().is_some_and(|number| number < 0) {
        return Some(0);
    }
    Some(
        number
            .as_u64()
            .and_then(|number| usize::try_from(number).ok())
            .unwrap_or(usize::MAX),
    )
}
