//! How long a model may say nothing, and how long a call may take in all.

use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant as Moment, sleep_until};

use super::Tools;
use crate::domain::definition::Stage;
use crate::llm::Piece;

/// A call whose answer has ended is looked at again after so long, if it has not returned by itself.
const AFTER_END: Duration = Duration::from_secs(2);

/// How long a call may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Without a word.
    pub silence: Duration,
    /// In all.
    pub whole: Duration,
}

/// The limit that a call ran over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    Silence,
    Whole,
}

impl Limits {
    /// Those of a stage's calls, and of its judge's.
    pub(super) fn of(tools: &Tools, stage: &Stage) -> Self {
        let own = stage
            .timeout_seconds
            .and_then(|own| u64::try_from(own).ok());
        let silence = own.map_or(tools.stage_timeout, Duration::from_secs);
        Self {
            silence,
            whole: tools.stage_max.max(silence),
        }
    }
}

/// What came of an answer so far. A word is only noted: whoever waits looks for the last one.
#[derive(Default)]
pub(super) struct Words(Mutex<State>);

#[derive(Clone, Copy, Default)]
struct State {
    last_word: Option<Moment>,
    /// Nothing is to be words before the end.
    streams_not: bool,
    has_ended: bool,
}

impl Words {
    pub fn take(&self, piece: Piece<'_>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match piece {
            Piece::Text(_) | Piece::Thought(_) | Piece::Refusal => {
                state.last_word = Some(Moment::now());
                state.has_ended = false;
            }
            Piece::Silence => state.streams_not = true,
            Piece::End => state.has_ended = true,
        }
    }

    fn state(&self) -> State {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn spoke(&self) -> bool {
        self.state().last_word.is_some()
    }
}

/// Waits for an answer while words come. An answer that has ended needs no limit any more.
pub(super) async fn limited<T>(
    answering: impl Future<Output = T>,
    limits: Limits,
    words: &Words,
) -> std::result::Result<T, Over> {
    let began = Moment::now();
    let end = began + limits.whole;
    let mut answering = pin!(answering);
    let mut timer = pin!(sleep_until(end.min(began + limits.silence)));
    loop {
        tokio::select! {
            biased;
            answer = &mut answering => return Ok(answer),
            () = &mut timer => {}
        }
        let (now, state) = (Moment::now(), words.state());
        let silent = state.last_word.unwrap_or(began) + limits.silence;
        let next = if state.has_ended {
            now + AFTER_END
        } else if now >= silent && !state.streams_not {
            return Err(Over::Silence);
        } else if now >= end {
            return Err(Over::Whole);
        } else if state.streams_not {
            end
        } else {
            end.min(silent)
        };
        timer.as_mut().reset(next);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    /// Long beside what a loaded machine takes to wake a task.
    const UNIT: Duration = Duration::from_millis(50);
    const LIMITS: Limits = Limits {
        silence: UNIT.saturating_mul(10),
        whole: UNIT.saturating_mul(60),
    };
    const TEXT: (u32, Piece<'_>) = (2, Piece::Text("a"));

    /// An answer of these pieces, each so many units after the one before, that returns so long after the last.
    async fn answered(pieces: &[(u32, Piece<'_>)], rest: u32) -> std::result::Result<(), Over> {
        let words = Words::default();
        let answering = async {
            for (pause, piece) in pieces {
                sleep(UNIT * *pause).await;
                words.take(*piece);
            }
            sleep(UNIT * rest).await;
        };
        limited(answering, LIMITS, &words).await
    }

    #[tokio::test]
    async fn texts_thoughts_and_refusals_are_words_and_only_silence_or_the_whole_is_too_long() {
        let thought = (2, Piece::Thought(""));
        assert_eq!(answered(&[thought; 10], 0).await, Ok(()));
        assert_eq!(answered(&[TEXT; 10], 0).await, Ok(()));
        let refusal = (2, Piece::Refusal);
        assert_eq!(answered(&[refusal; 10], 0).await, Ok(()));
        assert_eq!(answered(&[], 20).await, Err(Over::Silence));
        assert_eq!(answered(&[TEXT], 20).await, Err(Over::Silence));
        assert_eq!(answered(&[TEXT; 40], 0).await, Err(Over::Whole));
    }

    #[tokio::test]
    async fn an_answer_that_has_ended_is_waited_for_and_one_that_goes_on_is_not() {
        let end = (1, Piece::End);
        assert_eq!(answered(&[TEXT, end], 20).await, Ok(()));
        assert_eq!(answered(&[TEXT, end, TEXT], 20).await, Err(Over::Silence));
        assert_eq!(answered(&[TEXT, end, TEXT], 2).await, Ok(()));
    }

    #[tokio::test]
    async fn a_call_that_does_not_stream_is_limited_as_a_whole_alone() {
        let silence = (0, Piece::Silence);
        assert_eq!(answered(&[silence], 20).await, Ok(()));
        assert_eq!(answered(&[silence], 80).await, Err(Over::Whole));
    }
}
