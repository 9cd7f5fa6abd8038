//! Rows for many parents at once, one statement a call: what the loaders of the API batch into.
//! Rows of other owners are left out as if they did not exist.

use std::collections::HashMap;
use std::hash::Hash;

use serde_json::Value;
use uuid::Uuid;

pub use crate::store::revision::definition;

use super::Deps;
use crate::domain::page::{BySeq, ByTime, Cursor, Page, PageRequest};
use crate::domain::status::ExecutionStatus;
use crate::domain::usage::Usage;
use crate::entity::{
    execution, execution_event, execution_log, model, snapshot, stage, workflow, workflow_revision,
};
use crate::error::{Error, Result};
use crate::store;
use crate::store::page::Window;

/// What a batch answers with, by id.
pub type Batch<T> = Result<HashMap<Uuid, T>>;

/// The stages of workflows, in order; every workflow has an entry.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn stages_of_workflows(
    deps: &Deps,
    owner: Uuid,
    ids: &[Uuid],
) -> Batch<Vec<stage::Model>> {
    let stages = store::stage::of_workflows(deps.store.reader(), owner, ids).await?;
    Ok(grouped(ids, stages, |stage| Some(stage.workflow_id)))
}

/// Models, which belong to nobody.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn models(deps: &Deps, ids: &[Uuid]) -> Batch<model::Model> {
    let models = store::model::by_ids(deps.store.reader(), ids).await?;
    Ok(keyed(models, |model| model.id))
}

/// Workflows.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn workflows(deps: &Deps, owner: Uuid, ids: &[Uuid]) -> Batch<workflow::Row> {
    let workflows = store::workflow::by_ids(deps.store.reader(), owner, ids).await?;
    Ok(keyed(workflows, |workflow| workflow.id))
}

/// The metadata of workflows.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn workflow_metadata(deps: &Deps, owner: Uuid, ids: &[Uuid]) -> Batch<Value> {
    let metadata = store::workflow::metadata(deps.store.reader(), owner, ids).await?;
    Ok(metadata.into_iter().collect())
}

/// What completed runs of workflows answer: their mapping, if they have one.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn workflow_output_mappings(
    deps: &Deps,
    owner: Uuid,
    ids: &[Uuid],
) -> Batch<Option<Value>> {
    let mappings = store::workflow::output_mappings(deps.store.reader(), owner, ids).await?;
    Ok(mappings.into_iter().collect())
}

/// Stages.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn stages(deps: &Deps, owner: Uuid, ids: &[Uuid]) -> Batch<stage::Model> {
    let stages = store::stage::by_ids(deps.store.reader(), owner, ids).await?;
    Ok(keyed(stages, |stage| stage.id))
}

/// Runs.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn executions(deps: &Deps, owner: Uuid, ids: &[Uuid]) -> Batch<execution::Row> {
    let executions = store::execution::by_ids(deps.store.reader(), owner, ids).await?;
    Ok(keyed(executions, |execution| execution.id))
}

/// What runs were started with.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn execution_inputs(deps: &Deps, owner: Uuid, ids: &[Uuid]) -> Batch<Value> {
    let inputs = store::execution::inputs(deps.store.reader(), owner, ids).await?;
    Ok(inputs.into_iter().collect())
}

/// The contexts of runs, made from their attempts.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn execution_contexts(deps: &Deps, owner: Uuid, ids: &[Uuid]) -> Batch<Value> {
    let db = deps.store.reader();
    let origins = store::execution::origins(db, owner, ids).await?;
    let contexts = store::context::of(db, owner, &origins).await?;
    Ok(contexts
        .into_iter()
        .map(|(id, context)| (id, context.whole()))
        .collect())
}

/// Revisions, by their own ids.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn revisions(deps: &Deps, owner: Uuid, ids: &[Uuid]) -> Batch<workflow_revision::Model> {
    let revisions = store::revision::by_ids(deps.store.reader(), owner, ids).await?;
    Ok(keyed(revisions, |revision| revision.id))
}

/// The workflow versions that revisions pin.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn revision_versions(deps: &Deps, owner: Uuid, ids: &[Uuid]) -> Batch<i32> {
    let versions = store::revision::versions(deps.store.reader(), owner, ids).await?;
    Ok(versions.into_iter().collect())
}

/// The tokens of runs, summed over their attempts; every run has an entry.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn usages(deps: &Deps, owner: Uuid, ids: &[Uuid]) -> Batch<Usage> {
    let mut sums: HashMap<Uuid, Usage> = ids.iter().map(|id| (*id, Usage::default())).collect();
    let usages = store::execution_log::usages(deps.store.reader(), owner, ids).await?;
    for (id, usage) in usages {
        if let Some(usage) = usage {
            let usage: Usage = serde_json::from_value(usage).map_err(Error::internal)?;
            let sum = sums.entry(id).or_default();
            *sum = sum.plus(usage);
        }
    }
    Ok(sums)
}

/// Attempts.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn logs(deps: &Deps, owner: Uuid, ids: &[Uuid]) -> Batch<execution_log::Row> {
    let logs = store::execution_log::by_ids(deps.store.reader(), owner, ids).await?;
    Ok(keyed(logs, |log| log.id))
}

