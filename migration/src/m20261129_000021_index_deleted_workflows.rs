//! An index of the workflows that are marked as deleted, which are few.

use sea_orm_migration::prelude::*;

use crate::index;

const NAME: &str = "workflows_deleted";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = "on workflows (deleted_at) where deleted_at is not null";
        index::build(manager, NAME, on).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        index::drop(manager, NAME).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }
}
