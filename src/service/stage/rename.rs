//! Other orders and keys for the stages of a workflow, and what refers to them written anew.

use std::collections::HashMap;

use serde_json::Value;
use uuid::Uuid;

use super::super::tx;
use super::super::{Deps, versioned};
use super::check::siblings;
use super::pin::{row_of, to_definition};
use super::rewrite;
use crate::domain::definition::{self, Fault};
use crate::domain::limit;
use crate::domain::viewer::Viewer;
use crate::entity::{stage, workflow};
use crate::error::{Error, Result};
use crate::store;

/// The stages of a workflow in a new order.
#[derive(Clone, Debug)]
pub struct ReorderStages {
    pub workflow_id: Uuid,
    /// The version of the workflow that the caller knows.
    pub expected_version: Option<i32>,
    /// All of them, each once.
    pub stage_ids: Vec<Uuid>,
}

/// Gives the stages of a workflow the orders 1, 2, 3, …, and what refers to them the new ones.
///
/// # Errors
/// `NotFound` for the workflow, `Conflict` when its version is another than expected or for what a replica of the
/// version before would misread, `BadInput` on `stageIds` when they are not its stages, `BadInput` when something
/// refers to a stage that there is not, `Internal` when the database fails.
pub async fn reorder(deps: &Deps, viewer: &Viewer, input: ReorderStages) -> Result<workflow::Row> {
    limit::items("stageIds", &input.stage_ids, limit::STAGES)?;
    let input = &input;
    tx::write(deps, |tx| async move {
        let id = input.workflow_id;
        let workflow = versioned::open(&tx, viewer.user_id, id, input.expected_version).await?;
        let mut workflow = versioned::raised(deps, workflow);
        let before = siblings(&tx, viewer.user_id, id).await?;
        let ordered = ordered(before.clone(), &input.stage_ids)?;
        let mut said = to_definition(&ordered, &HashMap::new());
        definition::renumber(&mut said, workflow.output_mapping.as_mut())
            .map_err(|fault| Error::bad_input(fault.field, fault.message))?;
        rewrite(&tx, &before, said_anew(ordered, said)).await?;
        store::workflow::update(&**tx, workflow).await
    })
    .await
}

/// The stages in the order of these ids.
fn ordered(stages: Vec<stage::Model>, ids: &[Uuid]) -> Result<Vec<stage::Model>> {
    let mut left: HashMap<Uuid, _> = stages.into_iter().map(|stage| (stage.id, stage)).collect();
    let mut ordered = Vec::with_capacity(ids.len());
    for (index, id) in ids.iter().enumerate() {
        let stage = left.remove(id).ok_or_else(|| {
            Error::bad_input(
                format!("stageIds[{index}]"),
                format!("stage {id} is no stage of this workflow, or is given twice"),
            )
        })?;
        ordered.push(stage);
    }
    let missing = left.into_values().min_by_key(|stage| stage.stage_order);
    match missing {
        None => Ok(ordered),
        Some(stage) => Err(Error::bad_input(
            "stageIds",
            format!(
                "{} is missing, {}: give all stages of the workflow in their new order",
                definition::label(stage.stage_order, stage.name.as_deref()),
                stage.id
            ),
        )),
    }
}

/// Has rows about to be saved in the place of those `before`, and what a completed run answers, follow the keys: where a
/// stage has another one, the paths that used the one before use that. What a run answered is given as it was before, too.
///
/// # Errors
/// The first path whose key no stage would have any more.
pub(super) fn follow_keys(
    (before, answered): (&[stage::Model], Option<&Value>),
    after: &mut Vec<stage::Model>,
    output_mapping: &mut Option<Value>,
) -> std::result::Result<(), Fault> {
    if before.iter().all(|stage| stage.key.is_none()) {
        return Ok(());
    }
    let mut said = to_definition(after, &HashMap::new());
    let keyed = definition::follow_keys(&to_definition(before, &HashMap::new()), &mut said)?;
    if keyed.is_empty() {
        return Ok(());
    }
    if let Some(mapping) = output_mapping {
        keyed.apply_to_output(answered, mapping)?;
    }
    *after = said_anew(std::mem::take(after), said);
    Ok(())
}

fn said_anew(rows: Vec<stage::Model>, said: Vec<definition::Stage>) -> Vec<stage::Model> {
    let rows = rows.into_iter().zip(said);
    rows.map(|(row, said)| row_of(said, (row.workflow_id, row.user_id), row.created_at))
        .collect()
}
