//! How many rows a field may answer with.

use async_graphql::parser::types::{ExecutableDocument, Field};
use async_graphql::registry::{MetaField, MetaType, MetaTypeName};
use async_graphql::{Value as ConstValue, Variables};
use async_graphql_value::Value;

/// Rows that a list without a page argument counts as.
const LIST: usize = 10;
/// Rows that the largest page has; for more the field's own check refuses.
const LARGEST_PAGE: usize = 100;
/// The argument that says how many rows a page has.
const PAGE: &str = "first";

/// How many rows a field may answer with. The items of a page are counted by the page.
pub(super) fn of(
    field: &Field,
    meta: &MetaField,
    of: Option<&MetaType>,
    document: &ExecutableDocument,
    variables: &Variables,
) -> usize {
    if let Some(argument) = meta.args.get(PAGE) {
        let asked = field.get_argument(PAGE);
        let asked = asked.and_then(|value| page(&value.node, document, variables));
        let default = argument
            .default_value
            .as_ref()
            .and_then(|text| text.parse().ok());
        return asked.or(default).unwrap_or(LARGEST_PAGE).min(LARGEST_PAGE);
    }
    let is_of_page = of.is_some_and(|of| of.name().ends_with("Connection"));
    if MetaTypeName::create(&meta.ty).is_list() && !is_of_page {
        LIST
    } else {
        1
    }
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
