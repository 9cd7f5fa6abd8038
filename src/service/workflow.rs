//! Workflows: what a user owns, edits and runs. Whatever changes one locks its row first.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Deps;
use super::stage::{self, Given, Ready, StageInput};
use super::tx::{self, Tx};
use super::versioned::{open, raised};
use crate::domain::definition::OUTPUT_MAPPING;
use crate::domain::limit;
use crate::domain::name::folded;
use crate::domain::page::{ByTime, Page, PageRequest};
use crate::domain::patch::Patch;
use crate::domain::viewer::Viewer;
use crate::entity::stage as stage_entity;
use crate::entity::workflow::{Model, Row};
use crate::error::Result;
use crate::store;
use crate::store::page::Window;

/// What a copy's name ends with.
const COPY: &str = " (copy)";

/// A new workflow.
#[derive(Clone, Debug)]
pub struct CreateWorkflow {
    pub name: String,
    pub description: Option<String>,
    pub metadata: Option<Value>,
    /// What a completed run answers; none: the output of the stage that passed last.
    pub output_mapping: Option<Value>,
    pub stages: Vec<StageInput>,
}

/// Changes to a workflow itself.
#[derive(Clone, Debug)]
pub struct UpdateWorkflow {
    pub id: Uuid,
    /// The version that the caller knows.
    pub expected_version: Option<i32>,
    pub name: Patch<String>,
    pub description: Patch<String>,
    pub metadata: Patch<Value>,
    pub output_mapping: Patch<Value>,
}

/// The workflow.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn find(deps: &Deps, viewer: &Viewer, id: Uuid) -> Result<Option<Row>> {
    store::workflow::find(deps.store.reader(), viewer.user_id, id).await
}

/// One page of the viewer's workflows, newest first, of those whose name contains `search`,
/// whatever the case and normal form.
///
/// # Errors
/// `BadInput` when there is no such page, `Internal` when the database fails.
pub async fn list(
    deps: &Deps,
    viewer: &Viewer,
    request: &PageRequest,
    search: Option<String>,
) -> Result<Page<Row>> {
    let window = Window::of::<ByTime>(request)?;
    let search = searched(search)?;
    let reader = deps.store.reader();
    let rows = store::workflow::list(reader, viewer.user_id, search.as_deref(), &window).await?;
    Ok(window.cut(rows, |row| ByTime {
        at: row.created_at,
        id: row.id,
    }))
}

/// How many workflows such a list has, counted no further than `most`.
///
/// # Errors
/// `BadInput` or `LimitExceeded` on `search`, `Internal` when the database fails.
pub async fn count(deps: &Deps, viewer: &Viewer, search: Option<String>, most: u64) -> Result<u64> {
    let search = searched(search)?;
    let reader = deps.store.reader();
    store::workflow::count(reader, viewer.user_id, search.as_deref(), most).await
}

/// What is looked for in names, folded as they are.
fn searched(search: Option<String>) -> Result<Option<String>> {
    let search = search.map(|part| limit::characters("search", part, limit::NAME));
    Ok(search.transpose()?.map(|part| folded(&part)))
}

/// Makes a workflow.
///
/// # Errors
/// `BadInput` or `LimitExceeded` naming the field, `Internal` when the database fails.
pub async fn create(deps: &Deps, viewer: &Viewer, input: CreateWorkflow) -> Result<Row> {
    let workflow = cleaned(Model {
        name: input.name,
        description: input.description,
        metadata: input.metadata.unwrap_or_default(),
        output_mapping: limit::optional_object(OUTPUT_MAPPING, input.output_mapping)?,
        ..blank(deps, viewer.user_id)
    })?;
    let stages = stage::fresh(deps, &workflow, &input.stages)?;
    let ready = Ready::of(deps, viewer.user_id, &stages).await?;
    let (workflow, stages, ready) = (&workflow, &stages, &ready);
    tx::write(deps, |tx| async move {
        stage::check(&tx, (stages, &[]), Given::All, ready).await?;
        stage::check_output(stages, workflow.output_mapping.as_ref())?;
        insert(&tx, workflow.clone(), stages.clone()).await
    })
    .await
}

