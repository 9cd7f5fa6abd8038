//! The reader of one run's events.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast;
use uuid::Uuid;

use super::feed::{Feeds, Source, Subscription};
use crate::entity::execution_event::Model;
use crate::error::{Error, Result};
use crate::store::Store;
use crate::store::event::{self, Head};

const PAGE: u64 = 200;

/// Subscribes to the events of a run of this owner.
pub(super) async fn subscribe(
    feeds: &Feeds<Head>,
    store: &Store,
    owner: Uuid,
    execution_id: Uuid,
) -> Result<Subscription> {
    // Asked before anything is registered, so that all subscriptions of a feed are the owner's.
    if event::head(store.reader(), owner, execution_id)
        .await?
        .is_none()
    {
        return Err(not_found(execution_id));
    }
    let run = Run {
        store: store.clone(),
        owner,
        execution_id,
        last: None,
    };
    feeds.subscribe(execution_id, run).await
}

#[derive(Clone)]
struct Run {
    store: Store,
    owner: Uuid,
    execution_id: Uuid,
    /// Number of the last event told.
    last: Option<i64>,
}

impl Source<Head> for Run {
    const TICK: Duration = Duration::from_secs(3);

    async fn start(&self) -> Result<Head> {
        event::head(self.store.reader(), self.owner, self.execution_id)
            .await?
            .ok_or_else(|| not_found(self.execution_id))
    }

    async fn look(
        &mut self,
        start: &Head,
        tell: &broadcast::Sender<Arc<Model>>,
    ) -> Result<ControlFlow<()>> {
        let Some(mut last) = self.last else {
            // What came before, every subscription reads for itself.
            self.last = Some(start.last_seq());
            return Ok(ends(start.is_terminal()));
        };
        let mut rows = self.after(last).await?;
        if rows.is_empty() {
            // A run that is deleted has no news any more.
            let head = event::head(self.store.reader(), self.owner, self.execution_id).await?;
            return Ok(ends(head.is_none()));
        }
        while let Some(row) = rows.last() {
            last = row.seq;
            self.last = Some(last);
            let ended = event::is_terminal(row)?;
            for row in rows {
                // It fails when all have left, which the reader is rung for.
                let _ = tell.send(Arc::new(row));
            }
            if ended {
                return Ok(ControlFlow::Break(()));
            }
            rows = self.after(last).await?;
        }
        Ok(ControlFlow::Continue(()))
    }
}

impl Run {
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
