//! How much a batch takes on: as much as is done in [`LONG`], found out by doing it.

use std::time::Duration;

/// A batch that takes longer is followed by smaller ones: whoever writes at the same time waits for it, on
/// SQLite always.
const LONG: Duration = Duration::from_millis(20);
/// A batch that takes no longer is followed by larger ones.
const SHORT: Duration = Duration::from_millis(8);
/// The shortest rest between two batches.
const REST: Duration = Duration::from_millis(5);
/// Even a database that is asleep rests no longer.
const LONGEST_REST: Duration = Duration::from_secs(5);

/// The size of the next batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    size: u64,
    /// Less would only be slower: what so little takes is not for its size.
    least: u64,
    most: u64,
}

impl Pace {
    /// Begins with `first` at once, and takes on no more than `most`, nor less than a quarter of `first`.
    pub(super) const fn new(first: u64, most: u64) -> Self {
        Self {
            size: first,
            least: first.div_ceil(4),
            most,
        }
    }

    /// How much the next batch takes on.
    pub(super) const fn size(self) -> u64 {
        self.size
    }

    /// Learns how long a batch took. Answers how long to rest after it.
    pub(super) fn took(&mut self, time: Duration) -> Duration {
        if time > LONG {
            self.size = (self.size / 2).max(self.least);
        } else if time <= SHORT {
            self.size = (self.size * 2).min(self.most);
        }
        time.clamp(REST, LONGEST_REST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_grow_while_they_are_short_and_shrink_when_they_are_long() {
        let mut pace = Pace::new(16, 100);
        let mut sizes = Vec::new();
        for milliseconds in [1, 1, 1, 10, 21, 500, 500, 500, 500, 500, 500, 500] {
            let time = Duration::from_millis(milliseconds);
            assert_eq!(pace.took(time), time.max(REST));
            sizes.push(pace.size());
        }
        assert_eq!(sizes, [32, 64, 100, 100, 50, 25, 12, 6, 4, 4, 4, 4]);
        assert_eq!(pace.took(Duration::from_mins(1)), LONGEST_REST);
    }
}
