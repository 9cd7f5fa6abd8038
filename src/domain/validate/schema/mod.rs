//! JSON Schemas of users, for the function `json_schema` and for output variables: nothing is fetched,
//! patterns match in linear time, references multiply what is done to a bounded degree, and what is reported
//! stays short.

mod extent;
mod step;

use std::fmt::Display;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::Value;

use self::extent::{Extent, MOST, MOST_TO_ONE};
use super::Cost;
use super::regex::{self, Effort, SIZE_LIMIT};
use crate::domain::output::excerpt;

/// How many patterns a schema may have: each of them may take `SIZE_LIMIT` twice.
const MAX_PATTERNS: usize = 100;
/// An estimate of what a value of a schema becomes when it is compiled, in bytes.
const SIZE_OF_VALUE: usize = 256;
/// How many violations a note lists.
const VIOLATIONS: usize = 3;
/// How long each of them may be, in characters, so that a note stays under 500.
const VIOLATION_LENGTH: usize = 160;

/// So many applications of subschemas may a report of what is wrong cost. Whether a value is valid is found
/// out once for each part of both, what is wrong with it by every way that leads there.
const MOST_REPORTED: usize = 1_000_000;
/// Reading a byte of the value costs about as much.
const STEPS_FOR_BYTE: usize = 4;

/// A schema, ready to be applied.
#[derive(Debug)]
pub(super) struct Schema {
    validator: Validator,
    extent: Extent,
}

impl Schema {
    /// Compiles `schema`, of draft 2020-12 unless its `$schema` names another. It may refer to itself,
    /// to its parts and to the meta-schema of its draft, which comes with the library.
    ///
    /// # Errors
    ///
    /// Why `schema` is no valid schema, or that it refers to something outside itself.
    pub(super) fn compile(schema: &Value) -> Result<Self, String> {
        if !schema.is_object() {
            return Err("must be a JSON Schema object".to_owned());
        }
        if patterns(schema).len() > MAX_PATTERNS {
            return Err(format!("must have at most {MAX_PATTERNS} patterns"));
        }
        let engine = PatternOptions::regex()
            .size_limit(SIZE_LIMIT)
            .dfa_size_limit(SIZE_LIMIT);
        let validator = jsonschema::options()
            .offline()
            .with_pattern_options(engine)
            .build(schema)
            .map_err(|error| explain(&error))?;
        Ok(Self {
            validator,
            extent: Extent::of(schema),
        })
    }

    /// What `value` violates, or `None` when it is valid. Values are not repeated: they may be long,
    /// and stand in the log anyway.
    pub(super) fn violations(&self, value: &Value) -> Option<String> {
        if self.validator.is_valid(value) {
            return None;
        }
        if !self.extent.is_applied_within(levels(value), MOST_REPORTED) {
            return Some("value does not fit the schema".to_owned());
        }
        let mut errors = self.validator.iter_errors(value);
        let listed: Vec<String> = errors
            .by_ref()
            .take(VIOLATIONS)
            .map(|error| line(&error))
            .collect();
        let more = if errors.next().is_some() { "; …" } else { "" };
        Some(format!("{}{more}", listed.join("; ")))
    }
}

