//! What goes by and by: what is left of deleted workflows, and old runs.

mod crash;
mod deletion;
mod purge;
mod race;
mod together;

use chrono::{DateTime, TimeDelta, Utc};
use footlight::domain::status::ExecutionStatus;
use footlight::entity::{execution, workflow, workflow_revision};
use footlight::store::{self, Store};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use crate::support::rows;
use crate::support::server::{Server, User};

/// Deletes a workflow as the mutation does, but calls no keeper: so everything can be looked at before it
/// comes.
async fn mark_deleted(server: &Server, user: &User, workflow: &str) {
    let id = Uuid::parse_str(workflow).unwrap();
    let tx = server.deps.store.transaction().await.unwrap();
    let found = store::workflow::lock(&tx, user.id, id).await.unwrap();
    assert!(found.is_some());
    let now = server.clock.now();
    let marked = store::workflow::mark_deleted(&tx, user.id, id, now).await;
    marked.unwrap();
    let stages = store::stage::delete_of_workflow(&tx, user.id, id).await;
    stages.unwrap();
    tx.commit().await.unwrap();
}

/// Runs in this state, a second apart, the first of which ended, or was made, at `at`.
async fn fill(
    store: &Store,
    pattern: &execution::Model,
    (count, status): (usize, ExecutionStatus),
    at: DateTime<Utc>,
) -> Vec<Uuid> {
    let mut ids = Vec::new();
    let mut runs = Vec::new();
    for number in 0..count {
        let at = at + TimeDelta::seconds(i64::try_from(number).unwrap());
        let id = footlight::clock::Clock::system().new_id();
        let blank = rows::run(id, pattern.user_id, pattern.revision_id, at);
        ids.push(id);
        runs.push(execution::Model {
            workflow_id: pattern.workflow_id,
            execution_inputs: pattern.execution_inputs.clone(),
            status,
            completed_at: status.is_terminal().then_some(at),
            ..blank
        });
    }
    let tx = store.transaction().await.unwrap();
    let inserted: Vec<_> = runs.iter().map(|run| (run, [].as_slice())).collect();
    let inserted = store::execution::insert_all(&tx, &inserted, at).await;
    inserted.unwrap();
    tx.commit().await.unwrap();
    ids
}

/// The only run of a workflow, or any.
async fn any_run(store: &Store) -> execution::Model {
    let found = execution::Entity::find().one(store.reader()).await;
    found.unwrap().unwrap()
}

async fn workflows(store: &Store) -> u64 {
    let all = workflow::Entity::find();
    all.count(store.reader()).await.unwrap()
}

async fn revisions(store: &Store) -> u64 {
    let all = workflow_revision::Entity::find();
    all.count(store.reader()).await.unwrap()
}

async fn runs_in(store: &Store, status: ExecutionStatus) -> u64 {
    let found = execution::Entity::find().filter(execution::Column::Status.eq(status));
    found.count(store.reader()).await.unwrap()
}

async fn attached_runs(store: &Store) -> u64 {
    let found = execution::Entity::find().filter(execution::Column::WorkflowId.is_not_null());
    found.count(store.reader()).await.unwrap()
}
