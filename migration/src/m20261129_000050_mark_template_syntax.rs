//! A stage says how its templates are read, and a session how its process reads them. What bears no number was
//! written by a version that read `{{name}}` alone.

use sea_orm_migration::prelude::*;

use crate::sql;

const UP: &str = "
alter table stages add column template_syntax integer;
alter table worker_sessions add column template_syntax integer not null default 1
";
const DOWN: &str = "
alter table worker_sessions drop column template_syntax;
alter table stages drop column template_syntax
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
