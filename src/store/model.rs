//! Queries on `models`, which all users share.

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, Condition, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter,
};
use uuid::Uuid;

use super::rows;
use crate::entity::model::{COLUMN, Entity, Model};
use crate::error::Result;

/// Key of the advisory lock that filling the table takes ("footligh" in ASCII).
const CATALOGUE_LOCK: i64 = 0x666f_6f74_6c69_6768;

/// All models, in no order.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn list(db: &impl ConnectionTrait) -> Result<Vec<Model>> {
    Ok(Entity::find().all(db).await?)
}

/// The models with these ids.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn by_ids(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Vec<Model>> {
    let query = Entity::find().filter(COLUMN.id.is_in(rows::padded(ids)));
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

/// The models that have this name or this identifier: two at most, for both are unique.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn named(db: &impl ConnectionTrait, name: &str, identifier: &str) -> Result<Vec<Model>> {
    let either = Condition::any()
        .add(COLUMN.name.eq(name))
        .add(COLUMN.model_identifier_for_flowise.eq(identifier));
    Ok(Entity::find().filter(either).all(db).await?)
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

/// Keeps others from filling the table until the transaction ends, for replicas start together. False
/// when somebody else is at it: who waited inside of a transaction would hold up the building of indexes.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn try_lock_catalogue(db: &impl ConnectionTrait) -> Result<bool> {
    super::try_advisory_lock(db, CATALOGUE_LOCK).await
}

/// Adds a model. False when its name or identifier is taken.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn insert(db: &impl ConnectionTrait, model: Model) -> Result<bool> {
    let inserted = Entity::insert(model.into_active_model().reset_all())
        .exec_without_returning(db)
        .await;
    unless_taken(inserted)
}

/// Adds those of `models` whose name and identifier are both free.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn insert_absent(db: &impl ConnectionTrait, models: Vec<Model>) -> Result<()> {
    let models = models
        .into_iter()
        .map(|model| model.into_active_model().reset_all());
    Entity::insert_many(models)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Writes a model. False when its name or identifier is another's.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn update(db: &impl ConnectionTrait, model: Model) -> Result<bool> {
    unless_taken(model.into_active_model().reset_all().update(db).await)
}

/// Deletes the model; stages that used it have none then. False when there was none.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn delete(db: &impl ConnectionTrait, id: Uuid) -> Result<bool> {
    Ok(Entity::delete_by_id(id).exec(db).await?.rows_affected > 0)
}

fn unless_taken<T>(written: std::result::Result<T, DbErr>) -> Result<bool> {
    match written {
        Ok(_) => Ok(true),
        Err(error) if super::is_duplicate(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
