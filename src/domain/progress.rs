//! Where a run stands and where it goes next: transitions between states, attempts, visits and
//! routing. Everything is decided from the run's row and its pinned definition.
//!
//! The way of one finished attempt ([`Position::conclude`]):
//! 1. its [`Outcome`] is counted,
//! 2. the stage goes on to another attempt, another visit, or the end,
//! 3. a pause that was asked for takes effect, a long wait gives up the slot: [`Next`].

use std::time::Duration;

use serde_json::{Map, Value};

use super::definition::{Definition, END, PROMPT, RETRY_PROMPT, SYSTEM, Stage, Until};
use super::feedback::Feedback;
use super::lineage::Used;
use super::mapping::{Mapping, Variables};
use super::retry::{MAX_WAIT_IN_SLOT, Outcome};
use super::source::Places;
use super::status::{ExecutionStatus, Reason, ValidationResult};
use super::streak::{Patience, Streak};
use super::taken;
use super::template::Template;
use super::turns::{Turn, content_field, expand};

/// Where a run stands: the visit that its next attempt belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub stage_order: i32,
    /// Which visit of the stage, from 1.
    pub visit: i32,
    /// The visit's failures that count against the retry limit.
    pub visit_failures: i32,
    /// The calls in a row that failed by the connection's fault.
    pub streak: Streak,
    /// Visits of all stages so far, this one included.
    pub stage_visits: i32,
}

/// What a decision depends on beside the run's position.
#[derive(Clone, Copy)]
pub struct Circumstances<'a> {
    pub definition: &'a Definition,
    /// Where routes look, once the stage has passed.
    pub places: &'a Places<'a>,
    /// How many visits a stage has had, by its order.
    pub visits: &'a (dyn Fn(i32) -> i32 + Sync),
    /// The stage whose pass ends the run before its end.
    pub until: Option<Until>,
    /// So many stage visits may one run make.
    pub max_stage_visits: i32,
    pub pause_requested: bool,
    pub patience: Patience,
}

/// How a run goes on after a write of its worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Its worker makes the attempt that is open: one that starts in the same write, or one whose answer is
    /// still to be judged.
    Attempt,
    /// Its worker waits for `next_run_at`.
    Wait,
    /// It queues without a worker.
    Queue,
    /// It waits for a person: to resume it, or to decide.
    Pause,
    /// It has ended.
    End(End),
}

impl Next {
    /// How a run goes on with a call that is made after a wait: a pause that was asked for takes effect
    /// before it, and a long wait is not worth a slot.
    #[must_use]
    pub fn after(wait: Duration, pause_requested: bool) -> Self {
        if pause_requested {
            Self::Pause
        } else if wait.is_zero() {
            Self::Attempt
        } else if wait <= MAX_WAIT_IN_SLOT {
            Self::Wait
        } else {
            Self::Queue
        }
    }
}

/// How a run ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    pub status: ExecutionStatus,
    pub reason: Option<Reason>,
    pub error: Option<String>,
}

/// Another attempt of the same visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How long after the attempt before.
    pub wait: Duration,
    pub reason: String,
}

impl Retry {
    /// Another attempt after one that ended so.
    #[must_use]
    pub fn of(wait: Duration, outcome: &Outcome) -> Self {
        let reason = outcome.why().unwrap_or("not valid").to_owned();
        Self { wait, reason }
    }
}

/// A finished attempt's consequences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conclusion {
    pub result: ValidationResult,
    /// None when the run ends, or goes on with a new visit.
    pub retry: Option<Retry>,
    pub next: Next,
    /// Where the run stands now.
    pub position: Position,
    /// The value by which the stage's routes sent it there.
    pub route_value: Option<String>,
    /// Does its failure count against the retry limit?
    pub counts: bool,
    /// Does it end the visit, so that what it brought stands in the context?
    pub ends_visit: bool,
}

impl Position {
    /// The first visit of a run that begins at `stage_order`.
    #[must_use]
    pub const fn start(stage_order: i32) -> Self {
        Self {
            stage_order,
            visit: 1,
            visit_failures: 0,
            streak: Streak {
                broken: 0,
                outage: None,
            },
            stage_visits: 1,
        }
    }

