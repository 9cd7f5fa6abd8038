//! `user_profiles`: a user of Supabase Auth, as this service knows them.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "user_profiles")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(unique)]
    pub email: Option<String>,
    pub full_name: Option<String>,
    pub preferences: Json,
    /// A list of `{"id", "name", "prompt"}`.
    pub saved_prompts: Json,
    pub max_snapshots: i32,
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
