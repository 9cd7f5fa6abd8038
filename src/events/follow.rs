//! Following one run: the stored events after a cursor, then the live ones, without a gap and without
//! a repetition, and between them the text of the attempt under way.
//!
//! 1. Register with the hub, then read the stored events after the cursor.
//! 2. Go live: an event is dropped when its number was told, told when it is the next one, and
//!    otherwise, or when some were lost, the table is read again.
//! 3. Text belongs to the last event told, its attempt's start; other text is dropped. Text of items of a list
//!    belongs to attempts that have not ended. When pieces are missing, all of the text so far is told as one piece
//!    with offset 0.
//! 4. The terminal event is the last. A run that is deleted meanwhile ends with `NotFound`.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use futures_util::stream::{self, Stream};
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

use super::hub::{Hub, Listener, RunSubscription};
use crate::domain::event::{Delta, Event};
use crate::entity::execution_event::Model;
use crate::error::{Error, Result};
use crate::store::event;

const PAGE: usize = 200;
/// So many attempts that have ended are remembered: more than may be heard of late.
const MOST_ENDED: usize = 64;

/// What a watcher of a run is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// A stored event.
    Event(Arc<Model>),
    /// Text of an attempt of this run.
    Delta(Uuid, Delta),
}

/// What to follow, and from where.
#[derive(Clone, Copy, Debug)]
pub struct Follow {
    pub owner: Uuid,
    pub execution_id: Uuid,
    /// The number of the last event that is known already, 0 for none.
    pub after: i64,
    /// Is the text of attempts told, too?
    pub deltas: bool,
}

/// Follows a run to its end.
///
/// # Errors
/// `BadInput` when `after` is negative, `NotFound` when the run is not the owner's, `Internal` when
/// the database fails.
pub async fn follow(
    hub: &Hub,
    what: Follow,
) -> Result<impl Stream<Item = Result<Told>> + Send + use<>> {
    if what.after < 0 {
        let message = "after must be 0 or the number of an event";
        return Err(Error::bad_input("after", message));
    }
    let watch = Watch {
        events: hub.events(what.owner, what.execution_id).await?,
        listener: what.deltas.then(|| hub.listen(what.execution_id)),
        hub: hub.clone(),
        what,
        last: what.after,
        stored: VecDeque::new(),
        phase: Phase::Behind,
        text_missing: false,
        texts: VecDeque::new(),
        shown: HashMap::new(),
        ended: VecDeque::new(),
    };
    Ok(stream::unfold(watch, |mut watch| async move {
        let told = watch.next().await?;
        if told.is_err() {
            watch.phase = Phase::Over;
        }
        Some((told, watch))
    }))
}

struct Watch {
    hub: Hub,
    what: Follow,
    events: RunSubscription,
    listener: Option<Listener>,
    /// Number of the last event told.
    last: i64,
    /// Events read and not told yet, at most a page.
    stored: VecDeque<Arc<Model>>,
    phase: Phase,
    /// May there be text that was sent before this watch heard it?
    text_missing: bool,
    /// Text so far that is to be told.
    texts: VecDeque<Told>,
    /// How much text was told of attempts that have not ended.
    shown: HashMap<Uuid, Shown>,
    /// Attempts at items that ended not long ago: what is still heard of them comes too late.
    ended: VecDeque<Uuid>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The table has to be read.
    Behind,
    Live,
    Over,
}

/// How much text was told of an attempt: in which edition, and up to which offset.
#[derive(Clone, Copy, Default)]
struct Shown {
    item: Option<i32>,
    edition: u32,
    offset: usize,
}

impl Watch {
    async fn next(&mut self) -> Option<Result<Told>> {
        loop {
            if let Some(text) = self.texts.pop_front() {
                return Some(Ok(text));
            }
            if let Some(event) = self.stored.pop_front() {
                return Some(self.tell(event));
            }
            let step = match self.phase {
                Phase::Over => return None,
                Phase::Behind => self.read().await.map(|()| None),
                Phase::Live if self.text_missing => {
                    self.catch_up_on_text();
                    Ok(None)
                }
                Phase::Live => self.listen().await,
            };
            match step {
                Ok(None) => {}
                Ok(Some(told)) => return Some(Ok(told)),
                Err(error) => return Some(Err(error)),
            }
        }
    }

    fn tell(&mut self, event: Arc<Model>) -> Result<Told> {
        self.last = event.seq;
        if self.listener.is_some() {
            self.note(&event)?;
        }
        if event::is_terminal(&event)? {
            self.stored.clear();
            self.phase = Phase::Over;
        }
        Ok(Told::Event(event))
    }

    /// Notes which attempts have ended.
    fn note(&mut self, event: &Model) -> Result<()> {
        match event::read(event)? {
            Event::StageStarted { attempt, .. } if attempt.item_index.is_none() => {
                self.shown.clear();
            }
            Event::StageFinished { attempt, .. } if attempt.item_index.is_some() => {
                self.end(attempt.log_id);
            }
            // The one before was cut off.
            Event::StageRetryScheduled {
                item_index: Some(item),
                ..
            } => {
                let of_item =
                    |(log, shown): (&Uuid, &Shown)| (shown.item == Some(item)).then_some(*log);
                let cut_off: Vec<_> = self.shown.iter().filter_map(of_item).collect();
                for log in cut_off {
                    self.end(log);
                }
            }
            Event::StageStarted { .. }
            | Event::StageFinished { .. }
            | Event::StageRetryScheduled { .. }
            | Event::ExecutionStatusChanged { .. }
            | Event::ManualValidationRequested(_)
            | Event::ManualValidationRecorded { .. } => {}
        }
        Ok(())
    }

