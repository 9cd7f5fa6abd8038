//! What is read to tell what runs wait for: of many runs at once, in as many statements as of one.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, Order,
    PartialModelTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use uuid::Uuid;

use super::page::{self, Key, Window};
use super::{rows, state};
use crate::domain::status::{ExecutionStatus, ItemState};
use crate::entity::execution::Standing;
use crate::entity::execution_log::Trace;
use crate::entity::{execution, execution_item, execution_log};
use crate::error::Result;

/// Attempts of a run that are looked at, from the latest one back.
const LATEST: u64 = 20;

/// A run's row, and whether its workflow is deleted.
#[derive(Clone, Debug, PartialEq)]
pub struct Stood {
    pub run: Standing,
    pub is_doomed: bool,
}

/// Items of a run's list that wait for a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub execution_id: Uuid,
    pub items: i64,
    /// When the first of them goes on, in milliseconds since 1970.
    pub due_at: i64,
}

/// The rows of the runs with these ids.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn runs(db: &impl ConnectionTrait, owner: Uuid, ids: &[Uuid]) -> Result<Vec<Stood>> {
    let query = execution::Entity::find()
        .filter(execution::Column::UserId.eq(owner))
        .filter(execution::Column::Id.is_in(rows::padded(ids)))
        .select_only();
    let query = Standing::select_cols(query)
        .expr_as(state::workflow_is_deleted(), "is_doomed")
        .into_query();
    let mut found = Vec::with_capacity(ids.len());
    for row in db.query_all(&query).await? {
        found.push(Stood {
            run: Standing::from_query_result(&row, "")?,
            is_doomed: row.try_get("", "is_doomed")?,
        });
    }
    Ok(found)
}

/// The open attempts of these runs, those of one run oldest first.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn open(db: &impl ConnectionTrait, owner: Uuid, ids: &[Uuid]) -> Result<Vec<Trace>> {
    let query = attempts(owner)
        .filter(execution_log::Column::ExecutionId.is_in(rows::padded(ids)))
        .filter(state::attempt_is_open())
        .order_by_asc(execution_log::Column::ExecutionId)
        .order_by_asc(execution_log::Column::StartedSeq);
    Ok(query.into_partial_model().all(db).await?)
}

/// The latest attempts of these runs, those of one run newest first.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn latest(db: &impl ConnectionTrait, owner: Uuid, ids: &[Uuid]) -> Result<Vec<Trace>> {
    let newest = Key {
        columns: vec![execution_log::Column::StartedSeq],
        order: Order::Desc,
    };
    let window = Window {
        after: None,
        size: LATEST - 1,
    };
    let runs = (execution_log::Column::ExecutionId, ids);
    page::read_many(db, attempts(owner), runs, &newest, &window).await
}

/// The items that wait for a time in the visits that these runs are in; runs without any are missing.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn waits(
    db: &impl ConnectionTrait,
    owner: Uuid,
    ids: &[Uuid],
    now: DateTime<Utc>,
) -> Result<Vec<Waiting>> {
    use execution_item::Column;
    let run = execution_item::Entity::belongs_to(execution::Entity)
        .from(Column::ExecutionId)
        .to(execution::Column::Id)
        .into();
    let of_run = |column: execution::Column| Expr::col((execution::Entity, column));
    let query = execution_item::Entity::find()
        .join(JoinType::InnerJoin, run)
        .filter(Column::UserId.eq(owner))
        .filter(Column::ExecutionId.is_in(rows::padded(ids)))
        .filter(Column::State.eq(ItemState::Open))
        .filter(Column::DueAt.gt(now.timestamp_millis()))
        .filter(
            of_run(execution::Column::CurrentStageOrder)
                .equals((execution_item::Entity, Column::StageOrder)),
        )
        .filter(
            of_run(execution::Column::CurrentVisit).equals((execution_item::Entity, Column::Visit)),
        )
        .select_only()
        .column(Column::ExecutionId)
        .column_as(Column::ItemIndex.count(), "items")
        .column_as(Column::DueAt.min(), "due_at")
        .group_by(Column::ExecutionId);
    let found: Vec<(Uuid, i64, i64)> = query.into_tuple().all(db).await?;
    let waiting = |(execution_id, items, due_at)| Waiting {
        execution_id,
        items,
        due_at,
    };
    Ok(found.into_iter().map(waiting).collect())
}

/// The user's runs that are under way: whose lease each has, and how many of its attempts are open.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn under_way(db: &impl ConnectionTrait, owner: Uuid) -> Result<Vec<(Option<Uuid>, i64)>> {
    use execution::Column;
    let attempt = execution::Entity::belongs_to(execution_log::Entity)
        .from(Column::Id)
        .to(execution_log::Column::ExecutionId)
        .on_condition(|_, _| Condition::all().add(state::attempt_is_open()))
        .into();
    let query = execution::Entity::find()
        .join(JoinType::LeftJoin, attempt)
        .filter(Column::UserId.eq(owner))
        .filter(state::run_is(ExecutionStatus::Running))
        .select_only()
        .column(Column::LeaseOwner)
        .column_as(execution_log::Column::Id.count(), "attempts")
        .group_by(Column::Id)
        .group_by(Column::LeaseOwner);
    Ok(query.into_tuple().all(db).await?)
}

fn attempts(owner: Uuid) -> sea_orm::Select<execution_log::Entity> {
    execution_log::Entity::find().filter(execution_log::Column::UserId.eq(owner))
}
