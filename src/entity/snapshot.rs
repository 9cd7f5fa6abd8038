//! `snapshots`: a kept copy of a workflow with its stages.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "snapshots")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub workflow_id: Option<Uuid>,
    pub name: String,
    pub description: Option<String>,
    /// `workflow`, or `automatic` when saved before a restore in place.
    #[sea_orm(column_name = "type")]
    pub kind: String,
    pub snapshot_data: Json,
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

/// A snapshot without its data, as lists read it.
#[derive(Clone, Debug, PartialEq, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub struct Row {
    pub id: Uuid,
    pub user_id: Uuid,
    pub workflow_id: Option<Uuid>,
    pub name: String,
    pub description: Option<String>,
    pub kind: String,
    pub created_at: DateTimeUtc,
}
