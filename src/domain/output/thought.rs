//! What a model thinks before it answers, where its provider leaves that in the text: `<think>…</think>` ahead
//! of the answer, or thoughts whose opening tag the provider kept to itself.
//!
//! 1. Blanks and thoughts at the head of the text are no part of the answer. A thought that does not end leaves
//!    none.
//! 2. A text that does not begin with a thought is shown as it comes. When the first `</think>` that ends a line
//!    has no opening tag before it, all up to there was a thought, and what was shown is withdrawn.
//! 3. A tag that the messages to the model contain was asked for: it is text.
//!
//! Every piece is looked at once, however the text is cut into pieces.

use memchr::{memchr, memmem};

/// The tags that thoughts stand in. Only the first is understood without its opening one.
const TAGS: [(&str, &str); 3] = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<reasoning>", "</reasoning>"),
];

/// A text as it comes.
#[derive(Debug)]
pub struct Incoming<'a> {
    /// The messages to the model.
    sent: &'a [&'a str],
    /// Which tags these contain; looked at when it matters.
    asked_for: Option<[bool; TAGS.len()]>,
    text: String,
    thoughts: Vec<(usize, usize)>,
    state: State,
    /// Up to where the text was shown.
    shown: usize,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// There are only blanks since `start`, up to `end`, and perhaps the beginning of a tag.
    Head { start: usize, end: usize },
    /// A thought that began at `start` has not ended before `end`.
    Thought {
        close: &'static str,
        start: usize,
        end: usize,
    },
    /// The answer begins at `start`.
    Answer {
        start: usize,
        withdrawal: Withdrawal,
    },
}

/// Can an answer still turn out to have been a thought?
#[derive(Clone, Copy, Debug)]
enum Withdrawal {
    Never,
    /// There was no tag before `end`.
    Perhaps {
        end: usize,
    },
    /// A tag ended at `tag`, with nothing but spaces behind it up to `end`.
    AtLineEnd {
        tag: usize,
        end: usize,
    },
}

/// What a piece adds to what is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown<'a> {
    /// More of the answer; perhaps nothing.
    More(&'a str),
    /// What was shown was a thought: this is the answer so far.
    Instead(&'a str),
}

/// A text taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// All of it.
    pub whole: String,
    /// Where in it the answer begins, in bytes.
    pub start: usize,
    /// The thoughts before the answer.
    pub thoughts: Option<String>,
}

impl Text {
    /// The answer.
    #[must_use]
    pub fn answer(&self) -> &str {
        &self.whole[self.start..]
    }
}

