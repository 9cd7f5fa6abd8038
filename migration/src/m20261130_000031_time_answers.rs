//! An attempt says when the model's answer had arrived, before anybody judged it.

use sea_orm_migration::prelude::*;

use crate::sql;

const UP: &str = "alter table execution_logs add column answered_at timestamptz";
const DOWN: &str = "alter table execution_logs drop column answered_at";

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
