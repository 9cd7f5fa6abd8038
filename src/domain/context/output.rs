//! What was read from a stage's text, kept in little room.

use std::sync::OnceLock;

use serde_json::Value;

/// From so many bytes of compact JSON on it is kept as that. As a value it takes up to twenty times the room, where it
/// is made of many small objects.
const BULKY: usize = 16 * 1024;

/// A value that is kept as its text for as long as nobody reads it, where it is large.
#[derive(Clone, Debug)]
pub(super) struct Output {
    /// Compact JSON; none where the value itself is kept.
    text: Option<Box<str>>,
    value: OnceLock<Value>,
}

impl Output {
    /// A value of so many bytes as compact JSON.
    pub(super) fn new(value: &Value, size: usize) -> Self {
        if size >= BULKY {
            return Self {
                text: Some(value.to_string().into()),
                value: OnceLock::new(),
            };
        }
        Self {
            text: None,
            value: value.clone().into(),
        }
    }

    /// The value, which is kept until it is [closed](Self::close).
    pub(super) fn open(&self) -> &Value {
        self.value.get_or_init(|| {
            let text = self.text.as_deref().unwrap_or_default();
            // What was written from a value is read.
            serde_json::from_str(text).unwrap_or_default()
        })
    }

    /// Gives up the value where its text is kept.
    pub(super) fn close(&mut self) {
        if self.text.is_some() {
            self.value.take();
        }
    }
}

impl PartialEq for Output {
    fn eq(&self, other: &Self) -> bool {
        match (&self.text, &other.text) {
            (Some(one), Some(another)) => one == another,
            (None, None) => self.open() == other.open(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_large_is_kept_as_its_text_and_read_from_it_again_digit_for_digit() {
        let rows = (0..2_000).map(|n| json!({ "n": f64::from(n) / 7.0, "name": "ä" }));
        let value = Value::from(rows.collect::<Vec<_>>());
        let size = value.to_string().len();
        let mut output = Output::new(&value, size);
        assert!(output.value.get().is_none());
        assert_eq!(*output.open(), value);
        output.close();
        assert!(output.value.get().is_none());
        assert_eq!(output, Output::new(&value, size));
    }

    #[test]
    fn what_is_small_stays_as_it_is() {
        let mut output = Output::new(&json!({ "n": 1 }), 7);
        output.close();
        assert!(output.value.get().is_some());
    }
}
