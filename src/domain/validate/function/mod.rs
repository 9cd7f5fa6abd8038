//! FUNCTION: a fixed registry of checks that need no model.
//!
//! The table `REGISTRY` is all there is to a function: its name, the arguments that it knows, and
//! how they become a check. A further function is a further row. A check looks at an `Answer` and
//! says what is wrong with it.

mod json;
mod text;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::criteria::Fields;
use super::{Cost, Fault, Verdict, schema};
use crate::domain::nearest;
use crate::domain::output::value;

/// Reading a byte as JSON costs about as much.
const STEPS_FOR_BYTE: usize = 4;

/// `{"functionName", "args"?}` as it is written.
pub struct Call<'a> {
    function: &'static Function,
    args: Fields<'a>,
}

/// A call, ready to be applied.
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

/// A check that needs no model.
#[derive(Debug)]
pub struct Function {
    pub name: &'static str,
    /// What it asks of an answer, for people.
    pub says: &'static str,
    args: &'static [&'static str],
    /// The JSON Schema of its arguments.
    schema: fn() -> Value,
    build: fn(&Fields<'_>) -> Result<Check, Fault>,
}

/// All functions that there are.
pub const REGISTRY: &[Function] = &[
    function(
        ("non_empty", "The answer is not empty, nor blank."),
        (&[], || args(&json!({}), &[])),
        text::non_empty,
    ),
    function(
        ("is_json", "The answer is JSON."),
        (&[], || args(&json!({}), &[])),
        json::is_json,
    ),
    function(
        ("min_length", "The answer has at least so many characters."),
        (&["length"], length),
        text::min_length,
    ),
    function(
        ("max_length", "The answer has at most so many characters."),
        (&["length"], length),
        text::max_length,
    ),
    function(
        ("contains", "The text stands in the answer."),
        (&["text"], text),
        text::contains,
    ),
    function(
        ("not_contains", "The text does not stand in the answer."),
        (&["text"], text),
        text::not_contains,
    ),
    function(
        (
            "starts_with",
            "The answer begins with the text, blanks ahead of it aside.",
        ),
        (&["text"], text),
        text::starts_with,
    ),
    function(
        (
            "ends_with",
            "The answer ends with the text, blanks after it aside.",
        ),
        (&["text"], text),
        text::ends_with,
    ),
    function(
        (
            "equals",
            "The answer is this text, blanks around it aside, or this JSON value.",
        ),
        (&["value"], || {
            let value = json!({ "title": "Value" });
            args(&json!({ "value": value }), &["value"])
        }),
        json::equals,
    ),
    function(
        (
            "one_of",
            "The answer is one of these, each compared as by equals.",
        ),
        (&["values"], || {
            let values = json!({ "title": "Values", "type": "array", "minItems": 1 });
            args(&json!({ "values": values }), &["values"])
        }),
        json::one_of,
    ),
    function(
        (
            "number_range",
            "The answer is a number, or an object with a number as its only value, between the two, which are allowed themselves.",
        ),
        (&["min", "max"], range),
        json::number_range,
    ),
    function(
        (
            "json_schema",
            "The answer is JSON that is valid by the JSON Schema.",
        ),
        (&["schema"], || {
            let schema = json!({ "title": "JSON Schema", "type": "object" });
            args(&json!({ "schema": schema }), &["schema"])
        }),
        json::json_schema,
    ),
];

type Args = (&'static [&'static str], fn() -> Value);

