//! A run's context: what its stages have brought so far, by their order, where later stages find it.
//!
//! It is kept nowhere as a whole. A run that is taken up again, a rerun, and whoever asks for it make it
//! anew, from what the run began with and from its attempts ([`standing`]).
//!
//! The end of a visit changes it ([`Context::leave`]): a verdict sets the output, with what whoever judged said of
//! it; without one, an answer that had come to its end stands beside the output of a visit before.

mod entry;
mod output;
mod standing;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use self::entry::{BY, text};
pub use self::entry::{Entry, Failed};
pub use self::standing::{From, Lists, Past, Standing, open_visit, standing};
use super::lineage::By;

/// Most bytes of a context: of its texts in UTF-8, and of its outputs as compact JSON where they are more
/// than the text. What a judge or a person said of an output counts from the next one on.
pub const MOST: usize = 8 * 1024 * 1024;

/// What the stages of a run have brought. A copy shares the texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context {
    stages: BTreeMap<i32, Brought>,
    /// So many visits have left something.
    ends: u64,
}

/// What the visits of a stage have left.
#[derive(Clone, Debug, Default, PartialEq)]
struct Brought {
    output: Option<Judged>,
    /// What the last visit left without a verdict, and when.
    failed: Option<(Arc<Failed>, u64)>,
}

/// An output on which there was a verdict.
#[derive(Clone, Debug, PartialEq)]
struct Judged {
    entry: Arc<Entry>,
    notes: Option<Arc<str>>,
    /// Which of the visits that left something has left it, from 1.
    end: u64,
}

/// What a visit leaves as it ends.
#[derive(Clone, Debug, PartialEq)]
pub enum Left {
    /// There was a verdict: the output, and what whoever judged said of it.
    Output {
        entry: Arc<Entry>,
        notes: Option<String>,
    },
    /// There was none, on an answer that had come to its end.
    Failed(Arc<Failed>),
}

impl Brought {
    fn size(&self) -> usize {
        let output = self.output.as_ref().map_or(0, Judged::size);
        output + self.failed.as_ref().map_or(0, |(failed, _)| failed.size())
    }

    /// What a run began with. What does not say when it was left is numbered by `next`.
    fn read(value: &Value, mut next: impl FnMut(Option<u64>) -> u64) -> Self {
        let output = Entry::read(value).map(|entry| Judged {
            entry: Arc::new(entry),
            notes: text(value, "notes").map(Arc::from),
            end: next(number(value, ENDED)),
        });
        let failed = value.get("failed");
        let failed = failed.and_then(|failed| Some((Failed::read(failed)?, failed)));
        Self {
            output,
            failed: failed.map(|(read, failed)| (Arc::new(read), next(number(failed, ENDED)))),
        }
    }

    /// As callers see it, or as it is kept: every text once, and when it was left, where `ends` are to be kept.
    fn shown(&self, kept: Option<Ends>) -> Value {
        let mut shown = Map::new();
        let ended = |end: u64| {
            let end = kept.filter(|ends| *ends == Ends::Numbered).map(|_| end);
            end.map(|end| (ENDED.to_owned(), end.into()))
        };
        let kept_by = |by: &By| {
            let by = kept.and(by.kept());
            by.map(|by| (BY.to_owned(), by))
        };
        if let Some(Judged { entry, notes, end }) = &self.output {
            let output = match kept {
                Some(_) => entry.output().cloned(),
                None => Some(entry.to_output()),
            };
            shown.extend(output.map(|output| ("output".to_owned(), output)));
            shown.insert("raw".to_owned(), entry.to_raw());
            let notes = notes.as_deref().map(Value::from);
            shown.extend(notes.map(|notes| ("notes".to_owned(), notes)));
            shown.extend(ended(*end));
            shown.extend(kept_by(entry.by()));
        }
        if let Some((left, end)) = &self.failed {
            let mut failed = left.shown();
            failed.extend(ended(*end));
            failed.extend(kept_by(&left.by));
            shown.insert("failed".to_owned(), failed.into());
        }
        shown.into()
    }
}

impl Judged {
    fn size(&self) -> usize {
        self.entry.size() + self.notes.as_ref().map_or(0, |notes| notes.len())
    }
}

/// The name under which it is kept when something was left.
const ENDED: &str = "ended";

/// How it is kept when what was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    /// By numbers.
    Numbered,
    /// It was left in the stages' order, as that of a run is without loops.
    InOrder,
}

