//! What must come of a body: a small model, which knows nothing of bytes.

use super::bytes::byte;
use super::{COUNTS, Close, Expected, Step, Word};

/// What is known of an answer.
#[derive(Default)]
pub(super) struct Model {
    text: Vec<u16>,
    now: u64,
    /// When the end came that still stands.
    ended: Option<u64>,
    was_withdrawn: bool,
    pub is_settled: bool,
    /// Data has come in the frame of an event.
    pub is_stream: bool,
    /// How often counts came.
    counts: usize,
    /// When `[DONE]` came, and nothing before it.
    done: Option<u64>,
    /// How many pieces have broken off within their text, which whatever comes may go on with.
    damaged: usize,
}

impl Model {
    /// What it has come to, if this step is the last that counts.
    pub fn take(&mut self, step: &Step) -> Option<Expected> {
        if self.damaged > 0 {
            return match step {
                Step::Pause(ms) => self.pause(*ms),
                Step::Done => None,
                // A quotation mark in them ends no text.
                Step::Noise(said) | Step::Error(said) if !said.contains('"') => None,
                _ => Some(self.so_far()),
            };
        }
        match step {
            Step::Piece {
                text, word, beside, ..
            } => {
                if *beside == COUNTS {
                    self.take_counts(text.is_empty());
                }
                self.take_text(text);
                self.take_word(*word)
            }
            Step::Whole { text, word } => {
                self.take_text(text);
                let over = self.take_word(*word);
                if over.is_none() && !self.is_stream {
                    self.ended.get_or_insert(self.now);
                    self.is_settled = true;
                }
                over
            }
            Step::Counts => {
                self.take_counts(true);
                None
            }
            Step::Done if self.text.is_empty() && self.ended.is_none() => {
                self.done.get_or_insert(self.now);
                None
            }
            Step::Done => {
                self.ended.get_or_insert(self.now);
                self.is_settled = true;
                None
            }
            Step::Error(_) => Some(self.so_far()),
            Step::Damaged => {
                self.damaged += 1;
                None
            }
            Step::Noise(_) => None,
            Step::Pause(ms) => self.pause(*ms),
        }
    }

    /// Counts settle an answer that has ended, if they are the first.
    fn take_counts(&mut self, is_all: bool) {
        self.is_settled |= self.ended.is_some() && is_all && self.counts == 0;
        self.counts += 1;
    }

    fn take_text(&mut self, text: &[u16]) {
        if !text.is_empty() {
            self.text.extend(text);
            self.was_withdrawn |= self.ended.take().is_some();
            self.is_settled = false;
            self.done = None;
        }
    }

    fn take_word(&mut self, word: Word) -> Option<Expected> {
        match word {
            Word::Nothing(_) => None,
            Word::Broken(_) => Some(self.so_far()),
            Word::End(_) => {
                self.ended.get_or_insert(self.now);
                self.is_settled |= self.done.is_some();
                None
            }
        }
    }

    fn pause(&mut self, ms: u64) -> Option<Expected> {
        self.now += ms;
        if self.is_settled {
            return Some(self.so_far());
        }
        let since = self.ended.or(self.done)?;
        (self.now - since >= 2000).then(|| self.so_far())
    }

    pub fn close(&self, close: Close) -> Expected {
        match close {
            Close::Properly if self.was_withdrawn && self.damaged == 0 => self.answer(),
            Close::Never if self.ended.or(self.done).is_none() => Expected::Waiting,
            Close::Properly | Close::Lost(_) | Close::Never => self.so_far(),
        }
    }

    pub fn so_far(&self) -> Expected {
        match self.ended {
            Some(_) => self.answer(),
            None => Expected::Nothing,
        }
    }

    fn answer(&self) -> Expected {
        Expected::Answer(joined(&self.text).replace('\0', "\u{fffd}"))
    }
}

/// The text of these units, of which some are bytes of a character that was cut.
fn joined(units: &[u16]) -> String {
    let mut joined = String::new();
    let mut bytes = Vec::new();
    for unit in char::decode_utf16(units.iter().copied()) {
        if let Some(byte) = unit
            .as_ref()
            .err()
            .and_then(|half| byte(half.unpaired_surrogate()))
        {
            bytes.push(byte);
            continue;
        }
        joined.push_str(&String::from_utf8_lossy(&std::mem::take(&mut bytes)));
        joined.push(unit.unwrap_or('\u{fffd}'));
    }
    joined + &String::from_utf8_lossy(&bytes)
}
