//! What a finished attempt makes of its run: the new row, the log and the events, computed without
//! the database. A worker and a person's decision go the same way.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::attempt::Attempt;
use super::change::Change;
use super::streak;
use crate::domain::context::{Context, Entry, Failed, Left};
use crate::domain::definition::{Definition, Stage, Until};
use crate::domain::event::{self, Event};
use crate::domain::feedback::Feedback;
use crate::domain::lineage::{By, Used};
use crate::domain::progress::{
    Circumstances, Conclusion, End, Messages, Next, Position, Prepared, prepare,
};
use crate::domain::retry::Outcome;
use crate::domain::source::{At, Places};
use crate::domain::status::{AttemptStatus, ExecutionStatus, Reason, ValidationResult};
use crate::entity::{execution, execution_log};
use crate::error::{Error, Result};
use crate::store::execution::Guard;

/// An attempt that ended, with what it brought.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The attempt's log, with its raw and parsed output.
    pub log: execution_log::Model,
    pub outcome: Outcome,
    /// What a verdict keeps in the context; none where nobody here holds the context.
    pub output: Option<Arc<Entry>>,
}

/// What an advance depends on beside the attempt.
#[derive(Clone, Copy)]
pub struct Situation<'a> {
    pub circumstances: Circumstances<'a>,
    /// What must still hold of the row.
    pub guard: Guard,
}

/// Advances `run` by an attempt that ended.
///
/// # Errors
/// `Internal` when the pinned definition lacks the stage.
pub fn advance(
    run: &execution::Model,
    finished: Finished,
    situation: &Situation<'_>,
) -> Result<Change> {
    let Finished {
        mut log,
        outcome,
        output,
    } = finished;
    let stage = pinned_stage(situation.circumstances.definition, log.stage_order)?;
    let now = situation.circumstances.patience.now;
    let conclusion = position(run).conclude(stage, &outcome, &situation.circumstances);
    log.counted = Some(conclusion.counts);
    conclude_log(&mut log, conclusion.result, outcome, now);

    let mut run = run.clone();
    stand_at(&mut run, conclusion.position);
    (run.crash_count, run.let_go_count) = (0, 0);
    let kept = left(&log, output).filter(|_| conclusion.ends_visit);
    let kept = kept.map(|left| (log.stage_order, left));
    let mut events = vec![Event::StageFinished {
        attempt: attempt(&log),
        validation_result: conclusion.result,
        next_stage_order: conclusion.next_stage_order(),
        route_value: conclusion.route_value.clone(),
    }];
    let next = go_on(&mut run, &log, conclusion, now, &mut events);
    Ok(Change {
        kept,
        events,
        logs: vec![log],
        ..Change::of(run, situation.guard, next)
    })
}

/// What prompts are made from.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    pub definition: &'a Definition,
    pub inputs: &'a Value,
    pub context: &'a Context,
    /// What the last failure of the visit that counted left; none where nothing asks for it.
    pub feedback: Option<&'a Feedback>,
}

/// A log for the attempt that a run makes next, with the prompt that it sends: of a stage that runs for each item
/// of a list, for the first one. `number` is of the latest attempt at a stage, or at an item.
///
/// # Errors
/// `Internal` when the pinned definition lacks the stage.
pub fn next_attempt(
    run: &execution::Model,
    sources: Sources<'_>,
    number: &dyn Fn(i32, Option<i32>) -> i32,
    identity: (Uuid, DateTime<Utc>),
) -> Result<Box<Attempt>> {
    let order = run
        .current_stage_order
        .ok_or_else(|| Error::internal("a run stands at no stage"))?;
    let stage = pinned_stage(sources.definition, order)?;
    let nulls = sources.definition.template_syntax.nulls();
    let places = Places::new(sources.inputs, sources.context, nulls);
    let Some(each) = stage.each(&sources.definition.keys()) else {
        let prepared = prepare(sources.definition, stage, &places, sources.feedback);
        let log = started(
            (run, stage),
            (None, number(order, None)),
            &prepared,
            identity,
        );
        return Ok(Box::new(Attempt {
            log,
            prepared,
            passes: false,
            item_count: None,
        }));
    };
    let (refused, count) = match each.items(&places) {
        Ok(items) => match items.first() {
            Some(item) => {
                let which = Which {
                    item,
                    index: 0,
                    count: items.len(),
                };
                let number = number(order, Some(0));
                return Ok(item_attempt(
                    (run, stage),
                    sources,
                    (which, number),
                    identity,
                ));
            }
            None => (String::new(), Some(0)),
        },
        Err(message) => (message, None),
    };
    let prepared = Prepared {
        variables: Map::new(),
        feedback: Map::new(),
        used: Vec::new(),
        messages: Err(refused),
    };
    let log = started(
        (run, stage),
        (None, number(order, None)),
        &prepared,
        identity,
    );
    Ok(Box::new(Attempt {
        log,
        prepared,
        passes: count.is_some(),
        item_count: count,
    }))
}

