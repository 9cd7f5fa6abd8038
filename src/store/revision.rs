//! Queries on `workflow_revisions`.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};
use uuid::Uuid;

use crate::domain::definition::Definition;
use crate::entity::workflow_revision::{Column, Entity, Model};
use crate::error::{Error, Result};

/// The id of the revision with this content, if it was made already.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn same(
    db: &impl ConnectionTrait,
    workflow: Uuid,
    version: i32,
    digest: &str,
) -> Result<Option<Uuid>> {
    let query = Entity::find()
        .filter(Column::WorkflowId.eq(workflow))
        .filter(Column::Version.eq(version))
        .filter(Column::Digest.eq(digest))
        .select_only()
        .column(Column::Id);
    Ok(query.into_tuple().one(db).await?)
}

/// Adds a revision.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn insert(db: &impl ConnectionTrait, revision: Model) -> Result<()> {
    let revision = revision.into_active_model().reset_all();
    Entity::insert(revision).exec_without_returning(db).await?;
    Ok(())
}

/// The revisions with these ids.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn by_ids(db: &impl ConnectionTrait, owner: Uuid, ids: &[Uuid]) -> Result<Vec<Model>> {
    let query = Entity::find()
        .filter(Column::UserId.eq(owner))
        .filter(Column::Id.is_in(ids.iter().copied()));
    Ok(query.all(db).await?)
}

/// The definition that a revision pins.
///
/// # Errors
/// `Internal` when the database fails, the revision is gone or cannot be read.
pub async fn definition(db: &impl ConnectionTrait, owner: Uuid, id: Uuid) -> Result<Definition> {
    let revision = by_ids(db, owner, &[id]).await?.pop();
    let revision = revision.ok_or_else(|| Error::internal(format!("revision {id} is gone")))?;
    serde_json::from_value(revision.definition).map_err(Error::internal)
}

/// The workflow versions that the revisions with these ids pin.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn versions(
    db: &impl ConnectionTrait,
    owner: Uuid,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, i32)>> {
    let query = Entity::find()
        .filter(Column::UserId.eq(owner))
        .filter(Column::Id.is_in(ids.iter().copied()))
        .select_only()
        .columns([Column::Id, Column::Version]);
    Ok(query.into_tuple().all(db).await?)
}
