//! A stage may have a key, by which paths call it.

use sea_orm_migration::prelude::*;

use crate::sql;

const UP: &str = "alter table stages add column key text";
const DOWN: &str = "alter table stages drop column key";

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
