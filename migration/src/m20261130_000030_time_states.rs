//! A run says since when it is in its state. One that was written by a version that did not say so has none until its
//! state changes.

use sea_orm_migration::prelude::*;

use crate::sql;

const UP: &str = "alter table executions add column status_since timestamptz";
const DOWN: &str = "alter table executions drop column status_since";

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