    /// Counts the outcome of an attempt at `stage` and finds what follows.
    #[must_use]
    pub fn conclude(
        mut self,
        stage: &Stage,
        outcome: &Outcome,
        circumstances: &Circumstances<'_>,
    ) -> Conclusion {
        let result = outcome.result();
        let counted = (&mut self.visit_failures, &mut self.streak);
        let wait = count(counted, (stage, outcome), circumstances.patience);
        let retry = wait.map(|wait| Retry::of(wait, outcome));
        let counts = outcome.counts();
        let (position, next, route_value) = match &retry {
            Some(retry) => {
                let next = Next::after(retry.wait, circumstances.pause_requested);
                (self, next, None)
            }
            None => self.leave(stage, outcome, circumstances),
        };
        Conclusion {
            result,
            ends_visit: retry.is_none(),
            retry,
            next,
            position,
            route_value,
            counts,
        }
    }

    /// Ends the visit: on to the stage that follows, or to the end, by which value where routes say so.
    #[must_use]
    pub fn leave(
        self,
        stage: &Stage,
        outcome: &Outcome,
        circumstances: &Circumstances<'_>,
    ) -> (Self, Next, Option<String>) {
        let until = circumstances.until;
        let until = until.filter(|until| until.stage_order == stage.stage_order);
        let (target, route_value) = match outcome {
            Outcome::Pass { .. } if until.is_some() => (Err(reached_its_stage()), None),
            Outcome::Pass { .. } => on_pass(stage, circumstances),
            Outcome::Fail { .. }
            | Outcome::Unusable { .. }
            | Outcome::Transport { .. }
            | Outcome::Hopeless { .. } => {
                let goes_on = !until.is_some_and(|until| until.is_alone);
                let target = stage.next_stage_on_fail.filter(|_| goes_on);
                (on_fail(stage, target, outcome.why()), None)
            }
        };
        match target {
            Err(end) => (self, Next::End(end), route_value),
            Ok(_) if self.stage_visits >= circumstances.max_stage_visits => {
                let end = too_many_visits(circumstances.max_stage_visits);
                (self, Next::End(end), None)
            }
            Ok(order) => {
                let position = Self {
                    visit: (circumstances.visits)(order) + 1,
                    stage_visits: self.stage_visits + 1,
                    ..Self::start(order)
                };
                let next = Next::after(Duration::ZERO, circumstances.pause_requested);
                (position, next, route_value)
            }
        }
    }
}

/// Counts an outcome among the failures of a visit, or of an item, and among its calls in a row that failed.
/// Answers the wait before the next attempt, if there is one.
#[must_use]
pub fn count(
    (failures, streak): (&mut i32, &mut Streak),
    (stage, outcome): (&Stage, &Outcome),
    patience: Patience,
) -> Option<Duration> {
    if let Outcome::Transport { call, .. } = outcome {
        let wait;
        (*streak, wait) = streak.fail(*call, patience);
        return wait;
    }
    *streak = Streak::default();
    match outcome {
        Outcome::Fail { .. } | Outcome::Unusable { .. } => {
            *failures += 1;
            (*failures <= stage.retry_limit).then_some(Duration::ZERO)
        }
        Outcome::Pass { .. } | Outcome::Transport { .. } | Outcome::Hopeless { .. } => None,
    }
}

impl Conclusion {
    /// `StageFinished.nextStageOrder`: none when the run ends.
    #[must_use]
    pub const fn next_stage_order(&self) -> Option<i32> {
        match &self.next {
            Next::Attempt | Next::Wait | Next::Queue | Next::Pause => {
                Some(self.position.stage_order)
            }
            Next::End(_) => None,
        }
    }
}

/// A prompt ready to be sent, with the variables that went into it.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// What the messages, and a judge's prompt, use.
    pub variables: Map<String, Value>,
    /// What the prompt of an attempt uses beside them that follows a failure.
    pub feedback: Map<String, Value>,
    /// Where all of these came from.
    pub used: Vec<Used>,
    /// What is sent, or why it cannot be made: a path or a placeholder that does not resolve.
    pub messages: Result<Messages, String>,
}

/// What is sent to a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Messages {
    /// The system message; none where nothing but blanks would be one, which providers refuse.
    pub system: Option<String>,
    /// The turns between it and the prompt.
    pub turns: Vec<Turn>,
    pub prompt: String,
}

impl Prepared {
    /// The variables with what the prompt used in their place.
    #[must_use]
    pub fn shown(&self) -> Map<String, Value> {
        let mut shown = self.variables.clone();
        shown.extend(self.feedback.clone());
        shown
    }
}

impl Messages {
    /// The turns as they are kept; none where there are none.
    #[must_use]
    pub fn turns_sent(&self) -> Option<Value> {
        // Turns are written as JSON whatever they say.
        let turns = Some(&self.turns).filter(|turns| !turns.is_empty());
        turns.and_then(|turns| serde_json::to_value(turns).ok())
    }
}

