//! On PostgreSQL, leaves room beside a run for its next versions: a run is written once a stage, and an
//! update that finds room in its page touches none of the table's indexes. And an index for the list of a
//! workflow's runs in one state, which otherwise walks past all the others.

use sea_orm_migration::prelude::*;

use crate::sql;

const ROOM: &str = "alter table executions set (fillfactor = 50)";
const NO_ROOM: &str = "alter table executions reset (fillfactor)";
const UP: &str = "create index executions_newest_by_workflow_and_status
    on executions (workflow_id, status, created_at desc, id desc)";
const DOWN: &str = "drop index executions_newest_by_workflow_and_status";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run_on_postgres(manager, ROOM).await?;
        sql::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sql::run(manager, DOWN).await?;
        sql::run_on_postgres(manager, NO_ROOM).await
    }
}
