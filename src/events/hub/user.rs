//! The reader of the status events of all runs of one user.
//!
//! 1. The baseline: which runs are active or ended lately, and how far each of them is.
//! 2. At every look, how far the runs are that are active or ended since the last look, and those
//!    that had not ended when they were seen last.
//! 3. The status events above what was told of each.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::broadcast;
use tokio::time::Instant;
use uuid::Uuid;

use super::feed::{Feeds, News, Source, Subscription};
use crate::entity::execution_event::Model;
use crate::error::Result;
use crate::store::Store;
use crate::store::event::{self, Head};

/// How far the clocks of the replicas that write `completed_at` may be apart, and how long a commit
/// may take.
const SLACK: TimeDelta = TimeDelta::seconds(60);

/// Subscribes to the status events of a user's runs.
pub(super) async fn subscribe(
    feeds: &Feeds<Uuid, Baseline>,
    store: &Store,
    owner: Uuid,
    now: DateTime<Utc>,
) -> Result<Subscription> {
    let user = User {
        store: store.clone(),
        owner,
        began: (now, Instant::now()),
        seen: None,
    };
    feeds.subscribe(owner, user).await
}

/// The runs as they were when the reader began.
#[derive(Debug)]
pub(super) struct Baseline {
    heads: Vec<Head>,
    read_at: DateTime<Utc>,
}

#[derive(Clone)]
struct User {
    store: Store,
    owner: Uuid,
    /// The same moment by the service's clock and by the machine's.
    began: (DateTime<Utc>, Instant),
    seen: Option<Seen>,
}

/// What the reader knows.
#[derive(Clone)]
struct Seen {
    runs: HashMap<Uuid, Told>,
    read_at: DateTime<Utc>,
}

/// How far a run's status events were told.
#[derive(Clone, Copy)]
struct Told {
    seq: i64,
    ended: bool,
}

impl From<&Head> for Told {
    fn from(head: &Head) -> Self {
        Self {
            seq: head.last_seq(),
            ended: head.is_terminal(),
        }
    }
}

impl Source<Baseline> for User {
    const TICK: Duration = Duration::from_secs(2);

    async fn start(&self) -> Result<Baseline> {
        let read_at = self.now();
        let db = self.store.reader();
        let heads = event::active_or_ended_since(db, self.owner, read_at - SLACK).await?;
        Ok(Baseline { heads, read_at })
    }

    async fn look(
        &mut self,
        start: &Baseline,
        _news: News,
        tell: &broadcast::Sender<Arc<Model>>,
    ) -> Result<ControlFlow<()>> {
        let mut seen = self.seen.take().unwrap_or_else(|| Seen::from(start));
        let outcome = self.go_on(&mut seen, tell).await;
        self.seen = Some(seen);
        outcome.map(ControlFlow::Continue)
    }
}

impl From<&Baseline> for Seen {
    fn from(baseline: &Baseline) -> Self {
        let told = |head: &Head| (head.id, Told::from(head));
        Self {
            runs: baseline.heads.iter().map(told).collect(),
            read_at: baseline.read_at,
        }
    }
}

impl User {
    async fn go_on(&self, seen: &mut Seen, tell: &broadcast::Sender<Arc<Model>>) -> Result<()> {
        let read_at = self.now();
        let heads = self.heads(seen).await?;
        let news: Vec<(Uuid, i64)> = heads
            .iter()
            .map(|head| (head, seen.runs.get(&head.id).map_or(0, |told| told.seq)))
            .filter(|(head, told)| head.last_seq() > *told)
            .map(|(head, told)| (head.id, told))
            .collect();
        let events = event::statuses_after(self.store.reader(), self.owner, &news).await?;

        // Runs that ended before the last look, or are deleted, are forgotten.
        seen.runs = heads
            .iter()
            .map(|head| (head.id, Told::from(head)))
            .collect();
        seen.read_at = read_at;
        for row in events {
            if let Some(told) = seen.runs.get_mut(&row.execution_id) {
                // An event may be newer than what was read of its run before.
                told.seq = told.seq.max(row.seq);
            }
            // It fails when all have left, which the reader is rung for.
            let _ = tell.send(Arc::new(row));
        }
        Ok(())
    }

    async fn heads(&self, seen: &Seen) -> Result<Vec<Head>> {
        let db = self.store.reader();
        let mut heads = event::active_or_ended_since(db, self.owner, seen.read_at - SLACK).await?;
        let mut missing: HashMap<Uuid, Told> = seen.runs.clone();
        missing.retain(|_, told| !told.ended);
        for head in &heads {
            missing.remove(&head.id);
        }
        let missing: Vec<Uuid> = missing.into_keys().collect();
        heads.extend(event::heads(db, self.owner, &missing).await?);
        Ok(heads)
    }

    fn now(&self) -> DateTime<Utc> {
        let (began, instant) = self.began;
        TimeDelta::from_std(instant.elapsed()).map_or(began, |elapsed| began + elapsed)
    }
}