/// Changes a workflow.
///
/// # Errors
/// `NotFound`, `Conflict` when its version is another than expected, `BadInput` or `LimitExceeded`
/// naming the field, `Internal` when the database fails.
pub async fn update(deps: &Deps, viewer: &Viewer, input: UpdateWorkflow) -> Result<Row> {
    let input = &input;
    tx::write(deps, |tx| async move {
        let workflow = open(&tx, viewer.user_id, input.id, input.expected_version).await?;
        let UpdateWorkflow {
            name,
            description,
            metadata,
            output_mapping,
            ..
        } = input.clone();
        let is_answered_otherwise = output_mapping != Patch::Keep;
        let workflow = stage::answering(&tx, workflow, output_mapping).await?;
        if is_answered_otherwise {
            let stages = store::stage::of_workflows(&**tx, viewer.user_id, &[input.id]).await?;
            stage::check_output(&stages, workflow.output_mapping.as_ref())?;
        }
        let changed = cleaned(Model {
            name: name.apply_required("name", workflow.name)?,
            description: description.apply(workflow.description),
            metadata: metadata.apply(Some(workflow.metadata)).unwrap_or_default(),
            ..workflow
        })?;
        store::workflow::update(&**tx, raised(deps, changed)).await
    })
    .await
}

/// Copies a workflow with its stages, which get ids of their own.
///
/// # Errors
/// `NotFound`, `BadInput` or `LimitExceeded` on `name`, `LimitExceeded` when it is larger than a workflow may
/// be now, `Internal` when the database fails.
pub async fn duplicate(
    deps: &Deps,
    viewer: &Viewer,
    id: Uuid,
    name: Option<String>,
) -> Result<Row> {
    let name = name.map(|name| limit::name("name", &name)).transpose()?;
    let name = &name;
    tx::write(deps, |tx| async move {
        let source = open(&tx, viewer.user_id, id, None).await?;
        let stages = store::stage::of_workflows(&**tx, viewer.user_id, &[id]).await?;
        stage::weigh(&stages, None)?;
        let name = name.clone().unwrap_or_else(|| copy_name(&source.name));
        let copy = Model {
            name_folded: folded(&name),
            name,
            description: source.description,
            metadata: source.metadata,
            output_mapping: source.output_mapping,
            ..blank(deps, viewer.user_id)
        };
        let stages = stages
            .into_iter()
            .map(|stage| stage_entity::Model {
                id: deps.clock.new_id(),
                workflow_id: copy.id,
                created_at: copy.created_at,
                ..stage
            })
            .collect();
        insert(&tx, copy, stages).await
    })
    .await
}

/// Deletes a workflow with its stages: it is gone at once. What runs is cancelled by and by ([`super::keep`]); runs
/// and snapshots stay readable.
///
/// # Errors
/// `NotFound`, `Internal` when the database fails.
pub async fn delete(deps: &Deps, viewer: &Viewer, id: Uuid) -> Result<Uuid> {
    tx::write(deps, |tx| async move {
        open(&tx, viewer.user_id, id, None).await?;
        store::workflow::mark_deleted(&**tx, viewer.user_id, id, deps.clock.now()).await?;
        // There are few, and without them no finder of stages has to know of marks.
        store::stage::delete_of_workflow(&**tx, viewer.user_id, id).await?;
        Ok(())
    })
    .await?;
    deps.hub.call_keeper();
    Ok(id)
}

/// A workflow of `owner` that has nothing yet, not even a name.
pub(super) fn blank(deps: &Deps, owner: Uuid) -> Model {
    let now = deps.clock.now();
    Model {
        id: deps.clock.new_id(),
        user_id: owner,
        name: String::new(),
        name_folded: String::new(),
        description: None,
        metadata: json!({}),
        output_mapping: None,
        version: 1,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    }
}

/// Adds a workflow with its stages.
///
/// # Errors
/// `Conflict` for what a replica of the version before would misread, `Internal` when the database fails.
pub(super) async fn insert(
    tx: &Tx,
    workflow: Model,
    stages: Vec<stage_entity::Model>,
) -> Result<Row> {
    stage::refuse_unread_output(tx, workflow.output_mapping.as_ref(), None).await?;
    let row = store::workflow::insert(&**tx, workflow).await?;
    let stages = stage::readable(tx, stages, &[]).await?;
    store::stage::insert(&**tx, stages).await?;
    Ok(row)
}

/// The workflow with its texts and metadata checked for size and cleaned.
fn cleaned(workflow: Model) -> Result<Model> {
    let name = limit::name("name", &workflow.name)?;
    let description = workflow
        .description
        .map(|text| limit::characters("description", text, limit::NOTE))
        .transpose()?;
    let metadata = limit::optional_object("metadata", Some(workflow.metadata))?;
    Ok(Model {
        name_folded: folded(&name),
        name,
        description,
        metadata: metadata.unwrap_or_else(|| json!({})),
        ..workflow
    })
}

fn copy_name(name: &str) -> String {
    let kept: String = name.chars().take(limit::NAME - COPY.len()).collect();
    kept + COPY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_a_long_name_is_a_name_that_still_says_so() {
        let name = copy_name(&"ä".repeat(limit::NAME));

        assert_eq!(name.chars().count(), limit::NAME);
        assert!(name.ends_with(COPY));
        assert_eq!(copy_name("Digest"), "Digest (copy)");
    }
}
