//! The functions that look at JSON: in the model's text, or in the output that was made of it.
//!
//! Blanks and one code fence around the JSON do no harm. Where it is the output's meaning that counts, other
//! words around one object do none either, as in outputs.

use std::sync::Arc;

use serde_json::{Number, Value};

use super::{Check, Fault, Fields, require};
use crate::domain::output::{excerpt, whole};
use crate::domain::validate::schema::Schema;

/// How much of an argument a note repeats, in characters.
const EXCERPT: usize = 100;

#[expect(
    clippy::unnecessary_wraps,
    reason = "the registry's signature: others can refuse"
)]
pub(super) fn is_json(_: &Fields<'_>) -> Result<Check, Fault> {
    Ok(Arc::new(|answer| {
        let read = whole(answer.raw).map(drop);
        read.map_err(|fault| format!("the output {fault}"))
    }))
}

/// The text, apart from blanks around it, is the string `value`, or is JSON for any other `value`.
pub(super) fn equals(args: &Fields<'_>) -> Result<Check, Fault> {
    let value = args.value("value")?.clone();
    Ok(Arc::new(move |answer| {
        require(Reading::of(answer.raw).is(&value), || {
            format!("the output is not {}", excerpt(&value.to_string(), EXCERPT))
        })
    }))
}

/// The text equals one of `values`, each compared as by `equals`.
pub(super) fn one_of(args: &Fields<'_>) -> Result<Check, Fault> {
    let values = args.value("values")?.as_array();
    let Some(values) = values.filter(|values| !values.is_empty()).cloned() else {
        return Err(args.fault("values", "must be a list of at least one value"));
    };
    Ok(Arc::new(move |answer| {
        let reading = Reading::of(answer.raw);
        require(values.iter().any(|value| reading.is(value)), || {
            let values = Value::Array(values.clone()).to_string();
            format!("the output is none of {}", excerpt(&values, EXCERPT))
        })
    }))
}

/// Looks at the output as JSON: a number, or an object with exactly one value, which is one, so that
/// a stage may have a single output variable (`{"score": "number"}`). Both limits are inclusive.
pub(super) fn number_range(args: &Fields<'_>) -> Result<Check, Fault> {
    let min = args.optional_number("min")?.and_then(Number::as_f64);
    let max = args.optional_number("max")?.and_then(Number::as_f64);
    if min.is_none() && max.is_none() {
        return Err(args.fault_of_all("must have min, max or both"));
    }
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        return Err(args.fault("min", "must not be greater than max"));
    }
    Ok(Arc::new(move |answer| {
        let json = answer.json()?;
        let number = sole_number(&json)
            .ok_or("the output must be a number, or an object with a number as its only value")?;
        match (min, max) {
            (Some(min), _) if number < min => Err(format!("{number} is less than {min}")),
            (_, Some(max)) if number > max => Err(format!("{number} is greater than {max}")),
            _ => Ok(()),
        }
    }))
}

/// The output as JSON is valid by `schema`.
pub(super) fn json_schema(args: &Fields<'_>) -> Result<Check, Fault> {
    let schema = Schema::compile(args.value("schema")?);
    let schema = schema.map_err(|message| args.fault("schema", message))?;
    Ok(Arc::new(move |answer| {
        let json = answer.json()?;
        schema.violations(&json).map_or(Ok(()), Err)
    }))
}

/// A text as the two things that it may be compared as.
struct Reading<'a> {
    text: &'a str,
    json: Option<Value>,
}

impl<'a> Reading<'a> {
    fn of(raw: &'a str) -> Self {
        Self {
            text: raw.trim(),
            json: whole(raw).ok(),
        }
    }

    fn is(&self, value: &Value) -> bool {
        match (value, &self.json) {
            (Value::String(text), _) => self.text == text.trim(),
            (value, Some(json)) => same(json, value),
            (_, None) => false,
        }
    }
}

