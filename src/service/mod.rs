//! Rules and transactions: what may be done, by whom, and what is written when it is. Every function
//! takes the context first, then the viewer, then the input, and nothing else writes.

pub mod count;
pub mod diagnosis;
pub mod drive;
pub mod event;
pub mod execution;
pub mod execution_log;
pub mod keep;
pub mod load;
pub mod measure;
pub mod model;
pub mod output;
pub mod preview;
pub mod problem;
pub mod profile;
pub mod rule;
pub mod snapshot;
pub mod stage;
pub mod tx;
pub mod validation;
mod versioned;
pub mod workflow;

use std::collections::BTreeSet;
use std::time::Duration;

use self::tx::group::Group;
use crate::clock::Clock;
use crate::domain::streak::Patience;
use crate::events::hub::Hub;
use crate::store::Store;

/// What every service function works with.
#[derive(Debug)]
pub struct Deps {
    pub store: Store,
    pub clock: Clock,
    pub hub: Hub,
    /// Names of the providers that are configured on this server.
    pub providers: BTreeSet<String>,
    pub limits: Limits,
    /// What users have their stages judged by, compiled.
    pub rules: rule::Rules,
    /// What this process drives by itself.
    pub slots: drive::Slots,
    /// Fenced writes of workers, on their way into one transaction.
    pub changes: Group<drive::Change>,
    /// Starts of runs, the same.
    pub starts: Group<execution::Start>,
    /// How many runs of whom are pending, as far as this process knows.
    pub backlogs: execution::Backlogs,
    /// The users that this process has seen already.
    pub arrivals: profile::Arrivals,
}

/// Limits that the operator sets.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Runs of one user that may run at once, over all replicas.
    pub max_running_per_user: u32,
    /// Runs of one user that may be pending; 0 is no limit.
    pub max_pending_per_user: u32,
    /// Stage visits of one run.
    pub max_stage_visits: i32,
    /// How long a model that does not answer is asked.
    pub model_outage: Duration,
}

impl Deps {
    /// What is decided with now, when a call has failed.
    fn patience(&self) -> Patience {
        Patience {
            outage: self.limits.model_outage,
            now: self.clock.now(),
            jitter: self.clock.jitter(),
        }
    }
}
