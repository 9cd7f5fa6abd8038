//! An attempt says whether its answer stands in the context of its run, should there be no verdict on it. Those that a
//! version before has written leave nothing behind.

use sea_orm_migration::prelude::*;

use crate::sql;

const UP: &str =
    "alter table execution_logs add column keeps_answer boolean not null default false";
const DOWN: &str = "alter table execution_logs drop column keeps_answer";

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
