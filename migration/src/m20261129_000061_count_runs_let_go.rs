//! Counts how often a process has let go of a run in the middle of an attempt, which is no crash. A version that
//! does not know of it lets a run go as often as it comes to that.

use sea_orm_migration::prelude::*;

use crate::sql;

const UP: &str = "alter table executions add column let_go_count integer not null default 0";
const DOWN: &str = "alter table executions drop column let_go_count";

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
