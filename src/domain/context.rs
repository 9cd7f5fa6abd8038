//! A run's context: what its stages have brought so far, by their order, where later stages find it.
//!
//! It is kept nowhere as a whole. A run that is taken up again, a rerun, and whoever asks for it make it
//! anew, from what the run began with and from its attempts ([`standing`]).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::limit::json_size;
use super::status::{ExecutionStatus, Reason, ValidationResult};

/// Most bytes of a context: of its texts in UTF-8, and of its outputs as compact JSON where they are more
/// than the text.
pub const MOST: usize = 8 * 1024 * 1024;

/// What the stages of a run have brought. A copy shares the entries.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context(BTreeMap<i32, Arc<Entry>>);

/// What a stage has brought: its model's text, and what was read from it.
#[derive(Debug, PartialEq)]
pub struct Entry {
    raw: String,
    /// None where it is `{"text": raw}`.
    output: Option<Value>,
    size: usize,
}

impl Entry {
    /// A text with what was read from it; the text itself is kept once.
    #[must_use]
    pub fn new(raw: String, output: Option<Value>) -> Self {
        let output = output.filter(|output| !is_text(output, &raw));
        let size = raw.len() + output.as_ref().map_or(0, json_size);
        Self { raw, output, size }
    }

    /// The text.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// What was read from it; none where that is `{"text": raw}`.
    #[must_use]
    pub const fn output(&self) -> Option<&Value> {
        self.output.as_ref()
    }

    /// What was read from the text, also where that is `{"text": raw}`.
    #[must_use]
    pub fn to_output(&self) -> Value {
        let output = self.output.clone();
        output.unwrap_or_else(|| json!({ "text": self.raw }))
    }

    /// What it adds to the size of a context, in bytes ([`MOST`]).
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }

    fn read(value: &Value) -> Option<Self> {
        let raw = value.get("raw")?.as_str()?.to_owned();
        Some(Self::new(raw, value.get("output").cloned()))
    }

    fn whole(&self) -> Value {
        json!({ "output": self.to_output(), "raw": self.raw })
    }

    fn kept(&self) -> Value {
        match &self.output {
            Some(output) => json!({ "output": output, "raw": self.raw }),
            None => json!({ "raw": self.raw }),
        }
    }
}

impl Context {
    /// Reads what a run began with: `{"stage_1": {"output": …, "raw": "…"}, …}`. An output that is missing
    /// is `{"text": raw}`.
    #[must_use]
    pub fn read(value: &Value) -> Self {
        let entries = value.as_object().into_iter().flatten();
        Self(
            entries
                .filter_map(|(key, value)| {
                    let order = key.strip_prefix("stage_")?.parse().ok()?;
                    Some((order, Arc::new(Entry::read(value)?)))
                })
                .collect(),
        )
    }

    /// The context as it is kept for a run to begin with, every text once.
    #[must_use]
    pub fn kept(&self) -> Value {
        self.object(Entry::kept)
    }

    /// The context as callers see it: `{"stage_1": {"output": …, "raw": "…"}, …}`.
    #[must_use]
    pub fn whole(&self) -> Value {
        self.object(Entry::whole)
    }

    /// What the stage at `order` has brought.
    #[must_use]
    pub fn get(&self, order: i32) -> Option<&Entry> {
        self.0.get(&order).map(Arc::as_ref)
    }

    /// Puts what the stage at `order` has brought in the place of what it brought before.
    pub fn set(&mut self, order: i32, entry: Arc<Entry>) {
        self.0.insert(order, entry);
    }

    /// Its size in bytes ([`MOST`]).
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.values().map(|entry| entry.size()).sum()
    }

    /// Makes sure that the context has room for what the stage at `order` brings.
    ///
    /// # Errors
    /// The limit, and by how much it would be passed.
    pub fn make_room(&self, order: i32, entry: &Entry) -> Result<(), String> {
        let others = self.size() - self.get(order).map_or(0, Entry::size);
        let size = others + entry.size();
        if size <= MOST {
            return Ok(());
        }
        Err(format!(
            "the outputs of the run's stages would be {size} bytes together: a run keeps at most {} MiB",
            MOST / (1024 * 1024)
        ))
    }

    fn object(&self, value: impl Fn(&Entry) -> Value) -> Value {
        self.0
            .iter()
            .map(|(order, entry)| (format!("stage_{order}"), value(entry)))
            .collect::<Map<_, _>>()
            .into()
    }
}

/// An attempt of a run, as far as the context depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Past<Id> {
    pub id: Id,
    pub stage_order: i32,
    pub visit: i32,
    pub result: ValidationResult,
}

