//! An attempt keeps the turns that it sent, and whether its failure counted against the retry limit.

use sea_orm_migration::prelude::*;

use crate::sql;

const UP: &str = "
alter table execution_logs add column messages_sent jsonb;
alter table execution_logs add column counted boolean
";
const DOWN: &str = "
alter table execution_logs drop column counted;
alter table execution_logs drop column messages_sent
";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, DOWN).await
    }
}
