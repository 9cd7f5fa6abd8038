//! No two stages of a workflow have the same key. Those without one are not looked at.

use sea_orm_migration::prelude::*;

use crate::index;

const NAME: &str = "stages_by_key";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        index::build_unique(
            manager,
            NAME,
            "on stages (workflow_id, key) where key is not null",
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
