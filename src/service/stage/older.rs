//! Stages that are written while a replica of a version before lives: it reads templates in the first syntax alone,
//! takes what it reads for that, and writes it back so; or it knows nothing of what the third format of definitions
//! may say. Until it is gone, nothing is written that it would misread.

use serde_json::Value;

use super::super::tx::Tx;
use super::pin::definition_of;
use crate::domain::definition::{self, OUTPUT_MAPPING};
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
    let older = store::session::older(&**tx).await?;
    if !older.has_second_format {
        return Ok(rows);
    }
    let readable = |row: stage::Model| {
        let was = before.iter().find(|before| before.id == row.id);
        let stage = definition_of(&row, None);
        let said = match stage.needs_third() {
            Some(field) => Err(field),
            None if older.has_first_syntax => stage.in_first_syntax().map(Some),
            None => Ok(None),
        };
        match said {
            Ok(Some(said)) => Ok(stage::Model {
                prompt_template: said.prompt_template,
                validation_criteria: said.validation_criteria,
                template_syntax: None,
                ..row
            }),
            Ok(None) => Ok(row),
            Err(_) if was.is_some_and(|was| reads_alike(was, &row)) => Ok(row),
            Err(field) => {
                let label = definition::label(row.stage_order, row.name.as_deref());
                Err(unread(&label, field))
            }
        }
    };
    rows.into_iter().map(readable).collect()
}

/// Refuses to write what a completed run answers, in the place of what it answered `before`, while there is a replica
/// that would have it answer something else. What was not changed is not refused.
///
/// # Errors
/// `Conflict` then, `Internal` when the database fails.
pub(in crate::service) async fn refuse_unread_output(
    tx: &Tx,
    mapping: Option<&Value>,
    before: Option<&Value>,
) -> Result<()> {
    if mapping.is_none() || mapping == before {
        return Ok(());
    }
    if store::session::older(&**tx).await?.has_second_format {
        return Err(unread("the workflow", OUTPUT_MAPPING));
    }
    Ok(())
}

/// What a snapshot is about to keep of a workflow, as both versions read it.
///
/// # Errors
/// Like [`readable`].
pub(in crate::service) async fn keepable(
    tx: &Tx,
    stages: Vec<definition::Stage>,
    output_mapping: Option<&Value>,
) -> Result<definition::Definition> {
    refuse_unread_output(tx, output_mapping, None).await?;
    let stages = definition::Definition::of(stages);
    let older = store::session::older(&**tx).await?;
    if !older.has_second_format {
        return Ok(stages);
    }
    for stage in &stages.stages {
        let field = match stage.needs_third() {
            None if older.has_first_syntax => stage.clone().in_first_syntax().err(),
            field => field,
        };
        if let Some(field) = field {
            return Err(unread(&stage.label(), field));
        }
    }
    Ok(if older.has_first_syntax {
        stages.in_first_syntax()
    } else {
        stages.in_second_format()
    })
}

/// Do all templates and types stand in both, and all else that such a replica may misread?
fn reads_alike(one: &stage::Model, other: &stage::Model) -> bool {
    let said = |stage: &stage::Model| {
        (
            stage.key.clone(),
            stage.system_template.clone(),
            (stage.messages.clone(), stage.routes.clone()),
            stage.prompt_template.clone(),
            stage.retry_prompt_template.clone(),
            stage.validation_type,
            stage.validation_criteria.clone(),
            stage.output_variables.clone(),
            stage.input_variable_mapping.clone(),
            stage.for_each.clone(),
        )
    };
    said(one) == said(other)
}

fn unread(label: &str, field: &str) -> Error {
    Error::conflict(format!(
        "{label}: a server of the version before is still running, which would misread {field}: try again in a moment"
    ))
}
