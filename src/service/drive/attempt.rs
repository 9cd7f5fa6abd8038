//! An attempt at a stage, between the log that says that it was started and its end.

use std::sync::Arc;

use crate::domain::definition::Definition;
use crate::domain::progress::Prepared;
use crate::entity::execution_log;

/// An attempt that is logged as started.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub log: execution_log::Model,
    pub prepared: Prepared,
}

impl Attempt {
    /// What the model answered, without the thoughts ahead of it; nothing before it has.
    #[must_use]
    pub fn answer(&self) -> &str {
        self.log.answer()
    }
}

/// What a run is pinned to, and its first attempt.
pub type First = (Arc<Definition>, Box<Attempt>);
