//! Whole numbers that have no place in 64 bits: texts as ids, and in JSON the nearest that has one.

use async_graphql::Value as Literal;
use async_graphql::indexmap::IndexMap;
use async_graphql_value::{Number, Value};

/// The digits of a whole number, as they stand for an id.
pub(super) fn digits(value: &Value) -> String {
    match value {
        Value::Binary(digits) => String::from_utf8_lossy(digits).into_owned(),
        other => other.to_string(),
    }
}

/// Makes numbers of digits, the nearest that there are.
pub(super) fn in_json(value: &mut Value) {
    match value {
        Value::Binary(bytes) => {
            let number = String::from_utf8_lossy(bytes).parse().ok();
            *value = number
                .and_then(Number::from_f64)
                .map_or(Value::Null, Value::Number);
        }
        Value::List(items) => items.iter_mut().for_each(in_json),
        Value::Object(fields) => fields.values_mut().for_each(in_json),
        _ => {}
    }
}

/// A value of JSON.
pub(super) fn of_json(value: &Literal) -> Literal {
    match value {
        Literal::Binary(_) => {
            let mut value = value.clone().into_value();
            in_json(&mut value);
            value.into_const().unwrap_or_default()
        }
        Literal::List(items) => Literal::List(items.iter().map(of_json).collect()),
        Literal::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| (name.clone(), of_json(value)));
            Literal::Object(fields.collect::<IndexMap<_, _>>())
        }
        other => other.clone(),
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
