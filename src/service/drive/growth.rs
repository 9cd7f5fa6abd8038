//! How fast the tables of runs grow. PostgreSQL plans by what it last saw of a table, and looks by
//! itself only every minute: until then it takes what fills from nothing for empty, and reads all
//! runs of a user where it should look up one.

use std::sync::Arc;

use super::super::Deps;
use crate::store::statistics;

/// Runs after which the tables are worth a first look.
const FIRST: u32 = 64;
/// How much they grow from one look to the next.
const FACTOR: u32 = 8;
/// Runs from which on the database's own looks are enough.
const ENOUGH: u32 = 100_000;

/// The runs that this process has driven since it began.
#[derive(Debug)]
pub struct Growth {
    runs: u32,
    next: u32,
}

impl Default for Growth {
    fn default() -> Self {
        Self {
            runs: 0,
            next: FIRST,
        }
    }
}

impl Growth {
    /// Counts a run. Answers how many there have been when that makes the tables worth a look.
    pub const fn count(&mut self) -> Option<u32> {
        self.runs = self.runs.saturating_add(1);
        if self.runs < self.next || self.next > ENOUGH {
            return None;
        }
        self.next = self.next.saturating_mul(FACTOR);
        Some(self.runs)
    }
}

/// Has the database look at the tables, when it thinks that they hold fewer than `runs` runs.
pub async fn look(deps: Arc<Deps>, runs: u32) {
    match statistics::refresh(&deps.store.patient(), runs).await {
        Ok(true) => tracing::debug!(runs, "the tables of runs were analyzed"),
        Ok(false) => {}
        Err(error) => {
            // Its own look comes within a minute.
            tracing::warn!(
                error = error.chain(),
                "the tables of runs were not analyzed"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_looked_at_ever_more_rarely_and_then_no_more() {
        let mut growth = Growth::default();
        let looks: Vec<_> = (0..200_000).filter_map(|_| growth.count()).collect();
        assert_eq!(looks, [64, 512, 4096, 32_768]);
    }
}