/// The payload columns of attempts.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn log_payloads(deps: &Deps, owner: Uuid, ids: &[Uuid]) -> Batch<execution_log::Payload> {
    let payloads = store::execution_log::payloads(deps.store.reader(), owner, ids).await?;
    Ok(keyed(payloads, |payload| payload.id))
}

/// The data of snapshots.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn snapshot_payloads(deps: &Deps, owner: Uuid, ids: &[Uuid]) -> Batch<Value> {
    let data = store::snapshot::data(deps.store.reader(), owner, ids).await?;
    Ok(data.into_iter().collect())
}

/// The same page of the runs of each workflow, newest first; every workflow has an entry.
///
/// # Errors
/// `BadInput` when there is no such page, `Internal` when the database fails.
pub async fn executions_of_workflows(
    deps: &Deps,
    owner: Uuid,
    ids: &[Uuid],
    request: &PageRequest,
    status: Option<ExecutionStatus>,
) -> Batch<Page<execution::Row>> {
    let window = Window::of::<ByTime>(request)?;
    let reader = deps.store.reader();
    let rows = store::execution::list_of_workflows(reader, owner, ids, status, &window).await?;
    let lists = grouped(ids, rows, |row| row.workflow_id);
    Ok(cut_each(lists, &window, |row| ByTime {
        at: row.created_at,
        id: row.id,
    }))
}

/// The same page of the snapshots of each workflow, newest first; every workflow has an entry.
///
/// # Errors
/// `BadInput` when there is no such page, `Internal` when the database fails.
pub async fn snapshots_of_workflows(
    deps: &Deps,
    owner: Uuid,
    ids: &[Uuid],
    request: &PageRequest,
) -> Batch<Page<snapshot::Row>> {
    let window = Window::of::<ByTime>(request)?;
    let reader = deps.store.reader();
    let rows = store::snapshot::list_of_workflows(reader, owner, ids, &window).await?;
    let lists = grouped(ids, rows, |row| row.workflow_id);
    Ok(cut_each(lists, &window, |row| ByTime {
        at: row.created_at,
        id: row.id,
    }))
}

/// The same page of the attempts of each run, oldest first; every run has an entry.
///
/// # Errors
/// `BadInput` when there is no such page, `Internal` when the database fails.
pub async fn logs_of_executions(
    deps: &Deps,
    owner: Uuid,
    ids: &[Uuid],
    request: &PageRequest,
    stage_order: Option<i32>,
) -> Batch<Page<execution_log::Row>> {
    let window = Window::of::<BySeq>(request)?;
    let reader = deps.store.reader();
    let rows =
        store::execution_log::list_of_executions(reader, owner, ids, stage_order, &window).await?;
    let lists = grouped(ids, rows, |row| Some(row.execution_id));
    Ok(cut_each(lists, &window, |row| BySeq(row.started_seq)))
}

/// The `first` events of each run after `after`, in order; every run has an entry.
///
/// # Errors
/// `BadInput` when `first` or `after` is out of range, `Internal` when the database fails.
pub async fn events_of_executions(
    deps: &Deps,
    owner: Uuid,
    ids: &[Uuid],
    after: i64,
    first: i32,
) -> Batch<Vec<execution_event::Model>> {
    let limit = PageRequest { first, after: None }.size()?;
    if after < 0 {
        let message = "after must be 0 or the number of an event";
        return Err(Error::bad_input("after", message));
    }
    let reader = deps.store.reader();
    let events = store::event::list_of_executions(reader, owner, ids, after, limit).await?;
    Ok(grouped(ids, events, |event| Some(event.execution_id)))
}

fn keyed<T>(rows: Vec<T>, id: impl Fn(&T) -> Uuid) -> HashMap<Uuid, T> {
    rows.into_iter().map(|row| (id(&row), row)).collect()
}

/// The rows of each parent, in the order that they came in.
fn grouped<K: Copy + Eq + Hash, T>(
    parents: &[K],
    rows: Vec<T>,
    parent: impl Fn(&T) -> Option<K>,
) -> HashMap<K, Vec<T>> {
    let mut lists: HashMap<K, Vec<T>> = parents.iter().map(|id| (*id, Vec::new())).collect();
    for row in rows {
        if let Some(list) = parent(&row).and_then(|id| lists.get_mut(&id)) {
            list.push(row);
        }
    }
    lists
}

fn cut_each<T, C: Cursor>(
    lists: HashMap<Uuid, Vec<T>>,
    window: &Window,
    cursor: impl Fn(&T) -> C,
) -> HashMap<Uuid, Page<T>> {
    lists
        .into_iter()
        .map(|(id, rows)| (id, window.cut(rows, &cursor)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parent_has_its_rows_in_order_and_nobody_elses() {
        let rows = vec![(1, 'a'), (2, 'b'), (1, 'c'), (9, 'd')];

        let lists = grouped(&[1, 2, 3], rows, |row| Some(row.0));

        assert_eq!(lists[&1], [(1, 'a'), (1, 'c')]);
        assert_eq!(lists[&2], [(2, 'b')]);
        assert!(lists[&3].is_empty());
        assert_eq!(lists.len(), 3);
    }
}
