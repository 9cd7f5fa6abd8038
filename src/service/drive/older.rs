//! Replicas of the version before, while they live beside this one: they drive a run by the context that is
//! kept beside it, and take an attempt's output from its log in full. A run that this version changes may be
//! theirs next. They read templates in the first syntax alone, too, or know the second format of definitions and no
//! later one: what they might claim, or read of a workflow, is said in that, and what cannot be is refused while one
//! lives ([`refuse_unread`], `service/stage/older`).
//!
//! A replica that is older and starts while none is known is seen within a beat of the session.

use uuid::Uuid;

use super::super::Deps;
use super::super::tx::Tx;
use crate::domain::definition::{Definition, Stage, Until};
use crate::domain::template::Syntax;
use crate::error::{Error, Result};
use crate::store;

/// Looks whether there are such replicas.
///
/// # Errors
/// `Internal` when the database fails.
pub(super) async fn look(deps: &Deps) -> Result<()> {
    let found = store::session::older(deps.store.heartbeat()).await?;
    deps.slots.beside_older(found);
    Ok(())
}

/// Refuses to make a run of what such a replica would misread, while there is one.
///
/// # Errors
/// `Conflict` then.
pub fn refuse_unread(deps: &Deps, definition: &Definition) -> Result<()> {
    let in_first_syntax = |stages: &[Stage]| {
        stages.iter().find_map(|stage| {
            let field = stage.clone().in_first_syntax().err()?;
            Some(format!("{field} of {}", stage.label()))
        })
    };
    let is_beside_first_syntax = deps.slots.are_beside_first_syntax();
    let unread = match definition.template_syntax {
        Syntax::Second | Syntax::Third if is_beside_first_syntax => definition
            .needs_third()
            .or_else(|| in_first_syntax(&definition.stages)),
        Syntax::Third if deps.slots.are_beside_second_format() => definition.needs_third(),
        Syntax::First | Syntax::Second | Syntax::Third => return Ok(()),
    };
    Err(Error::conflict(format!(
        "a server of the version before is still running, which would misread {}: start again in a moment",
        unread.as_deref().unwrap_or("what this run is pinned to")
    )))
}

/// Refuses to make a run that is to end at a stage, while there is a replica which would go on with it.
///
/// # Errors
/// `Conflict` then.
pub fn refuse_until(deps: &Deps, until: Option<Until>) -> Result<()> {
    if until.is_none() || !deps.slots.are_beside_second_format() {
        return Ok(());
    }
    Err(Error::conflict(
        "a server of the version before is still running, which knows no untilStageOrder: start again in a moment",
    ))
}

/// Keeps the contexts of runs of this owner as they are now, where there are such replicas.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn keep_context(deps: &Deps, tx: &Tx, owner: Uuid, run: Uuid) -> Result<()> {
    if !deps.slots.are_beside_older() {
        return Ok(());
    }
    let origins = store::execution::origins(&**tx, owner, &[run]).await?;
    for (run, context) in store::context::of(&**tx, owner, &origins).await? {
        store::execution::keep_context(&**tx, owner, run, context.whole()).await?;
    }
    Ok(())
}
