//! One attempt at one stage: call the model, look at how it stopped, parse, validate.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Tools, request};
use crate::clock::Clock;
use crate::domain::context::Entry;
use crate::domain::definition::{PinnedModel, Stage};
use crate::domain::limit;
use crate::domain::output::OutputVariables;
use crate::domain::retry::{MAX_TRANSPORT_FAILURES, MAX_WAIT_IN_SLOT, Outcome, transport_wait};
use crate::domain::usage::Usage;
use crate::domain::validate::judge::{self, JudgeRule};
use crate::domain::validate::{Criteria, Verdict};
use crate::entity::execution_log;
use crate::error::{Error, Result};
use crate::llm::{Answer, CallError, ErrorKind, Finish, MAX_MESSAGE_CHARS};
use crate::service::drive::advance::{self, Finished};
use crate::service::drive::{Attempt, Lease, Output};

/// Pieces of a streamed answer are sent to watchers together, about so often.
const COALESCE: Duration = Duration::from_millis(50);
/// Further tries of a judge that gave no verdict.
const JUDGE_RETRIES: i32 = 2;

/// What the judging of an attempt came to.
pub enum Judged {
    /// There is a verdict, or none is to be had.
    Finished(Box<Finished>),
    /// A person has to judge the output in the log.
    ByPerson(Box<execution_log::Model>),
}

/// Makes an attempt that is logged as started.
///
/// # Errors
/// `Internal` when the pinned definition is unreadable.
pub async fn make(tools: &Tools, lease: &Lease, attempt: &Attempt) -> Result<Judged> {
    let began = Instant::now();
    let mut making = Making {
        tools,
        lease,
        stage: advance::pinned_stage(&lease.definition, attempt.log.stage_order)?,
        attempt,
        log: attempt.log.clone(),
        usage: None,
    };
    let (outcome, output) = match making.reach_output().await? {
        Ok(output) => (making.judge(&output).await?, Some(output)),
        Err(outcome) => (Some(outcome), None),
    };
    Ok(making.close(outcome, output, began.elapsed()))
}

struct Making<'a> {
    tools: &'a Tools,
    lease: &'a Lease,
    stage: &'a Stage,
    attempt: &'a Attempt,
    log: execution_log::Model,
    usage: Option<Usage>,
}