/// Equality of JSON values, where 3 and 3.0 are the same number.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || (one.is_f64() != other.is_f64() && one.as_f64() == other.as_f64())
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, one)| other.get(key).is_some_and(|other| same(one, other)))
        }
        _ => one == other,
    }
}

fn sole_number(json: &Value) -> Option<f64> {
    match json {
        Value::Object(map) if map.len() == 1 => map.values().next()?.as_f64(),
        value => value.as_f64(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{assert_verdicts, parse, verdict};
    use super::*;

    #[test]
    fn equality_is_of_trimmed_text_with_strings_and_of_json_with_other_values() {
        let equals = |value: Value, passing: &[&str], failing: &[&str]| {
            assert_verdicts("equals", &json!({ "value": value }), passing, failing);
        };
        equals(json!("yes"), &["yes", " yes\n"], &["Yes", "\"yes\""]);
        equals(json!(3), &["3", "3.0", "```\n3\n```"], &["4", "\"3\"", "x"]);
        equals(json!(null), &["null"], &["", "0"]);
        equals(
            json!({"a": [1, true], "b": "c"}),
            &[r#"{"b": "c", "a": [1.0, true]}"#],
            &[
                r#"{"a": [1, true]}"#,
                r#"{"a": [1], "b": "c"}"#,
                r#"{"a": [2, true], "b": "c"}"#,
            ],
        );
        let values = json!({"values": ["a", 1]});
        assert_verdicts("one_of", &values, &["a", "1", "1.0"], &["b", "2", "\"a\""]);
    }

    #[test]
    fn json_functions_read_the_text_where_there_are_no_output_variables() {
        let fenced = "```json\n[]\n```";
        assert_verdicts(
            "is_json",
            &json!({}),
            &["1", " {} ", fenced],
            &["", "{", "a"],
        );
        let range = "number_range";
        let one_to_two = json!({"min": 1, "max": 2});
        assert_verdicts(range, &one_to_two, &["1", "2.0", "1.5"], &["0.9", "3"]);
        assert_verdicts(
            range,
            &json!({"min": 1}),
            &["1e300"],
            &["-1", "\"5\"", "five"],
        );
        let most = json!({"max": 1});
        assert_verdicts(
            range,
            &most,
            &[r#"{"n": 1}"#],
            &["{}", r#"{"n": 1, "m": 1}"#],
        );
        let schema = json!({"schema": {"type": "object", "required": ["a"]}});
        assert_verdicts("json_schema", &schema, &[r#"{"a": 1}"#], &["{}", "[]", "a"]);
    }

    #[test]
    fn json_functions_look_at_the_output_variables_where_there_are_some() {
        let raw = "```json\n{\"text\": \"7\", \"n\": 7}\n```";
        let output = json!({"text": "7", "n": 7});
        let schema = json!({"schema": {"properties": {"n": {"const": 7}}, "required": ["n"]}});
        assert!(
            parse("json_schema", &schema)
                .expect("valid")
                .check(raw, &output)
                .pass
        );
        let range = parse("number_range", &json!({"min": 7, "max": 7})).expect("valid");
        assert!(range.check(r#"{"score": 7}"#, &json!({"score": 7})).pass);
        assert!(!range.check(r#"{"text": "7"}"#, &json!({"text": "7"})).pass);
        assert!(!range.check(raw, &output).pass);
    }

    #[test]
    fn notes_on_a_schema_list_three_violations_and_stay_short() {
        let long = "x".repeat(300);
        let schema = json!({"schema": {"items": {"enum": [long]}}});
        let notes = verdict("json_schema", &schema, "[1, 2, 3, 4, 5]")
            .notes
            .expect("a reason");
        assert!(notes.chars().count() <= 500, "{notes}");
        assert_eq!(notes.matches("at /").count(), 3, "{notes}");
        assert!(notes.ends_with("; …"), "{notes}");
    }
}
