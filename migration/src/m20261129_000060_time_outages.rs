//! Times outages of models: how long calls have failed before the first word of an answer, and how many. A version
//! that does not know of it counts five failures in a row, and its answers end an outage like any other.

use sea_orm_migration::prelude::*;

use crate::sql;

const UP: &str = "
alter table executions add column outage_since bigint;
alter table executions add column outage_counts_until bigint;
alter table executions add column outage_calls integer not null default 0
";
const DOWN: &str = "
alter table executions drop column outage_calls;
alter table executions drop column outage_counts_until;
alter table executions drop column outage_since
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
