//! What may be watched: a run live, and the states of all of a user's runs.

use std::sync::Arc;

use futures_util::stream::{self, BoxStream, StreamExt};
use uuid::Uuid;

use super::Deps;
use crate::domain::event::Event;
use crate::domain::viewer::Viewer;
use crate::entity::execution_event::Model;
use crate::error::{Error, Result};
use crate::events::follow::{self, Follow};
use crate::events::hub::Statuses;
use crate::store;

pub use crate::events::follow::Told;

/// What a stored event says.
///
/// # Errors
/// `Internal` when its payload is no event.
pub fn read(row: &Model) -> Result<Event> {
    store::event::read(row)
}

/// Follows a run from `after` to its end, with the text of its attempts if `deltas` is set.
///
/// # Errors
/// `NotFound` when the run is not the viewer's, `BadInput` when `after` is negative.
pub async fn follow(
    deps: &Arc<Deps>,
    viewer: &Viewer,
    execution_id: Uuid,
    after: i64,
    deltas: bool,
) -> Result<BoxStream<'static, Result<Told>>> {
    let what = Follow {
        owner: viewer.user_id,
        execution_id,
        after,
        deltas,
    };
    Ok(follow::follow(&deps.hub, what).await?.boxed())
}

/// The status events of the viewer's runs from now on, of all or of one workflow's. None is left out,
/// however slowly they are taken.
///
/// # Errors
/// `NotFound` when the workflow is not the viewer's.
pub async fn statuses(
    deps: &Arc<Deps>,
    viewer: &Viewer,
    workflow_id: Option<Uuid>,
) -> Result<BoxStream<'static, Result<Model>>> {
    let owner = viewer.user_id;
    if let Some(id) = workflow_id {
        store::workflow::find(deps.store.reader(), owner, id)
            .await?
            .ok_or_else(|| Error::not_found("workflow", id.to_string()))?;
    }
    let statuses = deps.hub.statuses(owner, deps.clock.now()).await?;
    let told = stream::unfold(Some(statuses), move |statuses| async move {
        let mut statuses = statuses?;
        let event = next_of(&mut statuses, workflow_id).await;
        let rest = event.is_ok().then_some(statuses);
        Some((event, rest))
    });
    Ok(told.boxed())
}

async fn next_of(statuses: &mut Statuses, workflow_id: Option<Uuid>) -> Result<Model> {
    loop {
        let row = statuses.next().await;
        if workflow_id.is_none() || workflow_of(&row)? == workflow_id {
            return Ok(Arc::unwrap_or_clone(row));
        }
    }
}

fn workflow_of(row: &Model) -> Result<Option<Uuid>> {
    Ok(match read(row)? {
        Event::ExecutionStatusChanged { workflow_id, .. } => workflow_id,
        Event::StageStarted { .. }
        | Event::StageFinished { .. }
        | Event::StageRetryScheduled { .. }
        | Event::ManualValidationRequested(_)
        | Event::ManualValidationRecorded { .. } => None,
    })
}
