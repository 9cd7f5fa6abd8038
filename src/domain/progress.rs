//! Where a run stands and where it goes next: transitions between states, attempts, visits and
//! routing. Everything is decided from the run's row and its pinned definition.
//!
//! The way of one finished attempt:
//! 1. its [`Outcome`] is counted ([`Position::conclude`]),
//! 2. the stage goes on to another attempt, another visit, or the end,
//! 3. a pause that was asked for takes effect, a long wait gives up the slot ([`Conclusion::rest`]).

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::definition::{Definition, END, Stage};
use super::mapping::Mapping;
use super::retry::{MAX_WAIT_IN_SLOT, Outcome, transport_wait};
use super::status::{ExecutionStatus, Reason, ValidationResult};
use super::template::Template;

/// Where a run stands: the visit that its next attempt belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub stage_order: i32,
    /// Which visit of the stage, from 1.
    pub visit: i32,
    /// The visit's failures that count against the retry limit.
    pub visit_failures: i32,
    /// The calls in a row that failed by the connection's fault.
    pub transport_failures: i32,
    /// Visits of all stages so far, this one included.
    pub stage_visits: i32,
}

/// What the outside adds to a decision.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances {
    /// So many stage visits may one run make.
    pub max_stage_visits: i32,
    /// A random number in `0.0..1.0`.
    pub jitter: f64,
}

/// What follows a finished attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Another attempt of the same visit, after a wait.
    Retry { wait: Duration, reason: String },
    /// A new visit of the stage at this order.
    Visit(i32),
    /// The run ends.
    End(Ending),
}

/// How a run ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    pub status: ExecutionStatus,
    pub reason: Option<Reason>,
    pub error: Option<String>,
}

/// A finished attempt's consequences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conclusion {
    pub result: ValidationResult,
    pub step: Step,
    /// Where the run stands now; the visit number of a new visit is still to be set by
    /// [`Conclusion::visiting`].
    pub position: Position,
    /// Does the output become the stage's entry in the context?
    pub keeps_output: bool,
}

/// Where a run rests when it does not go on at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// A pause takes effect.
    Pause,
    /// It waits without a slot.
    Requeue,
}

impl Position {
    /// The first visit of a run that begins at `stage_order`.
    #[must_use]
    pub const fn start(stage_order: i32) -> Self {
        Self {
            stage_order,
            visit: 1,
            visit_failures: 0,
            transport_failures: 0,
            stage_visits: 1,
        }
    }

    /// Counts the outcome of an attempt at `stage` and finds what follows.
    #[must_use]
    pub fn conclude(
        mut self,
        definition: &Definition,
        stage: &Stage,
        outcome: &Outcome,
        circumstances: Circumstances,
    ) -> Conclusion {
        self.count(outcome);
        let keeps_going = self.visit_failures <= stage.retry_limit;
        let (result, step) = match outcome {
            Outcome::Pass { .. } => (ValidationResult::Pass, on_pass(definition, stage)),
            Outcome::Fail { notes } if keeps_going => {
                let reason = notes.clone().unwrap_or_else(|| "not valid".to_owned());
                (ValidationResult::Fail, retry_at_once(reason))
            }
            Outcome::Fail { notes } => (ValidationResult::Fail, on_fail(stage, notes.as_deref())),
            Outcome::Unusable { error } if keeps_going => {
                (ValidationResult::Error, retry_at_once(error.clone()))
            }
            Outcome::Transport { error, retry_after } => {
                let failures = self.transport_failures;
                let wait = transport_wait(failures, *retry_after, circumstances.jitter);
                let step = wait.map_or_else(
                    || on_fail(stage, Some(error)),
                    |wait| Step::Retry {
                        wait,
                        reason: error.clone(),
                    },
                );
                (ValidationResult::Error, step)
            }
            Outcome::Unusable { error } | Outcome::Hopeless { error } => {
                (ValidationResult::Error, on_fail(stage, Some(error)))
            }
        };
        let (step, position) = self.follow(step, circumstances.max_stage_visits);
        let verdict = result != ValidationResult::Error;
        Conclusion {
            result,
            keeps_output: verdict && !matches!(step, Step::Retry { .. }),
            step,
            position,
        }
    }

