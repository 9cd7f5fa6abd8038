//! FUNCTION: a fixed registry of checks that need no model.
//!
//! The table `REGISTRY` is all there is to a function: its name, the arguments that it knows, and how
//! they become a check. A further function is a further row. A check looks at an `Answer` and says
//! what is wrong with it.
//!
//! Where a function looks at JSON, blanks and one code fence around it do no harm, as in outputs.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Number, Value};

use super::criteria::Fields;
use super::{Fault, Verdict, schema};
use crate::domain::output::{excerpt, read_json};

/// How much of an argument or a value a note repeats, in characters.
const EXCERPT: usize = 100;

/// `{"functionName", "args"?}`, ready to be applied.
#[derive(Clone)]
pub struct FunctionRule {
    name: &'static str,
    check: Check,
}

/// What a function looks at.
struct Answer<'a> {
    raw: &'a str,
    output: &'a Value,
}

/// Says what is wrong with an answer, if anything is.
type Check = Arc<dyn Fn(&Answer<'_>) -> Result<(), String> + Send + Sync>;

struct Function {
    name: &'static str,
    args: &'static [&'static str],
    build: fn(&Fields<'_>) -> Result<Check, Fault>,
}

const REGISTRY: &[Function] = &[
    function("non_empty", &[], non_empty),
    function("is_json", &[], is_json),
    function("min_length", &["length"], min_length),
    function("max_length", &["length"], max_length),
    function("contains", &["text"], contains),
    function("not_contains", &["text"], not_contains),
    function("starts_with", &["text"], starts_with),
    function("ends_with", &["text"], ends_with),
    function("equals", &["value"], equals),
    function("one_of", &["values"], one_of),
    function("number_range", &["min", "max"], number_range),
    function("json_schema", &["schema"], json_schema),
];

const fn function(
    name: &'static str,
    args: &'static [&'static str],
    build: fn(&Fields<'_>) -> Result<Check, Fault>,
) -> Function {
    Function { name, args, build }
}

impl FunctionRule {
    /// # Errors
    ///
    /// The first fault of the criteria: an unknown function, an unknown, missing or wrong argument.
    pub fn parse(criteria: Option<&Value>) -> Result<Self, Fault> {
        let fields = Fields::read("", criteria, &["functionName", "args"])?;
        let name = fields.string("functionName")?;
        let Some(function) = REGISTRY.iter().find(|function| function.name == name) else {
            let names: Vec<_> = REGISTRY.iter().map(|function| function.name).collect();
            let message = format!("must be one of {}", names.join(", "));
            return Err(fields.fault("functionName", message));
        };
        let args = Fields::read("args", fields.optional("args"), function.args)?;
        Ok(Self {
            name: function.name,
            check: (function.build)(&args)?,
        })
    }

    /// Looks at the text of the model, or at the output that was made of it, as the function needs.
    #[must_use]
    pub fn check(&self, raw: &str, output: &Value) -> Verdict {
        match (self.check)(&Answer { raw, output }) {
            Ok(()) => Verdict::PASS,
            Err(reason) => Verdict::fail(format!("{}: {reason}", self.name)),
        }
    }
}

impl fmt::Debug for FunctionRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FunctionRule").field(&self.name).finish()
    }
}

impl Answer<'_> {
    /// The output as JSON. A stage without output variables has the output `{"text": raw}`; there it
    /// is the JSON in the text itself. The two cannot be confused: JSON text that has itself as a
    /// string in it would have to be longer than it is.
    fn json(&self) -> Result<Cow<'_, Value>, String> {
        match self.output.as_object() {
            Some(map) if is_plain_text(map, self.raw) => read_json(self.raw).map(Cow::Owned),
            _ => Ok(Cow::Borrowed(self.output)),
        }
    }
}

fn is_plain_text(output: &Map<String, Value>, raw: &str) -> bool {
    output.len() == 1 && output.get("text").and_then(Value::as_str) == Some(raw)
}

