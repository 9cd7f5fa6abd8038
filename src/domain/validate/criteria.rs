//! Reading criteria key by key, with a fault that says which key is wrong and what it may be.

use serde_json::{Map, Number, Value};

use super::{Fault, Kind};
use crate::domain::nearest;
use crate::domain::output::excerpt;

/// How much of an unknown key a fault repeats, in characters.
const KEY_EXCERPT: usize = 100;

/// An object in the criteria, with nothing in it but known keys.
pub(super) struct Fields<'a> {
    /// Where the object stands in the criteria; empty for the criteria themselves.
    at: &'static str,
    map: Option<&'a Map<String, Value>>,
}

impl<'a> Fields<'a> {
    /// The object `value`, which stands at `at`; nothing and null are an object without keys.
    pub(super) fn read(
        at: &'static str,
        value: Option<&'a Value>,
        known: &[&str],
    ) -> Result<Self, Fault> {
        let map = match value {
            None | Some(Value::Null) => None,
            Some(Value::Object(map)) => Some(map),
            Some(_) => return Err(Fault::new(at, format!("must be {}", shape(known)))),
        };
        let fields = Self { at, map };
        let mut keys = map.into_iter().flat_map(Map::keys);
        match keys.find(|key| !known.contains(&key.as_str())) {
            None => Ok(fields),
            Some(key) => {
                let meant = nearest::hint(key, known.iter().copied());
                let key = excerpt(key, KEY_EXCERPT);
                let message = format!("unknown key: must be {}{meant}", shape(known));
                Err(fields.fault(&key, message))
            }
        }
    }

    /// How large it is when written compactly, in bytes.
    pub(super) fn size(&self) -> usize {
        self.map.map_or(0, |map| {
            serde_json::to_vec(map).map_or(0, |written| written.len())
        })
    }

    /// A fault of the value of `key`.
    pub(super) fn fault(&self, key: &str, message: impl Into<String>) -> Fault {
        let path = if self.at.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.at)
        };
        Fault::new(path, message)
    }

    /// A fault of the object as a whole.
    pub(super) fn fault_of_all(&self, message: impl Into<String>) -> Fault {
        Fault::new(self.at, message)
    }

    /// All of it; nothing is an empty object.
    pub(super) fn whole(&self) -> Value {
        self.map.cloned().unwrap_or_default().into()
    }

    /// The value of `key`, null included.
    pub(super) fn value(&self, key: &str) -> Result<&'a Value, Fault> {
        let value = self.map.and_then(|map| map.get(key));
        value.ok_or_else(|| self.fault(key, format!("{key} is missing")))
    }

    /// The value of `key` where null is as good as nothing.
    pub(super) fn optional(&self, key: &str) -> Option<&'a Value> {
        self.map?.get(key).filter(|value| !value.is_null())
    }

    pub(super) fn string(&self, key: &str) -> Result<&'a str, Fault> {
        let string = self.value(key)?.as_str();
        string.ok_or_else(|| self.fault(key, "must be a string"))
    }

    pub(super) fn optional_string(&self, key: &str) -> Result<Option<&'a str>, Fault> {
        self.typed(key, "must be a string", Value::as_str)
    }

    pub(super) fn optional_bool(&self, key: &str) -> Result<Option<bool>, Fault> {
        self.typed(key, "must be true or false", Value::as_bool)
    }

    pub(super) fn optional_number(&self, key: &str) -> Result<Option<&'a Number>, Fault> {
        self.typed(key, "must be a number", Value::as_number)
    }

    fn typed<T>(
        &self,
        key: &str,
        otherwise: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Fault> {
        self.optional(key)
            .map(|value| read(value).ok_or_else(|| self.fault(key, otherwise)))
            .transpose()
    }
}

/// Criteria for a kind of validation that has none.
pub(super) fn refuse(kind: Kind, criteria: Option<&Value>) -> Result<(), Fault> {
    match criteria {
        None | Some(Value::Null) => Ok(()),
        Some(Value::Object(map)) if map.is_empty() => Ok(()),
        Some(_) => {
            let message = format!(
                "{} validation takes no criteria: leave them out",
                kind.as_str()
            );
            Err(Fault::new("", message))
        }
    }
}

fn shape(known: &[&str]) -> String {
    match known {
        [] => "an empty object".to_owned(),
        [key] => format!("an object with {key}"),
        keys => format!("an object with keys from {}", keys.join(", ")),
    }
}
