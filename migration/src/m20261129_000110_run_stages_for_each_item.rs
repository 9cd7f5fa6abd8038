//! A stage may run once for every item of a list. A run holds per item of the visit that it is in what its row
//! holds of a stage that has no list; an attempt says which item it is about.

use sea_orm_migration::prelude::*;

use crate::sql;

const UP: &str = "
alter table stages add column for_each jsonb;
alter table execution_logs add column item_index integer;
create table execution_items (
    execution_id uuid not null,
    user_id uuid not null,
    stage_order integer not null,
    visit integer not null check (visit > 0),
    item_index integer not null check (item_index >= 0),
    state text not null check (state in ('OPEN', 'PASSED', 'SKIPPED', 'FAILED')),
    failures integer not null,
    transport_failures integer not null,
    judge_failures integer not null,
    outage_since bigint,
    outage_counts_until bigint,
    outage_calls integer not null,
    unreadable_verdicts integer not null,
    due_at bigint,
    primary key (execution_id, stage_order, visit, item_index),
    foreign key (execution_id, user_id) references executions (id, user_id) on delete cascade
)
";
const CLOSE: &str = "alter table execution_items enable row level security";
const DOWN: &str = "
drop table execution_items;
alter table execution_logs drop column item_index;
alter table stages drop column for_each
";

/// Supabase's roles for callers without and with a token.
const PUBLIC_ROLES: [&str; 2] = ["anon", "authenticated"];

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, UP).await?;
        sql::run_on_postgres(manager, CLOSE).await?;
        for role in PUBLIC_ROLES {
            let revoke = sql::revoke("execution_items", role);
            sql::run_on_postgres(manager, &revoke).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, DOWN).await
    }
}
