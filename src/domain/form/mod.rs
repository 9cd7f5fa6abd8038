//! The form of the answer that a model is asked for: a JSON Schema of the whole object, made of a stage's
//! output variables, and its strict version where there is one.
//!
//! 1. Variables whose types all have names make an open object: other keys stay, as they always did, so that
//!    nobody loses what a prompt asks for beside them. It is never strict.
//! 2. Where one is a schema, the object has the variables alone where the provider is held to it.
//! 3. References of a schema count from its own root. They are counted from the object's instead
//!    ([`hoist`]); of what cannot be, its type alone is said.
//!
//! The answer is checked by what the stage says, whatever was asked for.

mod hoist;
mod strict;

use serde_json::{Map, Value, json};

use self::hoist::Definitions;
use super::limit;

/// The largest schemas that are asked for, in bytes: OpenAI takes no more, and each call would pay for them.
const LARGEST: usize = 120_000;

/// The form of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// What the provider calls it.
    pub name: &'static str,
    /// The schema of the answer.
    pub schema: Value,
    /// The same as strict modes take it, if it can be said so.
    pub strict: Option<Value>,
    /// Has it nothing in it but the names of types? Then every provider that takes a schema takes it.
    pub is_plain: bool,
}

impl Form {
    /// The form that `outputVariables` ask for; none where they ask for nothing, or for too much.
    #[must_use]
    pub fn of_variables(variables: Option<&Value>) -> Option<Self> {
        let value = variables?;
        let variables = value.as_object().filter(|map| !map.is_empty())?;
        let is_plain = variables.values().all(Value::is_string);
        if limit::json_size(value) > LARGEST {
            return None;
        }
        let mut definitions = Definitions::default();
        let properties: Map<String, Value> = variables
            .iter()
            .map(|(key, kind)| {
                let schema = match kind {
                    Value::String(name) => json!({ "type": name }),
                    schema => definitions.take_in(key, schema),
                };
                (key.clone(), schema)
            })
            .collect();
        let required: Vec<&String> = variables.keys().collect();
        let mut schema = Map::new();
        schema.insert("type".into(), "object".into());
        schema.insert("required".into(), json!(required));
        schema.insert("properties".into(), properties.into());
        let definitions = definitions.into_schemas();
        if !definitions.is_empty() {
            schema.insert("$defs".into(), definitions.into());
        }
        let strict = (!is_plain).then(|| strict::of(&schema)).flatten();
        // Some who hold a model to a schema take an object that does not say so for a closed one.
        schema.insert("additionalProperties".into(), true.into());
        Some(Self {
            name: "output",
            schema: schema.into(),
            strict,
            is_plain,
        })
    }

    /// The form of a judge's verdict.
    #[must_use]
    pub fn verdict() -> Self {
        let schema = json!({
            "type": "object",
            "properties": { "notes": { "type": "string" }, "pass": { "type": "boolean" } },
            "required": ["notes", "pass"],
            "additionalProperties": false,
        });
        Self {
            name: "verdict",
            strict: Some(schema.clone()),
            schema,
            is_plain: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(variables: &Value) -> Form {
        Form::of_variables(Some(variables)).expect("variables")
    }

    #[test]
    fn what_asks_for_nothing_has_no_form() {
        let large = json!({ "a": { "enum": ["x".repeat(LARGEST)] } });
        for nothing in [
            None,
            Some(json!(null)),
            Some(json!({})),
            Some(json!([])),
            Some(large),
        ] {
            assert_eq!(Form::of_variables(nothing.as_ref()), None);
        }
    }

    #[test]
    fn names_of_types_make_an_open_object() {
        let form = form(&json!({"summary": "string", "parts": "array"}));
        assert_eq!(
            form.schema,
            json!({
                "type": "object",
                "properties": {"parts": {"type": "array"}, "summary": {"type": "string"}},
                "required": ["parts", "summary"],
                "additionalProperties": true,
            })
        );
        assert_eq!((form.strict, form.is_plain), (None, true));
    }

    #[test]
    fn a_schema_among_them_makes_a_strict_object() {
        let tags = json!({"type": "array", "items": {"type": "string"}});
        let form = form(&json!({"tags": tags, "title": "string"}));
        let properties = json!({"tags": tags, "title": {"type": "string"}});
        assert_eq!(form.schema["properties"], properties);
        assert_eq!(
            form.strict,
            Some(json!({
                "type": "object",
                "properties": properties,
                "required": ["tags", "title"],
                "additionalProperties": false,
            }))
        );
        assert!(!form.is_plain);
    }

    #[test]
    fn a_name_that_says_too_little_for_a_strict_object_leaves_it_open() {
        let form = form(&json!({"tags": {"type": "string"}, "rest": "object"}));
        assert_eq!(form.strict, None);
        assert_eq!(form.schema["properties"]["rest"], json!({"type": "object"}));
    }

    #[test]
    fn references_are_counted_from_the_whole() {
        let tree = json!({
            "type": "object",
            "properties": {
                "name": {"$ref": "#/$defs/name"},
                "children": {"type": "array", "items": {"$ref": "#"}},
            },
            "required": ["children", "name"],
            "$defs": {"name": {"type": "string"}},
        });
        let form = form(&json!({"tree": tree, "b": {"type": "integer"}}));
        let strict = form.strict.expect("strict");
        assert_eq!(
            strict["properties"]["tree"],
            json!({"$ref": "#/$defs/tree"})
        );
        let defined = &strict["$defs"]["tree"]["properties"];
        assert_eq!(defined["name"], json!({"$ref": "#/$defs/tree_name"}));
        assert_eq!(
            defined["children"]["items"],
            json!({"$ref": "#/$defs/tree"})
        );
        assert_eq!(strict["$defs"]["tree_name"], json!({"type": "string"}));
        assert_eq!(
            form.schema["properties"]["tree"],
            json!({"$ref": "#/$defs/tree"})
        );
    }
}
