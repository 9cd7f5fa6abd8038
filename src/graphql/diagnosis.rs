//! What a run waits for, and what can be done about it.

use async_graphql::{Enum, SimpleObject};

use super::scalar::DateTime;
use crate::domain::diagnosis;

/// What a run waits for, since when, and what can be done: found from what is stored, whatever process is asked.
#[derive(Debug, SimpleObject)]
pub struct Diagnosis {
    /// What it waits for, a word for programs.
    waiting_for: WaitingFor,
    /// When it began to wait for that.
    since: DateTime,
    /// When it goes on by itself, where that is known.
    until: Option<DateTime>,
    /// The same in one sentence for people, with times in UTC.
    message: String,
    /// What can be done, the best first; where a mutation does it, with that. Empty when there is nothing to do.
    advice: Vec<String>,
}

/// What a run waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "diagnosis::WaitingFor")]
pub enum WaitingFor {
    /// It has ended.
    Nothing,
    /// For a free slot, behind other runs.
    Turn,
    /// Its owner has as many runs under way as is allowed.
    UserLimit,
    /// A model is called.
    Model,
    /// The model that judges an answer is asked, or is asked again at `until`.
    Judge,
    /// For the time of the next try, `until`: a model did not answer, or broke off.
    Retry,
    /// A person has to decide: `recordManualValidation`.
    Decision,
    /// A person paused it: `resumeExecution`.
    Resume,
    /// Its process is gone; another takes it up.
    Rescue,
}

impl From<diagnosis::Diagnosis> for Diagnosis {
    fn from(found: diagnosis::Diagnosis) -> Self {
        Self {
            waiting_for: found.waiting_for.into(),
            since: DateTime(found.since),
            until: found.until.map(DateTime),
            message: found.message,
            advice: found.advice,
        }
    }
}
