//! What may be saved: known settings of the right kind, each once, and a model's `extra`.

use serde_json::{Map, Value};

use super::OURS;
use super::hint::{hint, sent_elsewhere};
use super::stored::EXTRA;
use super::table::Setting;
use crate::error::Error;

/// What is wrong with a config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where in the config: `topP`, `extra.model`.
    pub path: String,
    /// What is wrong and what would be right.
    pub message: String,
}

/// A stage's `flowiseConfig` as it is stored. A null is kept: it removes a default.
///
/// # Errors
/// The first fault.
pub fn of_stage(config: &Value) -> Result<Value, Fault> {
    if config.get(EXTRA).is_some() {
        let message = "is for the `configDefaults` of a model alone: leave it out";
        return Err(fault(EXTRA, message));
    }
    known(fields(config)?).map(Value::Object)
}

/// A model's `configDefaults` as they are stored.
///
/// # Errors
/// The first fault.
pub fn of_model(config: &Value) -> Result<Value, Fault> {
    let mut config = fields(config)?.clone();
    let extra = config.remove(EXTRA).unwrap_or(Value::Null);
    let mut stored = known(&config)?;
    stored.retain(|_, value| !value.is_null());
    match extra {
        Value::Null => {}
        Value::Object(extra) => {
            extra.keys().try_for_each(|name| check_extra(name))?;
            stored.extend(extra);
        }
        _ => {
            return Err(fault(
                EXTRA,
                "must be an object of what its provider takes besides",
            ));
        }
    }
    Ok(Value::Object(stored))
}

impl Fault {
    /// The refusal of what stands in `field`.
    #[must_use]
    pub fn at(self, field: &str) -> Error {
        let path = match self.path.as_str() {
            "" => field.to_owned(),
            path => format!("{field}.{path}"),
        };
        let message = format!("{path} {}", self.message);
        Error::bad_input(path, message)
    }
}

fn fields(config: &Value) -> Result<&Map<String, Value>, Fault> {
    let fields = config.as_object();
    fields.ok_or_else(|| fault("", "must be an object of a model's settings"))
}

fn known(config: &Map<String, Value>) -> Result<Map<String, Value>, Fault> {
    let mut stored = Map::new();
    for (name, value) in config {
        let setting = Setting::named(name).ok_or_else(|| fault(name, &hint(name)))?;
        let value = match value {
            Value::Null => Value::Null,
            value => setting.kind.check(value).map_err(|why| fault(name, &why))?,
        };
        let other = stored.insert(setting.stored.to_owned(), value);
        if other.is_some_and(|other| stored.get(setting.stored) != Some(&other)) {
            let (name, twin) = (setting.name, setting.stored);
            let message = format!("is given twice, as {name} and as {twin}: leave one out");
            return Err(fault(name, &message));
        }
    }
    Ok(stored)
}

fn check_extra(name: &str) -> Result<(), Fault> {
    // Some providers read names in whatever case.
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    let message = if let Some(place) = sent_elsewhere(name) {
        format!("is no setting: {place}")
    } else if OURS.iter().any(|ours| is(ours)) && !is("stream") {
        "is what every call says by itself: leave it out".to_owned()
    } else if let Some(setting) = Setting::like(name) {
        format!(
            "is a setting: write it outside of extra, as {}",
            setting.name
        )
    } else if is(EXTRA) {
        "is extra within extra: write its fields outside of it".to_owned()
    } else {
        return Ok(());
    };
    Err(fault(&format!("{EXTRA}.{name}"), &message))
}

fn fault(path: &str, message: &str) -> Fault {
    Fault {
        // A name may be as long as a body.
        path: path.chars().take(100).collect(),
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_spellings_are_taken_and_one_is_kept() {
        for (config, stored) in [
            (
                json!({ "topP": 0.5, "max_tokens": 9.0 }),
                json!({ "top_p": 0.5, "max_tokens": 9 }),
            ),
            (json!({ "topK": 5, "top_k": 5 }), json!({ "top_k": 5 })),
        ] {
            assert_eq!(of_stage(&config), Ok(stored.clone()));
            assert_eq!(of_model(&config), Ok(stored));
        }
        let nothing = json!({ "seed": null });
        assert_eq!(of_stage(&nothing), Ok(nothing.clone()));
        assert_eq!(of_model(&nothing), Ok(json!({})));
        let extra = json!({ "seed": 1, "extra": { "safe": null, "stream_options": {} } });
        assert_eq!(
            of_model(&extra),
            Ok(json!({ "seed": 1, "safe": null, "stream_options": {} }))
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (config, path, word) in [
            (
                json!({ "temperature": "0.5" }),
                "temperature",
                "from 0 to 2",
            ),
            (json!({ "top_p": 2 }), "top_p", "from 0 to 1"),
            (json!({ "topP": 0.1, "top_p": 0.2 }), "topP", "twice"),
            (json!({ "topP": 0.1, "top_p": null }), "topP", "twice"),
            (json!({ "temprature": 1 }), "temprature", "temperature"),
            (
                json!({ "max_completion_tokens": 1 }),
                "max_completion_tokens",
                "maxTokens",
            ),
        ] {
            let fault = of_stage(&config).unwrap_err();
            assert_eq!(fault.path, path);
            assert!(fault.message.contains(word), "{}", fault.message);
            assert_eq!(of_model(&config), Err(fault));
        }
        for (extra, path) in [
            (json!(1), "extra"),
            (json!({ "model": "x" }), "extra.model"),
            (json!({ "tools": [] }), "extra.tools"),
            (json!({ "messages": [] }), "extra.messages"),
            (json!({ "systemMessage": "x" }), "extra.systemMessage"),
            (json!({ "stream": true }), "extra.stream"),
            (json!({ "top_k": 1 }), "extra.top_k"),
            (json!({ "random_seed": 1 }), "extra.random_seed"),
            (json!({ "extra": {} }), "extra.extra"),
            (json!({ "Model": "x" }), "extra.Model"),
            (json!({ "STREAM": true }), "extra.STREAM"),
            (json!({ "Top_P": 1 }), "extra.Top_P"),
            (json!({ "Extra": {} }), "extra.Extra"),
        ] {
            let config = json!({ "extra": extra });
            assert_eq!(of_model(&config).unwrap_err().path, path);
            assert_eq!(of_stage(&config).unwrap_err().path, "extra");
        }
    }
}
