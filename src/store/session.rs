//! Queries on `worker_sessions`: who lives. A session's end is by the database's clock on PostgreSQL,
//! for it must mean the same to all replicas; on SQLite there is but one process, and its clock.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::lease_clock;
use crate::domain::template::{FORMAT, SYNTAX};
use crate::entity::worker_session::{Column, Entity};
use crate::error::Result;

/// Opens a session that lasts for `lasts`.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn open(
    db: &impl ConnectionTrait,
    id: Uuid,
    lasts: Duration,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut query = sea_orm::sea_query::Query::insert()
        .into_table(Entity)
        .columns([
            Column::Id,
            Column::ExpiresAt,
            Column::Draining,
            Column::MakesContexts,
            Column::TemplateSyntax,
        ])
        .to_owned();
    query.values_panic([
        id.into(),
        end(db, lasts, now),
        false.into(),
        true.into(),
        FORMAT.into(),
    ]);
    db.execute(&query).await?;
    Ok(())
}

/// Makes a session last for `lasts` from now on, expired or not. False when its row is gone.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn renew(
    db: &impl ConnectionTrait,
    id: Uuid,
    lasts: Duration,
    now: DateTime<Utc>,
) -> Result<bool> {
    let query = Entity::update_many()
        .col_expr(Column::ExpiresAt, end(db, lasts, now))
        .filter(Column::Id.eq(id));
    Ok(query.exec(db).await?.rows_affected > 0)
}

/// What the least of the processes can do that have a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Older {
    /// Is there one that makes no contexts anew?
    pub keeps_contexts: bool,
    /// Is there one that reads templates in the first way alone?
    pub has_first_syntax: bool,
    /// Is there one that knows the first two formats of definitions alone?
    pub has_second_format: bool,
}

/// What older processes there are.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn older(db: &impl ConnectionTrait) -> Result<Older> {
    let keeps_contexts = Column::MakesContexts.eq(false);
    let query = Entity::find()
        .filter(keeps_contexts.or(Column::TemplateSyntax.lt(FORMAT)))
        .select_only()
        .columns([Column::MakesContexts, Column::TemplateSyntax]);
    let found: Vec<(bool, i32)> = query.into_tuple().all(db).await?;
    Ok(Older {
        keeps_contexts: found.iter().any(|(makes, _)| !makes),
        has_first_syntax: found.iter().any(|(_, syntax)| *syntax < SYNTAX),
        has_second_format: found.iter().any(|(_, syntax)| *syntax < FORMAT),
    })
}

/// A session as it stands in its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    pub id: Uuid,
    /// When it ends unless it is renewed, in milliseconds since 1970.
    pub expires_at: i64,
    pub has_expired: bool,
    /// Does its process let go of its runs?
    pub draining: bool,
}

/// All sessions, of which there are as many as processes.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn all(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<Life>> {
    let query = Entity::find()
        .select_only()
        .columns([Column::Id, Column::ExpiresAt, Column::Draining])
        .expr_as(has_expired(db, now), "has_expired");
    let rows: Vec<(Uuid, i64, bool, bool)> = query.into_tuple().all(db).await?;
    let rows = rows.into_iter();
    let life = |(id, expires_at, draining, has_expired)| Life {
        id,
        expires_at,
        has_expired,
        draining,
    };
    Ok(rows.map(life).collect())
}

/// Marks a session whose process is about to end.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn drain(db: &impl ConnectionTrait, id: Uuid) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::Draining, Expr::val(true))
        .filter(Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// Ends the life of a session that its process has left. Its runs are taken up like those of one whose process
/// was about to end.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn abandon(db: &impl ConnectionTrait, id: Uuid, now: DateTime<Utc>) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::Draining, Expr::val(true))
        .col_expr(Column::ExpiresAt, lease_clock(db, now).sub(1))
        .filter(Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// Is the session's row there? It stays until the transaction ends.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn keep_alive(db: &impl ConnectionTrait, id: Uuid) -> Result<bool> {
    let query = Entity::find_by_id(id)
        .select_only()
        .column(Column::Id)
        .lock(LockType::KeyShare);
    Ok(query.into_tuple::<Uuid>().one(db).await?.is_some())
}

/// The sessions other than `own` that have expired.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn expired(
    db: &impl ConnectionTrait,
    own: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>> {
    let mut query = Entity::find().filter(has_expired(db, now));
    if let Some(own) = own {
        query = query.filter(Column::Id.ne(own));
    }
    let query = query.select_only().column(Column::Id);
    Ok(query.into_tuple().all(db).await?)
}

/// A session that has expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expired {
    /// Had its process let go of its runs?
    pub draining: bool,
}

/// Locks a session until the transaction ends, if it has expired and nobody else is about it.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn lock_expired(
    db: &impl ConnectionTrait,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<Expired>> {
    let query = Entity::find_by_id(id)
        .filter(has_expired(db, now))
        .select_only()
        .column(Column::Draining)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    let draining = query.into_tuple::<bool>().one(db).await?;
    Ok(draining.map(|draining| Expired { draining }))
}

/// Ends a session.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn close(db: &impl ConnectionTrait, id: Uuid) -> Result<()> {
    Entity::delete_by_id(id).exec(db).await?;
    Ok(())
}

/// Ends every session, which is right only for a process that has the database to itself.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn close_all(db: &impl ConnectionTrait) -> Result<()> {
    Entity::delete_many().exec(db).await?;
    Ok(())
}

fn end(db: &impl ConnectionTrait, lasts: Duration, now: DateTime<Utc>) -> SimpleExpr {
    let lasts = i64::try_from(lasts.as_millis()).unwrap_or(i64::MAX);
    lease_clock(db, now).add(lasts)
}

fn has_expired(db: &impl ConnectionTrait, now: DateTime<Utc>) -> SimpleExpr {
    Expr::col(Column::ExpiresAt).lt(lease_clock(db, now))
}
