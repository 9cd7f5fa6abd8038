//! Prompts of stages, of judges and in snapshots are escaped where they would be read otherwise now.
//!
//! The rows are read in batches, and only those with two braces in them; one that changes is written by itself,
//! if it is still unmarked. So nobody waits for long, and what was cut off goes on where rows are left. They may
//! stay unescaped for a time: whoever reads one escapes it, too.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::QueryResult;
use sea_orm_migration::sea_orm::prelude::{Json, Uuid};

use crate::rows::{Batches, any, write};
use crate::templates::{SYNTAX, escape_criteria, escape_snapshot, escaped};

/// Snapshots may have megabytes each.
const STAGES: Batches = Batches {
    table: "stages",
    columns: &["prompt_template", "validation_type", "validation_criteria"],
    size: 100,
};
const SNAPSHOTS: Batches = Batches {
    table: "snapshots",
    columns: &["snapshot_data"],
    size: 10,
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let unmarked = Expr::col("template_syntax").is_null();
        let braces = any([
            has_braces("prompt_template"),
            has_braces("validation_criteria"),
        ]);
        let mut stages = STAGES.filtered(unmarked.clone().and(braces));
        while let Some(rows) = stages.next(db).await? {
            let mut updates = Vec::new();
            for row in rows {
                if let Some(mut update) = stage(&row)? {
                    updates.push(update.and_where(unmarked.clone()).to_owned());
                }
            }
            write(db, updates).await?;
        }
        let mut snapshots = SNAPSHOTS.filtered(has_braces("snapshot_data"));
        while let Some(rows) = snapshots.next(db).await? {
            let mut updates = Vec::new();
            for row in rows {
                updates.extend(snapshot(&row)?);
            }
            write(db, updates).await?;
        }
        Ok(())
    }

    /// What is escaped stays so: both readings of it are told apart by the columns alone.
    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }
}

fn has_braces(column: &'static str) -> SimpleExpr {
    Expr::col(column).cast_as("text").like("%{{%")
}

/// The statement that escapes a stage, where there is something to escape.
fn stage(row: &QueryResult) -> Result<Option<UpdateStatement>, DbErr> {
    let id: Uuid = row.try_get("", "id")?;
    let prompt: Option<String> = row.try_get("", "prompt_template")?;
    let kind: String = row.try_get("", "validation_type")?;
    let mut criteria: Option<Json> = row.try_get("", "validation_criteria")?;
    let prompt = prompt.as_deref().and_then(escaped);
    let judge = criteria
        .as_mut()
        .is_some_and(|it| escape_criteria(&kind, it));
    if prompt.is_none() && !judge {
        return Ok(None);
    }
    let mut update = Query::update()
        .table("stages")
        .value("template_syntax", SYNTAX)
        .and_where(Expr::col("id").eq(id))
        .to_owned();
    if let Some(prompt) = prompt {
        update.value("prompt_template", prompt);
    }
    if judge {
        update.value("validation_criteria", criteria);
    }
    Ok(Some(update))
}

fn snapshot(row: &QueryResult) -> Result<Option<UpdateStatement>, DbErr> {
    let id: Uuid = row.try_get("", "id")?;
    let mut data: Json = row.try_get("", "snapshot_data")?;
    if !escape_snapshot(&mut data) {
        return Ok(None);
    }
    let update = Query::update()
        .table("snapshots")
        .value("snapshot_data", data)
        .and_where(Expr::col("id").eq(id))
        .to_owned();
    Ok(Some(update))
}
