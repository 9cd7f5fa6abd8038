//! A deleted workflow is marked, so that it is gone at once; what belonged to it goes by and by.

use sea_orm_migration::prelude::*;

use crate::sql;

const UP: &str = "alter table workflows add column deleted_at timestamptz";

const DOWN: &str = "alter table workflows drop column deleted_at";

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
