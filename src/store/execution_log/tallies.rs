//! How often the stages of a run were tried and visited.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::entity::execution_log::{Column, Entity, Model};
use crate::error::Result;

/// How often the stages of a run were tried and visited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tallies {
    attempts: HashMap<(i32, Option<i32>), i32>,
    visits: HashMap<i32, i32>,
}

impl Tallies {
    /// Number of the latest attempt at the stage at `order`, or at this item of its list.
    #[must_use]
    pub fn attempts(&self, order: i32, item: Option<i32>) -> i32 {
        self.attempts.get(&(order, item)).copied().unwrap_or(0)
    }

    /// Number of the latest visit of the stage at `order`.
    #[must_use]
    pub fn visits(&self, order: i32) -> i32 {
        self.visits.get(&order).copied().unwrap_or(0)
    }

    /// Takes note of an attempt.
    pub fn count(&mut self, log: &Model) {
        self.add(
            (log.stage_order, log.item_index),
            log.attempt_number,
            log.visit,
        );
    }

    fn add(&mut self, (order, item): (i32, Option<i32>), attempt: i32, visit: i32) {
        let attempts = self.attempts.entry((order, item)).or_default();
        *attempts = std::cmp::max(attempt, *attempts);
        let visits = self.visits.entry(order).or_default();
        *visits = std::cmp::max(visit, *visits);
    }
}

/// How often each stage of a run was tried and visited.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn tallies(db: &impl ConnectionTrait, owner: Uuid, execution: Uuid) -> Result<Tallies> {
    let query = Entity::find()
        .filter(Column::ExecutionId.eq(execution))
        .filter(Column::UserId.eq(owner))
        .select_only()
        .columns([Column::StageOrder, Column::ItemIndex])
        .column_as(Column::AttemptNumber.max(), "attempts")
        .column_as(Column::Visit.max(), "visits")
        .group_by(Column::StageOrder)
        .group_by(Column::ItemIndex);
    let rows: Vec<(i32, Option<i32>, i32, i32)> = query.into_tuple().all(db).await?;
    let mut tallies = Tallies::default();
    for (order, item, attempts, visits) in rows {
        tallies.add((order, item), attempts, visits);
    }
    Ok(tallies)
}
