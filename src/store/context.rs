//! The contexts of runs, made anew: from what a run began with, and from those of its attempts whose outputs
//! stand in it. Which these are is found without their texts; only theirs are read then, and no prompts.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{execution_item, execution_log, revision};
use crate::domain::context::{
    Context, Entry, Failed, From, Left, Lists, Past, Standing, open_visit, standing,
};
use crate::domain::definition::{Definition, Stage};
use crate::domain::for_each::NO_ITEMS;
use crate::domain::lineage::By;
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
    let mut made = HashMap::with_capacity(origins.len());
    for origin in origins {
        let attempts = attempts.remove(&origin.id).unwrap_or_default();
        let mut one = made_of(db, owner, (origin, &attempts, attempts.len())).await?;
        one.standing
            .retain(|it| is_asked_for(origin.id, it.stage_order));
        made.insert(origin.id, one);
    }
    fill(db, owner, made).await
}

/// The context of a run as it was when its stage at `order` was last begun; none when it never was.
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
    let of_stage = |attempt: &&Past<Uuid>| attempt.stage_order == order;
    let Some(visit) = attempts.iter().rfind(of_stage).map(|last| last.visit) else {
        return Ok(None);
    };
    let began = |attempt: &Past<Uuid>| (attempt.stage_order, attempt.visit) == (order, visit);
    let count = attempts.iter().position(began).unwrap_or_default();
    let made = made_of(db, owner, (origin, &attempts, count)).await?;
    let mut contexts = fill(db, owner, HashMap::from([(origin.id, made)])).await?;
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

/// What a run's context is made of.
struct Made {
    /// What it began with.
    context: Context,
    standing: Vec<Standing<Uuid>>,
    revision: Uuid,
    /// What it is pinned to, where that was needed.
    definition: Option<Definition>,
}

async fn made_of(
    db: &impl ConnectionTrait,
    owner: Uuid,
    (origin, attempts, count): (&Origin, &[Past<Uuid>], usize),
) -> Result<Made> {
    let has_items = attempts.iter().any(|attempt| attempt.item.is_some());
    let (definition, failed) = if has_items {
        let definition = revision::definition(db, owner, origin.revision_id).await?;
        let failed = execution_item::failed(db, owner, origin.id).await?;
        (Some(definition), failed)
    } else {
        (None, HashMap::new())
    };
    let skips = |order| {
        let stage = definition.as_ref().and_then(|it| it.stage(order));
        stage.is_some_and(Stage::skips_items)
    };
    let lists = Lists {
        skips: &skips,
        failed: &|visit| failed.get(&visit).copied(),
    };
    Ok(Made {
        context: Context::read(&origin.initial_context),
        standing: standing(attempts, count, open(origin), &lists),
        revision: origin.revision_id,
        definition,
    })
}

fn open(origin: &Origin) -> Option<(i32, i32)> {
    let status = (origin.status, origin.status_reason.as_deref());
    open_visit(status, (origin.current_stage_order, origin.current_visit))
}

/// Reads what the contexts are made of, and puts it into them in the order in which it was left.
async fn fill(
    db: &impl ConnectionTrait,
    owner: Uuid,
    made: HashMap<Uuid, Made>,
) -> Result<HashMap<Uuid, Context>> {
    let ids = made.values().flat_map(|made| &made.standing);
    let ids: Vec<_> = ids.flat_map(Standing::attempts).collect();
    let mut answers: HashMap<Uuid, Answer> = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(AT_ONCE) {
        for answer in execution_log::answers(db, owner, ids).await? {
            answers.insert(answer.id, answer);
        }
    }
    let mut contexts = HashMap::with_capacity(made.len());
    for (run, mut made) in made {
        let needs_definition = made
            .standing
            .iter()
            .flat_map(Standing::attempts)
            .filter_map(|id| answers.get(&id))
            .any(|it| is_unread(it) || is_no_item(it));
        if made.definition.is_none() && needs_definition {
            made.definition = Some(revision::definition(db, owner, made.revision).await?);
        }
        let pinned = made.definition.as_ref();
        for standing in &made.standing {
            // One that is gone was deleted with its run meanwhile.
            let left = match &standing.from {
                From::One(id) => {
                    let answer = answers.remove(id);
                    answer.and_then(|answer| left(standing.failed, answer, pinned))
                }
                From::Items(ids) => {
                    let mut read = |id: &Uuid| entry(answers.remove(id)?, pinned).map(Arc::new);
                    let entries = ids.iter().map(|id| id.as_ref().and_then(&mut read));
                    let entries: Vec<_> = entries.collect();
                    Some(Left::Output {
                        entry: Arc::new(Entry::of_items(&entries)),
                        notes: None,
                    })
                }
            };
            if let Some(left) = left {
                made.context.leave(standing.stage_order, left);
            }
        }
        contexts.insert(run, made.context);
    }
    Ok(contexts)
}

/// What items of a list brought, by the attempts that passed.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn of_items(
    db: &impl ConnectionTrait,
    owner: Uuid,
    attempts: &[Uuid],
) -> Result<HashMap<Uuid, Arc<Entry>>> {
    let mut entries = HashMap::with_capacity(attempts.len());
    for ids in attempts.chunks(AT_ONCE) {
        for answer in execution_log::answers(db, owner, ids).await? {
            let id = answer.id;
            if let Some(entry) = entry(answer, None) {
                entries.insert(id, Arc::new(entry));
            }
        }
    }
    Ok(entries)
}

/// What an attempt has left that its visit has failed with.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn failed(db: &impl ConnectionTrait, owner: Uuid, attempt: Uuid) -> Result<Option<Left>> {
    let answers = execution_log::answers(db, owner, &[attempt]).await?;
    let answer = answers.into_iter().next();
    Ok(answer.and_then(|answer| left(true, answer, None)))
}

/// Did the attempt answer that its stage's list is empty, if that is what its stage runs over?
fn is_no_item(answer: &Answer) -> bool {
    answer.item_index.is_none() && answer.raw_output.as_deref() == Some(NO_ITEMS)
}

/// Is there an edit without the value that was read from it? It is a text, or an old row's.
const fn is_unread(answer: &Answer) -> bool {
    answer.edited_output.is_some() && answer.edited_value.is_none()
}

/// What an attempt left in the context.
fn left(failed: bool, mut answer: Answer, pinned: Option<&Definition>) -> Option<Left> {
    if failed {
        let index = answer
            .item_index
            .and_then(|index| usize::try_from(index).ok());
        let notes = answer.error_message.take();
        // An item fails its visit by a verdict, too, and without an answer that had come to its end.
        let broke_off = index.is_some() && notes.is_some() && !answer.keeps_answer;
        return Some(Left::Failed(Arc::new(Failed {
            notes: notes.or_else(|| answer.validator_notes.take()),
            // An empty answer is not written.
            by: By::One(answer.id),
            raw: raw(answer).filter(|_| !broke_off).unwrap_or_default(),
            index,
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
fn entry(answer: Answer, pinned: Option<&Definition>) -> Option<Entry> {
    let id = answer.id;
    read(answer, pinned).map(|entry| entry.brought_by(id))
}

fn read(mut answer: Answer, pinned: Option<&Definition>) -> Option<Entry> {
    let unread = is_unread(&answer);
    if is_no_item(&answer) {
        let stage = pinned.and_then(|it| it.stage(answer.stage_order));
        if stage.is_some_and(|stage| stage.for_each.is_some()) {
            return Some(Entry::of_items(&[]));
        }
    }
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
