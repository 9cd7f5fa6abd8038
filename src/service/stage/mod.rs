//! The stages of a workflow, one by one and as a whole list. Every change locks the workflow, checks
//! all stages as they would then be, and raises the workflow's version.

mod check;
mod draft;
mod input;
mod older;
mod pin;
mod ready;
mod rename;

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use uuid::Uuid;

pub use self::input::{StageInput, UpdateStage};
pub use self::pin::{pinned_all, to_definition};
pub use self::rename::{ReorderStages, reorder};

pub(super) use self::check::{Given, check, check_output, weigh};
pub(super) use self::draft::drafted;
pub(super) use self::older::{keepable, readable, refuse_unread_output};
pub(super) use self::pin::{models_now, models_of, pinned, row_of};
pub(super) use self::ready::Ready;

use self::check::{refusal, refuse_needed, siblings};
use self::input::cleaned;
use self::ready::path;
use self::rename::follow_keys;
use super::tx::{self, Tx};
use super::{Deps, versioned};
use crate::domain::definition::{self, OUTPUT_MAPPING};
use crate::domain::limit;
use crate::domain::patch::Patch;
use crate::domain::viewer::Viewer;
use crate::entity::{stage, workflow as entity};
use crate::error::{Error, Result};
use crate::store;

/// A whole list in the place of a workflow's stages.
#[derive(Clone, Debug)]
pub struct ReplaceStages {
    pub workflow_id: Uuid,
    /// The version of the workflow that the caller knows.
    pub expected_version: Option<i32>,
    /// Those with an id are kept and changed, those without are new, the others go.
    pub stages: Vec<StageInput>,
    /// What a completed run answers then.
    pub output_mapping: Patch<Value>,
}

/// A stage for a workflow that has none of its order.
#[derive(Clone, Debug)]
pub struct AddStage {
    pub workflow_id: Uuid,
    /// The version of the workflow that the caller knows.
    pub expected_version: Option<i32>,
    pub stage: StageInput,
}

/// A stage to delete.
#[derive(Clone, Copy, Debug)]
pub struct DeleteStage {
    pub id: Uuid,
    /// The version of the workflow that the caller knows.
    pub expected_version: Option<i32>,
}

/// The stage.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn find(deps: &Deps, viewer: &Viewer, id: Uuid) -> Result<Option<stage::Model>> {
    store::stage::find(deps.store.reader(), viewer.user_id, id).await
}

/// Puts a whole list in the place of a workflow's stages.
///
/// # Errors
/// `NotFound` for the workflow, `Conflict` when its version is another than expected, `BadInput` or
/// `LimitExceeded` naming the stage and field, `Internal` when the database fails.
pub async fn replace(deps: &Deps, viewer: &Viewer, input: ReplaceStages) -> Result<entity::Row> {
    limit::items("stages", &input.stages, limit::STAGES)?;
    let mut ready = Ready::default();
    for (index, stage) in input.stages.iter().enumerate() {
        let compiled = ready.compile(deps, viewer.user_id, stage.rule()).await;
        compiled.map_err(|error| error.within(&path(index)))?;
    }
    let (input, ready) = (&input, &ready);
    tx::write(deps, |tx| async move {
        let id = input.workflow_id;
        let workflow = versioned::open(&tx, viewer.user_id, id, input.expected_version).await?;
        let workflow = versioned::raised(deps, workflow);
        let answered = workflow.output_mapping.clone();
        let mut workflow = answering(&tx, workflow, input.output_mapping.clone()).await?;
        let before = siblings(&tx, viewer.user_id, id).await?;
        let mut after = replacing(deps, &workflow, &before, &input.stages)?;
        let was = (before.as_slice(), answered.as_ref());
        follow_keys(was, &mut after, &mut workflow.output_mapping)
            .map_err(|fault| refusal(fault, Given::All, 0))?;
        check(&tx, (&after, &before), Given::All, ready).await?;
        check_output(&after, workflow.output_mapping.as_ref())?;
        rewrite(&tx, &before, after).await?;
        store::workflow::update(&**tx, workflow).await
    })
    .await
}

/// Adds a stage.
///
/// # Errors
/// Like [`replace`], with fields under `stage`.
pub async fn add(deps: &Deps, viewer: &Viewer, input: AddStage) -> Result<entity::Row> {
    if input.stage.id.is_some() {
        return Err(refused_id(&input.stage).within("stage"));
    }
    let mut ready = Ready::default();
    let compiled = ready
        .compile(deps, viewer.user_id, input.stage.rule())
        .await;
    compiled.map_err(|error| error.within("stage"))?;
    let (input, ready) = (&input, &ready);
    tx::write(deps, |tx| async move {
        let id = input.workflow_id;
        let workflow = versioned::open(&tx, viewer.user_id, id, input.expected_version).await?;
        let workflow = versioned::raised(deps, workflow);
        let stage = new_row(deps, &workflow, input.stage.clone());
        let stage = cleaned(stage, None).map_err(|error| error.within("stage"))?;
        let mut stages = siblings(&tx, viewer.user_id, id).await?;
        stages.push(stage.clone());
        check(&tx, (&stages, &[]), Given::New, ready).await?;
        let stage = readable(&tx, vec![stage], &[]).await?;
        store::stage::insert(&**tx, stage).await?;
        store::workflow::update(&**tx, workflow).await
    })
    .await
}

