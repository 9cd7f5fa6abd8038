//! The text of attempts under way, and who listens to it. Pieces may be lost; what arrived so far can
//! always be asked for, so that a listener finds its way back.
//!
//! Where text is carried between processes, the first listener to a run has it mirrored here:
//! 1. Pieces from elsewhere are told in order. One that comes too early shows a gap, and the process
//!    that makes the attempt is asked to repeat the text so far.
//! 2. Of a repeated text, what is known already is dropped.
//! 3. An attempt with a higher `seq` takes the place of the one before, and so does a later edition of its text.
//!    Attempts at several items of one list are side by side.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};

use chrono::{DateTime, Utc};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::locked;
use crate::domain::event::{Attempt, Delta};
use crate::domain::for_each::MAX_CONCURRENCY;

/// Pieces that a listener may be behind before it loses some.
const QUEUE: usize = 64;

/// So many texts of items of a list are kept that are made elsewhere: more than are made at once.
const SIDE_BY_SIDE: usize = 2 * MAX_CONCURRENCY;

/// The texts of attempts that are made or listened to in this process, by run.
#[derive(Clone, Debug, Default)]
pub(in crate::events) struct Outputs(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    entries: Mutex<HashMap<Uuid, Entry>>,
    carrier: OnceLock<Arc<dyn Carrier>>,
}

/// Carries text between processes.
pub(in crate::events) trait Carrier: fmt::Debug + Send + Sync {
    /// Sends a piece of an attempt that is made here. Never blocks; pieces may be lost.
    fn send(&self, execution_id: Uuid, delta: &Arc<Delta>);

    /// Hands the pieces of attempts that are made elsewhere to [`Outputs::hear`], until the answer is
    /// dropped.
    fn follow(&self, execution_id: Uuid, outputs: &Outputs) -> AbortOnDropHandle<()>;
}

/// What came of a piece from elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::events) enum Heard {
    /// It was told, or was known.
    Taken,
    /// Pieces before it are missing: have the text so far repeated.
    Gap,
}

/// Lives while an attempt is under way here or somebody here listens.
#[derive(Debug)]
struct Entry {
    deltas: broadcast::Sender<Arc<Delta>>,
    under_way: Vec<Arc<Mutex<Text>>>,
    mirror: Option<Mirror>,
}

/// The text of attempts that are made elsewhere.
#[derive(Debug)]
struct Mirror {
    /// The one that was heard of last comes last.
    texts: Vec<Text>,
    #[expect(dead_code, reason = "held for its drop")]
    carried: AbortOnDropHandle<()>,
}

#[derive(Debug)]
struct Text {
    attempt: Attempt,
    seq: i64,
    edition: u32,
    whole: String,
    /// How much of it was sent, in bytes and in code points.
    sent: usize,
    offset: usize,
    /// Was what had been sent withdrawn, and nobody told yet?
    is_withdrawn: bool,
    /// When the last piece was sent, none before the first.
    sent_at: Option<DateTime<Utc>>,
}

impl Text {
    const fn new(attempt: Attempt, seq: i64) -> Self {
        Self {
            attempt,
            seq,
            edition: 0,
            whole: String::new(),
            sent: 0,
            offset: 0,
            is_withdrawn: false,
            sent_at: None,
        }
    }

    /// Is there anything that was not sent?
    const fn has_unsent(&self) -> bool {
        self.sent < self.whole.len() || self.is_withdrawn
    }

    /// Withdraws all that was sent.
    fn begin_anew(&mut self, edition: u32) {
        self.edition = edition;
        self.whole.clear();
        (self.sent, self.offset) = (0, 0);
        self.is_withdrawn = true;
    }

    /// What was pushed and not sent yet, which counts as sent from then on.
    fn flush(&mut self, now: DateTime<Utc>) -> Delta {
        let delta = Delta {
            attempt: self.attempt,
            seq: self.seq,
            edition: self.edition,
            offset: self.offset,
            text: self.whole[self.sent..].to_owned(),
            occurred_at: now,
        };
        self.is_withdrawn = false;
        self.sent = self.whole.len();
        self.offset += delta.text.chars().count();
        self.sent_at = Some(now);
        delta
    }

    /// All that was sent, as one piece.
    fn so_far(&self) -> Option<Delta> {
        Some(Delta {
            attempt: self.attempt,
            seq: self.seq,
            edition: self.edition,
            offset: 0,
            text: self.whole[..self.sent].to_owned(),
            occurred_at: self.sent_at?,
        })
    }
}

