//! A session says whether its process makes the contexts of runs anew from their attempts. One of the version
//! before does not: as long as such a process lives, contexts are kept for it beside the runs.

use sea_orm_migration::prelude::*;

use crate::sql;

const UP: &str =
    "alter table worker_sessions add column makes_contexts boolean not null default false";
const DOWN: &str = "alter table worker_sessions drop column makes_contexts";

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
