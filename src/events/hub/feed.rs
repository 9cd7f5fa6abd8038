//! Feeds: one reader of the events table for any number of subscriptions to the same thing.
//!
//! 1. The first subscription to a key starts the key's reader. The place that the reader starts from
//!    is read before any subscription goes on, whoever comes to it first.
//! 2. The reader looks into the tables when it is rung and once every tick, and tells all.
//! 3. It ends when nobody subscribes any more, which the last one to leave rings for, or when nothing
//!    more can come. With it the feed is closed: subscriptions see that after what was told.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Notify, OnceCell, broadcast};
use uuid::Uuid;

use super::locked;
use crate::entity::execution_event::Model;
use crate::error::{Error, Result};

/// Events that a subscription may be behind before it loses some.
const QUEUE: usize = 256;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The feeds of one kind, by what they are about. `S` is the place that a reader starts from.
#[derive(Debug)]
pub(super) struct Feeds<S>(Arc<Mutex<HashMap<Uuid, Feed<S>>>>);

#[derive(Debug)]
struct Feed<S> {
    events: broadcast::Sender<Arc<Model>>,
    bell: Arc<Notify>,
    start: Arc<OnceCell<S>>,
}

/// What a reader does when it is woken.
pub(super) trait Source<S>: Clone + Send + Sync + 'static {
    /// How long it sleeps when nobody rings.
    const TICK: Duration;

    /// The place to start from, read before any subscription goes on.
    fn start(&self) -> impl Future<Output = Result<S>> + Send;

    /// Looks for news and tells them. Breaks when no more can come.
    fn look(
        &mut self,
        start: &S,
        tell: &broadcast::Sender<Arc<Model>>,
    ) -> impl Future<Output = Result<ControlFlow<()>>> + Send;
}

impl<S> Default for Feeds<S> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<S: Send + Sync + 'static> Feeds<S> {
    /// Wakes the reader of `key`, if there is one.
    pub(super) fn ring(&self, key: Uuid) {
        if let Some(feed) = locked(&self.0).get(&key) {
            feed.bell.notify_one();
        }
    }

    /// Wakes every reader.
    pub(super) fn ring_all(&self) {
        for feed in locked(&self.0).values() {
            feed.bell.notify_one();
        }
    }

    /// Subscribes to `key`, and starts its reader when there is none.
    pub(super) async fn subscribe(
        &self,
        key: Uuid,
        source: impl Source<S>,
    ) -> Result<Subscription> {
        let (subscription, start) = self.join(key, source.clone());
        start.get_or_try_init(|| source.start()).await?;
        Ok(subscription)
    }

    fn join(&self, key: Uuid, source: impl Source<S>) -> (Subscription, Arc<OnceCell<S>>) {
        let mut feeds = locked(&self.0);
        let feed = feeds.entry(key).or_insert_with(|| {
            let feed = Feed {
                events: broadcast::Sender::new(QUEUE),
                bell: Arc::default(),
                start: Arc::default(),
            };
            let reader = Reader {
                events: feed.events.clone(),
                bell: Arc::clone(&feed.bell),
                start: Arc::clone(&feed.start),
                key,
                feeds: Self(Arc::clone(&self.0)),
            };
            tokio::spawn(reader.read(source));
            feed
        });
        let subscription = Subscription {
            events: feed.events.subscribe(),
            _leaving: Leaving(Arc::clone(&feed.bell)),
        };
        (subscription, Arc::clone(&feed.start))
    }

    pub(super) fn subscriptions(&self) -> usize {
        let feeds = locked(&self.0);
        feeds
            .values()
            .map(|feed| feed.events.receiver_count())
            .sum()
    }

    pub(super) fn readers(&self) -> usize {
        locked(&self.0).len()
    }
}

/// A place in a feed's audience.
#[derive(Debug)]
pub struct Subscription {
    // Dropped first: the one who leaves is not counted any more when the reader is rung.
    pub(in crate::events) events: broadcast::Receiver<Arc<Model>>,
    _leaving: Leaving,
}

impl Subscription {
    /// The next event.
    ///
    /// # Errors
    /// `Conflict` when it fell too far behind, or the feed is closed: subscribe anew.
    pub async fn next(&mut self) -> Result<Arc<Model>> {
        self.events.recv().await.map_err(|_| {
            Error::conflict(
                "this subscription fell behind: subscribe again, then read the executions",
            )
        })
    }
}

#[derive(Debug)]
struct Leaving(Arc<Notify>);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

/// The task that reads for a feed. When it is dropped, however it ends, the feed is closed.
struct Reader<S> {
    events: broadcast::Sender<Arc<Model>>,
    bell: Arc<Notify>,
    start: Arc<OnceCell<S>>,
    key: Uuid,
    feeds: Feeds<S>,
}

impl<S: Send + Sync + 'static> Reader<S> {
    async fn read(self, mut source: impl Source<S>) {
        let mut failures = 0;
        loop {
            let rest = match self.look(&mut source).await {
                Ok(ControlFlow::Break(())) => return,
                Ok(ControlFlow::Continue(())) => {
                    failures = 0;
                    tick::<S, _>(&source)
                }
                Err(error) => {
                    if failures == 0 {
                        let error: &dyn std::error::Error = &error;
                        tracing::warn!(error, "cannot read events for watchers, trying again");
                    }
                    failures += 1;
                    pause(failures)
                }
            };
            // A ring cuts a pause after a failure short: who rings has just committed something.
            let _ = tokio::time::timeout(rest, self.bell.notified()).await;
            if self.is_deserted() {
                return;
            }
        }
    }

    async fn look(&self, source: &mut impl Source<S>) -> Result<ControlFlow<()>> {
        let start = self.start.get_or_try_init(|| source.start()).await?;
        source.look(start, &self.events).await
    }

    /// Closes the feed if nobody subscribes any more: under the lock that a newcomer takes first.
    fn is_deserted(&self) -> bool {
        let mut feeds = locked(&self.feeds.0);
        let deserted = self.events.receiver_count() == 0;
        if deserted {
            self.close(&mut feeds);
        }
        deserted
    }
}

impl<S> Reader<S> {
    fn close(&self, feeds: &mut HashMap<Uuid, Feed<S>>) {
        if feeds
            .get(&self.key)
            .is_some_and(|feed| Arc::ptr_eq(&feed.bell, &self.bell))
        {
            feeds.remove(&self.key);
        }
    }
}

impl<S> Drop for Reader<S> {
    fn drop(&mut self) {
        self.close(&mut locked(&self.feeds.0));
    }
}

const fn tick<S, T: Source<S>>(_: &T) -> Duration {
    T::TICK
}

fn pause(failures: u32) -> Duration {
    FIRST_PAUSE
        .saturating_mul(2_u32.saturating_pow(failures - 1))
        .min(LONGEST_PAUSE)
}
