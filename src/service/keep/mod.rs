//! The keeper: what goes by and by. Deleted workflows let go of their runs, old runs are purged, and changes of
//! rows that wait for processes of the version before to end are made.
//!
//! 1. The work is done in batches, each a short transaction of its own: whoever comes meanwhile waits for
//!    one batch at most. How much a batch takes on follows from how long the ones before took ([`Pace`]).
//! 2. Between two batches the keeper rests as long as the last one took, so that others get as much of
//!    the database as it does.
//! 3. Batches are made by one process at a time. Another one that is at it is left to it.
//! 4. What is to be done stands in the tables alone. When a process dies, or is stopped between two
//!    batches, another one finds what is left, or the same one when it starts again.

mod deletion;
mod pace;
mod purge;

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use self::pace::Pace;
use super::Deps;
use super::tx::{self, Tx};
use crate::error::Result;
use crate::store;

/// How long until the next look when nobody calls the keeper.
const LOOK_EVERY: Duration = Duration::from_mins(3);
/// The same when another process was at work, or something failed.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// Long work says so often how far it is.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// How a piece of work came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// There is nothing left to do.
    Done,
    /// Something is left to do, by another process or later.
    Left,
}

/// The keeper at work.
pub struct Keeper<'a> {
    deps: &'a Deps,
    /// How long runs are kept after they ended; none for ever.
    retention: Option<TimeDelta>,
    stop: &'a CancellationToken,
    /// When all revisions were looked through, by this process's own time.
    swept: Option<Duration>,
}

/// What came of a batch.
enum Batch<T> {
    Made(T),
    /// Another process is making one.
    Busy,
}

fn told(what: &'static str, ended: Result<Outcome>) -> Outcome {
    ended.unwrap_or_else(|error| {
        tracing::error!(error = error.chain(), "{what}, trying again");
        Outcome::Left
    })
}

impl<'a> Keeper<'a> {
    /// One that has not looked yet.
    #[must_use]
    pub const fn new(
        deps: &'a Deps,
        retention: Option<TimeDelta>,
        stop: &'a CancellationToken,
    ) -> Self {
        Self {
            deps,
            retention,
            stop,
            swept: None,
        }
    }

    /// Does what there is to do: until nothing is left, another process is at it, or it is told to stop.
    /// Answers how long until the next look.
    pub async fn look(&mut self) -> Duration {
        let deleted = told(
            "deleted workflows were not cleared away",
            self.delete().await,
        );
        let purged = match self.retention {
            Some(retention) => told("old runs were not purged", self.purge(retention).await),
            None => Outcome::Done,
        };
        let changed = told("rows were not changed", self.change_rows().await);
        let pause = if [deleted, purged, changed].contains(&Outcome::Left) {
            LOOK_AGAIN
        } else {
            LOOK_EVERY
        };
        // Not at the same moment as the other replicas.
        pause.mul_f64(0.8 + 0.4 * self.deps.clock.jitter())
    }

    /// Makes one batch, as large as the pace allows, then rests.
    async fn batch<T, W, F>(&self, pace: &mut Pace, work: W) -> Result<Batch<T>>
    where
        W: Fn(Arc<Tx>, u64) -> F,
        F: Future<Output = Result<T>>,
    {
        let (size, work) = (pace.size(), &work);
        let (began, made) = tx::write(self.deps, |tx| async move {
            // What it waited for its turn says nothing of how long others wait for it.
            let began = self.deps.clock.uptime();
            if !store::keep_alone(&**tx).await? {
                return Ok((began, Batch::Busy));
            }
            Ok((began, Batch::Made(work(tx, size).await?)))
        })
        .await?;
        #[cfg(feature = "faults")]
        crate::faults::after_batch().await;
        let rest = pace.took(self.deps.clock.uptime().saturating_sub(began));
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(rest) => {}
        }
        Ok(made)
    }

    /// Makes the changes of rows that a start, or another process, has left for later.
    async fn change_rows(&self) -> Result<Outcome> {
        let store = &self.deps.store;
        if !store.has_postponed() {
            return Ok(Outcome::Done);
        }
        let older = store::session::older(store.reader()).await?;
        if older.has_first_syntax {
            return Ok(Outcome::Left);
        }
        tokio::select! {
            () = self.stop.cancelled() => Ok(Outcome::Left),
            changed = store.change_rows() => changed.map(|()| Outcome::Done),
        }
    }

    fn is_stopped(&self) -> bool {
        self.stop.is_cancelled()
    }
}

/// Says now and then how far long work is.
struct Progress<'a> {
    deps: &'a Deps,
    told: Duration,
    runs: usize,
}

impl<'a> Progress<'a> {
    fn new(deps: &'a Deps) -> Self {
        Self {
            deps,
            told: deps.clock.uptime(),
            runs: 0,
        }
    }

    /// Counts runs that were dealt with. Answers their number when it is time to tell it.
    fn count(&mut self, runs: usize) -> Option<usize> {
        self.runs += runs;
        let now = self.deps.clock.uptime();
        if now.saturating_sub(self.told) < TELL_EVERY {
            return None;
        }
        self.told = now;
        Some(self.runs)
    }
}
