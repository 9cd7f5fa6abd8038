//! An index of the paused runs, by what they wait for: they are counted for whoever reads the metrics, and an index of all that have not
//! ended would have that go through the whole backlog.

use sea_orm_migration::prelude::*;

use crate::index;

const NAME: &str = "executions_paused";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        index::build(
            manager,
            NAME,
            "on executions (status_reason) where status = 'PAUSED'",
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
