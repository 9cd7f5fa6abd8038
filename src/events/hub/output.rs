//! The text of attempts under way, and who listens to it. Pieces may be lost; what arrived so far can
//! always be asked for, so that a listener finds its way back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use tokio::sync::broadcast::{self, error::RecvError};
use uuid::Uuid;

use super::locked;
use crate::domain::event::{Attempt, Delta};

/// Pieces that a listener may be behind before it loses some.
const QUEUE: usize = 64;

/// The outputs of this process, by run.
#[derive(Clone, Debug, Default)]
pub(super) struct Outputs(Arc<Mutex<HashMap<Uuid, Entry>>>);

/// Lives while an attempt is under way or somebody listens.
#[derive(Debug)]
struct Entry {
    deltas: broadcast::Sender<Arc<Delta>>,
    under_way: Option<Arc<Mutex<Text>>>,
}

#[derive(Debug)]
struct Text {
    attempt: Attempt,
    seq: i64,
    whole: String,
    /// How much of it was sent, in bytes and in code points.
    sent: usize,
    offset: usize,
    /// When the last piece was sent, none before the first.
    sent_at: Option<DateTime<Utc>>,
}

impl Outputs {
    pub(super) fn open(&self, execution_id: Uuid, attempt: Attempt, seq: i64) -> Output {
        let text = Arc::new(Mutex::new(Text {
            attempt,
            seq,
            whole: String::new(),
            sent: 0,
            offset: 0,
            sent_at: None,
        }));
        let mut entries = locked(&self.0);
        let entry = entries.entry(execution_id).or_insert_with(Entry::new);
        entry.under_way = Some(Arc::clone(&text));
        Output {
            text,
            deltas: entry.deltas.clone(),
            execution_id,
            outputs: self.clone(),
        }
    }

    pub(super) fn listen(&self, execution_id: Uuid) -> Listener {
        let mut entries = locked(&self.0);
        let entry = entries.entry(execution_id).or_insert_with(Entry::new);
        Listener {
            deltas: entry.deltas.subscribe(),
            leaving: Leaving {
                execution_id,
                outputs: self.clone(),
            },
        }
    }

    /// Changes the entry of a run, and forgets it when nobody needs it any more.
    fn leave(&self, execution_id: Uuid, change: impl FnOnce(&mut Entry)) {
        let mut entries = locked(&self.0);
        if let Some(entry) = entries.get_mut(&execution_id) {
            change(entry);
            if entry.under_way.is_none() && entry.deltas.receiver_count() == 0 {
                entries.remove(&execution_id);
            }
        }
    }
}

impl Entry {
    fn new() -> Self {
        Self {
            deltas: broadcast::Sender::new(QUEUE),
            under_way: None,
        }
    }
}

/// The output of an attempt under way. Dropping it says that the attempt is over.
#[derive(Debug)]
pub struct Output {
    text: Arc<Mutex<Text>>,
    deltas: broadcast::Sender<Arc<Delta>>,
    execution_id: Uuid,
    outputs: Outputs,
}

impl Output {
    /// Adds a piece, which the next flush sends.
    pub fn push(&self, piece: &str) {
        locked(&self.text).whole.push_str(piece);
    }

    /// Sends what was pushed since the last flush to whoever listens.
    pub fn flush(&self, now: DateTime<Utc>) {
        let mut text = locked(&self.text);
        if text.sent == text.whole.len() {
            return;
        }
        let piece = text.whole[text.sent..].to_owned();
        let offset = text.offset;
        text.sent = text.whole.len();
        text.offset += piece.chars().count();
        text.sent_at = Some(now);
        // It fails when nobody listens. The lock is held until here, so that whoever asks for the
        // text so far can tell which pieces it contains.
        let _ = self.deltas.send(Arc::new(Delta {
            attempt: text.attempt,
            seq: text.seq,
            offset,
            text: piece,
            occurred_at: now,
        }));
    }

    /// All that was pushed.
    #[must_use]
    pub fn text(&self) -> String {
        locked(&self.text).whole.clone()
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.outputs.leave(self.execution_id, |entry| {
            // Another attempt may have begun already.
            if entry
                .under_way
                .as_ref()
                .is_some_and(|text| Arc::ptr_eq(text, &self.text))
            {
                entry.under_way = None;
            }
        });
    }
}

/// Hears the text of a run's attempts.
#[derive(Debug)]
pub struct Listener {
    // Dropped first: the one who leaves is not counted any more when the entry is looked at.
    deltas: broadcast::Receiver<Arc<Delta>>,
    leaving: Leaving,
}

#[derive(Debug)]
struct Leaving {
    execution_id: Uuid,
    outputs: Outputs,
}

impl Listener {
    /// The next piece; none when some were lost.
    pub(in crate::events) async fn heard(&mut self) -> Option<Arc<Delta>> {
        match self.deltas.recv().await {
            Ok(delta) => Some(delta),
            Err(RecvError::Lagged(_)) => None,
            // The entry keeps a sender for as long as somebody listens.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }

    /// All that was sent of the attempt under way, as one piece. Pieces heard later may be part of it.
    pub(in crate::events) fn so_far(&self) -> Option<Delta> {
        let Leaving {
            execution_id,
            outputs,
        } = &self.leaving;
        let text = locked(&outputs.0).get(execution_id)?.under_way.clone()?;
        let text = locked(&text);
        Some(Delta {
            attempt: text.attempt,
            seq: text.seq,
            offset: 0,
            text: text.whole[..text.sent].to_owned(),
            occurred_at: text.sent_at?,
        })
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.outputs.leave(self.execution_id, |_| ());
    }
}
