//! Statements in PostgreSQL's words, with SQLite's names for the types that it lacks.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

/// What PostgreSQL calls it, and what SQLite gets.
const SQLITE_WORDS: [(&str, &str); 4] = [
    (" uuid", " blob"),
    (" jsonb", " text"),
    (" timestamptz", " text"),
    // SQLite has no time type; the service gives every timestamp.
    (" default now()", ""),
];

/// Runs the statements, separated by `;`, one by one.
pub async fn run(manager: &SchemaManager<'_>, statements: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let mut text = statements.to_owned();
    if connection.get_database_backend() == DbBackend::Sqlite {
        for (postgres, sqlite) in SQLITE_WORDS {
            text = text.replace(postgres, sqlite);
        }
    }
    for statement in text.split(';').filter(|part| !part.trim().is_empty()) {
        connection.execute_unprepared(statement).await?;
    }
    Ok(())
}

/// Runs a statement that only PostgreSQL needs.
pub async fn run_on_postgres(manager: &SchemaManager<'_>, statement: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    if connection.get_database_backend() == DbBackend::Postgres {
        connection.execute_unprepared(statement).await?;
    }
    Ok(())
}

/// Takes a table from a role, where there is such a role.
pub fn revoke(table: &str, role: &str) -> String {
    format!(
        "do $$ begin
            if exists (select from pg_roles where rolname = '{role}') then
                revoke all on table {table} from {role};
            end if;
        end $$"
    )
}