/// Changes a stage.
///
/// # Errors
/// `NotFound` for the stage, `Conflict` when the workflow's version is another than expected,
/// `BadInput` or `LimitExceeded` naming the field, `Internal` when the database fails.
pub async fn update(deps: &Deps, viewer: &Viewer, input: UpdateStage) -> Result<entity::Row> {
    let ready = ready_for(deps, viewer, &input).await?;
    let (input, ready) = (&input, &ready);
    tx::write(deps, |tx| async move {
        let Opened {
            workflow,
            stage: before,
            mut others,
        } = open(&tx, viewer.user_id, input.id, input.expected_version).await?;
        let mut workflow = versioned::raised(deps, workflow);
        let stage = cleaned(input.clone().apply(before.clone())?, Some(&before))?;
        let mut after = others.clone();
        after.push(stage);
        others.push(before);
        let (before, last) = (others, after.len() - 1);
        let answered = workflow.output_mapping.clone();
        let was = (before.as_slice(), answered.as_ref());
        follow_keys(was, &mut after, &mut workflow.output_mapping)
            .map_err(|fault| refusal(fault, Given::Changed, last))?;
        check(&tx, (&after, &before), Given::Changed, ready).await?;
        check_output(&after, workflow.output_mapping.as_ref())?;
        let changed = after.into_iter().filter(|stage| !before.contains(stage));
        for stage in readable(&tx, changed.collect(), &before).await? {
            store::stage::update(&**tx, stage).await?;
        }
        store::workflow::update(&**tx, workflow).await
    })
    .await
}

/// The rule that the stage would then have, if the change says anything of it.
async fn ready_for(deps: &Deps, viewer: &Viewer, input: &UpdateStage) -> Result<Ready> {
    let mut ready = Ready::default();
    if !input.changes_rule() {
        return Ok(ready);
    }
    // Whether there is such a stage is asked again behind the lock.
    if let Some(stage) = find(deps, viewer, input.id).await? {
        let stage = input.clone().apply(stage)?;
        let rule = (&stage).into();
        ready.compile(deps, viewer.user_id, rule).await?;
    }
    Ok(ready)
}

/// Deletes a stage that no other one routes to or reads from.
///
/// # Errors
/// `NotFound` for the stage, `Conflict` when the workflow's version is another than expected,
/// `BadInput` on `id` while it is needed, `Internal` when the database fails.
pub async fn delete(deps: &Deps, viewer: &Viewer, input: DeleteStage) -> Result<entity::Row> {
    tx::write(deps, |tx| async move {
        let opened = open(&tx, viewer.user_id, input.id, input.expected_version).await?;
        let Opened {
            workflow,
            stage,
            others,
        } = opened;
        let mut workflow = versioned::raised(deps, workflow);
        let (order, mut before) = (stage.stage_order, others.clone());
        // It may be read by its key.
        before.push(stage);
        refuse_needed(&before, workflow.output_mapping.as_ref(), order)?;
        store::stage::delete(&**tx, viewer.user_id, &[input.id]).await?;
        // What others have escaped with its key is a text by itself then.
        let mut after = others;
        follow_keys((&before, None), &mut after, &mut workflow.output_mapping)
            .map_err(|fault| refusal(fault, Given::Changed, 0))?;
        let changed = after.into_iter().filter(|stage| !before.contains(stage));
        for stage in readable(&tx, changed.collect(), &before).await? {
            store::stage::update(&**tx, stage).await?;
        }
        store::workflow::update(&**tx, workflow).await
    })
    .await
}

/// The workflow with another answer of its completed runs, which is still to be checked against its stages.
///
/// # Errors
/// `BadInput` or `LimitExceeded` on `outputMapping`, `Conflict` for what a replica of the version before would misread,
/// `Internal` when the database fails.
pub(super) async fn answering(
    tx: &Tx,
    workflow: entity::Model,
    output_mapping: Patch<Value>,
) -> Result<entity::Model> {
    let before = workflow.output_mapping.clone();
    let after = output_mapping.apply(before.clone());
    let after = limit::optional_object(OUTPUT_MAPPING, after)?;
    refuse_unread_output(tx, after.as_ref(), before.as_ref()).await?;
    Ok(entity::Model {
        output_mapping: after,
        ..workflow
    })
}

