//! The settings of a model call: a stage's `flowiseConfig` over its model's `configDefaults`.
//!
//! One [`table`] says which there are, what each may be, and what providers call it. Three forms of the
//! same settings meet here:
//! 1. what people write and read has the names of the table, or theirs in `snake_case`, and `extra`
//!    for whatever else a model's provider takes ([`check`], [`shown`]);
//! 2. what is stored is flat and in `snake_case`, as it was before there was a table: so nothing had to be
//!    written anew, definitions keep their digests, and replicas of the version before read it, too;
//! 3. what is sent has the provider's names ([`Settings::body`]).

mod check;
mod format;
mod hint;
mod stored;
mod table;
mod value;

use serde_json::{Map, Value, json};

pub use self::check::{Fault, of_model, of_stage};
pub use self::format::ResponseFormat;
pub use self::stored::{ignored, shown};

use self::stored::Read;
use self::table::{RESPONSE_FORMAT, SETTINGS, STREAM, SYSTEM_ROLE};

/// What is ours to say of a call, whatever a model's `extra` says.
const OURS: [&str; 5] = ["model", "messages", "stream", "n", "tools"];

/// The settings of one call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// By their stored names.
    known: Map<String, Value>,
    /// What the model's provider takes beside them.
    extra: Map<String, Value>,
}

/// The JSON Schema of an object with a stage's `flowiseConfig` and a model's `configDefaults`: what the table says, by the
/// names in which they are written now.
#[must_use]
pub fn schema() -> Value {
    let settings = SETTINGS.iter().map(|setting| {
        let mut schema = setting.kind.schema();
        schema["description"] = setting.says().into();
        (setting.name.to_owned(), schema)
    });
    let settings: Map<String, Value> = settings.collect();
    let object = |settings: Map<String, Value>| json!({ "type": "object", "properties": settings, "additionalProperties": false });
    let mut of_model = settings.clone();
    let extra = "What the model's provider takes besides, sent as it stands.";
    of_model.insert(
        "extra".to_owned(),
        json!({ "type": ["object", "null"], "description": extra }),
    );
    json!({
        "type": "object",
        "properties": { "flowiseConfig": object(settings), "configDefaults": object(of_model) },
    })
}

impl Settings {
    /// A model's defaults overlaid by a stage's own settings, of which null removes a default. What a
    /// stage says beside the known ones is left out: it could reach around the catalogue.
    #[must_use]
    pub fn of(defaults: &Value, overlay: Option<&Value>) -> Self {
        let Read {
            mut known,
            rest: extra,
        } = Read::from(defaults);
        if let Some(overlay) = overlay {
            known.extend(Read::from(overlay).known);
        }
        known.retain(|_, value| !value.is_null());
        Self { known, extra }
    }

    /// Their part of the body of a request: each by the name that the provider takes. How the answer comes
    /// and where the system message goes is said elsewhere, and so is a schema made for the stage.
    #[must_use]
    pub fn body(&self, provider: &str, model: &str) -> Map<String, Value> {
        let mut body = self.extra.clone();
        // Some providers read names in whatever case, and take the last that says something.
        body.retain(|name, _| !OURS.iter().any(|ours| ours.eq_ignore_ascii_case(name)));
        for setting in &SETTINGS {
            let Some(value) = self.known.get(setting.stored) else {
                continue;
            };
            let value = match setting.name {
                SYSTEM_ROLE | STREAM => None,
                RESPONSE_FORMAT => ResponseFormat::from(value).to_body(),
                _ => Some(value.clone()),
            };
            if let Some(value) = value {
                body.insert(setting.sent(provider, model).to_owned(), value);
            }
        }
        body
    }

    /// Whether the model is asked to say the same whenever it is asked the same.
    #[must_use]
    pub fn asks_for_no_change(&self) -> bool {
        self.known.get("temperature").and_then(Value::as_f64) == Some(0.0)
    }

