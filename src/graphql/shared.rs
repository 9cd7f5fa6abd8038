//! One answer for all who watch the same run and selected the same fields: an event is resolved and
//! written once for them, however many they are.
//!
//! 1. The subscription says which event it has at hand ([`Cursor::reach`]); all watchers of a run hear
//!    the same one from its reader, as the same allocation.
//! 2. The first to answer it resolves it and leaves the text; the others wait for that and take it.
//!    What a watcher reads from the table for itself is shared with nobody, so that nested objects
//!    are as new as they would be without sharing.
//! 3. Errors are not shared: they carry the id of a request.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::Response;
use hashlink::LruCache;
use serde_json::value::RawValue;
use tokio::sync::OnceCell;

use super::cursor::{Cursor, Selected};
use crate::entity::execution_event::Model;

/// Answers that are kept. They are asked for within moments of each other, and the oldest make place.
const KEPT: usize = 512;
/// Larger ones are made anew for every watcher.
const LARGEST: usize = 32 * 1024;

/// The answers of a schema's subscriptions that may be taken again.
#[derive(Debug)]
pub struct SharedAnswers(Mutex<LruCache<Key, Arc<Answer>>>);

/// An event by its place in memory, which the answer holds, and what is selected of it.
type Key = (usize, Selected);

#[derive(Debug)]
struct Answer {
    /// As long as it is held, no other event is in its place.
    _event: Arc<Model>,
    /// None: too large to be kept.
    text: OnceCell<Option<Arc<RawValue>>>,
}

impl Default for SharedAnswers {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(KEPT)))
    }
}

impl SharedAnswers {
    /// The answer about the event at hand: `resolved`, or what another watcher has made of it.
    pub async fn answer(
        &self,
        (cursor, event, selection): (&Cursor, Arc<Model>, Selected),
        resolved: impl Future<Output = Response> + Send,
    ) -> Response {
        let answer = self.of(event, selection);
        let (mut resolved, mut own) = (Some(resolved), None);
        let making = async {
            let Some(resolved) = resolved.take() else {
                return Err(Unshared);
            };
            let response = resolved.await;
            let text = written(&response);
            own = Some(response);
            text
        };
        if let Ok(Some(text)) = answer.text.get_or_try_init(|| making).await {
            cursor.answer(Arc::clone(text));
            return Response::default();
        }
        match (own, resolved) {
            (Some(response), _) => response,
            (None, Some(resolved)) => resolved.await,
            // Whoever has run has an answer of its own.
            (None, None) => Response::default(),
        }
    }

    /// The place for the answer about this event.
    fn of(&self, event: Arc<Model>, selection: Selected) -> Arc<Answer> {
        let key = (Arc::as_ptr(&event).addr(), selection);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = kept.get(&key) {
            return Arc::clone(answer);
        }
        let answer = Arc::new(Answer {
            _event: event,
            text: OnceCell::new(),
        });
        kept.insert(key, Arc::clone(&answer));
        answer
    }
}

/// The answer is one watcher's own.
struct Unshared;

/// The text of an answer for everybody, none when it is too large to be kept.
fn written(response: &Response) -> Result<Option<Arc<RawValue>>, Unshared> {
    if response.is_err() {
        return Err(Unshared);
    }
    let text = serde_json::value::to_raw_value(response).map_err(|_failed| Unshared)?;
    Ok((text.get().len() <= LARGEST).then(|| Arc::from(text)))
}