/// How many objects and lists lie in each other.
fn levels(value: &Value) -> usize {
    match value {
        Value::Object(fields) => 1 + fields.values().map(levels).max().unwrap_or(0),
        Value::Array(items) => 1 + items.iter().map(levels).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// What it costs at most to validate by `schema`. Where it refers to its parts, they may be applied any
/// number of times to one value, and so may those below `unevaluated…`.
pub(super) fn cost(schema: &Value) -> Cost {
    let patterns: Vec<Effort> = patterns(schema).into_iter().map(effort).collect();
    let values = values(schema);
    let steps = patterns.iter().map(|effort| effort.steps);
    let per_byte = if repeats(schema) {
        usize::MAX
    } else {
        steps.fold(STEPS_FOR_BYTE + values, usize::saturating_add)
    };
    Cost {
        fixed: values,
        per_byte,
        size: SIZE_OF_VALUE * values + patterns.iter().map(|effort| effort.size).sum::<usize>(),
    }
}

/// Refuses a schema that costs too much to be saved anew: by a pattern, by its references, or by all that it
/// holds one value to.
///
/// # Errors
///
/// What costs too much, and how it may cost less.
pub(super) fn afford(schema: &Value) -> Result<(), String> {
    for pattern in patterns(schema) {
        regex::afford(effort(pattern)).map_err(|message| {
            let pattern = excerpt(pattern, VIOLATION_LENGTH);
            format!("has the pattern \"{pattern}\", which {message}")
        })?;
    }
    let extent = Extent::of(schema);
    if extent.is_too_large() {
        return Err(format!(
            "is too large with its references written out: more than {MOST} subschemas, or too many in each other; refer to fewer parts, or to each less often"
        ));
    }
    if extent.is_too_much_for_one() {
        return Err(format!(
            "holds one value to more than {MOST_TO_ONE} subschemas, with its references written out: say it with enum, const or properties, or by fewer of allOf, anyOf, oneOf and not"
        ));
    }
    Ok(())
}

/// The dialect of a schema's patterns has a few escapes that ours has not: what cannot be read here
/// has as many ways as characters, unless it counts.
fn effort(pattern: &str) -> Effort {
    match regex_syntax::parse(pattern) {
        Ok(parsed) => Effort::of(&parsed),
        Err(_) if pattern.contains('{') => Effort::UNBOUNDED,
        Err(_) => Effort {
            steps: pattern.len(),
            size: SIZE_LIMIT,
        },
    }
}

/// How many regular expressions compiling `schema` takes, at most.
pub(super) fn count_patterns(schema: &Value) -> usize {
    patterns(schema).len()
}

/// The regular expressions that compiling `schema` takes, at most.
fn patterns(schema: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    let mut ahead = vec![schema];
    while let Some(value) = ahead.pop() {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    match (key.as_str(), value) {
                        ("pattern", Value::String(pattern)) => found.push(pattern.as_str()),
                        ("patternProperties", Value::Object(properties)) => {
                            found.extend(properties.keys().map(String::as_str));
                        }
                        _ => {}
                    }
                    ahead.push(value);
                }
            }
            Value::Array(items) => ahead.extend(items),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    found
}

/// How many JSON values the schema consists of.
fn values(schema: &Value) -> usize {
    1 + match schema {
        Value::Object(map) => map.values().map(values).sum(),
        Value::Array(items) => items.iter().map(values).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// May a part of the schema be applied more than once to the same value?
fn repeats(schema: &Value) -> bool {
    match schema {
        Value::Object(map) => map.iter().any(|(key, value)| {
            matches!(
                key.as_str(),
                "$ref"
                    | "$dynamicRef"
                    | "$recursiveRef"
                    | "unevaluatedProperties"
                    | "unevaluatedItems"
            ) || repeats(value)
        }),
        Value::Array(items) => items.iter().any(repeats),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn line(error: &ValidationError<'_>) -> String {
    excerpt(&located(error, error.masked()), VIOLATION_LENGTH)
}

fn explain(error: &ValidationError<'_>) -> String {
    let text = excerpt(&located(error, error), 2 * VIOLATION_LENGTH);
    if matches!(error.kind(), ValidationErrorKind::Referencing(_)) {
        return format!("must refer only to what is inside the schema itself: {text}");
    }
    format!(
        "must be a valid JSON Schema, its patterns without look-around and backreferences: {text}"
    )
}

fn located(error: &ValidationError<'_>, text: impl Display) -> String {
    match error.instance_path().as_str() {
        "" => text.to_string(),
        path => format!("at {path}: {text}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    #[test]
    fn references_stay_inside_the_schema() {
        for schema in [
            json!({"$ref": "#/$defs/a", "$defs": {"a": {"type": "string"}}}),
            json!({"$ref": "#a", "$defs": {"a": {"$anchor": "a", "type": "string"}}}),
            json!({
                "$id": "https://schema.test/root",
                "$ref": "part",
                "$defs": {"a": {"$id": "part", "type": "string"}},
            }),
            json!({
                "$schema": "http://json-schema.org/draft-07/schema#",
                "$ref": "#/definitions/a",
                "definitions": {"a": {"type": "string"}},
            }),
        ] {
            let validator = Schema::compile(&schema).expect("inside");
            assert_eq!(validator.violations(&json!("text")), None, "{schema}");
            let found = validator.violations(&json!(1));
            assert_eq!(
                found.as_deref(),
                Some("value is not of type \"string\""),
                "{schema}"
            );
        }
    }

    #[test]
    fn references_to_anything_else_are_refused() {
        for schema in [
            json!({"$ref": "https://schema.test/a.json"}),
            json!({"$ref": "http://127.0.0.1:1/a"}),
            json!({"$ref": "file:///etc/passwd"}),
            json!({"$ref": "other.json"}),
            json!({"$ref": "#/$defs/missing"}),
            json!({"$ref": "http://json-schema.org/draft-07/schema#"}),
            json!({"$dynamicRef": "https://schema.test/a#b"}),
            json!({"properties": {"a": {"items": {"$ref": "https://schema.test/a"}}}}),
            json!({"$defs": {"unused": {"$ref": "https://schema.test/a"}}}),
            json!({"$schema": "https://schema.test/dialect"}),
        ] {
            let message = Schema::compile(&schema).expect_err("outside");
            assert!(
                message.contains("inside the schema itself"),
                "{schema}: {message}"
            );
        }
    }

    #[test]
    fn a_schema_that_only_refers_to_itself_asks_for_nothing() {
        for schema in [
            json!({"$ref": "#"}),
            json!({"allOf": [{"$ref": "#"}]}),
            json!({"$dynamicAnchor": "n", "$dynamicRef": "#n"}),
            json!({
                "$ref": "#/$defs/a",
                "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}},
            }),
        ] {
            let validator = Schema::compile(&schema).expect("valid");
            assert_eq!(validator.violations(&json!({"a": [1]})), None, "{schema}");
        }
    }

    #[test]
    fn violations_say_where_without_repeating_the_value() {
        let schema = json!({"properties": {"items": {"items": {"pattern": "^a"}}}});
        let validator = Schema::compile(&schema).expect("valid");
        let found = validator.violations(&json!({"items": ["ab", "secret"]}));
        assert_eq!(
            found.as_deref(),
            Some("at /items/1: value does not match \"^a\"")
        );
    }

    #[test]
    fn patterns_are_linear_and_limited() {
        for pattern in ["(?=a)", r"(a)\1", "(", r"\w{1000}{1000}"] {
            let message = Schema::compile(&json!({"pattern": pattern})).expect_err(pattern);
            assert!(
                message.contains("backreferences: at /pattern: "),
                "{message}"
            );
        }
        let many = |count: u8| -> Value {
            let patterns = |prefix: &str| -> Map<String, Value> {
                let named = |n| {
                    (
                        format!("{prefix}{n}"),
                        json!({"pattern": format!("{prefix}{n}")}),
                    )
                };
                (0..count).map(named).collect()
            };
            json!({"properties": patterns("a"), "patternProperties": patterns("b")})
        };
        Schema::compile(&many(33)).expect("99 patterns");
        let message = Schema::compile(&many(34)).expect_err("102 patterns");
        assert_eq!(message, "must have at most 100 patterns");
    }

    #[test]
    fn a_pattern_in_a_schema_may_cost_no_more_than_one_by_itself() {
        afford(&json!({"properties": {"id": {"pattern": "^[0-9a-f]{64}$"}}})).expect("cheap");
        let dear = "a[ab]{100}c";
        for schema in [
            json!({"items": {"pattern": dear}}),
            json!({"patternProperties": {dear: {}}}),
            json!({"pattern": "\\cA{60}"}),
        ] {
            let message = afford(&schema).expect_err("dear");
            assert!(message.starts_with("has the pattern \""), "{message}");
        }
    }

    #[test]
    fn a_schema_that_multiplies_is_not_saved_and_one_that_was_ends() {
        let twice = |to: &str| json!({"allOf": [{"$ref": to}, {"$ref": to}]});
        let doubling = |steps: usize| {
            let step = |at: usize| (format!("s{at}"), twice(&format!("#/$defs/s{}", at + 1)));
            let mut steps_of: Map<String, Value> = (0..steps).map(step).collect();
            steps_of.insert(format!("s{steps}"), json!({"type": "string"}));
            json!({"$ref": "#/$defs/s0", "$defs": steps_of})
        };
        afford(&doubling(7)).expect("small");
        let message = afford(&doubling(8)).expect_err("much for one value");
        assert!(message.contains("more than 1000 subschemas"), "{message}");
        let message = afford(&doubling(40)).expect_err("large");
        assert!(message.contains("more than 10000 subschemas"), "{message}");

        // By every level of a value twice as much, were it not remembered what is valid.
        let again = json!({"properties": {"x": {"$ref": "#"}}, "type": "object"});
        let both = json!({"allOf": [again, again]});
        afford(&both).expect("small");
        let both = Schema::compile(&both).expect("valid");
        let deep = |inner: Value| (0..90).fold(inner, |inner, _| json!({ "x": inner }));
        assert_eq!(both.violations(&deep(json!({}))), None);
        let found = both.violations(&deep(json!(1)));
        assert_eq!(found.as_deref(), Some("value does not fit the schema"));
        let found = both.violations(&json!({ "x": 1 })).expect("too shallow");
        assert!(found.starts_with("at /x: value is not of type"), "{found}");
    }

    #[test]
    fn what_a_schema_costs_is_known_where_each_part_is_applied_once() {
        let tree = json!({"properties": {"a": {"type": "string", "enum": ["b", "c"]}}});
        assert_eq!(cost(&tree).of(100), 7 + 100 * (4 + 7));
        for schema in [
            json!({"properties": {"a": {"$ref": "#"}}}),
            json!({"allOf": [tree], "unevaluatedProperties": false}),
        ] {
            assert_eq!(cost(&schema).of(1), usize::MAX, "{schema}");
        }
    }
}
