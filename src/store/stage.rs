//! Queries on `stages`.
//!
//! A row that a version before wrote is read as that one meant it: its templates are escaped on their way.

use migration::templates::{SYNTAX, escape_criteria, escaped};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, Select,
};
use uuid::Uuid;

use super::rows;
use crate::entity::stage::{Column, Entity, Model};
use crate::error::Result;

/// The stage.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn find(db: &impl ConnectionTrait, owner: Uuid, id: Uuid) -> Result<Option<Model>> {
    Ok(by_ids(db, owner, &[id]).await?.pop())
}

/// The stages with these ids.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn by_ids(db: &impl ConnectionTrait, owner: Uuid, ids: &[Uuid]) -> Result<Vec<Model>> {
    let query = Entity::find()
        .filter(Column::UserId.eq(owner))
        .filter(Column::Id.is_in(ids.iter().copied()));
    read(db, query).await
}

/// The stages of these workflows, each workflow's in order.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn of_workflows(
    db: &impl ConnectionTrait,
    owner: Uuid,
    workflows: &[Uuid],
) -> Result<Vec<Model>> {
    let query = Entity::find()
        .filter(Column::UserId.eq(owner))
        .filter(Column::WorkflowId.is_in(workflows.iter().copied()))
        .order_by_asc(Column::WorkflowId)
        .order_by_asc(Column::StageOrder);
    read(db, query).await
}

/// The stages of workflows of these owners, each workflow's in order.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn of_all(
    db: &impl ConnectionTrait,
    owners: &[Uuid],
    workflows: &[Uuid],
) -> Result<Vec<Model>> {
    let query = Entity::find()
        .filter(Column::UserId.is_in(rows::padded(owners)))
        .filter(Column::WorkflowId.is_in(rows::padded(workflows)))
        .order_by_asc(Column::WorkflowId)
        .order_by_asc(Column::StageOrder);
    read(db, query).await
}

/// Adds stages.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn insert(db: &impl ConnectionTrait, stages: Vec<Model>) -> Result<()> {
    if !stages.is_empty() {
        let stages = stages
            .into_iter()
            .map(|stage| stage.into_active_model().reset_all());
        Entity::insert_many(stages)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Writes a stage.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn update(db: &impl ConnectionTrait, stage: Model) -> Result<()> {
    stage.into_active_model().reset_all().update(db).await?;
    Ok(())
}

/// Moves all stages of a workflow to the negatives of their orders and takes their keys from them, so that both can
/// be given to any of them afterwards without breaking a unique index on the way.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn lift(db: &impl ConnectionTrait, owner: Uuid, workflow: Uuid) -> Result<()> {
    Entity::update_many()
        .col_expr(
            Column::StageOrder,
            Expr::val(0).sub(Expr::col(Column::StageOrder)),
        )
        .col_expr(Column::Key, Expr::value(None::<String>))
        .filter(Column::UserId.eq(owner))
        .filter(Column::WorkflowId.eq(workflow))
        .exec(db)
        .await?;
    Ok(())
}

/// Deletes the stages with these ids.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn delete(db: &impl ConnectionTrait, owner: Uuid, ids: &[Uuid]) -> Result<()> {
    if !ids.is_empty() {
        Entity::delete_many()
            .filter(Column::UserId.eq(owner))
            .filter(Column::Id.is_in(ids.iter().copied()))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// Deletes the stages of a workflow.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn delete_of_workflow(
    db: &impl ConnectionTrait,
    owner: Uuid,
    workflow: Uuid,
) -> Result<()> {
    Entity::delete_many()
        .filter(Column::UserId.eq(owner))
        .filter(Column::WorkflowId.eq(workflow))
        .exec(db)
        .await?;
    Ok(())
}

async fn read(db: &impl ConnectionTrait, query: Select<Entity>) -> Result<Vec<Model>> {
    let mut stages = query.all(db).await?;
    for stage in &mut stages {
        if stage.template_syntax.is_none() {
            escape(stage);
        }
    }
    Ok(stages)
}

fn escape(stage: &mut Model) {
    stage.template_syntax = Some(SYNTAX);
    if let Some(escaped) = stage.prompt_template.as_deref().and_then(escaped) {
        stage.prompt_template = Some(escaped);
    }
    if let Some(criteria) = &mut stage.validation_criteria {
        escape_criteria(stage.validation_type.as_str(), criteria);
    }
}
