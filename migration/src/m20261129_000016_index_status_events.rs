//! An index of the status events of a user in the order in which they become visible, so that what changed
//! lately is found however many runs there are.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::index;

const NAME: &str = "execution_events_statuses";
/// Events without a number are older than the index, and nobody waits for them.
const BY_NUMBER: &str = "on execution_events (user_id, written_by, execution_id, seq)
    where kind = 'ExecutionStatusChanged' and written_by is not null";
const BY_TIME: &str = "on execution_events (user_id, created_at, execution_id, seq)
    where kind = 'ExecutionStatusChanged'";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let on = match manager.get_connection().get_database_backend() {
            DbBackend::Postgres => BY_NUMBER,
            _ => BY_TIME,
        };
        index::build(manager, NAME, on).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        index::drop(manager, NAME).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }
}