/// An item of a list.
#[derive(Clone, Copy, Debug)]
pub struct Which<'a> {
    pub item: &'a Value,
    pub index: i32,
    /// How many there are.
    pub count: usize,
}

/// A log for an attempt at an item; `number` is of the latest one before it.
#[must_use]
pub fn item_attempt(
    (run, stage): (&execution::Model, &Stage),
    sources: Sources<'_>,
    (which, number): (Which<'_>, i32),
    identity: (Uuid, DateTime<Utc>),
) -> Box<Attempt> {
    let passes = which.item.is_null();
    let prepared = if passes {
        Prepared {
            variables: Map::new(),
            feedback: Map::new(),
            used: Vec::new(),
            messages: Err(String::new()),
        }
    } else {
        prepare_item(stage, sources, which)
    };
    let about = (Some(which.index), number);
    Box::new(Attempt {
        log: started((run, stage), about, &prepared, identity),
        prepared,
        passes,
        item_count: i32::try_from(which.count).ok(),
    })
}

/// What is sent for an item.
#[must_use]
pub fn prepare_item(stage: &Stage, sources: Sources<'_>, which: Which<'_>) -> Prepared {
    let index = Value::from(which.index);
    let keys = sources.definition.keys();
    let list = stage.each(&keys).map(|each| each.list);
    let at = At {
        item: which.item,
        index: &index,
        list: list.as_ref(),
    };
    let nulls = sources.definition.template_syntax.nulls();
    let places = Places::new(sources.inputs, sources.context, nulls).at(at);
    prepare(sources.definition, stage, &places, sources.feedback)
}

fn started(
    (run, stage): (&execution::Model, &Stage),
    (item_index, number): (Option<i32>, i32),
    prepared: &Prepared,
    (id, now): (Uuid, DateTime<Utc>),
) -> execution_log::Model {
    let messages = prepared.messages.as_ref().ok();
    execution_log::Model {
        id,
        execution_id: run.id,
        user_id: run.user_id,
        stage_id: Some(stage.id),
        stage_order: stage.stage_order,
        stage_name: stage.name.clone(),
        attempt_number: number + 1,
        visit: run.current_visit,
        item_index,
        status: AttemptStatus::Started,
        inputs: Some(Value::Object(prepared.shown())),
        variables: Some(Used::kept(&prepared.used)),
        system_sent: messages.and_then(|messages| messages.system.clone()),
        messages_sent: messages.and_then(Messages::turns_sent),
        prompt_sent: messages.map(|messages| messages.prompt.clone()),
        reasoning: None,
        judge_reasoning: None,
        raw_output: None,
        answer_start: 0,
        keeps_answer: false,
        parsed_output: None,
        validation_result: ValidationResult::Pending,
        validator_notes: None,
        validated_at: None,
        counted: None,
        finish_reason: None,
        edited_output: None,
        edited_value: None,
        error_message: None,
        usage: None,
        executed_at: now,
        answered_at: None,
        duration_ms: None,
        started_seq: 0,
    }
}

/// Makes `run` the claim of a session, and says so.
#[must_use]
pub fn claim(run: &mut execution::Model, session: Uuid, now: DateTime<Utc>) -> Event {
    run.lease_owner = Some(session);
    run.lease_epoch += 1;
    run.started_at.get_or_insert(now);
    change_status(run, ExecutionStatus::Running, None)
}

/// The stage whose pass ends the run before its end.
#[must_use]
pub fn until(run: &execution::Model) -> Option<Until> {
    Until::of(run.until_stage_order, run.from_stage_order)
}

/// Moves `run` to a state, for a reason, and says so. Leaves no lease behind but on a claim, and no
/// request for a pause on a run that ended.
#[must_use]
pub fn change_status(
    run: &mut execution::Model,
    status: ExecutionStatus,
    reason: Option<Reason>,
) -> Event {
    let previous = run.status;
    run.status = status;
    run.status_reason = reason.map(|reason| reason.as_str().to_owned());
    if status != ExecutionStatus::Running {
        run.lease_owner = None;
    }
    if status.is_terminal() {
        run.pause_requested = false;
        run.next_run_at = None;
    }
    Event::ExecutionStatusChanged {
        status,
        previous_status: Some(previous),
        reason: run.status_reason.clone(),
        workflow_id: run.workflow_id,
    }
}

/// Ends `run`, and says so.
#[must_use]
pub fn end(run: &mut execution::Model, end: End, now: DateTime<Utc>) -> Event {
    run.error_message = end.error;
    run.completed_at = Some(now);
    change_status(run, end.status, end.reason)
}

/// Puts `run` to rest where it would otherwise queue: a pause that was asked for takes effect now.
#[must_use]
pub fn requeue_or_pause(
    run: &mut execution::Model,
    reason: Reason,
    pause_requested: bool,
    now: DateTime<Utc>,
) -> Event {
    run.pause_requested = false;
    if pause_requested {
        streak::stop(run, now);
        change_status(run, ExecutionStatus::Paused, Some(Reason::PauseRequested))
    } else {
        change_status(run, ExecutionStatus::Pending, Some(reason))
    }
}

/// Which attempt a log is about.
#[must_use]
pub const fn attempt(log: &execution_log::Model) -> event::Attempt {
    event::Attempt {
        log_id: log.id,
        stage_order: log.stage_order,
        attempt_number: log.attempt_number,
        item_index: log.item_index,
    }
}

/// Says that another attempt follows one that was cut off.
#[must_use]
pub fn scheduled_again(
    interrupted: &execution_log::Model,
    retry_at: DateTime<Utc>,
    why: &str,
) -> Event {
    Event::StageRetryScheduled {
        stage_order: interrupted.stage_order,
        attempt_number: interrupted.attempt_number + 1,
        item_index: interrupted.item_index,
        retry_at,
        reason: Some(why.to_owned()),
    }
}

/// The stage of a pinned definition.
///
/// # Errors
/// `Internal` when it is not there, for a run never leaves its definition.
pub fn pinned_stage(definition: &Definition, order: i32) -> Result<&Stage> {
    definition
        .stage(order)
        .ok_or_else(|| Error::internal(format!("the pinned definition has no stage {order}")))
}

/// Moves `run` to where the conclusion leads, and says so. A decision of a person's, whose run is
/// paused, has no worker to go on with.
pub(super) fn go_on(
    run: &mut execution::Model,
    log: &execution_log::Model,
    conclusion: Conclusion,
    now: DateTime<Utc>,
    events: &mut Vec<Event>,
) -> Next {
    if let Some(retry) = conclusion.retry {
        let wait = TimeDelta::from_std(retry.wait).unwrap_or(TimeDelta::zero());
        let retry_at = now + wait;
        run.next_run_at = (wait > TimeDelta::zero()).then(|| retry_at.timestamp_millis());
        events.push(Event::StageRetryScheduled {
            stage_order: log.stage_order,
            attempt_number: log.attempt_number + 1,
            item_index: None,
            retry_at,
            reason: Some(retry.reason),
        });
    }
    let decided = run.status == ExecutionStatus::Paused;
    let (next, event) = match conclusion.next {
        Next::End(ending) => (Next::End(ending.clone()), Some(end(run, ending, now))),
        // A pause that was asked for while a decision was awaited holds: the state stays.
        Next::Pause if decided => {
            run.pause_requested = false;
            run.status_reason = Some(Reason::PauseRequested.as_str().to_owned());
            (Next::Pause, None)
        }
        Next::Pause => {
            let event = requeue_or_pause(run, Reason::RetryWait, true, now);
            (Next::Pause, Some(event))
        }
        Next::Queue => {
            let event = requeue_or_pause(run, Reason::RetryWait, false, now);
            (Next::Queue, Some(event))
        }
        Next::Attempt | Next::Wait if decided => {
            let event = requeue_or_pause(run, Reason::Validated, false, now);
            (Next::Queue, Some(event))
        }
        next @ (Next::Attempt | Next::Wait) => (next, None),
    };
    events.extend(event);
    next
}

/// What a passed attempt leaves in the context.
#[must_use]
pub fn passed(finished: &Finished) -> Option<Left> {
    match (&finished.outcome, &finished.output) {
        (Outcome::Pass { notes }, Some(entry)) => Some(Left::Output {
            entry: Arc::clone(entry),
            notes: notes.clone(),
        }),
        _ => None,
    }
}

/// What an attempt leaves in the context if it ends its visit.
fn left(log: &execution_log::Model, output: Option<Arc<Entry>>) -> Option<Left> {
    if log.validation_result != ValidationResult::Error {
        let notes = log.validator_notes.clone();
        return output.map(|entry| Left::Output { entry, notes });
    }
    log.keeps_answer.then(|| {
        Left::Failed(Arc::new(Failed {
            raw: log.answer().to_owned(),
            notes: log.error_message.clone(),
            index: None,
            by: By::One(log.id),
        }))
    })
}

pub(super) fn conclude_log(
    log: &mut execution_log::Model,
    result: ValidationResult,
    outcome: Outcome,
    now: DateTime<Utc>,
) {
    log.status = AttemptStatus::Finished;
    log.validation_result = result;
    match outcome {
        Outcome::Pass { notes } | Outcome::Fail { notes } => {
            log.validator_notes = notes;
            log.validated_at = Some(now);
        }
        Outcome::Unusable { error }
        | Outcome::Transport { error, .. }
        | Outcome::Hopeless { error } => {
            log.error_message = Some(error);
            log.parsed_output = None;
        }
    }
}

pub(super) fn position(run: &execution::Model) -> Position {
    Position {
        stage_order: run.current_stage_order.unwrap_or_default(),
        visit: run.current_visit,
        visit_failures: run.visit_failures,
        streak: streak::of_model(run),
        stage_visits: run.stage_visits,
    }
}

pub(super) fn stand_at(run: &mut execution::Model, position: Position) {
    run.current_stage_order = Some(position.stage_order);
    run.current_visit = position.visit;
    run.visit_failures = position.visit_failures;
    streak::keep_of_model(run, position.streak);
    run.unreadable_verdicts = 0;
    run.stage_visits = position.stage_visits;
}
