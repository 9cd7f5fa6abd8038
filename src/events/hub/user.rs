//! The status events of all runs of one user: one reader for any number of subscriptions, none of which
//! loses an event however slow it is.
//!
//! 1. The reader starts from a mark ([`status::Mark`]), and remembers what was visible of what a look from it finds:
//!    nothing on PostgreSQL, on SQLite what is of the last seconds.
//! 2. At every look it finds what has become visible since the mark, which costs what changed and not what
//!    there is, and publishes the look: its events, and where it ended.
//! 3. A subscription tells the looks in their order. One that finds the next look gone, or too large to be
//!    kept, reads the table itself, from where its last look ended to where the newest one did.

use std::collections::{HashSet, VecDeque};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;
use uuid::Uuid;

use super::feed::{Channel, Feeds, News, QUEUE, Source, Subscription, pause};
use crate::entity::execution_event::Model;
use crate::error::{Error, Result};
use crate::store::Store;
use crate::store::event::status::{self, Mark};

/// Events that a subscription which is behind reads at once.
const PAGE: usize = 200;
/// An event older than the reader by more than this is none that became visible since.
const LATEST: TimeDelta = TimeDelta::hours(1);

/// A user as the reader of the status events knows them.
#[derive(Clone, Debug)]
pub(super) struct User {
    store: Store,
    owner: Uuid,
    began: DateTime<Utc>,
    /// The last look.
    last: Option<(u64, Arc<Seen>)>,
}

/// What was visible at a moment: what a look from the mark does not find, and these.
#[derive(Debug)]
pub(super) struct Seen {
    mark: Mark,
    above: HashSet<(Uuid, i64)>,
}

/// What a look found.
#[derive(Clone, Debug)]
pub(super) struct Look {
    /// Looks that found something are numbered 1, 2, 3, …
    number: u64,
    /// None when there are too many to be kept.
    events: Option<Vec<Arc<Model>>>,
    /// What was visible after it.
    seen: Arc<Seen>,
}

/// The latest looks, oldest first: the last one, and those before it as long as there is room.
pub(super) type Looks = VecDeque<Look>;

impl Channel for watch::Sender<Looks> {
    type Receiver = watch::Receiver<Looks>;

    fn open() -> Self {
        Self::new(Looks::new())
    }

    fn subscribe(&self) -> Self::Receiver {
        self.subscribe()
    }

    fn receivers(&self) -> usize {
        self.receiver_count()
    }
}

impl User {
    pub(super) fn new(store: &Store, owner: Uuid, now: DateTime<Utc>) -> Self {
        Self {
            store: store.clone(),
            owner,
            began: now,
            last: None,
        }
    }

    /// What has become visible after `seen` and before `until`, without `until` up to now. With it, what
    /// is visible now.
    async fn news(&self, seen: &Seen, until: Option<&Seen>) -> Result<(Vec<(Uuid, i64)>, Seen)> {
        let db = self.store.reader();
        let mark = match until {
            Some(until) => until.mark.clone(),
            None => status::mark(db, self.owner).await?.not_before(&seen.mark),
        };
        let mut news = Vec::new();
        let mut above = HashSet::new();
        let places = status::since(db, self.owner, seen.mark.clone(), mark.clone());
        for place in places.await? {
            let key = (place.execution_id, place.seq);
            if place.open {
                above.insert(key);
            }
            let was_told = seen.above.contains(&key);
            let is_later = until.is_some_and(|until| place.open && !until.above.contains(&key));
            if !was_told && !is_later {
                news.push(key);
            }
        }
        Ok((news, Seen { mark, above }))
    }

    async fn read(&self, places: &[(Uuid, i64)]) -> Result<Vec<Arc<Model>>> {
        let events = status::at(self.store.reader(), self.owner, places).await?;
        let earliest = self.began - LATEST;
        let events = events
            .into_iter()
            .filter(|event| event.created_at >= earliest);
        Ok(events.map(Arc::new).collect())
    }
}

impl Source for User {
    const TICK: Duration = Duration::from_secs(2);

    type Start = Arc<Seen>;

    type Channel = watch::Sender<Looks>;

    async fn start(&self) -> Result<Arc<Seen>> {
        let db = self.store.reader();
        let mark = status::mark(db, self.owner).await?;
        let places = status::since(db, self.owner, mark.clone(), mark.clone()).await?;
        let key = |place: &status::Place| (place.execution_id, place.seq);
        let above = places.iter().map(key).collect();
        Ok(Arc::new(Seen { mark, above }))
    }

