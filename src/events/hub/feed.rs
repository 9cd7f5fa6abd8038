//! Feeds: one reader of the events table for any number of subscriptions to the same thing.
//!
//! 1. The first subscription to a key starts the key's reader. The place that the reader starts from
//!    is read before any subscription goes on, whoever comes to it first.
//! 2. The reader is woken when it is rung and once every tick. It tells the events that whoever
//!    committed them in this process put into the feed; without such, or where one is missing, it
//!    looks into the tables.
//! 3. It ends when nobody subscribes any more, which the last one to leave rings for, or when nothing
//!    more can come. With it the feed is closed: subscriptions see that after what was told.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Notify, OnceCell, broadcast};

use super::locked;
use crate::entity::execution_event::Model;
use crate::error::{Error, Result};

/// Events that a subscription may be behind before it has to read them from the table.
pub(super) const QUEUE: usize = 256;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The feeds of one kind, by what they are about, `K`, each with a reader `S`.
#[derive(Debug)]
pub(super) struct Feeds<K, S: Source>(Arc<Mutex<HashMap<K, Feed<S>>>>);

#[derive(Debug)]
struct Feed<S: Source> {
    channel: S::Channel,
    news: Arc<Mutex<News>>,
    bell: Arc<Notify>,
    start: Arc<OnceCell<S::Start>>,
}

/// Why a reader was rung.
#[derive(Debug, Default)]
pub(in crate::events) struct News {
    /// Events that were just committed here.
    pub committed: Vec<Arc<Model>>,
    /// Somebody else has rung, or rung for something else.
    pub others: bool,
    /// The next ring is for what was put here last.
    announced: bool,
}

/// What a feed is about.
pub(super) trait Key: Copy + Debug + Eq + Hash + Send + Sync + 'static {}

impl<K: Copy + Debug + Eq + Hash + Send + Sync + 'static> Key for K {}

/// The way from a reader to its subscriptions, which see it closed when the reader has ended.
pub(in crate::events) trait Channel:
    Clone + Debug + Send + Sync + 'static
{
    type Receiver: Debug + Send;

    fn open() -> Self;

    fn subscribe(&self) -> Self::Receiver;

    fn receivers(&self) -> usize;
}

/// What a reader does when it is woken.
pub(in crate::events) trait Source: Clone + Send + Sync + 'static {
    /// How long it sleeps when nobody rings.
    const TICK: Duration;

    /// The place that it starts from.
    type Start: Debug + Send + Sync + 'static;

    type Channel: Channel;

    /// Reads the place to start from, before any subscription goes on.
    fn start(&self) -> impl Future<Output = Result<Self::Start>> + Send;

    /// Tells the events that were committed here, and looks for others unless these are all the news
    /// that there can be. Breaks when no more can come.
    fn look(
        &mut self,
        start: &Self::Start,
        news: News,
        channel: &Self::Channel,
    ) -> impl Future<Output = Result<ControlFlow<()>>> + Send;
}

impl<K, S: Source> Clone for Feeds<K, S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, S: Source> Default for Feeds<K, S> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Key, S: Source> Feeds<K, S> {
    /// Puts an event that was just committed into the feed of `key`, if there is one. Ring afterwards.
    pub(super) fn put(&self, key: K, event: &Arc<Model>) {
        if let Some(feed) = locked(&self.0).get(&key) {
            let mut news = locked(&feed.news);
            if news.committed.len() == QUEUE {
                // The reader stands still. It finds a gap, or nothing, and looks into the table.
                news.committed.clear();
            } else {
                news.committed.push(Arc::clone(event));
                news.announced = true;
            }
        }
    }

    /// Wakes the reader of `key`, if there is one.
    pub(super) fn ring(&self, key: K) {
        if let Some(feed) = locked(&self.0).get(&key) {
            let mut news = locked(&feed.news);
            news.others |= !std::mem::take(&mut news.announced);
            feed.bell.notify_one();
        }
    }

    /// Wakes every reader.
    pub(super) fn ring_all(&self) {
        for feed in locked(&self.0).values() {
            locked(&feed.news).others = true;
            feed.bell.notify_one();
        }
    }

