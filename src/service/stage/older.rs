//! Stages that are written while a replica of the version before lives: it reads templates in the first syntax alone,
//! takes what it reads for that, and writes it back so. Until it is gone, nothing is written that it would misread.

use super::super::tx::Tx;
use super::pin::definition_of;
use crate::domain::definition;
use crate::entity::stage;
use crate::error::{Error, Result};
use crate::store;

/// Rows about to be written, in the place of those `before`, as both versions read them. What was not changed is
/// not refused.
///
/// # Errors
/// `Conflict` when one says what such a replica would misread, `Internal` when the database fails.
pub(in crate::service) async fn readable(
    tx: &Tx,
    rows: Vec<stage::Model>,
    before: &[stage::Model],
) -> Result<Vec<stage::Model>> {
    if !store::session::older(&**tx).await?.has_first_syntax {
        return Ok(rows);
    }
    let readable = |row: stage::Model| {
        let was = before.iter().find(|before| before.id == row.id);
        match definition_of(&row, None).in_first_syntax() {
            Ok(said) => Ok(stage::Model {
                prompt_template: said.prompt_template,
                validation_criteria: said.validation_criteria,
                template_syntax: None,
                ..row
            }),
            Err(_) if was.is_some_and(|was| reads_alike(was, &row)) => Ok(row),
            Err(field) => Err(unread(row.stage_order, row.name.as_deref(), field)),
        }
    };
    rows.into_iter().map(readable).collect()
}

/// Stages about to be kept by a snapshot, as both versions read them.
///
/// # Errors
/// Like [`readable`].
pub(in crate::service) async fn keepable(
    tx: &Tx,
    stages: Vec<definition::Stage>,
) -> Result<definition::Definition> {
    let stages = definition::Definition::of(stages);
    if !store::session::older(&**tx).await?.has_first_syntax {
        return Ok(stages);
    }
    for stage in &stages.stages {
        let said = stage.clone().in_first_syntax();
        said.map_err(|field| unread(stage.stage_order, stage.name.as_deref(), field))?;
    }
    Ok(stages.in_first_syntax())
}

/// Do all templates and types stand in both?
fn reads_alike(one: &stage::Model, other: &stage::Model) -> bool {
    let said = |stage: &stage::Model| {
        (
            stage.system_template.clone(),
            stage.prompt_template.clone(),
            stage.validation_type,
            stage.validation_criteria.clone(),
            stage.output_variables.clone(),
        )
    };
    said(one) == said(other)
}

fn unread(order: i32, name: Option<&str>, field: &str) -> Error {
    Error::conflict(format!(
        "{}: a server of the version before is still running, which would misread {field}: try again in a moment",
        definition::label(order, name)
    ))
}