    /// Does the model take system messages? Else they go to the head of the user's.
    #[must_use]
    pub fn takes_system_messages(&self) -> bool {
        self.get(SYSTEM_ROLE) != Some(&Value::Bool(false))
    }

    /// May the answer come in pieces? Else the provider is asked for a whole one.
    #[must_use]
    pub fn streams(&self) -> bool {
        self.get(STREAM) != Some(&Value::Bool(false))
    }

    /// The form of the answer, where it is said.
    #[must_use]
    pub fn response_format(&self) -> Option<ResponseFormat> {
        self.get(RESPONSE_FORMAT).map(ResponseFormat::from)
    }

    fn get(&self, name: &str) -> Option<&Value> {
        let setting = SETTINGS.iter().find(|setting| setting.name == name)?;
        self.known.get(setting.stored)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body(defaults: &Value, overlay: &Value, (provider, model): (&str, &str)) -> Value {
        Value::Object(Settings::of(defaults, Some(overlay)).body(provider, model))
    }

    #[test]
    fn a_stage_overlays_its_model_and_null_removes_a_default() {
        let defaults = json!({ "temperature": 0.7, "top_p": 0.9, "seed": 1, "safe": true });
        let overlay = json!({ "temperature": null, "topP": 0.5, "logit_bias": {} });
        assert_eq!(
            body(&defaults, &overlay, ("openai", "gpt-4o")),
            json!({ "top_p": 0.5, "seed": 1, "safe": true })
        );
    }

    #[test]
    fn each_is_sent_by_the_name_that_the_provider_takes() {
        let all = json!({ "temperature": 1, "top_p": 1, "top_k": 1, "max_tokens": 1, "stop": ["x"],
            "seed": 1, "presence_penalty": 1, "frequency_penalty": 1, "reasoning_effort": "low",
            "response_format": "json_object", "system_role": false, "stream": false });
        let mut usual = all.clone();
        usual["response_format"] = json!({ "type": "json_object" });
        for ours in ["system_role", "stream"] {
            usual.as_object_mut().unwrap().remove(ours);
        }
        for (provider, model, renamed) in [
            ("openai", "gpt-4o", None),
            (
                "openai",
                "gpt-6.1-sol",
                Some(("max_tokens", "max_completion_tokens")),
            ),
            (
                "openai",
                "o4-mini",
                Some(("max_tokens", "max_completion_tokens")),
            ),
            (
                "groq",
                "openai/gpt-oss-20b",
                Some(("max_tokens", "max_completion_tokens")),
            ),
            ("mistral", "mistral-large-4", Some(("seed", "random_seed"))),
            ("anthropic", "claude-opus-5-5", None),
            ("ollama", "gpt-oss:20b", None),
        ] {
            let mut expected = usual.clone();
            if let Some((from, to)) = renamed {
                expected[to] = expected.as_object_mut().unwrap().remove(from).unwrap();
            }
            assert_eq!(
                body(&all, &json!({}), (provider, model)),
                expected,
                "{model}"
            );
        }
    }

    #[test]
    fn what_is_ours_stays_ours_and_a_setting_wins_over_what_is_sent_as_it_is() {
        let defaults = json!({ "model": "x", "messages": [], "n": 2, "tools": [], "user": "me",
            "extra": { "model": "x", "Model": "x", "N": 3, "top_k": 3, "stream": true, "random_seed": 9 }, "topK": 5 });
        let sent = body(&defaults, &json!({}), ("lab", "m"));
        assert_eq!(sent, json!({ "user": "me", "top_k": 5, "random_seed": 9 }));
    }

    #[test]
    fn streams_and_system_messages_are_there_unless_the_settings_say_no() {
        for (config, expected) in [
            (json!({}), true),
            (json!({ "stream": true, "systemRole": true }), true),
            (json!({ "stream": "no", "systemRole": null }), true),
            (json!({ "stream": false, "system_role": false }), false),
        ] {
            let settings = Settings::of(&config, None);
            assert_eq!(settings.streams(), expected, "{config}");
            assert_eq!(settings.takes_system_messages(), expected, "{config}");
        }
    }
}
