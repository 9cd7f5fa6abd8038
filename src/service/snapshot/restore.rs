//! Restoring a snapshot, into a new workflow or in the place of what a workflow is now.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{Data, Header, stages_of, taken};
use crate::domain::definition;
use crate::domain::limit;
use crate::domain::name::folded;
use crate::domain::viewer::Viewer;
use crate::entity::snapshot::Model;
use crate::entity::{stage as stage_entity, workflow as workflow_entity};
use crate::error::{Error, Result};
use crate::service::tx::{self, Tx};
use crate::service::{Deps, stage, versioned, workflow};
use crate::store;
use crate::store::snapshot::AUTOMATIC;

/// How many automatic snapshots a workflow keeps.
const AUTOMATIC_KEPT: u64 = 10;

/// A snapshot to restore.
#[derive(Clone, Copy, Debug)]
pub struct RestoreSnapshot {
    pub snapshot_id: Uuid,
    /// The workflow that takes its content; none for a new one.
    pub into_workflow_id: Option<Uuid>,
}

/// Restores a snapshot into a new workflow, or in the place of what a workflow is now, which is
/// saved first.
///
/// # Errors
/// `NotFound` for the snapshot or the workflow, `LimitExceeded` when it is larger than a workflow may be now,
/// `Internal` when the database fails.
pub async fn restore(
    deps: &Deps,
    viewer: &Viewer,
    input: RestoreSnapshot,
) -> Result<workflow_entity::Row> {
    tx::write(deps, |tx| async move {
        let snapshot = store::snapshot::find_whole(&**tx, viewer.user_id, input.snapshot_id)
            .await?
            .ok_or_else(|| Error::not_found("snapshot", input.snapshot_id))?;
        let data = serde_json::from_value(snapshot.snapshot_data).map_err(Error::internal)?;
        match input.into_workflow_id {
            Some(id) => {
                let workflow = versioned::open(&tx, viewer.user_id, id, None).await?;
                in_place(&tx, deps, workflow, (snapshot.name, data)).await
            }
            None => anew(&tx, deps, viewer.user_id, data).await,
        }
    })
    .await
}

async fn anew(tx: &Tx, deps: &Deps, owner: Uuid, data: Data) -> Result<workflow_entity::Row> {
    let workflow = with_header(workflow::blank(deps, owner), data.workflow);
    let stages = rows(tx, deps, &workflow, (data.stages, &[])).await?;
    workflow::insert(tx, workflow, stages).await
}

async fn in_place(
    tx: &Tx,
    deps: &Deps,
    workflow: workflow_entity::Model,
    (name, data): (String, Data),
) -> Result<workflow_entity::Row> {
    let before = stages_of(tx, &workflow).await?;
    let saved = Model {
        name: format!("Before restoring {name}")
            .chars()
            .take(limit::NAME)
            .collect(),
        kind: AUTOMATIC.to_owned(),
        ..taken(tx, deps, &workflow, &before).await?
    };
    store::snapshot::insert(&**tx, saved).await?;
    let (owner, id) = (workflow.user_id, workflow.id);
    store::snapshot::trim_automatic(&**tx, owner, id, AUTOMATIC_KEPT).await?;
    let answered = workflow.output_mapping.clone();
    let workflow = with_header(versioned::raised(deps, workflow), data.workflow);
    let answer = workflow.output_mapping.as_ref();
    stage::refuse_unread_output(tx, answer, answered.as_ref()).await?;
    let after = rows(tx, deps, &workflow, (data.stages, &before)).await?;
    stage::rewrite(tx, &before, after).await?;
    store::workflow::update(&**tx, workflow).await
}

/// Rows for kept stages. One that the workflow still has keeps its id, the others get new ones.
async fn rows(
    tx: &Tx,
    deps: &Deps,
    workflow: &workflow_entity::Model,
    (kept, before): (Vec<definition::Stage>, &[stage_entity::Model]),
) -> Result<Vec<stage_entity::Model>> {
    let models = Models::of(tx, &kept).await?;
    let made: HashMap<Uuid, _> = before
        .iter()
        .map(|stage| (stage.id, stage.created_at))
        .collect();
    let rows: Vec<_> = kept
        .into_iter()
        .map(|stage| {
            let created_at = made.get(&stage.id).copied();
            let stage = definition::Stage {
                id: created_at.map_or_else(|| deps.clock.new_id(), |_| stage.id),
                model_id: models.resolve(&stage),
                ..stage
            };
            let created_at = created_at.unwrap_or(workflow.updated_at);
            stage::row_of(stage, (workflow.id, workflow.user_id), created_at)
        })
        .collect();
    stage::weigh(&rows, None)?;
    Ok(rows)
}

/// The models that kept stages name, as far as they exist.
struct Models {
    ids: HashSet<Uuid>,
    by_identifier: HashMap<String, Uuid>,
}

impl Models {
    async fn of(tx: &Tx, stages: &[definition::Stage]) -> Result<Self> {
        let ids: Vec<Uuid> = stages.iter().filter_map(|stage| stage.model_id).collect();
        let identifiers: Vec<String> = stages
            .iter()
            .filter_map(|stage| stage.model_identifier_for_flowise.clone())
            .collect();
        let same = store::model::by_ids(&**tx, &ids).await?;
        let alike = store::model::by_identifiers(&**tx, &identifiers).await?;
        Ok(Self {
            ids: same.into_iter().map(|model| model.id).collect(),
            by_identifier: alike
                .into_iter()
                .map(|model| (model.model_identifier_for_flowise, model.id))
                .collect(),
        })
    }

    /// The model by id, else by identifier, else none: a model that is gone fails no restore.
    fn resolve(&self, stage: &definition::Stage) -> Option<Uuid> {
        stage
            .model_id
            .filter(|id| self.ids.contains(id))
            .or_else(|| {
                let identifier = stage.model_identifier_for_flowise.as_ref()?;
                self.by_identifier.get(identifier).copied()
            })
    }
}

fn with_header(mut workflow: workflow_entity::Model, header: Header) -> workflow_entity::Model {
    workflow.name_folded = folded(&header.name);
    workflow.name = header.name;
    workflow.description = header.description;
    workflow.metadata = header.metadata;
    workflow.output_mapping = header.output_mapping;
    workflow
}
