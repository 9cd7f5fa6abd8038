//! What a run waits for, since when, and what can be done about it: decided from what its rows say, so that every
//! process answers the same.
//!
//! 1. A run that has ended waits for nothing ([`ended`]).
//! 2. One that runs waits for whoever is to bring its open attempts to an end: for a model, a judge, or for the time of
//!    another try ([`running`]); if its process is gone, for another one.
//! 3. One that is pending waits for a time, then for its turn ([`pending`]).
//! 4. One that is paused waits for a person ([`paused`]).

mod ended;
mod facts;
mod paused;
mod pending;
mod running;
#[cfg(test)]
mod tests;
mod tries;
mod words;

use chrono::{DateTime, Utc};

pub use self::facts::{Driver, Facts, MOST_AHEAD, Open, Past, Queue, Run, Waits};
use super::status::ExecutionStatus;

/// What a run waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitingFor {
    /// It has ended.
    Nothing,
    /// For a free slot, behind other runs.
    Turn,
    /// Its owner has as many runs under way as is allowed.
    UserLimit,
    /// A model is called.
    Model,
    /// Another model judges an answer, or is asked to later.
    Judge,
    /// For the time of the next try.
    Retry,
    /// A person has to decide.
    Decision,
    /// A person paused it.
    Resume,
    /// Its process is gone; another takes it up.
    Rescue,
}

/// What a run waits for, and what can be done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    pub waiting_for: WaitingFor,
    /// When it began to wait for that.
    pub since: DateTime<Utc>,
    /// When it goes on by itself, where that is known.
    pub until: Option<DateTime<Utc>>,
    /// One sentence for people.
    pub message: String,
    /// What can be done, the best first.
    pub advice: Vec<String>,
}

/// What a run waits for, by what its rows say.
#[must_use]
pub fn diagnose(facts: &Facts) -> Diagnosis {
    let found = match facts.run.status {
        ExecutionStatus::Completed | ExecutionStatus::Failed | ExecutionStatus::Cancelled => {
            return ended::diagnose(facts);
        }
        ExecutionStatus::Running => running::diagnose(facts),
        ExecutionStatus::Pending => pending::diagnose(facts),
        ExecutionStatus::Paused => paused::diagnose(facts),
    };
    if facts.run.is_doomed {
        let message = "its workflow was deleted: it is about to be cancelled".to_owned();
        return Diagnosis {
            message,
            advice: Vec::new(),
            ..found
        };
    }
    found
}
