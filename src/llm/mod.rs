//! Calling a language model: what is asked, what comes back, and what a failure means for the next
//! try. Whether to try again is the caller's decision; nothing in here does it.

mod demo;
mod openai;
pub mod provider;

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value};

use crate::domain::usage::Usage;

/// The longest answer that is read, in characters. A longer one ends the call as an error.
pub const MAX_ANSWER_CHARS: usize = 1 << 20;

/// The longest [`CallError::message`], in characters.
pub const MAX_MESSAGE_CHARS: usize = 300;

/// Gets each piece of an answer as it arrives.
///
/// An alias, because `async_trait` takes the elided lifetime of `FnMut(&str)` for its own.
pub type OnText<'a> = &'a mut (dyn FnMut(&str) + Send);

/// Something that answers prompts.
#[async_trait]
pub trait Llm: Send + Sync {
    /// Asks once. `on_text` gets each piece of the answer as it arrives, so that the caller still
    /// has the beginning of an answer whose end never came.
    ///
    /// There is no time limit in here: a caller that has waited long enough drops the future, and
    /// the HTTP request goes with it.
    ///
    /// # Errors
    ///
    /// Whatever kept the provider from ending its answer. A cut-off, filtered or refused answer is
    /// no error but a [`Finish`].
    async fn answer(&self, request: &Request, on_text: OnText<'_>) -> Result<Answer, CallError>;
}

/// One prompt for one model.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Name of a configured provider: "openai".
    pub provider: String,
    /// What the provider calls the model.
    pub model: String,
    /// Our instruction ahead of the prompt, as a judge gets it.
    pub system: Option<String>,
    /// The rendered prompt, sent as the user's message.
    pub prompt: String,
    /// The model's defaults overlaid by the stage's, passed through to the body of the provider's
    /// request. `model`, `messages`, `stream`, `stream_options` and `n` are ours and win over it.
    pub config: Map<String, Value>,
}

/// A whole answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// All the text, as `on_text` got it in pieces. It may be empty.
    pub text: String,
    /// Why the model stopped.
    pub finish: Finish,
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
}

/// Whether asking again may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// It may: a time-out, a lost connection, 408, 409, 429, 5xx, a stream that broke.
    Transient {
        /// How long the provider asked us to wait.
        retry_after: Option<Duration>,
    },
    /// It will fail again until somebody changes something.
    Permanent,
}
