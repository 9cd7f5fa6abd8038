//! The reader of one run's events.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast;
use uuid::Uuid;

use super::feed::{Feeds, News, Source, Subscription};
use crate::entity::execution_event::Model;
use crate::error::{Error, Result};
use crate::store::Store;
use crate::store::event::{self, Head};

const PAGE: u64 = 200;

/// The feeds of runs, each by its owner and its id: a stranger's feed is another, and finds nothing.
pub(super) type RunFeeds = Feeds<(Uuid, Uuid), Run>;

/// Subscribes to the events of a run of this owner.
pub(super) async fn subscribe(
    feeds: &RunFeeds,
    store: &Store,
    owner: Uuid,
    execution_id: Uuid,
) -> Result<Subscription<Run>> {
    let run = Run {
        store: store.clone(),
        owner,
        execution_id,
        last: None,
    };
    feeds.subscribe((owner, execution_id), run).await
}

/// A run as its reader knows it.
#[derive(Clone, Debug)]
pub(in crate::events) struct Run {
    store: Store,
    owner: Uuid,
    execution_id: Uuid,
    /// Number of the last event told.
    last: Option<i64>,
}

impl Source for Run {
    const TICK: Duration = Duration::from_secs(3);

    type Start = Head;

    type Channel = broadcast::Sender<Arc<Model>>;

    async fn start(&self) -> Result<Head> {
        event::head(self.store.reader(), self.owner, self.execution_id)
            .await?
            .ok_or_else(|| not_found(self.execution_id))
    }

    async fn look(
        &mut self,
        start: &Head,
        news: News,
        tell: &broadcast::Sender<Arc<Model>>,
    ) -> Result<ControlFlow<()>> {
        if self.last.is_none() {
            // What came before, every subscription reads for itself.
            self.last = Some(start.last_seq());
            if start.is_terminal() || news.committed.is_empty() {
                return Ok(ends(start.is_terminal()));
            }
        }
        let is_all = !news.committed.is_empty() && !news.others;
        match self.tell_next(news.committed, tell)? {
            Some(true) => Ok(ControlFlow::Break(())),
            Some(false) if is_all => Ok(ControlFlow::Continue(())),
            Some(false) | None => self.read_on(tell).await,
        }
    }
}

impl Run {
    /// Tells the events that follow the last one told, and whether the run ends with them. None when
    /// one between them is missing.
    fn tell_next(
        &mut self,
        events: Vec<Arc<Model>>,
        tell: &broadcast::Sender<Arc<Model>>,
    ) -> Result<Option<bool>> {
        let mut ended = false;
        for event in events {
            let last = self.last.unwrap_or(0);
            if event.seq > last + 1 {
                return Ok(None);
            }
            if event.seq == last + 1 {
                self.last = Some(event.seq);
                ended = event::is_terminal(&event)?;
                // It fails when all have left, which the reader is rung for.
                let _ = tell.send(event);
            }
        }
        Ok(Some(ended))
    }

    async fn read_on(&mut self, tell: &broadcast::Sender<Arc<Model>>) -> Result<ControlFlow<()>> {
        let mut rows = self.after(self.last.unwrap_or(0)).await?;
        if rows.is_empty() {
            // A run that is deleted has no news any more.
            let head = event::head(self.store.reader(), self.owner, self.execution_id).await?;
            return Ok(ends(head.is_none()));
        }
        while !rows.is_empty() {
            let events = rows.into_iter().map(Arc::new).collect();
            if self.tell_next(events, tell)? == Some(true) {
                return Ok(ControlFlow::Break(()));
            }
            rows = self.after(self.last.unwrap_or(0)).await?;
        }
        Ok(ControlFlow::Continue(()))
    }

    async fn after(&self, last: i64) -> Result<Vec<Model>> {
        event::after(
            self.store.reader(),
            self.owner,
            self.execution_id,
            last,
            PAGE,
        )
        .await
    }
}

fn not_found(execution_id: Uuid) -> Error {
    Error::not_found("execution", execution_id.to_string())
}

const fn ends(now: bool) -> ControlFlow<()> {
    if now {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}
