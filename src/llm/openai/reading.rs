//! What has been read of an answer, and whether it has come to its end.
//!
//! 1. A word for the end, or `[DONE]` after text, is an end. Text after it withdraws it: a new word,
//!    `[DONE]` or the body's proper end has to follow.
//! 2. An error, or a piece that broke off, costs an answer that has not ended. After an end that no
//!    text followed it is forgiven. What only may be an error is told if no answer comes.
//! 3. After an end only the token counts, `[DONE]` and the body's end are waited for.

use serde_json::Value;

use super::json::Joined;
use super::piece::{Piece, Said, Whole};
use super::reason::{self, Meaning};
use crate::domain::limit;
use crate::domain::usage::Usage;
use crate::llm::{self, Answer, MAX_ANSWER_CHARS, MAX_MESSAGE_CHARS, OnPiece};

/// Why an answer is none.
#[derive(Debug, PartialEq)]
pub(super) enum Trouble {
    /// The provider said so, perhaps with a word for the end.
    Told(Value, Option<String>),
    /// The word for the end says that the stream broke.
    Ended(String),
    /// The stream broke off.
    Broken(String),
    /// It is longer than any that is read.
    TooLong,
}

/// How far an answer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It has not ended.
    Open,
    /// It has ended, for the so manieth time. What may still come is waited for a little; so it is
    /// after a `[DONE]` that nothing went before.
    Ended(usize),
    /// It has ended, and nothing more is to be expected.
    Settled,
    /// It has ended, and what follows is not looked at.
    Over,
}

/// An answer as far as it was read.
pub(super) struct Reading<'a> {
    on_piece: OnPiece<'a>,
    text: Text,
    reasoning: Text,
    refusal: Text,
    chars: usize,
    end: End,
    ends: usize,
    done: bool,
    counted: bool,
    over: bool,
    meaning: Meaning,
    reason: Option<String>,
    usage: Option<Usage>,
    stray: Option<String>,
    /// No text has followed it.
    remark: Option<Value>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    None,
    Said,
    /// Text followed it.
    Withdrawn,
    /// It looked like a whole answer, and is one if nothing follows.
    Perhaps,
}

impl<'a> Reading<'a> {
    pub(super) fn new(on_piece: OnPiece<'a>) -> Self {
        Self {
            on_piece,
            text: Text::default(),
            reasoning: Text::default(),
            refusal: Text::default(),
            chars: 0,
            end: End::None,
            ends: 0,
            done: false,
            counted: false,
            over: false,
            meaning: Meaning::None,
            reason: None,
            usage: None,
            stray: None,
            remark: None,
        }
    }

    pub(super) fn state(&self) -> State {
        match self.end {
            End::Said if self.over => State::Over,
            End::Said if self.done || self.counted => State::Settled,
            End::Said => State::Ended(self.ends),
            End::None if self.done => State::Ended(0),
            End::None | End::Withdrawn | End::Perhaps => State::Open,
        }
    }

    /// Takes what an event says, and hands on what it brings.
    ///
    /// # Errors
    /// What costs the answer.
    pub(super) fn take(&mut self, said: Said) -> Result<(), Trouble> {
        match said {
            _ if self.over => Ok(()),
            Said::Piece(piece) => self.take_piece(piece),
            Said::Error(error) => self.unless_ended(Trouble::Told(error, None)),
            Said::Broken => {
                let how = "a piece of the answer cannot be read".to_owned();
                self.unless_ended(Trouble::Broken(how))
            }
            Said::Done => {
                self.done = true;
                if !self.is_empty() {
                    self.end();
                }
                Ok(())
            }
            Said::Stray(words) => {
                self.keep_stray(&words);
                Ok(())
            }
            Said::Remark(words) => {
                self.remark.get_or_insert(words);
                Ok(())
            }
        }
    }

    /// The body has come to its proper end.
    pub(super) fn close(&mut self) {
        if matches!(self.end, End::Withdrawn | End::Perhaps) {
            self.end();
        }
    }

    /// Something that was no part of an answer, to be told if none comes.
    pub(super) fn keep_stray(&mut self, words: &str) {
        let few = words.chars().take(MAX_MESSAGE_CHARS);
        self.stray.get_or_insert_with(|| few.collect());
    }

    /// The answer, if it has ended.
    ///
    /// # Errors
    /// That the stream broke off, in these words.
    pub(super) fn into_answer(mut self, how: &str) -> Result<Answer, Trouble> {
        if self.end != End::Said {
            if let Some(remark) = self.remark {
                return Err(Trouble::Told(remark, None));
            }
            let stray = self.stray.map(|words| format!(": {words}"));
            return Err(Trouble::Broken(how.to_owned() + &stray.unwrap_or_default()));
        }
        let last = self.text.end();
        if !last.is_empty() {
            (self.on_piece)(llm::Piece::Text(last));
        }
        self.reasoning.end();
        self.refusal.end();
        Ok(Answer {
            text: self.text.whole,
            reasoning: self.reasoning.whole,
            finish: reason::finish(self.meaning, self.refusal.whole),
            reason: self.reason,
            usage: self.usage,
        })
    }

