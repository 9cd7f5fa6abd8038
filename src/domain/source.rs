//! Source paths: places in a run's inputs and in the outputs of its stages, as mappings and templates name
//! them.

use std::fmt;

use serde_json::{Value, json};

use super::context::Context;
use super::key::Keys;
use super::name::Members;
use super::nearest;
use super::output::excerpt;

/// What means a part of what a stage left, and no variable of its output, right after its key.
const PARTS: [&str; 5] = ["output", "raw", "notes", "failed", ITEM];
/// The name of the item that a stage is run for.
pub const ITEM: &str = "item";
/// The name of its index.
pub const INDEX: &str = "index";

/// A place that a variable can be taken from, written with dots: `inputs.topic`,
/// `stage_1.output.items.0`, `stage_2.raw`, `stage_2.failed.notes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourcePath {
    /// Something in the run's inputs, or all of them when `path` is empty.
    Inputs { path: Vec<String> },
    /// Something in a stage's parsed output, or all of it when `path` is empty.
    StageOutput { stage: i32, path: Vec<String> },
    /// The text that a stage's model wrote.
    StageRaw { stage: i32 },
    /// What whoever judged that output said of it.
    StageNotes { stage: i32 },
    /// Something of what the stage's last visit left without a verdict.
    StageFailed { stage: i32, part: Part },
    /// What a stage that runs for each item has brought for the one at the same index, or something in it.
    StageItem { stage: i32, path: Vec<String> },
    /// The item that is run for, or something in it.
    Item { path: Vec<String> },
    /// Where that item stands in its list, from 0.
    Index,
}

/// A part of what a visit left without a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The answer.
    Raw,
    /// Why there was no verdict on it.
    Notes,
    /// Which item of the stage's list it was.
    Index,
}

impl SourcePath {
    /// Is `word` the root of a path? Nothing else is, so that texts may speak of `user.name` where no stage has
    /// the key `user`.
    #[must_use]
    pub fn is_root(word: &str, keys: &Keys<'_>) -> bool {
        word == "inputs" || word.starts_with("stage_") || keys.order(word).is_some()
    }

    /// Reads a path as it stands in an input mapping, or in a template between its braces. After a key stands a part
    /// of what its stage left, like after `stage_N`, or what is in its output: `facts.people` where
    /// `stage_1.output.people` is meant.
    ///
    /// # Errors
    ///
    /// What is allowed, when `text` is none of it.
    pub fn parse(text: &str, keys: &Keys<'_>) -> Result<Self, String> {
        let mut segments = text.split('.');
        let root = segments.next().unwrap_or_default();
        let refused = || {
            format!(
                "\"{}\" is no source path: use inputs.name, stage_N.output.name, stage_N.raw, \
                 stage_N.notes, stage_N.failed.raw or stage_N.failed.notes, where N is a stageOrder, \
                 or a stage's key before .name{}",
                excerpt(text, 200),
                nearest::hint(root, keys.iter().filter(|key| *key != root))
            )
        };
        let mut path: Vec<String> = segments.map(str::to_owned).collect();
        if path.iter().any(String::is_empty) {
            return Err(refused());
        }
        match root {
            "inputs" => return Ok(Self::Inputs { path }),
            ITEM => return Ok(Self::Item { path }),
            INDEX if path.is_empty() => return Ok(Self::Index),
            _ => {}
        }
        let stage = match keys.order(root) {
            Some(stage)
                if path
                    .first()
                    .is_some_and(|word| !PARTS.contains(&word.as_str())) =>
            {
                return Ok(Self::StageOutput { stage, path });
            }
            Some(stage) => stage,
            None => stage_order(root).ok_or_else(refused)?,
        };
        let words: Vec<_> = path.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["output", ..] => {
                path.remove(0);
                Ok(Self::StageOutput { stage, path })
            }
            ["raw"] => Ok(Self::StageRaw { stage }),
            ["notes"] => Ok(Self::StageNotes { stage }),
            [ITEM, ..] => {
                path.remove(0);
                Ok(Self::StageItem { stage, path })
            }
            ["failed", part] => {
                let part = Part::parse(part).ok_or_else(refused)?;
                Ok(Self::StageFailed { stage, part })
            }
            _ => Err(refused()),
        }
    }

    /// The order of the stage that the path looks at, if it looks at one.
    #[must_use]
    pub const fn stage(&self) -> Option<i32> {
        match self {
            Self::Inputs { .. } | Self::Item { .. } | Self::Index => None,
            Self::StageOutput { stage, .. }
            | Self::StageRaw { stage }
            | Self::StageNotes { stage }
            | Self::StageFailed { stage, .. }
            | Self::StageItem { stage, .. } => Some(*stage),
        }
    }

    /// Does it lead into the run's inputs?
    #[must_use]
    pub const fn is_input(&self) -> bool {
        matches!(self, Self::Inputs { .. })
    }

    /// Does it lead somewhere only where a stage runs for each item?
    #[must_use]
    pub const fn needs_item(&self) -> bool {
        matches!(
            self,
            Self::StageItem { .. } | Self::Item { .. } | Self::Index
        )
    }

    /// Does a version take it for none that knows the second format of definitions alone?
    #[must_use]
    pub const fn needs_third(&self) -> bool {
        match self {
            Self::Inputs { .. } | Self::StageOutput { .. } | Self::StageRaw { .. } => false,
            Self::StageNotes { .. }
            | Self::StageFailed { .. }
            | Self::StageItem { .. }
            | Self::Item { .. }
            | Self::Index => true,
        }
    }
}

