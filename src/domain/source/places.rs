//! Where source paths lead.

use serde_json::{Value, json};

use super::path::{INDEX, ITEM, Part, SourcePath};
use crate::domain::context::Context;
use crate::domain::lineage::By;
use crate::domain::name::Members;

/// The item that a stage is run for, and where it stands in its list.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    pub item: &'a Value,
    pub index: &'a Value,
    /// The path of the list.
    pub list: Option<&'a SourcePath>,
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
                let index = self.index()?;
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

    /// The attempts that brought what is at the path.
    #[must_use]
    pub fn by(&self, path: &SourcePath) -> By {
        let of_stage = |stage: &i32| {
            let entry = self.context.get(*stage);
            entry.map(|entry| entry.by().clone())
        };
        let by = match path {
            SourcePath::Inputs { .. } => None,
            SourcePath::Item { .. } | SourcePath::Index => self.by_of_item(),
            SourcePath::StageOutput { stage, path } => {
                let index = path.get(1).and_then(|segment| array_index(segment));
                let by = of_stage(stage);
                by.map(|by| index.map_or_else(|| by.clone(), |index| by.element(index)))
            }
            SourcePath::StageRaw { stage } | SourcePath::StageNotes { stage } => of_stage(stage),
            SourcePath::StageFailed { stage, .. } => {
                let failed = self.context.failed(*stage);
                failed.map(|(failed, _)| failed.by.clone())
            }
            SourcePath::StageItem { stage, .. } => {
                let by = of_stage(stage);
                by.zip(self.index()).map(|(by, index)| by.element(index))
            }
        };
        by.unwrap_or_default()
    }

    /// The path in words of the run: that of an item leads to its place in the list.
    #[must_use]
    pub fn written(&self, path: &SourcePath) -> String {
        let of_list = self.at.and_then(|at| at.list).zip(self.index());
        match (path, of_list) {
            (SourcePath::Item { path }, Some((list, index))) => {
                let rest = path.iter().map(|segment| format!(".{segment}"));
                format!("{list}.{index}{}", rest.collect::<String>())
            }
            (SourcePath::StageItem { stage, path }, Some((_, index))) => {
                let rest = path.iter().map(|segment| format!(".{segment}"));
                format!(
                    "stage_{stage}.output.items.{index}{}",
                    rest.collect::<String>()
                )
            }
            _ => path.to_string(),
        }
    }

    fn by_of_item(&self) -> Option<By> {
        let by = self.by(self.at?.list?);
        self.index().map(|index| by.element(index))
    }

    fn index(&self) -> Option<usize> {
        usize::try_from(self.at?.index.as_u64()?).ok()
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