    async fn look(
        &mut self,
        start: &Arc<Seen>,
        _news: News,
        channel: &watch::Sender<Looks>,
    ) -> Result<ControlFlow<()>> {
        let (number, seen) = self.last.clone().unwrap_or_else(|| (0, Arc::clone(start)));
        let (news, now) = self.news(&seen, None).await?;
        let now = Arc::new(now);
        if news.is_empty() {
            self.last = Some((number, now));
            return Ok(ControlFlow::Continue(()));
        }
        let events = if news.len() > QUEUE {
            None
        } else {
            Some(self.read(&news).await?)
        };
        let look = Look {
            number: number + 1,
            events,
            seen: Arc::clone(&now),
        };
        self.last = Some((look.number, now));
        channel.send_modify(|looks| keep(looks, look));
        Ok(ControlFlow::Continue(()))
    }
}

/// Adds a look, and forgets the oldest ones that are more than can be kept.
fn keep(looks: &mut Looks, look: Look) {
    looks.push_back(look);
    let size = |look: &Look| look.events.as_ref().map_or(0, Vec::len).max(1);
    let mut room = QUEUE;
    let kept = looks.iter().rev().take_while(|look| {
        let fits = size(look) <= room;
        room = room.saturating_sub(size(look));
        fits
    });
    let forgotten = looks.len() - kept.count();
    looks.drain(..forgotten);
}

/// A subscription to the status events of a user's runs.
#[derive(Debug)]
pub struct Statuses {
    subscription: Subscription<User>,
    feeds: Feeds<Uuid, User>,
    user: User,
    /// The number of the last look that was told, and what was visible after it.
    number: u64,
    seen: Arc<Seen>,
    /// Events to tell, and places of those that are to be read before they are told.
    events: VecDeque<Arc<Model>>,
    places: VecDeque<(Uuid, i64)>,
}

impl Statuses {
    pub(super) async fn subscribe(feeds: &Feeds<Uuid, User>, user: User) -> Result<Self> {
        let (subscription, number, seen) = join(feeds, &user).await?;
        Ok(Self {
            subscription,
            feeds: feeds.clone(),
            user,
            number,
            seen,
            events: VecDeque::new(),
            places: VecDeque::new(),
        })
    }

    /// The next event. While the database fails, it is asked again and again.
    pub async fn next(&mut self) -> Arc<Model> {
        let mut failures = 0;
        loop {
            if let Some(event) = self.events.pop_front() {
                return event;
            }
            match self.go_on().await {
                Ok(()) => failures = 0,
                Err(error) => {
                    if failures == 0 {
                        let error = error.chain();
                        tracing::warn!(error, "cannot read events for a watcher, trying again");
                    }
                    failures += 1;
                    tokio::time::sleep(pause(failures)).await;
                }
            }
        }
    }

    async fn go_on(&mut self) -> Result<()> {
        if !self.places.is_empty() {
            let count = self.places.len().min(PAGE);
            let events = self
                .user
                .read(&self.places.make_contiguous()[..count])
                .await?;
            self.places.drain(..count);
            self.events.extend(events);
            return Ok(());
        }
        let looks: Vec<Look> = {
            let looks = self.subscription.receiver.borrow_and_update();
            let is_next = |look: &&Look| look.number > self.number;
            looks.iter().filter(is_next).cloned().collect()
        };
        let Some(newest) = looks.last() else {
            if self.subscription.receiver.changed().await.is_err() {
                self.join_again().await?;
            }
            return Ok(());
        };
        let next = looks.first().filter(|look| look.number == self.number + 1);
        match next.and_then(|next| Some((next, next.events.as_ref()?))) {
            Some((next, events)) => {
                self.number = next.number;
                self.seen = Arc::clone(&next.seen);
                self.events.extend(events.iter().cloned());
            }
            None => self.catch_up(newest.number, &newest.seen).await?,
        }
        Ok(())
    }

    /// Finds what became visible since the last look that was told, up to another one.
    async fn catch_up(&mut self, number: u64, until: &Arc<Seen>) -> Result<()> {
        let (news, _) = self.user.news(&self.seen, Some(until)).await?;
        self.places.extend(news);
        self.number = number;
        self.seen = Arc::clone(until);
        Ok(())
    }

    /// The reader is gone, by a failure of its own. Another one goes on.
    async fn join_again(&mut self) -> Result<()> {
        let (subscription, number, seen) = join(&self.feeds, &self.user).await?;
        self.catch_up(number, &seen).await?;
        self.subscription = subscription;
        Ok(())
    }
}

/// A subscription, with the number of the newest look and what was visible after it.
async fn join(
    feeds: &Feeds<Uuid, User>,
    user: &User,
) -> Result<(Subscription<User>, u64, Arc<Seen>)> {
    let subscription = feeds.subscribe(user.owner, user.clone()).await?;
    let newest = subscription.receiver.borrow().back().cloned();
    let (number, seen) = if let Some(look) = newest {
        (look.number, look.seen)
    } else {
        let start = subscription.start();
        let start = start.ok_or_else(|| Error::internal("a feed has not started"))?;
        (0, Arc::clone(start))
    };
    Ok((subscription, number, seen))
}