const fn function(
    (name, says): (&'static str, &'static str),
    (args, schema): Args,
    build: fn(&Fields<'_>) -> Result<Check, Fault>,
) -> Function {
    Function {
        name,
        says,
        args,
        schema,
        build,
    }
}

fn args(properties: &Value, required: &[&str]) -> Value {
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn length() -> Value {
    let length = json!({ "title": "Characters", "type": "integer", "minimum": 0 });
    args(&json!({ "length": length }), &["length"])
}

fn text() -> Value {
    let text = json!({ "title": "Text", "type": "string" });
    args(&json!({ "text": text }), &["text"])
}

/// JSON Schema cannot say that the one is not greater than the other.
fn range() -> Value {
    let limit = |title: &str| json!({ "title": title, "type": ["number", "null"] });
    let properties = json!({ "min": limit("At least"), "max": limit("At most") });
    let number =
        |name: &str| json!({ "properties": { name: { "type": "number" } }, "required": [name] });
    let mut schema = args(&properties, &[]);
    schema["anyOf"] = json!([number("min"), number("max")]);
    schema
}

impl Function {
    /// The JSON Schema of its arguments.
    #[must_use]
    pub fn schema(&self) -> Value {
        (self.schema)()
    }
}

impl<'a> Call<'a> {
    /// # Errors
    ///
    /// The first fault of the criteria: an unknown function or argument. Whether the arguments are
    /// right is not known here.
    pub(super) fn parse(criteria: Option<&'a Value>) -> Result<Self, Fault> {
        let fields = Fields::read("", criteria, &["functionName", "args"])?;
        let name = fields.string("functionName")?;
        let Some(function) = REGISTRY.iter().find(|function| function.name == name) else {
            let names: Vec<_> = REGISTRY.iter().map(|function| function.name).collect();
            let meant = nearest::hint(name, names.iter().copied());
            let message = format!("must be one of {}{meant}", names.join(", "));
            return Err(fields.fault("functionName", message));
        };
        let args = Fields::read("args", fields.optional("args"), function.args)?;
        Ok(Self { function, args })
    }

    /// # Errors
    ///
    /// The first argument that is missing or wrong.
    pub(super) fn compile(&self) -> Result<FunctionRule, Fault> {
        let check = (self.function.build)(&self.args)?;
        // What forms are built from holds here, too.
        let schema = schema::Schema::compile(&self.function.schema());
        let schema = schema.map_err(|why| self.args.fault_of_all(why))?;
        if let Some(why) = schema.violations(&self.args.whole()) {
            return Err(self.args.fault_of_all(why));
        }
        Ok(FunctionRule {
            name: self.function.name,
            check,
        })
    }

    /// What it costs at most to apply it.
    pub(super) fn cost(&self) -> Cost {
        if let Some(schema) = self.args.optional("schema") {
            return schema::cost(schema);
        }
        let size = self.args.size();
        Cost {
            // What is compared with the answer, and is written out where they differ.
            fixed: size,
            per_byte: STEPS_FOR_BYTE,
            size,
        }
    }

    /// Refuses what costs too much for a rule that is saved anew.
    pub(super) fn afford(&self) -> Result<(), Fault> {
        match self.args.optional("schema") {
            Some(schema) => {
                schema::afford(schema).map_err(|message| self.args.fault("schema", message))
            }
            None => Ok(()),
        }
    }
}

impl FunctionRule {
    /// Looks at the text of the model, or at the output that was made of it, as the function needs.
    #[must_use]
    pub fn check(&self, raw: &str, output: &Value) -> Verdict {
        match (self.check)(&Answer { raw, output }) {
            Ok(()) => Verdict::PASS,
            Err(reason) => Verdict::fail(format!("{}: {reason}", self.name)),
        }
    }
}

impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Call").field(&self.function.name).finish()
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
            Some(map) if is_plain_text(map, self.raw) => {
                let read = value(self.raw).map(Cow::Owned);
                read.map_err(|fault| format!("the output {fault}"))
            }
            _ => Ok(Cow::Borrowed(self.output)),
        }
    }
}

fn is_plain_text(output: &Map<String, Value>, raw: &str) -> bool {
    output.len() == 1 && output.get("text").and_then(Value::as_str) == Some(raw)
}

fn require(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn parse(name: &str, args: &Value) -> Result<FunctionRule, Fault> {
        compile(&json!({"functionName": name, "args": args}))
    }

    fn compile(criteria: &Value) -> Result<FunctionRule, Fault> {
        Call::parse(Some(criteria))?.compile()
    }

    /// The verdict on a stage without output variables.
    pub(super) fn verdict(name: &str, args: &Value, raw: &str) -> Verdict {
        parse(name, args)
            .expect("valid")
            .check(raw, &json!({ "text": raw }))
    }

    pub(super) fn assert_verdicts(name: &str, args: &Value, passing: &[&str], failing: &[&str]) {
        for raw in passing {
            assert_eq!(
                verdict(name, args, raw),
                Verdict::PASS,
                "{name} {args} {raw}"
            );
        }
        for raw in failing {
            let verdict = verdict(name, args, raw);
            let notes = verdict.notes.unwrap_or_default();
            assert!(!verdict.pass, "{name} {args} {raw}");
            assert!(notes.starts_with(&format!("{name}: ")), "{notes}");
        }
    }

    #[test]
    fn functions_without_arguments_may_leave_args_out() {
        let rule = compile(&json!({"functionName": "non_empty"}));
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
        let fault = compile(&criteria).expect_err("unknown key");
        assert_eq!(fault.path, "arguments");
    }
}