impl Outputs {
    /// Has text carried to and from other processes from now on. The first carrier stays.
    pub(in crate::events) fn attach(&self, carrier: Arc<dyn Carrier>) {
        let _ = self.0.carrier.set(carrier);
    }

    /// Takes a piece of an attempt that is made elsewhere.
    pub(in crate::events) fn hear(&self, execution_id: Uuid, delta: &Delta) -> Heard {
        let mut entries = locked(&self.0.entries);
        let Some(entry) = entries.get_mut(&execution_id) else {
            return Heard::Taken;
        };
        // An attempt that is made here is newer than whatever comes in from elsewhere.
        let (true, Some(mirror)) = (entry.under_way.is_empty(), &mut entry.mirror) else {
            return Heard::Taken;
        };
        let Some(text) = mirror.text(delta) else {
            return Heard::Taken;
        };
        if text.edition > delta.edition {
            return Heard::Taken;
        }
        if text.edition < delta.edition {
            text.begin_anew(delta.edition);
        }
        let Some(known) = text.offset.checked_sub(delta.offset) else {
            return Heard::Gap;
        };
        text.whole.extend(delta.text.chars().skip(known));
        if text.has_unsent() {
            // It fails when the last listener has just left.
            let _ = entry.deltas.send(Arc::new(text.flush(delta.occurred_at)));
        }
        Heard::Taken
    }

    /// Has the text so far of an attempt that is made here sent again to the other processes.
    pub(in crate::events) fn repeat(&self, execution_id: Uuid) {
        let under_way = |entry: &Entry| entry.under_way.clone();
        let texts = locked(&self.0.entries).get(&execution_id).map(under_way);
        let Some(carrier) = self.0.carrier.get() else {
            return;
        };
        for text in texts.unwrap_or_default() {
            // Under the lock of the text, so that no later piece overtakes it.
            let text = locked(&text);
            if let Some(so_far) = text.so_far() {
                carrier.send(execution_id, &Arc::new(so_far));
            }
        }
    }

    pub(super) fn open(&self, execution_id: Uuid, attempt: Attempt, seq: i64) -> Output {
        let text = Arc::new(Mutex::new(Text::new(attempt, seq)));
        let mut entries = locked(&self.0.entries);
        let entry = entries.entry(execution_id).or_insert_with(Entry::new);
        if attempt.item_index.is_none() {
            entry.under_way.clear();
        }
        entry.under_way.push(Arc::clone(&text));
        Output {
            text,
            deltas: entry.deltas.clone(),
            execution_id,
            outputs: self.clone(),
        }
    }

    pub(super) fn listen(&self, execution_id: Uuid) -> Listener {
        let mut entries = locked(&self.0.entries);
        let entry = entries.entry(execution_id).or_insert_with(Entry::new);
        if let (None, Some(carrier)) = (&entry.mirror, self.0.carrier.get()) {
            entry.mirror = Some(Mirror {
                texts: Vec::new(),
                carried: carrier.follow(execution_id, self),
            });
        }
        Listener {
            deltas: entry.deltas.subscribe(),
            leaving: Leaving {
                execution_id,
                outputs: self.clone(),
            },
        }
    }

    /// Changes the entry of a run, and forgets what nobody needs any more.
    fn leave(&self, execution_id: Uuid, change: impl FnOnce(&mut Entry)) {
        let mut entries = locked(&self.0.entries);
        if let Some(entry) = entries.get_mut(&execution_id) {
            change(entry);
            if entry.deltas.receiver_count() == 0 {
                entry.mirror = None;
                if entry.under_way.is_empty() {
                    entries.remove(&execution_id);
                }
            }
        }
    }

    fn so_far(&self, execution_id: Uuid) -> Vec<Delta> {
        let entries = locked(&self.0.entries);
        let Some(entry) = entries.get(&execution_id) else {
            return Vec::new();
        };
        if entry.under_way.is_empty() {
            let mirrored = entry.mirror.iter().flat_map(|mirror| &mirror.texts);
            return mirrored.filter_map(Text::so_far).collect();
        }
        let made = entry.under_way.iter();
        made.filter_map(|text| locked(text).so_far()).collect()
    }
}

