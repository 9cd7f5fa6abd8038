//! `stages`: one step of a workflow.

use sea_orm::entity::prelude::*;

use crate::domain::validate::Kind;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "stages")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub workflow_id: Uuid,
    pub user_id: Uuid,
    pub stage_order: i32,
    /// What paths may call it in the place of `stage_N`.
    pub key: Option<String>,
    pub name: Option<String>,
    pub system_template: Option<String>,
    /// The turns between system message and prompt.
    pub messages: Option<Json>,
    pub prompt_template: Option<String>,
    /// The prompt of an attempt that follows a failure that counted; none: the prompt.
    pub retry_prompt_template: Option<String>,
    pub model_id: Option<Uuid>,
    /// How long the model may say nothing in a call; none: as long as the server allows.
    pub timeout_seconds: Option<i32>,
    pub validation_type: Kind,
    pub validation_criteria: Option<Json>,
    pub output_variables: Option<Json>,
    pub input_variable_mapping: Option<Json>,
    pub retry_limit: i32,
    pub next_stage_on_pass: Option<i32>,
    pub next_stage_on_fail: Option<i32>,
    /// Where a pass goes on by a value.
    pub routes: Option<Json>,
    pub for_each: Option<Json>,
    pub flowise_config: Option<Json>,
    /// How its templates are read. None in a row that a version wrote which knew one way alone; no such row
    /// leaves the store.
    pub template_syntax: Option<i32>,
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
