//! `worker_sessions`: one live process that drives runs.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "worker_sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Milliseconds since 1970; by the clock of the database on PostgreSQL.
    pub expires_at: i64,
    pub draining: bool,
    /// Does its process make contexts anew from attempts? One of an older version does not.
    pub makes_contexts: bool,
    /// The latest way of reading templates that its process knows.
    pub template_syntax: i32,
}

impl ActiveModelBehavior for ActiveModel {}
