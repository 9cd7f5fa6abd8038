//! Where a mapped variable comes from: a path, the first of several that has a value, or the one whose stage ended last;
//! and what it is where none has one.

use serde_json::{Map, Value};

use crate::domain::key::Keys;
use crate::domain::lineage::Used;
use crate::domain::nearest::nearest;
use crate::domain::source::{Found, Places, SourcePath};

/// Most paths of one variable.
const MOST_PATHS: usize = 100;
/// What an object says of a variable.
const FIELDS: [&str; 3] = [FROM, LATEST, DEFAULT];
const FROM: &str = "from";
const LATEST: &str = "latest";
const DEFAULT: &str = "default";

/// Where a variable comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// At least one.
    paths: Vec<SourcePath>,
    /// The same as they are written, for messages: a stage is called there as its author calls it.
    written: Vec<String>,
    by: By,
    default: Option<Value>,
}

/// Which path is taken of those that have a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// The first.
    Order,
    /// The one whose stage ended last; the first of one stage.
    End,
}

impl Choice {
    /// Reads what a mapping says of a variable: a path, a list of paths, `{"from": …, "default": …}` or
    /// `{"latest": […], "default": …}`.
    ///
    /// # Errors
    /// What is wrong, and what would be right.
    pub fn parse(value: &Value, keys: &Keys<'_>) -> Result<Self, String> {
        let one = |(paths, written)| Self {
            paths,
            written,
            by: By::Order,
            default: None,
        };
        match value {
            Value::Object(fields) => Self::of_fields(fields, keys),
            Value::String(_) | Value::Array(_) => paths(value, keys).map(one),
            Value::Null | Value::Bool(_) | Value::Number(_) => Err(
                "must be a source path, a list of such paths, or an object with from or latest"
                    .to_owned(),
            ),
        }
    }

    fn of_fields(fields: &Map<String, Value>, keys: &Keys<'_>) -> Result<Self, String> {
        let is_known = |field: &&String| FIELDS.contains(&field.as_str());
        if let Some(unknown) = fields.keys().find(|field| !is_known(field)) {
            let meant = nearest(unknown, FIELDS).unwrap_or(FROM);
            return Err(format!(
                "has the unknown field \"{unknown}\": did you mean {meant}?"
            ));
        }
        let (by, given) = match (fields.get(FROM), fields.get(LATEST)) {
            (Some(from), None) => (By::Order, from),
            (None, Some(latest)) => (By::End, latest),
            (Some(_), Some(_)) => return Err("has both from and latest: keep one".to_owned()),
            (None, None) => {
                return Err("says nothing of where it comes from: add from or latest".to_owned());
            }
        };
        let (paths, written) = paths(given, keys)?;
        Ok(Self {
            paths,
            written,
            by,
            default: fields.get(DEFAULT).cloned(),
        })
    }

    /// All the paths that it may be taken from.
    #[must_use]
    pub fn paths(&self) -> &[SourcePath] {
        &self.paths
    }

    /// Is there a value for it wherever its paths lead?
    #[must_use]
    pub const fn has_default(&self) -> bool {
        self.default.is_some()
    }

    /// The value that is taken, if there is one.
    #[must_use]
    pub fn find<'v, 'p: 'v>(&'v self, places: &Places<'p>) -> Option<Found<'v>> {
        let taken = self.taken(places).map(|(_, found)| found);
        taken.or_else(|| self.default.as_ref().map(Found::Value))
    }

    /// The path that is taken, with what is there; none where nothing is, so that a default takes its place.
    #[must_use]
    pub fn taken<'v, 'p: 'v>(&'v self, places: &Places<'p>) -> Option<(&'v SourcePath, Found<'v>)> {
        let mut found = self
            .paths
            .iter()
            .filter_map(|path| Some((path, places.find(path)?)));
        match self.by {
            By::Order => found.next(),
            // Of several that are the last the first is taken.
            By::End => found.reduce(|best, other| {
                if places.end(other.0) > places.end(best.0) {
                    other
                } else {
                    best
                }
            }),
        }
    }

    /// Where the value came from that the placeholder `name` took.
    pub(super) fn used(&self, name: &str, places: &Places<'_>) -> Used {
        let taken = self.taken(places).map(|(path, _)| path);
        let path = taken.or(self.paths.first());
        Used {
            name: name.to_owned(),
            path: path.map(|path| places.written(path)).unwrap_or_default(),
            found: taken.is_some(),
            by: taken.map(|path| places.by(path)).unwrap_or_default(),
        }
    }

    /// The first of its paths, if all of them lead into the inputs, none has a value there, and there is no default: a
    /// run with these inputs would fail by it.
    #[must_use]
    pub fn missing_input(&self, places: &Places<'_>) -> Option<&SourcePath> {
        let lacks = |path: &SourcePath| path.is_input() && places.find(path).is_none();
        let is_missing = self.default.is_none() && self.paths.iter().all(lacks);
        self.paths.first().filter(|_| is_missing)
    }

    /// Why the variable has no value.
    pub(super) fn fault(&self, variable: &str, places: &Places<'_>) -> String {
        let paths = self.written.join(", ");
        if let [path] = self.paths.as_slice() {
            let fault = places.fault(path);
            return format!("the path {paths} of the variable {variable} {fault}");
        }
        format!("none of the paths of the variable {variable} has a value: {paths}")
    }
}

