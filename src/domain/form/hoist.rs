//! Schemas that refer to their own parts, put into one that has them all: what each defines goes to the top,
//! under a name with the key's before it, and the references after it.

use serde_json::{Map, Value, json};

/// Keywords under which a schema defines what it refers to.
const DEFINING: [&str; 2] = ["$defs", "definitions"];
/// What counts references from elsewhere, or finds what they mean when a value is read.
const FOREIGN: [&str; 6] = [
    "$anchor",
    "$dynamicAnchor",
    "$dynamicRef",
    "$id",
    "$recursiveRef",
    "id",
];

/// The definitions of the whole, by their names.
#[derive(Debug, Default)]
pub(super) struct Definitions(Map<String, Value>);

impl Definitions {
    /// What stands for `schema` under `key` in the whole.
    pub(super) fn take_in(&mut self, key: &str, schema: &Value) -> Value {
        if !contains(schema, &["$ref", "$dynamicRef", "$recursiveRef"]) {
            return schema.clone();
        }
        let taken = self.hoisted(key, schema);
        taken.unwrap_or_else(|| match schema.get("type") {
            Some(kind) => json!({ "type": kind }),
            None => json!({}),
        })
    }

    pub(super) fn into_schemas(self) -> Map<String, Value> {
        self.0
    }

    fn hoisted(&mut self, key: &str, schema: &Value) -> Option<Value> {
        if contains(schema, &FOREIGN) {
            return None;
        }
        let mut root = schema.as_object()?.clone();
        let mut parts = Vec::new();
        for keyword in DEFINING {
            if let Some(Value::Object(defined)) = root.remove(keyword) {
                for (name, part) in defined {
                    let place = format!("#/{keyword}/{name}");
                    parts.push((place, format!("{key}_{name}"), part));
                }
            }
        }
        parts.push(("#".to_owned(), key.to_owned(), root.into()));
        let fits = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let is_free = |name: &String| fits(name) && !self.0.contains_key(name);
        if !parts.iter().all(|(_, name, _)| is_free(name)) {
            return None;
        }
        let names: Map<String, Value> = parts
            .iter()
            .map(|(place, name, _)| (place.clone(), format!("#/$defs/{name}").into()))
            .collect();
        let renamed: Option<Vec<_>> = parts
            .into_iter()
            .map(|(_, name, part)| Some((name, renamed(part, &names)?)))
            .collect();
        self.0.extend(renamed?);
        Some(json!({ "$ref": format!("#/$defs/{key}") }))
    }
}

/// The schema with other names in its references; none where one means something else.
fn renamed(schema: Value, names: &Map<String, Value>) -> Option<Value> {
    Some(match schema {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(keyword, value)| {
                let value = match &value {
                    Value::String(reference) if keyword == "$ref" => names.get(reference)?.clone(),
                    _ => renamed(value, names)?,
                };
                Some((keyword, value))
            })
            .collect::<Option<Map<_, _>>>()?
            .into(),
        Value::Array(items) => {
            let items = items.into_iter().map(|item| renamed(item, names));
            items.collect::<Option<Vec<_>>>()?.into()
        }
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other,
    })
}

/// Is one of these keywords anywhere in the schema, with a text?
fn contains(schema: &Value, keywords: &[&str]) -> bool {
    match schema {
        Value::Object(fields) => fields.iter().any(|(keyword, value)| {
            (value.is_string() && keywords.contains(&keyword.as_str())) || contains(value, keywords)
        }),
        Value::Array(items) => items.iter().any(|item| contains(item, keywords)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_cannot_be_moved_the_type_is_left() {
        for schema in [
            json!({"type": "array", "items": {"$ref": "#/properties/a"}}),
            json!({"type": "array", "items": {"$ref": "#a"}, "$defs": {"b": {"$anchor": "a"}}}),
            json!({"type": "array", "$dynamicRef": "#"}),
            json!({"type": "array", "items": {"$ref": "#/$defs/a b"}, "$defs": {"a b": {}}}),
        ] {
            let mut definitions = Definitions::default();
            let taken = definitions.take_in("list", &schema);
            assert_eq!(taken, json!({"type": "array"}), "{schema}");
            assert!(definitions.into_schemas().is_empty());
        }
    }

    #[test]
    fn a_schema_without_references_stays_as_it_is() {
        let schema = json!({"$id": "https://schema.test/a", "enum": [{"$ref": 1}]});
        assert_eq!(Definitions::default().take_in("a", &schema), schema);
    }

    #[test]
    fn two_that_would_bear_one_name_are_told_apart() {
        let refers = |name: &str| json!({"$ref": format!("#/$defs/{name}"), "$defs": {name: {"const": name}}});
        let mut definitions = Definitions::default();
        let first = definitions.take_in("a", &refers("b_c"));
        assert_eq!(first, json!({"$ref": "#/$defs/a"}));
        assert_eq!(definitions.take_in("a_b", &refers("c")), json!({}));
    }
}
