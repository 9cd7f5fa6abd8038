//! Kept copies of workflows.

use sea_orm_migration::prelude::*;

use crate::sql;

const UP: &str = "
create table snapshots (
    id uuid primary key,
    user_id uuid not null references user_profiles (id) on delete cascade,
    workflow_id uuid references workflows (id) on delete set null,
    name text not null,
    description text,
    type text not null default 'workflow' check (type in ('workflow', 'automatic')),
    snapshot_data jsonb not null,
    created_at timestamptz not null default now()
);
create index snapshots_newest on snapshots (user_id, created_at desc, id desc);
create index snapshots_newest_by_workflow on snapshots (workflow_id, created_at desc, id desc)
";

const DOWN: &str = "drop table snapshots";

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
