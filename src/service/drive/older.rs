//! Replicas of the version before, while they live beside this one: they drive a run by the context that is
//! kept beside it, and take an attempt's output from its log in full. A run that this version changes may be
//! theirs next.
//!
//! A replica that is older and starts while none is known is seen within a beat of the session.

use uuid::Uuid;

use super::super::Deps;
use super::super::tx::Tx;
use crate::error::Result;
use crate::store;

/// Looks whether there are such replicas.
///
/// # Errors
/// `Internal` when the database fails.
pub(super) async fn look(deps: &Deps) -> Result<()> {
    let found = store::session::has_older(deps.store.heartbeat()).await?;
    deps.slots.beside_older(found);
    Ok(())
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
