//! An attempt keeps what the model that judges thought before its verdict.

use sea_orm_migration::prelude::*;

use crate::sql;

const UP: &str = "alter table execution_logs add column judge_reasoning text";
const DOWN: &str = "alter table execution_logs drop column judge_reasoning";

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
