//! Queries on `execution_events`, and on how far a run's events go. What a user's runs have come to lately
//! stands in [`status`].

pub mod status;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DerivePartialModel, EntityTrait, Iterable, ModelTrait, Order,
    QueryFilter, QueryOrder, QuerySelect, Select,
};
use serde_json::Value;
use uuid::Uuid;

use super::page::{self, Key, Window};
use crate::domain::event::Event;
use crate::domain::status::ExecutionStatus;
use crate::entity::execution;
use crate::entity::execution_event::{Column, Entity, Model};
use crate::error::{Error, Result};

const STATUS: &str = "ExecutionStatusChanged";

/// How far the events of a run go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DerivePartialModel)]
#[sea_orm(entity = "execution::Entity")]
pub struct Head {
    pub id: Uuid,
    pub status: ExecutionStatus,
    pub next_seq: i64,
}

impl Head {
    /// The number of the last event, 0 before the first.
    #[must_use]
    pub const fn last_seq(&self) -> i64 {
        self.next_seq - 1
    }

    /// Was that the last event of all?
    #[must_use]
    pub const fn is_terminal(&self) -> bool {
        self.status.is_terminal()
    }
}

/// Reads the payload of a stored event.
///
/// # Errors
/// `Internal` when it is none.
pub fn read(row: &Model) -> Result<Event> {
    serde_json::from_value(row.payload.clone()).map_err(Error::internal)
}

/// Is this the last event of its run?
///
/// # Errors
/// `Internal` when its payload is no event.
pub fn is_terminal(row: &Model) -> Result<bool> {
    Ok(row.kind == STATUS && read(row)?.is_terminal())
}

/// Adds events to a run of this owner, numbered from `first_seq` on.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn insert(
    db: &impl ConnectionTrait,
    execution_id: Uuid,
    owner: Uuid,
    first_seq: i64,
    events: &[Event],
    now: DateTime<Utc>,
) -> Result<()> {
    insert_rows(db, &rows((execution_id, owner), first_seq, events, now)?).await
}

/// The rows of events of a run and its owner, numbered from `first_seq` on.
///
/// # Errors
/// `Internal` when an event cannot be written as JSON.
pub fn rows(
    (execution_id, user_id): (Uuid, Uuid),
    first_seq: i64,
    events: &[Event],
    now: DateTime<Utc>,
) -> Result<Vec<Model>> {
    let numbered = (first_seq..).zip(events);
    numbered
        .map(|(seq, event)| {
            Ok(Model {
                execution_id,
                seq,
                user_id,
                kind: event.kind().to_owned(),
                payload: serde_json::to_value(event).map_err(Error::internal)?,
                created_at: now,
            })
        })
        .collect()
}

/// Adds events.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn insert_rows(db: &impl ConnectionTrait, events: &[Model]) -> Result<()> {
    super::rows::insert(db, (Entity, Column::iter()), events, Model::get).await
}

/// The first `limit` events of a run above `after`.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn after(
    db: &impl ConnectionTrait,
    owner: Uuid,
    execution_id: Uuid,
    after: i64,
    limit: u64,
) -> Result<Vec<Model>> {
    let query = Entity::find()
        .filter(Column::UserId.eq(owner))
        .filter(Column::ExecutionId.eq(execution_id))
        .filter(Column::Seq.gt(after))
        .order_by_asc(Column::Seq)
        .limit(limit);
    Ok(query.all(db).await?)
}

/// The first `limit` events above `after` of each of these runs, those of one run in order.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn list_of_executions(
    db: &impl ConnectionTrait,
    owner: Uuid,
    ids: &[Uuid],
    after: i64,
    limit: u64,
) -> Result<Vec<Model>> {
    let query = Entity::find().filter(Column::UserId.eq(owner));
    let by_seq = Key {
        columns: vec![Column::Seq],
        order: Order::Asc,
    };
    let window = Window {
        after: Some(vec![after.into()]),
        // A window reads one more than its size.
        size: limit.saturating_sub(1),
    };
    let runs = (Column::ExecutionId, ids);
    let rows: Vec<Row> = page::read_many(db, query, runs, &by_seq, &window).await?;
    Ok(rows.into_iter().map(Model::from).collect())
}

/// How far a run is, none when it is gone.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn head(
    db: &impl ConnectionTrait,
    owner: Uuid,
    execution_id: Uuid,
) -> Result<Option<Head>> {
    let query = runs(owner).filter(execution::Column::Id.eq(execution_id));
    Ok(query.into_partial_model().one(db).await?)
}

fn runs(owner: Uuid) -> Select<execution::Entity> {
    execution::Entity::find().filter(execution::Column::UserId.eq(owner))
}

/// The model as a page of many lists reads it.
#[derive(DerivePartialModel)]
#[sea_orm(entity = "Entity")]
struct Row {
    execution_id: Uuid,
    seq: i64,
    user_id: Uuid,
    kind: String,
    payload: Value,
    created_at: DateTime<Utc>,
}

impl From<Row> for Model {
    fn from(row: Row) -> Self {
        Self {
            execution_id: row.execution_id,
            seq: row.seq,
            user_id: row.user_id,
            kind: row.kind,
            payload: row.payload,
            created_at: row.created_at,
        }
    }
}
