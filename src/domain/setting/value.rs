//! What a setting may be.

use serde_json::{Number, Value, json};

use super::format::ResponseFormat;

/// The values that a setting takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Number {
        min: f64,
        max: f64,
    },
    /// A whole number; `3.0` is one.
    Integer {
        min: i64,
        max: i64,
    },
    Flag,
    Text {
        /// In characters.
        most: usize,
    },
    /// A text, or a list of so many.
    Texts {
        most: usize,
    },
    /// See [`ResponseFormat`].
    Format,
}

impl Kind {
    /// The value as it is kept.
    ///
    /// # Errors
    /// What it has to be.
    pub(super) fn check(self, value: &Value) -> Result<Value, String> {
        let kept = match self {
            Self::Number { min, max } => {
                let number = value.as_f64();
                let fits = number.is_some_and(|number| (min..=max).contains(&number));
                fits.then(|| value.clone())
            }
            Self::Integer { min, max } => {
                let number = integer(value).filter(|number| (min..=max).contains(number));
                number.map(|number| Value::Number(Number::from(number)))
            }
            Self::Flag => value.is_boolean().then(|| value.clone()),
            Self::Text { most } => is_text(value, most).then(|| value.clone()),
            Self::Texts { most } => are_texts(value, most).then(|| value.clone()),
            Self::Format => ResponseFormat::is_one(value).then(|| value.clone()),
        };
        kept.ok_or_else(|| format!("must be {}", self.words()))
    }

    /// The JSON Schema of the values that it takes; null is as good as nothing.
    pub(super) fn schema(self) -> Value {
        match self {
            Self::Number { min, max } => {
                json!({ "type": ["number", "null"], "minimum": min, "maximum": max })
            }
            Self::Integer { min, max } => {
                json!({ "type": ["integer", "null"], "minimum": min, "maximum": max })
            }
            Self::Flag => json!({ "type": ["boolean", "null"] }),
            Self::Text { most } => {
                json!({ "type": ["string", "null"], "minLength": 1, "maxLength": most })
            }
            Self::Texts { most } => {
                let text = json!({ "type": "string", "minLength": 1 });
                let texts =
                    json!({ "type": "array", "items": text, "minItems": 1, "maxItems": most });
                json!({ "anyOf": [text, texts, { "type": "null" }] })
            }
            Self::Format => json!({ "anyOf": [
                { "enum": ["text", "json_object", "json_schema", null] },
                { "type": "object", "properties": { "type": { "type": "string" } }, "required": ["type"] },
            ] }),
        }
    }

    fn words(self) -> String {
        match self {
            Self::Number { min, max } => format!("a number from {min} to {max}"),
            Self::Integer {
                min: i64::MIN,
                max: i64::MAX,
            } => "a whole number of 64 bits".to_owned(),
            Self::Integer { min, max } => format!("a whole number from {min} to {max}"),
            Self::Flag => "true or false".to_owned(),
            Self::Text { most } => format!("a text of 1 to {most} characters"),
            Self::Texts { most } => format!("a text, or a list of 1 to {most} texts, none empty"),
            Self::Format => "\"text\", \"json_object\", \"json_schema\", or an object with a `type`, as the provider takes it".to_owned(),
        }
    }
}

fn integer(value: &Value) -> Option<i64> {
    // All whole numbers to 2^53 are exact as floats; what is larger is no count that somebody meant.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let whole = |number: f64| {
        (number.fract() == 0.0 && number.abs() <= EXACT).then(|| format!("{number:.0}").parse())
    };
    value.as_i64().or_else(|| whole(value.as_f64()?)?.ok())
}

fn is_text(value: &Value, most: usize) -> bool {
    value
        .as_str()
        .is_some_and(|text| !text.is_empty() && text.chars().nth(most).is_none())
}

fn are_texts(value: &Value, most: usize) -> bool {
    let is_one = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    match value {
        Value::Array(texts) => (1..=most).contains(&texts.len()) && texts.iter().all(is_one),
        one => is_one(one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_the_kind_is_kept_and_any_other_is_told_what_it_has_to_be() {
        let integer = Kind::Integer { min: 1, max: 9 };
        let number = Kind::Number { min: 0.0, max: 1.0 };
        let text = Kind::Text { most: 3 };
        let texts = Kind::Texts { most: 2 };
        for (kind, value, kept) in [
            (integer, json!(1), Some(json!(1))),
            (integer, json!(9.0), Some(json!(9))),
            (integer, json!(1.5), None),
            (integer, json!(10), None),
            (integer, json!("1"), None),
            (number, json!(1), Some(json!(1))),
            (number, json!(0.5), Some(json!(0.5))),
            (number, json!(1.1), None),
            (number, json!(true), None),
            (Kind::Flag, json!(false), Some(json!(false))),
            (Kind::Flag, json!(0), None),
            (text, json!("äöü"), Some(json!("äöü"))),
            (text, json!("four"), None),
            (text, json!(""), None),
            (texts, json!("one"), Some(json!("one"))),
            (texts, json!(["a", "b"]), Some(json!(["a", "b"]))),
            (texts, json!([]), None),
            (texts, json!(["a", ""]), None),
            (texts, json!(["a", "b", "c"]), None),
            (
                Kind::Format,
                json!("json_schema"),
                Some(json!("json_schema")),
            ),
            (
                Kind::Format,
                json!({ "type": "json_object" }),
                Some(json!({ "type": "json_object" })),
            ),
            (Kind::Format, json!("xml"), None),
            (Kind::Format, json!({ "schema": {} }), None),
        ] {
            let checked = kind.check(&value);
            let schema = jsonschema::validator_for(&kind.schema()).expect("a schema");
            assert_eq!(schema.is_valid(&value), kept.is_some(), "{value}");
            assert_eq!(checked.as_ref().ok(), kept.as_ref(), "{value}: {checked:?}");
            assert!(checked.is_ok() || checked.is_err_and(|why| why.starts_with("must be ")));
        }
    }
}
