//! What an old stage's settings say that no setting is, and that is never sent: the log tells it, once a
//! stage, for such a stage may be called thousands of times.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use crate::domain::definition::Stage;
use crate::domain::setting;

/// So many stages are remembered; then all are told again.
const MOST: usize = 10_000;

/// The stages of which it was told.
#[derive(Debug, Default)]
pub struct Unsent(Mutex<HashSet<Uuid>>);

impl Unsent {
    /// Warns of what this stage's settings say in vain.
    pub fn tell(&self, stage: &Stage) {
        let names = stage.flowise_config.as_ref().map(setting::ignored);
        let names = names.unwrap_or_default();
        if names.is_empty() || !self.is_new(stage.id) {
            return;
        }
        // They are somebody's words: few of them, and none that writes a line of its own.
        let names: Vec<String> = names.iter().take(10).map(|name| start(name)).collect();
        tracing::warn!(stage = %stage.id, settings = ?names, "a stage has settings that are never sent");
    }

    fn is_new(&self, stage: Uuid) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() >= MOST {
            told.clear();
        }
        told.insert(stage)
    }
}

fn start(name: &str) -> String {
    name.chars().take(50).collect()
}
