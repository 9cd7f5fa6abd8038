//! The models of the providers, shared by all users.

use sea_orm_migration::prelude::*;

use crate::sql;

const UP: &str = "
create table models (
    id uuid primary key,
    name text not null unique,
    provider text not null,
    model_identifier_for_flowise text not null unique,
    context_length integer check (context_length > 0),
    config_defaults jsonb not null default '{}',
    created_at timestamptz not null default now()
)
";

const DOWN: &str = "drop table models";

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