impl Mirror {
    /// The text that a piece belongs to. None where a later attempt has taken its place: so does any that is about
    /// no item, while items are side by side, and of those the ones that were not heard of for longest go.
    fn text(&mut self, delta: &Delta) -> Option<&mut Text> {
        let attempt = delta.attempt;
        let known = self.texts.iter();
        let mut known = known
            .enumerate()
            .filter(|(_, text)| text.attempt == attempt);
        let text = if let Some((at, _)) = known.next() {
            self.texts.remove(at)
        } else {
            let is_beside = |text: &Text| {
                let stages = (text.attempt.stage_order, attempt.stage_order);
                let items = text.attempt.item_index.zip(attempt.item_index);
                stages.0 == stages.1 && items.is_some_and(|(one, other)| one != other)
            };
            let mut others = self.texts.iter().filter(|text| !is_beside(text));
            if others.any(|text| text.seq > delta.seq) {
                return None;
            }
            self.texts.retain(is_beside);
            if self.texts.len() >= SIDE_BY_SIDE {
                self.texts.remove(0);
            }
            Text::new(attempt, delta.seq)
        };
        self.texts.push(text);
        self.texts.last_mut()
    }
}

impl Entry {
    fn new() -> Self {
        Self {
            deltas: broadcast::Sender::new(QUEUE),
            under_way: Vec::new(),
            mirror: None,
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

    /// Puts `text` in the place of all that was pushed, from the next flush on.
    pub fn replace(&self, text: &str) {
        let mut whole = locked(&self.text);
        let edition = whole.edition + 1;
        whole.begin_anew(edition);
        whole.whole.push_str(text);
    }

    /// Is there anything that the last flush has not sent?
    #[must_use]
    pub fn has_unsent(&self) -> bool {
        locked(&self.text).has_unsent()
    }

    /// Sends what the last flush has not sent to whoever listens.
    pub fn flush(&self, now: DateTime<Utc>) {
        let mut text = locked(&self.text);
        if !text.has_unsent() {
            return;
        }
        let delta = Arc::new(text.flush(now));
        // The lock is held until here, so that whoever asks for the text so far can tell which pieces
        // it contains.
        if let Some(carrier) = self.outputs.0.carrier.get() {
            carrier.send(self.execution_id, &delta);
        }
        // It fails when nobody listens.
        let _ = self.deltas.send(delta);
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.outputs.leave(self.execution_id, |entry| {
            // Others may have begun already.
            entry
                .under_way
                .retain(|text| !Arc::ptr_eq(text, &self.text));
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

    /// All that was sent of each attempt under way, as one piece. Pieces heard later may be part of it.
    pub(in crate::events) fn so_far(&self) -> Vec<Delta> {
        self.leaving.outputs.so_far(self.leaving.execution_id)
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.outputs.leave(self.execution_id, |_| ());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delta(edition: u32, offset: usize, text: &str) -> Delta {
        Delta {
            attempt: Attempt {
                log_id: Uuid::from_u128(1),
                stage_order: 1,
                attempt_number: 1,
                item_index: None,
            },
            seq: 2,
            edition,
            offset,
            text: text.to_owned(),
            occurred_at: DateTime::UNIX_EPOCH,
        }
    }

    #[derive(Debug)]
    struct Nowhere;

    impl Carrier for Nowhere {
        fn send(&self, _: Uuid, _: &Arc<Delta>) {}

        fn follow(&self, _: Uuid, _: &Outputs) -> AbortOnDropHandle<()> {
            AbortOnDropHandle::new(tokio::spawn(std::future::pending()))
        }
    }

    #[tokio::test]
    async fn a_later_edition_from_elsewhere_takes_the_place_of_the_one_before() {
        let (outputs, run) = (Outputs::default(), Uuid::nil());
        outputs.attach(Arc::new(Nowhere));
        let mut listener = outputs.listen(run);
        for (edition, offset, text, heard, told) in [
            (0, 0, "thought", Heard::Taken, Some((0, "thought"))),
            (1, 0, "", Heard::Taken, Some((0, ""))),
            (0, 7, "late", Heard::Taken, None),
            (1, 0, "tho", Heard::Taken, Some((0, "tho"))),
            (1, 0, "though", Heard::Taken, Some((3, "ugh"))),
            (2, 3, "gap", Heard::Gap, None),
            (2, 0, "new", Heard::Taken, Some((0, "new"))),
        ] {
            let piece = delta(edition, offset, text);
            assert_eq!(outputs.hear(run, &piece), heard, "{piece:?}");
            if let Some((offset, text)) = told {
                let told = listener.heard().await.expect("a piece");
                assert_eq!((told.offset, told.text.as_str()), (offset, text));
            }
        }
        let so_far = listener.so_far();
        assert_eq!(so_far.len(), 1);
        assert_eq!((so_far[0].edition, so_far[0].text.as_str()), (2, "new"));
    }
}
