//! What was read from a stage's text, kept in little room.

use std::ops::Range;
use std::sync::OnceLock;

use serde_json::Value;

/// From so many bytes of compact JSON on it is kept as that. As a value it takes up to twenty times the room, where it
/// is made of many small objects.
const BULKY: usize = 16 * 1024;

/// A value, which is kept as text for as long as nobody reads it, where it is large.
#[derive(Clone, Debug)]
pub(super) struct Output {
    kept: Kept,
    value: OnceLock<Value>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kept {
    AsValue,
    /// Here it stands in the answer.
    InAnswer(Range<usize>),
    /// Compact JSON: the answer has it in another form.
    AsText(Box<str>),
}

impl Output {
    /// A value of so many bytes as compact JSON, which was read from `answer`.
    pub(super) fn new(value: &Value, size: usize, answer: &str) -> Self {
        if size < BULKY {
            return Self {
                kept: Kept::AsValue,
                value: value.clone().into(),
            };
        }
        let kept = match place(value, answer) {
            Some(place) => Kept::InAnswer(place),
            None => Kept::AsText(value.to_string().into()),
        };
        Self {
            kept,
            value: OnceLock::new(),
        }
    }

    /// The value, which is kept until it is [closed](Self::close). `answer` is what it was read from.
    pub(super) fn open(&self, answer: &str) -> &Value {
        self.value.get_or_init(|| {
            let text = match &self.kept {
                Kept::AsValue => "",
                Kept::InAnswer(place) => answer.get(place.clone()).unwrap_or_default(),
                Kept::AsText(text) => text,
            };
            // It was read, or written from a value, before it was kept.
            serde_json::from_str(text).unwrap_or_default()
        })
    }

    /// Gives up the value where its text is kept.
    pub(super) fn close(&mut self) {
        if self.kept != Kept::AsValue {
            self.value.take();
        }
    }
}

/// The place in the answer of JSON that means the same.
fn place(value: &Value, answer: &str) -> Option<Range<usize>> {
    let place = answer.find('{')?..answer.rfind('}')? + 1;
    let read: Value = serde_json::from_str(answer.get(place.clone())?).ok()?;
    // Zero is equal to minus zero, and does not read the same.
    let (read, value) = (read.to_string(), value.to_string());
    (read == value).then_some(place)
}

/// Of the same answer.
impl PartialEq for Output {
    fn eq(&self, other: &Self) -> bool {
        self.kept == other.kept
            && (self.kept != Kept::AsValue || self.value.get() == other.value.get())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_large_is_kept_as_text_and_read_from_it_again_digit_for_digit() {
        let rows = (0..2_000).map(|n| json!({ "n": f64::from(n) / 7.0, "name": "ä" }));
        let value = json!({ "rows": rows.collect::<Vec<_>>() });
        let compact = value.to_string();
        let fenced = format!("Here:\n```json\n{value:#}\n```\n");
        let folded = compact.replacen("1.0", "1.00", 1);
        let minus = compact.replacen("0.0", "-0.0", 1);
        let twice = format!("{compact} or {compact}");
        for (answer, is_within) in [
            (&compact, true),
            (&fenced, true),
            (&folded, true),
            (&minus, false),
            (&twice, false),
        ] {
            let mut output = Output::new(&value, compact.len(), answer);
            assert_eq!(
                matches!(output.kept, Kept::InAnswer(_)),
                is_within,
                "{}",
                &answer[..20]
            );
            assert!(output.value.get().is_none());
            assert_eq!(*output.open(answer), value);
            output.close();
            assert!(output.value.get().is_none());
            assert_eq!(output, Output::new(&value, compact.len(), answer));
        }
    }

    #[test]
    fn what_is_small_stays_as_it_is() {
        let mut output = Output::new(&json!({ "n": 1 }), 7, r#"{"n": 1}"#);
        output.close();
        assert!(output.value.get().is_some());
    }
}