    fn end(&mut self, log: Uuid) {
        self.shown.remove(&log);
        self.ended.push_back(log);
        if self.ended.len() > MOST_ENDED {
            self.ended.pop_front();
        }
    }

    async fn read(&mut self) -> Result<()> {
        let Follow {
            owner,
            execution_id,
            ..
        } = self.what;
        let db = self.hub.store().reader();
        let rows = event::after(db, owner, execution_id, self.last, PAGE as u64).await?;
        if rows.len() < PAGE {
            self.phase = Phase::Live;
        }
        self.text_missing = self.listener.is_some();
        self.stored.extend(rows.into_iter().map(Arc::new));
        Ok(())
    }

    async fn listen(&mut self) -> Result<Option<Told>> {
        let heard = async {
            match &mut self.listener {
                Some(listener) => listener.heard().await,
                None => std::future::pending().await,
            }
        };
        // Text that was sent before an event is told before it.
        tokio::select! {
            biased;
            delta = heard => Ok(self.on_delta(delta.as_deref())),
            event = self.events.receiver.recv() => {
                match event {
                    Ok(event) => self.on_event(event)?,
                    Err(RecvError::Lagged(_)) => self.phase = Phase::Behind,
                    Err(RecvError::Closed) => self.on_closed().await?,
                }
                Ok(None)
            }
        }
    }

    fn on_event(&mut self, event: Arc<Model>) -> Result<()> {
        if event.seq == self.last + 1 {
            self.stored.push_back(event);
        } else if event.seq > self.last {
            self.phase = Phase::Behind;
        } else if event::is_terminal(&event)? {
            // The cursor lies at the end or beyond it.
            self.phase = Phase::Over;
        }
        Ok(())
    }

    /// The reader has ended: so has the run, unless somebody else's failure took it away.
    async fn on_closed(&mut self) -> Result<()> {
        let Follow {
            owner,
            execution_id,
            ..
        } = self.what;
        let head = event::head(self.hub.store().reader(), owner, execution_id)
            .await?
            .ok_or_else(|| Error::not_found("execution", execution_id.to_string()))?;
        if !head.is_terminal() {
            self.events = self.hub.events(owner, execution_id).await?;
        }
        self.phase = if head.is_terminal() && head.last_seq() <= self.last {
            Phase::Over
        } else {
            Phase::Behind
        };
        Ok(())
    }

    fn on_delta(&mut self, delta: Option<&Delta>) -> Option<Told> {
        let Some(delta) = delta else {
            self.text_missing = true;
            return None;
        };
        if delta.seq > self.last {
            // Its attempt's start comes first. Reading the table is followed by the text so far.
            self.phase = Phase::Behind;
            return None;
        }
        let (edition, offset) = self.place(delta);
        let is_newer = delta.edition > edition;
        let offset = if is_newer { 0 } else { offset };
        if !self.is_under_way(delta) || delta.edition < edition || delta.offset < offset {
            return None;
        }
        if delta.offset > offset {
            self.text_missing = true;
            return None;
        }
        Some(self.show(delta.clone()))
    }

    fn catch_up_on_text(&mut self) {
        self.text_missing = false;
        let so_far = self.listener.as_ref().map(Listener::so_far);
        for so_far in so_far.unwrap_or_default() {
            if so_far.seq > self.last {
                // Its start was committed before the output began, so that the table shows it now.
                self.phase = Phase::Behind;
                return;
            }
            let (edition, offset) = self.place(&so_far);
            let is_news = so_far.edition > edition || so_far.text.chars().count() > offset;
            if self.is_under_way(&so_far) && is_news {
                let told = self.show(so_far);
                self.texts.push_back(told);
            }
        }
    }

    fn show(&mut self, mut delta: Delta) -> Told {
        let shown = Shown {
            item: delta.attempt.item_index,
            edition: delta.edition,
            offset: delta.offset + delta.text.chars().count(),
        };
        self.shown.insert(delta.attempt.log_id, shown);
        // Events of other items may have been told since its start.
        delta.seq = self.last;
        Told::Delta(self.what.execution_id, delta)
    }

    /// Is the text of an attempt that has not ended, as far as is known here?
    fn is_under_way(&self, delta: &Delta) -> bool {
        match delta.attempt.item_index {
            Some(_) => !self.ended.contains(&delta.attempt.log_id),
            None => delta.seq == self.last,
        }
    }

    /// Where the next piece of an attempt begins, and in which edition.
    fn place(&self, delta: &Delta) -> (u32, usize) {
        let shown = self.shown.get(&delta.attempt.log_id);
        shown.map_or((0, 0), |shown| (shown.edition, shown.offset))
    }
}
