//! The slots of this process: the session that they are claimed under, the runs that take them, and the
//! way from a claim to the engine.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::attempt::First;
use crate::entity::execution;
use crate::store::session::Older;

/// Whoever waits for an extra slot looks again at least so often.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// What this process drives: its session, its free slots, its runs, and the way to its engine.
#[derive(Debug)]
pub struct Slots {
    state: Mutex<State>,
    free: Arc<Semaphore>,
    count: usize,
    handover: mpsc::Sender<Claim>,
    driven: Driven,
    /// Beside replicas of versions before ([`super::older`]): those that need contexts, those of the first syntax,
    /// and those of the second format, the former included.
    beside_older: AtomicBool,
    beside_first_syntax: AtomicBool,
    beside_second_format: AtomicBool,
    abandons: Notify,
    /// The slots that each user's calls take here, extra ones included.
    taken: Taken,
    /// Is somebody about to look for due runs, which come before extra calls?
    is_looked_for: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    session: Option<Session>,
    draining: bool,
    /// Sessions that this process has left while their rows still said that it lives.
    abandoned: Vec<Uuid>,
    /// Runs that were given up because the database did not say whether their last write was committed, each
    /// with the epoch of its lease.
    unanswered: HashSet<(Uuid, i64)>,
}

/// The session of a process that drives runs.
#[derive(Clone, Debug)]
pub struct Session {
    pub id: Uuid,
    /// Cancelled when others have taken this process for dead: whatever was claimed under the session
    /// is theirs.
    pub lost: CancellationToken,
}

/// A run that this process has claimed, with the slot that it takes. It counts as driven until this
/// is dropped.
#[derive(Debug)]
pub struct Claim {
    pub run: execution::Model,
    /// What the run is pinned to and its first attempt, where that was logged beside the claim.
    pub first: Option<First>,
    pub lost: CancellationToken,
    _place: Place,
    // The slot is free before it is told of.
    _slot: OwnedSemaphorePermit,
    _share: Share,
}

impl Claim {
    /// The run for its worker, which takes the inputs and what the run began with.
    pub fn take_run(&mut self) -> execution::Model {
        execution::Model {
            execution_inputs: std::mem::take(&mut self.run.execution_inputs),
            initial_context: std::mem::take(&mut self.run.initial_context),
            ..self.run.clone()
        }
    }
}

/// A slot for a further call of a run that has one already. It is free again once this is dropped.
#[derive(Debug)]
pub struct Extra {
    _slot: OwnedSemaphorePermit,
    _share: Share,
}

/// A slot that is kept for a run about to be claimed.
#[derive(Debug)]
pub struct Reservation {
    session: Session,
    slot: OwnedSemaphorePermit,
}

impl Reservation {
    /// The session to claim under.
    #[must_use]
    pub const fn session(&self) -> Uuid {
        self.session.id
    }
}

impl Slots {
    /// So many slots, and the end of the line where what it claims arrives.
    #[must_use]
    pub fn new(count: usize) -> (Self, mpsc::Receiver<Claim>) {
        // Everything in the channel holds a slot, so that it never fills.
        let (handover, claimed) = mpsc::channel(count.max(1));
        let slots = Self {
            state: Mutex::default(),
            free: Arc::new(Semaphore::new(count)),
            count,
            handover,
            driven: Driven::default(),
            beside_older: AtomicBool::new(false),
            beside_first_syntax: AtomicBool::new(false),
            beside_second_format: AtomicBool::new(false),
            abandons: Notify::new(),
            taken: Taken::default(),
            is_looked_for: AtomicBool::new(false),
        };
        (slots, claimed)
    }

    /// The session in force; none before the first, and while a new one is to be opened.
    #[must_use]
    pub fn session(&self) -> Option<Uuid> {
        let state = locked(&self.state);
        state.session.as_ref().map(|session| session.id)
    }

    /// Puts a new session in force.
    pub fn enter(&self, id: Uuid) {
        let lost = CancellationToken::new();
        locked(&self.state).session = Some(Session { id, lost });
    }

    /// Ends the session in force, and with it the work on every run that was claimed under it.
    pub fn leave(&self) {
        if let Some(session) = locked(&self.state).session.take() {
            session.lost.cancel();
        }
    }

    /// Leaves the session in force if it is this one: the database is silent to this process, and what was
    /// claimed is to be taken up, here or elsewhere.
    pub fn abandon(&self, session: Option<Uuid>) {
        let mut state = locked(&self.state);
        let in_force = state.session.as_ref().map(|session| session.id);
        if in_force.is_none() || in_force != session {
            return;
        }
        if let Some(session) = state.session.take() {
            tracing::warn!(
                "the database did not answer in time: this process opens another session"
            );
            session.lost.cancel();
            state.abandoned.push(session.id);
            self.abandons.notify_one();
        }
    }

