//! An attempt at a stage, between the log that says that it was started and its end.

use std::sync::Arc;

use crate::domain::definition::Definition;
use crate::domain::event::{self, Event};
use crate::domain::progress::Prepared;
use crate::entity::execution_log;

/// An attempt that is logged as started.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub log: execution_log::Model,
    pub prepared: Prepared,
    /// Does it pass without a call? So do a list without items, and an item that is null.
    pub passes: bool,
    /// How many items the stage's list has.
    pub item_count: Option<i32>,
}

impl Attempt {
    /// What announces it.
    #[must_use]
    pub fn started(&self) -> Event {
        Event::StageStarted {
            attempt: event::Attempt {
                log_id: self.log.id,
                stage_order: self.log.stage_order,
                attempt_number: self.log.attempt_number,
                item_index: self.log.item_index,
            },
            item_count: self.item_count,
        }
    }

    /// What the model answered, without the thoughts ahead of it; nothing before it has.
    #[must_use]
    pub fn answer(&self) -> &str {
        self.log.answer()
    }
}

/// What a run is pinned to, and its first attempt.
pub type First = (Arc<Definition>, Box<Attempt>);
