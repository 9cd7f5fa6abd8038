//! Where a subscription stands, and what it selects: what its resolver and its transport tell each
//! other.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::value::RawValue;

use crate::entity::execution_event;

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
