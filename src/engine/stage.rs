//! One attempt at one stage: call the model, look at how it stopped, parse, validate. An answer that another
//! model judges is only handed back, to be kept; the attempt then goes on with its judge ([`super::judge`]).

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::call::{Failure, call, charge, stopped_badly};
use super::hearing::Heard;
use super::limits::Limits;
use super::{Tools, request, too_long};
use crate::domain::context::Entry;
use crate::domain::definition::{PinnedModel, Stage};
use crate::domain::for_each::NO_ITEMS;
use crate::domain::form::Form;
use crate::domain::limit;
use crate::domain::retry::{NoVerdict, Outcome};
use crate::domain::validate::{Criteria, Kind, Verdict};
use crate::entity::execution_log;
use crate::error::{Error, Result};
use crate::llm::Finish;
use crate::service::drive::advance::{self, Finished};
use crate::service::drive::{Attempt, Scene};

/// What the judging of an attempt came to.
pub enum Judged {
    /// There is a verdict, or none is to be had.
    Finished(Box<Finished>),
    /// A person has to judge the output in the log.
    ByPerson(Box<execution_log::Model>),
    /// Another model has to judge the output in the log.
    ByModel(Box<execution_log::Model>),
    /// That model was asked, in vain.
    NoVerdict(Box<execution_log::Model>, NoVerdict),
}

/// Makes an attempt that is logged as started.
///
/// # Errors
/// `Internal` when the pinned definition is unreadable.
pub async fn make(tools: &Tools, scene: &Scene, attempt: &Attempt) -> Result<Judged> {
    if attempt.passes {
        return Ok(passed(attempt));
    }
    let stage = advance::pinned_stage(&scene.definition, attempt.log.stage_order)?;
    let began = Instant::now();
    let mut making = Making {
        tools,
        scene,
        stage,
        attempt,
        log: attempt.log.clone(),
    };
    let (outcome, output) = match making.reach_output().await? {
        Ok(output) => (making.judge(&output).await?, Some(output)),
        Err(outcome) => (Some(outcome), None),
    };
    let mut log = making.log;
    charge(&mut log, None, began.elapsed());
    Ok(match outcome {
        Some(outcome) => Judged::finished(log, outcome, output),
        None if stage.validation_type == Kind::Llm => Judged::ByModel(Box::new(log)),
        None => {
            report(&log, "awaits a decision");
            Judged::ByPerson(Box::new(log))
        }
    })
}

/// What passes without a call: a list without items, whose answer is that, and an item that is null.
fn passed(attempt: &Attempt) -> Judged {
    let mut log = attempt.log.clone();
    let output = log.item_index.is_none().then(|| {
        log.raw_output = Some(NO_ITEMS.to_owned());
        Arc::new(Entry::of_items(&[]))
    });
    log.parsed_output = output.as_ref().map(|output| output.to_output());
    charge(&mut log, None, Duration::ZERO);
    Judged::finished(log, Outcome::Pass { notes: None }, output)
}

struct Making<'a> {
    tools: &'a Tools,
    scene: &'a Scene,
    stage: &'a Stage,
    attempt: &'a Attempt,
    log: execution_log::Model,
}

