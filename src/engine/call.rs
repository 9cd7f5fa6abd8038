//! One call of a model: made within the limits of a stage, shown to watchers as it comes, measured, and
//! charged to its attempt.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::time::{Instant as Moment, sleep};

use super::hearing::{Heard, Hearing};
use super::limits::{Limits, Over, Words, limited};
use super::{Tools, texts};
use crate::clock::Clock;
use crate::domain::retry::{NoVerdict, Outcome};
use crate::domain::streak::FailedCall;
use crate::domain::usage::Usage;
use crate::entity::execution_log;
use crate::llm::{Answer, CallError, ErrorKind, Finish, MAX_MESSAGE_CHARS, Piece};
use crate::service::drive::Output;

/// Pieces of a streamed answer are sent to watchers together, about so often.
const COALESCE: Duration = Duration::from_millis(50);
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

/// Calls the model, within these limits, and shows the answer to watchers as it comes. Answers what was heard
/// of it, too, whatever came of the call.
pub(super) async fn call(
    tools: &Tools,
    request: &crate::llm::Request,
    (limits, output): (Limits, Option<&Output>),
) -> (std::result::Result<Answer, Failure>, Heard) {
    let clock = &tools.deps.clock;
    let (began, began_at) = (Instant::now(), clock.now());
    let sent = texts(request);
    // Nobody asks a judge for thoughts: the answer that it judges may only speak of their tags.
    let sent = if output.is_some() { &sent[..] } else { &[] };
    let (words, mut hearing) = (Words::default(), Hearing::new(sent, output));
    let mut on_piece = |piece: Piece<'_>| {
        words.take(piece);
        hearing.take(piece);
    };
    let answering = tools.llm.answer(request, &mut on_piece);
    let answering = limited(answering, limits, &words);
    let answered = match output {
        Some(output) => shown(answering, output, clock).await,
        None => answering.await,
    };
    let spoke = words.spoke();
    let answer = match answered {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(Failure::of_call(error, (began_at, spoke))),
        Err(over) => Err(Failure::of_limit(over, limits, (began_at, spoke))),
    };
    measure(request, &answer, began.elapsed());
    let heard = hearing.end(
        answer
            .as_ref()
            .err()
            .and_then(|failure| failure.text.as_deref()),
    );
    if let Some(output) = output {
        output.flush(clock.now());
    }
    (answer, heard)
}

/// Waits for an answer, and sends what arrives of it to watchers. A timer is armed by a piece that was
/// not sent: thousands of calls wait in silence, and one that says nothing costs nothing.
async fn shown<T>(answering: impl Future<Output = T>, output: &Output, clock: &Clock) -> T {
    let mut answering = pin!(answering);
    let mut timer = pin!(sleep(COALESCE));
    let mut armed = false;
    poll_fn(|cx| {
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
    .await
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
    /// Is it an answer that the provider handed back, for it is not what was asked for?
    pub(super) const fn is_of_answer(&self) -> bool {
        matches!(self.kind, Kind::Model) && self.text.is_some()
    }

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
pub(super) fn stopped_badly(answer: &Answer, heard: &Heard) -> Option<Outcome> {
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
        Finish::Stop if heard.text.answer().trim().is_empty() => Some(Outcome::Unusable {
            error: match heard.reasoning {
                None => "the answer is empty".to_owned(),
                Some(_) => "the answer is empty: the model has done nothing but think".to_owned(),
            },
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
