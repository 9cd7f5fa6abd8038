//! The steps of a workflow. Orders are unique in it, negative ones only within a transaction that renumbers.

use sea_orm_migration::prelude::*;

use crate::sql;

const UP: &str = "
create table stages (
    id uuid primary key,
    workflow_id uuid not null,
    user_id uuid not null,
    stage_order integer not null,
    name text,
    prompt_template text,
    model_id uuid references models (id) on delete set null,
    validation_type text not null default 'NONE'
        check (validation_type in ('NONE', 'MANUAL', 'REGEX', 'FUNCTION', 'LLM')),
    validation_criteria jsonb,
    output_variables jsonb,
    input_variable_mapping jsonb,
    retry_limit integer not null default 0 check (retry_limit >= 0),
    next_stage_on_pass integer,
    next_stage_on_fail integer,
    flowise_config jsonb,
    created_at timestamptz not null default now(),
    unique (workflow_id, stage_order),
    foreign key (workflow_id, user_id) references workflows (id, user_id) on delete cascade
);
create index stages_by_model on stages (model_id)
";

const DOWN: &str = "drop table stages";

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