    /// Waits until a session is abandoned.
    pub async fn abandons(&self) {
        self.abandons.notified().await;
    }

    /// The sessions that were abandoned, and of which the database is still to be told.
    #[must_use]
    pub fn abandoned(&self) -> Vec<Uuid> {
        locked(&self.state).abandoned.clone()
    }

    /// The database knows that a session was abandoned.
    pub fn told_of(&self, abandoned: Uuid) {
        let mut state = locked(&self.state);
        state.abandoned.retain(|session| *session != abandoned);
    }

    /// A run was given up because the database did not answer in time.
    pub fn give_up(&self, run: Uuid, epoch: i64) {
        locked(&self.state).unanswered.insert((run, epoch));
    }

    /// Was a run given up because the database did not answer in time? Says so once.
    pub fn was_given_up(&self, run: Uuid, epoch: i64) -> bool {
        locked(&self.state).unanswered.remove(&(run, epoch))
    }

    /// Claims nothing from now on.
    pub fn drain(&self) {
        locked(&self.state).draining = true;
    }

    /// Keeps a slot, when one is free and this process claims at all.
    #[must_use]
    pub fn reserve(&self) -> Option<Reservation> {
        let session = {
            let state = locked(&self.state);
            state.session.clone().filter(|_| !state.draining)
        }?;
        let slot = Arc::clone(&self.free).try_acquire_owned().ok()?;
        Some(Reservation { session, slot })
    }

    /// Waits until a slot is free for a look for due runs. Until that is [`Slots::looked`], none is given for a
    /// further call of a run.
    pub async fn slot_free(&self) {
        self.is_looked_for.store(true, Ordering::Relaxed);
        // The semaphore is never closed.
        let _ = self.free.acquire().await;
    }

    /// A look for due runs is over.
    pub fn looked(&self) {
        self.is_looked_for.store(false, Ordering::Relaxed);
        self.taken.0.changed.notify_waiters();
    }

    /// A slot for a further call of a user's run, as long as that user's calls take fewer than `most` here. What is
    /// due comes first.
    #[must_use]
    pub fn extra(&self, user: Uuid, most: usize) -> Option<Extra> {
        let claims = {
            let state = locked(&self.state);
            state.session.is_some() && !state.draining
        };
        // A share that finds no slot would tell others of its end.
        if !claims || self.is_looked_for.load(Ordering::Relaxed) || self.free() == 0 {
            return None;
        }
        let share = self.taken.share(user, most)?;
        let slot = Arc::clone(&self.free).try_acquire_owned().ok()?;
        Some(Extra {
            _slot: slot,
            _share: share,
        })
    }

    /// Waits until there may be an extra slot.
    pub async fn extra_free(&self) {
        let changed = self.taken.0.changed.notified();
        let _ = tokio::time::timeout(LOOK_AGAIN, changed).await;
    }

    /// How many slots the calls of this user take here, who has a due run, and so many under way. Where they take
    /// `most` of them, no further call begins until a look finds that nothing of the user's is due, or is in its way
    /// but runs that are under way elsewhere.
    pub fn taken_beside_due(&self, user: Uuid, running: u64, most: u64) -> u64 {
        let mut shares = locked(&self.taken.0.shares);
        let taken = shares.by_user.get(&user).copied().unwrap_or(0);
        let taken = u64::try_from(taken).unwrap_or(u64::MAX);
        if taken >= most {
            shares.wanting.insert(user);
        } else if running >= most {
            shares.wanting.remove(&user);
        }
        taken
    }

    /// Users whose further calls wait for a due run.
    #[must_use]
    pub fn wanting(&self) -> Vec<Uuid> {
        let shares = locked(&self.taken.0.shares);
        shares.wanting.iter().copied().collect()
    }

    /// This user has no run that is due: further calls may begin again.
    pub fn wants_no_more(&self, user: Uuid) {
        locked(&self.taken.0.shares).wanting.remove(&user);
    }

    /// Completes when a user has a slot back of which another run was in want.
    pub async fn given_back(&self) {
        self.taken.0.given_back.notified().await;
    }

    /// Waits until nothing is driven here and nothing is about to be; meant for a process that drains.
    pub async fn idle(&self) {
        let all = u32::try_from(self.count).unwrap_or(u32::MAX);
        let _ = self.free.acquire_many(all).await;
    }

