//! What was read from a stage's text, kept in little room.

use std::ops::Range;
use std::sync::OnceLock;

use serde_json::Value;

/// From so many bytes of compact JSON on it is kept as text. As a value it takes up to twenty times the room, where it
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
    /// Compact JSON: the answer says it in another way.
    AsText(Box<str>),
}

impl Output {
    /// A value of so many bytes as compact JSON, which was read from `answer`. It stays open until it is
    /// [closed](Self::close).
    pub(super) fn new(value: Value, size: usize, answer: &str) -> Self {
        let kept = if size < BULKY {
            Kept::AsValue
        } else {
            let text = value.to_string();
            match place(&text, answer) {
                Some(place) => Kept::InAnswer(place),
                None => Kept::AsText(text.into()),
            }
        };
        Self {
            kept,
            value: value.into(),
        }
    }

    /// The value, which is kept from here on. `answer` is what it was read from.
    pub(super) fn open(&self, answer: &str) -> &Value {
        self.value.get_or_init(|| {
            let text = match &self.kept {
                Kept::AsValue => "",
                Kept::InAnswer(place) => answer.get(place.clone()).unwrap_or_default(),
                Kept::AsText(text) => text,
            };
            // What was written from a value is read.
            serde_json::from_str(text).unwrap_or_default()
        })
    }

    /// Gives up the value where its text is kept.
    pub(super) fn close(&mut self) -> Option<Value> {
        match self.kept {
            Kept::AsValue => None,
            Kept::InAnswer(_) | Kept::AsText(_) => self.value.take(),
        }
    }
}

/// The place of this compact JSON in the answer, whatever blanks stand there between its parts.
fn place(json: &str, answer: &str) -> Option<Range<usize>> {
    let place = answer.find('{')?..answer.rfind('}')? + 1;
    let mut expected = json.bytes();
    let (mut in_string, mut is_escaped) = (false, false);
    for byte in answer.get(place.clone())?.bytes() {
        if !in_string && matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            continue;
        }
        if expected.next() != Some(byte) {
            return None;
        }
        if byte == b'"' && !is_escaped {
            in_string = !in_string;
        }
        is_escaped = byte == b'\\' && !is_escaped;
    }
    expected.next().is_none().then_some(place)
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
        let rows = (0..2_000).map(|n| json!({ "n": f64::from(n) / 7.0, "name": "ä \\\" {" }));
        let value = json!({ "rows": rows.collect::<Vec<_>>() });
        let compact = value.to_string();
        let fenced = format!("Here:\n```json\n{value:#}\n```\n");
        let other_digits = compact.replacen("0.0", "-0.0", 1);
        let other_blanks = compact.replacen("ä ", "ä  ", 1);
        let twice = format!("{compact} or {compact}");
        for (answer, is_there) in [
            (&compact, true),
            (&fenced, true),
            (&other_digits, false),
            (&other_blanks, false),
            (&twice, false),
        ] {
            let mut output = Output::new(value.clone(), compact.len(), answer);
            assert_eq!(matches!(output.kept, Kept::InAnswer(_)), is_there);
            assert_eq!(output.close().as_ref(), Some(&value));
            assert!(output.value.get().is_none());
            assert_eq!(*output.open(answer), value);
            output.close();
            assert_eq!(output, Output::new(value.clone(), compact.len(), answer));
        }
    }

    #[test]
    fn what_is_small_stays_as_it_is() {
        let mut output = Output::new(json!({ "n": 1 }), 7, r#"{"n": 1}"#);
        output.close();
        assert!(output.value.get().is_some());
    }
}
