//! Old runs go, those that ended first at first, with their logs and events, and the revisions that no run
//! refers to any more. A run goes as a whole, so that nobody runs half of one again. Snapshots stay.

use chrono::TimeDelta;

use super::pace::Pace;
use super::{Batch, Keeper, Outcome, Progress};
use crate::error::Result;
use crate::service::tx::Tx;
use crate::store;
use crate::store::retention::{self, Old, Place};

const FIRST_BATCH: u64 = 32;
const LARGEST_BATCH: u64 = 1024;
/// Runs of a batch have no more events than this together, unless it is a single one.
const EVENTS: i64 = 10_000;
/// Runs that forget in one batch which run they repeat.
const RERUNS: usize = 512;

/// Pages that an SQLite file keeps for what comes next, 1 MiB.
const KEPT_PAGES: u64 = 256;
/// Pages that are given back at first, and at most, at once.
const FIRST_PAGES: u64 = 64;
const MOST_PAGES: u64 = 2048;

/// What a batch purged.
struct Purged {
    runs: usize,
    /// Where the next batch begins; none at the end.
    next: Option<Place>,
}

impl Keeper<'_> {
    /// Purges the runs that ended longer ago than `retention`.
    pub(super) async fn purge(&self, retention: TimeDelta) -> Result<Outcome> {
        let Some(before) = self.deps.clock.now().checked_sub_signed(retention) else {
            return Ok(Outcome::Done);
        };
        let mut pace = Pace::new(FIRST_BATCH, LARGEST_BATCH);
        let mut progress = Progress::new(self.deps);
        let mut after = Place::START;
        while !self.is_stopped() {
            let batch = self.batch(&mut pace, |tx, size| async move {
                let old = retention::lock_old(&**tx, before, after, size).await?;
                purge(&tx, after, at_once(&old)).await
            });
            let Batch::Made(Purged { runs, next }) = batch.await? else {
                return Ok(Outcome::Left);
            };
            metrics::counter!("footlight_purged_total").increment(runs as u64);
            if let Some(runs) = progress.count(runs) {
                tracing::info!(runs, "purging old runs");
            }
            let Some(next) = next else {
                if progress.runs > 0 {
                    tracing::info!(runs = progress.runs, "old runs are purged");
                }
                return self.give_back().await;
            };
            after = next;
        }
        Ok(Outcome::Left)
    }

    /// Makes the SQLite file smaller by what is free in it.
    async fn give_back(&self) -> Result<Outcome> {
        let mut pace = Pace::new(FIRST_PAGES, MOST_PAGES);
        let mut free = retention::free_pages(self.deps.store.reader()).await?;
        while free > KEPT_PAGES && !self.is_stopped() {
            let batch = self.batch(&mut pace, |tx, size| async move {
                retention::give_back(&**tx, size.min(free - KEPT_PAGES)).await?;
                retention::free_pages(&**tx).await
            });
            let Batch::Made(left) = batch.await? else {
                return Ok(Outcome::Left);
            };
            if left >= free {
                // Others free pages at the same time, or the file gives none back.
                break;
            }
            free = left;
        }
        Ok(Outcome::Done)
    }
}

/// The first of these runs, as many as are deleted at once.
fn at_once(old: &[Old]) -> &[Old] {
    let mut events = 0;
    let fitting = old.iter().take_while(|run| {
        events += run.next_seq;
        events <= EVENTS
    });
    let count = fitting.count().max(1).min(old.len());
    &old[..count]
}

async fn purge(tx: &Tx, after: Place, old: &[Old]) -> Result<Purged> {
    let Some(last) = old.last() else {
        return Ok(Purged {
            runs: 0,
            next: None,
        });
    };
    let ids: Vec<_> = old.iter().map(|run| run.id).collect();
    if retention::forget_first_runs(&**tx, &ids, RERUNS as u64).await? == RERUNS {
        return Ok(Purged {
            runs: 0,
            next: Some(after),
        });
    }
    retention::delete(&**tx, &ids).await?;
    let mut revisions: Vec<_> = old.iter().map(|run| run.revision_id).collect();
    revisions.sort_unstable();
    revisions.dedup();
    store::revision::delete_unused(&**tx, &revisions).await?;
    Ok(Purged {
        runs: old.len(),
        next: Place::at(last),
    })
}
