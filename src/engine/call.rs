//! One call of a model: made within the limits of a stage, shown to watchers as it comes, measured, and
//! charged to its attempt.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::time::{Instant as Moment, sleep, sleep_until};

use super::Tools;
use crate::clock::Clock;
use crate::domain::definition::Stage;
use crate::domain::retry::{NoVerdict, Outcome};
use crate::domain::streak::FailedCall;
use crate::domain::usage::Usage;
use crate::entity::execution_log;
use crate::llm::{Answer, CallError, ErrorKind, Finish, MAX_MESSAGE_CHARS, Piece};
use crate::service::drive::Output;

/// Pieces of a streamed answer are sent to watchers together, about so often.
const COALESCE: Duration = Duration::from_millis(50);
/// A call whose answer has ended is looked at again after so long, if it has not returned by itself.
const AFTER_END: Duration = Duration::from_secs(2);

/// How long a call may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Without a word.
    silence: Duration,
    /// In all.
    whole: Duration,
}

/// The limit that a call ran over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    Silence,
    Whole,
}

/// A call that brought no answer.
#[derive(Debug)]
pub(super) struct Failure {
    kind: Kind,
    message: String,
    /// What the provider handed back of the answer with its error.
    pub text: Option<String>,
    /// The provider's own word for the end.
    pub reason: Option<String>,
}

/// Whose fault it is.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// The connection's.
    Transport(FailedCall),
    /// The model's, which may do better the next time.
    Model,
    /// The model's, for which nobody waits again as long.
    Endless,
    /// Another call would end alike.
    Hopeless,
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

/// Calls the model, within these limits, and shows the answer to watchers as it comes.
pub(super) async fn call(
    tools: &Tools,
    request: &crate::llm::Request,
    (limits, output): (Limits, Option<&Output>),
) -> std::result::Result<Answer, Failure> {
    let clock = &tools.deps.clock;
    let (began, began_at) = (Instant::now(), clock.now());
    let heard = Heard::default();
    let mut on_piece = |piece: Piece<'_>| {
        heard.take(piece);
        if let (Some(output), Piece::Text(text)) = (output, piece) {
            output.push(text);
        }
    };
    let answering = tools.llm.answer(request, &mut on_piece);
    let answering = limited(answering, limits, &heard);
    let answered = match output {
        Some(output) => shown(answering, output, clock).await,
        None => answering.await,
    };
    let spoke = heard.spoke();
    let answer = match answered {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(Failure::of_call(error, (began_at, spoke))),
        Err(over) => Err(Failure::of_limit(over, limits, (began_at, spoke))),
    };
    measure(request, &answer, began.elapsed());
    answer
}

/// What came of an answer so far. A word is only noted: whoever waits looks for the last one.
#[derive(Default)]
struct Heard(Mutex<State>);

#[derive(Clone, Copy, Default)]
struct State {
    last_word: Option<Moment>,
    /// Nothing is to be heard before the end.
    streams_not: bool,
    has_ended: bool,
}

