//! The sizes that texts and JSON may have, and the cleaning of both: every input passes here before
//! anything is written. U+0000, which PostgreSQL cannot store, becomes U+FFFD.

use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// Longest name, in characters.
pub const NAME: usize = 200;
/// Longest description or note, in characters.
pub const NOTE: usize = 10_000;
/// Longest prompt, in bytes of UTF-8.
pub const PROMPT: usize = 256 * 1024;
/// Largest JSON value, in bytes when written compactly.
pub const JSON: usize = 1024 * 1024;
/// Deepest JSON value, in levels of arrays and objects. A stored one stands inside a few levels of
/// ours, and a row with more than 127 cannot be read again, by whoever claims runs either.
pub const NESTING: usize = 100;
/// Longest answer of a model, or edit of one, in characters.
pub const ANSWER: usize = 1024 * 1024;
/// Most stages of a workflow.
pub const STAGES: usize = 100;
/// Most saved prompts of a user.
pub const SAVED_PROMPTS: usize = 200;

/// A name: cleaned, trimmed, not empty, at most [`NAME`] characters.
///
/// # Errors
/// `BadInput` when it is blank, `LimitExceeded` when it is too long; both name `field`.
pub fn name(field: &str, value: &str) -> Result<String> {
    let value = clean(value.trim().to_owned());
    if value.is_empty() {
        return Err(Error::bad_input(
            field,
            format!("{field} must not be empty"),
        ));
    }
    characters(field, value, NAME)
}

/// A text of at most `most` characters, cleaned.
///
/// # Errors
/// `LimitExceeded` naming `field` and the limit.
pub fn characters(field: &str, value: String, most: usize) -> Result<String> {
    // No text has more characters than bytes, so that short texts are never walked.
    if value.len() > most && value.chars().count() > most {
        return Err(Error::too_large(
            field,
            format!("{field} is too long: at most {most} characters"),
        ));
    }
    Ok(clean(value))
}

/// A prompt of at most [`PROMPT`] bytes, cleaned.
///
/// # Errors
/// `LimitExceeded` naming `field` and the limit.
pub fn prompt(field: &str, value: String) -> Result<String> {
    if value.len() > PROMPT {
        return Err(Error::too_large(
            field,
            format!("{field} is too long: at most {} KiB", PROMPT / 1024),
        ));
    }
    Ok(clean(value))
}

/// A JSON value of at most [`JSON`] bytes and [`NESTING`] levels, cleaned.
///
/// # Errors
/// `LimitExceeded` naming `field` and the limit.
pub fn json(field: &str, value: Value) -> Result<Value> {
    let size = serde_json::to_vec(&value).map_err(Error::internal)?.len();
    if size > JSON {
        return Err(Error::too_large(
            field,
            format!("{field} is too large: at most {} KiB of JSON", JSON / 1024),
        ));
    }
    if nests_too_deeply(&value) {
        return Err(Error::too_large(
            field,
            format!("{field} nests too deeply: at most {NESTING} levels of JSON"),
        ));
    }
    Ok(clean_json(value))
}

/// Has the value more than [`NESTING`] levels?
#[must_use]
pub fn nests_too_deeply(value: &Value) -> bool {
    levels(value) > NESTING
}

fn levels(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(levels).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(levels).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// A JSON object of at most [`JSON`] bytes, cleaned.
///
/// # Errors
/// `BadInput` when it is no object, `LimitExceeded` when it is too large; both name `field`.
pub fn object(field: &str, value: Value) -> Result<Value> {
    if !value.is_object() {
        return Err(Error::bad_input(
            field,
            format!("{field} must be a JSON object"),
        ));
    }
    json(field, value)
}

/// A JSON object as [`object`] takes it, where null is as good as nothing.
///
/// # Errors
/// Like [`object`].
pub fn optional_object(field: &str, value: Option<Value>) -> Result<Option<Value>> {
    value
        .filter(|value| !value.is_null())
        .map(|value| object(field, value))
        .transpose()
}

/// A list of at most `most` items.
///
/// # Errors
/// `LimitExceeded` naming `field` and the limit.
pub fn items<T>(field: &str, list: &[T], most: usize) -> Result<()> {
    if list.len() > most {
        return Err(Error::too_large(
            field,
            format!("{field} is too long: at most {most} items"),
        ));
    }
    Ok(())
}

/// The text with U+FFFD in the place of every U+0000.
#[must_use]
pub fn clean(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}")
    } else {
        text
    }
}

/// The value with U+FFFD in the place of every U+0000, in keys too.
#[must_use]
pub fn clean_json(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(clean(text)),
        Value::Array(items) => items.into_iter().map(clean_json).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(key, value)| (clean(key), clean_json(value)))
            .collect::<Map<_, _>>()
            .into(),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn zero_characters_become_replacement_characters_everywhere() {
        let value = json!({ "a\0": ["x\0y", { "b": "\0" }], "n": 1 });
        assert_eq!(
            clean_json(value),
            json!({ "a\u{fffd}": ["x\u{fffd}y", { "b": "\u{fffd}" }], "n": 1 })
        );
        assert_eq!(name("name", " a\0b ").unwrap(), "a\u{fffd}b");
    }

    #[test]
    fn sizes_are_counted_in_characters_or_bytes_as_documented() {
        assert!(name("name", &"ä".repeat(NAME)).is_ok());
        let error = name("name", &"ä".repeat(NAME + 1)).unwrap_err();
        assert_eq!(error.field(), Some("name"));
        assert!(prompt("promptTemplate", "x".repeat(PROMPT)).is_ok());
        assert!(prompt("promptTemplate", "x".repeat(PROMPT + 1)).is_err());
        assert!(json("inputs", json!("x".repeat(JSON - 2))).is_ok());
        assert!(json("inputs", json!("x".repeat(JSON - 1))).is_err());
    }

    #[test]
    fn the_deepest_branch_counts() {
        let nested = |levels| (0..levels).fold(json!(1), |inner, _| json!([[], { "a": 1 }, inner]));
        assert_eq!(levels(&json!("x")), 0);
        assert_eq!(levels(&nested(1)), 2);
        assert_eq!(levels(&nested(7)), 8);
        assert!(json("inputs", nested(NESTING - 1)).is_ok());
        assert_eq!(
            json("inputs", nested(NESTING)).unwrap_err().field(),
            Some("inputs")
        );
    }
}