/// The attempts whose outputs stand in the context, by stage: of each the last one that ended a visit with
/// a verdict. `attempts` are all of the run, oldest first; only the first `count` of them are counted, so
/// that the context is as it was before the next one. `open` is the visit that has not ended
/// ([`open_visit`]).
#[must_use]
pub fn standing<Id: Copy>(
    attempts: &[Past<Id>],
    count: usize,
    open: Option<(i32, i32)>,
) -> BTreeMap<i32, Id> {
    let mut standing = BTreeMap::new();
    let mut later = BTreeMap::new();
    for (index, attempt) in attempts.iter().enumerate().rev() {
        let order = attempt.stage_order;
        let ended = match later.insert(order, attempt.visit) {
            Some(visit) => visit != attempt.visit,
            None => open != Some((order, attempt.visit)),
        };
        let stands = match attempt.result {
            ValidationResult::Pass => true,
            ValidationResult::Fail => ended,
            ValidationResult::Pending | ValidationResult::Error => false,
        };
        if index < count && stands {
            standing.entry(order).or_insert(attempt.id);
        }
    }
    standing
}

/// The visit that a run is in, its stage's order and its number; none once the verdict of a stage has ended
/// the run.
#[must_use]
pub fn open_visit(
    (status, reason): (ExecutionStatus, Option<&str>),
    (order, visit): (Option<i32>, i32),
) -> Option<(i32, i32)> {
    let by_verdict = match status {
        ExecutionStatus::Completed => true,
        ExecutionStatus::Failed => [Reason::StageFailed, Reason::LoopLimit]
            .iter()
            .any(|by| reason == Some(by.as_str())),
        ExecutionStatus::Pending
        | ExecutionStatus::Running
        | ExecutionStatus::Paused
        | ExecutionStatus::Cancelled => false,
    };
    order.filter(|_| !by_verdict).map(|order| (order, visit))
}

/// Is the output what a stage without output variables makes of this text?
fn is_text(output: &Value, raw: &str) -> bool {
    let fields = output.as_object().filter(|fields| fields.len() == 1);
    fields
        .and_then(|fields| fields.get("text"))
        .and_then(Value::as_str)
        == Some(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(raw: &str) -> Arc<Entry> {
        Arc::new(Entry::new(raw.to_owned(), Some(json!({ "text": raw }))))
    }

    #[test]
    fn a_context_is_read_as_it_was_kept_and_holds_each_text_once() {
        let mut context = Context::default();
        context.set(1, text("one"));
        let raw = "{\"n\": 1}".to_owned();
        context.set(20, Arc::new(Entry::new(raw, Some(json!({ "n": 1 })))));
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
        context.set(1, text(&half));
        context.set(2, text(&half));
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
        context.set(1, text("y"));
        assert!(context.make_room(3, &text("y")).is_ok());
    }

    fn past(id: u32, (stage_order, visit): (i32, i32), result: ValidationResult) -> Past<u32> {
        Past {
            id,
            stage_order,
            visit,
            result,
        }
    }

    #[test]
    fn of_each_stage_the_last_verdict_that_ended_a_visit_stands() {
        use ValidationResult::{Error, Fail, Pass, Pending};
        let attempts = [
            past(1, (1, 1), Fail),
            past(2, (1, 1), Pass),
            past(3, (2, 1), Error),
            past(4, (2, 1), Fail),
            past(5, (1, 2), Error),
            past(6, (2, 2), Pass),
            past(7, (3, 1), Fail),
            past(8, (3, 1), Pending),
        ];
        let stands = |count, open| {
            standing(&attempts, count, open)
                .into_iter()
                .collect::<Vec<_>>()
        };
        assert_eq!(stands(8, Some((3, 1))), [(1, 2), (2, 6)]);
        assert_eq!(stands(4, Some((3, 1))), [(1, 2), (2, 4)]);
        assert_eq!(stands(1, Some((3, 1))), []);
        // A fail that a pause keeps from its next attempt has ended no visit, the run's last one has.
        let waiting = &attempts[..7];
        let of = |open| standing(waiting, 7, open).get(&3).copied();
        assert_eq!(of(Some((3, 1))), None);
        assert_eq!(of(Some((3, 2))), Some(7));
        assert_eq!(of(None), Some(7));
    }

    #[test]
    fn a_visit_is_open_until_a_verdict_ends_the_run() {
        let at = |status, reason: Option<Reason>| {
            open_visit((status, reason.map(Reason::as_str)), (Some(2), 3))
        };
        for (status, reason) in [
            (ExecutionStatus::Completed, None),
            (ExecutionStatus::Failed, Some(Reason::StageFailed)),
            (ExecutionStatus::Failed, Some(Reason::LoopLimit)),
        ] {
            assert_eq!(at(status, reason), None);
        }
        for (status, reason) in [
            (ExecutionStatus::Running, None),
            (ExecutionStatus::Paused, Some(Reason::PauseRequested)),
            (ExecutionStatus::Cancelled, Some(Reason::Cancelled)),
            (ExecutionStatus::Failed, Some(Reason::CrashLimit)),
        ] {
            assert_eq!(at(status, reason), Some((2, 3)));
        }
    }
}
