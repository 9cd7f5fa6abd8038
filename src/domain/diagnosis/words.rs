//! How a diagnosis says what it found.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::facts::MOST_AHEAD;

/// Characters of somebody else's message at most: all of it stands in the run, or in the attempt.
const MOST: usize = 300;

/// A moment, with its day unless that is today.
pub(super) fn time(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let format = if at.date_naive() == now.date_naive() {
        "%H:%M:%S UTC"
    } else {
        "%Y-%m-%d %H:%M:%S UTC"
    };
    at.format(format).to_string()
}

/// So many of a thing: `1 run`, `3 runs`.
pub(super) fn many(count: u64, thing: &str) -> String {
    match count {
        1 => format!("1 {thing}"),
        _ => format!("{count} {thing}s"),
    }
}

/// So many wait: `1 waits`, `3 wait`, `100+ wait`.
pub(super) fn waiting(count: u64) -> String {
    match count {
        1 => "1 waits".to_owned(),
        _ if count > MOST_AHEAD => format!("{MOST_AHEAD}+ wait"),
        _ => format!("{count} wait"),
    }
}

/// The beginning of a message.
pub(super) fn short(message: &str) -> String {
    match message.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}

pub(super) fn cancel(run: Uuid) -> String {
    format!("cancel it: cancelExecution(id: \"{run}\")")
}

pub(super) fn keep_going(run: Uuid) -> String {
    format!("withdraw the pause: resumeExecution(id: \"{run}\")")
}
