//! What the rows of a run, and of what is around it, say.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::domain::definition::label;
use crate::domain::status::{AttemptStatus, ExecutionStatus, Reason, ValidationResult};

/// Runs ahead of another are counted no further than this.
pub const MOST_AHEAD: u64 = 100;

/// All that a diagnosis is made from.
#[derive(Clone, Debug)]
pub struct Facts {
    pub now: DateTime<Utc>,
    pub run: Run,
    /// Its open attempts, oldest first.
    pub open: Vec<Open>,
    /// Its latest attempts, newest first, where it has failed, was cancelled, or waits for another try.
    pub past: Vec<Past>,
    /// Items of the list that it runs over which wait for a time, if any do.
    pub waits: Option<Waits>,
    pub driver: Driver,
    pub queue: Queue,
}

/// The run.
#[derive(Clone, Debug)]
pub struct Run {
    pub id: Uuid,
    pub status: ExecutionStatus,
    pub reason: Option<Reason>,
    pub error: Option<String>,
    pub stage_order: Option<i32>,
    pub pause_requested: bool,
    pub next_run_at: Option<DateTime<Utc>>,
    /// Since when it is in its state, as far as that is known.
    pub since: DateTime<Utc>,
    /// How often its judge was asked about the open answer, and did not answer.
    pub judge_calls: u64,
    /// Its workflow is deleted.
    pub is_doomed: bool,
}

/// An attempt that is open.
#[derive(Clone, Debug)]
pub struct Open {
    pub log_id: Uuid,
    pub stage_order: i32,
    pub stage_name: Option<String>,
    pub attempt_number: i32,
    pub item_index: Option<i32>,
    pub began_at: DateTime<Utc>,
    /// None where nobody said when, too.
    pub answered_at: Option<DateTime<Utc>>,
    pub has_answer: bool,
}

/// An attempt, open or not.
#[derive(Clone, Debug)]
pub struct Past {
    pub stage_order: i32,
    pub stage_name: Option<String>,
    pub attempt_number: i32,
    pub item_index: Option<i32>,
    pub status: AttemptStatus,
    pub result: ValidationResult,
    /// Did its failure count against the retry limit?
    pub counted: bool,
    pub error: Option<String>,
    pub began_at: DateTime<Utc>,
    pub answered_at: Option<DateTime<Utc>>,
    /// How long its calls took.
    pub took: TimeDelta,
}

/// Items that wait for a time.
#[derive(Clone, Copy, Debug)]
pub struct Waits {
    pub items: u64,
    /// When the first of them goes on.
    pub until: DateTime<Utc>,
}

/// The process that drives a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    Lives,
    /// It has not renewed its lease since then.
    Silent(DateTime<Utc>),
    /// It has let go of its runs.
    LetGo(DateTime<Utc>),
    /// Nothing is known of it any more.
    Gone,
}

/// What stands between a pending run and a slot.
#[derive(Clone, Copy, Debug)]
pub struct Queue {
    /// Is there a process that claims runs?
    pub is_driven: bool,
    /// So many runs of its owner's are before it, counted to [`MOST_AHEAD`].
    pub ahead: u64,
    /// So many runs are due, whosever they are, counted as far.
    pub due: u64,
    /// So many of its owner's are under way.
    pub running: u64,
    /// So many calls its owner's take, items' included, of the process where they are fewest.
    pub calls: u64,
    /// So many runs may be under way, and so many calls of a process.
    pub limit: u64,
}

impl Run {
    /// Until when it waits, if it still does.
    pub(super) fn waits_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.next_run_at.filter(|at| *at > now)
    }

    /// The stage that it is at.
    pub(super) fn place(&self) -> String {
        self.stage_order
            .map_or_else(|| "its next stage".to_owned(), |order| label(order, None))
    }
}

impl Open {
    pub(super) fn place(&self) -> String {
        label(self.stage_order, self.stage_name.as_deref())
    }

    /// When its answer had arrived, as far as that is known.
    pub(super) fn answered_at(&self) -> DateTime<Utc> {
        self.answered_at.unwrap_or(self.began_at)
    }
}

impl Past {
    pub(super) fn place(&self) -> String {
        label(self.stage_order, self.stage_name.as_deref())
    }

    /// Has it ended because its model could not be reached, or broke off?
    pub(super) fn is_unanswered(&self) -> bool {
        self.status == AttemptStatus::Finished
            && self.result == ValidationResult::Error
            && !self.counted
            && self.answered_at.is_none()
    }

    pub(super) fn ended_at(&self) -> DateTime<Utc> {
        self.began_at + self.took
    }
}
