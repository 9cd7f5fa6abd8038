//! Manual validation: a person decides on an output, and the run goes on.

use std::sync::Arc;

use uuid::Uuid;

use super::drive::advance::{self, Finished, Situation};
use super::tx::{self, Tx};
use super::{Deps, drive, execution, execution_log as logs, load};
use crate::domain::context::{Context, Entry};
use crate::domain::definition::Definition;
use crate::domain::event::Event;
use crate::domain::limit;
use crate::domain::progress::Circumstances;
use crate::domain::retry::Outcome;
use crate::domain::source::Places;
use crate::domain::status::{AttemptStatus, ExecutionStatus, ValidationResult};
use crate::domain::validate::Kind;
use crate::domain::viewer::Viewer;
use crate::entity::execution::Model as Run;
use crate::entity::execution_log::Row;
use crate::error::{Error, Result};
use crate::store;

/// A person's decision on an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub log_id: Uuid,
    pub pass: bool,
    pub notes: Option<String>,
    /// Takes the output's place in the run; only with a pass.
    pub edited_output: Option<String>,
}

/// Records a decision. The same decision again changes nothing.
///
/// # Errors
/// `NotFound`; `Conflict` when the attempt awaits no decision or was decided otherwise; `BadInput`
/// on `editedOutput` when it does not parse or comes with a fail.
pub async fn decide(deps: &Deps, viewer: &Viewer, decision: Decision) -> Result<Row> {
    let decision = checked(decision)?;
    let edit = read_edit(deps, viewer, &decision).await?;
    let edit = edit.as_ref();
    let reservation = deps.slots.reserve();
    let session = reservation.as_ref().map(drive::Reservation::session);
    let decision = &decision;
    let (row, claimed) = tx::write(deps, |tx| async move {
        let owner = viewer.user_id;
        let missing = || Error::not_found(logs::KIND, decision.log_id);
        let reading = store::execution_log::find(&**tx, owner, decision.log_id).await?;
        let run_id = reading.ok_or_else(missing)?.execution_id;
        // The run is locked first, for a cancel locks it first, too.
        let run = store::execution::lock(&**tx, owner, run_id)
            .await?
            .ok_or_else(missing)?;
        let log = store::execution_log::find(&**tx, owner, decision.log_id)
            .await?
            .ok_or_else(missing)?;
        let claimed = if awaits(&run, &log) {
            execution::refuse_doomed(&tx, &run).await?;
            record(deps, &tx, (run, log), (decision, edit), session).await?
        } else if is_same(&tx, &log, decision).await? && was_manual(&tx, &run, &log).await? {
            None
        } else {
            return Err(Error::conflict(format!(
                "executionLog {} awaits no decision: it is {} with the result {}",
                log.id,
                log.status.as_str(),
                log.validation_result.as_str()
            )));
        };
        let row = store::execution_log::find(&**tx, owner, decision.log_id).await?;
        Ok((row.ok_or_else(missing)?, claimed))
    })
    .await
    .inspect_err(|error| drive::unclaimed(deps, session, error))?;
    execution::hand_over(deps, claimed, reservation);
    Ok(row)
}

fn checked(decision: Decision) -> Result<Decision> {
    let notes = match decision.notes {
        Some(notes) => Some(limit::characters("notes", notes, limit::NOTE)?),
        None => None,
    };
    let edited_output = match decision.edited_output {
        Some(_) if !decision.pass => {
            return Err(Error::bad_input(
                "editedOutput",
                "editedOutput goes with PASS alone: leave it out, or pass the output",
            ));
        }
        Some(text) => Some(limit::characters("editedOutput", text, limit::ANSWER)?),
        None => None,
    };
    Ok(Decision {
        notes,
        edited_output,
        ..decision
    })
}

async fn record(
    deps: &Deps,
    tx: &Tx,
    (run, row): (Run, Row),
    (decision, edit): (&Decision, Option<&Edit>),
    session: Option<Uuid>,
) -> Result<Option<Run>> {
    let guard = execution::guard(&run);
    let definition = load::definition(&**tx, run.user_id, run.revision_id).await?;
    let tallies = store::execution_log::tallies(&**tx, run.user_id, run.id).await?;
    // What the model wrote stays as it is.
    let mut log = store::execution_log::bare(row);
    if let Some(entry) = edit {
        let entry = entry.as_ref().map_err(|message| {
            let message = format!("editedOutput does not parse: {message}");
            Error::bad_input("editedOutput", message)
        })?;
        check_room(tx, &run, (log.stage_order, entry)).await?;
        log.edited_output = Some(entry.raw().to_owned());
        log.edited_value = entry.output().cloned();
    }
    let recorded = Event::ManualValidationRecorded {
        log_id: log.id,
        result: verdict(decision),
        notes: decision.notes.clone(),
    };
    let visits = |order| tallies.visits(order);
    let notes = decision.notes.clone();
    let finished = Finished {
        log,
        outcome: if decision.pass {
            Outcome::Pass { notes }
        } else {
            Outcome::Fail { notes }
        },
        // Whoever drives the run on makes its context anew.
        output: None,
    };
    let context = routed_context(tx, (&run, &definition), &finished, edit).await?;
    let nulls = definition.template_syntax.nulls();
    let change = {
        let situation = Situation {
            circumstances: Circumstances {
                definition: &definition,
                places: &Places::new(&run.execution_inputs, &context, nulls),
                visits: &visits,
                until: advance::until(&run),
                max_stage_visits: deps.limits.max_stage_visits,
                pause_requested: run.pause_requested,
                patience: deps.patience(),
            },
            guard,
        };
        advance::advance(&run, finished, &situation)?
    };
    let mut events = vec![recorded];
    events.extend(change.events);
    for log in &change.logs {
        store::execution_log::conclude(&**tx, log).await?;
    }
    let first = drive::append(deps, tx, &change.run, change.guard, &events).await?;
    let first = first.ok_or_else(|| Error::internal("a locked run changed"))?;
    drive::older::keep_context(deps, tx, run.user_id, run.id).await?;
    if change.run.status != ExecutionStatus::Pending {
        return Ok(None);
    }
    let run = Run {
        next_seq: first + i64::try_from(events.len()).unwrap_or(i64::MAX),
        ..change.run
    };
    execution::claim_now(deps, tx, run, session).await
}

