//! Queries on `user_profiles`.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Set};
use uuid::Uuid;

use crate::entity::user_profile::{ActiveModel, COLUMN, Entity, Model};
use crate::error::Result;

/// The profile of a user.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>> {
    Ok(Entity::find_by_id(id).one(db).await?)
}

/// The profile of a user, locked until the transaction ends.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn lock(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>> {
    Ok(Entity::find_by_id(id).lock_exclusive().one(db).await?)
}

/// Makes the profile unless it is there.
///
/// # Errors
/// The database's error as it is: an orphan means that the user is deleted.
pub async fn insert_if_absent(
    db: &impl ConnectionTrait,
    profile: ActiveModel,
) -> std::result::Result<(), sea_orm::DbErr> {
    Entity::insert(profile)
        .on_conflict(
            OnConflict::column(crate::entity::user_profile::Column::Id)
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
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

/// Writes the changed fields of a profile.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn update(db: &impl ConnectionTrait, profile: ActiveModel) -> Result<Model> {
    Ok(profile.update(db).await?)
}
