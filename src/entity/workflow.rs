//! `workflows`: what a user owns and runs.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "workflows")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub name: String,
    /// The name in lower case, for searching alike on both databases.
    pub name_folded: String,
    pub description: Option<String>,
    pub metadata: Json,
    /// What a completed run answers; none: the output of the stage that passed last.
    pub output_mapping: Option<Json>,
    /// Rises by one with every change to the workflow or its stages.
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// Set once it is deleted: nobody finds it any more, and what belonged to it goes by and by.
    pub deleted_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

/// A workflow without its metadata, as lists read it.
#[derive(Clone, Debug, PartialEq, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub struct Row {
    pub id: Uuid,
    pub user_id: Uuid,
    pub name: String,
    pub description: Option<String>,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}
