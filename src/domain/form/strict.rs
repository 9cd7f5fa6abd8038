//! What strict modes take of JSON Schema: OpenAI's, which others follow, some with less. Every object is
//! closed and has all its keys; what restricts a single value is not taken everywhere, and is said in its
//! description instead. What would mean something else so has no strict version.
//!
//! The limits and keywords are those of OpenAI's guide on structured outputs.

use serde_json::{Map, Value, json};

/// Objects in each other.
const DEEPEST: usize = 10;
/// Keys of all objects together.
const MOST_KEYS: usize = 5_000;

/// Said about a value, and no part of what it must be.
const REMARKS: [&str; 8] = [
    "$comment",
    "$schema",
    "default",
    "deprecated",
    "examples",
    "readOnly",
    "title",
    "writeOnly",
];
/// Restricts a single value beyond its structure.
const RESTRICTIONS: [&str; 16] = [
    "contentEncoding",
    "contentMediaType",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "uniqueItems",
];

/// The strict version of an object's schema, if it has one.
pub(super) fn of(schema: &Map<String, Value>) -> Option<Value> {
    let mut strict = Strict { keys: 0 };
    let mut whole = schema.clone();
    let definitions = whole.remove("$defs");
    let mut whole = strict.object(&whole, 0)?;
    if let Some(Value::Object(definitions)) = definitions {
        let definitions = strict.each(&definitions, 0)?;
        whole.insert("$defs".into(), definitions.into());
    }
    (strict.keys <= MOST_KEYS).then_some(whole.into())
}

struct Strict {
    keys: usize,
}

impl Strict {
    fn schema(&mut self, schema: &Value, depth: usize) -> Option<Value> {
        let fields = schema.as_object().filter(|_| depth <= DEEPEST)?;
        if let Some(reference) = fields.get("$ref") {
            let is_remark = |keyword: &String| REMARKS.contains(&keyword.as_str());
            let alone = fields
                .keys()
                .all(|keyword| keyword == "$ref" || keyword == "description" || is_remark(keyword));
            return alone.then(|| json!({ "$ref": reference }));
        }
        self.object(fields, depth).map(Value::from)
    }

    /// Every keyword in its strict form.
    fn object(&mut self, fields: &Map<String, Value>, depth: usize) -> Option<Map<String, Value>> {
        let mut strict = Map::new();
        let mut restrictions = Map::new();
        for (keyword, value) in fields {
            match keyword.as_str() {
                "type" | "enum" | "const" | "description" => {
                    strict.insert(keyword.clone(), value.clone());
                }
                "properties" => {
                    let properties = self.each(value.as_object()?, depth + 1)?;
                    self.keys += properties.len();
                    strict.insert(
                        "required".into(),
                        json!(properties.keys().collect::<Vec<_>>()),
                    );
                    strict.insert("properties".into(), properties.into());
                    strict.insert("additionalProperties".into(), false.into());
                }
                "items" => {
                    let items = self.schema(value, depth + 1)?;
                    strict.insert("items".into(), items);
                }
                "anyOf" | "oneOf" => {
                    let either = value.as_array()?.iter();
                    let either: Option<Vec<_>> =
                        either.map(|schema| self.schema(schema, depth)).collect();
                    if strict.insert("anyOf".into(), either?.into()).is_some() {
                        return None;
                    }
                }
                "required" | "additionalProperties" | "$defs" | "definitions" => {}
                word if REMARKS.contains(&word) => {}
                word if RESTRICTIONS.contains(&word) => {
                    restrictions.insert(keyword.clone(), value.clone());
                }
                _ => return None,
            }
        }
        keeps_its_meaning(fields).then_some(())?;
        name_type(&mut strict);
        is_whole(&strict).then_some(())?;
        describe(&mut strict, restrictions);
        Some(strict)
    }

    fn each(&mut self, schemas: &Map<String, Value>, depth: usize) -> Option<Map<String, Value>> {
        let strict = schemas.iter().map(|(key, schema)| {
            let schema = self.schema(schema, depth)?;
            Some((key.clone(), schema))
        });
        strict.collect()
    }
}

/// Is an object the same with all its keys required and no others? A key that may be left out would have to be
/// made up, and where others are spoken of they are meant.
fn keeps_its_meaning(fields: &Map<String, Value>) -> bool {
    let open = fields.get("additionalProperties");
    let required = fields.get("required").and_then(Value::as_array);
    let names = |key: &String| {
        let mut required = required.into_iter().flatten();
        required.any(|name| name.as_str() == Some(key))
    };
    let properties = fields.get("properties").and_then(Value::as_object);
    let keys = properties.into_iter().flatten().map(|(key, _)| key);
    open.is_none_or(|open| *open == Value::Bool(false)) && keys.into_iter().all(names)
}