impl Context {
    /// Reads what a run began with: `{"stage_1": {"output": …, "raw": "…"}, …}`. An output that is missing
    /// is `{"text": raw}`.
    #[must_use]
    pub fn read(value: &Value) -> Self {
        let stages = value.as_object().into_iter().flatten();
        let stages: BTreeMap<i32, &Value> = stages
            .filter_map(|(key, value)| Some((key.strip_prefix("stage_")?.parse().ok()?, value)))
            .collect();
        let mut ends = 0;
        let mut next = |end: Option<u64>| {
            let end = end.unwrap_or(ends + 1);
            ends = ends.max(end);
            end
        };
        let read = |(order, value)| (order, Brought::read(value, &mut next));
        let brought = stages.into_iter().map(read);
        let brought = brought.filter(|(_, it)| it.output.is_some() || it.failed.is_some());
        Self {
            stages: brought.collect(),
            ends,
        }
    }

    /// The context as it is kept for a run to begin with, every text once.
    #[must_use]
    pub fn kept(&self) -> Value {
        let ends = self.stages.values().flat_map(|it| {
            let output = it.output.as_ref().map(|output| output.end);
            let failed = it.failed.as_ref().map(|(_, end)| *end);
            output.into_iter().chain(failed)
        });
        let ends = if ends.is_sorted() {
            Ends::InOrder
        } else {
            Ends::Numbered
        };
        self.object(|brought| brought.shown(Some(ends)))
    }

    /// The context as callers see it: `{"stage_1": {"output": …, "raw": "…"}, …}`.
    #[must_use]
    pub fn whole(&self) -> Value {
        self.object(|brought| brought.shown(None))
    }

    /// The output of the stage at `order`.
    #[must_use]
    pub fn get(&self, order: i32) -> Option<&Entry> {
        Some(self.judged(order)?.entry.as_ref())
    }

    /// What whoever judged that output said of it.
    #[must_use]
    pub fn notes(&self, order: i32) -> Option<&str> {
        self.judged(order)?.notes.as_deref()
    }

    /// Which of the visits that left something has left that output, from 1.
    #[must_use]
    pub fn end(&self, order: i32) -> Option<u64> {
        Some(self.judged(order)?.end)
    }

    /// What the last visit of the stage at `order` left without a verdict, and which of the visits that left
    /// something it was.
    #[must_use]
    pub fn failed(&self, order: i32) -> Option<(&Failed, u64)> {
        let (failed, end) = self.stages.get(&order)?.failed.as_ref()?;
        Some((failed.as_ref(), *end))
    }

    /// The same with other orders for the stages; what a stage has brought that has none is left out.
    #[must_use]
    pub fn moved(self, order: impl Fn(i32) -> Option<i32>) -> Self {
        let stages = self.stages.into_iter();
        let stages = stages.filter_map(|(old, brought)| Some((order(old)?, brought)));
        Self {
            stages: stages.collect(),
            ends: self.ends,
        }
    }

    /// A visit of the stage at `order` has ended, and left this. What was read of others is given up.
    pub fn leave(&mut self, order: i32, left: Left) {
        self.ends += 1;
        for judged in self.stages.values_mut().flat_map(|it| &mut it.output) {
            // What somebody else still has is given up at the next end.
            if let Some(entry) = Arc::get_mut(&mut judged.entry) {
                entry.close();
            }
        }
        let brought = self.stages.entry(order).or_default();
        match left {
            Left::Output { entry, notes } => {
                brought.output = Some(Judged {
                    entry,
                    notes: notes.map(Arc::from),
                    end: self.ends,
                });
                brought.failed = None;
            }
            Left::Failed(failed) => brought.failed = Some((failed, self.ends)),
        }
    }

    /// Its size in bytes ([`MOST`]).
    #[must_use]
    pub fn size(&self) -> usize {
        self.stages.values().map(Brought::size).sum()
    }

    /// Makes sure that the context has room for what the stage at `order` brings.
    ///
    /// # Errors
    /// The limit, and by how much it would be passed.
    pub fn make_room(&self, order: i32, entry: &Entry) -> Result<(), String> {
        self.make_room_beside(order, 0, entry)
    }

    /// The same beside `accepted` bytes of other items of that stage.
    ///
    /// # Errors
    /// Like [`Context::make_room`].
    pub fn make_room_beside(
        &self,
        order: i32,
        accepted: usize,
        entry: &Entry,
    ) -> Result<(), String> {
        let before = self.stages.get(&order).map_or(0, Brought::size);
        let size = self.size() - before + accepted + entry.size();
        if size <= MOST {
            return Ok(());
        }
        Err(format!(
            "the outputs of the run's stages would be {size} bytes together: a run keeps at most {} MiB",
            MOST / (1024 * 1024)
        ))
    }

    /// Is there room for an answer of so many bytes of the stage at `order`, should there be no verdict on it?
    #[must_use]
    pub fn has_room(&self, order: i32, bytes: usize) -> bool {
        let before = self.failed(order).map_or(0, |(failed, _)| failed.size());
        self.size() - before + bytes <= MOST
    }

