//! A run may end once one of its stages has passed, and one that begins and ends at the same stage tries it alone.

use sea_orm_migration::prelude::*;

use crate::sql;

const UP: &str = "
alter table executions add column from_stage_order integer;
alter table executions add column until_stage_order integer
";
const DOWN: &str = "
alter table executions drop column until_stage_order;
alter table executions drop column from_stage_order
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