    /// Hands a run that was claimed in a committed transaction to the engine.
    pub fn hand_over(&self, run: execution::Model, first: Option<First>, reservation: Reservation) {
        let claim = Claim {
            _place: self.driven.enter(run.id, run.lease_epoch),
            _share: self.taken.add(run.user_id),
            lost: reservation.session.lost,
            _slot: reservation.slot,
            run,
            first,
        };
        if self.handover.try_send(claim).is_err() {
            // The engine is gone, and this process with it: the lease ends with its session.
            tracing::warn!("a claimed run found no engine");
        }
    }

    /// The runs that are driven here, each with the epoch of its lease.
    #[must_use]
    pub fn driven(&self) -> HashMap<Uuid, i64> {
        locked(&self.driven.0).clone()
    }

    /// Notes which replicas of versions before live beside this process.
    pub(super) fn beside_older(&self, found: Older) {
        self.beside_older
            .store(found.keeps_contexts, Ordering::Relaxed);
        self.beside_first_syntax
            .store(found.has_first_syntax, Ordering::Relaxed);
        self.beside_second_format
            .store(found.has_second_format, Ordering::Relaxed);
    }

    /// Do replicas live beside this process that do not know the third format of definitions?
    #[must_use]
    pub fn are_beside_second_format(&self) -> bool {
        self.beside_second_format.load(Ordering::Relaxed)
    }

    /// Do replicas live beside this process that read templates in the first syntax alone?
    #[must_use]
    pub fn are_beside_first_syntax(&self) -> bool {
        self.beside_first_syntax.load(Ordering::Relaxed)
    }

    /// Do replicas of the version before live beside this process?
    #[must_use]
    pub fn are_beside_older(&self) -> bool {
        self.beside_older.load(Ordering::Relaxed)
    }

    /// How many slots are free.
    #[must_use]
    pub fn free(&self) -> usize {
        self.free.available_permits()
    }
}

/// The slots of a process by the users whose calls take them.
#[derive(Clone, Debug, Default)]
struct Taken(Arc<Ledger>);

#[derive(Debug, Default)]
struct Ledger {
    shares: Mutex<Shares>,
    changed: Notify,
    given_back: Notify,
}

/// One lock has both, so that no slot comes back between a look at them and the mark.
#[derive(Debug, Default)]
struct Shares {
    by_user: HashMap<Uuid, usize>,
    /// Users whose due runs wait for a slot of theirs.
    wanting: HashSet<Uuid>,
}

impl Taken {
    fn add(&self, user: Uuid) -> Share {
        *locked(&self.0.shares).by_user.entry(user).or_default() += 1;
        Share {
            taken: self.clone(),
            user,
        }
    }

    /// One more slot, where the user's calls take fewer than `most`, and none of the user's runs waits for it.
    fn share(&self, user: Uuid, most: usize) -> Option<Share> {
        let mut shares = locked(&self.0.shares);
        if shares.wanting.contains(&user) {
            return None;
        }
        let count = shares.by_user.entry(user).or_default();
        (*count < most).then(|| {
            *count += 1;
            Share {
                taken: self.clone(),
                user,
            }
        })
    }
}

/// A slot that a user's call takes.
#[derive(Debug)]
struct Share {
    taken: Taken,
    user: Uuid,
}

impl Drop for Share {
    fn drop(&mut self) {
        let is_wanted = {
            let mut shares = locked(&self.taken.0.shares);
            if let Some(count) = shares.by_user.get_mut(&self.user) {
                *count -= 1;
                if *count == 0 {
                    shares.by_user.remove(&self.user);
                }
            }
            shares.wanting.contains(&self.user)
        };
        self.taken.0.changed.notify_waiters();
        if is_wanted {
            self.taken.0.given_back.notify_one();
        }
    }
}

/// The runs that a process drives, each with the epoch of its lease.
#[derive(Clone, Debug, Default)]
struct Driven(Arc<Mutex<HashMap<Uuid, i64>>>);

impl Driven {
    fn enter(&self, run: Uuid, epoch: i64) -> Place {
        locked(&self.0).insert(run, epoch);
        Place {
            driven: self.clone(),
            run,
            epoch,
        }
    }
}

#[derive(Debug)]
struct Place {
    driven: Driven,
    run: Uuid,
    epoch: i64,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut driven = locked(&self.driven.0);
        // The run may have come back here under another lease already.
        if driven.get(&self.run) == Some(&self.epoch) {
            driven.remove(&self.run);
        }
    }
}

/// No code panics while it holds one of these locks, so that what is behind it is always whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
