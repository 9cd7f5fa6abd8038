//! `responseFormat`: the form in which a model answers.

use serde_json::{Value, json};

/// What a provider is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum ResponseFormat {
    /// Plain text, also where the stage's `outputVariables` would make a schema.
    Text,
    /// A JSON object, whatever is in it.
    JsonObject,
    /// What the stage's `outputVariables` say, as a schema: the model takes one.
    JsonSchema,
    /// As it stands here.
    Given(Value),
}

impl ResponseFormat {
    /// Is it one of the words, or an object that says its type?
    pub(super) fn is_one(value: &Value) -> bool {
        match value {
            Value::Object(fields) => fields.get("type").is_some_and(Value::is_string),
            word => !matches!(Self::from(word), Self::Given(_)),
        }
    }

    /// What is sent for it; none where nothing is, or what is made for the stage.
    pub(super) fn to_body(&self) -> Option<Value> {
        match self {
            Self::Text | Self::JsonSchema => None,
            Self::JsonObject => Some(json!({ "type": "json_object" })),
            Self::Given(value) => Some(value.clone()),
        }
    }
}

impl From<&Value> for ResponseFormat {
    /// The word alone, or in an object that says no more.
    fn from(value: &Value) -> Self {
        let word = match value {
            Value::Object(fields) if fields.len() == 1 => fields.get("type"),
            other => Some(other),
        };
        match word.and_then(Value::as_str) {
            Some("text") => Self::Text,
            Some("json_object") => Self::JsonObject,
            Some("json_schema") => Self::JsonSchema,
            _ => Self::Given(value.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_the_same_in_an_object_that_says_no_more() {
        for (word, format) in [
            ("text", ResponseFormat::Text),
            ("json_object", ResponseFormat::JsonObject),
            ("json_schema", ResponseFormat::JsonSchema),
        ] {
            assert_eq!(ResponseFormat::from(&json!(word)), format);
            assert_eq!(ResponseFormat::from(&json!({ "type": word })), format);
            let more = json!({ "type": word, word: {} });
            assert_eq!(
                ResponseFormat::from(&more),
                ResponseFormat::Given(more.clone())
            );
        }
    }
}
