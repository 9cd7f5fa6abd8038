//! Old runs go, those that ended first at first, with their logs and events. A run goes as a whole, so that
//! nobody runs half of one again. Snapshots stay. Then the revisions go that no run refers to any more: many
//! runs share one, so that it is asked about once for all of them. What is forgotten of these when the process
//! ends, or somebody had locked, is found when all revisions are looked through.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use uuid::Uuid;

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
/// Revisions that are remembered until they are asked about.
const REVISIONS: usize = 1024;
/// Revisions that are looked through or deleted at first, and at most, at once.
const FIRST_REVISIONS: u64 = 64;
const MOST_REVISIONS: u64 = 1024;
/// How often all revisions are looked through.
const SWEEP_EVERY: Duration = Duration::from_hours(24);
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
    /// What they referred to.
    revisions: Vec<Uuid>,
    /// Where the next batch begins; none at the end.
    next: Option<Place>,
}

impl Keeper<'_> {
    /// Purges the runs that ended longer ago than `retention`.
    pub(super) async fn purge(&mut self, retention: TimeDelta) -> Result<Outcome> {
        let Some(before) = self.deps.clock.now().checked_sub_signed(retention) else {
            return Ok(Outcome::Done);
        };
        let mut pace = Pace::new(FIRST_BATCH, LARGEST_BATCH);
        let mut progress = Progress::new(self.deps);
        let (mut after, mut touched) = (Place::START, BTreeSet::new());
        while !self.is_stopped() {
            let batch = self.batch(&mut pace, |tx, size| async move {
                let old = retention::lock_old(&**tx, before, after, size).await?;
                purge(&tx, after, at_once(&old)).await
            });
            let Batch::Made(Purged {
                runs,
                revisions,
                next,
            }) = batch.await?
            else {
                return Ok(Outcome::Left);
            };
            metrics::counter!("footlight_purged_total").increment(runs as u64);
            touched.extend(revisions);
            if touched.len() >= REVISIONS || next.is_none() {
                let touched = std::mem::take(&mut touched);
                self.delete_unused(touched.into_iter().collect()).await?;
            }
            if let Some(runs) = progress.count(runs) {
                tracing::info!(runs, "purging old runs");
            }
            let Some(next) = next else {
                if progress.runs > 0 {
                    tracing::info!(runs = progress.runs, "old runs are purged");
                }
                self.sweep().await?;
                return self.give_back().await;
            };
            after = next;
        }
        Ok(Outcome::Left)
    }

    /// Looks through all revisions for those that no run refers to, now and then.
    async fn sweep(&mut self) -> Result<()> {
        let now = self.deps.clock.uptime();
        if self
            .swept
            .is_some_and(|swept| now.saturating_sub(swept) < SWEEP_EVERY)
        {
            return Ok(());
        }
        let mut pace = Pace::new(FIRST_REVISIONS, MOST_REVISIONS);
        let mut after = Uuid::nil();
        while !self.is_stopped() {
            let began = self.deps.clock.uptime();
            let reader = self.deps.store.reader();
            let (unused, next) = store::revision::unused(reader, after, pace.size()).await?;
            let rest = pace.took(self.deps.clock.uptime().saturating_sub(began));
            self.delete_unused(unused).await?;
            let Some(next) = next else {
                self.swept = Some(now);
                break;
            };
            after = next;
            tokio::time::sleep(rest).await;
        }
        Ok(())
    }

    /// Deletes those of these revisions that no run refers to.
    async fn delete_unused(&self, mut revisions: Vec<Uuid>) -> Result<()> {
        let mut pace = Pace::new(FIRST_REVISIONS, MOST_REVISIONS);
        while !revisions.is_empty() {
            let size = usize::try_from(pace.size()).unwrap_or(usize::MAX);
            let some = &revisions.split_off(revisions.len().saturating_sub(size));
            let batch = self.batch(&mut pace, |tx, _| async move {
                store::revision::delete_unused(&**tx, some).await
            });
            // Another process is at it: what is left over is found by the next sweep.
            let (Batch::Made(()) | Batch::Busy) = batch.await?;
        }
        Ok(())
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
            revisions: Vec::new(),
            next: None,
        });
    };
    let ids: Vec<_> = old.iter().map(|run| run.id).collect();
    if retention::forget_first_runs(&**tx, &ids, RERUNS as u64).await? == RERUNS {
        return Ok(Purged {
            runs: 0,
            revisions: Vec::new(),
            next: Some(after),
        });
    }
    retention::delete(&**tx, &ids).await?;
    Ok(Purged {
        runs: old.len(),
        revisions: old.iter().map(|run| run.revision_id).collect(),
        next: Place::at(last),
    })
}
