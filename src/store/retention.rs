//! Queries of the purge: which runs are old, and what goes with them.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DerivePartialModel, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, Statement,
};
use uuid::Uuid;

use super::{rows, state};
use crate::entity::execution::{Column, Entity};
use crate::error::{Error, Result};

/// A run that has ended, as the purge sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub struct Old {
    pub id: Uuid,
    pub revision_id: Uuid,
    /// One more than it has events, of which every attempt has at least one.
    pub next_seq: i64,
    completed_at: Option<DateTime<Utc>>,
}

/// Where a walk along the ended runs, longest ago first, has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    completed_at: DateTime<Utc>,
    id: Uuid,
}

impl Place {
    /// Before all runs.
    pub const START: Self = Self {
        completed_at: DateTime::UNIX_EPOCH,
        id: Uuid::nil(),
    };

    /// At this run, if it has ended.
    #[must_use]
    pub fn at(run: &Old) -> Option<Self> {
        Some(Self {
            completed_at: run.completed_at?,
            id: run.id,
        })
    }
}

/// The next runs that ended before `before`, locked until the transaction ends, without those that somebody
/// else has locked. They are looked for after `after`: whoever begins at the start each time walks past all
/// that were deleted before, until these are vacuumed.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn lock_old(
    db: &impl ConnectionTrait,
    before: DateTime<Utc>,
    after: Place,
    limit: u64,
) -> Result<Vec<Old>> {
    let key = Expr::tuple([
        Expr::col((Entity, Column::CompletedAt)),
        Expr::col((Entity, Column::Id)),
    ]);
    let place = Expr::tuple([Expr::val(after.completed_at), Expr::val(after.id)]);
    let query = Entity::find()
        .filter(Column::CompletedAt.lt(before))
        .filter(state::run_has_ended())
        .filter(key.gt(place))
        .order_by_asc(Column::CompletedAt)
        .order_by_asc(Column::Id)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    Ok(query.into_partial_model().all(db).await?)
}

/// Makes runs that repeat one of these forget it. Answers how many did, at most `limit`.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn forget_first_runs(
    db: &impl ConnectionTrait,
    ids: &[Uuid],
    limit: u64,
) -> Result<usize> {
    let reruns: Vec<Uuid> = Entity::find()
        .filter(Column::RerunOf.is_in(rows::padded(ids)))
        .limit(limit)
        .select_only()
        .column(Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    if !reruns.is_empty() {
        Entity::update_many()
            .col_expr(Column::RerunOf, Expr::val(None::<Uuid>))
            .filter(Column::Id.is_in(rows::padded(&reruns)))
            .exec(db)
            .await?;
    }
    Ok(reruns.len())
}

/// Deletes runs with their logs and events.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn delete(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<()> {
    if !ids.is_empty() {
        Entity::delete_many()
            .filter(Column::Id.is_in(rows::padded(ids)))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// How many pages of the SQLite file are free; none on PostgreSQL, which sees to that itself.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn free_pages(db: &impl ConnectionTrait) -> Result<u64> {
    if db.get_database_backend() != DbBackend::Sqlite {
        return Ok(0);
    }
    let query = Statement::from_string(DbBackend::Sqlite, "pragma freelist_count");
    let row = db.query_one_raw(query).await?;
    let row = row.ok_or_else(|| Error::internal("free pages were not counted"))?;
    let pages: i64 = row.try_get_by_index(0)?;
    Ok(u64::try_from(pages).unwrap_or_default())
}

/// Gives free pages of the SQLite file back, at most `pages`. A file that was made before files were made
/// so keeps them.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn give_back(db: &impl ConnectionTrait, pages: u64) -> Result<()> {
    db.execute_unprepared(&format!("pragma incremental_vacuum({pages})"))
        .await?;
    Ok(())
}
