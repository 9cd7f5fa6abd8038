//! A workflow under change: locked, as its caller knows it, and then one version further. Whatever
//! changes a workflow or its stages begins here.

use uuid::Uuid;

use super::Deps;
use super::tx::Tx;
use crate::entity::workflow::Model;
use crate::error::{Error, Result};
use crate::store;

/// Locks the workflow, and makes sure that it is as the caller knows it.
///
/// # Errors
/// `NotFound`, `Conflict` when its version is another than expected, `Internal` when the database
/// fails.
pub(super) async fn open(
    tx: &Tx,
    owner: Uuid,
    id: Uuid,
    expected_version: Option<i32>,
) -> Result<Model> {
    let workflow = store::workflow::lock(&**tx, owner, id)
        .await?
        .ok_or_else(|| Error::not_found("workflow", id))?;
    match expected_version {
        Some(expected) if expected != workflow.version => Err(Error::conflict(format!(
            "workflow {id} has version {}, not {expected}: read it again and repeat your change",
            workflow.version
        ))),
        Some(_) | None => Ok(workflow),
    }
}

/// The workflow one version further, changed now.
pub(super) fn raised(deps: &Deps, workflow: Model) -> Model {
    Model {
        version: workflow.version + 1,
        updated_at: deps.clock.now(),
        ..workflow
    }
}