    /// Subscribes to `key`, and starts its reader when there is none.
    pub(super) async fn subscribe(&self, key: K, source: S) -> Result<Subscription<S>> {
        let subscription = self.join(key, source.clone());
        let start = &subscription.start;
        start.get_or_try_init(|| source.start()).await?;
        Ok(subscription)
    }

    fn join(&self, key: K, source: S) -> Subscription<S> {
        let mut feeds = locked(&self.0);
        let feed = feeds.entry(key).or_insert_with(|| {
            let feed = Feed {
                channel: S::Channel::open(),
                news: Arc::default(),
                bell: Arc::default(),
                start: Arc::default(),
            };
            let reader = Reader {
                channel: S::Channel::clone(&feed.channel),
                news: Arc::clone(&feed.news),
                bell: Arc::clone(&feed.bell),
                start: Arc::clone(&feed.start),
                key,
                feeds: self.clone(),
            };
            tokio::spawn(reader.read(source));
            feed
        });
        Subscription {
            receiver: feed.channel.subscribe(),
            start: Arc::clone(&feed.start),
            _leaving: Leaving(Arc::clone(&feed.bell)),
        }
    }

    pub(super) fn subscriptions(&self) -> usize {
        let feeds = locked(&self.0);
        feeds.values().map(|feed| feed.channel.receivers()).sum()
    }

    pub(super) fn readers(&self) -> usize {
        locked(&self.0).len()
    }
}

/// A place in a feed's audience.
#[derive(Debug)]
pub(in crate::events) struct Subscription<S: Source> {
    // Dropped first: the one who leaves is not counted any more when the reader is rung.
    pub(in crate::events) receiver: <S::Channel as Channel>::Receiver,
    start: Arc<OnceCell<S::Start>>,
    _leaving: Leaving,
}

impl<S: Source> Subscription<S> {
    /// The place that the reader started from.
    pub(super) fn start(&self) -> Option<&S::Start> {
        self.start.get()
    }
}

/// Single events, of which a receiver that is slow loses some.
impl Channel for broadcast::Sender<Arc<Model>> {
    type Receiver = broadcast::Receiver<Arc<Model>>;

    fn open() -> Self {
        Self::new(QUEUE)
    }

    fn subscribe(&self) -> Self::Receiver {
        self.subscribe()
    }

    fn receivers(&self) -> usize {
        self.receiver_count()
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
struct Reader<K: Key, S: Source> {
    channel: S::Channel,
    news: Arc<Mutex<News>>,
    bell: Arc<Notify>,
    start: Arc<OnceCell<S::Start>>,
    key: K,
    feeds: Feeds<K, S>,
}

impl<K: Key, S: Source> Reader<K, S> {
    async fn read(self, mut source: S) {
        let mut failures = 0;
        loop {
            let rest = match self.look(&mut source).await {
                // Whoever subscribes is told so.
                Ok(ControlFlow::Break(())) | Err(Error::NotFound { .. }) => return,
                Ok(ControlFlow::Continue(())) => {
                    failures = 0;
                    S::TICK
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

    async fn look(&self, source: &mut S) -> Result<ControlFlow<()>> {
        let start = self.start.get_or_try_init(|| source.start()).await?;
        let news = std::mem::take(&mut *locked(&self.news));
        source.look(start, news, &self.channel).await
    }

    /// Closes the feed if nobody subscribes any more: under the lock that a newcomer takes first.
    fn is_deserted(&self) -> bool {
        let mut feeds = locked(&self.feeds.0);
        let deserted = self.channel.receivers() == 0;
        if deserted {
            self.close(&mut feeds);
        }
        deserted
    }
}

impl<K: Key, S: Source> Reader<K, S> {
    fn close(&self, feeds: &mut HashMap<K, Feed<S>>) {
        if feeds
            .get(&self.key)
            .is_some_and(|feed| Arc::ptr_eq(&feed.bell, &self.bell))
        {
            feeds.remove(&self.key);
        }
    }
}

impl<K: Key, S: Source> Drop for Reader<K, S> {
    fn drop(&mut self) {
        self.close(&mut locked(&self.feeds.0));
    }
}

/// How long to wait after so many failures in a row, at least one.
pub(super) fn pause(failures: u32) -> Duration {
    FIRST_PAUSE
        .saturating_mul(2_u32.saturating_pow(failures - 1))
        .min(LONGEST_PAUSE)
}
