//! Where the values in a prompt came from: which path, and which attempt had brought what was there.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

/// The attempts that brought something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// None did, as with an input; or it is not known any more.
    #[default]
    Nobody,
    /// The attempt with this log.
    One(Uuid),
    /// Of each item of a list the one that passed; none of an item that was null, or was passed over.
    Items(Arc<[Option<Uuid>]>),
}

/// A value that a template took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    /// As the template writes it.
    pub name: String,
    /// Where it was found, or looked for first where a default took its place.
    pub path: String,
    /// Was something there?
    pub found: bool,
    pub by: By,
}

impl By {
    /// The attempt that brought the element at `index`, where each has its own.
    #[must_use]
    pub fn element(&self, index: usize) -> Self {
        match self {
            Self::Items(items) => items
                .get(index)
                .copied()
                .flatten()
                .map_or_else(Self::default, Self::One),
            other => other.clone(),
        }
    }

    /// As it is kept; nothing where nobody is known.
    #[must_use]
    pub fn kept(&self) -> Option<Value> {
        match self {
            Self::Nobody => None,
            Self::One(id) => Some(json!(id)),
            Self::Items(ids) => Some(json!(ids)),
        }
    }

    /// Reads what was kept.
    #[must_use]
    pub fn read(kept: Option<&Value>) -> Self {
        let id = |value: &Value| Uuid::parse_str(value.as_str()?).ok();
        match kept {
            Some(Value::Array(ids)) => Self::Items(ids.iter().map(id).collect()),
            Some(one) => id(one).map_or_else(Self::default, Self::One),
            None => Self::Nobody,
        }
    }
}

impl Used {
    /// All of them as an attempt's log keeps them.
    #[must_use]
    pub fn kept(all: &[Self]) -> Value {
        let kept = all.iter().map(|used| {
            let mut kept = json!({ "name": used.name, "path": used.path });
            if !used.found {
                kept["found"] = false.into();
            }
            if let Some(by) = used.by.kept() {
                kept["by"] = by;
            }
            kept
        });
        kept.collect()
    }

    /// Reads what an attempt's log keeps.
    #[must_use]
    pub fn read(kept: &Value) -> Vec<Self> {
        let kept = kept.as_array().into_iter().flatten();
        let used = kept.filter_map(|kept| {
            Some(Self {
                name: kept.get("name")?.as_str()?.to_owned(),
                path: kept.get("path")?.as_str()?.to_owned(),
                found: kept.get("found") != Some(&Value::Bool(false)),
                by: By::read(kept.get("by")),
            })
        });
        used.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_read() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let used = |by| Used {
            name: "draft.text".to_owned(),
            path: "stage_1.output.text".to_owned(),
            found: true,
            by,
        };
        let items = By::Items([Some(one), None, Some(other)].into());
        let missing = Used {
            found: false,
            ..used(By::Nobody)
        };
        let all = [used(By::One(one)), used(items.clone()), missing];
        assert_eq!(Used::read(&Used::kept(&all)), all);
        assert_eq!(items.element(2), By::One(other));
        assert_eq!(items.element(1), By::Nobody);
        assert_eq!(items.element(9), By::Nobody);
        assert_eq!(By::One(one).element(9), By::One(one));
        assert_eq!(Used::read(&json!("odd")), []);
    }
}
