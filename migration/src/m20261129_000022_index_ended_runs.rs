//! An index of the runs that have ended, longest ago first, over all users: what a purge goes along.

use sea_orm_migration::prelude::*;

use crate::index;

const NAME: &str = "executions_by_end";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = "on executions (completed_at, id) where completed_at is not null";
        index::build(manager, NAME, on).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        index::drop(manager, NAME).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }
}
