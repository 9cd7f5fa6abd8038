//! An index of the runs under way, user by user: they are counted with every start and every claim, and
//! an index of all that have not ended would have the count go through the user's whole backlog.

use sea_orm_migration::prelude::*;

use crate::index;

const NAME: &str = "executions_running";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        index::build(
            manager,
            NAME,
            "on executions (user_id) where status = 'RUNNING'",
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
