//! Whether something tells of an error. What a provider says beside an answer may only look like one: it
//! is in a queue, or all is well.

use serde_json::Value;

use super::details::{Details, status_of_word};
use super::json::{self, Object};

/// Whether it tells of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    No,
    /// If no answer comes.
    Perhaps,
    Surely,
}

/// What an object of the stream tells.
pub(super) fn of_object(object: &Object<'_>, has_no_choices: bool) -> Told {
    let error = ["error", "errors"]
        .into_iter()
        .filter_map(|key| object.get(key))
        .map(|error| of_value(&json::value(error)))
        .find(|told| *told != Told::No);
    match error {
        Some(told) => told,
        None if has_no_choices && object.get("choices").is_none() => flat(object),
        None => Told::No,
    }
}

/// What the value of an `error` tells: nothing, where it is empty or speaks of success.
pub(super) fn of_value(error: &Value) -> Told {
    match error {
        Value::Null => Told::No,
        Value::Bool(is) => surely(*is),
        Value::Number(number) => surely(number.as_f64() != Some(0.0)),
        Value::String(text) => surely(!is_well(text)),
        Value::Array(items) => surely(items.iter().any(|item| of_value(item) != Told::No)),
        Value::Object(fields) => {
            let message = Details::of(error).message.unwrap_or_default();
            if fields.values().all(is_empty) {
                Told::No
            } else if fields.get("code").is_none_or(|code| !is_success(code)) {
                Told::Surely
            } else if is_well(&message) {
                Told::No
            } else {
                Told::Perhaps
            }
        }
    }
}

const fn surely(is: bool) -> Told {
    if is { Told::Surely } else { Told::No }
}

/// An object without any choices that says something: what went wrong, if it has a code or a type for it.
fn flat(object: &Object<'_>) -> Told {
    let words = ["message", "msg", "detail", "title"]
        .into_iter()
        .filter_map(|key| object.get(key).map(json::value))
        .find(|words| !is_empty(words));
    let Some(words) = words else {
        return Told::No;
    };
    let codes = [
        "code",
        "status",
        "status_code",
        "http_code",
        "type",
        "object",
    ];
    let mut codes = codes
        .into_iter()
        .filter_map(|key| object.get(key).map(json::value));
    if words.as_str().is_some_and(is_well) {
        Told::No
    } else if codes.any(|code| is_errors(&code)) {
        Told::Surely
    } else {
        Told::Perhaps
    }
}

/// A status of HTTP, or a word, that nothing but an error has.
fn is_errors(code: &Value) -> bool {
    const PARTS: [&str; 7] = [
        "error",
        "fail",
        "invalid",
        "exceeded",
        "denied",
        "insufficient",
        "rate_limit",
    ];
    match number(code) {
        Some(code) => !(0..400).contains(&code),
        None => code.as_str().is_some_and(|word| {
            let lower = word.to_ascii_lowercase();
            status_of_word(word).is_some() || PARTS.iter().any(|part| lower.contains(part))
        }),
    }
}

fn is_success(code: &Value) -> bool {
    match number(code) {
        Some(code) => is_2xx(code),
        None => code
            .as_str()
            .is_some_and(|word| !word.trim().is_empty() && is_well(word)),
    }
}

fn number(code: &Value) -> Option<i64> {
    match code {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_i64(),
    }
}

fn is_2xx(code: i64) -> bool {
    code == 0 || (200..300).contains(&code)
}

/// Words for nothing, and for all being well.
fn is_well(words: &str) -> bool {
    let words = words
        .trim()
        .trim_end_matches(['.', '!'])
        .to_ascii_lowercase();
    matches!(
        words.as_str(),
        "" | "0"
            | "null"
            | "none"
            | "false"
            | "ok"
            | "success"
            | "successful"
            | "succeeded"
            | "no error"
    )
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(value: &Value) -> Told {
        let raw = value.to_string();
        let object = Object::read(&raw).unwrap();
        of_object(&object, object.get("choices").is_none())
    }

    #[test]
    fn errors_are_told_from_what_only_looks_like_one() {
        for error in [
            json!({"error": {"message": "no"}}),
            json!({"error": "no"}),
            json!({"error": true}),
            json!({"error": {"code": 500}, "choices": [{}]}),
            json!({"code": 429, "message": "no", "type": "rate_limit"}),
            json!({"code": "500", "message": "no"}),
            json!({"status": 404, "title": "no"}),
            json!({"code": "insufficient_quota", "message": "no"}),
            json!({"object": "error", "message": "no"}),
            json!({"type": "overloaded_error", "message": "no"}),
        ] {
            assert_eq!(told(&error), Told::Surely, "{error}");
        }
        for perhaps in [
            json!({"status": "queued", "message": "wait"}),
            json!({"type": "queue", "message": "position 3"}),
            json!({"type": "info", "message": "loading"}),
            json!({"detail": "Not Found"}),
            json!({"message": "no Route matched"}),
            json!({"error": {"code": 0, "message": "odd"}, "choices": [{}]}),
            json!({"code": "success", "message": "done"}),
        ] {
            assert_eq!(told(&perhaps), Told::Perhaps, "{perhaps}");
        }
        for none in [
            json!({"type": "ping"}),
            json!({"code": 0, "message": "ok"}),
            json!({"code": 20000, "message": "Success"}),
            json!({"error": null, "usage": {}}),
            json!({"error": {}, "message": "", "choices": [{}]}),
            json!({"error": {"code": 0, "message": "success"}, "choices": [{}]}),
            json!({"error": {"code": null, "message": ""}}),
            json!({"error": "success", "choices": [{}]}),
            json!({"message": "beside", "code": 500, "choices": [{}]}),
        ] {
            assert_eq!(told(&none), Told::No, "{none}");
        }
    }
}
