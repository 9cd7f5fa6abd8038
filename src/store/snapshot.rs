//! Queries on `snapshots`.
//!
//! Data that a version before wrote is read as that one meant it: its templates are escaped on their way.

use migration::templates::escape_snapshot;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, Order,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select, Set,
};
use serde_json::Value;
use uuid::Uuid;

use super::page::{self, Key, Window};
use super::state;
use crate::entity::snapshot::{ActiveModel, Column, Entity, Model, Row};
use crate::error::Result;

/// The kind of snapshots that people make; they count against the limit.
pub const MADE: &str = "workflow";
/// The kind of snapshots that are saved before a restore in place.
pub const AUTOMATIC: &str = "automatic";

/// The snapshot.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn find(db: &impl ConnectionTrait, owner: Uuid, id: Uuid) -> Result<Option<Row>> {
    Ok(owned(owner, &[id]).into_partial_model().one(db).await?)
}

/// The snapshot with its data.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn find_whole(db: &impl ConnectionTrait, owner: Uuid, id: Uuid) -> Result<Option<Model>> {
    let mut snapshot = owned(owner, &[id]).one(db).await?;
    if let Some(snapshot) = &mut snapshot {
        escape_snapshot(&mut snapshot.snapshot_data);
    }
    Ok(snapshot)
}

/// The data of the snapshots with these ids.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn data(
    db: &impl ConnectionTrait,
    owner: Uuid,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, Value)>> {
    let query = owned(owner, ids)
        .select_only()
        .columns([Column::Id, Column::SnapshotData]);
    let mut found: Vec<(Uuid, Value)> = query.into_tuple().all(db).await?;
    for (_, data) in &mut found {
        escape_snapshot(data);
    }
    Ok(found)
}

/// One page of the user's snapshots, or of one workflow's, newest first.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn list(
    db: &impl ConnectionTrait,
    owner: Uuid,
    workflow: Option<Uuid>,
    window: &Window,
) -> Result<Vec<Row>> {
    page::read(db, of(owner, workflow), &newest(), window).await
}

/// How many snapshots such a list has, counted no further than `most`.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn count_up_to(
    db: &impl ConnectionTrait,
    owner: Uuid,
    workflow: Option<Uuid>,
    most: u64,
) -> Result<u64> {
    page::count(db, vec![of(owner, workflow)], &newest(), most).await
}

/// How many snapshots each of these workflows has, counted no further than `most`.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn count_of_workflows(
    db: &impl ConnectionTrait,
    owner: Uuid,
    workflows: &[Uuid],
    most: u64,
) -> Result<Vec<(Uuid, u64)>> {
    let query = Entity::find().filter(Column::UserId.eq(owner));
    let workflows = (Column::WorkflowId, workflows);
    page::count_many(db, query, workflows, &newest(), most).await
}

/// The same page of the snapshots of each of these workflows.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn list_of_workflows(
    db: &impl ConnectionTrait,
    owner: Uuid,
    workflows: &[Uuid],
    window: &Window,
) -> Result<Vec<Row>> {
    let query = Entity::find().filter(Column::UserId.eq(owner));
    let workflows = (Column::WorkflowId, workflows);
    page::read_many(db, query, workflows, &newest(), window).await
}

/// How many snapshots count against the user's limit.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn count(db: &impl ConnectionTrait, owner: Uuid) -> Result<u64> {
    let query = Entity::find()
        .filter(Column::UserId.eq(owner))
        .filter(Column::Kind.eq(MADE));
    Ok(query.count(db).await?)
}

/// Adds a snapshot.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn insert(db: &impl ConnectionTrait, snapshot: Model) -> Result<()> {
    let snapshot = snapshot.into_active_model().reset_all();
    Entity::insert(snapshot).exec_without_returning(db).await?;
    Ok(())
}

/// Writes the name and the description of a snapshot; its data never changes.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn rename(db: &impl ConnectionTrait, snapshot: &Row) -> Result<()> {
    let changes = ActiveModel {
        name: Set(snapshot.name.clone()),
        description: Set(snapshot.description.clone()),
        ..Default::default()
    };
    Entity::update_many()
        .set(changes)
        .filter(Column::Id.eq(snapshot.id))
        .filter(Column::UserId.eq(snapshot.user_id))
        .exec(db)
        .await?;
    Ok(())
}

/// Deletes the snapshot. False when there was none.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn delete(db: &impl ConnectionTrait, owner: Uuid, id: Uuid) -> Result<bool> {
    let query = Entity::delete_many()
        .filter(Column::Id.eq(id))
        .filter(Column::UserId.eq(owner));
    Ok(query.exec(db).await?.rows_affected > 0)
}

/// Deletes all but the newest `keep` automatic snapshots of a workflow.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn trim_automatic(
    db: &impl ConnectionTrait,
    owner: Uuid,
    workflow: Uuid,
    keep: u64,
) -> Result<()> {
    let old: Vec<Uuid> = Entity::find()
        .filter(Column::UserId.eq(owner))
        .filter(Column::WorkflowId.eq(workflow))
        .filter(Column::Kind.eq(AUTOMATIC))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .select_only()
        .column(Column::Id)
        .offset(keep)
        // SQLite knows no offset without a limit.
        .limit(1000)
        .into_tuple()
        .all(db)
        .await?;
    if !old.is_empty() {
        Entity::delete_many()
            .filter(Column::Id.is_in(old))
            .exec(db)
            .await?;
    }
    Ok(())
}

fn of(owner: Uuid, workflow: Option<Uuid>) -> Select<Entity> {
    let query = Entity::find().filter(Column::UserId.eq(owner));
    let Some(workflow) = workflow else {
        return query;
    };
    query
        .filter(Column::WorkflowId.eq(workflow))
        .filter(state::workflow_is_there(owner, workflow))
}

fn owned(owner: Uuid, ids: &[Uuid]) -> Select<Entity> {
    Entity::find()
        .filter(Column::UserId.eq(owner))
        .filter(Column::Id.is_in(ids.iter().copied()))
}

fn newest() -> Key<Column> {
    Key {
        columns: vec![Column::CreatedAt, Column::Id],
        order: Order::Desc,
    }
}
