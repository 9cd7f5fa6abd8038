//! Attempts that events at hand together are about: a replay of a long run, or a burst, reads them by
//! the page and not one by one.
//!
//! 1. The first event that is asked for its attempt reads the attempts of all.
//! 2. What the others show is as old as that, and never older than the last of these events.
//! 3. Payloads are left to each event: those of a page could be large together.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::domain::event::Event;
use crate::domain::viewer::Viewer;
use crate::entity::execution_event::Model;
use crate::entity::execution_log::Row;
use crate::error::{Error, Result};
use crate::service::event::{self, Told};
use crate::service::{Deps, load};

/// Events, and the attempts that they are about.
#[derive(Debug)]
pub struct AtHand {
    events: Vec<Arc<Model>>,
    attempts: OnceCell<HashMap<Uuid, Arc<Row>>>,
}

impl AtHand {
    /// What is told together; nothing where it is one event at most.
    pub fn of(told: &[Result<Told>]) -> Option<Arc<Self>> {
        let events = told.iter().flatten().filter_map(|told| match told {
            Told::Event(event) => Some(Arc::clone(event)),
            Told::Delta(..) => None,
        });
        let events: Vec<_> = events.collect();
        (events.len() > 1).then(|| {
            Arc::new(Self {
                events,
                attempts: OnceCell::new(),
            })
        })
    }

    /// The attempt that one of these events is about.
    ///
    /// # Errors
    /// `NotFound` when its run has been deleted, `Internal` when the database fails.
    pub async fn attempt(&self, deps: &Deps, viewer: &Viewer, id: Uuid) -> Result<Arc<Row>> {
        let read = async || -> Result<_> {
            let ids: HashSet<_> = self.events.iter().filter_map(attempt_of).collect();
            let rows = load::logs(deps, viewer.user_id, &Vec::from_iter(ids)).await?;
            let rows = rows.into_iter().map(|(id, row)| (id, Arc::new(row)));
            Ok(rows.collect::<HashMap<_, _>>())
        };
        let attempts = self.attempts.get_or_try_init(read).await?;
        let attempt = attempts.get(&id).map(Arc::clone);
        attempt.ok_or_else(|| Error::not_found("executionLog", id.to_string()))
    }
}

fn attempt_of(event: &Arc<Model>) -> Option<Uuid> {
    // What cannot be read says so when it is told.
    match event::read(event).ok()? {
        Event::StageStarted { attempt, .. }
        | Event::StageFinished { attempt, .. }
        | Event::ManualValidationRequested(attempt) => Some(attempt.log_id),
        Event::ManualValidationRecorded { log_id, .. } => Some(log_id),
        Event::ExecutionStatusChanged { .. } | Event::StageRetryScheduled { .. } => None,
    }
}