    fn judged(&self, order: i32) -> Option<&Judged> {
        self.stages.get(&order)?.output.as_ref()
    }

    fn object(&self, value: impl Fn(&Brought) -> Value) -> Value {
        self.stages
            .iter()
            .map(|(order, brought)| (format!("stage_{order}"), value(brought)))
            .collect::<Map<_, _>>()
            .into()
    }
}

fn number(value: &Value, name: &str) -> Option<u64> {
    value.get(name)?.as_u64()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(raw: &str) -> Arc<Entry> {
        Arc::new(Entry::new(raw.to_owned(), Some(json!({ "text": raw }))))
    }

    fn output(entry: Arc<Entry>) -> Left {
        Left::Output { entry, notes: None }
    }

    fn failed(raw: &str) -> Left {
        Left::Failed(Arc::new(Failed {
            raw: raw.to_owned(),
            notes: Some("why".to_owned()),
            index: None,
            by: By::Nobody,
        }))
    }

    #[test]
    fn a_context_is_read_as_it_was_kept_and_holds_each_text_once() {
        let mut context = Context::default();
        context.leave(1, output(text("one")));
        let raw = "{\"n\": 1}".to_owned();
        context.leave(
            20,
            output(Arc::new(Entry::new(raw, Some(json!({ "n": 1 }))))),
        );
        assert_eq!(
            context.kept(),
            json!({ "stage_1": { "raw": "one" },
                "stage_20": { "raw": "{\"n\": 1}", "output": { "n": 1 } } })
        );
        let whole = json!({ "stage_1": { "raw": "one", "output": { "text": "one" } },
            "stage_20": { "raw": "{\"n\": 1}", "output": { "n": 1 } } });
        assert_eq!(context.whole(), whole);
        // As the version before wrote it, too.
        for written in [context.kept(), whole] {
            assert_eq!(Context::read(&written), context);
        }
        assert_eq!(Context::read(&json!({})), Context::default());
        assert_eq!(context.size(), 3 + 8 + 7);
    }

    #[test]
    fn an_entry_takes_the_place_of_the_one_before_and_the_limit_counts_it_once() {
        let half = "x".repeat(MOST / 2);
        let mut context = Context::default();
        context.leave(1, output(text(&half)));
        context.leave(2, output(text(&half)));
        assert!(context.make_room(1, &text(&half)).is_ok());
        let error = context.make_room(3, &text("y")).unwrap_err();
        assert!(
            error.contains("8388609 bytes") && error.contains("8 MiB"),
            "{error}"
        );
        let structured = Entry::new(half, Some(json!({ "n": 1 })));
        assert!(
            context.make_room(1, &structured).is_err(),
            "the output counts"
        );
        context.leave(1, output(text("y")));
        assert!(context.make_room(3, &text("y")).is_ok());
        let quarter = MOST / 4;
        context.leave(2, failed(&"x".repeat(quarter)));
        assert!(context.has_room(2, MOST / 2 - 1) && !context.has_room(2, MOST / 2));
        assert!(context.has_room(3, quarter - 4) && !context.has_room(3, quarter - 3));
    }

    #[test]
    fn a_visit_without_a_verdict_leaves_the_output_of_one_before_and_the_next_verdict_takes_it_away()
     {
        let mut context = Context::default();
        context.leave(3, failed("{"));
        assert_eq!(context.get(3), None);
        let entry = text("three");
        let notes = Some("good".to_owned());
        context.leave(3, Left::Output { entry, notes });
        assert_eq!(context.failed(3), None);
        context.leave(1, output(text("one")));
        context.leave(3, failed("[1"));
        assert_eq!(
            context.whole(),
            json!({
                "stage_1": { "raw": "one", "output": { "text": "one" } },
                "stage_3": { "raw": "three", "output": { "text": "three" }, "notes": "good",
                    "failed": { "raw": "[1", "notes": "why" } },
            })
        );
        assert_eq!(context.notes(3), Some("good"));
        assert_eq!((context.end(3), context.end(1)), (Some(2), Some(3)));
        assert_eq!(context.failed(3).map(|(_, end)| end), Some(4));
        assert_eq!(context.size(), 3 + 5 + 4 + 2 + 3);
        // When what was left is kept where the order of the stages does not say it.
        assert_eq!(
            context.kept(),
            json!({
                "stage_1": { "raw": "one", "ended": 3 },
                "stage_3": { "raw": "three", "notes": "good", "ended": 2,
                    "failed": { "raw": "[1", "notes": "why", "ended": 4 } },
            })
        );
        assert_eq!(Context::read(&context.kept()), context);
    }
}
