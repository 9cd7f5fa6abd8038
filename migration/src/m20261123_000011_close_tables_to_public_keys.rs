//! On PostgreSQL, closes every table to Supabase's public roles, which otherwise read and write all
//! of `public` with nothing but the public key. Row-level security without a policy lets only the
//! owner of the tables through.

use sea_orm_migration::prelude::*;

use crate::sql;

const TABLES: [&str; 11] = [
    "user_profiles",
    "models",
    "workflows",
    "stages",
    "workflow_revisions",
    "executions",
    "execution_logs",
    "execution_events",
    "snapshots",
    "worker_sessions",
    "seaql_migrations",
];

/// Supabase's roles for callers without and with a token.
const PUBLIC_ROLES: [&str; 2] = ["anon", "authenticated"];

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            sql::run_on_postgres(
                manager,
                &format!("alter table {table} enable row level security"),
            )
            .await?;
            for role in PUBLIC_ROLES {
                sql::run_on_postgres(manager, &revoke(table, role)).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            sql::run_on_postgres(
                manager,
                &format!("alter table {table} disable row level security"),
            )
            .await?;
        }
        Ok(())
    }
}

fn revoke(table: &str, role: &str) -> String {
    format!(
        "do $$ begin
            if exists (select from pg_roles where rolname = '{role}') then
                revoke all on table {table} from {role};
            end if;
        end $$"
    )
}
