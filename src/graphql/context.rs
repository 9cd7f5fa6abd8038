//! What a resolver finds around it: the services, the caller, the loaders, and a task of its own
//! for what must not be cut short.

use std::fmt;
use std::sync::Arc;

use async_graphql::{Context, ID, Result as Answer};
use tracing::Instrument;
use uuid::Uuid;

use super::id;
use super::loader::{Loaders, Scope};
use crate::domain::viewer::Viewer;
use crate::error::{Error, Result};
use crate::service::Deps;

/// The request's id, from the transport: shown with an error of ours, and logged with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The id that a caller gave to its request.
    #[must_use]
    pub fn given(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<Uuid> for RequestId {
    fn from(id: Uuid) -> Self {
        Self::given(&id.to_string())
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who is calling.
///
/// # Errors
/// `Unauthenticated` when nobody has signed in.
pub fn viewer<'a>(ctx: &Context<'a>) -> Result<&'a Viewer> {
    ctx.data_opt::<Viewer>().ok_or(Error::Unauthenticated)
}

/// The services and who is calling them: what every root field begins with.
///
/// # Errors
/// `Unauthenticated` when nobody has signed in.
pub fn caller<'a>(ctx: &Context<'a>) -> Result<(&'a Arc<Deps>, &'a Viewer)> {
    let viewer = viewer(ctx)?;
    Ok((deps(ctx), viewer))
}

/// The loaders of this execution.
#[must_use]
pub fn loaders(ctx: &Context<'_>) -> Arc<Loaders> {
    // Without a viewer every root field refuses; nobody owns rows of the nil id.
    let owner = viewer(ctx).map_or(Uuid::nil(), |viewer| viewer.user_id);
    // `super::api` puts the scope there before anything is resolved.
    ctx.data_unchecked::<Scope>().loaders(deps(ctx), owner)
}

/// Answers a nullable root field that looks one row up: null when there is none for this caller, as
/// when the id is none.
pub async fn find<R, T: From<R>>(
    ctx: &Context<'_>,
    id: &ID,
    find: impl AsyncFnOnce(&Deps, &Viewer, Uuid) -> Result<Option<R>>,
) -> Option<Answer<T>> {
    let (deps, viewer) = match caller(ctx) {
        Ok(caller) => caller,
        Err(error) => return Some(Err(error.into())),
    };
    let row = find(deps, viewer, id::uuid(id)?).await;
    row.map(|row| row.map(T::from))
        .map_err(Into::into)
        .transpose()
}

/// Does what a mutation does in a task of its own, which a client that goes away does not cancel:
/// what was begun is finished.
///
/// # Errors
/// `Unauthenticated` before anything is done, then what `work` answers; `Internal` when it panics.
pub async fn detached<T, W, F>(ctx: &Context<'_>, work: W) -> Result<T>
where
    T: Send + 'static,
    W: FnOnce(Arc<Deps>, Viewer) -> F,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let (deps, viewer) = caller(ctx)?;
    let task = work(Arc::clone(deps), viewer.clone()).in_current_span();
    // A panic has told the log of itself, and its message can hold what somebody said.
    let outcome = tokio::spawn(task)
        .await
        .map_err(|_| Error::internal("what a mutation does panicked"))?;
    // What the fields before this one loaded may be old now.
    ctx.data_unchecked::<Scope>().renew();
    outcome
}

fn deps<'a>(ctx: &Context<'a>) -> &'a Arc<Deps> {
    // `super::api` puts them there when it builds the schemas.
    ctx.data_unchecked::<Arc<Deps>>()
}