/// The paths, and how they are written.
fn paths(value: &Value, keys: &Keys<'_>) -> Result<(Vec<SourcePath>, Vec<String>), String> {
    let no_path = || "must be a string with a source path, or a list of such strings".to_owned();
    let path = |value: &Value| {
        let written = value.as_str().ok_or_else(no_path)?;
        Ok::<_, String>((SourcePath::parse(written, keys)?, written.to_owned()))
    };
    let Value::Array(paths) = value else {
        let (path, written) = path(value)?;
        return Ok((vec![path], vec![written]));
    };
    if paths.is_empty() {
        return Err("is an empty list: name at least one source path".to_owned());
    }
    if paths.len() > MOST_PATHS {
        return Err(format!("has too many paths: at most {MOST_PATHS}"));
    }
    paths.iter().map(path).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::context::Context;
    use crate::domain::source::Nulls;

    fn found(choice: &Value) -> Option<Value> {
        let inputs = json!({"topic": "tea", "nothing": null});
        let context = Context::read(&json!({
            "stage_1": {"raw": "one", "ended": 2},
            "stage_2": {"raw": "two", "ended": 4, "notes": "good"},
            "stage_3": {"raw": "three", "ended": 3, "failed": {"raw": "{", "ended": 5}},
        }));
        let choice = Choice::parse(choice, Keys::NONE).expect("valid");
        let places = Places::new(&inputs, &context, Nulls::AreNone);
        choice.find(&places).map(Found::to_value)
    }

    #[test]
    fn the_first_path_with_a_value_is_taken_or_the_one_whose_stage_ended_last_or_the_default() {
        for (choice, value) in [
            (json!("stage_1.raw"), Some(json!("one"))),
            (json!("stage_9.raw"), None),
            (json!("inputs.nothing"), None),
            (
                json!([
                    "stage_9.raw",
                    "inputs.nothing",
                    "stage_3.raw",
                    "stage_1.raw"
                ]),
                Some(json!("three")),
            ),
            (json!({"from": "inputs.topic"}), Some(json!("tea"))),
            (
                json!({"from": "inputs.topic", "default": 1}),
                Some(json!("tea")),
            ),
            (
                json!({"from": ["inputs.nothing"], "default": ""}),
                Some(json!("")),
            ),
            (
                json!({"from": "inputs.x", "default": null}),
                Some(json!(null)),
            ),
            (
                json!({"from": "inputs.x", "default": {"a": []}}),
                Some(json!({"a": []})),
            ),
            (
                json!({"latest": ["stage_1.raw", "stage_2.raw", "stage_3.raw"]}),
                Some(json!("two")),
            ),
            (
                json!({"latest": ["stage_2.raw", "stage_3.failed.raw"]}),
                Some(json!("{")),
            ),
            (
                json!({"latest": ["stage_2.output.x", "stage_1.raw", "stage_9.raw"]}),
                Some(json!("one")),
            ),
            (
                json!({"latest": ["stage_2.notes", "stage_2.raw"]}),
                Some(json!("good")),
            ),
            (
                json!({"latest": ["inputs.topic", "stage_1.raw"]}),
                Some(json!("one")),
            ),
            (
                json!({"latest": ["inputs.topic", "stage_9.raw"]}),
                Some(json!("tea")),
            ),
            (
                json!({"latest": ["stage_9.raw"], "default": 0}),
                Some(json!(0)),
            ),
            (json!({"latest": "stage_9.raw"}), None),
        ] {
            assert_eq!(found(&choice), value, "{choice}");
        }
    }

    #[test]
    fn what_is_no_choice_is_refused_with_what_would_be_one() {
        let many = vec!["stage_1.raw"; MOST_PATHS + 1];
        for (choice, said) in [
            (json!(1), "a list of such paths"),
            (json!(null), "a list of such paths"),
            (json!([]), "at least one"),
            (json!({"from": []}), "at least one"),
            (json!(many), "at most 100"),
            (json!(["stage_1.raw", 2]), "a list of such strings"),
            (json!([["stage_1.raw"]]), "a list of such strings"),
            (json!(["topic"]), "\"topic\" is no source path"),
            (json!({"latest": ["topic"]}), "\"topic\" is no source path"),
            (json!({}), "add from or latest"),
            (json!({"default": 1}), "add from or latest"),
            (
                json!({"from": "inputs.a", "latest": "inputs.a"}),
                "keep one",
            ),
            (json!({"form": "inputs.a"}), "did you mean from?"),
            (
                json!({"from": "inputs.a", "defualt": 1}),
                "did you mean default?",
            ),
            (json!({"last": ["stage_1.raw"]}), "did you mean latest?"),
        ] {
            let message = Choice::parse(&choice, Keys::NONE).expect_err("none");
            assert!(message.contains(said), "{choice}: {message}");
        }
    }

    #[test]
    fn an_input_is_missing_where_nothing_else_could_be_taken() {
        let inputs = json!({"topic": "tea", "nothing": null, "deep": {"a": [1]}});
        let context = Context::default();
        let places = Places::new(&inputs, &context, Nulls::AreNone);
        for (choice, missing) in [
            (json!("inputs.topic"), None),
            (json!("inputs.deep.a.0"), None),
            (json!("inputs.deep.a.1"), Some("inputs.deep.a.1")),
            (json!("inputs.nothing"), Some("inputs.nothing")),
            (json!("stage_1.raw"), None),
            (json!(["inputs.x", "stage_1.raw"]), None),
            (json!(["inputs.x", "inputs.topic"]), None),
            (json!(["inputs.x", "inputs.y"]), Some("inputs.x")),
            (json!({"from": "inputs.x", "default": null}), None),
            (json!({"from": ["inputs.x"]}), Some("inputs.x")),
            (json!({"latest": ["inputs.x"]}), Some("inputs.x")),
            (json!({"latest": ["stage_2.raw"]}), None),
        ] {
            let choice = Choice::parse(&choice, Keys::NONE).expect("valid");
            let path = choice.missing_input(&places).map(ToString::to_string);
            assert_eq!(path.as_deref(), missing, "{choice:?}");
        }
    }
}