/// The type of what is listed, which strict modes want to be named.
fn name_type(schema: &mut Map<String, Value>) {
    if schema.contains_key("type") {
        return;
    }
    let listed: Vec<&Value> = match (schema.get("enum"), schema.get("const")) {
        (Some(Value::Array(values)), _) => values.iter().collect(),
        (_, Some(value)) => vec![value],
        _ => return,
    };
    let kind = |value: &Value| match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let mut kinds: Vec<&str> = listed.into_iter().map(kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let kinds = match kinds.as_slice() {
        [one] => json!(one),
        several => json!(several),
    };
    schema.insert("type".into(), kinds);
}

/// Does it say what a value consists of? Objects and lists without a word about what is in them are any.
fn is_whole(schema: &Map<String, Value>) -> bool {
    let names = |wanted: &str| match schema.get("type") {
        Some(Value::String(kind)) => kind == wanted,
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == wanted),
        _ => false,
    };
    let has = |keyword: &str| schema.contains_key(keyword);
    (has("type") || has("anyOf"))
        && (has("properties") || !names("object"))
        && (has("items") || !names("array"))
}

fn describe(schema: &mut Map<String, Value>, restrictions: Map<String, Value>) {
    if restrictions.is_empty() {
        return;
    }
    let before = schema.get("description").and_then(Value::as_str);
    let before = before.map(|text| format!("{text} ")).unwrap_or_default();
    let restrictions = Value::Object(restrictions);
    schema.insert(
        "description".into(),
        format!("{before}{restrictions}").into(),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The strict version of one key of an object.
    fn of_key(schema: &Value) -> Option<Value> {
        let whole = json!({"type": "object", "properties": {"k": schema}, "required": ["k"]});
        let mut strict = of(whole.as_object().expect("an object"))?;
        assert_eq!(strict["required"], json!(["k"]));
        assert_eq!(strict["additionalProperties"], json!(false));
        Some(strict["properties"]["k"].take())
    }

    #[test]
    fn objects_are_closed_and_restrictions_are_described() {
        for (schema, strict) in [
            (json!({"type": "string"}), json!({"type": "string"})),
            (
                json!({"type": ["string", "null"], "title": "T", "default": null, "$comment": "c"}),
                json!({"type": ["string", "null"]}),
            ),
            (
                json!({"type": "integer", "minimum": 1, "maximum": 5, "description": "Stars."}),
                json!({"type": "integer", "description": "Stars. {\"maximum\":5,\"minimum\":1}"}),
            ),
            (
                json!({"type": "array", "items": {"type": "string", "pattern": "^a"}}),
                json!({"type": "array", "items": {"type": "string", "description": "{\"pattern\":\"^a\"}"}}),
            ),
            (
                json!({"type": "object", "properties": {"a": {"type": "null"}}, "required": ["a"]}),
                json!({
                    "type": "object",
                    "properties": {"a": {"type": "null"}},
                    "required": ["a"],
                    "additionalProperties": false,
                }),
            ),
            (
                json!({"oneOf": [{"const": 1}, {"enum": ["a", null]}]}),
                json!({"anyOf": [
                    {"const": 1, "type": "integer"},
                    {"enum": ["a", null], "type": ["null", "string"]},
                ]}),
            ),
        ] {
            assert_eq!(of_key(&schema), Some(strict), "{schema}");
        }
    }

    #[test]
    fn what_would_mean_something_else_has_no_strict_version() {
        let nested = |levels: usize| {
            (0..levels).fold(
                json!({"type": "string"}),
                |inner, _| json!({"type": "object", "properties": {"a": inner}, "required": ["a"]}),
            )
        };
        assert!(of_key(&nested(8)).is_some());
        for schema in [
            json!({}),
            json!(true),
            json!({"type": "object"}),
            json!({"type": ["array", "null"]}),
            json!({"type": "object", "properties": {"a": {"type": "string"}}}),
            json!({"type": "object", "properties": {}, "additionalProperties": {"type": "string"}}),
            json!({"allOf": [{"type": "string"}]}),
            json!({"type": "array", "items": {"type": "string"}, "contains": {}}),
            json!({"anyOf": [{"type": "string"}], "oneOf": [{"type": "string"}]}),
            json!({"type": "string", "x-mine": 1}),
            nested(12),
        ] {
            assert_eq!(of_key(&schema), None, "{schema}");
        }
    }
}
