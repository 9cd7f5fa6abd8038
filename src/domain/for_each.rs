//! `forEach`: a stage that runs once for every item of a list.

use serde_json::Value;

use super::key::Keys;
use super::nearest::hint;
use super::source::{Found, Places, SourcePath};

/// Most items of a list.
pub const MAX_ITEMS: usize = 1_000;
/// Most items that are under way at the same time.
pub const MAX_CONCURRENCY: usize = 8;

/// What stands in the place of an answer where the list is empty.
pub const NO_ITEMS: &str = "[]";

/// What becomes of an item that has no attempts left, and the word for passing it over.
pub const ON_ITEM_FAIL: &str = "onItemFail";
pub const SKIP: &str = "skip";
const FAIL: &str = "fail";

const KEYS: [&str; 3] = ["in", "concurrency", ON_ITEM_FAIL];

/// What a stage says of the list that it runs over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForEach {
    /// Where the list is.
    pub list: SourcePath,
    /// How that is written.
    written: String,
    /// So many items may be under way at the same time.
    pub concurrency: usize,
    /// Is an item that has no attempts left passed over? Else the stage has failed with it.
    pub skips: bool,
}

impl ForEach {
    /// Reads `{"in": path, "concurrency": 1 to 8, "onItemFail": "fail" | "skip"}`.
    ///
    /// # Errors
    ///
    /// The key at fault (empty for the whole) and what is wrong with it.
    pub fn parse(value: &Value, keys: &Keys<'_>) -> Result<Self, (String, String)> {
        let refused = |key: &str, message: &str| (key.to_owned(), message.to_owned());
        let Value::Object(fields) = value else {
            let message = "must be an object like {\"in\": \"stage_1.output.items\"}";
            return Err(refused("", message));
        };
        if let Some(key) = fields.keys().find(|key| !KEYS.contains(&key.as_str())) {
            let hint = hint(key, KEYS);
            let message = format!("is unknown: use in, concurrency and onItemFail{hint}");
            return Err(refused(key, &message));
        }
        let list = fields.get("in").and_then(Value::as_str);
        let written = list.ok_or_else(|| refused("in", "must be the path of a list"))?;
        let list =
            SourcePath::parse(written, keys).map_err(|message| ("in".to_owned(), message))?;
        if list.needs_item() {
            let message = "cannot depend on an item: name a list of the inputs or of a stage";
            return Err(refused("in", message));
        }
        let concurrency = match fields.get("concurrency") {
            None | Some(Value::Null) => 1,
            Some(number) => number
                .as_u64()
                .and_then(|number| usize::try_from(number).ok())
                .filter(|number| (1..=MAX_CONCURRENCY).contains(number))
                .ok_or_else(|| {
                    let message = format!("must be 1 to {MAX_CONCURRENCY}");
                    ("concurrency".to_owned(), message)
                })?,
        };
        let skips = match fields.get(ON_ITEM_FAIL).map(|word| (word, word.as_str())) {
            None | Some((Value::Null, _) | (_, Some(FAIL))) => false,
            Some((_, Some(SKIP))) => true,
            Some((_, word)) => {
                let hint = hint(word.unwrap_or_default(), [FAIL, SKIP]);
                let message = format!("must be \"{FAIL}\" or \"{SKIP}\"{hint}");
                return Err(refused(ON_ITEM_FAIL, &message));
            }
        };
        Ok(Self {
            list,
            written: written.to_owned(),
            concurrency,
            skips,
        })
    }

    /// The list that the stage runs over.
    ///
    /// # Errors
    /// Why there is none.
    pub fn items(&self, places: &Places<'_>) -> Result<Vec<Value>, String> {
        let path = &self.written;
        let items = match places.find(&self.list) {
            Some(Found::Value(Value::Array(items))) => items,
            Some(Found::Value(_) | Found::Text(_) | Found::TextOutput(_) | Found::Index(_)) => {
                return Err(format!("what is at {path} is no list"));
            }
            None => {
                return Err(format!(
                    "the path {path} of forEach {}",
                    places.fault(&self.list)
                ));
            }
        };
        if items.len() > MAX_ITEMS {
            return Err(format!(
                "the list at {path} has {} items: a stage takes at most {MAX_ITEMS}",
                items.len()
            ));
        }
        Ok(items.clone())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::context::Context;
    use crate::domain::source::Nulls;

    #[test]
    fn a_list_is_named_with_how_many_items_at_once_and_what_becomes_of_a_failed_one() {
        let parsed = |value: Value| ForEach::parse(&value, Keys::NONE).expect("valid");
        let plain = parsed(json!({"in": "inputs.people"}));
        assert_eq!((plain.concurrency, plain.skips), (1, false));
        let all = json!({"in": "stage_1.output.people", "concurrency": 8, "onItemFail": "skip"});
        let all = parsed(all);
        assert_eq!((all.concurrency, all.skips), (8, true));
        assert_eq!(all.list.stage(), Some(1));
    }

    #[test]
    fn what_is_wrong_is_named_by_its_key() {
        for (value, key, says) in [
            (json!([]), "", "an object"),
            (json!({}), "in", "path of a list"),
            (json!({"in": "people"}), "in", "no source path"),
            (
                json!({"in": "item.parts"}),
                "in",
                "cannot depend on an item",
            ),
            (
                json!({"in": "stage_2.item"}),
                "in",
                "cannot depend on an item",
            ),
            (
                json!({"in": "inputs.a", "concurrency": 0}),
                "concurrency",
                "1 to 8",
            ),
            (
                json!({"in": "inputs.a", "concurrency": 9}),
                "concurrency",
                "1 to 8",
            ),
            (
                json!({"in": "inputs.a", "concurrency": 1.5}),
                "concurrency",
                "1 to 8",
            ),
            (
                json!({"in": "inputs.a", "onItemFail": "stop"}),
                "onItemFail",
                "\"skip\"",
            ),
            (
                json!({"in": "inputs.a", "concurency": 2}),
                "concurency",
                "did you mean concurrency",
            ),
            (
                json!({"in": "inputs.a", "zzz": 2}),
                "zzz",
                "use in, concurrency",
            ),
        ] {
            let (at, message) = ForEach::parse(&value, Keys::NONE).expect_err("invalid");
            assert_eq!(at, key, "{value}");
            assert!(message.contains(says), "{message}");
        }
    }

    #[test]
    fn only_a_list_of_at_most_a_thousand_is_run_over() {
        let inputs = json!({
            "people": ["a", null], "none": [], "text": "[]", "gone": null,
            "many": vec![0; 1_001], "most": vec![0; 1_000],
        });
        let context = Context::default();
        let items = |name: &str| {
            let each = ForEach::parse(&json!({"in": format!("inputs.{name}")}), Keys::NONE)
                .expect("valid");
            each.items(&Places::new(&inputs, &context, Nulls::AreNone))
        };
        assert_eq!(items("people"), Ok(vec![json!("a"), Value::Null]));
        assert_eq!(items("none"), Ok(Vec::new()));
        assert_eq!(items("most").map(|items| items.len()), Ok(1_000));
        for (name, says) in [
            ("text", "is no list"),
            ("gone", "is null"),
            ("other", "does not resolve"),
            ("many", "at most 1000"),
        ] {
            let message = items(name).expect_err(name);
            assert!(message.contains(says), "{message}");
        }
    }
}
