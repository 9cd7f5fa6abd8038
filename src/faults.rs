//! Faults that tests order by the environment. Compiled in for them alone, by the feature `faults`.

use std::future::pending;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// What goes wrong in this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// After so many writes to runs the process stops where it stands, and waits to be killed.
    pub stop_after_write: Option<u64>,
    /// After so many batches of its keeper the process stops where it stands, and waits to be killed.
    pub stop_after_batch: Option<u64>,
    /// No hint is heard by anybody.
    pub lose_hints: bool,
}

static ORDERED: OnceLock<Faults> = OnceLock::new();
static WRITES: AtomicU64 = AtomicU64::new(0);
static BATCHES: AtomicU64 = AtomicU64::new(0);

/// Orders faults, before anything runs.
pub fn order(faults: Faults) {
    let _ = ORDERED.set(faults);
}

/// A write to a run was committed, and nobody was told of it yet.
pub async fn after_write() {
    let Some(last) = ordered().stop_after_write else {
        return;
    };
    let writes = WRITES.fetch_add(1, Ordering::SeqCst) + 1;
    if writes == last {
        eprintln!("stopped after write {writes}");
    }
    if writes >= last {
        pending::<()>().await;
    }
}

/// A batch of the keeper was committed.
pub async fn after_batch() {
    let Some(last) = ordered().stop_after_batch else {
        return;
    };
    let batches = BATCHES.fetch_add(1, Ordering::SeqCst) + 1;
    if batches == last {
        eprintln!("stopped after batch {batches}");
    }
    if batches >= last {
        pending::<()>().await;
    }
}

/// Are all hints lost?
#[must_use]
pub fn hints_are_lost() -> bool {
    ordered().lose_hints
}

fn ordered() -> Faults {
    ORDERED.get().copied().unwrap_or_default()
}
