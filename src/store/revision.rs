//! Queries on `workflow_revisions`.

use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType, Query, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::rows;
use crate::domain::definition::Definition;
use crate::entity::execution;
use crate::entity::workflow_revision::{Column, Entity, Model};
use crate::error::{Error, Result};

/// The revisions with this content, as far as they were made already: workflow, version and digest of
/// each. Answers their ids, each with its workflow. None of them is deleted until the transaction ends.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn same(
    db: &impl ConnectionTrait,
    contents: &[(Option<Uuid>, i32, &str)],
) -> Result<Vec<(Uuid, Uuid)>> {
    let contents = rows::padded(contents);
    let query = Entity::find()
        .filter(Column::WorkflowId.is_in(contents.iter().map(|(workflow, ..)| *workflow)))
        .filter(Column::Version.is_in(contents.iter().map(|(_, version, _)| *version)))
        .filter(Column::Digest.is_in(contents.iter().map(|(.., digest)| *digest)))
        .select_only()
        .columns([
            Column::Id,
            Column::WorkflowId,
            Column::Version,
            Column::Digest,
        ])
        .lock(LockType::KeyShare);
    let found: Vec<(Uuid, Option<Uuid>, i32, String)> = query.into_tuple().all(db).await?;
    Ok(found
        .into_iter()
        .filter(|(_, workflow, version, digest)| {
            contents.contains(&(*workflow, *version, digest.as_str()))
        })
        .filter_map(|(id, workflow, ..)| Some((id, workflow?)))
        .collect())
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

/// Deletes those of these revisions that no run refers to, unless somebody is about to. Those that are in use
/// are not locked: starts need them.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn delete_unused(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let query = ids_where(Column::Id.is_in(rows::padded(ids)).and(is_unused()));
    let unused: Vec<Uuid> = query.into_tuple().all(db).await?;
    if unused.is_empty() {
        return Ok(());
    }
    // A statement of its own: the next one sees the runs that were made until nobody could refer to these
    // any more.
    let query = ids_where(Column::Id.is_in(rows::padded(&unused)))
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    let locked: Vec<Uuid> = query.into_tuple().all(db).await?;
    if locked.is_empty() {
        return Ok(());
    }
    Entity::delete_many()
        .filter(Column::Id.is_in(rows::padded(&locked)))
        .filter(is_unused())
        .exec(db)
        .await?;
    Ok(())
}

/// Revisions that no run refers to, among the next `limit` after this one in the order of their ids. Answers
/// also where that led, nowhere at the end.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn unused(
    db: &impl ConnectionTrait,
    after: Uuid,
    limit: u64,
) -> Result<(Vec<Uuid>, Option<Uuid>)> {
    let query = ids_where(Column::Id.gt(after))
        .expr_as(is_unused(), "is_unused")
        .order_by_asc(Column::Id)
        .limit(limit);
    let found: Vec<(Uuid, bool)> = query.into_tuple().all(db).await?;
    let last = found.last().map(|(id, _)| *id);
    let unused = found.into_iter().filter(|(_, is_unused)| *is_unused);
    Ok((unused.map(|(id, _)| id).collect(), last))
}

fn ids_where(condition: SimpleExpr) -> Select<Entity> {
    let query = Entity::find().filter(condition);
    query.select_only().column(Column::Id)
}

/// Does no run refer to this revision?
fn is_unused() -> SimpleExpr {
    let runs = Query::select()
        .expr(Expr::val(1))
        .from(execution::Entity)
        .and_where(
            Expr::col((execution::Entity, execution::Column::RevisionId))
                .equals((Entity, Column::Id)),
        )
        .to_owned();
    Expr::exists(runs).not()
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