/// Resolves the variables of one of the definition's stages and renders its messages: after a failure that counted, and left this, with the
/// prompt for that, where the stage has one.
#[must_use]
pub fn prepare(
    definition: &Definition,
    stage: &Stage,
    places: &Places<'_>,
    feedback: Option<&Feedback>,
) -> Prepared {
    let keys = definition.keys();
    let grammar = definition.grammar(&keys);
    let grammar = grammar.of_items(stage.for_each.is_some());
    let feedback = feedback.filter(|_| stage.retry_prompt().is_some());
    let (prompt, unused) = match feedback {
        Some(_) => (RETRY_PROMPT, PROMPT),
        None => (PROMPT, RETRY_PROMPT),
    };
    let templates = stage.templates().filter(|it| it.field != unused);
    let templates: Vec<_> = templates
        .map(|it| (it.field, Template::parse(it.text, grammar)))
        .collect();
    let mapping = Mapping::parse(stage.input_variable_mapping.as_ref(), &keys).unwrap_or_default();
    let asked = templates.iter().flat_map(|(_, it)| it.placeholders());
    let Variables {
        values: variables,
        used,
    } = match mapping.variables(asked, places) {
        Ok(variables) => variables,
        Err(message) => {
            return Prepared {
                messages: Err(message),
                variables: Map::new(),
                feedback: Map::new(),
                used: Vec::new(),
            };
        }
    };
    let of = |field: &str| templates.iter().find(|(name, _)| *name == field);
    let given = feedback.zip(of(prompt)).map(|(feedback, (_, template))| {
        let asked = template.placeholders().map(|it| it.name);
        feedback.variables(asked)
    });
    let given = given.unwrap_or_default();
    let turns = stage.turns();
    let told = feedback.map(|feedback| (feedback, &given));
    let used = taken::in_order(used, (&templates, prompt), told, (&turns, &keys, places));
    let render = |field: &str| match of(field) {
        Some((_, template)) => template.render(&variables),
        None => Ok(String::new()),
    };
    let messages = || {
        let system = render(SYSTEM).map_err(|error| format!("the system message: {error}"))?;
        let content = |index| render(&content_field(index));
        let prompt = match of(prompt) {
            Some((_, template)) if !given.is_empty() => {
                let mut variables = variables.clone();
                variables.extend(given.clone());
                template.render(&variables)?
            }
            _ => render(prompt)?,
        };
        Ok(Messages {
            system: Some(system).filter(|system| !system.trim().is_empty()),
            turns: expand(&turns, content, (&keys, places))?,
            prompt,
        })
    };
    Prepared {
        messages: messages(),
        variables,
        feedback: given,
        used,
    }
}

/// The order of the stage that follows a pass, or the end; and the value by which it is that, where routes say so.
fn on_pass(stage: &Stage, circumstances: &Circumstances<'_>) -> (Result<i32, End>, Option<String>) {
    let routes = stage.routes(&circumstances.definition.keys());
    let by_value = routes.and_then(|routes| routes.target(circumstances.places));
    let (target, value) = if let Some((value, target)) = by_value {
        (Some(target), Some(value.to_owned()))
    } else {
        let next = || circumstances.definition.after(stage.stage_order);
        (stage.next_stage_on_pass.or_else(next), None)
    };
    let target = match target {
        None | Some(END) => Err(End {
            status: ExecutionStatus::Completed,
            reason: None,
            error: None,
        }),
        Some(order) => Ok(order),
    };
    (target, value)
}

/// The order of the stage that follows a fail, or the end.
fn on_fail(stage: &Stage, target: Option<i32>, why: Option<&str>) -> Result<i32, End> {
    match target {
        None | Some(END) => Err(End {
            status: ExecutionStatus::Failed,
            reason: Some(Reason::StageFailed),
            error: Some(format!(
                "{} failed: {}",
                stage.label(),
                why.unwrap_or("its output is not valid")
            )),
        }),
        Some(order) => Ok(order),
    }
}

/// The stage has passed until which it was to run.
fn reached_its_stage() -> End {
    End {
        status: ExecutionStatus::Completed,
        reason: Some(Reason::UntilStage),
        error: None,
    }
}

fn too_many_visits(max_stage_visits: i32) -> End {
    End {
        status: ExecutionStatus::Failed,
        reason: Some(Reason::LoopLimit),
        error: Some(format!(
            "the run made {max_stage_visits} stage visits, as many as one run may"
        )),
    }
}
