//! Counts how often the judge of an answer was asked in vain. A version that does not know of it leaves the
//! counts at nothing.

use sea_orm_migration::prelude::*;

use crate::sql;

const COLUMNS: [&str; 2] = ["judge_failures", "unreadable_verdicts"];

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in COLUMNS {
            let add =
                format!("alter table executions add column {column} integer not null default 0");
            sql::run(manager, &add).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in COLUMNS {
            let drop = format!("alter table executions drop column {column}");
            sql::run(manager, &drop).await?;
        }
        Ok(())
    }
}
