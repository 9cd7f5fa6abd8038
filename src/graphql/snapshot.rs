//! Snapshots: kept copies of workflows, and their way back.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result};

use super::connection::{SnapshotConnection, page};
use super::context::{self, caller, detached, loaders};
use super::id::{filter, id_of};
use super::scalar::{DateTime, Json};
use super::workflow::Workflow;
use crate::domain::definition;
use crate::entity;
use crate::error;
use crate::service::count::List;
use crate::service::snapshot;

/// A kept copy of a workflow.
#[derive(Clone, Debug)]
pub struct Snapshot(pub(super) Arc<entity::snapshot::Row>);

impl From<entity::snapshot::Row> for Snapshot {
    fn from(row: entity::snapshot::Row) -> Self {
        Self(Arc::new(row))
    }
}

/// A kept copy of a workflow with its stages. Its data never changes.
#[Object]
impl Snapshot {
    /// Identifies the snapshot.
    fn id(&self) -> ID {
        self.0.id.into()
    }

    /// What its owner calls it.
    fn name(&self) -> &str {
        &self.0.name
    }

    /// Why it was kept; null when nobody said.
    fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// `workflow`, or `automatic`: saved before a restore in place. Automatic ones do not count
    /// against `maxSnapshots`, and the newest 10 of them a workflow are kept.
    #[graphql(name = "type")]
    fn kind(&self) -> &str {
        &self.0.kind
    }

    /// The workflow that it was taken of; null once that is gone.
    async fn source_workflow(&self, ctx: &Context<'_>) -> Option<Result<Workflow>> {
        let found = loaders(ctx).workflows.find(self.0.workflow_id?).await;
        found.map(|row| row.map(Workflow)).transpose()
    }

    /// The workflow as it was: `{"workflow": {…}, "stages": [{…}]}`, with the API's field names.
    async fn snapshot_data(&self, ctx: &Context<'_>) -> Result<Json> {
        let data = loaders(ctx)
            .snapshot_payloads
            .get("snapshot", self.0.id)
            .await?;
        Ok(Json(definition::shown(data.as_ref().clone())))
    }

    /// When it was taken.
    fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }
}

/// A snapshot to take.
#[derive(Debug, InputObject)]
pub struct CreateSnapshotInput {
    /// The workflow. `NOT_FOUND` when there is none.
    workflow_id: ID,
    /// What to call the snapshot, 1 to 200 characters.
    name: String,
    /// Why it is kept, at most 10,000 characters.
    description: Option<String>,
}

/// What to change of a snapshot. A field that is left out stays as it is.
#[derive(Debug, InputObject)]
pub struct UpdateSnapshotInput {
    /// The snapshot. `NOT_FOUND` when there is none.
    id: ID,
    /// What to call it, 1 to 200 characters; null is `BAD_USER_INPUT`.
    name: MaybeUndefined<String>,
    /// Why it is kept, at most 10,000 characters; null removes it.
    description: MaybeUndefined<String>,
}

/// A snapshot to restore.
#[derive(Debug, InputObject)]
pub struct RestoreSnapshotInput {
    /// The snapshot. `NOT_FOUND` when there is none.
    snapshot_id: ID,
    /// The workflow that takes its content, and raises its version by one; what it was is saved in
    /// an automatic snapshot first. Left out, a new workflow is made. `NOT_FOUND` when there is
    /// none.
    into_workflow_id: Option<ID>,
}

impl CreateSnapshotInput {
    fn parse(self) -> error::Result<snapshot::CreateSnapshot> {
        Ok(snapshot::CreateSnapshot {
            workflow_id: id_of("workflow", &self.workflow_id)?,
            name: self.name,
            description: self.description,
        })
    }
}

impl UpdateSnapshotInput {
    fn parse(self) -> error::Result<snapshot::UpdateSnapshot> {
        Ok(snapshot::UpdateSnapshot {
            id: id_of("snapshot", &self.id)?,
            name: self.name.into(),
            description: self.description.into(),
        })
    }
}

impl RestoreSnapshotInput {
    fn parse(self) -> error::Result<snapshot::RestoreSnapshot> {
        let into = self.into_workflow_id.map(|id| id_of("workflow", &id));
        Ok(snapshot::RestoreSnapshot {
            snapshot_id: id_of("snapshot", &self.snapshot_id)?,
            into_workflow_id: into.transpose()?,
        })
    }
}

/// What can be asked about snapshots.
#[derive(Debug, Default)]
pub struct SnapshotQuery;

#[Object]
impl SnapshotQuery {
    /// My snapshots, newest first.
    async fn snapshots(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "Begin after this cursor: the `endCursor` of the page before.")]
        after: Option<String>,
        #[graphql(desc = "Only those of this workflow.")] workflow_id: Option<ID>,
    ) -> Result<SnapshotConnection> {
        let (deps, viewer) = caller(ctx)?;
        let page = page(first, 20, after);
        let workflow_id = filter(workflow_id);
        let rows = snapshot::list(deps, viewer, &page, workflow_id).await?;
        Ok(SnapshotConnection::of(
            rows,
            List::Snapshots { workflow_id },
        ))
    }

    /// My snapshot of that id; null when there is none.
    async fn snapshot(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The snapshot's id.")] id: ID,
    ) -> Option<Result<Snapshot>> {
        context::find(ctx, &id, snapshot::find).await
    }
}

/// What can be done to snapshots.
#[derive(Debug, Default)]
pub struct SnapshotMutation;

#[Object]
impl SnapshotMutation {
    /// Takes a snapshot of a workflow with its stages. `LIMIT_EXCEEDED` when you have
    /// `maxSnapshots` already.
    async fn create_snapshot(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The workflow, and what to call its snapshot.")]
        input: CreateSnapshotInput,
    ) -> Result<Snapshot> {
        let created = detached(ctx, |deps, viewer| async move {
            snapshot::create(&deps, &viewer, input.parse()?).await
        });
        Ok(created.await?.into())
    }

    /// Changes the name or description of a snapshot.
    async fn update_snapshot(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateSnapshotInput,
    ) -> Result<Snapshot> {
        let updated = detached(ctx, |deps, viewer| async move {
            snapshot::update(&deps, &viewer, input.parse()?).await
        });
        Ok(updated.await?.into())
    }

    /// Restores a snapshot: name, description, metadata and stages. Stages that still exist keep
    /// their ids; a model that is gone is left out.
    async fn restore_snapshot(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The snapshot, and where it goes.")] input: RestoreSnapshotInput,
    ) -> Result<Workflow> {
        let restored = detached(ctx, |deps, viewer| async move {
            snapshot::restore(&deps, &viewer, input.parse()?).await
        });
        Ok(restored.await?.into())
    }

    /// Deletes a snapshot, and answers its id.
    async fn delete_snapshot(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The snapshot. `NOT_FOUND` when there is none.")] id: ID,
    ) -> Result<ID> {
        let deleted = detached(ctx, |deps, viewer| async move {
            snapshot::delete(&deps, &viewer, id_of("snapshot", &id)?).await
        });
        Ok(deleted.await?.into())
    }
}
