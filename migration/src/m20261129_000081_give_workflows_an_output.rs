//! A workflow may say what a completed run of it answers.

use sea_orm_migration::prelude::*;

use crate::sql;

const UP: &str = "alter table workflows add column output_mapping jsonb";
const DOWN: &str = "alter table workflows drop column output_mapping";

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