fn non_empty(_: &Fields<'_>) -> Result<Check, Fault> {
    Ok(Arc::new(|answer| {
        require(!answer.raw.trim().is_empty(), || {
            "the output is empty".to_owned()
        })
    }))
}

fn is_json(_: &Fields<'_>) -> Result<Check, Fault> {
    Ok(Arc::new(|answer| read_json(answer.raw).map(drop)))
}

fn min_length(args: &Fields<'_>) -> Result<Check, Fault> {
    let least = length(args)?;
    Ok(Arc::new(move |answer| {
        let found = answer.raw.chars().count() as u64;
        require(found >= least, || {
            format!("the output has {found} characters, and must have at least {least}")
        })
    }))
}

fn max_length(args: &Fields<'_>) -> Result<Check, Fault> {
    let most = length(args)?;
    Ok(Arc::new(move |answer| {
        let found = answer.raw.chars().count() as u64;
        require(found <= most, || {
            format!("the output has {found} characters, and must have at most {most}")
        })
    }))
}

fn contains(args: &Fields<'_>) -> Result<Check, Fault> {
    let text = args.string("text")?.to_owned();
    Ok(Arc::new(move |answer| {
        require(answer.raw.contains(&text), || {
            format!("the output does not contain {}", quote(&text))
        })
    }))
}

fn not_contains(args: &Fields<'_>) -> Result<Check, Fault> {
    let text = args.string("text")?.to_owned();
    Ok(Arc::new(move |answer| {
        require(!answer.raw.contains(&text), || {
            format!("the output contains {}", quote(&text))
        })
    }))
}

/// Blanks before the text are allowed: models begin with a line break now and then.
fn starts_with(args: &Fields<'_>) -> Result<Check, Fault> {
    let text = args.string("text")?.to_owned();
    Ok(Arc::new(move |Answer { raw, .. }| {
        require(
            raw.starts_with(&text) || raw.trim_start().starts_with(&text),
            || format!("the output does not start with {}", quote(&text)),
        )
    }))
}

/// Blanks after the text are allowed: models like to end with a line break.
fn ends_with(args: &Fields<'_>) -> Result<Check, Fault> {
    let text = args.string("text")?.to_owned();
    Ok(Arc::new(move |Answer { raw, .. }| {
        require(
            raw.ends_with(&text) || raw.trim_end().ends_with(&text),
            || format!("the output does not end with {}", quote(&text)),
        )
    }))
}

fn equals(args: &Fields<'_>) -> Result<Check, Fault> {
    let value = args.value("value")?.clone();
    Ok(Arc::new(move |answer| {
        require(reads_as(answer.raw, &value), || {
            format!("the output is not {}", excerpt(&value.to_string(), EXCERPT))
        })
    }))
}

fn one_of(args: &Fields<'_>) -> Result<Check, Fault> {
    let values = args
        .value("values")?
        .as_array()
        .filter(|values| !values.is_empty());
    let Some(values) = values.cloned() else {
        return Err(args.fault("values", "must be a list of at least one value"));
    };
    Ok(Arc::new(move |answer| {
        require(
            values.iter().any(|value| reads_as(answer.raw, value)),
            || {
                let values: Vec<_> = values.iter().map(Value::to_string).collect();
                format!(
                    "the output is none of {}",
                    excerpt(&values.join(", "), EXCERPT)
                )
            },
        )
    }))
}

