//! On PostgreSQL an event bears the number of the transaction that wrote it, which orders commits where the
//! clocks of replicas do not. The database sets it, whoever inserts the row. SQLite, where one process
//! writes, goes by time.

use sea_orm_migration::prelude::*;

use crate::sql;

const NUMBERED: &str = "alter table execution_events add column written_by xid8";
/// Apart from the column: what is there already needs no number, and the table is not written anew.
const NUMBER: &str =
    "alter table execution_events alter column written_by set default pg_current_xact_id()";
const DOWN: &str = "alter table execution_events drop column written_by";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run_on_postgres(manager, NUMBERED).await?;
        sql::run_on_postgres(manager, NUMBER).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run_on_postgres(manager, DOWN).await
    }
}
