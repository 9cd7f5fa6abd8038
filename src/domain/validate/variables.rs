//! The schemas among a stage's output variables: what the value of a variable must be like, beyond the types
//! that have names.

use serde_json::Value;

use super::schema::{self, Schema};
use super::{Cost, Fault, Verdict};
use crate::domain::name::Members;
use crate::domain::output::schemas;

/// The most patterns that all of them may have together.
const MAX_PATTERNS: usize = 100;

/// Schemas by the key of their variable, ready to be applied.
#[derive(Debug)]
pub(super) struct VariablesRule(Vec<(String, Schema)>);

impl VariablesRule {
    /// # Errors
    ///
    /// The first schema that is none, by its key.
    pub(super) fn compile(variables: Option<&Value>) -> Result<Self, Fault> {
        let patterns: usize = schemas(variables)
            .map(|(_, schema)| schema::count_patterns(schema))
            .sum();
        if patterns > MAX_PATTERNS {
            let message = format!("must have at most {MAX_PATTERNS} patterns together");
            return Err(Fault::new("", message));
        }
        schemas(variables)
            .map(|(key, schema)| match Schema::compile(schema) {
                Ok(schema) => Ok((key.to_owned(), schema)),
                Err(message) => Err(Fault::new(key, message)),
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// What applying all of them costs at most.
    pub(super) fn cost(variables: Option<&Value>) -> Cost {
        let costs = schemas(variables).map(|(_, schema)| schema::cost(schema));
        costs.fold(Cost::default(), |sum, cost| Cost {
            fixed: sum.fixed.saturating_add(cost.fixed),
            per_byte: sum.per_byte.saturating_add(cost.per_byte),
            size: sum.size + cost.size,
        })
    }

    /// Refuses what costs too much for variables that are saved anew.
    pub(super) fn afford(variables: Option<&Value>) -> Result<(), Fault> {
        schemas(variables).try_for_each(|(key, schema)| {
            schema::afford(schema).map_err(|message| Fault::new(key, message))
        })
    }

    /// Fails an output with what is wrong with its first unfit value. That all are there is known.
    pub(super) fn check(&self, output: &Value) -> Verdict {
        let members = Members::default();
        let unfit = self.0.iter().find_map(|(key, schema)| {
            let value = members.get(output.as_object()?, key)?;
            let violations = schema.violations(value)?;
            Some(format!(
                "\"{key}\" in the output does not fit its schema: {violations}"
            ))
        });
        unfit.map_or(Verdict::PASS, Verdict::fail)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn compile(variables: &Value) -> Result<VariablesRule, Fault> {
        VariablesRule::compile(Some(variables))
    }

    #[test]
    fn values_are_held_to_the_schemas_of_their_keys() {
        let variables = json!({
            "tags": {"type": "array", "items": {"type": "string"}},
            "score": {"$ref": "#/$defs/percent", "$defs": {"percent": {"maximum": 100}}},
            "title": "string",
        });
        let rule = compile(&variables).expect("valid");
        let of = |output: &Value| rule.check(output).notes;
        assert_eq!(of(&json!({"tags": ["a"], "score": 7, "title": 1})), None);
        assert_eq!(
            of(&json!({"tags": ["a", 1], "score": 7})).as_deref(),
            Some(
                "\"tags\" in the output does not fit its schema: at /1: value is not of type \"string\""
            )
        );
        let notes = of(&json!({"tags": [], "score": 101})).expect("too much");
        assert!(notes.starts_with("\"score\" in the output"), "{notes}");
        let accented = compile(&json!({"cl\u{e9}": {"type": "integer"}})).expect("valid");
        let in_another_form = accented.check(&json!({"cle\u{301}": "x"}));
        assert!(!in_another_form.pass, "a key in another normal form");
    }

    #[test]
    fn faults_name_the_variable() {
        for (variables, path) in [
            (json!({"a": {"type": "text"}}), "a"),
            (
                json!({"a": "string", "b": {"$ref": "https://a.test/b"}}),
                "b",
            ),
            (json!({"a": {"pattern": "(?=a)"}}), "a"),
        ] {
            assert_eq!(compile(&variables).expect_err(path).path, path);
        }
        let many: serde_json::Map<_, _> = (0..51)
            .map(|at| {
                (
                    format!("v{at}"),
                    json!({"pattern": "a", "items": {"pattern": "b"}}),
                )
            })
            .collect();
        let fault = compile(&Value::Object(many)).expect_err("102 patterns");
        assert_eq!(fault.message, "must have at most 100 patterns together");
        let dear = json!({"a": {}, "b": {"pattern": "a[ab]{100}c"}});
        let fault = VariablesRule::afford(Some(&dear)).expect_err("dear");
        assert_eq!(fault.path, "b");
    }
}