impl<'a> Incoming<'a> {
    /// Nothing yet of an answer to these messages.
    #[must_use]
    pub const fn new(sent: &'a [&'a str]) -> Self {
        Self {
            sent,
            asked_for: None,
            text: String::new(),
            thoughts: Vec::new(),
            state: State::Head { start: 0, end: 0 },
            shown: 0,
        }
    }

    /// Takes a piece of the text.
    pub fn push(&mut self, piece: &str) -> Shown<'_> {
        self.text.push_str(piece);
        let was_withdrawn = self.go_on(false);
        self.show(was_withdrawn)
    }

    /// The text has ended.
    pub fn end(&mut self) -> Shown<'_> {
        let was_withdrawn = self.go_on(true);
        self.show(was_withdrawn)
    }

    /// The text, as far as it came.
    #[must_use]
    pub fn into_text(mut self) -> Text {
        self.go_on(true);
        let start = match self.state {
            State::Answer { start, .. } => start,
            State::Head { .. } => self.text.len(),
            State::Thought { start, .. } => {
                self.thoughts.push((start, self.text.len()));
                self.text.len()
            }
        };
        let thoughts = self.thoughts.iter();
        let thoughts = thoughts.map(|(start, end)| self.text[*start..*end].trim());
        let thoughts: Vec<_> = thoughts.filter(|thought| !thought.is_empty()).collect();
        Text {
            start,
            thoughts: (!thoughts.is_empty()).then(|| thoughts.join("\n\n")),
            whole: self.text,
        }
    }

    fn show(&mut self, was_withdrawn: bool) -> Shown<'_> {
        let start = match self.state {
            State::Answer { start, .. } => start.max(self.shown),
            State::Head { .. } | State::Thought { .. } => self.text.len(),
        };
        let news = &self.text[start..];
        if let State::Answer { .. } = self.state {
            self.shown = self.text.len();
        }
        if was_withdrawn {
            Shown::Instead(news)
        } else {
            Shown::More(news)
        }
    }

    /// Reads on as far as the text has come. Is what was shown withdrawn?
    fn go_on(&mut self, has_ended: bool) -> bool {
        let mut was_withdrawn = false;
        loop {
            let next = match self.state {
                State::Head { start, end } => self.head(start, end, has_ended),
                State::Thought { close, start, end } => self.thought(close, start, end),
                State::Answer { start, withdrawal } => self.answer(start, withdrawal, has_ended),
            };
            was_withdrawn |= matches!(
                (self.state, next),
                (State::Answer { .. }, Some(State::Head { .. }))
            );
            match next {
                Some(next) => self.state = next,
                None => return was_withdrawn,
            }
        }
    }

    fn head(&mut self, start: usize, end: usize, has_ended: bool) -> Option<State> {
        let rest = self.text[end..].trim_start_matches(is_blank);
        let begin = self.text.len() - rest.len();
        self.state = State::Head { start, end: begin };
        let mut may_be_tag = false;
        for (tag, (open, close)) in TAGS.into_iter().enumerate() {
            let (is_tag, is_beginning) = (rest.starts_with(open), open.starts_with(rest));
            if !(is_tag || is_beginning) || asked_for(&mut self.asked_for, self.sent)[tag] {
                continue;
            }
            if is_tag {
                let start = begin + open.len();
                let end = start;
                return Some(State::Thought { close, start, end });
            }
            may_be_tag = true;
        }
        if may_be_tag && !has_ended {
            return None;
        }
        Some(if self.thoughts.is_empty() {
            let withdrawal = Withdrawal::Perhaps { end: 0 };
            State::Answer {
                start: 0,
                withdrawal,
            }
        } else {
            let start = self.first_line(start, begin);
            let withdrawal = Withdrawal::Never;
            State::Answer { start, withdrawal }
        })
    }

    /// Where the first line begins that is not blank: what it is indented by is its own, unless it stands
    /// behind a tag.
    fn first_line(&self, start: usize, begin: usize) -> usize {
        if begin == self.text.len() {
            return begin;
        }
        let blanks = &self.text[start..begin];
        blanks.rfind('\n').map_or(begin, |at| start + at + 1)
    }

    fn thought(&mut self, close: &'static str, start: usize, end: usize) -> Option<State> {
        let found = find(&self.text.as_bytes()[end..], close);
        let Some(found) = found else {
            // The beginning of the tag may have come.
            let end = self.text.len().saturating_sub(close.len() - 1).max(start);
            let end = self.text.floor_char_boundary(end);
            self.state = State::Thought { close, start, end };
            return None;
        };
        self.thoughts.push((start, end + found));
        let start = end + found + close.len();
        Some(State::Head { start, end: start })
    }

    fn answer(&mut self, start: usize, withdrawal: Withdrawal, has_ended: bool) -> Option<State> {
        let (open, close) = TAGS[0];
        let withdrawal = match withdrawal {
            Withdrawal::Never => return None,
            Withdrawal::Perhaps { end } => {
                let news = &self.text.as_bytes()[end..];
                let Some(found) = find(news, close) else {
                    let is_open = find(news, open).is_some();
                    let end = self.text.len().saturating_sub(close.len() - 1).max(end);
                    let end = self.text.floor_char_boundary(end);
                    let withdrawal = if is_open {
                        Withdrawal::Never
                    } else {
                        Withdrawal::Perhaps { end }
                    };
                    self.state = State::Answer { start, withdrawal };
                    return None;
                };
                let tag = end + found + close.len();
                let is_open = find(&news[..found], open).is_some();
                if is_open || asked_for(&mut self.asked_for, self.sent)[0] {
                    Withdrawal::Never
                } else {
                    Withdrawal::AtLineEnd { tag, end: tag }
                }
            }
            Withdrawal::AtLineEnd { tag, end } => {
                let rest = self.text[end..].trim_start_matches([' ', '\t', '\r']);
                let end = self.text.len() - rest.len();
                if rest.is_empty() && !has_ended {
                    let withdrawal = Withdrawal::AtLineEnd { tag, end };
                    self.state = State::Answer { start, withdrawal };
                    return None;
                }
                if rest.is_empty() || rest.starts_with('\n') {
                    self.thoughts.push((0, tag - close.len()));
                    return Some(State::Head {
                        start: tag,
                        end: tag,
                    });
                }
                Withdrawal::Perhaps { end }
            }
        };
        Some(State::Answer { start, withdrawal })
    }
}