    fn take_piece(&mut self, mut piece: Piece) -> Result<(), Trouble> {
        if piece.is_message && piece.text.starts_with(self.text.whole.as_bytes()) {
            // It says all that came before once more.
            piece.text.drain(..self.text.whole.len());
        }
        let brings_text = !piece.text.is_empty() || !piece.refusal.is_empty();
        let had_ended = self.end == End::Said;
        if brings_text {
            self.done = false;
            self.counted = false;
            self.remark = None;
            self.end = match self.end {
                End::None | End::Perhaps => End::None,
                End::Said | End::Withdrawn => End::Withdrawn,
            };
        }
        let is_first_text = brings_text && self.is_empty();
        if let Some(usage) = piece.usage {
            // Counts that came before ride on every piece, and are no last word.
            self.counted |= had_ended && !brings_text && self.usage.is_none();
            self.count(usage);
        }
        self.take_thought(&piece.thought);
        self.take_text(&piece.text)?;
        self.take_refusal(&piece.refusal)?;
        let word = piece.reason.unwrap_or_default();
        match reason::meaning(&word) {
            Meaning::None => {}
            Meaning::Broken => {
                let word = clean(&word);
                let trouble = match piece.error {
                    Some(error) => Trouble::Told(error, Some(word)),
                    None => Trouble::Ended(word),
                };
                return self.unless_ended(trouble);
            }
            meaning => {
                self.meaning = meaning;
                self.reason = Some(clean(&word));
                self.end();
            }
        }
        match piece.whole {
            Whole::Yes => {
                self.done = true;
                self.end();
            }
            Whole::Perhaps if is_first_text && self.end == End::None => self.end = End::Perhaps,
            Whole::Perhaps | Whole::No => {}
        }
        match piece.error {
            Some(error) => self.unless_ended(Trouble::Told(error, None)),
            None => Ok(()),
        }
    }

    const fn is_empty(&self) -> bool {
        let has_text = !self.text.whole.is_empty() || !self.refusal.whole.is_empty();
        !has_text && !self.text.joined.is_waiting()
    }

    fn take_text(&mut self, text: &[u8]) -> Result<(), Trouble> {
        if text.is_empty() {
            return Ok(());
        }
        let news = self.text.push(text);
        self.chars += news.chars().count();
        if self.chars > MAX_ANSWER_CHARS {
            return Err(Trouble::TooLong);
        }
        if !news.is_empty() {
            (self.on_piece)(llm::Piece::Text(news));
        }
        Ok(())
    }

    fn take_refusal(&mut self, refusal: &[u8]) -> Result<(), Trouble> {
        if refusal.is_empty() {
            return Ok(());
        }
        self.chars += self.refusal.push(refusal).chars().count();
        if self.chars > MAX_ANSWER_CHARS {
            return Err(Trouble::TooLong);
        }
        (self.on_piece)(llm::Piece::Refusal);
        Ok(())
    }

    fn take_thought(&mut self, thought: &[u8]) {
        if thought.is_empty() {
            return;
        }
        let room = MAX_ANSWER_CHARS.saturating_sub(self.reasoning.chars);
        let news = if room >= thought.len() {
            self.reasoning.push(thought)
        } else {
            self.reasoning.push_some(thought, room)
        };
        (self.on_piece)(llm::Piece::Thought(news));
    }

    fn count(&mut self, usage: Usage) {
        let before = self.usage.unwrap_or_default();
        self.usage = Some(Usage {
            prompt_tokens: usage.prompt_tokens.or(before.prompt_tokens),
            completion_tokens: usage.completion_tokens.or(before.completion_tokens),
            total_tokens: usage.total_tokens.or(before.total_tokens),
        });
    }

    fn end(&mut self) {
        if self.end != End::Said {
            self.end = End::Said;
            self.ends += 1;
            (self.on_piece)(llm::Piece::End);
        }
    }

    /// An answer that has ended needs nothing more, whatever happens.
    fn unless_ended(&mut self, trouble: Trouble) -> Result<(), Trouble> {
        if self.end != End::Said {
            return Err(trouble);
        }
        self.over = true;
        Ok(())
    }
}

/// A text that comes in pieces, without what neither database holds.
#[derive(Default)]
struct Text {
    whole: String,
    chars: usize,
    joined: Joined,
}

impl Text {
    /// Adds a piece. Answers what is new.
    fn push(&mut self, piece: &[u8]) -> &str {
        self.push_some(piece, usize::MAX)
    }

    fn push_some(&mut self, piece: &[u8], most: usize) -> &str {
        let mut news = limit::clean(self.joined.push(piece));
        if news.len() > most
            && let Some((end, _)) = news.char_indices().nth(most)
        {
            news.truncate(end);
        }
        let before = self.whole.len();
        self.chars += news.chars().count();
        self.whole.push_str(&news);
        &self.whole[before..]
    }

    fn end(&mut self) -> &'static str {
        let last = self.joined.end();
        self.whole.push_str(last);
        last
    }
}

fn clean(word: &str) -> String {
    limit::clean(word.trim().to_owned())
}
