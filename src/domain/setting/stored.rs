//! Settings as they are stored, pinned and kept by snapshots, of every version: flat, with whatever names
//! somebody gave them.

use serde_json::{Map, Value};

use super::table::Setting;

/// The name under which people see what is no setting.
pub(super) const EXTRA: &str = "extra";

/// A config taken apart.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Read {
    /// The known settings by their stored names, whatever they are.
    pub known: Map<String, Value>,
    /// What is none.
    pub rest: Map<String, Value>,
}

impl From<&Value> for Read {
    fn from(config: &Value) -> Self {
        let mut read = Self::default();
        let fields = config.as_object().into_iter().flatten();
        // The stored name comes last, and wins: it is the one that providers always took.
        let (stored, others): (Vec<_>, Vec<_>) = fields.partition(|(name, _)| {
            Setting::named(name).is_some_and(|setting| setting.stored == name.as_str())
        });
        for (name, value) in others.into_iter().chain(stored) {
            match (Setting::called(name), value) {
                (Some(setting), value) => {
                    read.known.insert(setting.stored.to_owned(), value.clone());
                }
                (None, Value::Object(fields)) if name == EXTRA => {
                    let fields = fields.iter();
                    read.rest
                        .extend(fields.map(|(name, value)| (name.clone(), value.clone())));
                }
                (None, value) => {
                    read.rest.insert(name.clone(), value.clone());
                }
            }
        }
        read
    }
}

/// A stored config as people see it: known settings by their names, the rest under `extra`.
#[must_use]
pub fn shown(config: &Value) -> Value {
    if !config.is_object() {
        return config.clone();
    }
    let Read { known, rest } = Read::from(config);
    let named = |(stored, value): (String, Value)| {
        let name = Setting::named(&stored).map(|setting| setting.name.to_owned());
        (name.unwrap_or(stored), value)
    };
    let mut shown: Map<_, _> = known.into_iter().map(named).collect();
    if !rest.is_empty() {
        shown.insert(EXTRA.to_owned(), Value::Object(rest));
    }
    Value::Object(shown)
}

/// The names of what a stage's config says beside the known settings, which is never sent.
#[must_use]
pub fn ignored(config: &Value) -> Vec<String> {
    let fields = config.as_object().into_iter().flatten();
    let names = fields.map(|(name, _)| name);
    let names = names.filter(|name| Setting::called(name).is_none());
    names.cloned().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whatever_was_stored_is_shown_by_the_names_of_the_table_and_the_rest_apart() {
        for (stored, expected) in [
            (json!({}), json!({})),
            (
                json!({ "temperature": 0.2, "top_p": null }),
                json!({ "temperature": 0.2, "topP": null }),
            ),
            (json!({ "maxTokens": 5 }), json!({ "maxTokens": 5 })),
            (
                json!({ "max_completion_tokens": 5 }),
                json!({ "maxTokens": 5 }),
            ),
            (json!({ "random_seed": 5 }), json!({ "seed": 5 })),
            // Both were sent, and one of them had an effect.
            (json!({ "topP": 0.1, "top_p": 0.2 }), json!({ "topP": 0.2 })),
            (
                json!({ "max_completion_tokens": 1, "max_tokens": 2 }),
                json!({ "maxTokens": 2 }),
            ),
            (
                json!({ "temperature": "hot", "models": ["a"], "provider": {} }),
                json!({ "temperature": "hot", "extra": { "models": ["a"], "provider": {} } }),
            ),
            (
                json!({ "extra": { "a": 1 }, "b": 2 }),
                json!({ "extra": { "a": 1, "b": 2 } }),
            ),
            (json!({ "extra": 1 }), json!({ "extra": { "extra": 1 } })),
        ] {
            assert_eq!(shown(&stored), expected, "{stored}");
            assert_eq!(
                shown(&expected),
                expected,
                "what is shown is shown as it is"
            );
            let rest = expected.get(EXTRA).is_some();
            assert_eq!(!ignored(&stored).is_empty(), rest, "{stored}");
        }
    }
}