impl Making<'_> {
    /// Steps 1 to 5: from the prompt to a parsed output.
    async fn reach_output(&mut self) -> Result<std::result::Result<Arc<Entry>, Outcome>> {
        let prompt = match &self.attempt.prepared.prompt {
            Ok(prompt) => prompt.clone(),
            Err(error) => {
                let error = error.clone();
                return Ok(Err(Outcome::Hopeless { error }));
            }
        };
        let model = pinned(self.stage.model.as_ref())?;
        let request = request(model, self.stage.flowise_config.as_ref(), (None, prompt));
        let output = self.tools.deps.hub.output(
            self.lease.run.id,
            advance::attempt(&self.attempt.log),
            self.attempt.log.started_seq,
        );
        let answer = call(self.tools, &request, Some(&output)).await;
        let raw = limit::clean(match &answer {
            Ok(answer) => answer.text.clone(),
            Err(_) => output.text(),
        });
        drop(output);
        if !raw.is_empty() {
            self.log.raw_output = Some(raw.clone());
        }
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return Ok(Err(outcome_of(error))),
        };
        self.count(answer.usage);
        if let Some(outcome) = stopped_badly(&answer, &raw) {
            return Ok(Err(outcome));
        }
        let variables = OutputVariables::parse(self.stage.output_variables.as_ref())
            .map_err(Error::internal)?;
        let owner = self.lease.run.user_id;
        let read = self.tools.deps.rules.read(owner, variables, &raw).await?;
        let value = match read {
            Ok(Ok(value)) => value,
            Ok(Err(error)) => return Ok(Err(Outcome::Unusable { error })),
            Err(unapplied) => {
                let error = format!("the parsing of the output {unapplied}");
                return Ok(Err(Outcome::Hopeless { error }));
            }
        };
        let entry = Arc::new(Entry::new(raw, Some(value)));
        let order = self.attempt.log.stage_order;
        if let Err(error) = self.lease.context.make_room(order, &entry) {
            return Ok(Err(Outcome::Hopeless { error }));
        }
        self.log.parsed_output = if self.tools.deps.slots.are_beside_older() {
            Some(entry.to_output())
        } else {
            entry.output().cloned()
        };
        Ok(Ok(entry))
    }

    /// Step 6: the validation of an output. None when it is a person's.
    async fn judge(&mut self, entry: &Entry) -> Result<Option<Outcome>> {
        let raw = entry.raw();
        let criteria = self.stage.validation_criteria.as_ref();
        let criteria = Criteria::parse(self.stage.validation_type, criteria)
            .map_err(|fault| Error::internal(fault.message))?;
        Ok(Some(match criteria {
            Criteria::None => Outcome::Pass { notes: None },
            Criteria::Manual => return Ok(None),
            Criteria::Regex(_) | Criteria::Function(_) => {
                self.apply_rule((raw, &entry.to_output())).await?
            }
            Criteria::Llm(rule) => self.ask_judge(&rule, raw).await?,
        }))
    }

    /// What has come to no answer once would come to none again: there is no further attempt.
    async fn apply_rule(&self, output: (&str, &Value)) -> Result<Outcome> {
        let (rules, owner) = (&self.tools.deps.rules, self.lease.run.user_id);
        let criteria = self.stage.validation_criteria.as_ref();
        let rule = (self.stage.validation_type, criteria);
        let validator = match rules.compile(owner, rule).await? {
            Ok(Some(validator)) => validator,
            Ok(None) => return Err(Error::internal("a rule that is none")),
            Err(fault) => {
                let error = format!("the validation {}", fault.message);
                return Ok(Outcome::Hopeless { error });
            }
        };
        Ok(match rules.check(owner, &validator, output).await? {
            Ok(verdict) => by_rule(verdict),
            Err(unapplied) => Outcome::Hopeless {
                error: format!("the validation {unapplied}"),
            },
        })
    }

    async fn ask_judge(&mut self, rule: &JudgeRule, raw: &str) -> Result<Outcome> {
        let model = pinned(self.stage.judge_model.as_ref())?;
        let mut variables = self.attempt.prepared.variables.clone();
        variables.insert("output".to_owned(), Value::String(raw.to_owned()));
        let prompt = match rule.prompt.render(&variables) {
            Ok(prompt) => prompt,
            Err(error) => {
                return Ok(Outcome::Hopeless {
                    error: format!("the judge's prompt: {error}"),
                });
            }
        };
        let system = Some(judge::SYSTEM_MESSAGE.to_owned());
        let request = request(model, None, (system, prompt));
        let mut broken = String::new();
        for failures in 1..=(1 + JUDGE_RETRIES) {
            let answer = call(self.tools, &request, None).await;
            let wait = match answer {
                Ok(answer) => {
                    self.count(answer.usage);
                    match stopped_badly(&answer, &answer.text) {
                        None => match judge::read_answer(&answer.text) {
                            Ok(verdict) => return Ok(by_rule(verdict)),
                            Err(error) => broken = error,
                        },
                        Some(Outcome::Hopeless { error }) => {
                            broken = error;
                            break;
                        }
                        Some(outcome) => {
                            outcome.error().unwrap_or_default().clone_into(&mut broken);
                        }
                    }
                    Duration::ZERO
                }
                Err(error) => {
                    broken = error.message;
                    let ErrorKind::Transient { retry_after } = error.kind else {
                        break;
                    };
                    let jitter = self.tools.deps.clock.jitter();
                    match transport_wait(
                        failures.min(MAX_TRANSPORT_FAILURES - 1),
                        retry_after,
                        jitter,
                    ) {
                        Some(wait) if wait <= MAX_WAIT_IN_SLOT => wait,
                        Some(_) | None => break,
                    }
                }
            };
            if failures <= JUDGE_RETRIES && !wait.is_zero() {
                let due = self.tools.deps.clock.now()
                    + chrono::TimeDelta::from_std(wait).unwrap_or_default();
                self.tools.deps.clock.sleep_until(due).await;
            }
        }
        Ok(Outcome::Unusable {
            error: format!("the judge gave no verdict: {broken}"),
        })
    }

    fn count(&mut self, usage: Option<Usage>) {
        self.usage = match (self.usage.take(), usage) {
            (Some(before), Some(usage)) => Some(before.plus(usage)),
            (before, usage) => before.or(usage),
        };
    }

    fn close(
        mut self,
        outcome: Option<Outcome>,
        output: Option<Arc<Entry>>,
        took: Duration,
    ) -> Judged {
        self.log.usage = self
            .usage
            .and_then(|usage| serde_json::to_value(usage).ok());
        self.log.duration_ms = Some(i32::try_from(took.as_millis()).unwrap_or(i32::MAX));
        metrics::histogram!("footlight_stage_seconds").record(took.as_secs_f64());
        tracing::info!(
            execution = %self.log.execution_id,
            stage = self.log.stage_order,
            attempt = self.log.attempt_number,
            result = word(outcome.as_ref()),
            ms = self.log.duration_ms,
            "stage"
        );
        match outcome {
            None => Judged::ByPerson(Box::new(self.log)),
            Some(outcome) => Judged::Finished(Box::new(Finished {
                log: self.log,
                outcome,
                output,
            })),
        }
    }
}