impl Part {
    fn parse(word: &str) -> Option<Self> {
        [Self::Raw, Self::Notes, Self::Index]
            .into_iter()
            .find(|part| part.as_str() == word)
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Notes => "notes",
            Self::Index => "index",
        }
    }
}

/// The item that a stage is run for, and where it stands in its list.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    pub item: &'a Value,
    pub index: &'a Value,
}

/// What null is, where a path or a name leads to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// A value like any other, as it was for what was pinned before the third format.
    AreValues,
    /// No value: as if nothing were there.
    AreNone,
}

/// Where paths lead: a run's inputs, and what its stages have brought.
#[derive(Debug)]
pub struct Places<'a> {
    inputs: &'a Value,
    context: &'a Context,
    nulls: Nulls,
    members: Members<'a>,
    at: Option<At<'a>>,
}

impl<'a> Places<'a> {
    #[must_use]
    pub fn new(inputs: &'a Value, context: &'a Context, nulls: Nulls) -> Self {
        Self {
            inputs,
            context,
            nulls,
            members: Members::default(),
            at: None,
        }
    }

    /// The same for an item of the stage's list.
    #[must_use]
    pub const fn at(mut self, at: At<'a>) -> Self {
        self.at = Some(at);
        self
    }

    /// The item, or its index, where that is what the name means.
    #[must_use]
    pub fn of_item(&self, name: &str) -> Option<Found<'a>> {
        let at = self.at.as_ref()?;
        match name {
            ITEM => Some(Found::Value(at.item)),
            INDEX => Some(Found::Value(at.index)),
            _ => None,
        }
    }

    /// The input whose name is written so.
    #[must_use]
    pub fn input_as_written(&self, name: &str) -> Option<Found<'a>> {
        let value = self.inputs.as_object()?.get(name);
        value.filter(|value| self.counts(value)).map(Found::Value)
    }

    /// The input of this name, in whatever normal form.
    #[must_use]
    pub fn input(&self, name: &str) -> Option<&'a Value> {
        let value = self.members.get(self.inputs.as_object()?, name);
        value.filter(|value| self.counts(value))
    }

    /// What is at the path, or `None` when there is no value. Elements of an array are named by their
    /// index, from 0.
    #[must_use]
    pub fn find(&self, path: &SourcePath) -> Option<Found<'a>> {
        self.look(path).filter(|found| match found {
            Found::Value(value) => self.counts(value),
            Found::Text(_) | Found::TextOutput(_) | Found::Index(_) => true,
        })
    }

    /// What is wrong with a path at which there is no value: `is null`, or `does not resolve`.
    #[must_use]
    pub fn fault(&self, path: &SourcePath) -> &'static str {
        if self.is_null(path) {
            "is null"
        } else {
            "does not resolve"
        }
    }

    /// Does the path lead to null?
    #[must_use]
    pub fn is_null(&self, path: &SourcePath) -> bool {
        matches!(self.look(path), Some(Found::Value(Value::Null)))
    }

    fn counts(&self, value: &Value) -> bool {
        self.nulls == Nulls::AreValues || !value.is_null()
    }

    fn look(&self, path: &SourcePath) -> Option<Found<'a>> {
        match path {
            SourcePath::Inputs { path } => self.descend(self.inputs, path).map(Found::Value),
            SourcePath::StageRaw { stage } => {
                let entry = self.context.get(*stage)?;
                let raws = entry.raws().map(Found::Value);
                Some(raws.unwrap_or_else(|| Found::Text(entry.raw())))
            }
            SourcePath::StageNotes { stage } => self.context.notes(*stage).map(Found::Text),
            SourcePath::StageFailed { stage, part } => {
                let (failed, _) = self.context.failed(*stage)?;
                match part {
                    Part::Raw => Some(Found::Text(&failed.raw)),
                    Part::Notes => failed.notes.as_deref().map(Found::Text),
                    Part::Index => failed.index.map(Found::Index),
                }
            }
            SourcePath::StageItem { stage, path } => {
                let items = self.context.get(*stage)?.output()?.get("items")?;
                let index = usize::try_from(self.at.as_ref()?.index.as_u64()?).ok()?;
                let found = self.descend(items.as_array()?.get(index)?, path);
                found.filter(|it| !it.is_null()).map(Found::Value)
            }
            SourcePath::Item { path } => {
                let found = self.descend(self.at.as_ref()?.item, path);
                found.map(Found::Value)
            }
            SourcePath::Index => self.of_item(INDEX),
            SourcePath::StageOutput { stage, path } => {
                let entry = self.context.get(*stage)?;
                match entry.output() {
                    Some(output) => self.descend(output, path).map(Found::Value),
                    None => in_text(entry.raw(), path),
                }
            }
        }
    }

    /// Which of the visits that left something has left what is at the path: the later, the higher. What was there
    /// from the beginning has 0.
    #[must_use]
    pub fn end(&self, path: &SourcePath) -> u64 {
        let end = match path {
            SourcePath::Inputs { .. } | SourcePath::Item { .. } | SourcePath::Index => None,
            SourcePath::StageOutput { stage, .. }
            | SourcePath::StageRaw { stage }
            | SourcePath::StageItem { stage, .. }
            | SourcePath::StageNotes { stage } => self.context.end(*stage),
            SourcePath::StageFailed { stage, .. } => {
                self.context.failed(*stage).map(|(_, end)| end)
            }
        };
        end.unwrap_or_default()
    }

    fn descend(&self, value: &'a Value, path: &[String]) -> Option<&'a Value> {
        path.iter().try_fold(value, |value, segment| match value {
            Value::Object(object) => self.members.get(object, segment),
            Value::Array(items) => items.get(array_index(segment)?),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        })
    }
}

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found<'a> {
    Value(&'a Value),
    Text(&'a str),
    /// The output of a stage without output variables, `{"text": …}`.
    TextOutput(&'a str),
    /// A place in a list, from 0.
    Index(usize),
}

impl Found<'_> {
    /// The value itself.
    #[must_use]
    pub fn to_value(self) -> Value {
        match self {
            Self::Value(value) => value.clone(),
            Self::Text(text) => text.into(),
            Self::TextOutput(text) => json!({ "text": text }),
            Self::Index(index) => index.into(),
        }
    }
}

impl fmt::Display for SourcePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = match self {
            Self::Inputs { path } => {
                f.write_str("inputs")?;
                path
            }
            Self::StageOutput { stage, path } => {
                write!(f, "stage_{stage}.output")?;
                path
            }
            Self::StageRaw { stage } => return write!(f, "stage_{stage}.raw"),
            Self::StageNotes { stage } => return write!(f, "stage_{stage}.notes"),
            Self::StageFailed { stage, part } => {
                return write!(f, "stage_{stage}.failed.{}", part.as_str());
            }
            Self::StageItem { stage, path } => {
                write!(f, "stage_{stage}.item")?;
                path
            }
            Self::Item { path } => {
                f.write_str(ITEM)?;
                path
            }
            Self::Index => return f.write_str(INDEX),
        };
        path.iter().try_for_each(|segment| write!(f, ".{segment}"))
    }
}

