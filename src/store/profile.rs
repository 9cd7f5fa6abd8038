//! Queries on `user_profiles`.

use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set,
};
use uuid::Uuid;

use crate::entity::user_profile::{ActiveModel, COLUMN, Column, Entity, Model};
use crate::error::Result;

/// The profile of a user.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>> {
    Ok(Entity::find_by_id(id).one(db).await?)
}

/// The profile of a user, locked until the transaction ends. Rows that point at it can still be
/// added: a lock that kept them out would deadlock with whoever holds a workflow and adds one.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn lock(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>> {
    let query = Entity::find_by_id(id).lock(LockType::NoKeyUpdate);
    Ok(query.one(db).await?)
}

/// Makes the profile unless it is there. False when the user is deleted: where profiles point at
/// Supabase's users, theirs cannot be made again.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn insert_if_absent(db: &impl ConnectionTrait, profile: Model) -> Result<bool> {
    let absent = OnConflict::column(Column::Id).do_nothing().to_owned();
    let inserted = Entity::insert(profile.into_active_model().reset_all())
        .on_conflict(absent)
        .exec_without_returning(db)
        .await;
    match inserted {
        Ok(_) => Ok(true),
        Err(error) if super::is_orphan(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Gives the email to this user alone: whoever else has it, loses it.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn move_email(db: &impl ConnectionTrait, id: Uuid, email: &str) -> Result<()> {
    let nobody = ActiveModel {
        email: Set(None),
        ..Default::default()
    };
    Entity::update_many()
        .set(nobody)
        .filter(COLUMN.email.eq(email))
        .filter(COLUMN.id.ne(id))
        .exec(db)
        .await?;
    let somebody = ActiveModel {
        email: Set(Some(email.to_owned())),
        ..Default::default()
    };
    Entity::update_many()
        .set(somebody)
        .filter(COLUMN.id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// Writes a profile.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn update(db: &impl ConnectionTrait, profile: Model) -> Result<Model> {
    Ok(profile.into_active_model().reset_all().update(db).await?)
}
