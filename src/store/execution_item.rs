//! Queries on `execution_items`.

use std::collections::HashMap;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IdenStatic, Iterable, ModelTrait, QueryFilter,
    QuerySelect,
};
use uuid::Uuid;

use super::rows;
use crate::domain::status::ItemState;
use crate::entity::execution_item::{Column, Entity, Model};
use crate::error::Result;

/// The items of a visit that anything is known of.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn of_visit(
    db: &impl ConnectionTrait,
    owner: Uuid,
    execution: Uuid,
    (stage_order, visit): (i32, i32),
) -> Result<Vec<Model>> {
    let query = Entity::find()
        .filter(Column::ExecutionId.eq(execution))
        .filter(Column::UserId.eq(owner))
        .filter(Column::StageOrder.eq(stage_order))
        .filter(Column::Visit.eq(visit));
    Ok(query.all(db).await?)
}

/// The items that visits of a run have failed with, by the stage's order and the visit.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn failed(
    db: &impl ConnectionTrait,
    owner: Uuid,
    execution: Uuid,
) -> Result<HashMap<(i32, i32), i32>> {
    let query = Entity::find()
        .filter(Column::ExecutionId.eq(execution))
        .filter(Column::UserId.eq(owner))
        .filter(Column::State.eq(ItemState::Failed))
        .select_only()
        .columns([Column::StageOrder, Column::Visit, Column::ItemIndex]);
    let rows: Vec<(i32, i32, i32)> = query.into_tuple().all(db).await?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|(order, visit, item)| ((order, visit), item))
        .collect())
}

/// No time counts for outages of a run's items from `now` on, in milliseconds since 1970, until the next calls.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn stop_outages(
    db: &impl ConnectionTrait,
    owner: Uuid,
    execution: Uuid,
    now: i64,
) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::OutageCountsUntil, Expr::val(now))
        .filter(Column::ExecutionId.eq(execution))
        .filter(Column::UserId.eq(owner))
        .filter(Column::OutageCountsUntil.gt(now))
        .exec(db)
        .await?;
    Ok(())
}

/// Writes items in the place of what was known of them.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn save_all(db: &impl ConnectionTrait, items: &[&Model]) -> Result<()> {
    let columns: Vec<_> = Column::iter().collect();
    let names: Vec<_> = columns.iter().map(IdenStatic::as_str).collect();
    let sets: Vec<_> = names
        .iter()
        .map(|name| format!("{name} = excluded.{name}"))
        .collect();
    let (all, sets) = (names.join(", "), sets.join(", "));
    let save = format!(
        "insert into execution_items ({all}) select {all} from new where true
        on conflict (execution_id, stage_order, visit, item_index) do update set {sets}"
    );
    for piece in rows::pieces(items) {
        let values = piece.iter();
        let values = values.flat_map(|item| columns.iter().map(|column| item.get(*column)));
        let backend = db.get_database_backend();
        let statement = rows::with_new(backend, &names, values.collect(), &save);
        db.execute_raw(statement).await?;
    }
    Ok(())
}
