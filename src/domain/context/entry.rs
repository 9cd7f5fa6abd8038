//! What visits leave: an output, or an answer on which there was no verdict.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use uuid::Uuid;

use super::output::Output;
use crate::domain::limit::json_size;
use crate::domain::lineage::By;

/// What a stage has brought: its model's text, and what was read from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    raw: String,
    /// The texts of the items of a stage that runs for each; none where there is but one text.
    raws: Option<Value>,
    /// None where it is `{"text": raw}`.
    output: Option<Output>,
    by: By,
    size: usize,
}

/// The name under which it is kept who brought it.
pub(super) const BY: &str = "by";

/// An answer that had come to its end, and to no verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    pub raw: String,
    /// Why there was none.
    pub notes: Option<String>,
    /// Which item of the stage's list it was, where it has one.
    pub index: Option<usize>,
    /// The attempt whose answer it is.
    pub by: By,
}

impl Entry {
    /// A text with what was read from it; the text itself is kept once.
    #[must_use]
    pub fn new(raw: String, output: Option<Value>) -> Self {
        let output = output.filter(|output| !is_text(output, &raw));
        let (output, size) = measured(output, &raw);
        Self {
            size: raw.len() + size,
            raw,
            raws: None,
            output,
            by: By::Nobody,
        }
    }

    /// What a stage that runs for each item has brought, in the order of its list; nothing of an item that was
    /// null, or was passed over.
    #[must_use]
    pub fn of_items(items: &[Option<Arc<Self>>]) -> Self {
        let list = |value: fn(&Self) -> Value| {
            let items = items.iter();
            let values = items.map(|item| item.as_deref().map_or(Value::Null, value));
            Value::Array(values.collect())
        };
        let sizes = items.iter().flatten().map(|item| item.size());
        let size = sizes.sum();
        let by = items.iter().map(|item| match item.as_deref()?.by {
            By::One(id) => Some(id),
            By::Nobody | By::Items(_) => None,
        });
        Self {
            by: By::Items(by.collect()),
            raw: String::new(),
            raws: Some(list(|item| item.raw().into())),
            output: Some(Output::new(
                json!({ "items": list(Self::to_output) }),
                size,
                "",
            )),
            size,
        }
    }

    /// The same, brought by the attempt with this log.
    #[must_use]
    pub fn brought_by(self, log: Uuid) -> Self {
        Self {
            by: By::One(log),
            ..self
        }
    }

    /// The attempts that brought it.
    #[must_use]
    pub const fn by(&self) -> &By {
        &self.by
    }

    /// The texts of its items, where it has any.
    #[must_use]
    pub const fn raws(&self) -> Option<&Value> {
        self.raws.as_ref()
    }

    /// The text, or the list of texts.
    #[must_use]
    pub fn to_raw(&self) -> Value {
        let raws = self.raws.clone();
        raws.unwrap_or_else(|| self.raw.as_str().into())
    }

    /// The text.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// What was read from it; none where that is `{"text": raw}`.
    #[must_use]
    pub fn output(&self) -> Option<&Value> {
        let output = self.output.as_ref()?;
        Some(output.open(&self.raw))
    }

    /// What was read from it, for somebody else to keep; none where that is `{"text": raw}`. Here it is read again from what
    /// is kept in less room, should it be needed.
    #[must_use]
    pub fn hand_over(&mut self) -> Option<Value> {
        let value = self.output.as_mut().and_then(Output::close);
        value.or_else(|| self.output().cloned())
    }

    /// Gives up what can be read again from what is kept in less room.
    pub(super) fn close(&mut self) {
        if let Some(output) = &mut self.output {
            output.close();
        }
    }

    /// What was read from the text, also where that is `{"text": raw}`.
    #[must_use]
    pub fn to_output(&self) -> Value {
        let output = self.output().cloned();
        output.unwrap_or_else(|| json!({ "text": self.raw }))
    }

    /// What it adds to the size of a context, in bytes ([`MOST`](super::MOST)).
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }

    pub(super) fn read(value: &Value) -> Option<Self> {
        let output = value.get("output").cloned();
        let by = By::read(value.get(BY));
        match value.get("raw")? {
            Value::String(raw) => Some(Self {
                by,
                ..Self::new(raw.clone(), output)
            }),
            raws @ Value::Array(texts) => {
                let texts = texts.iter().filter_map(Value::as_str).map(str::len);
                let (output, size) = measured(output, "");
                Some(Self {
                    size: texts.sum::<usize>() + size,
                    raw: String::new(),
                    raws: Some(raws.clone()),
                    output,
                    by,
                })
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
        }
    }
}

impl Failed {
    /// What it adds to the size of a context, in bytes ([`MOST`](super::MOST)).
    #[must_use]
    pub fn size(&self) -> usize {
        self.raw.len() + self.notes.as_ref().map_or(0, String::len)
    }

    pub(super) fn read(value: &Value) -> Option<Self> {
        let index = value.get("index").and_then(Value::as_u64);
        Some(Self {
            raw: value.get("raw")?.as_str()?.to_owned(),
            notes: text(value, "notes"),
            index: index.and_then(|index| usize::try_from(index).ok()),
            by: By::read(value.get(BY)),
        })
    }

    pub(super) fn shown(&self) -> Map<String, Value> {
        let mut shown = Map::new();
        shown.insert("raw".to_owned(), self.raw.as_str().into());
        let notes = self.notes.as_deref().map(Value::from);
        shown.extend(notes.map(|notes| ("notes".to_owned(), notes)));
        let index = self.index.map(Value::from);
        shown.extend(index.map(|index| ("index".to_owned(), index)));
        shown
    }
}

pub(super) fn text(value: &Value, name: &str) -> Option<String> {
    Some(value.get(name)?.as_str()?.to_owned())
}

/// An output that was read from an answer, and its size in bytes.
fn measured(output: Option<Value>, answer: &str) -> (Option<Output>, usize) {
    let size = output.as_ref().map_or(0, json_size);
    (output.map(|output| Output::new(output, size, answer)), size)
}

/// Is the output what a stage without output variables makes of this text?
fn is_text(output: &Value, raw: &str) -> bool {
    let fields = output.as_object().filter(|fields| fields.len() == 1);
    fields
        .and_then(|fields| fields.get("text"))
        .and_then(Value::as_str)
        == Some(raw)
}
