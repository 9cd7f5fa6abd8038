//! Queries on `workflows`. A deleted one is not found; what is left of it stands in `deletion`.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, LockType};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, Order,
    QueryFilter, QueryOrder, QuerySelect, Select,
};
use serde_json::Value;
use uuid::Uuid;

use super::page::{self, Key, Window};
use super::rows;
use crate::entity::workflow::{Column, Entity, Model, Row};
use crate::error::Result;

/// The workflow.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn find(db: &impl ConnectionTrait, owner: Uuid, id: Uuid) -> Result<Option<Row>> {
    Ok(owned(owner, &[id]).into_partial_model().one(db).await?)
}

/// The workflow with its metadata, locked until the transaction ends.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn lock(db: &impl ConnectionTrait, owner: Uuid, id: Uuid) -> Result<Option<Model>> {
    Ok(owned(owner, &[id]).lock_exclusive().one(db).await?)
}

/// Is the workflow there? It is not deleted then until the transaction ends.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn hold(db: &impl ConnectionTrait, owner: Uuid, id: Uuid) -> Result<bool> {
    let query = owned(owner, &[id])
        .select_only()
        .column(Column::Id)
        .lock(LockType::KeyShare);
    Ok(query.into_tuple::<Uuid>().one(db).await?.is_some())
}

/// The workflows with these ids of these owners, locked until the transaction ends; always in one
/// order, so that no two transactions wait for each other.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn lock_all(
    db: &impl ConnectionTrait,
    owners: &[Uuid],
    ids: &[Uuid],
) -> Result<Vec<Model>> {
    let query = Entity::find()
        .filter(Column::DeletedAt.is_null())
        .filter(Column::UserId.is_in(rows::padded(owners)))
        .filter(Column::Id.is_in(rows::padded(ids)))
        .order_by_asc(Column::Id)
        .lock_exclusive();
    Ok(query.all(db).await?)
}

/// The workflows with these ids.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn by_ids(db: &impl ConnectionTrait, owner: Uuid, ids: &[Uuid]) -> Result<Vec<Row>> {
    Ok(owned(owner, ids).into_partial_model().all(db).await?)
}

/// The metadata of the workflows with these ids.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn metadata(
    db: &impl ConnectionTrait,
    owner: Uuid,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, Value)>> {
    let query = owned(owner, ids)
        .select_only()
        .columns([Column::Id, Column::Metadata]);
    Ok(query.into_tuple().all(db).await?)
}

/// What completed runs of the workflows with these ids answer.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn output_mappings(
    db: &impl ConnectionTrait,
    owner: Uuid,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, Option<Value>)>> {
    let query = owned(owner, ids)
        .select_only()
        .columns([Column::Id, Column::OutputMapping]);
    Ok(query.into_tuple().all(db).await?)
}

/// One page of the user's workflows, newest first, of those whose folded name contains `search`.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn list(
    db: &impl ConnectionTrait,
    owner: Uuid,
    search: Option<&str>,
    window: &Window,
) -> Result<Vec<Row>> {
    page::read(db, named(owner, search), &newest(), window).await
}

/// How many workflows such a list has, counted no further than `most`.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn count(
    db: &impl ConnectionTrait,
    owner: Uuid,
    search: Option<&str>,
    most: u64,
) -> Result<u64> {
    page::count(db, vec![named(owner, search)], &newest(), most).await
}

/// Adds a workflow.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn insert(db: &impl ConnectionTrait, workflow: Model) -> Result<Row> {
    let row = row(&workflow);
    Entity::insert(workflow.into_active_model().reset_all())
        .exec_without_returning(db)
        .await?;
    Ok(row)
}

/// Writes a workflow.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn update(db: &impl ConnectionTrait, workflow: Model) -> Result<Row> {
    let row = row(&workflow);
    workflow.into_active_model().reset_all().update(db).await?;
    Ok(row)
}

/// Marks a workflow that the transaction has locked as deleted: from now on nobody finds it.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn mark_deleted(
    db: &impl ConnectionTrait,
    owner: Uuid,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::DeletedAt, Expr::val(now))
        .filter(Column::Id.eq(id))
        .filter(Column::UserId.eq(owner))
        .exec(db)
        .await?;
    Ok(())
}

fn of(owner: Uuid) -> Select<Entity> {
    Entity::find()
        .filter(Column::DeletedAt.is_null())
        .filter(Column::UserId.eq(owner))
}

/// Those whose folded name contains `search`.
fn named(owner: Uuid, search: Option<&str>) -> Select<Entity> {
    let Some(search) = search else {
        return of(owner);
    };
    let pattern = LikeExpr::new(contains(search)).escape('\\');
    of(owner).filter(Expr::col(Column::NameFolded).like(pattern))
}

fn newest() -> Key<Column> {
    Key {
        columns: vec![Column::CreatedAt, Column::Id],
        order: Order::Desc,
    }
}

fn owned(owner: Uuid, ids: &[Uuid]) -> Select<Entity> {
    of(owner).filter(Column::Id.is_in(ids.iter().copied()))
}

fn row(workflow: &Model) -> Row {
    Row {
        id: workflow.id,
        user_id: workflow.user_id,
        name: workflow.name.clone(),
        description: workflow.description.clone(),
        version: workflow.version,
        created_at: workflow.created_at,
        updated_at: workflow.updated_at,
    }
}

/// A LIKE pattern for texts that contain `part`, whose own wildcards are literal.
fn contains(part: &str) -> String {
    let mut pattern = String::from("%");
    for character in part.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}
