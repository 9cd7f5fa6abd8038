//! How long the database may take to answer, and what is known of whether it does.
//!
//! A connection may die without a word: nothing arrives any more, and nothing says so. On PostgreSQL whatever
//! runs over its limit therefore ends with an [`failure::Overrun`], and its connection is closed ([`super::pool`]).
//! Waits for locks end earlier, by PostgreSQL's own word. On SQLite nothing can be cut off: there the limit
//! only shows in the log.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sea_orm::DbErr;
use tokio::time::{Instant, timeout};

use super::failure;

/// The longest that a statement, a commit or a read may take, and that a new connection may.
pub const STATEMENT: Duration = Duration::from_secs(5);
/// The longest that the statistics of large tables may take to be made anew.
pub const STATISTICS: Duration = Duration::from_mins(1);
/// A connection that says nothing for so long when it is asked is taken for dead, and a database that lets a
/// write wait for so long is not ready.
pub const PING: Duration = Duration::from_secs(2);
/// How long a request queues for a connection.
pub const QUEUE: Duration = Duration::from_secs(30);

/// Waits for an answer that nothing can cut off, and says so when it takes longer than `limit`.
pub async fn reported<T>(limit: Duration, operation: impl Future<Output = T>) -> T {
    let mut operation = pin!(operation);
    let began = Instant::now();
    if let Ok(answer) = timeout(limit, &mut operation).await {
        return answer;
    }
    tracing::warn!(seconds = limit.as_secs(), "the database does not answer");
    let answer = operation.await;
    tracing::warn!(
        seconds = began.elapsed().as_secs(),
        "the database has answered at last"
    );
    answer
}

/// What is sent to the database: counted, and where it writes, watched for its answer.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    statements: Arc<AtomicU64>,
    #[cfg(feature = "faults")]
    bytes: Arc<std::sync::atomic::AtomicUsize>,
    /// None for what only reads.
    writes: Option<Arc<Writes>>,
}

/// Whether writes are answered.
#[derive(Debug, Default)]
struct Writes {
    waiting: Mutex<Waiting>,
    /// Did the one that ended last get no answer?
    unanswered: AtomicBool,
}

/// When each write was sent that has no answer yet, with its number. They are few: as many as may write at once.
#[derive(Debug, Default)]
struct Waiting {
    since: Vec<(u64, Instant)>,
    next: u64,
}

/// The place of a write among those that wait, until it is dropped.
struct Place<'a> {
    writes: &'a Writes,
    number: u64,
}

impl Meter {
    /// The same counter, for statements that write.
    pub fn of_writes(&self) -> Self {
        Self {
            statements: Arc::clone(&self.statements),
            #[cfg(feature = "faults")]
            bytes: Arc::clone(&self.bytes),
            writes: Some(Arc::default()),
        }
    }

    /// Counts a statement, and watches it.
    pub async fn statement<T>(
        &self,
        sent: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        self.watch(sent).await
    }

    /// Watches what is no statement: a begin or a commit.
    pub async fn watch<T>(&self, sent: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        let Some(writes) = &self.writes else {
            return sent.await;
        };
        let place = writes.wait();
        let answer = sent.await;
        drop(place);
        let unanswered = answer.as_ref().err().is_some_and(failure::is_silence);
        writes.unanswered.store(unanswered, Ordering::Relaxed);
        answer
    }

    /// Do writes get answers, and soon? Where nobody writes nothing is amiss.
    pub fn writes_are_answered(&self) -> bool {
        self.answered_within(PING)
    }

    fn answered_within(&self, limit: Duration) -> bool {
        let Some(writes) = &self.writes else {
            return true;
        };
        let waiting = writes.waiting();
        let waits = waiting
            .since
            .iter()
            .any(|(_, since)| since.elapsed() > limit);
        !waits && !writes.unanswered.load(Ordering::Relaxed)
    }

    /// Counts what is bound to a statement, in bytes.
    #[cfg(feature = "faults")]
    pub fn bind(&self, bytes: usize) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Bytes bound so far.
    #[cfg(feature = "faults")]
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Statements counted so far.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }
}

impl Writes {
    fn wait(&self) -> Place<'_> {
        let mut waiting = self.waiting();
        let number = waiting.next;
        waiting.next += 1;
        waiting.since.push((number, Instant::now()));
        Place {
            writes: self,
            number,
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // No code panics while it holds the lock, so that what is behind it is always whole.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut waiting = self.writes.waiting();
        waiting.since.retain(|(number, _)| *number != self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(5);

    async fn silence() -> Result<(), DbErr> {
        std::future::pending().await
    }

    #[tokio::test]
    async fn a_write_without_an_answer_shows_while_it_waits_and_until_another_has_one() {
        let meter = Meter::default().of_writes();
        assert!(meter.writes_are_answered(), "nobody writes");
        let look = async {
            tokio::time::sleep(SHORT * 2).await;
            meter.answered_within(SHORT)
        };
        let looked = tokio::select! {
            // The write waits before the look begins.
            biased;
            _ = meter.statement(silence()) => None,
            answered = look => Some(answered),
        };
        assert_eq!(looked, Some(false));
        assert!(meter.answered_within(SHORT), "whoever asked is gone");

        let overrun = failure::of_driver(failure::Overrun(PING).into());
        let _ = meter.statement(async { Err::<(), _>(overrun) }).await;
        assert!(!meter.writes_are_answered());
        let refused = DbErr::Custom("a row of another kind".to_owned());
        let _ = meter.statement(async { Err::<(), _>(refused) }).await;
        assert!(meter.writes_are_answered(), "a refusal is an answer");
        assert_eq!(meter.statements(), 3);
    }
}
