//! Attempts are numbered by item: the key that says so, beside the one before, which knows no items.

use sea_orm_migration::prelude::*;

use crate::index;

const NAME: &str = "execution_logs_attempts";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        index::build_unique(
            manager,
            NAME,
            "on execution_logs (execution_id, stage_order, coalesce(item_index, -1), attempt_number)",
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        index::drop(manager, NAME).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }
}
