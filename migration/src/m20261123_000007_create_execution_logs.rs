//! Every attempt at a stage. The stage has no foreign key: history neither follows nor blocks edits.

use sea_orm_migration::prelude::*;

use crate::sql;

const UP: &str = "
create table execution_logs (
    id uuid primary key,
    execution_id uuid not null,
    user_id uuid not null,
    stage_id uuid,
    stage_order integer not null,
    stage_name text,
    attempt_number integer not null check (attempt_number > 0),
    visit integer not null check (visit > 0),
    status text not null check (status in ('STARTED', 'FINISHED', 'INTERRUPTED', 'CANCELLED')),
    inputs jsonb,
    prompt_sent text,
    raw_output text,
    parsed_output jsonb,
    validation_result text not null default 'PENDING'
        check (validation_result in ('PENDING', 'PASS', 'FAIL', 'ERROR')),
    validator_notes text,
    validated_at timestamptz,
    edited_output text,
    error_message text,
    usage jsonb,
    executed_at timestamptz not null default now(),
    duration_ms integer,
    started_seq bigint not null,
    unique (execution_id, stage_order, attempt_number),
    foreign key (execution_id, user_id) references executions (id, user_id) on delete cascade
);
create index execution_logs_in_order on execution_logs (execution_id, started_seq);
create index execution_logs_open on execution_logs (user_id, executed_at, id) where status = 'STARTED'
";

const DOWN: &str = "drop table execution_logs";

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
