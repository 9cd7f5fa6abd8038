//! Calling a language model: what is asked, what comes back, and what a failure means for the next
//! try. Whether to try again is the caller's decision; nothing in here does it.

mod carried;
mod demo;
mod openai;
pub mod provider;

use std::time::Duration;

use async_trait::async_trait;

use crate::domain::form::Form;
use crate::domain::setting::Settings;
use crate::domain::turns::Turn;
use crate::domain::usage::Usage;

/// The longest answer that is read, in characters. A longer one ends the call as an error.
pub const MAX_ANSWER_CHARS: usize = 1 << 20;

/// The longest [`CallError::message`], in characters.
pub const MAX_MESSAGE_CHARS: usize = 300;

/// The longest [`Answer::reason`], in characters.
pub const MAX_REASON_CHARS: usize = 100;

/// What a model says, as it arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Part of the answer's text, never empty.
    Text(&'a str),
    /// Part of what the model thinks before it answers, where the provider tells it apart. It is
    /// empty once there is more of it than [`MAX_ANSWER_CHARS`]: a sign of life, no more.
    Thought(&'a str),
    /// The model declines, in words that are no part of an answer.
    Refusal,
    /// The call does not stream: nothing is heard before the whole answer.
    Silence,
    /// The provider has said that the answer is whole. The call ends by itself from here on, 2 s later
    /// at most, and needs no limit, unless more text comes after all.
    End,
}

/// Gets each piece of an answer as it arrives.
///
/// An alias, because `async_trait` takes the elided lifetime of `FnMut(Piece<'_>)` for its own.
pub type OnPiece<'a> = &'a mut (dyn FnMut(Piece<'_>) + Send);

/// Something that answers prompts.
#[async_trait]
pub trait Llm: Send + Sync {
    /// Asks once. `on_piece` gets each piece of the answer as it arrives, so that the caller still
    /// has the beginning of an answer whose end never came.
    ///
    /// There is no time limit in here: a caller that has waited long enough drops the future, and
    /// the HTTP request goes with it.
    ///
    /// # Errors
    ///
    /// Whatever kept the provider from ending its answer. A cut-off, filtered or refused answer is
    /// no error but a [`Finish`].
    async fn answer(&self, request: &Request, on_piece: OnPiece<'_>) -> Result<Answer, CallError>;
}

/// One prompt for one model.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Name of a configured provider: "openai".
    pub provider: String,
    /// What the provider calls the model.
    pub model: String,
    /// The system message: a stage's, or our instruction to a judge.
    pub system: Option<String>,
    /// The turns between it and the prompt.
    pub turns: Vec<Turn>,
    /// The rendered prompt, sent as the user's message.
    pub prompt: String,
    /// The model's defaults overlaid by the stage's.
    pub settings: Settings,
    /// The form that the answer is to have, which is asked for where the model takes one.
    pub schema: Option<Form>,
}

/// A whole answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// All the text, as `on_piece` got it. It may be empty.
    pub text: String,
    /// All the thoughts, as `on_piece` got them. Empty where the provider tells of none.
    pub reasoning: String,
    /// Why the model stopped.
    pub finish: Finish,
    /// The same in the provider's own word, at most [`MAX_REASON_CHARS`] characters; none where it
    /// gave none.
    pub reason: Option<String>,
    /// What the call took, if the provider said.
    pub usage: Option<Usage>,
}

/// Why the model stopped writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finish {
    /// It had said everything.
    Stop,
    /// It ran into its token limit: the text is a beginning.
    Length,
    /// The provider's filter stopped it.
    ContentFilter,
    /// The model declined, in these words.
    Refusal(String),
}

/// A call that did not come to an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CallError {
    /// Whether asking again may help.
    pub kind: ErrorKind,
    /// Safe to show and to store: no key, no credentials of a URL, at most
    /// [`MAX_MESSAGE_CHARS`] characters.
    pub message: String,
    /// What the model wrote, where the provider handed it back with its error; `on_piece` did not get
    /// it.
    pub text: Option<String>,
    /// The provider's own word for the end, where that was the error.
    pub reason: Option<String>,
}

impl CallError {
    /// A failure of this kind, in these words.
    #[must_use]
    pub const fn new(kind: ErrorKind, message: String) -> Self {
        Self {
            kind,
            message,
            text: None,
            reason: None,
        }
    }
}

/// Whether asking again may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// It may: a time-out, a lost connection, 408, 409, 429, 5xx, a stream that broke.
    Transient {
        /// How long the provider asked us to wait, in whatever form.
        retry_after: Option<Duration>,
    },
    /// It may: what the model wrote is not what it was asked for, and the provider refused to hand
    /// that on as an answer.
    Model,
    /// It will fail again until somebody changes something.
    Permanent,
}
