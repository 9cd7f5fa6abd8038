//! What a failure that counted leaves to the next attempt of its visit: the answer, and what was said of it.

use serde_json::{Map, Value};

use super::lineage::{By, Used};

/// The names that it has in the prompt of that attempt.
pub const NAMES: [&str; 2] = ["output", "notes"];

/// What the last failure of a visit that counted against the retry limit left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Feedback {
    /// The answer's text; empty where there was none.
    pub output: String,
    /// What the validator said of it, or else why it was of no use.
    pub notes: String,
    /// The attempt that failed so.
    pub by: By,
}

impl Feedback {
    /// Its values by these names, as far as they are its own ([`NAMES`]).
    pub fn variables<'n>(&self, asked: impl Iterator<Item = &'n str>) -> Map<String, Value> {
        let value = |name| match name {
            "output" => Some(&self.output),
            "notes" => Some(&self.notes),
            _ => None,
        };
        let values = asked.filter_map(|name| Some((name.to_owned(), value(name)?.clone().into())));
        values.collect()
    }

    /// Where these values came from: the attempt that failed.
    #[must_use]
    pub fn used(&self, values: &Map<String, Value>) -> Vec<Used> {
        let names = values.keys().cloned();
        let used = names.map(|name| Used {
            path: name.clone(),
            name,
            found: true,
            by: self.by.clone(),
        });
        used.collect()
    }
}