/// Rows for the stages of a workflow that is made anew.
///
/// # Errors
/// `BadInput` or `LimitExceeded` naming the stage and field.
pub(super) fn fresh(
    deps: &Deps,
    workflow: &entity::Model,
    stages: &[StageInput],
) -> Result<Vec<stage::Model>> {
    limit::items("stages", stages, limit::STAGES)?;
    stages
        .iter()
        .enumerate()
        .map(|(index, stage)| {
            if stage.id.is_some() {
                return Err(refused_id(stage).within(&path(index)));
            }
            let row = new_row(deps, workflow, stage.clone());
            cleaned(row, None).map_err(|error| error.within(&path(index)))
        })
        .collect()
}

/// Writes `after` in the place of `before`: rows with an id that was there are changed in place, the
/// others are new, and what is left of `before` goes. The kept ones are lifted out of the way first,
/// for two of them may swap their orders.
///
/// # Errors
/// `Conflict` for what a replica of the version before would misread, `Internal` when the database fails.
pub(super) async fn rewrite(
    tx: &Tx,
    before: &[stage::Model],
    after: Vec<stage::Model>,
) -> Result<()> {
    let after = readable(tx, after, before).await?;
    let ids_before: HashSet<Uuid> = before.iter().map(|stage| stage.id).collect();
    let ids_after: HashSet<Uuid> = after.iter().map(|stage| stage.id).collect();
    if let Some(any) = before.first() {
        store::stage::lift(&**tx, any.user_id, any.workflow_id).await?;
        let gone: Vec<Uuid> = ids_before.difference(&ids_after).copied().collect();
        store::stage::delete(&**tx, any.user_id, &gone).await?;
    }
    let (kept, new): (Vec<_>, Vec<_>) = after
        .into_iter()
        .partition(|stage| ids_before.contains(&stage.id));
    for stage in kept {
        store::stage::update(&**tx, stage).await?;
    }
    store::stage::insert(&**tx, new).await
}

/// A stage of a locked workflow.
struct Opened {
    workflow: entity::Model,
    stage: stage::Model,
    others: Vec<stage::Model>,
}

/// Locks the stage's workflow, then reads its stages: what was read before the lock may be old.
async fn open(tx: &Tx, owner: Uuid, id: Uuid, expected_version: Option<i32>) -> Result<Opened> {
    let missing = || Error::not_found("stage", id);
    let known = store::stage::find(&**tx, owner, id).await?;
    let workflow_id = known.ok_or_else(missing)?.workflow_id;
    let workflow = versioned::open(tx, owner, workflow_id, expected_version).await?;
    let mut others = siblings(tx, owner, workflow_id).await?;
    let index = others.iter().position(|stage| stage.id == id);
    let stage = others.remove(index.ok_or_else(missing)?);
    Ok(Opened {
        workflow,
        stage,
        others,
    })
}

/// The row of a new stage, made when its workflow was last written.
fn new_row(deps: &Deps, workflow: &entity::Model, stage: StageInput) -> stage::Model {
    let of = (workflow.id, workflow.user_id);
    stage.into_row(deps.clock.new_id(), of, workflow.updated_at)
}

/// The refusal of an id that none of the workflow's stages has, or that two of those given have.
fn not_its_own(label: &str, id: Uuid) -> Error {
    Error::bad_input(
        "id",
        format!("{label}: {id} is no stage of this workflow, or is given twice"),
    )
}

/// The rows that the inputs stand for, where those with an id must be the workflow's own.
fn replacing(
    deps: &Deps,
    workflow: &entity::Model,
    before: &[stage::Model],
    inputs: &[StageInput],
) -> Result<Vec<stage::Model>> {
    let mut kept: HashMap<Uuid, &stage::Model> =
        before.iter().map(|stage| (stage.id, stage)).collect();
    let mut row = |input: &StageInput| {
        let Some(id) = input.id else {
            return cleaned(new_row(deps, workflow, input.clone()), None);
        };
        let Some(stage) = kept.remove(&id) else {
            let label = definition::label(input.stage_order, input.name.as_deref());
            return Err(not_its_own(&label, id));
        };
        let of = (workflow.id, workflow.user_id);
        let row = input.clone().into_row(id, of, stage.created_at);
        cleaned(row, Some(stage))
    };
    inputs
        .iter()
        .enumerate()
        .map(|(index, input)| row(input).map_err(|error| error.within(&path(index))))
        .collect()
}

fn refused_id(stage: &StageInput) -> Error {
    let label = definition::label(stage.stage_order, stage.name.as_deref());
    let message = format!("{label}: a new stage gets its id here: leave id out");
    Error::bad_input("id", message)
}