    const fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Pass { .. } | Outcome::Hopeless { .. } => self.transport_failures = 0,
            Outcome::Fail { .. } | Outcome::Unusable { .. } => {
                self.visit_failures += 1;
                self.transport_failures = 0;
            }
            Outcome::Transport { .. } => self.transport_failures += 1,
        }
    }

    fn follow(self, step: Step, max_stage_visits: i32) -> (Step, Self) {
        match step {
            Step::Visit(_) if self.stage_visits >= max_stage_visits => {
                let ending = Ending {
                    status: ExecutionStatus::Failed,
                    reason: Some(Reason::LoopLimit),
                    error: Some(format!(
                        "the run made {max_stage_visits} stage visits, as many as one run may"
                    )),
                };
                (Step::End(ending), self)
            }
            Step::Visit(order) => {
                let position = Self {
                    stage_order: order,
                    stage_visits: self.stage_visits + 1,
                    ..Self::start(order)
                };
                (Step::Visit(order), position)
            }
            Step::Retry { .. } | Step::End(_) => (step, self),
        }
    }
}

impl Conclusion {
    /// Numbers a new visit: `earlier` is how many visits the stage that follows has had.
    #[must_use]
    pub const fn visiting(mut self, earlier: i32) -> Self {
        if let Step::Visit(_) = self.step {
            self.position.visit = earlier + 1;
        }
        self
    }

    /// `StageFinished.nextStageOrder`: none when the run ends.
    #[must_use]
    pub const fn next_stage_order(&self) -> Option<i32> {
        match &self.step {
            Step::Retry { .. } | Step::Visit(_) => Some(self.position.stage_order),
            Step::End(_) => None,
        }
    }

    /// Whether the run goes on at once (none) or rests first.
    #[must_use]
    pub fn rest(&self, pause_requested: bool) -> Option<Rest> {
        match &self.step {
            Step::Retry { .. } | Step::Visit(_) if pause_requested => Some(Rest::Pause),
            Step::Retry { wait, .. } if *wait > MAX_WAIT_IN_SLOT => Some(Rest::Requeue),
            Step::Retry { .. } | Step::Visit(_) | Step::End(_) => None,
        }
    }
}

/// A prompt ready to be sent, with the variables that went into it.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// What the mapping and the templates use, for the log.
    pub inputs: Map<String, Value>,
    /// All variables, for a judge's template.
    pub variables: Map<String, Value>,
    /// The prompt, or why there is none: a path or a placeholder that does not resolve.
    pub prompt: Result<String, String>,
}

/// Resolves a stage's variables and renders its prompt.
#[must_use]
pub fn prepare(stage: &Stage, inputs: &Value, context: &Value) -> Prepared {
    let template = Template::parse(stage.prompt_template.as_deref().unwrap_or_default());
    let mapping = Mapping::parse(stage.input_variable_mapping.as_ref()).unwrap_or_default();
    let (variables, failure) = match mapping.variables(inputs, context) {
        Ok(variables) => (variables, None),
        Err(message) => (Map::new(), Some(message)),
    };
    let used = mapping
        .iter()
        .map(|(name, _)| name)
        .chain(template.placeholders())
        .filter_map(|name| Some((name.to_owned(), variables.get(name)?.clone())))
        .collect();
    let prompt = match failure {
        Some(message) => Err(message),
        None => template.render(&variables),
    };
    Prepared {
        inputs: used,
        variables,
        prompt,
    }
}

/// The context with the output of the stage at `order` in it.
#[must_use]
pub fn with_output(mut context: Value, order: i32, output: &Value, raw: &str) -> Value {
    if !context.is_object() {
        context = json!({});
    }
    context[format!("stage_{order}")] = json!({ "output": output, "raw": raw });
    context
}

fn on_pass(definition: &Definition, stage: &Stage) -> Step {
    let target = stage
        .next_stage_on_pass
        .or_else(|| definition.after(stage.stage_order));
    match target {
        None | Some(END) => Step::End(Ending {
            status: ExecutionStatus::Completed,
            reason: None,
            error: None,
        }),
        Some(order) => Step::Visit(order),
    }
}

fn on_fail(stage: &Stage, why: Option<&str>) -> Step {
    match stage.next_stage_on_fail {
        None | Some(END) => Step::End(Ending {
            status: ExecutionStatus::Failed,
            reason: Some(Reason::StageFailed),
            error: Some(format!(
                "{} failed: {}",
                stage.label(),
                why.unwrap_or("its output is not valid")
            )),
        }),
        Some(order) => Step::Visit(order),
    }
}

const fn retry_at_once(reason: String) -> Step {
    Step::Retry {
        wait: Duration::ZERO,
        reason,
    }
}