impl Heard {
    fn take(&self, piece: Piece<'_>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match piece {
            Piece::Text(_) | Piece::Thought(_) => {
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

    fn spoke(&self) -> bool {
        self.state().last_word.is_some()
    }
}

/// Waits for an answer while words come. An answer that has ended needs no limit any more.
async fn limited<T>(
    answering: impl Future<Output = T>,
    limits: Limits,
    heard: &Heard,
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
        let (now, state) = (Moment::now(), heard.state());
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

/// Waits for an answer, and sends what arrives of it to watchers. A timer is armed by a piece that was
/// not sent: thousands of calls wait in silence, and one that says nothing costs nothing.
async fn shown<T>(answering: impl Future<Output = T>, output: &Output, clock: &Clock) -> T {
    let mut answering = pin!(answering);
    let mut timer = pin!(sleep(COALESCE));
    let mut armed = false;
    let answer = poll_fn(|cx| {
        if let Poll::Ready(answer) = answering.as_mut().poll(cx) {
            return Poll::Ready(answer);
        }
        if !armed && output.has_unsent() {
            timer.as_mut().reset(Moment::now() + COALESCE);
            armed = true;
        }
        if armed && timer.as_mut().poll(cx).is_ready() {
            output.flush(clock.now());
            armed = false;
        }
        Poll::Pending
    })
    .await;
    output.flush(clock.now());
    answer
}

fn measure(
    request: &crate::llm::Request,
    answer: &std::result::Result<Answer, Failure>,
    took: Duration,
) {
    let outcome = if answer.is_ok() { "answered" } else { "failed" };
    let provider = request.provider.clone();
    metrics::histogram!("footlight_model_call_seconds", "provider" => provider, "outcome" => outcome)
        .record(took.as_secs_f64());
    let Some(usage) = answer.as_ref().ok().and_then(|answer| answer.usage) else {
        return;
    };
    for (kind, tokens) in [
        ("prompt", usage.prompt_tokens),
        ("completion", usage.completion_tokens),
    ] {
        if let Some(tokens) = tokens.and_then(|tokens| u64::try_from(tokens).ok()) {
            let (provider, model) = (request.provider.clone(), request.model.clone());
            metrics::counter!("footlight_tokens_total", "provider" => provider, "model" => model, "kind" => kind)
                .increment(tokens);
        }
    }
}

impl Failure {
    fn of_call(error: CallError, (began, spoke): (DateTime<Utc>, bool)) -> Self {
        Self {
            kind: match error.kind {
                ErrorKind::Transient { retry_after } => Kind::Transport(FailedCall {
                    began,
                    spoke,
                    retry_after,
                }),
                ErrorKind::Model => Kind::Model,
                ErrorKind::Permanent => Kind::Hopeless,
            },
            message: error.message,
            text: error.text,
            reason: error.reason,
        }
    }

    fn of_limit(over: Over, limits: Limits, (began, spoke): (DateTime<Utc>, bool)) -> Self {
        let (silence, whole) = (limits.silence.as_secs(), limits.whole.as_secs());
        let cut = Kind::Transport(FailedCall {
            began,
            spoke,
            retry_after: None,
        });
        let (kind, message) = match (over, spoke) {
            (Over::Whole, _) => (
                Kind::Endless,
                format!("the answer was not whole after {whole} s"),
            ),
            (Over::Silence, false) => (cut, format!("the model did not answer within {silence} s")),
            (Over::Silence, true) => (
                cut,
                format!("the model broke off: it said nothing more for {silence} s"),
            ),
        };
        Self {
            kind,
            message,
            text: None,
            reason: None,
        }
    }
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        let error = failure.message;
        match failure.kind {
            Kind::Transport(call) => Self::Transport { error, call },
            Kind::Model | Kind::Endless => Self::Unusable { error },
            Kind::Hopeless => Self::Hopeless { error },
        }
    }
}

impl From<Failure> for NoVerdict {
    fn from(failure: Failure) -> Self {
        let error = failure.message;
        match failure.kind {
            Kind::Transport(call) => Self::Unreachable { error, call },
            Kind::Model => Self::Unreadable { error },
            Kind::Endless | Kind::Hopeless => Self::Hopeless { error },
        }
    }
}

/// Step 4: an answer that stopped for another reason than being complete is no output.
pub(super) fn stopped_badly(answer: &Answer, raw: &str) -> Option<Outcome> {
    match &answer.finish {
        Finish::Length => Some(Outcome::Unusable {
            error: "the answer was cut off: the model's token limit is reached".to_owned(),
        }),
        Finish::ContentFilter => Some(Outcome::Hopeless {
            error: "the provider's content filter withheld the answer".to_owned(),
        }),
        Finish::Refusal(text) if text.is_empty() => Some(Outcome::Hopeless {
            error: "the model refused".to_owned(),
        }),
        Finish::Refusal(text) => Some(Outcome::Hopeless {
            error: format!(
                "the model refused: {}",
                text.chars().take(MAX_MESSAGE_CHARS).collect::<String>()
            ),
        }),
        Finish::Stop if raw.trim().is_empty() => Some(Outcome::Unusable {
            error: "the answer is empty".to_owned(),
        }),
        Finish::Stop => None,
    }
}

/// Adds what a call used and how long it took to the log of its attempt.
pub(super) fn charge(log: &mut execution_log::Model, usage: Option<Usage>, took: Duration) {
    if let Some(usage) = usage {
        let before = log.usage.take();
        let before = before.and_then(|usage| serde_json::from_value::<Usage>(usage).ok());
        let sum = before.map_or(usage, |before| before.plus(usage));
        log.usage = serde_json::to_value(sum).ok();
    }
    let took = i32::try_from(took.as_millis()).unwrap_or(i32::MAX);
    log.duration_ms = Some(log.duration_ms.unwrap_or(0).saturating_add(took));
}

#[cfg(test)]
mod tests {
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
        let heard = Heard::default();
        let answering = async {
            for (pause, piece) in pieces {
                sleep(UNIT * *pause).await;
                heard.take(*piece);
            }
            sleep(UNIT * rest).await;
        };
        limited(answering, LIMITS, &heard).await
    }

    #[tokio::test]
    async fn a_text_and_a_thought_are_words_and_only_silence_or_the_whole_is_too_long() {
        let thought = (2, Piece::Thought(""));
        assert_eq!(answered(&[thought; 10], 0).await, Ok(()));
        assert_eq!(answered(&[TEXT; 10], 0).await, Ok(()));
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