/// What the stage's routes look at once a person has passed its output: the run's context with that output, or the
/// edit that takes its place. Nothing where there are no routes, or the person did not pass it.
async fn routed_context(
    tx: &Tx,
    (run, definition): (&Run, &Definition),
    finished: &Finished,
    edit: Option<&Edit>,
) -> Result<Context> {
    let log = &finished.log;
    let stage = definition.stage(log.stage_order);
    let routes = stage.and_then(|stage| stage.routes.as_ref());
    if routes.is_none() || !matches!(finished.outcome, Outcome::Pass { .. }) {
        return Ok(Context::default());
    }
    let origin = store::execution::origin(run);
    let contexts = store::context::of(&**tx, run.user_id, &[origin]).await?;
    let mut context = contexts.into_values().next().unwrap_or_default();
    let brought = match edit {
        Some(Ok(entry)) => Some(entry.clone()),
        Some(Err(_)) => None,
        None => store::context::brought(&**tx, run.user_id, log.id).await?,
    };
    let finished = Finished {
        output: brought.map(Arc::new),
        ..finished.clone()
    };
    if let Some(left) = advance::passed(&finished) {
        context.leave(finished.log.stage_order, left);
    }
    Ok(context)
}

/// What an edit leaves in the context in the place of the model's output, or why it leaves nothing.
type Edit = std::result::Result<Entry, String>;

/// Reads an edit by what the stage was pinned with, which never changes, before anything is locked: that may
/// take long.
async fn read_edit(deps: &Deps, viewer: &Viewer, decision: &Decision) -> Result<Option<Edit>> {
    let Some(edited) = &decision.edited_output else {
        return Ok(None);
    };
    let (db, owner) = (deps.store.reader(), viewer.user_id);
    let missing = || Error::not_found(logs::KIND, decision.log_id);
    let log = store::execution_log::find(db, owner, decision.log_id).await?;
    let log = log.ok_or_else(missing)?;
    let run = store::execution::find(db, owner, log.execution_id).await?;
    let run = run.ok_or_else(missing)?;
    let definition = load::definition(db, owner, run.revision_id).await?;
    let stage = advance::pinned_stage(&definition, log.stage_order)?;
    let variables = stage.output_variables.as_ref();
    let read = deps.rules.output(owner, variables, edited).await?;
    let read = read.unwrap_or_else(|unapplied| Err(format!("reading it {unapplied}")));
    Ok(Some(read.map(|value| {
        Entry::new(edited.clone(), Some(value)).brought_by(log.id)
    })))
}

async fn check_room(tx: &Tx, run: &Run, (stage_order, entry): (i32, &Entry)) -> Result<()> {
    let origin = store::execution::origin(run);
    let contexts = store::context::of(&**tx, run.user_id, &[origin]).await?;
    let context = contexts.into_values().next().unwrap_or_default();
    context
        .make_room(stage_order, entry)
        .map_err(|message| Error::too_large("editedOutput", format!("editedOutput: {message}")))
}

fn awaits(run: &Run, log: &Row) -> bool {
    log.status == AttemptStatus::Started && drive::awaits_decision(run)
}

async fn is_same(tx: &Tx, log: &Row, decision: &Decision) -> Result<bool> {
    Ok(log.status == AttemptStatus::Finished
        && log.validation_result == verdict(decision)
        && log.validator_notes == decision.notes
        && store::execution_log::edit(&**tx, log.user_id, log.id).await? == decision.edited_output)
}

/// Was the attempt a person's to judge? One that a rule passed never awaited a decision.
async fn was_manual(tx: &Tx, run: &Run, log: &Row) -> Result<bool> {
    let definition = load::definition(&**tx, run.user_id, run.revision_id).await?;
    let stage = advance::pinned_stage(&definition, log.stage_order)?;
    Ok(stage.validation_type == Kind::Manual)
}

const fn verdict(decision: &Decision) -> ValidationResult {
    if decision.pass {
        ValidationResult::Pass
    } else {
        ValidationResult::Fail
    }
}
