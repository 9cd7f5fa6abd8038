//! What happened to a run, numbered 1, 2, 3, … by the row of the run.

use sea_orm_migration::prelude::*;

use crate::sql;

const UP: &str = "
create table execution_events (
    execution_id uuid not null,
    seq bigint not null check (seq > 0),
    user_id uuid not null,
    kind text not null,
    payload jsonb not null,
    created_at timestamptz not null default now(),
    primary key (execution_id, seq),
    foreign key (execution_id, user_id) references executions (id, user_id) on delete cascade
)
";

const DOWN: &str = "drop table execution_events";

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
