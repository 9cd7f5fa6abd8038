//! The output of the attempt under way: pieces put together without gaps or repeats, and cut into
//! lines.

use uuid::Uuid;

use super::event::Delta;

/// Stands below what was shown and is no part of the output.
const WITHDRAWN: &str = "(all this was a thought)";

/// What has been shown of the attempt that was last heard of.
#[derive(Debug, Default)]
pub(super) struct Output {
    log_id: Option<Uuid>,
    /// What has been taken of its output.
    text: String,
    /// How much that is, in code points as the server counts.
    taken: usize,
    line: String,
}

impl Output {
    /// Takes what is new in `delta`, and returns the lines that it completes.
    ///
    /// A piece from the beginning, as the server sends it after a break, repeats what is known, or takes its
    /// place: what was shown can turn out to have been a thought. A piece beyond what is known cannot be
    /// placed; the whole output comes with the stage's end.
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
        if delta.offset == 0 && self.is_withdrawn_by(&delta.text) {
            let mut lines: Vec<_> = self.end_line().into_iter().collect();
            lines.push(WITHDRAWN.to_owned());
            self.text.clear();
            self.taken = 0;
            lines.extend(self.add(&delta.text));
            return lines;
        }
        let fresh: String = delta.text.chars().skip(known).collect();
        self.add(&fresh)
    }

    fn is_withdrawn_by(&self, text: &str) -> bool {
        let repeats = !text.is_empty() && self.text.starts_with(text);
        !repeats && !text.starts_with(&self.text)
    }

    fn add(&mut self, fresh: &str) -> Vec<String> {
        self.text.push_str(fresh);
        self.taken += fresh.chars().count();
        self.line.push_str(fresh);
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
            item_index: None,
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
    fn a_piece_from_the_beginning_takes_the_place_of_what_it_does_not_repeat() {
        let mut output = Output::default();
        output.take(&delta(1, 0, "so\nlet me see"));
        assert_eq!(output.take(&delta(1, 0, "")), ["let me see", WITHDRAWN]);
        assert!(output.take(&delta(1, 0, "Hi")).is_empty());
        assert_eq!(output.take(&delta(1, 0, "Ho\n")), ["Hi", WITHDRAWN, "Ho"]);
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
