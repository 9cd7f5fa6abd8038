//! What a user owns and runs. The unique pair of id and owner is what composite foreign keys point at.

use sea_orm_migration::prelude::*;

use crate::sql;

const UP: &str = "
create table workflows (
    id uuid primary key,
    user_id uuid not null references user_profiles (id) on delete cascade,
    name text not null,
    name_folded text not null,
    description text,
    metadata jsonb not null default '{}',
    version integer not null default 1 check (version > 0),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (id, user_id)
);
create index workflows_newest on workflows (user_id, created_at desc, id desc)
";

const DOWN: &str = "drop table workflows";

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
