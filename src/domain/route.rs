//! Where a run goes by a value once a stage has passed: `routes`.

use serde_json::Value;

use super::key::Keys;
use super::nearest::hint;
use super::output::excerpt;
use super::source::{Found, Places, SourcePath};

/// The field of a stage's routes.
pub const ROUTES: &str = "routes";

/// A stage's routes: `{"by": "stage_1.output.kind", "to": {"billing": 10, "product": 0}}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routes<'a> {
    /// Where the value stands.
    pub by: SourcePath,
    to: Vec<(&'a str, i32)>,
}

impl<'a> Routes<'a> {
    /// Reads routes; nothing and null are none.
    ///
    /// # Errors
    /// The key at fault (empty for the whole) and what is wrong with it.
    pub fn parse(
        routes: Option<&'a Value>,
        keys: &Keys<'_>,
    ) -> Result<Option<Self>, (String, String)> {
        let fields = match routes {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Object(fields)) => fields,
            Some(_) => {
                let message =
                    "must be like {\"by\": \"stage_1.output.kind\", \"to\": {\"billing\": 10}}";
                return Err((String::new(), message.to_owned()));
            }
        };
        let odd = fields
            .keys()
            .find(|key| !["by", "to"].contains(&key.as_str()));
        if let Some(key) = odd {
            let hint = hint(key, ["by", "to"]);
            let message = format!("says nothing: there are \"by\" and \"to\"{hint}");
            return Err((excerpt(key, 100), message));
        }
        let by = fields.get("by").and_then(Value::as_str);
        let by = by.ok_or_else(|| "must be a source path".to_owned());
        let by = by.and_then(|by| SourcePath::parse(by, keys));
        let to = fields.get("to").and_then(Value::as_object);
        let to = to.filter(|to| !to.is_empty()).ok_or_else(|| {
            "must be an object of values, each with the stageOrder that it leads to; 0 ends the run"
                .to_owned()
        });
        let (by, to) = match (by, to) {
            (Ok(by), Ok(to)) => (by, to),
            (Err(message), _) => return Err(("by".to_owned(), message)),
            (_, Err(message)) => return Err(("to".to_owned(), message)),
        };
        let target = |(value, order): (&'a String, &Value)| {
            let order = order.as_i64().and_then(|order| i32::try_from(order).ok());
            let order = order.map(|order| (value.as_str(), order));
            order.ok_or_else(|| {
                let message = "must be a stageOrder; 0 ends the run".to_owned();
                (format!("to.{}", excerpt(value, 100)), message)
            })
        };
        let to = to.iter().map(target).collect::<Result<_, _>>()?;
        Ok(Some(Self { by, to }))
    }

    /// Every value with where it leads.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, i32)> {
        self.to.iter().copied()
    }

    /// The value that is found where the routes look, and where it leads; none where it is none of theirs.
    #[must_use]
    pub fn target(&self, places: &Places<'_>) -> Option<(&'a str, i32)> {
        let text = match places.find(&self.by)? {
            Found::Text(text) => return self.leading(text),
            Found::Value(Value::String(text)) => return self.leading(text),
            Found::Value(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
            Found::Index(index) => index.to_string(),
            Found::Value(Value::Null | Value::Array(_) | Value::Object(_))
            | Found::TextOutput(_) => return None,
        };
        self.leading(&text)
    }

    fn leading(&self, value: &str) -> Option<(&'a str, i32)> {
        self.iter().find(|(word, _)| *word == value)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::context::Context;
    use crate::domain::source::Nulls;

    fn target(by: &str, to: &Value, output: &Value) -> Option<(String, i32)> {
        let routes = json!({ "by": by, "to": to });
        let routes = Routes::parse(Some(&routes), Keys::NONE)
            .expect("valid")
            .expect("some");
        let context = Context::read(&json!({ "stage_1": { "output": output, "raw": "raw" } }));
        let inputs = json!({ "kind": "chat", "none": null });
        let target = routes.target(&Places::new(&inputs, &context, Nulls::AreNone));
        target.map(|(value, order)| (value.to_owned(), order))
    }

    #[test]
    fn texts_numbers_and_booleans_match_exactly_and_nothing_else_does() {
        let to =
            json!({ "chat": 2, "1": 3, "1.5": 4, "true": 5, "null": 6, "[]": 7, "{}": 8, "": 9 });
        for (output, order) in [
            (json!("chat"), Some(2)),
            (json!("Chat"), None),
            (json!("chat "), None),
            (json!(""), Some(9)),
            (json!(1), Some(3)),
            (json!("1"), Some(3)),
            (json!(1.0), None),
            (json!(1.5), Some(4)),
            (json!(true), Some(5)),
            (json!(false), None),
            (json!(null), None),
            (json!([]), None),
            (json!({}), None),
        ] {
            let output = json!({ "kind": output });
            let found = target("stage_1.output.kind", &to, &output);
            assert_eq!(found.map(|(_, order)| order), order, "{output}");
        }
        let found = |by| target(by, &json!({ "chat": 2, "raw": 0 }), &json!({}));
        assert_eq!(found("inputs.kind"), Some(("chat".to_owned(), 2)));
        assert_eq!(found("stage_1.raw"), Some(("raw".to_owned(), 0)));
        for by in [
            "inputs.none",
            "inputs.other",
            "stage_2.raw",
            "stage_1.output",
        ] {
            assert_eq!(found(by), None, "{by}");
        }
    }

    #[test]
    fn what_are_no_routes_is_refused_with_its_key() {
        for (routes, key, said) in [
            (json!([]), "", "must be like"),
            (json!({}), "by", "source path"),
            (json!({ "by": "inputs.a" }), "to", "stageOrder"),
            (
                json!({ "by": "inputs.a", "to": {} }),
                "to",
                "0 ends the run",
            ),
            (json!({ "by": "inputs.a", "to": [] }), "to", "object"),
            (json!({ "by": 1, "to": { "a": 1 } }), "by", "source path"),
            (
                json!({ "by": "kind", "to": { "a": 1 } }),
                "by",
                "inputs.name",
            ),
            (
                json!({ "by": "inputs.a", "to": { "a": "1" } }),
                "to.a",
                "stageOrder",
            ),
            (
                json!({ "by": "inputs.a", "to": { "a": 1.5 } }),
                "to.a",
                "stageOrder",
            ),
            (
                json!({ "on": "inputs.a", "to": { "a": 1 } }),
                "on",
                "says nothing",
            ),
            (
                json!({ "by": "inputs.a", "too": { "a": 1 } }),
                "too",
                "\"to\"",
            ),
        ] {
            let (found, message) = Routes::parse(Some(&routes), Keys::NONE).expect_err("invalid");
            assert_eq!(found, key, "{routes}");
            assert!(message.contains(said), "{routes}: {message}");
        }
        for nothing in [None, Some(&json!(null))] {
            assert_eq!(Routes::parse(nothing, Keys::NONE), Ok(None));
        }
    }
}
