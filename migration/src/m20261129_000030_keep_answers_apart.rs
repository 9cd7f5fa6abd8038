//! An attempt says where in its raw output the answer begins, and what was read from a person's edit: a
//! run's context is made anew from its attempts, and nothing is parsed again for that. Old rows begin at 0;
//! where they have an edit, it is read once more.

use sea_orm_migration::prelude::*;

use crate::sql;

const UP: &str = "
alter table execution_logs add column answer_start integer not null default 0;
alter table execution_logs add column edited_value jsonb
";
const DOWN: &str = "
alter table execution_logs drop column edited_value;
alter table execution_logs drop column answer_start
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
