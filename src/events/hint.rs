//! Doorbells between whoever writes and whoever waits. A lost hint costs time, never an event.
//!
//! Within a process the hub rings at once. To the other processes hints go by a [bus](super::bus).
//!
//! 1. The hub puts what it rings into the bus's [`Outbox`], which never blocks. What does not fit is
//!    lost, and [`Hint::Everything`] goes out in its place.
//! 2. The bus sends what gathered as one [`Message`].
//! 3. The others' hubs hear it. A bus that may have missed something makes its hub hear
//!    [`Hint::Everything`].

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc;
use uuid::Uuid;

/// Hints that may wait for the bus.
pub(super) const OUTBOX: usize = 4096;
/// The longest message, in bytes: PostgreSQL takes 8000 (its manual, NOTIFY).
const LONGEST: usize = 7900;

/// Something may have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hint {
    /// A run has new events.
    Changed { user_id: Uuid, execution_id: Uuid },
    /// A run was taken from, or asks something of, the worker that drives it.
    Control { execution_id: Uuid },
    /// A run may be claimed.
    Due,
    /// Hints were lost: whoever waits looks for himself.
    Everything,
}

/// Where hints wait for the bus.
#[derive(Clone, Debug)]
pub struct Outbox {
    hints: mpsc::Sender<Hint>,
    overflown: Arc<AtomicBool>,
}

/// The bus's end of an [`Outbox`].
#[derive(Debug)]
pub struct Outgoing {
    hints: mpsc::Receiver<Hint>,
    overflown: Arc<AtomicBool>,
}

/// An outbox and its other end.
#[must_use]
pub fn outbox() -> (Outbox, Outgoing) {
    let (sender, receiver) = mpsc::channel(OUTBOX);
    let overflown = Arc::new(AtomicBool::new(false));
    let outbox = Outbox {
        hints: sender,
        overflown: Arc::clone(&overflown),
    };
    let outgoing = Outgoing {
        hints: receiver,
        overflown,
    };
    (outbox, outgoing)
}

impl Outbox {
    /// Puts a hint on its way. Never blocks.
    pub fn put(&self, hint: Hint) {
        if self.hints.try_send(hint).is_err() {
            self.overflown.store(true, Ordering::Relaxed);
        }
    }
}

impl Outgoing {
    /// All hints that wait, each once; at least one. None when the hub is gone.
    pub(super) async fn gather(&mut self) -> Option<Vec<Hint>> {
        let mut hints = Vec::new();
        if self.hints.recv_many(&mut hints, OUTBOX).await == 0 {
            return None;
        }
        let mut seen = HashSet::new();
        hints.retain(|hint| seen.insert(*hint));
        if self.overflown.swap(false, Ordering::Relaxed) {
            hints = vec![Hint::Everything];
        }
        Some(hints)
    }
}

/// Hints on their way, with the process that they are from, for it has heard them already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub origin: Uuid,
    pub hints: Vec<Hint>,
}

impl Message {
    /// Hints as the text of messages, each short enough for every bus: a line for the origin, then one
    /// a hint, a letter and the ids that it has.
    #[must_use]
    pub fn write(origin: Uuid, hints: &[Hint]) -> Vec<String> {
        let head = origin.simple().to_string();
        let mut messages = vec![head.clone()];
        for hint in hints {
            let line = match hint {
                Hint::Changed {
                    user_id,
                    execution_id,
                } => format!("\nc{}{}", user_id.simple(), execution_id.simple()),
                Hint::Control { execution_id } => format!("\no{}", execution_id.simple()),
                Hint::Due => "\nd".to_owned(),
                Hint::Everything => "\ne".to_owned(),
            };
            match messages.last_mut() {
                Some(last) if last.len() + line.len() <= LONGEST => last.push_str(&line),
                Some(_) | None => messages.push(format!("{head}{line}")),
            }
        }
        messages
    }

    /// A message from its text; none when it is not one of ours.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let origin = Uuid::try_parse(lines.next()?).ok()?;
        let hints = lines.map(read_hint).collect::<Option<_>>()?;
        Some(Self { origin, hints })
    }
}

fn read_hint(line: &str) -> Option<Hint> {
    let (letter, ids) = line.split_at_checked(1)?;
    match letter {
        "c" => {
            let (user, run) = ids.split_at_checked(32)?;
            Some(Hint::Changed {
                user_id: Uuid::try_parse(user).ok()?,
                execution_id: Uuid::try_parse(run).ok()?,
            })
        }
        "o" => Some(Hint::Control {
            execution_id: Uuid::try_parse(ids).ok()?,
        }),
        "d" => Some(Hint::Due),
        "e" => Some(Hint::Everything),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Uuid = Uuid::from_u128(7);

    fn all_kinds() -> Vec<Hint> {
        let changed = Hint::Changed {
            user_id: ID,
            execution_id: Uuid::from_u128(8),
        };
        let control = Hint::Control { execution_id: ID };
        vec![changed, control, Hint::Due, Hint::Everything]
    }

    #[test]
    fn every_hint_comes_back_from_its_text() {
        let texts = Message::write(ID, &all_kinds());
        assert_eq!(texts.len(), 1);
        let message = Message::read(&texts[0]).unwrap();
        assert_eq!((message.origin, message.hints), (ID, all_kinds()));
    }

    #[test]
    fn many_hints_are_several_messages_of_which_none_is_too_long() {
        let hints: Vec<_> = (0..1000)
            .map(|n| Hint::Changed {
                user_id: ID,
                execution_id: Uuid::from_u128(n),
            })
            .collect();
        let texts = Message::write(ID, &hints);
        assert!(texts.len() > 1 && texts.iter().all(|text| text.len() <= LONGEST));
        let read = texts.iter().filter_map(|text| Message::read(text));
        assert_eq!(
            read.flat_map(|message| message.hints).collect::<Vec<_>>(),
            hints
        );
    }

    #[test]
    fn what_is_no_message_is_not_read() {
        for text in ["", "x", "00000000000000000000000000000007\nx", "\nd", "é"] {
            assert_eq!(Message::read(text), None, "{text}");
        }
    }

    #[tokio::test]
    async fn hints_that_do_not_fit_are_made_up_for() {
        let (outbox, mut outgoing) = outbox();
        outbox.put(Hint::Due);
        outbox.put(Hint::Due);
        assert_eq!(outgoing.gather().await, Some(vec![Hint::Due]));
        for _ in 0..=OUTBOX {
            outbox.put(Hint::Due);
        }
        assert_eq!(outgoing.gather().await, Some(vec![Hint::Everything]));
        drop(outbox);
        assert_eq!(outgoing.gather().await, None);
    }
}
