//! The users of Supabase Auth. Every column but the id has a default, so that a sign-up trigger can insert.

use sea_orm_migration::prelude::*;

use crate::sql;

const UP: &str = "
create table user_profiles (
    id uuid primary key,
    email text unique,
    full_name text,
    preferences jsonb not null default '{}',
    saved_prompts jsonb not null default '[]',
    max_snapshots integer not null default 50 check (max_snapshots >= 0),
    created_at timestamptz not null default now()
)
";

const DOWN: &str = "drop table user_profiles";

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
