//! An index of the runs that may be claimed, user by user, in the order in which they are due: at the end
//! of their wait, else since they were made. A claim reads as many of its entries as it takes runs.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::index;

const NAME: &str = "executions_pending";

/// When a run is due, in milliseconds since 1970. An expression, so that it is right whoever writes the row.
const POSTGRES_DUE: &str =
    "coalesce(next_run_at, (extract(epoch from created_at at time zone 'UTC') * 1000)::bigint)";
const SQLITE_DUE: &str =
    "coalesce(next_run_at, cast(round((julianday(created_at) - 2440587.5) * 86400000) as integer))";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let due = match manager.get_connection().get_database_backend() {
            DbBackend::Postgres => POSTGRES_DUE,
            _ => SQLITE_DUE,
        };
        let on = format!("on executions (user_id, ({due}), id) where status = 'PENDING'");
        index::build(manager, NAME, &on).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        index::drop(manager, NAME).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }
}
