//! Queries on `models`, which all users share.

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use crate::entity::model::{ActiveModel, COLUMN, Column, Entity, Model};
use crate::error::Result;

/// All models by name.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn list(db: &impl ConnectionTrait) -> Result<Vec<Model>> {
    Ok(Entity::find().order_by_asc(Column::Name).all(db).await?)
}

/// The models with these ids.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn by_ids(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Model>> {
    let query = Entity::find().filter(COLUMN.id.is_in(ids.iter().copied()));
    Ok(query.all(db).await?)
}

/// The models with these identifiers.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn by_identifiers(
    db: &impl ConnectionTrait,
    identifiers: &[String],
) -> Result<Vec<Model>> {
    let query = Entity::find().filter(
        COLUMN
            .model_identifier_for_flowise
            .is_in(identifiers.to_vec()),
    );
    Ok(query.all(db).await?)
}

/// The model.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>> {
    Ok(Entity::find_by_id(id).one(db).await?)
}

/// Are there none at all?
///
/// # Errors
/// `Internal` when the database fails.
pub async fn is_empty(db: &impl ConnectionTrait) -> Result<bool> {
    Ok(Entity::find().count(db).await? == 0)
}

/// Adds a model.
///
/// # Errors
/// The database's error as it is: a duplicate means that a name or identifier is taken.
pub async fn insert(
    db: &impl ConnectionTrait,
    model: ActiveModel,
) -> std::result::Result<Model, DbErr> {
    model.insert(db).await
}

/// Adds those of `models` whose name and identifier are both free.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn insert_absent(db: &impl ConnectionTrait, models: Vec<ActiveModel>) -> Result<()> {
    Entity::insert_many(models)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Writes the changed fields of a model.
///
/// # Errors
/// The database's error as it is: a duplicate means that a name or identifier is taken.
pub async fn update(
    db: &impl ConnectionTrait,
    model: ActiveModel,
) -> std::result::Result<Model, DbErr> {
    model.update(db).await
}

/// Deletes the model; stages that used it have none then. False when there was none.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn delete(db: &impl ConnectionTrait, id: Uuid) -> Result<bool> {
    Ok(Entity::delete_by_id(id).exec(db).await?.rows_affected > 0)
}
