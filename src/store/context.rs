//! The contexts of runs, made anew: from what a run began with, and from those of its attempts whose outputs
//! stand in it. Which these are is found without their texts; only theirs are read then, and no prompts.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{execution_log, revision};
use crate::domain::context::{Context, Entry, Failed, Left, Past, Standing, open_visit, standing};
use crate::domain::definition::Definition;
use crate::domain::output::OutputVariables;
use crate::entity::execution::Origin;
use crate::entity::execution_log::Answer;
use crate::error::Result;

/// Attempts whose answers are read in one statement.
const AT_ONCE: usize = 256;

/// The contexts of these runs, by their ids.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn of(
    db: &impl ConnectionTrait,
    owner: Uuid,
    origins: &[Origin],
) -> Result<HashMap<Uuid, Context>> {
    of_stages(db, owner, origins, |_, _| true).await
}

/// What these of their stages have brought, by run and order, and what they began with.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn of_stages(
    db: &impl ConnectionTrait,
    owner: Uuid,
    origins: &[Origin],
    is_asked_for: impl Fn(Uuid, i32) -> bool,
) -> Result<HashMap<Uuid, Context>> {
    let ids: Vec<_> = origins.iter().map(|origin| origin.id).collect();
    let mut attempts: HashMap<Uuid, Vec<Past<Uuid>>> = HashMap::new();
    for (run, attempt) in execution_log::pasts(db, owner, &ids).await? {
        attempts.entry(run).or_default().push(attempt);
    }
    let mut contexts = HashMap::with_capacity(origins.len());
    let mut answers = Vec::new();
    for origin in origins {
        let attempts = attempts.remove(&origin.id).unwrap_or_default();
        let standing = standing(&attempts, attempts.len(), open(origin));
        let asked_for = |it: &Standing<Uuid>| is_asked_for(origin.id, it.stage_order);
        answers.extend(standing.into_iter().filter(asked_for));
        contexts.insert(origin.id, Context::read(&origin.initial_context));
    }
    fill(db, owner, origins, (&mut contexts, &answers)).await?;
    Ok(contexts)
}

/// The context of a run as it was when its stage at `order` was last started; none when it never was.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn before(
    db: &impl ConnectionTrait,
    owner: Uuid,
    origin: &Origin,
    order: i32,
) -> Result<Option<Context>> {
    let attempts = execution_log::pasts(db, owner, &[origin.id]).await?;
    let attempts: Vec<_> = attempts.into_iter().map(|(_, attempt)| attempt).collect();
    let started = |attempt: &Past<Uuid>| attempt.stage_order == order;
    let Some(last) = attempts.iter().rposition(started) else {
        return Ok(None);
    };
    let answers = standing(&attempts, last, open(origin));
    let mut contexts = HashMap::from([(origin.id, Context::read(&origin.initial_context))]);
    let origins = std::slice::from_ref(origin);
    fill(db, owner, origins, (&mut contexts, &answers)).await?;
    Ok(contexts.remove(&origin.id))
}

/// What an attempt's model has brought, whatever has become of the attempt.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn brought(
    db: &impl ConnectionTrait,
    owner: Uuid,
    attempt: Uuid,
) -> Result<Option<Entry>> {
    let mut answers = execution_log::answers(db, owner, &[attempt]).await?;
    Ok(answers.pop().and_then(|answer| entry(answer, None)))
}

fn open(origin: &Origin) -> Option<(i32, i32)> {
    let status = (origin.status, origin.status_reason.as_deref());
    open_visit(status, (origin.current_stage_order, origin.current_visit))
}

/// Puts what these attempts left into the contexts of their runs: those of one run in the order in which they did.
async fn fill(
    db: &impl ConnectionTrait,
    owner: Uuid,
    origins: &[Origin],
    (contexts, attempts): (&mut HashMap<Uuid, Context>, &[Standing<Uuid>]),
) -> Result<()> {
    let origins: HashMap<_, _> = origins.iter().map(|origin| (origin.id, origin)).collect();
    let mut definitions = HashMap::new();
    for attempts in attempts.chunks(AT_ONCE) {
        let ids: Vec<_> = attempts.iter().map(|attempt| attempt.id).collect();
        let answers = execution_log::answers(db, owner, &ids).await?;
        let answers = answers.into_iter().map(|answer| (answer.id, answer));
        let mut answers: HashMap<_, _> = answers.collect();
        for attempt in attempts {
            // One that is gone was deleted with its run meanwhile.
            let Some(answer) = answers.remove(&attempt.id) else {
                continue;
            };
            let run = answer.execution_id;
            let (Some(context), Some(origin)) = (contexts.get_mut(&run), origins.get(&run)) else {
                continue;
            };
            if is_unread(&answer) && !definitions.contains_key(&run) {
                let pinned = revision::definition(db, owner, origin.revision_id).await?;
                definitions.insert(run, pinned);
            }
            if let Some(left) = left(attempt, answer, definitions.get(&run)) {
                context.leave(attempt.stage_order, left);
            }
        }
    }
    Ok(())
}

/// Is there an edit without the value that was read from it? It is a text, or an old row's.
const fn is_unread(answer: &Answer) -> bool {
    answer.edited_output.is_some() && answer.edited_value.is_none()
}

/// What an attempt left in the context.
fn left(attempt: &Standing<Uuid>, mut answer: Answer, pinned: Option<&Definition>) -> Option<Left> {
    if attempt.failed {
        return Some(Left::Failed(Arc::new(Failed {
            notes: answer.error_message.take(),
            // An empty answer is not written.
            raw: raw(answer).unwrap_or_default(),
            index: None,
        })));
    }
    let notes = answer.validator_notes.take();
    let entry = Arc::new(entry(answer, pinned)?);
    Some(Left::Output { entry, notes })
}

/// What the model answered, without the thoughts ahead of it.
fn raw(answer: Answer) -> Option<String> {
    let mut raw = answer.raw_output?;
    let start = usize::try_from(answer.answer_start).unwrap_or(0);
    if start > 0 {
        raw.get(start..)?;
        raw.drain(..start);
    }
    Some(raw)
}

/// The output of an attempt: the model's answer, or what a person put in its place.
fn entry(mut answer: Answer, pinned: Option<&Definition>) -> Option<Entry> {
    let unread = is_unread(&answer);
    let Some(edited) = answer.edited_output.take() else {
        let output = answer.parsed_output.take();
        return Some(Entry::new(raw(answer)?, output));
    };
    if !unread {
        return Some(Entry::new(edited, answer.edited_value));
    }
    let variables = pinned?.stage(answer.stage_order)?.output_variables.as_ref();
    let value = OutputVariables::parse(variables).ok()?.reread(&edited)?;
    Some(Entry::new(edited, Some(value)))
}
