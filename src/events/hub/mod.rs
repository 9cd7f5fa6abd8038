//! The hub: who waits in this process for what. Watchers wait for events and text, workers for
//! orders, the engine for due runs, the keeper for deletions; a hint rings whoever it concerns.

mod feed;
mod output;
mod run;
mod user;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::Notify;
use uuid::Uuid;

use self::feed::{Feeds, Subscription};
use self::run::{Run, RunFeeds};
use self::user::User;
use super::hint::{Hint, Outbox};
use crate::domain::event::Attempt;
use crate::entity::execution_event;
use crate::error::Result;
use crate::store::Store;

pub(super) use self::output::{Carrier, Heard, Outputs};
pub use self::output::{Listener, Output};
pub use self::user::Statuses;

/// A place among those who watch a run.
pub(super) type RunSubscription = Subscription<Run>;

/// The meeting place of a process. Cheap to clone; all clones are one hub.
#[derive(Clone, Debug)]
pub struct Hub(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    outbox: OnceLock<Outbox>,
    due: Notify,
    deletions: Notify,
    controls: Mutex<HashMap<Uuid, Vec<Arc<Notify>>>>,
    outputs: Outputs,
    runs: RunFeeds,
    users: Feeds<Uuid, User>,
}

impl Hub {
    /// A hub whose readers read from `store`.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self(Arc::new(Inner {
            store,
            outbox: OnceLock::new(),
            due: Notify::new(),
            deletions: Notify::new(),
            controls: Mutex::default(),
            outputs: Outputs::default(),
            runs: Feeds::default(),
            users: Feeds::default(),
        }))
    }

    /// Puts what is rung from now on into `outbox`, too. The first one stays.
    pub(super) fn attach(&self, outbox: Outbox) {
        let _ = self.0.outbox.set(outbox);
    }

    /// Rings whoever `hint` concerns, here at once and in the other processes by the bus. Never
    /// blocks.
    pub fn ring(&self, hint: &Hint) {
        self.hear(hint);
        if let Some(outbox) = self.0.outbox.get() {
            outbox.put(*hint);
        }
    }

    /// Puts an event that was just committed in this process before those who watch its run, so that
    /// they need not read it. Ring afterwards. Never blocks.
    pub fn put(&self, event: &Arc<execution_event::Model>) {
        #[cfg(feature = "faults")]
        if crate::faults::hints_are_lost() {
            return;
        }
        self.0.runs.put((event.user_id, event.execution_id), event);
    }

    /// Rings whoever `hint` concerns in this process, at once. Never blocks.
    pub fn hear(&self, hint: &Hint) {
        #[cfg(feature = "faults")]
        if crate::faults::hints_are_lost() {
            return;
        }
        match hint {
            Hint::Changed {
                user_id,
                execution_id,
            } => {
                self.0.runs.ring((*user_id, *execution_id));
                self.0.users.ring(*user_id);
            }
            Hint::Control { execution_id } => self.call_worker(*execution_id),
            Hint::Due => self.0.due.notify_one(),
            Hint::Everything => {
                self.0.runs.ring_all();
                self.0.users.ring_all();
                for worker in locked(&self.0.controls).values().flatten() {
                    worker.notify_one();
                }
                self.0.due.notify_one();
            }
        }
    }

    /// Rings the worker that drives the run in this process, if there is one.
    pub fn call_worker(&self, execution_id: Uuid) {
        if let Some(workers) = locked(&self.0.controls).get(&execution_id) {
            for worker in workers {
                worker.notify_one();
            }
        }
    }

    /// Completes at the next [`Hint::Due`], at once when one was rung since the last time.
    pub async fn due(&self) {
        self.0.due.notified().await;
    }

    /// Calls this process's keeper: a workflow was deleted. The other processes look by themselves now and
    /// then, in case that this one dies.
    pub fn call_keeper(&self) {
        self.0.deletions.notify_one();
    }

    /// Completes when the keeper is called, at once when it was since the last time.
    pub async fn keeper_called(&self) {
        self.0.deletions.notified().await;
    }

    /// Registers the worker that drives the run, until the answer is dropped.
    #[must_use]
    pub fn control(&self, execution_id: Uuid) -> Control {
        let bell = Arc::new(Notify::new());
        locked(&self.0.controls)
            .entry(execution_id)
            .or_default()
            .push(Arc::clone(&bell));
        Control {
            hub: self.clone(),
            execution_id,
            bell,
        }
    }

    /// The output of an attempt under way, until the answer is dropped. `seq` is the number of the
    /// attempt's `StageStarted`, which must be committed.
    #[must_use]
    pub fn output(&self, execution_id: Uuid, attempt: Attempt, seq: i64) -> Output {
        self.0.outputs.open(execution_id, attempt, seq)
    }

    /// How many subscriptions live.
    #[must_use]
    pub fn watchers(&self) -> usize {
        self.0.runs.subscriptions() + self.0.users.subscriptions()
    }

    /// How many readers run: one a run and one a user that somebody watches.
    #[must_use]
    pub fn readers(&self) -> usize {
        self.0.runs.readers() + self.0.users.readers()
    }

    /// Subscribes to the status events of all runs of a user, from now on. Another subscription of
    /// the user may have begun them a little earlier.
    ///
    /// # Errors
    /// `Internal` when the database fails.
    pub async fn statuses(&self, owner: Uuid, now: DateTime<Utc>) -> Result<Statuses> {
        Statuses::subscribe(&self.0.users, User::new(&self.0.store, owner, now)).await
    }

    /// Subscribes to the events of a run of this owner: what the table does not show after this
    /// returns will arrive.
    pub(super) async fn events(&self, owner: Uuid, execution_id: Uuid) -> Result<RunSubscription> {
        run::subscribe(&self.0.runs, &self.0.store, owner, execution_id).await
    }

    /// The texts of attempts, for the bus that carries them.
    pub(super) fn outputs(&self) -> &Outputs {
        &self.0.outputs
    }

    /// Listens to the text of the run's attempts.
    pub(super) fn listen(&self, execution_id: Uuid) -> Listener {
        self.0.outputs.listen(execution_id)
    }

    pub(super) fn store(&self) -> &Store {
        &self.0.store
    }
}

/// A worker's bell.
#[derive(Debug)]
pub struct Control {
    hub: Hub,
    execution_id: Uuid,
    bell: Arc<Notify>,
}

impl Control {
    /// Completes at the next [`Hint::Control`] for the run, at once when one was rung since the last
    /// time.
    pub async fn rung(&self) {
        self.bell.notified().await;
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        let mut controls = locked(&self.hub.0.controls);
        if let Some(workers) = controls.get_mut(&self.execution_id) {
            // A worker that lost its lease may be leaving while another has taken the run up.
            workers.retain(|worker| !Arc::ptr_eq(worker, &self.bell));
            if workers.is_empty() {
                controls.remove(&self.execution_id);
            }
        }
    }
}

/// No code panics while it holds one of these locks, so that what is behind it is always whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
