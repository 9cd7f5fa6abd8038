//! How large a value is that was sent for a variable: its bytes, roughly, and one for each value in it.

use async_graphql::Value as ConstValue;

/// The size of a value.
pub(super) fn of(value: &ConstValue) -> usize {
    match value {
        ConstValue::Null | ConstValue::Number(_) | ConstValue::Boolean(_) => 1,
        ConstValue::String(text) => text.len() + 1,
        ConstValue::Enum(name) => name.len() + 1,
        ConstValue::Binary(bytes) => bytes.len() + 1,
        ConstValue::List(items) => items.iter().map(of).sum::<usize>() + 1,
        ConstValue::Object(fields) => {
            let fields = fields.iter();
            fields
                .map(|(name, value)| name.len() + of(value))
                .sum::<usize>()
                + 1
        }
    }
}
