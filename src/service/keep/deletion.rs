//! What is left of a deleted workflow goes in this order, so that at every moment a run that is active still
//! belongs to it, and is found:
//!
//! 1. Its active runs are cancelled, each by its events.
//! 2. Its ended runs are detached, then its snapshots and revisions. A revision that no run refers to goes.
//! 3. Its own row goes, once no run belongs to it any more. Runs that somebody had locked are taken up again
//!    from the first step.

use super::pace::Pace;
use super::{Batch, Keeper, Outcome, Progress};
use crate::error::Result;
use crate::service::{Deps, drive, tx::Tx};
use crate::store;
use crate::store::deletion::{Deleted, Place};

/// Runs that are cancelled at once are in memory with their contexts.
const CANCELLED_AT_ONCE: u64 = 16;
const FIRST_BATCH: u64 = 64;
const LARGEST_BATCH: u64 = 1024;

/// What is done next.
#[derive(Clone, Copy, Debug)]
enum Step {
    Cancel,
    DetachRuns(Option<Place>),
    DetachSnapshots,
    DetachRevisions,
    Remove,
}

/// Where a batch leads, and how many runs it dealt with.
struct Done {
    runs: usize,
    next: Option<Step>,
}

impl Keeper<'_> {
    /// Clears away what is left of deleted workflows.
    pub(super) async fn delete(&self) -> Result<Outcome> {
        loop {
            let deleted = store::deletion::deleted(self.deps.store.reader()).await?;
            if deleted.is_empty() {
                return Ok(Outcome::Done);
            }
            for workflow in deleted {
                if self.clear(workflow).await? == Outcome::Left {
                    return Ok(Outcome::Left);
                }
            }
        }
    }

    async fn clear(&self, workflow: Deleted) -> Result<Outcome> {
        let mut cancelling = Pace::new(CANCELLED_AT_ONCE, CANCELLED_AT_ONCE);
        let mut detaching = Pace::new(FIRST_BATCH, LARGEST_BATCH);
        let mut progress = Progress::new(self.deps);
        let mut step = Step::Cancel;
        while !self.is_stopped() {
            let pace = match step {
                Step::Cancel => &mut cancelling,
                Step::DetachRuns(_)
                | Step::DetachSnapshots
                | Step::DetachRevisions
                | Step::Remove => &mut detaching,
            };
            let batch = self.batch(pace, |tx, size| async move {
                take(self.deps, &tx, workflow, (step, size)).await
            });
            let Batch::Made(Done { runs, next }) = batch.await? else {
                return Ok(Outcome::Left);
            };
            if let Some(runs) = progress.count(runs) {
                tracing::info!(workflow = %workflow.id, runs, "clearing away a deleted workflow");
            }
            let Some(next) = next else {
                tracing::info!(
                    workflow = %workflow.id,
                    runs = progress.runs,
                    "a deleted workflow is cleared away"
                );
                return Ok(Outcome::Done);
            };
            step = next;
        }
        Ok(Outcome::Left)
    }
}

/// Takes a step, or a part of it as large as `size`.
async fn take(deps: &Deps, tx: &Tx, workflow: Deleted, (step, size): (Step, u64)) -> Result<Done> {
    use store::deletion as query;
    let (runs, next) = match step {
        Step::Cancel => {
            let runs = query::lock_active(&**tx, workflow, size).await?;
            let count = runs.len();
            drive::cancel::all(deps, tx, runs).await?;
            let next = if count > 0 {
                step
            } else {
                Step::DetachRuns(None)
            };
            (count, Some(next))
        }
        Step::DetachRuns(after) => {
            let (count, place) = query::detach_ended(&**tx, workflow, after, size).await?;
            let next = place.map_or(Step::DetachSnapshots, |place| Step::DetachRuns(Some(place)));
            (count, Some(next))
        }
        Step::DetachSnapshots => {
            let count = query::detach_snapshots(&**tx, workflow, size).await?;
            (
                0,
                Some(if count > 0 {
                    step
                } else {
                    Step::DetachRevisions
                }),
            )
        }
        Step::DetachRevisions => {
            let count = query::detach_revisions(&**tx, workflow, size).await?;
            (0, Some(if count > 0 { step } else { Step::Remove }))
        }
        Step::Remove => {
            let removed = query::remove(&**tx, workflow).await?;
            (0, (!removed).then_some(Step::Cancel))
        }
    };
    Ok(Done { runs, next })
}
