//! One call of a model: made within the timeout of a stage, shown to watchers as it comes, measured, and
//! charged to its attempt.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use super::Tools;
use super::hearing::{Heard, Hearing};
use crate::clock::Clock;
use crate::domain::retry::Outcome;
use crate::domain::usage::Usage;
use crate::entity::execution_log;
use crate::llm::{Answer, CallError, ErrorKind, Finish, MAX_MESSAGE_CHARS, Piece};
use crate::service::drive::Output;

/// Pieces of a streamed answer are sent to watchers together, about so often.
const COALESCE: Duration = Duration::from_millis(50);

/// Calls the model, with the timeout of a stage, and shows the answer to watchers as it comes. Answers what
/// was heard of it, too, whatever came of the call.
pub(super) async fn call(
    tools: &Tools,
    request: &crate::llm::Request,
    output: Option<&Output>,
) -> (std::result::Result<Answer, CallError>, Heard) {
    let began = Instant::now();
    let system = request.system.as_deref().unwrap_or_default();
    let sent = [request.prompt.as_str(), system];
    let mut hearing = Hearing::new(&sent, output);
    let mut on_piece = |piece: Piece<'_>| hearing.take(piece);
    let answering = tools.llm.answer(request, &mut on_piece);
    let answering = tokio::time::timeout(tools.stage_timeout, answering);
    let answer = match output {
        Some(output) => shown(answering, output, &tools.deps.clock).await,
        None => answering.await,
    };
    let answer = answer.unwrap_or_else(|_| {
        Err(CallError::new(
            ErrorKind::Transient { retry_after: None },
            format!(
                "the model did not answer within {} s",
                tools.stage_timeout.as_secs()
            ),
        ))
    });
    measure(request, &answer, began.elapsed());
    let heard = hearing.end(&answer);
    if let Some(output) = output {
        output.flush(tools.deps.clock.now());
    }
    (answer, heard)
}

/// Waits for an answer, and sends what arrives of it to watchers. A timer is armed by a piece that was
/// not sent: thousands of calls wait in silence, and one that says nothing costs nothing.
async fn shown<T>(answering: impl Future<Output = T>, output: &Output, clock: &Clock) -> T {
    let mut answering = pin!(answering);
    let mut timer = pin!(tokio::time::sleep(COALESCE));
    let mut armed = false;
    poll_fn(|cx| {
        if let Poll::Ready(answer) = answering.as_mut().poll(cx) {
            return Poll::Ready(answer);
        }
        if !armed && output.has_unsent() {
            timer.as_mut().reset(tokio::time::Instant::now() + COALESCE);
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
    answer: &std::result::Result<Answer, CallError>,
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

pub(super) fn outcome_of(error: CallError) -> Outcome {
    match error.kind {
        ErrorKind::Transient { retry_after } => Outcome::Transport {
            error: error.message,
            retry_after,
        },
        ErrorKind::Model => Outcome::Unusable {
            error: error.message,
        },
        ErrorKind::Permanent => Outcome::Hopeless {
            error: error.message,
        },
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
