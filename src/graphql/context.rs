//! What a resolver finds around it: the services, the caller, the loaders, and a task of its own
//! for what must not be cut short.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_graphql::{Context, ID, Result as Answer};
use serde_json::value::RawValue;
use tracing::Instrument;
use uuid::Uuid;

use super::loader::{Loaders, Scope};
use super::scalar;
use crate::domain::viewer::Viewer;
use crate::entity::execution_event;
use crate::error::{Error, Result};
use crate::service::Deps;

/// The request's id, from the transport: shown with an error of ours, and logged with it.
#[derive(Clone, Copy, Debug)]
pub struct RequestId(pub Uuid);

/// What a subscription selects of its events: the same for all whose answers are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Selected(pub [u8; 32]);

/// Where a subscription stands in the run that it follows, between its resolver, which says so, and its
/// transport, which tells a watcher whom it has to leave where to go on.
#[derive(Clone, Debug, Default)]
pub struct Cursor(Arc<Mutex<Place>>);

#[derive(Debug, Default)]
struct Place {
    selection: Option<Selected>,
    seq: i64,
    /// The event that is answered now.
    event: Option<Arc<execution_event::Model>>,
    answer: Option<Arc<RawValue>>,
}

impl Cursor {
    /// Before the first event. With a selection, answers are shared with those who have the same.
    #[must_use]
    pub fn new(selection: Option<Selected>) -> Self {
        let place = Place {
            selection,
            ..Place::default()
        };
        Self(Arc::new(Mutex::new(place)))
    }

    /// The answer to this event comes next; none for what is no stored event.
    pub fn reach(&self, event: Option<Arc<execution_event::Model>>) {
        let mut place = self.place();
        if let Some(event) = &event {
            place.seq = event.seq;
        }
        place.event = event;
    }

    /// The number of the last event reached, 0 before the first.
    #[must_use]
    pub fn last(&self) -> i64 {
        self.place().seq
    }

    /// The event at hand and what is selected of it, where its answer may be shared.
    pub(super) fn shareable(&self) -> Option<(&Self, Arc<execution_event::Model>, Selected)> {
        let mut place = self.place();
        Some((self, place.event.take()?, place.selection?))
    }

    /// This is the answer, in the place of what the executor says.
    pub(super) fn answer(&self, text: Arc<RawValue>) {
        self.place().answer = Some(text);
    }

    /// The answer that takes the place of what the executor says, if there is one.
    #[must_use]
    pub fn take_answer(&self) -> Option<Arc<RawValue>> {
        self.place().answer.take()
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
    let row = find(deps, viewer, scalar::uuid(id)?).await;
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
    let outcome = tokio::spawn(task).await.map_err(Error::internal)?;
    // What the fields before this one loaded may be old now.
    ctx.data_unchecked::<Scope>().renew();
    outcome
}

fn deps<'a>(ctx: &Context<'a>) -> &'a Arc<Deps> {
    // `super::api` puts them there when it builds the schemas.
    ctx.data_unchecked::<Arc<Deps>>()
}