fn asked_for(known: &mut Option<[bool; TAGS.len()]>, sent: &[&str]) -> [bool; TAGS.len()] {
    *known.get_or_insert_with(|| {
        TAGS.map(|(open, close)| {
            let contains = |text: &str, tag| find(text.as_bytes(), tag);
            sent.iter().any(|text| {
                contains(text, open)
                    .or_else(|| contains(text, close))
                    .is_some()
            })
        })
    })
}

/// Where the tag stands: most texts have nothing that one could begin with.
fn find(text: &[u8], tag: &str) -> Option<usize> {
    let first = memchr(b'<', text)?;
    let found = memmem::find(&text[first..], tag.as_bytes())?;
    Some(first + found)
}

fn is_blank(character: char) -> bool {
    character.is_whitespace() || character == '\u{feff}'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a watcher of these pieces sees at last, and the text taken apart.
    fn watched(sent: &[&str], pieces: &[&str]) -> (String, Text) {
        let mut incoming = Incoming::new(sent);
        let mut seen = String::new();
        let mut see = |shown: Shown<'_>| match shown {
            Shown::More(text) => seen.push_str(text),
            Shown::Instead(text) => text.clone_into(&mut seen),
        };
        for piece in pieces {
            see(incoming.push(piece));
        }
        see(incoming.end());
        (seen, incoming.into_text())
    }

    fn taken_apart(text: &str) -> (String, Option<String>) {
        let (_, text) = watched(&["say hi", ""], &[text]);
        (text.answer().to_owned(), text.thoughts)
    }

    #[test]
    fn thoughts_at_the_head_are_no_part_of_the_answer() {
        for (text, answer, thoughts) in [
            ("<think>hm</think>Hi", "Hi", "hm"),
            ("<think>\nhm\n</think>\n\nHi\n", "Hi\n", "hm"),
            (" \n<thinking>hm</thinking> Hi", "Hi", "hm"),
            ("\u{feff}<reasoning>hm</reasoning>\r\nHi", "Hi", "hm"),
            (
                "<think>a <think> b</think>c</think>",
                "c</think>",
                "a <think> b",
            ),
            ("<think>a</think>\n<think>b</think>\nHi", "Hi", "a\n\nb"),
            ("<think>hm</think>\n\n    indented", "    indented", "hm"),
            ("<think>hm</think> \n ", "", "hm"),
            ("<think>hm", "", "hm"),
            ("<think>hm</thin", "", "hm</thin"),
            ("let me see\n</think>\n\nHi", "Hi", "let me see"),
            ("so </think>  \r\nHi", "Hi", "so"),
            ("a </think> tag\n</think>\nHi", "Hi", "a </think> tag"),
            ("all</think>\nHi\n</think>\nyou", "Hi\n</think>\nyou", "all"),
            ("let me see</think>", "", "let me see"),
        ] {
            assert_eq!(
                taken_apart(text),
                (answer.to_owned(), Some(thoughts.to_owned())),
                "{text}"
            );
        }
        for text in [
            "<think></think>Hi",
            "<think>\n\n</think>\n\nHi",
            "</think>\nHi",
        ] {
            assert_eq!(taken_apart(text), ("Hi".to_owned(), None), "{text}");
        }
    }

    #[test]
    fn all_else_is_the_answer() {
        for text in [
            "",
            " \n",
            "Hi",
            "  Hi ",
            "<",
            "<thin",
            "<thinks>a</thinks>",
            "Hi <think>hm</think>\nyou",
            "Hi <think>\nhm\n</think>\nyou",
            "close with </think> or not",
            "<Think>hm</Think>Hi",
            "a</thinking>\nHi",
        ] {
            assert_eq!(taken_apart(text), (text.to_owned(), None), "{text}");
        }
    }

    #[test]
    fn a_tag_that_was_asked_for_is_text_and_others_are_not() {
        let text = "<think>hm</think>\nHi";
        for sent in [["use <think>", ""], ["", "end with </think>"]] {
            assert_eq!(watched(&sent, &[text]).1.answer(), text);
            let lone = "hm\n</think>\nHi";
            assert_eq!(watched(&sent, &[lone]).1.answer(), lone);
            let other = "<thinking>hm</thinking>\nHi";
            assert_eq!(watched(&sent, &[other]).1.answer(), "Hi");
        }
    }

    #[test]
    fn what_was_shown_of_a_thought_without_an_opening_tag_is_withdrawn() {
        let mut incoming = Incoming::new(&[]);
        assert_eq!(incoming.push("so"), Shown::More("so"));
        assert_eq!(incoming.push("</think>"), Shown::More("</think>"));
        assert_eq!(incoming.push(" "), Shown::More(" "));
        assert_eq!(incoming.push("\n"), Shown::Instead(""));
        assert_eq!(incoming.push("\nHi"), Shown::More("Hi"));
        assert_eq!(incoming.push("</think>\n"), Shown::More("</think>\n"));
        assert_eq!(incoming.end(), Shown::More(""));
        let text = incoming.into_text();
        assert_eq!((text.answer(), text.start), ("Hi</think>\n", 13));
    }

    #[test]
    fn nothing_is_shown_while_a_tag_is_open() {
        let mut incoming = Incoming::new(&[]);
        for piece in ["\n", "<th", "ink>", "so", "</thin", "k>", "\n"] {
            assert_eq!(incoming.push(piece), Shown::More(""), "{piece}");
        }
        assert_eq!(incoming.push("\nHi"), Shown::More("Hi"));
    }

    proptest! {
        #[test]
        fn however_a_text_is_cut_the_same_is_shown_and_kept(
            parts in prop::collection::vec(prop::sample::select(vec![
                "<think>", "</think>", "<thinking>", "</thinking>", "<", "think", ">", "\n", " ", "ä", "x",
            ]), 0..14),
            cuts in prop::collection::vec(0_usize..100, 0..8))
        {
            let whole = parts.concat();
            let mut cuts: Vec<_> = cuts.iter().map(|cut| whole.floor_char_boundary(*cut)).collect();
            cuts.extend([0, whole.len()]);
            cuts.sort_unstable();
            let pieces: Vec<_> = cuts.windows(2).map(|cut| &whole[cut[0]..cut[1]]).collect();
            let (seen, text) = watched(&[], &pieces);
            prop_assert_eq!(&seen, text.answer());
            prop_assert_eq!(&text, &watched(&[], &[&whole]).1);
            prop_assert_eq!(text.whole, whole);
        }
    }
}
