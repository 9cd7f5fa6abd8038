//! Indexes of tables that may be large, built while others write to them. A change that does so runs
//! without a transaction, which PostgreSQL does not allow around it, and can be repeated.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, Statement};

/// Is there an index of this name that was given up before it was complete? It slows writes and serves no
/// query.
const IS_INVALID: &str = "
    select 1 from pg_index where indexrelid = to_regclass($1) and not indisvalid";

/// Builds an index: its name, and what follows it in the statement (`on executions (user_id)`).
pub async fn build(manager: &SchemaManager<'_>, name: &str, on: &str) -> Result<(), DbErr> {
    make(manager, "index", name, on).await
}

/// Builds a unique index, of columns that no writer of the version before fills.
pub async fn build_unique(manager: &SchemaManager<'_>, name: &str, on: &str) -> Result<(), DbErr> {
    make(manager, "unique index", name, on).await
}

async fn make(manager: &SchemaManager<'_>, kind: &str, name: &str, on: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    if connection.get_database_backend() != DbBackend::Postgres {
        let index = format!("create {kind} if not exists {name} {on}");
        connection.execute_unprepared(&index).await?;
        return Ok(());
    }
    let question = Statement::from_sql_and_values(DbBackend::Postgres, IS_INVALID, [name.into()]);
    if connection.query_one_raw(question).await?.is_some() {
        drop(manager, name).await?;
    }
    let index = format!("create {kind} concurrently if not exists {name} {on}");
    connection.execute_unprepared(&index).await?;
    Ok(())
}

/// Drops an index that such a change has built.
pub async fn drop(manager: &SchemaManager<'_>, name: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let index = match connection.get_database_backend() {
        DbBackend::Postgres => format!("drop index concurrently if exists {name}"),
        _ => format!("drop index if exists {name}"),
    };
    connection.execute_unprepared(&index).await?;
    Ok(())
}