/// Looks at the output as JSON: a number, or an object with exactly one value, which is one, so that
/// a stage may have a single output variable (`{"score": "number"}`). Both limits are inclusive.
fn number_range(args: &Fields<'_>) -> Result<Check, Fault> {
    let min = args.optional_number("min")?.and_then(Number::as_f64);
    let max = args.optional_number("max")?.and_then(Number::as_f64);
    if min.is_none() && max.is_none() {
        return Err(args.fault_of_all("must have min, max or both"));
    }
    let (min, max) = (
        min.unwrap_or(f64::NEG_INFINITY),
        max.unwrap_or(f64::INFINITY),
    );
    if min > max {
        return Err(args.fault("min", "must not be greater than max"));
    }
    Ok(Arc::new(move |answer| {
        let json = answer.json()?;
        let number = sole_number(&json)
            .ok_or("the output must be a number, or an object with a number as its only value")?;
        require((min..=max).contains(&number), || {
            format!("the output {number} is not between {min} and {max}")
        })
    }))
}

/// Looks at the output as JSON.
fn json_schema(args: &Fields<'_>) -> Result<Check, Fault> {
    let validator = schema::compile(args.value("schema")?);
    let validator = validator.map_err(|message| args.fault("schema", message))?;
    Ok(Arc::new(move |answer| {
        let json = answer.json()?;
        schema::violations(&validator, &json).map_or(Ok(()), Err)
    }))
}

fn length(args: &Fields<'_>) -> Result<u64, Fault> {
    let length = args.value("length")?.as_u64();
    length.ok_or_else(|| args.fault("length", "must be a whole number of characters, 0 or more"))
}

