//! The key of attempts that knows no items goes: the first attempts of two items of a list are both number 1. A
//! version that knows no items numbers its attempts so that the key beside it holds.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::sql;

const KEY: &str = "unique (execution_id, stage_order, attempt_number)";
const DROP: &str = "alter table execution_logs drop constraint if exists execution_logs_execution_id_stage_order_attempt_number_key";
const ADD: &str =
    "alter table execution_logs add unique (execution_id, stage_order, attempt_number)";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        match manager.get_connection().get_database_backend() {
            DbBackend::Sqlite => rebuild(manager, |table| {
                table.replacen(&format!("\n    {KEY},"), "", 1)
            }),
            _ => return sql::run_on_postgres(manager, DROP).await,
        }
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        match manager.get_connection().get_database_backend() {
            DbBackend::Sqlite => rebuild(manager, |table| {
                table.replacen(
                    "\n    foreign key",
                    &format!("\n    {KEY},\n    foreign key"),
                    1,
                )
            }),
            _ => return sql::run_on_postgres(manager, ADD).await,
        }
        .await
    }
}

/// SQLite drops no key of a table: the table is made anew by its own text, with all that it holds, whatever
/// columns it has by now. No other table refers to it.
async fn rebuild(
    manager: &SchemaManager<'_>,
    change: impl Fn(&str) -> String,
) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let table = texts(manager, "table").await?;
    let indexes = texts(manager, "index").await?;
    let table = table
        .first()
        .ok_or_else(|| DbErr::Custom("execution_logs is not there".to_owned()))?;
    let changed = change(table);
    let rename = "alter table execution_logs rename to execution_logs_before";
    let copy = "insert into execution_logs select * from execution_logs_before";
    let drop = "drop table execution_logs_before";
    for statement in [rename, &changed, copy, drop] {
        connection.execute_unprepared(statement).await?;
    }
    for index in &indexes {
        connection.execute_unprepared(index).await?;
    }
    Ok(())
}

async fn texts(manager: &SchemaManager<'_>, kind: &str) -> Result<Vec<String>, DbErr> {
    let query = Statement::from_sql_and_values(
        DbBackend::Sqlite,
        "select sql from sqlite_master where tbl_name = 'execution_logs' and type = ? and sql is not null order by name",
        [kind.into()],
    );
    let rows = manager.get_connection().query_all_raw(query).await?;
    rows.iter().map(|row| row.try_get("", "sql")).collect()
}
