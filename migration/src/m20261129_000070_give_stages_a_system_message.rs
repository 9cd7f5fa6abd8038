//! A stage may have a system message, and how long its model may say nothing.

use sea_orm_migration::prelude::*;

use crate::sql;

const UP: &str = "
alter table stages add column system_template text;
alter table stages add column timeout_seconds integer
";
const DOWN: &str = "
alter table stages drop column timeout_seconds;
alter table stages drop column system_template
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
