//! The runs, each of which is also the leased job: only a running one has an owner.

use sea_orm_migration::prelude::*;

use crate::sql;

const UP: &str = "
create table executions (
    id uuid primary key,
    user_id uuid not null references user_profiles (id) on delete cascade,
    workflow_id uuid references workflows (id) on delete set null,
    revision_id uuid not null references workflow_revisions (id),
    rerun_of uuid references executions (id) on delete set null,
    client_key text,
    request_hash text,
    status text not null
        check (status in ('PENDING', 'RUNNING', 'PAUSED', 'COMPLETED', 'FAILED', 'CANCELLED')),
    status_reason text,
    error_message text,
    execution_inputs jsonb not null default '{}',
    initial_context jsonb not null default '{}',
    execution_context jsonb not null default '{}',
    current_stage_order integer,
    current_visit integer not null default 1,
    visit_failures integer not null default 0,
    transport_failures integer not null default 0,
    stage_visits integer not null default 1,
    pause_requested boolean not null default false,
    next_run_at bigint,
    lease_owner uuid,
    lease_epoch bigint not null default 0,
    crash_count integer not null default 0,
    next_seq bigint not null default 1,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    completed_at timestamptz,
    unique (id, user_id),
    unique (user_id, client_key),
    check ((status = 'RUNNING') = (lease_owner is not null))
);
create index executions_newest on executions (user_id, created_at desc, id desc);
create index executions_newest_by_status on executions (user_id, status, created_at desc, id desc);
create index executions_newest_by_workflow on executions (workflow_id, created_at desc, id desc);
create index executions_by_revision on executions (revision_id);
create index executions_by_first_run on executions (rerun_of) where rerun_of is not null;
create index executions_due on executions (next_run_at, created_at) where status = 'PENDING';
create index executions_leased on executions (lease_owner) where status = 'RUNNING';
create index executions_active on executions (user_id) where status in ('PENDING', 'RUNNING', 'PAUSED');
create index executions_ended on executions (user_id, completed_at) where completed_at is not null
";

const DOWN: &str = "drop table executions";

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
