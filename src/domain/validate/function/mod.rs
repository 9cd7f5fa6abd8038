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

use serde_json::{Map, Value};

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

struct Function {
    name: &'static str,
    args: &'static [&'static str],
    build: fn(&Fields<'_>) -> Result<Check, Fault>,
}

const REGISTRY: &[Function] = &[
    function("non_empty", &[], text::non_empty),
    function("is_json", &[], json::is_json),
    function("min_length", &["length"], text::min_length),
    function("max_length", &["length"], text::max_length),
    function("contains", &["text"], text::contains),
    function("not_contains", &["text"], text::not_contains),
    function("starts_with", &["text"], text::starts_with),
    function("ends_with", &["text"], text::ends_with),
    function("equals", &["value"], json::equals),
    function("one_of", &["values"], json::one_of),
    function("number_range", &["min", "max"], json::number_range),
    function("json_schema", &["schema"], json::json_schema),
];

const fn function(
    name: &'static str,
    args: &'static [&'static str],
    build: fn(&Fields<'_>) -> Result<Check, Fault>,
) -> Function {
    Function { name, args, build }
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
        Ok(FunctionRule {
            name: self.function.name,
            check: (self.function.build)(&self.args)?,
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
    use serde_json::json;

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