impl Making<'_> {
    /// Steps 1 to 5: from the prompt to a parsed output.
    async fn reach_output(&mut self) -> Result<std::result::Result<Arc<Entry>, Outcome>> {
        let messages = match &self.attempt.prepared.messages {
            Ok(messages) => messages.clone(),
            Err(error) => {
                let error = error.clone();
                return Ok(Err(Outcome::Hopeless { error }));
            }
        };
        let model = pinned(self.stage.model.as_ref())?;
        let schema = Form::of_variables(self.stage.output_variables.as_ref());
        let settings = self.stage.flowise_config.as_ref();
        let request = request(model, settings, messages, schema);
        if let Some(error) = too_long(model, &request) {
            return Ok(Err(Outcome::Hopeless { error }));
        }
        self.tools.unsent.tell(self.stage);
        let output = self.tools.deps.hub.output(
            self.scene.run_id,
            advance::attempt(&self.attempt.log),
            self.attempt.log.started_seq,
        );
        let limits = Limits::of(self.tools, self.stage);
        let (answer, heard) = call(self.tools, &request, (limits, Some(&output))).await;
        drop(output);
        self.keep(&heard);
        let has_arrived = answer.as_ref().map_or_else(Failure::is_of_answer, |_| true);
        self.log.answered_at = has_arrived.then(|| self.tools.deps.clock.now());
        self.log.finish_reason = match &answer {
            Ok(answer) => answer.reason.clone(),
            Err(error) => error.reason.clone(),
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(failure) => {
                if failure.is_of_answer() {
                    self.keep_without_verdict(&heard);
                }
                return Ok(Err(failure.into()));
            }
        };
        if matches!(answer.finish, Finish::Stop | Finish::Length) {
            self.keep_without_verdict(&heard);
        }
        charge(&mut self.log, answer.usage, Duration::ZERO);
        if let Some(outcome) = stopped_badly(&answer, &heard) {
            return Ok(Err(outcome));
        }
        self.read(heard.text.answer()).await
    }

    /// Keeps what the model wrote, and where in it the answer begins. A replica of a version that knows nothing
    /// of thoughts takes all of a text for the answer.
    fn keep(&mut self, heard: &Heard) {
        let text = &heard.text;
        let (raw, start) = if self.tools.deps.slots.are_beside_older() {
            (text.answer(), 0)
        } else {
            (text.whole.as_str(), text.start)
        };
        if !raw.is_empty() {
            self.log.raw_output = Some(raw.to_owned());
            self.log.answer_start = i32::try_from(start).unwrap_or_default();
        }
        self.log.reasoning.clone_from(&heard.reasoning);
    }

    /// The answer has come to its end: later stages find it, should there be no verdict on it, where there is room.
    fn keep_without_verdict(&mut self, heard: &Heard) {
        let (order, bytes) = (self.log.stage_order, heard.text.answer().len());
        self.log.keeps_answer = self.scene.has_room(order, bytes);
    }

    /// Step 5: what the stage makes of the answer.
    async fn read(&mut self, answer: &str) -> Result<std::result::Result<Arc<Entry>, Outcome>> {
        let owner = self.scene.user_id;
        let variables = self.stage.output_variables.as_ref();
        let read = self
            .tools
            .deps
            .rules
            .output(owner, variables, answer)
            .await?;
        let value = match read {
            Ok(Ok(value)) => value,
            Ok(Err(error)) => return Ok(Err(Outcome::Unusable { error })),
            Err(unapplied) => {
                let error = format!("the parsing of the output {unapplied}");
                return Ok(Err(Outcome::Hopeless { error }));
            }
        };
        let entry = Entry::new(answer.to_owned(), Some(value));
        let mut entry = entry.brought_by(self.attempt.log.id);
        let order = self.attempt.log.stage_order;
        if let Err(error) = self.scene.make_room(order, &entry) {
            return Ok(Err(Outcome::Hopeless { error }));
        }
        self.log.parsed_output = if self.tools.deps.slots.are_beside_older() {
            Some(entry.to_output())
        } else {
            entry.hand_over()
        };
        Ok(Ok(Arc::new(entry)))
    }

    /// Step 6: the validation of an output. None when a person or a model has to judge it.
    async fn judge(&mut self, entry: &Entry) -> Result<Option<Outcome>> {
        let criteria = self.stage.validation_criteria.as_ref();
        let criteria = Criteria::parse(self.stage.validation_type, criteria)
            .map_err(|fault| Error::internal(fault.message))?;
        Ok(Some(match criteria {
            Criteria::None => Outcome::Pass { notes: None },
            Criteria::Manual | Criteria::Llm(_) => return Ok(None),
            Criteria::Regex(_) | Criteria::Function(_) => {
                let output = match &self.log.parsed_output {
                    Some(output) => Cow::Borrowed(output),
                    None => Cow::Owned(entry.to_output()),
                };
                self.apply_rule((entry.raw(), &output)).await?
            }
        }))
    }

    /// What has come to no answer once would come to none again: there is no further attempt.
    async fn apply_rule(&self, output: (&str, &Value)) -> Result<Outcome> {
        let (rules, owner) = (&self.tools.deps.rules, self.scene.user_id);
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
}

impl Judged {
    /// The attempt is over.
    pub(super) fn finished(
        log: execution_log::Model,
        outcome: Outcome,
        output: Option<Arc<Entry>>,
    ) -> Self {
        report(
            &log,
            match outcome {
                Outcome::Pass { .. } => "pass",
                Outcome::Fail { .. } => "fail",
                Outcome::Unusable { .. } | Outcome::Transport { .. } | Outcome::Hopeless { .. } => {
                    "error"
                }
            },
        );
        Self::Finished(Box::new(Finished {
            log,
            outcome,
            output,
        }))
    }
}

fn report(log: &execution_log::Model, result: &'static str) {
    let took = log.duration_ms.unwrap_or_default();
    metrics::histogram!("footlight_stage_seconds").record(f64::from(took) / 1000.0);
    tracing::info!(
        execution = %log.execution_id,
        stage = log.stage_order,
        attempt = log.attempt_number,
        result,
        ms = log.duration_ms,
        "stage"
    );
}

pub(super) fn by_rule(verdict: Verdict) -> Outcome {
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

pub(super) fn pinned(model: Option<&PinnedModel>) -> Result<&PinnedModel> {
    model.ok_or_else(|| Error::internal("the pinned definition lacks a model"))
}
