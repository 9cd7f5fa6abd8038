//! Queries on deleted workflows: what is left of them, in pieces of a bounded size. Rows that somebody
//! else has locked are passed over, and found the next time.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::{revision, rows, state};
use crate::entity::{execution, snapshot, workflow, workflow_revision};
use crate::error::Result;

/// Deleted workflows that are looked at together.
const WORKFLOWS: u64 = 100;

/// A workflow that was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Deleted {
    pub id: Uuid,
    pub user_id: Uuid,
}

/// Deleted workflows of which something is left, those that were deleted first.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn deleted(db: &impl ConnectionTrait) -> Result<Vec<Deleted>> {
    use workflow::{Column, Entity};
    let query = Entity::find()
        .filter(Column::DeletedAt.is_not_null())
        .order_by_asc(Column::DeletedAt)
        .limit(WORKFLOWS)
        .select_only()
        .columns([Column::Id, Column::UserId]);
    Ok(query.into_model().all(db).await?)
}

/// Runs of a workflow that have not ended, locked until the transaction ends.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn lock_active(
    db: &impl ConnectionTrait,
    workflow: Deleted,
    limit: u64,
) -> Result<Vec<execution::Model>> {
    let query = runs(workflow)
        .filter(state::run_is_active())
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    Ok(query.all(db).await?)
}

/// Where a walk along the runs of a workflow, newest first, has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Place {
    created_at: DateTime<Utc>,
    id: Uuid,
}

/// Takes the next ended runs from a workflow. Answers how many, and where the walk has come to, nowhere at its
/// end: whoever begins at the newest one each time walks past all that were taken before, until these are
/// vacuumed.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn detach_ended(
    db: &impl ConnectionTrait,
    workflow: Deleted,
    after: Option<Place>,
    limit: u64,
) -> Result<(usize, Option<Place>)> {
    use execution::{Column, Entity};
    let mut query = runs(workflow).filter(state::run_has_ended());
    if let Some(after) = after {
        let key = Expr::tuple([
            Expr::col((Entity, Column::CreatedAt)),
            Expr::col((Entity, Column::Id)),
        ]);
        let place = Expr::tuple([Expr::val(after.created_at), Expr::val(after.id)]);
        query = query.filter(key.lt(place));
    }
    let found: Vec<Place> = query
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(limit)
        .select_only()
        .columns([Column::CreatedAt, Column::Id])
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_model()
        .all(db)
        .await?;
    let ids: Vec<Uuid> = found.iter().map(|place| place.id).collect();
    let_go::<Entity>(db, (Column::Id, Column::WorkflowId), &ids).await?;
    Ok((found.len(), found.last().copied()))
}

/// Takes snapshots from a workflow. Answers how many.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn detach_snapshots(
    db: &impl ConnectionTrait,
    workflow: Deleted,
    limit: u64,
) -> Result<usize> {
    use snapshot::{Column, Entity};
    let query = Entity::find()
        .filter(Column::WorkflowId.eq(workflow.id))
        .filter(Column::UserId.eq(workflow.user_id));
    let ids = lock_ids(db, query, Column::Id, limit).await?;
    let_go::<Entity>(db, (Column::Id, Column::WorkflowId), &ids).await?;
    Ok(ids.len())
}

/// Takes revisions from a workflow, and deletes those that no run refers to: none ever will. Answers how
/// many.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn detach_revisions(
    db: &impl ConnectionTrait,
    workflow: Deleted,
    limit: u64,
) -> Result<usize> {
    use workflow_revision::{Column, Entity};
    let query = Entity::find()
        .filter(Column::WorkflowId.eq(workflow.id))
        .filter(Column::UserId.eq(workflow.user_id));
    let ids = lock_ids(db, query, Column::Id, limit).await?;
    revision::delete_unused(db, &ids).await?;
    let_go::<Entity>(db, (Column::Id, Column::WorkflowId), &ids).await?;
    Ok(ids.len())
}

/// The ids of some rows, locked until the transaction ends.
async fn lock_ids<E: EntityTrait>(
    db: &impl ConnectionTrait,
    query: Select<E>,
    id: E::Column,
    limit: u64,
) -> Result<Vec<Uuid>> {
    let query = query
        .limit(limit)
        .select_only()
        .column(id)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    Ok(query.into_tuple().all(db).await?)
}

/// Makes rows let go of their workflow.
async fn let_go<E: EntityTrait>(
    db: &impl ConnectionTrait,
    (id, workflow): (E::Column, E::Column),
    ids: &[Uuid],
) -> Result<()> {
    if !ids.is_empty() {
        E::update_many()
            .col_expr(workflow, Expr::val(None::<Uuid>))
            .filter(id.is_in(rows::padded(ids)))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// Removes a workflow that nothing belongs to any more. False while something does.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn remove(db: &impl ConnectionTrait, workflow: Deleted) -> Result<bool> {
    use workflow::{Column, Entity};
    // Whoever could still start a run, a replica of a version that knows no mark, waits for this lock.
    let locked = Entity::find_by_id(workflow.id).lock_exclusive();
    if locked.one(db).await?.is_none() {
        return Ok(true);
    }
    if runs(workflow).limit(1).count(db).await? > 0 {
        return Ok(false);
    }
    Entity::delete_many()
        .filter(Column::Id.eq(workflow.id))
        .filter(Column::UserId.eq(workflow.user_id))
        .exec(db)
        .await?;
    Ok(true)
}

fn runs(workflow: Deleted) -> Select<execution::Entity> {
    use execution::{Column, Entity};
    Entity::find()
        .filter(Column::WorkflowId.eq(workflow.id))
        .filter(Column::UserId.eq(workflow.user_id))
}