const fn word(outcome: Option<&Outcome>) -> &'static str {
    match outcome {
        None => "awaits a decision",
        Some(Outcome::Pass { .. }) => "pass",
        Some(Outcome::Fail { .. }) => "fail",
        Some(Outcome::Unusable { .. } | Outcome::Transport { .. } | Outcome::Hopeless { .. }) => {
            "error"
        }
    }
}

/// Calls the model, with the timeout of a stage, and shows the answer to watchers as it comes.
async fn call(
    tools: &Tools,
    request: &crate::llm::Request,
    output: Option<&Output>,
) -> std::result::Result<Answer, CallError> {
    let began = Instant::now();
    let mut on_text = |piece: &str| {
        if let Some(output) = output {
            output.push(piece);
        }
    };
    let answering = tools.llm.answer(request, &mut on_text);
    let answering = tokio::time::timeout(tools.stage_timeout, answering);
    let answer = match output {
        Some(output) => shown(answering, output, &tools.deps.clock).await,
        None => answering.await,
    };
    let answer = answer.unwrap_or_else(|_| {
        Err(CallError {
            kind: ErrorKind::Transient { retry_after: None },
            message: format!(
                "the model did not answer within {} s",
                tools.stage_timeout.as_secs()
            ),
        })
    });
    measure(request, &answer, began.elapsed());
    answer
}

/// Waits for an answer, and sends what arrives of it to watchers. A timer is armed by a piece that was
/// not sent: thousands of calls wait in silence, and one that says nothing costs nothing.
async fn shown<T>(answering: impl Future<Output = T>, output: &Output, clock: &Clock) -> T {
    let mut answering = pin!(answering);
    let mut timer = pin!(tokio::time::sleep(COALESCE));
    let mut armed = false;
    let answer = poll_fn(|cx| {
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
    .await;
    output.flush(clock.now());
    answer
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

fn outcome_of(error: CallError) -> Outcome {
    match error.kind {
        ErrorKind::Transient { retry_after } => Outcome::Transport {
            error: error.message,
            retry_after,
        },
        ErrorKind::Permanent => Outcome::Hopeless {
            error: error.message,
        },
    }
}

/// Step 4: an answer that stopped for another reason than being complete is no output.
fn stopped_badly(answer: &Answer, raw: &str) -> Option<Outcome> {
    match &answer.finish {
        Finish::Length => Some(Outcome::Unusable {
            error: "the answer was cut off: the model's token limit is reached".to_owned(),
        }),
        Finish::ContentFilter => Some(Outcome::Hopeless {
            error: "the provider's content filter withheld the answer".to_owned(),
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

fn by_rule(verdict: Verdict) -> Outcome {
    let notes = verdict.notes.map(|notes| {
        let end = notes.char_indices().nth(limit::NOTE);
        limit::clean(
            end.map_or(notes.as_str(), |(at, _)| &notes[..at])
                .to_owned(),
        )
    });
    if verdict.pass {
        Outcome::Pass { notes }
    } else {
        Outcome::Fail { notes }
    }
}

fn pinned(model: Option<&PinnedModel>) -> Result<&PinnedModel> {
    model.ok_or_else(|| Error::internal("the pinned definition lacks a model"))
}
