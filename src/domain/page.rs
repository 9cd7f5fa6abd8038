//! Pages by keyset: a cursor says after which row a page begins, never how many rows to skip.

use std::ops::RangeInclusive;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::{Error, Result};

/// The largest page.
pub const MAX_FIRST: i32 = 100;
/// The times that a cursor may hold, in milliseconds since 1970, to the end of the year 9999. The
/// databases do not agree on those beyond.
const TIMES: RangeInclusive<i64> = 0..=253_402_300_799_999;

/// Most rows that a caller may have counted.
const MAX_COUNT: i32 = 10_000;

/// How far a caller has the rows of a list counted.
///
/// # Errors
/// `BadInput` on `limit` when it is out of range.
pub fn count_limit(limit: i32) -> Result<u64> {
    match u64::try_from(limit) {
        Ok(most) if (1..=MAX_COUNT).contains(&limit) => Ok(most),
        Ok(_) | Err(_) => Err(Error::bad_input(
            "limit",
            format!("limit must be 1 to {MAX_COUNT}"),
        )),
    }
}

/// A caller's moment as rows are compared with it, whose times are whole milliseconds that cursors may hold: what is
/// not before the one is not before the other.
#[must_use]
pub fn bound(at: DateTime<Utc>) -> DateTime<Utc> {
    let begun = !at.timestamp_subsec_nanos().is_multiple_of(1_000_000);
    let millis = at.timestamp_millis().saturating_add(i64::from(begun));
    let millis = millis.clamp(*TIMES.start(), *TIMES.end());
    DateTime::from_timestamp_millis(millis).unwrap_or(at)
}

/// Which page a caller asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageRequest {
    /// How many rows, 1 to [`MAX_FIRST`].
    pub first: i32,
    /// The cursor of the row before the page; none for the first page.
    pub after: Option<String>,
}

impl PageRequest {
    /// The number of rows asked for.
    ///
    /// # Errors
    /// `BadInput` on `first` when it is out of range.
    pub fn size(&self) -> Result<u64> {
        match u64::try_from(self.first) {
            Ok(first) if (1..=MAX_FIRST).contains(&self.first) => Ok(first),
            Ok(_) | Err(_) => Err(Error::bad_input(
                "first",
                format!("first must be 1 to {MAX_FIRST}"),
            )),
        }
    }

    /// Where the page begins.
    ///
    /// # Errors
    /// `BadInput` on `after` when this service did not make the cursor.
    pub fn cursor<C: Cursor>(&self) -> Result<Option<C>> {
        let Some(text) = &self.after else {
            return Ok(None);
        };
        URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|plain| C::read(&plain).filter(|cursor| cursor.write() == plain))
            .map(Some)
            .ok_or_else(|| {
                Error::bad_input("after", "after is no cursor of this list: use an endCursor")
            })
    }
}

/// One page of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The rows, each with its cursor.
    pub edges: Vec<(String, T)>,
    pub has_next: bool,
    pub has_previous: bool,
}

impl<T> Page<T> {
    /// Cuts a page out of rows of which one more was read than asked for.
    pub fn cut<C: Cursor>(
        mut rows: Vec<T>,
        size: u64,
        has_previous: bool,
        cursor: impl Fn(&T) -> C,
    ) -> Self {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let has_next = rows.len() > size;
        rows.truncate(size);
        let edges = rows
            .into_iter()
            .map(|row| (URL_SAFE_NO_PAD.encode(cursor(&row).write()), row))
            .collect();
        Self {
            edges,
            has_next,
            has_previous,
        }
    }
}

/// The key that a list is ordered by.
pub trait Cursor: Sized {
    /// The key as text.
    fn write(&self) -> String;
    /// The key from such a text; none when it is something else.
    fn read(text: &str) -> Option<Self>;
}

/// The key of lists by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByTime {
    pub at: DateTime<Utc>,
    pub id: Uuid,
}

impl Cursor for ByTime {
    fn write(&self) -> String {
        format!("{}.{}", self.at.timestamp_millis(), self.id.simple())
    }

    fn read(text: &str) -> Option<Self> {
        let (at, id) = text.split_once('.')?;
        let at = at.parse().ok().filter(|at| TIMES.contains(at))?;
        Some(Self {
            at: DateTime::from_timestamp_millis(at)?,
            id: id.parse().ok()?,
        })
    }
}

/// The key of a run's logs: the number of the event that announced the attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BySeq(pub i64);

impl Cursor for BySeq {
    fn write(&self) -> String {
        format!("seq.{}", self.0)
    }

    fn read(text: &str) -> Option<Self> {
        text.strip_prefix("seq.")?.parse().ok().map(Self)
    }
}