/// `stage_7` → 7. Written in one way only, so that the keys of the context can be made from it.
fn stage_order(root: &str) -> Option<i32> {
    let digits = root.strip_prefix("stage_")?;
    let order: i32 = digits.parse().ok()?;
    (order > 0 && order.to_string() == digits).then_some(order)
}

/// What is at the path in `{"text": raw}`.
fn in_text<'a>(raw: &'a str, path: &[String]) -> Option<Found<'a>> {
    match path {
        [] => Some(Found::TextOutput(raw)),
        [field] if field == "text" => Some(Found::Text(raw)),
        _ => None,
    }
}

/// An index in plain digits: `parse` alone would take `+1`.
fn array_index(segment: &str) -> Option<usize> {
    let digits = segment.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| segment.parse().ok())?
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn inputs() -> Value {
        json!({"topic": "tea", "nested": {"a.b": 1, "list": ["x", {"y": 2}]}, "nothing": null})
    }

    fn output() -> Value {
        json!({"items": ["p", "q"], "0": "zero"})
    }

    fn context() -> Context {
        Context::read(&json!({
            "stage_1": {"output": output(), "raw": "text"},
            "stage_3": {"output": {"text": "plain"}, "raw": "plain", "notes": "fine", "ended": 2,
                "failed": {"raw": "{", "notes": "no JSON", "index": 7, "ended": 3}},
            "stage_4": {"failed": {"raw": "", "ended": 1}},
        }))
    }

    #[test]
    fn a_path_leads_to_its_value_and_prints_as_it_was_written() {
        for (path, stage, value) in [
            ("inputs", None, inputs()),
            ("inputs.topic", None, json!("tea")),
            ("inputs.nothing", None, json!(null)),
            ("inputs.nested.list.1.y", None, json!(2)),
            ("stage_1.output", Some(1), output()),
            ("stage_1.output.items.1", Some(1), json!("q")),
            ("stage_1.output.0", Some(1), json!("zero")),
            ("stage_1.raw", Some(1), json!("text")),
            ("stage_3.raw", Some(3), json!("plain")),
            ("stage_3.output", Some(3), json!({"text": "plain"})),
            ("stage_3.output.text", Some(3), json!("plain")),
            ("stage_3.notes", Some(3), json!("fine")),
            ("stage_3.failed.raw", Some(3), json!("{")),
            ("stage_3.failed.notes", Some(3), json!("no JSON")),
            ("stage_3.failed.index", Some(3), json!(7)),
            ("stage_4.failed.raw", Some(4), json!("")),
        ] {
            let source = SourcePath::parse(path, Keys::NONE).expect(path);
            assert_eq!(source.to_string(), path);
            assert_eq!(source.stage(), stage, "{path}");
            let (inputs, context) = (inputs(), context());
            let found = Places::new(&inputs, &context, Nulls::AreValues).find(&source);
            let found = found.map(Found::to_value);
            assert_eq!(found, Some(value), "{path}");
        }
    }

    #[test]
    fn null_is_a_value_or_none() {
        let (inputs, context) = (inputs(), context());
        let path = SourcePath::parse("inputs.nothing", Keys::NONE).expect("a path");
        let all = SourcePath::parse("inputs", Keys::NONE).expect("a path");
        for (nulls, found) in [(Nulls::AreValues, true), (Nulls::AreNone, false)] {
            let places = Places::new(&inputs, &context, nulls);
            assert_eq!(places.find(&path).is_some(), found);
            assert_eq!(places.input("nothing").is_some(), found);
            assert_eq!(places.input_as_written("nothing").is_some(), found);
            // What is in a value is its own affair.
            let whole = places.find(&all).map(Found::to_value);
            assert_eq!(whole.as_ref(), Some(&inputs));
            assert_eq!(places.fault(&path), "is null");
        }
    }

    #[test]
    fn a_path_that_leads_nowhere_has_no_value() {
        for path in [
            "inputs.other",
            "inputs.topic.length",
            "inputs.nested.a.b",
            "inputs.nested.list.2",
            "inputs.nested.list.+1",
            "inputs.nested.list.-1",
            "inputs.nested.list.99999999999999999999999",
            "stage_1.output.items.first",
            "stage_2.output",
            "stage_2.raw",
            "stage_3.output.other",
            "stage_3.output.text.0",
            "stage_1.notes",
            "stage_1.failed.raw",
            "stage_4.raw",
            "stage_4.notes",
            "stage_4.failed.notes",
            "stage_4.failed.index",
        ] {
            let source = SourcePath::parse(path, Keys::NONE).expect(path);
            let (inputs, context) = (inputs(), context());
            assert_eq!(
                Places::new(&inputs, &context, Nulls::AreValues).find(&source),
                None,
                "{path}"
            );
        }
    }

    #[test]
    fn an_item_has_its_index_and_what_an_earlier_stage_brought_for_it() {
        let inputs = json!({});
        let context = Context::read(&json!({
            "stage_2": {"output": {"items": ["x", {"name": "y"}, null]}, "raw": ["x", "y", null]},
            "stage_3": {"output": {"text": "plain"}, "raw": "plain"},
        }));
        let item = json!({"name": "Ann", "none": null});
        let find = |index: u64, path: &str| {
            let index = json!(index);
            let at = At {
                item: &item,
                index: &index,
            };
            let path = SourcePath::parse(path, Keys::NONE).expect(path);
            let found = Places::new(&inputs, &context, Nulls::AreValues)
                .at(at)
                .find(&path);
            found.map(Found::to_value)
        };
        for (index, path, value) in [
            (0, "item", Some(item.clone())),
            (0, "item.name", Some(json!("Ann"))),
            (0, "item.other", None),
            (7, "index", Some(json!(7))),
            (0, "stage_2.item", Some(json!("x"))),
            (1, "stage_2.item.name", Some(json!("y"))),
            (2, "stage_2.item", None),
            (3, "stage_2.item", None),
            (0, "stage_3.item", None),
            (0, "stage_2.raw", Some(json!(["x", "y", null]))),
        ] {
            assert_eq!(find(index, path), value, "{path}");
            let parsed = SourcePath::parse(path, Keys::NONE).expect(path);
            assert_eq!(parsed.to_string(), path);
        }
        let outside = SourcePath::parse("item", Keys::NONE).expect("a path");
        let nowhere = Places::new(&inputs, &context, Nulls::AreValues);
        assert_eq!(nowhere.find(&outside), None);
        assert!(SourcePath::parse("index.x", Keys::NONE).is_err());
    }

    #[test]
    fn anything_but_a_source_path_is_refused_with_what_is_allowed() {
        for path in [
            "",
            ".",
            "topic",
            "inputs.",
            "inputs..topic",
            "input.topic",
            " inputs.topic",
            "stage_1",
            "stage_1.outputs",
            "stage_1.raw.text",
            "stage_1.notes.0",
            "stage_1.failed",
            "stage_1.failed.output",
            "stage_1.failed.raw.0",
            "stage_1.output.",
            "stage_0.raw",
            "stage_-1.raw",
            "stage_+1.raw",
            "stage_01.raw",
            "stage_99999999999.raw",
            "stage_.raw",
            "stage_x.raw",
        ] {
            let message = SourcePath::parse(path, Keys::NONE).expect_err(path);
            assert!(
                message.contains("inputs.name, stage_N.output.name, stage_N.raw"),
                "{message}"
            );
        }
    }

    #[test]
    fn a_path_says_which_visit_left_what_is_there() {
        let (inputs, context) = (inputs(), context());
        let places = Places::new(&inputs, &context, Nulls::AreNone);
        for (path, end) in [
            ("inputs.topic", 0),
            ("stage_9.raw", 0),
            ("stage_3.output.text", 2),
            ("stage_3.notes", 2),
            ("stage_3.failed.raw", 3),
            ("stage_4.failed.raw", 1),
        ] {
            let source = SourcePath::parse(path, Keys::NONE).expect(path);
            assert_eq!(places.end(&source), end, "{path}");
        }
    }

    #[test]
    fn a_key_stands_for_its_stage_before_a_part_of_it_and_for_its_output_before_anything_else() {
        let keys: Keys<'_> = [("facts", 1), ("e\u{301}", 3)].into_iter().collect();
        for (path, plain) in [
            ("facts.people", "stage_1.output.people"),
            ("facts.people.0", "stage_1.output.people.0"),
            ("facts.output", "stage_1.output"),
            ("facts.output.raw", "stage_1.output.raw"),
            ("facts.raw", "stage_1.raw"),
            ("facts.notes", "stage_1.notes"),
            ("facts.failed.raw", "stage_1.failed.raw"),
            ("e\u{301}.text", "stage_3.output.text"),
        ] {
            assert!(SourcePath::is_root(path.split('.').next().unwrap(), &keys));
            assert_eq!(
                SourcePath::parse(path, &keys),
                SourcePath::parse(plain, Keys::NONE),
                "{path}"
            );
        }
        for path in [
            "facts",
            "facts.",
            "facts.raw.x",
            "Facts.people",
            "\u{e9}.text",
        ] {
            SourcePath::parse(path, &keys).expect_err(path);
        }
        let message = SourcePath::parse("fact.people", &keys).expect_err("no key");
        assert!(message.ends_with("did you mean facts?"), "{message}");
    }

    #[test]
    fn names_on_the_way_are_compared_whatever_their_normal_form() {
        let inputs = json!({"caf\u{e9}": {"the\u{301}": "green"}});
        for path in ["inputs.cafe\u{301}.th\u{e9}", "inputs.caf\u{e9}.the\u{301}"] {
            let source = SourcePath::parse(path, Keys::NONE).expect(path);
            let context = Context::default();
            let found = Places::new(&inputs, &context, Nulls::AreValues).find(&source);
            let found = found.map(Found::to_value);
            assert_eq!(found, Some(json!("green")), "{path}");
        }
    }
}
