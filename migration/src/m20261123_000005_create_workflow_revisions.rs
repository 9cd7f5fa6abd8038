//! Workflows as runs pinned them. A revision outlives its workflow.

use sea_orm_migration::prelude::*;

use crate::sql;

const UP: &str = "
create table workflow_revisions (
    id uuid primary key,
    user_id uuid not null references user_profiles (id) on delete cascade,
    workflow_id uuid references workflows (id) on delete set null,
    version integer not null,
    digest text not null,
    definition jsonb not null,
    unique (workflow_id, version, digest)
);
create index workflow_revisions_by_owner on workflow_revisions (user_id)
";

const DOWN: &str = "drop table workflow_revisions";

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
