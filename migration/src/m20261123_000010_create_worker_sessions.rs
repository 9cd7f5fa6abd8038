//! The processes that drive runs; a session that expired belongs to a dead one.

use sea_orm_migration::prelude::*;

use crate::sql;

const UP: &str = "
create table worker_sessions (
    id uuid primary key,
    expires_at bigint not null,
    draining boolean not null default false
)
";

const DOWN: &str = "drop table worker_sessions";

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
