//! A stage may have turns ahead of its prompt, a prompt for attempts that follow a failure, and routes by value.

use sea_orm_migration::prelude::*;

use crate::sql;

const UP: &str = "
alter table stages add column messages jsonb;
alter table stages add column retry_prompt_template text;
alter table stages add column routes jsonb
";
const DOWN: &str = "
alter table stages drop column routes;
alter table stages drop column retry_prompt_template;
alter table stages drop column messages
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
