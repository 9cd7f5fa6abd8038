//! Whole numbers that have no place in 64 bits: texts as ids, the nearest number that there is as a `Float`. In
//! JSON they would become others in silence, and are refused.

use async_graphql::Value as Literal;
use async_graphql_value::{Number, Value};

use super::path::{Path, Wrong};

/// The digits of a whole number, as they stand for an id.
pub(super) fn digits(value: &Value) -> String {
    match value {
        Value::Binary(digits) => String::from_utf8_lossy(digits).into_owned(),
        other => other.to_string(),
    }
}

/// The nearest number that there is.
pub(super) fn nearest(digits: &[u8]) -> Option<Number> {
    let number = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Number::from_f64(number)
}

/// What is wrong with digits in JSON.
pub(super) fn oversized(path: Path<'_>) -> String {
    format!(
        "{path} is an integer that 64 bits do not hold: send it as a text, which keeps its digits"
    )
}

/// Makes sure that a value of JSON has no digits.
pub(super) fn in_json(value: &Literal, path: Path<'_>) -> Result<(), Wrong> {
    match value {
        Literal::Binary(_) => Err(Wrong {
            field: path.to_string(),
            message: oversized(path),
        }),
        Literal::List(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| in_json(item, Path::Item(&path, index))),
        Literal::Object(fields) => fields
            .iter()
            .try_for_each(|(name, field)| in_json(field, Path::Field(&path, name))),
        _ => Ok(()),
    }
}

/// The text that a whole number stands for as an id. In JSON `1.0` is whole, too.
pub(super) fn of_id(value: &Literal) -> Literal {
    let text = match value {
        Literal::Number(number) if number.is_f64() => number
            .as_f64()
            .map_or_else(String::new, |number| format!("{number:.0}")),
        other => digits(&other.clone().into_value()),
    };
    Literal::String(text)
}
