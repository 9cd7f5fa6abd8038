//! The sizes that texts and JSON may have, and the cleaning of both: every input passes here before
//! anything is written. U+0000, which PostgreSQL cannot store, becomes U+FFFD.

use serde_json::{Map, Value};

use crate::domain::json::steady;
use crate::error::{Error, Result};

/// Longest name, in characters.
pub const NAME: usize = 200;
/// Longest description or note, in characters.
pub const NOTE: usize = 10_000;
/// Longest prompt, in bytes of UTF-8.
pub const PROMPT: usize = 256 * 1024;
/// Largest JSON value, in bytes when written compactly.
pub const JSON: usize = 1024 * 1024;
/// Deepest nesting of a JSON value. `serde_json` reads 127 levels back, and what keeps a value, like a
/// run's context or a snapshot, puts some of its own around it.
pub const NESTING: usize = 100;
/// Longest answer of a model, or edit of one, in characters.
pub const ANSWER: usize = 1024 * 1024;
/// Largest workflow, in bytes: the texts and the JSON of all its stages together.
pub const WORKFLOW: usize = 8 * 1024 * 1024;
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
    fits_prompt(field, &value)?;
    Ok(clean(value))
}

/// Is the text no longer than a prompt may be?
///
/// # Errors
/// Like [`prompt`].
pub fn fits_prompt(field: &str, value: &str) -> Result<()> {
    if value.len() > PROMPT {
        return Err(Error::too_large(
            field,
            format!("{field} is too long: at most {} KiB", PROMPT / 1024),
        ));
    }
    Ok(())
}

/// A JSON value of at most [`JSON`] bytes and [`NESTING`] levels, cleaned.
///
/// # Errors
/// `LimitExceeded` naming `field` and the limit.
pub fn json(field: &str, value: Value) -> Result<Value> {
    if nests_deeper(&value, NESTING) {
        return Err(Error::too_large(
            field,
            format!("{field} is nested too deep: at most {NESTING} levels"),
        ));
    }
    if json_size(&value) > JSON {
        return Err(Error::too_large(
            field,
            format!("{field} is too large: at most {} KiB of JSON", JSON / 1024),
        ));
    }
    Ok(clean_json(value))
}

/// The size of a value as compact JSON, in bytes.
#[must_use]
pub fn json_size(value: &Value) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // Counting does not fail, nor does a value that was read from JSON.
    let _ = serde_json::to_writer(&mut count, value);
    count.0
}

/// A JSON object as large and as deep as [`json`] takes it, cleaned.
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

/// Does the value have objects or arrays in each other for more than `levels` levels?
#[must_use]
pub fn nests_deeper(value: &Value, levels: usize) -> bool {
    let deeper = |inner: &Value| nests_deeper(inner, levels - 1);
    match value {
        Value::Array(items) => levels == 0 || items.iter().any(deeper),
        Value::Object(fields) => levels == 0 || fields.values().any(deeper),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
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

/// The value with U+FFFD in the place of every U+0000, in keys too, and numbers as they are kept.
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
        Value::Number(number) => Value::Number(steady(number)),
        other @ (Value::Null | Value::Bool(_)) => other,
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
    fn levels_are_counted_where_values_lie_in_each_other() {
        let nested = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!([0, inner]));
        assert!(json("inputs", nested(NESTING)).is_ok());
        let error = json("inputs", nested(NESTING + 1)).unwrap_err();
        assert_eq!(error.field(), Some("inputs"));
        assert!(!nests_deeper(&json!({ "a": [[]], "b": {} }), 3));
        assert!(nests_deeper(&json!({ "a": [[]], "b": {} }), 2));
    }
}
