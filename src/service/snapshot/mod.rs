//! Snapshots: kept copies of workflows, made by people or before a restore in place.

mod restore;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

pub use self::restore::{RestoreSnapshot, restore};

use super::tx::{self, Tx};
use super::{Deps, stage, versioned};
use crate::domain::definition;
use crate::domain::limit;
use crate::domain::page::{ByTime, Page, PageRequest};
use crate::domain::patch::Patch;
use crate::domain::template::Syntax;
use crate::domain::viewer::Viewer;
use crate::entity::snapshot::{Model, Row};
use crate::entity::{stage as stage_entity, workflow as workflow_entity};
use crate::error::{Error, Result};
use crate::store;
use crate::store::page::Window;
use crate::store::snapshot::MADE;

/// A snapshot to make.
#[derive(Clone, Debug)]
pub struct CreateSnapshot {
    pub workflow_id: Uuid,
    pub name: String,
    pub description: Option<String>,
}

/// Changes to a snapshot, whose data never changes.
#[derive(Clone, Debug)]
pub struct UpdateSnapshot {
    pub id: Uuid,
    pub name: Patch<String>,
    pub description: Patch<String>,
}

/// What a snapshot keeps, in the API's field names.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    workflow: Header,
    stages: Vec<definition::Stage>,
    /// How their templates are read.
    #[serde(default, skip_serializing_if = "Syntax::is_default")]
    template_syntax: Syntax,
}

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    id: Uuid,
    name: String,
    description: Option<String>,
    metadata: Value,
    #[serde(
        default,
        rename = "outputMapping",
        skip_serializing_if = "Option::is_none"
    )]
    output_mapping: Option<Value>,
}

/// The snapshot.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn find(deps: &Deps, viewer: &Viewer, id: Uuid) -> Result<Option<Row>> {
    store::snapshot::find(deps.store.reader(), viewer.user_id, id).await
}

/// One page of the viewer's snapshots, or of one workflow's, newest first.
///
/// # Errors
/// `BadInput` when there is no such page, `Internal` when the database fails.
pub async fn list(
    deps: &Deps,
    viewer: &Viewer,
    request: &PageRequest,
    workflow_id: Option<Uuid>,
) -> Result<Page<Row>> {
    let window = Window::of::<ByTime>(request)?;
    let reader = deps.store.reader();
    let rows = store::snapshot::list(reader, viewer.user_id, workflow_id, &window).await?;
    Ok(window.cut(rows, |row| ByTime {
        at: row.created_at,
        id: row.id,
    }))
}

/// Makes a snapshot of a workflow as it is now.
///
/// # Errors
/// `NotFound` for the workflow, `LimitExceeded` when the viewer has as many snapshots as they may,
/// `BadInput` or `LimitExceeded` naming the field, `Internal` when the database fails.
pub async fn create(deps: &Deps, viewer: &Viewer, input: CreateSnapshot) -> Result<Row> {
    let name = limit::name("name", &input.name)?;
    let description = input.description.map(described).transpose()?;
    let label = &(name, description);
    tx::write(deps, |tx| async move {
        refuse_too_many(&tx, viewer.user_id).await?;
        let workflow = versioned::open(&tx, viewer.user_id, input.workflow_id, None).await?;
        let stages = stages_of(&tx, &workflow).await?;
        let (name, description) = label.clone();
        let snapshot = Model {
            name,
            description,
            ..taken(&tx, deps, &workflow, &stages).await?
        };
        let row = row(&snapshot);
        store::snapshot::insert(&**tx, snapshot).await?;
        Ok(row)
    })
    .await
}

/// Changes the name or description of a snapshot.
///
/// # Errors
/// `NotFound`, `BadInput` or `LimitExceeded` naming the field, `Internal` when the database fails.
pub async fn update(deps: &Deps, viewer: &Viewer, input: UpdateSnapshot) -> Result<Row> {
    let input = &input;
    tx::write(deps, |tx| async move {
        let snapshot = store::snapshot::find(&**tx, viewer.user_id, input.id)
            .await?
            .ok_or_else(|| Error::not_found("snapshot", input.id))?;
        let UpdateSnapshot {
            name, description, ..
        } = input.clone();
        let name = name.apply_required("name", snapshot.name)?;
        let description = description.apply(snapshot.description);
        let changed = Row {
            name: limit::name("name", &name)?,
            description: description.map(described).transpose()?,
            ..snapshot
        };
        store::snapshot::rename(&**tx, &changed).await?;
        Ok(changed)
    })
    .await
}

/// Deletes a snapshot.
///
/// # Errors
/// `NotFound`, `Internal` when the database fails.
pub async fn delete(deps: &Deps, viewer: &Viewer, id: Uuid) -> Result<Uuid> {
    tx::write(deps, |tx| async move {
        if store::snapshot::delete(&**tx, viewer.user_id, id).await? {
            Ok(id)
        } else {
            Err(Error::not_found("snapshot", id))
        }
    })
    .await
}

/// Counts behind a lock of the profile, so that two who come at once do not both find room.
async fn refuse_too_many(tx: &Tx, owner: Uuid) -> Result<()> {
    let profile = store::profile::lock(&**tx, owner)
        .await?
        .ok_or(Error::Unauthenticated)?;
    let most = profile.max_snapshots;
    let count = store::snapshot::count(&**tx, owner).await?;
    if count < u64::try_from(most).unwrap_or_default() {
        return Ok(());
    }
    Err(Error::LimitExceeded {
        field: None,
        message: format!(
            "you have {count} snapshots and maxSnapshots is {most}: delete one or raise the limit"
        ),
    })
}

/// A nameless snapshot of the workflow, not written yet.
async fn taken(
    tx: &Tx,
    deps: &Deps,
    workflow: &workflow_entity::Model,
    stages: &[stage_entity::Model],
) -> Result<Model> {
    let models = stage::models_of(tx, stages).await?;
    let stages = stage::to_definition(stages, &models);
    let kept = stage::keepable(tx, stages, workflow.output_mapping.as_ref()).await?;
    let data = Data {
        workflow: Header {
            id: workflow.id,
            name: workflow.name.clone(),
            description: workflow.description.clone(),
            metadata: workflow.metadata.clone(),
            output_mapping: workflow.output_mapping.clone(),
        },
        stages: kept.stages,
        template_syntax: kept.template_syntax,
    };
    Ok(Model {
        id: deps.clock.new_id(),
        user_id: workflow.user_id,
        workflow_id: Some(workflow.id),
        name: String::new(),
        description: None,
        kind: MADE.to_owned(),
        snapshot_data: serde_json::to_value(data).map_err(Error::internal)?,
        created_at: deps.clock.now(),
    })
}

async fn stages_of(tx: &Tx, workflow: &workflow_entity::Model) -> Result<Vec<stage_entity::Model>> {
    store::stage::of_workflows(&**tx, workflow.user_id, &[workflow.id]).await
}

fn described(text: String) -> Result<String> {
    limit::characters("description", text, limit::NOTE)
}

fn row(snapshot: &Model) -> Row {
    Row {
        id: snapshot.id,
        user_id: snapshot.user_id,
        workflow_id: snapshot.workflow_id,
        name: snapshot.name.clone(),
        description: snapshot.description.clone(),
        kind: snapshot.kind.clone(),
        created_at: snapshot.created_at,
    }
}
