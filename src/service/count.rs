//! How many rows lists have, counted no further than whoever asks wants to know.

use uuid::Uuid;

use super::execution::ExecutionFilter;
use super::load::Batch;
use super::{Deps, workflow};
use crate::domain::status::ExecutionStatus;
use crate::domain::viewer::Viewer;
use crate::error::Result;
use crate::store;

/// A list that the API pages through.
#[derive(Clone, Debug)]
pub enum List {
    /// Workflows whose name contains this.
    Workflows {
        search: Option<String>,
    },
    Executions(ExecutionFilter),
    Snapshots {
        workflow_id: Option<Uuid>,
    },
    PendingValidations,
    /// A list of one workflow or one run.
    Of(Uuid, Nested),
}

/// A list that each row of another has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Nested {
    /// A workflow's runs, or those in one state.
    Executions(Option<ExecutionStatus>),
    /// A workflow's snapshots.
    Snapshots,
    /// A run's attempts, or those at one stage.
    Logs(Option<i32>),
}

/// How many rows a list of the viewer's has, counted no further than `most`.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn up_to(deps: &Deps, viewer: &Viewer, list: &List, most: u64) -> Result<u64> {
    let (db, owner) = (deps.store.reader(), viewer.user_id);
    match list {
        List::Workflows { search } => workflow::count(deps, viewer, search.clone(), most).await,
        List::Executions(filter) => store::execution::count(db, owner, filter, most).await,
        List::Snapshots { workflow_id } => {
            store::snapshot::count_up_to(db, owner, *workflow_id, most).await
        }
        List::PendingValidations => store::execution_log::count_pending(db, owner, most).await,
        List::Of(id, nested) => {
            let counts = of_each(deps, owner, &[*id], *nested, most).await?;
            Ok(counts.get(id).copied().unwrap_or(0))
        }
    }
}

/// How many rows the same list of each of these parents has, counted no further than `most`.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn of_each(
    deps: &Deps,
    owner: Uuid,
    parents: &[Uuid],
    list: Nested,
    most: u64,
) -> Batch<u64> {
    let db = deps.store.reader();
    let counts = match list {
        Nested::Executions(status) => {
            store::execution::count_of_workflows(db, owner, parents, status, most).await?
        }
        Nested::Snapshots => store::snapshot::count_of_workflows(db, owner, parents, most).await?,
        Nested::Logs(order) => {
            store::execution_log::count_of_executions(db, owner, parents, order, most).await?
        }
    };
    Ok(counts.into_iter().collect())
}
