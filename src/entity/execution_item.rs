//! `execution_items`: of a visit of a stage that runs for each item of a list, what a run's row holds of another
//! stage. An item of which nothing is to be remembered has none.

use sea_orm::entity::prelude::*;

use crate::domain::status::ItemState;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "execution_items")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub execution_id: Uuid,
    pub user_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub stage_order: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub visit: i32,
    /// Where the item stands in the list, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub item_index: i32,
    pub state: ItemState,
    /// Failures that count against the stage's retry limit.
    pub failures: i32,
    /// Calls in a row that failed, as in a run's row: of the model, or of the judge of the open answer.
    pub transport_failures: i32,
    pub judge_failures: i32,
    pub outage_since: Option<i64>,
    pub outage_counts_until: Option<i64>,
    pub outage_calls: i32,
    /// Answers of that judge that were no verdict.
    pub unreadable_verdicts: i32,
    /// Milliseconds since 1970 before which no attempt for it starts.
    pub due_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