fn require(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

fn quote(text: &str) -> String {
    format!("\"{}\"", excerpt(text, EXCERPT))
}

/// A string is what the text says, apart from blanks around either; any other value is what the text
/// means as JSON.
fn reads_as(raw: &str, value: &Value) -> bool {
    match value {
        Value::String(text) => raw.trim() == text.trim(),
        value => read_json(raw).is_ok_and(|json| same(&json, value)),
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

    use super::*;

    fn parse(name: &str, args: &Value) -> Result<FunctionRule, Fault> {
        FunctionRule::parse(Some(&json!({"functionName": name, "args": args})))
    }

    /// The verdict on a stage without output variables.
    fn verdict(name: &str, args: &Value, raw: &str) -> Verdict {
        parse(name, args)
            .expect("valid")
            .check(raw, &json!({ "text": raw }))
    }

    #[test]
    fn every_function_of_the_registry_passes_and_fails() {
        let schema = json!({"type": "object", "required": ["a"]});
        let cases = [
            ("non_empty", json!({}), vec!["a"], vec!["", " \n"]),
            (
                "is_json",
                json!({}),
                vec!["1", " {} ", "```json\n[]\n```"],
                vec!["", "{", "a"],
            ),
            (
                "min_length",
                json!({"length": 2}),
                vec!["ää", "abc"],
                vec!["ä", ""],
            ),
            (
                "max_length",
                json!({"length": 2}),
                vec!["ää", ""],
                vec!["äää"],
            ),
            (
                "contains",
                json!({"text": "b"}),
                vec!["abc"],
                vec!["ABC", ""],
            ),
            (
                "not_contains",
                json!({"text": "b"}),
                vec!["ABC", ""],
                vec!["abc"],
            ),
            (
                "starts_with",
                json!({"text": "ab"}),
                vec!["abc", "\nab"],
                vec!["ba", ""],
            ),
            (
                "ends_with",
                json!({"text": "c."}),
                vec!["abc.", "c.\n"],
                vec!["c. d", ""],
            ),
            (
                "ends_with",
                json!({"text": "c\n"}),
                vec!["abc\n"],
                vec!["abc"],
            ),
            (
                "equals",
                json!({"value": "yes"}),
                vec!["yes", " yes\n"],
                vec!["Yes", "\"yes\""],
            ),
            (
                "equals",
                json!({"value": 3}),
                vec!["3", "3.0", "```\n3\n```"],
                vec!["4", "\"3\"", "x"],
            ),
            (
                "equals",
                json!({"value": null}),
                vec!["null"],
                vec!["", "0"],
            ),
            (
                "equals",
                json!({"value": {"a": [1, true], "b": "c"}}),
                vec![r#"{"b": "c", "a": [1.0, true]}"#],
                vec![
                    r#"{"a": [1, true]}"#,
                    r#"{"a": [1], "b": "c"}"#,
                    r#"{"a": [2, true], "b": "c"}"#,
                ],
            ),
            (
                "one_of",
                json!({"values": ["a", 1]}),
                vec!["a", "1", "1.0"],
                vec!["b", "2", "\"a\""],
            ),
            (
                "number_range",
                json!({"min": 1, "max": 2}),
                vec!["1", "2.0", "1.5"],
                vec!["0.9", "3"],
            ),
            (
                "number_range",
                json!({"min": 1}),
                vec!["1e300"],
                vec!["-1", "\"5\"", "five"],
            ),
            (
                "number_range",
                json!({"max": 1}),
                vec![r#"{"n": 1}"#],
                vec!["{}", r#"{"n": 1, "m": 1}"#],
            ),
            (
                "json_schema",
                json!({ "schema": schema }),
                vec![r#"{"a": 1}"#],
                vec!["{}", "[]", "a"],
            ),
        ];
        for (name, args, passing, failing) in &cases {
            for raw in passing {
                assert_eq!(
                    verdict(name, args, raw),
                    Verdict::PASS,
                    "{name} {args} {raw}"
                );
            }
            for raw in failing {
                let verdict = verdict(name, args, raw);
                assert!(!verdict.pass, "{name} {args} {raw}");
                let notes = verdict.notes.expect("a reason");
                assert!(notes.starts_with(&format!("{name}: ")), "{notes}");
            }
        }
        for function in REGISTRY {
            assert!(
                cases.iter().any(|case| case.0 == function.name),
                "{}",
                function.name
            );
        }
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

    #[test]
    fn functions_without_arguments_may_leave_args_out() {
        let rule = FunctionRule::parse(Some(&json!({"functionName": "non_empty"})));
        assert!(rule.expect("valid").check("a", &json!({})).pass);
    }

    #[test]
    fn faults_name_the_argument() {
        for (name, args, path) in [
            ("no_such_function", json!({}), "functionName"),
            ("NON_EMPTY", json!({}), "functionName"),
            ("non_empty", json!([]), "args"),
            ("non_empty", json!({"length": 1}), "args.length"),
            ("min_length", json!({}), "args.length"),
            ("min_length", json!({"length": -1}), "args.length"),
            ("max_length", json!({"length": 1.5}), "args.length"),
            ("max_length", json!({"length": "1"}), "args.length"),
            ("contains", json!({"text": 1}), "args.text"),
            (
                "not_contains",
                json!({"text": "a", "flags": "i"}),
                "args.flags",
            ),
            ("starts_with", json!(null), "args.text"),
            ("ends_with", json!({"text": null}), "args.text"),
            ("equals", json!({}), "args.value"),
            ("one_of", json!({"values": "a"}), "args.values"),
            ("one_of", json!({"values": []}), "args.values"),
            ("number_range", json!({}), "args"),
            ("number_range", json!({"min": null}), "args"),
            ("number_range", json!({"min": 2, "max": 1}), "args.min"),
            ("number_range", json!({"max": "1"}), "args.max"),
            ("json_schema", json!({}), "args.schema"),
            ("json_schema", json!({"schema": "string"}), "args.schema"),
            (
                "json_schema",
                json!({"schema": {"type": "text"}}),
                "args.schema",
            ),
            (
                "json_schema",
                json!({"schema": {"$ref": "https://a.test/b"}}),
                "args.schema",
            ),
        ] {
            assert_eq!(
                parse(name, &args).expect_err(name).path,
                path,
                "{name} {args}"
            );
        }
        let criteria = json!({"functionName": "non_empty", "arguments": {}});
        let fault = FunctionRule::parse(Some(&criteria)).expect_err("unknown key");
        assert_eq!(fault.path, "arguments");
    }
}
