//! How far lines make up JSON, and texts in it.

use memchr::memchr2;
use serde::de::IgnoredAny;

use super::super::mended::mended;

/// How deep in objects and lists a text of JSON stands.
#[derive(Default)]
pub(super) struct Nesting {
    depth: usize,
    pub(super) in_string: bool,
    pub(super) escaped: bool,
    /// It begins a JSON that goes on in another line.
    pub(super) awaits_more: bool,
}

impl Nesting {
    pub(super) fn take(&mut self, text: &[u8]) {
        let mut rest = text;
        while let Some((&byte, after)) = rest.split_first() {
            if std::mem::take(&mut self.escaped) {
                rest = after;
                continue;
            }
            if self.in_string {
                let Some(at) = memchr2(b'"', b'\\', rest) else {
                    return;
                };
                self.escaped = rest[at] == b'\\';
                self.in_string = self.escaped;
                rest = &rest[at + 1..];
                continue;
            }
            rest = after;
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
    }

    pub(super) const fn is_closed(&self) -> bool {
        self.depth == 0 && !self.in_string
    }
}

/// What a line is to a text that it may go on with.
pub(super) enum Within {
    Stays,
    Ends,
    /// A quotation mark stands there and ends no text.
    Cannot,
}

impl Within {
    /// The backslash that may stand before the line is that of an escape.
    pub(super) fn of(line: &[u8], mut escaped: bool) -> Self {
        for (at, byte) in line.iter().enumerate() {
            match byte {
                _ if std::mem::take(&mut escaped) => {}
                b'\\' => escaped = true,
                b'"' => {
                    let after = line[at + 1..].trim_ascii_start().first();
                    let ends = after.is_none_or(|byte| b",:}]".contains(byte));
                    return if ends { Self::Ends } else { Self::Cannot };
                }
                _ => {}
            }
        }
        Self::Stays
    }
}

/// A line of a text without the field that may stand before it.
pub(super) fn text_of(line: &[u8]) -> &[u8] {
    match line.strip_prefix(b"data:") {
        Some(text) => text.strip_prefix(b" ").unwrap_or(text),
        None => line,
    }
}

/// Whether more could make it JSON, with control characters in its texts.
pub(super) fn begins_text(data: &[u8]) -> bool {
    let text = String::from_utf8_lossy(data);
    let mended = mended(&text);
    begins_json(mended.as_deref().unwrap_or(&text).as_bytes())
}

/// Whether more could make it JSON.
pub(super) fn begins_json(line: &[u8]) -> bool {
    let begins = matches!(line.first(), Some(b'{' | b'['));
    begins && serde_json::from_slice::<IgnoredAny>(line).is_err_and(|error| error.is_eof())
}
