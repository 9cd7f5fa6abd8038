//! The output of the attempt under way: pieces put together without gaps or repeats, and cut into
//! lines.

use uuid::Uuid;

use super::event::Delta;

/// What has been shown of the attempt that was last heard of.
#[derive(Debug, Default)]
pub(super) struct Output {
    log_id: Option<Uuid>,
    /// How much of its output has been taken, in code points as the server sends them.
    taken: usize,
    line: String,
}

impl Output {
    /// Takes what is new in `delta`, and returns the lines that it completes.
    ///
    /// A piece from the beginning, as the server sends it after a break, repeats what is known. A
    /// piece beyond what is known cannot be placed; the whole output comes with the stage's end.
    pub(super) fn take(&mut self, delta: &Delta) -> Vec<String> {
        if self.log_id != Some(delta.log_id) {
            *self = Self {
                log_id: Some(delta.log_id),
                ..Self::default()
            };
        }
        let Some(known) = self.taken.checked_sub(delta.offset) else {
            return Vec::new();
        };
        let fresh: String = delta.text.chars().skip(known).collect();
        self.taken += fresh.chars().count();
        self.line.push_str(&fresh);
        let mut lines: Vec<_> = self.line.split('\n').map(str::to_owned).collect();
        self.line = lines.pop().unwrap_or_default();
        lines
    }

    /// The line that is not complete yet.
    pub(super) fn open_line(&self) -> &str {
        &self.line
    }

    /// Cuts the open line at its last space when it is longer than `limit` bytes.
    pub(super) fn cut_line(&mut self, limit: usize) -> Option<String> {
        let space = self.line.rfind(' ').filter(|_| self.line.len() > limit)?;
        let tail = self.line.split_off(space + 1);
        Some(std::mem::replace(&mut self.line, tail))
    }

    /// Ends the open line, if there is one.
    pub(super) fn end_line(&mut self) -> Option<String> {
        Some(std::mem::take(&mut self.line)).filter(|line| !line.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delta(log: u128, offset: usize, text: &str) -> Delta {
        Delta {
            log_id: Uuid::from_u128(log),
            offset,
            text: text.to_owned(),
        }
    }

    #[test]
    fn pieces_are_put_together_without_repeats() {
        let mut output = Output::default();
        assert!(output.take(&delta(1, 0, "Ça v")).is_empty());
        assert!(output.take(&delta(1, 0, "Ça va")).is_empty());
        assert!(output.take(&delta(1, 3, "va")).is_empty());
        assert_eq!(output.take(&delta(1, 5, "\n\nBon")), ["Ça va", ""]);
        assert!(output.take(&delta(1, 99, "lost")).is_empty());
        assert_eq!(output.open_line(), "Bon");
        assert!(output.take(&delta(1, 10, "")).is_empty());
    }

    #[test]
    fn another_attempt_begins_afresh() {
        let mut output = Output::default();
        output.take(&delta(1, 0, "first"));
        assert_eq!(output.end_line().as_deref(), Some("first"));
        output.take(&delta(2, 0, "second"));
        assert_eq!(output.open_line(), "second");
        assert_eq!(output.end_line().as_deref(), Some("second"));
        assert_eq!(output.end_line(), None);
    }

    #[test]
    fn a_long_line_is_cut_between_words() {
        let mut output = Output::default();
        output.take(&delta(1, 0, "one two thr"));
        assert_eq!(output.cut_line(20), None);
        assert_eq!(output.cut_line(10).as_deref(), Some("one two "));
        assert_eq!(output.open_line(), "thr");
        assert_eq!(output.cut_line(2), None);
    }
}
