//! `workflow_revisions`: a workflow as a run pinned it; immutable, and outlives the workflow.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "workflow_revisions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub workflow_id: Option<Uuid>,
    pub version: i32,
    /// SHA-256 of the definition, in lower-case hexadecimal.
    pub digest: String,
    pub definition: Json,
}

impl ActiveModelBehavior for ActiveModel {}
