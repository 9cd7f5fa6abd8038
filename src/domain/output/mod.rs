//! What a stage makes of its model's text: the variables that later stages read.

mod json;
pub mod thought;

use serde_json::{Map, Value};

pub(super) use self::json::{object, value, whole};

use super::limit::{NESTING, nests_deeper};
use super::name::{self, Members};
use super::nearest::hint;

/// How much of a model's text an error message repeats, in characters.
const EXCERPT: usize = 200;

/// A stage's `outputVariables`: the keys that its output must have, with their types.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutputVariables(Vec<(String, Type)>);

/// The names of types.
const TYPES: [&str; 6] = ["string", "number", "integer", "boolean", "array", "object"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    String,
    Number,
    Integer,
    Boolean,
    Array,
    Object,
    /// What a schema says: any value here, for schemas are compiled and applied by rules of validation.
    Schema,
}

/// The variables whose type is a JSON Schema in the place of a name, by their keys.
pub fn schemas(variables: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    let variables = variables.and_then(Value::as_object).into_iter().flatten();
    variables
        .filter(|(_, kind)| kind.is_object())
        .map(|(key, kind)| (key.as_str(), kind))
}

impl OutputVariables {
    /// Reads `{"key": "type", …}`, where a type is a name or a JSON Schema; nothing, null and `{}` ask for
    /// no variables.
    ///
    /// # Errors
    ///
    /// Which key has no known type, and what the types are. Whether a schema is one is not known here.
    pub fn parse(value: Option<&Value>) -> Result<Self, String> {
        let map = match value {
            None | Some(Value::Null) => return Ok(Self::default()),
            Some(Value::Object(map)) => map,
            Some(_) => return Err("must be an object like {\"summary\": \"string\"}".to_owned()),
        };
        map.iter()
            .map(|(key, kind)| match Type::parse(kind) {
                Some(kind) => Ok((key.clone(), kind)),
                None => Err(format!(
                    "the type of \"{key}\" must be {} or a JSON Schema{}",
                    TYPES.join(", "),
                    hint(kind.as_str().unwrap_or_default(), TYPES)
                )),
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Two keys that are one name in different normal forms: no answer can have both for certain.
    #[must_use]
    pub fn twins(&self) -> Option<(&str, &str)> {
        name::twins(self.0.iter().map(|(key, _)| key.as_str()))
    }

    /// Does the stage ask for nothing but the text?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The output for the answer of a model. Without variables it is `{"text": answer}`, else the one JSON
    /// object in the answer, whatever words stand around it. Keys that were not asked for stay.
    ///
    /// # Errors
    ///
    /// That there is no such object, or several; which key is missing or mistyped and what was found instead,
    /// with at most 200 characters of the text; or that the JSON is nested too deep to be kept.
    pub fn read(&self, answer: &str) -> Result<Value, String> {
        if self.0.is_empty() {
            return Ok(serde_json::json!({ "text": answer }));
        }
        let map = object(answer).map_err(|fault| format!("the output {fault}"))?;
        let value = Value::Object(map);
        if nests_deeper(&value, NESTING) {
            return Err(format!(
                "the output is nested too deep: at most {NESTING} levels"
            ));
        }
        self.check(&value)?;
        Ok(value)
    }

    /// The output for an edit that an earlier version took. Whoever took it held it to all that was asked of it
    /// then; what has become an error since is no reason to lose it.
    #[must_use]
    pub fn reread(&self, edit: &str) -> Option<Value> {
        let read = self.read(edit).ok();
        read.or_else(|| json::as_before(edit))
    }

    fn check(&self, output: &Value) -> Result<(), String> {
        let empty = Map::new();
        let map = output.as_object().unwrap_or(&empty);
        let members = Members::default();
        for (key, kind) in &self.0 {
            let Some(found) = members.get(map, key) else {
                return Err(format!(
                    "the output lacks \"{key}\" ({}); {}",
                    kind.with_article(),
                    keys(map)
                ));
            };
            if !kind.matches(found) {
                return Err(format!(
                    "\"{key}\" in the output must be {}, but it is {}",
                    kind.with_article(),
                    describe(found)
                ));
            }
        }
        Ok(())
    }
}

/// The first `limit` characters of `text`, with an ellipsis as the last one where more follows.
pub(in crate::domain) fn excerpt(text: &str, limit: usize) -> String {
    if text.chars().nth(limit).is_none() {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(limit.saturating_sub(1)).collect();
    short.push('…');
    short
}

impl Type {
    fn parse(kind: &Value) -> Option<Self> {
        if kind.is_object() {
            return Some(Self::Schema);
        }
        match kind.as_str()? {
            "string" => Some(Self::String),
            "number" => Some(Self::Number),
            "integer" => Some(Self::Integer),
            "boolean" => Some(Self::Boolean),
            "array" => Some(Self::Array),
            "object" => Some(Self::Object),
            _ => None,
        }
    }

    const fn with_article(self) -> &'static str {
        match self {
            Self::String => "a string",
            Self::Number => "a number",
            Self::Integer => "an integer",
            Self::Boolean => "a boolean",
            Self::Array => "an array",
            Self::Object => "an object",
            Self::Schema => "as its schema says",
        }
    }

    fn matches(self, value: &Value) -> bool {
        match self {
            Self::String => value.is_string(),
            Self::Number => value.is_number(),
            // JSON knows one kind of number: 3.0 is an integer, as in JSON Schema.
            Self::Integer => {
                value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|n| n.fract() == 0.0)
            }
            Self::Boolean => value.is_boolean(),
            Self::Array => value.is_array(),
            Self::Object => value.is_object(),
            Self::Schema => true,
        }
    }
}

fn describe(value: &Value) -> String {
    let kind = match value {
        Value::Null => return "null".to_owned(),
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    format!("{kind}: {}", excerpt(&value.to_string(), EXCERPT))
}

fn keys(map: &Map<String, Value>) -> String {
    if map.is_empty() {
        return "it is an empty object".to_owned();
    }
    let keys: Vec<&str> = map.keys().map(String::as_str).collect();
    format!("it has {}", excerpt(&keys.join(", "), EXCERPT))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn variables(value: &Value) -> OutputVariables {
        OutputVariables::parse(Some(value)).expect("valid")
    }

    #[test]
    fn without_variables_the_output_is_the_text() {
        for none in [None, Some(json!(null)), Some(json!({}))] {
            let none = OutputVariables::parse(none.as_ref()).expect("valid");
            assert_eq!(
                none.read(" {\"a\": 1}\n"),
                Ok(json!({"text": " {\"a\": 1}\n"}))
            );
        }
    }

    #[test]
    fn every_type_takes_its_values_and_no_others() {
        let samples = [
            json!("s"),
            json!(1.5),
            json!(3),
            json!(3.0),
            json!(true),
            json!([1]),
            json!({"k": 1}),
            json!(null),
        ];
        for (name, fitting) in [
            ("string", vec![0]),
            ("number", vec![1, 2, 3]),
            ("integer", vec![2, 3]),
            ("boolean", vec![4]),
            ("array", vec![5]),
            ("object", vec![6]),
        ] {
            let variables = variables(&json!({ "v": name }));
            for (index, sample) in samples.iter().enumerate() {
                let read = variables.read(&json!({ "v": sample }).to_string());
                assert_eq!(read.is_ok(), fitting.contains(&index), "{name}: {sample}");
            }
        }
    }

    #[test]
    fn a_type_may_be_a_schema_which_takes_any_value_here() {
        let value = json!({"a": {"type": "integer"}, "b": "string"});
        let read = variables(&value).read(r#"{"a": "x", "b": ""}"#);
        assert_eq!(read, Ok(json!({"a": "x", "b": ""})));
        let lacks = variables(&value).read(r#"{"b": ""}"#).expect_err("no a");
        assert_eq!(
            lacks,
            "the output lacks \"a\" (as its schema says); it has b"
        );
        let keys: Vec<_> = schemas(Some(&value)).map(|(key, _)| key).collect();
        assert_eq!(keys, ["a"]);
    }

    #[test]
    fn unknown_types_are_refused() {
        for value in [
            json!([]),
            json!("string"),
            json!({"a": "text"}),
            json!({"a": 1}),
        ] {
            OutputVariables::parse(Some(&value)).expect_err("no output variables");
        }
    }

    #[test]
    fn the_one_object_is_the_output_and_extra_keys_stay() {
        let variables = variables(&json!({"a": "integer"}));
        for raw in [
            r#"{"a": 1, "b": 2}"#,
            "\n {\"a\": 1, \"b\": 2} \n",
            "```json\n{\"a\": 1, \"b\": 2}\n```",
            "  ```\r\n{\"a\": 1,\r\n \"b\": 2}\r\n```  \n",
            "```{\"a\": 1,\n\"b\": 2}```",
            "````JSON\n{\"a\": 1, \"b\": 2}\n````",
            "Here you are: {\"a\": 1, \"b\": 2}",
        ] {
            assert_eq!(variables.read(raw), Ok(json!({"a": 1, "b": 2})), "{raw}");
        }
        for raw in [
            "{\"a\": 1} {\"a\": 2}",
            "```json\n{\"a\": 1",
            "```",
            "``````",
            "",
        ] {
            variables.read(raw).expect_err(raw);
        }
    }

    #[test]
    fn an_edit_of_an_earlier_version_is_never_lost() {
        let variables = variables(&json!({"a": "string"}));
        for (edit, output) in [
            (r#"{"a": "x"}"#, json!({"a": "x"})),
            (
                "```json\n{\"a\": \"x\", \"n\": 100000000000000000000}\n```",
                json!({"a": "x", "n": 1e20}),
            ),
        ] {
            assert_eq!(variables.reread(edit), Some(output), "{edit}");
        }
        assert_eq!(variables.reread("words"), None);
    }

    #[test]
    fn errors_name_the_key_and_what_was_found() {
        let variables = variables(&json!({"score": "integer"}));
        for (raw, message) in [
            (
                "[1]",
                "the output must be a JSON object, but it is an array: [1]",
            ),
            (
                "{}",
                "the output lacks \"score\" (an integer); it is an empty object",
            ),
            (
                r#"{"a": 1, "b": 2}"#,
                "the output lacks \"score\" (an integer); it has a, b",
            ),
            (
                r#"{"score": "7"}"#,
                "\"score\" in the output must be an integer, but it is a string: \"7\"",
            ),
            (
                r#"{"score": null}"#,
                "\"score\" in the output must be an integer, but it is null",
            ),
            (" \n", "the output is empty where JSON is needed"),
            (
                "no",
                "the output is no JSON (expected ident at line 1 column 2): no",
            ),
        ] {
            assert_eq!(variables.read(raw), Err(message.to_owned()));
        }
    }

    #[test]
    fn errors_repeat_at_most_200_characters_of_the_text() {
        let variables = variables(&json!({"score": "integer"}));
        let long = "ä".repeat(5000);
        for raw in [
            long.clone(),
            json!(long).to_string(),
            json!({ long.as_str(): 1 }).to_string(),
            json!({ "score": long }).to_string(),
        ] {
            let message = variables.read(&raw).expect_err("mistyped");
            assert!(message.matches('ä').count() <= 200, "{message}");
            assert!(message.ends_with('…'), "{message}");
        }
    }

    proptest! {
        #[test]
        fn any_fenced_object_reads_like_the_bare_one(text in any::<String>()) {
            let variables = variables(&json!({"t": "string"}));
            let object = json!({ "t": text });
            prop_assert_eq!(variables.read(&object.to_string()), Ok(object.clone()));
            prop_assert_eq!(variables.read(&format!("```json\n{object:#}\n```")), Ok(object));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[`a{}\\[\\]\"\\n ä]{0,20}") {
            let read = variables(&json!({"t": "string"})).read(&text);
            prop_assert!(read.is_err(), "no such text has the key");
        }
    }
}
