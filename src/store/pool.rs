//! Connections to PostgreSQL, each of which is asked within a limit and closed when it runs over.
//!
//! The driver's own pool pings a connection that comes back, and waits for the answer without a limit: one
//! that died without a word would keep its place for ever. It neither sets TCP's own probes nor yields the
//! socket. So this pool holds the driver's connections itself:
//! 1. Whoever has a place takes the connection that was used last, or opens one. One that lay idle, or whose
//!    neighbour went silent since it was used, is first asked whether it is there.
//! 2. What runs over its limit, or fails otherwise than by PostgreSQL's word, drops its connection, which
//!    closes the socket at once. Nothing is sent and nothing awaited.
//! 3. PostgreSQL keeps the plans of a connection's statements, and those that were made when a table was new are
//!    wrong for a large one, until it counts the rows by itself: so plans are given up after some uses, and
//!    after twice as many.
//! 4. A connection comes back as it is. Where somebody stopped waiting in the middle it is first brought to
//!    rest, within a limit too.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgQueryResult, PgRow};
use sea_orm::sqlx::query::Query;
use sea_orm::sqlx::{
    self, AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, Postgres,
};
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, Statement, Values};
use sea_query_sqlx::SqlxValues;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, error::Elapsed, timeout};

use super::deadline::{PING, QUEUE, STATEMENT};
use super::failure::{self, Overrun};

/// A connection that was idle so long may be gone: it is asked before it is used.
const TRUSTED_FOR: Duration = Duration::from_secs(1);
/// A connection that nobody needed for so long is closed.
const IDLE_FOR: Duration = Duration::from_mins(10);
/// A connection is made anew after so long, for PostgreSQL keeps what each has ever read.
const LIFETIME: Duration = Duration::from_mins(30);
/// A connection gives its plans up after so many uses, and whenever there were four times as many.
const FIRST_PLANS_LAST: u64 = 16;
/// The first pause before a server that refuses is tried again; each is twice as long as the one before.
const PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Connections to one PostgreSQL, at most so many.
#[derive(Clone, Debug)]
pub struct Pool(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    options: PgConnectOptions,
    /// Run on every new connection.
    settings: &'static str,
    places: Arc<Semaphore>,
    most: u32,
    idle: Mutex<Idle>,
}

#[derive(Debug)]
struct Idle {
    /// The one that came back last is at the end.
    connections: VecDeque<Live>,
    /// Whoever was used last before this has to prove that it is there.
    doubted: Instant,
}

#[derive(Debug)]
struct Live {
    connection: PgConnection,
    opened: Instant,
    used: Instant,
    uses: u64,
}

impl Live {
    /// Gives plans up that may be old. Like a ping it shows whether the connection is there.
    async fn plan_anew(&mut self) -> Result<(), sqlx::Error> {
        self.connection.execute("discard plans").await?;
        Ok(())
    }

    const fn has_old_plans(&self) -> bool {
        // Sixteen is a power of four: the exponents of all those as powers of two are even.
        let is_power_of_four =
            self.uses.is_power_of_two() && self.uses.trailing_zeros().is_multiple_of(2);
        self.uses >= FIRST_PLANS_LAST && is_power_of_four
    }
}

/// A connection that somebody uses.
#[derive(Debug)]
pub struct Held {
    pool: Pool,
    live: Option<Live>,
    /// Was something sent whose answer nobody has read?
    busy: bool,
    in_transaction: bool,
    place: Option<OwnedSemaphorePermit>,
}

impl Pool {
    /// A pool without connections.
    #[must_use]
    pub fn new(options: PgConnectOptions, most: u32, settings: &'static str) -> Self {
        Self(Arc::new(Inner {
            options: options.disable_statement_logging(),
            settings,
            places: Arc::new(Semaphore::new(usize::try_from(most).unwrap_or(1))),
            most,
            idle: Mutex::new(Idle {
                connections: VecDeque::new(),
                doubted: Instant::now(),
            }),
        }))
    }

    /// A connection that is there.
    ///
    /// # Errors
    /// When none comes free, or none can be opened.
    pub async fn take(&self) -> Result<Held, DbErr> {
        let place = timeout(QUEUE, Arc::clone(&self.0.places).acquire_owned()).await;
        let place = place
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
        let live = match self.proven().await {
            Some(live) => live,
            None => Box::pin(self.open()).await.map_err(unconnected)?,
        };
        Ok(Held {
            pool: self.clone(),
            live: Some(live),
            busy: false,
            in_transaction: false,
            place: Some(place),
        })
    }

    /// How many connections there are at most, and of these how many are idle or not yet open, and how many
    /// are in use.
    #[must_use]
    pub fn sizes(&self) -> (usize, usize) {
        let most = usize::try_from(self.0.most).unwrap_or(usize::MAX);
        let used = most.saturating_sub(self.0.places.available_permits());
        (self.0.idle().connections.len(), used)
    }

    /// Closes the connections that are idle, and the others when they come back.
    pub async fn close(&self) {
        self.0.places.close();
        let idle: Vec<_> = self.0.idle().connections.drain(..).collect();
        for live in idle {
            // A failure to say goodbye changes nothing for anybody.
            let _ = timeout(PING, live.connection.close()).await;
        }
    }

    /// Opens a connection: a server that refuses or is about to start is tried again.
    ///
    /// # Errors
    /// When it refuses for too long, says no, or says nothing.
    async fn open(&self) -> Result<Live, sqlx::Error> {
        let mut refusal = None;
        let opening = async {
            let mut pause = PAUSE;
            loop {
                match self.connect().await {
                    Err(error) if may_pass(&error) => refusal = Some(error),
                    opened => return opened,
                }
                tokio::time::sleep(pause).await;
                pause = LONGEST_PAUSE.min(pause * 2);
            }
        };
        match timeout(STATEMENT, opening).await {
            Ok(opened) => opened,
            Err(_) => Err(refusal.unwrap_or_else(|| Overrun(STATEMENT).into())),
        }
    }

    /// Tries once to open a connection; waits for as long as it takes.
    async fn connect(&self) -> Result<Live, sqlx::Error> {
        let mut connection = self.0.options.connect().await?;
        (&mut connection).execute(self.0.settings).await?;
        let now = Instant::now();
        Ok(Live {
            connection,
            opened: now,
            used: now,
            uses: 0,
        })
    }

    /// Tries once to open a connection, and keeps it.
    ///
    /// # Errors
    /// When the server refuses, says no, or says nothing for so long as a statement may take.
    pub async fn try_open(&self) -> Result<(), sqlx::Error> {
        let opened = timeout(STATEMENT, self.connect()).await;
        let live = opened.map_err(|_| sqlx::Error::from(Overrun(STATEMENT)))??;
        self.0.put_back(live);
        Ok(())
    }

    /// An idle connection that is there, if there is one.
    async fn proven(&self) -> Option<Live> {
        loop {
            let mut live = self.0.pop()?;
            live.uses += 1;
            let doubted = self.0.idle().doubted;
            let is_trusted = live.used > doubted && live.used.elapsed() < TRUSTED_FOR;
            let asked = if live.has_old_plans() {
                timeout(PING, live.plan_anew()).await
            } else if is_trusted {
                return Some(live);
            } else {
                timeout(PING, live.connection.ping()).await
            };
            match asked {
                Ok(Ok(())) => return Some(live),
                Ok(Err(error)) => {
                    tracing::debug!(%error, "a connection was closed while it was idle");
                }
                Err(_) => {
                    tracing::warn!("a connection to PostgreSQL died without a word");
                    // Its neighbours hardly fared better, and each would take as long to tell.
                    self.0.idle().connections.clear();
                }
            }
        }
    }
}

impl Inner {
    fn pop(&self) -> Option<Live> {
        self.idle().connections.pop_back()
    }

    fn put_back(&self, mut live: Live) {
        if self.places.is_closed() || live.opened.elapsed() > LIFETIME {
            return;
        }
        let mut idle = self.idle();
        live.used = Instant::now();
        idle.connections.push_back(live);
        while idle
            .connections
            .front()
            .is_some_and(|oldest| oldest.used.elapsed() > IDLE_FOR)
        {
            idle.connections.pop_front();
        }
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        // No code panics while it holds the lock, so that what is behind it is always whole.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Runs a statement that yields no rows.
    ///
    /// # Errors
    /// When PostgreSQL says no, or nothing within `limit`.
    pub async fn execute(
        &mut self,
        statement: Statement,
        limit: Duration,
    ) -> Result<PgQueryResult, DbErr> {
        let connection = self.connection()?;
        let answer = timeout(limit, query(statement).execute(connection)).await;
        self.settle(answer, limit).map_err(execution)
    }

    /// Runs statements as their text is.
    ///
    /// # Errors
    /// When PostgreSQL says no, or nothing within `limit`.
    pub async fn execute_text(
        &mut self,
        sql: &str,
        limit: Duration,
    ) -> Result<PgQueryResult, DbErr> {
        let connection = self.connection()?;
        let sql = AssertSqlSafe(sql.to_owned());
        let answer = timeout(limit, connection.execute(sql)).await;
        self.settle(answer, limit).map_err(execution)
    }

    /// The first row of a query.
    ///
    /// # Errors
    /// When PostgreSQL says no, or nothing within `limit`.
    pub async fn query_one(
        &mut self,
        statement: Statement,
        limit: Duration,
    ) -> Result<Option<PgRow>, DbErr> {
        let connection = self.connection()?;
        let answer = timeout(limit, query(statement).fetch_optional(connection)).await;
        self.settle(answer, limit).map_err(failure::of_driver)
    }

    /// The rows of a query.
    ///
    /// # Errors
    /// When PostgreSQL says no, or nothing within `limit`.
    pub async fn query_all(
        &mut self,
        statement: Statement,
        limit: Duration,
    ) -> Result<Vec<PgRow>, DbErr> {
        let connection = self.connection()?;
        let answer = timeout(limit, query(statement).fetch_all(connection)).await;
        self.settle(answer, limit).map_err(failure::of_driver)
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// When PostgreSQL says nothing within `limit`.
    pub async fn begin(&mut self, limit: Duration) -> Result<(), DbErr> {
        // Whoever stops waiting in between may have begun one.
        self.in_transaction = true;
        self.execute_text("begin", limit).await?;
        Ok(())
    }

    /// Ends a transaction, by `commit` or `rollback`.
    ///
    /// # Errors
    /// When PostgreSQL says no, or nothing within `limit`: whether it was committed is unknown then.
    pub async fn end(&mut self, how: &'static str, limit: Duration) -> Result<(), DbErr> {
        self.execute_text(how, limit).await?;
        self.in_transaction = false;
        Ok(())
    }

    fn connection(&mut self) -> Result<&mut PgConnection, DbErr> {
        let closed = || DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed);
        let live = self.live.as_mut().ok_or_else(closed)?;
        self.busy = true;
        Ok(&mut live.connection)
    }

    /// Looks at what came of a request, and closes the connection when it is not in order after that.
    fn settle<T>(
        &mut self,
        answer: Result<Result<T, sqlx::Error>, Elapsed>,
        limit: Duration,
    ) -> Result<T, sqlx::Error> {
        self.busy = false;
        let answer = answer.unwrap_or_else(|_| {
            self.pool.0.idle().doubted = Instant::now();
            Err(Overrun(limit).into())
        });
        if let Err(error) = &answer
            && (!failure::is_answer(error) || failure::closes(error))
        {
            self.live = None;
        }
        answer
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let (Some(mut live), place) = (self.live.take(), self.place.take()) else {
            return;
        };
        let pool = self.pool.clone();
        let in_transaction = self.in_transaction;
        if !self.busy && !in_transaction {
            // Before its place comes free.
            return pool.0.put_back(live);
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        runtime.spawn(async move {
            let brought_to_rest = timeout(PING, async {
                live.connection.ping().await?;
                if in_transaction {
                    (&mut live.connection).execute("rollback").await?;
                }
                Ok::<_, sqlx::Error>(())
            });
            if let Ok(Ok(())) = brought_to_rest.await {
                pool.0.put_back(live);
            }
            drop(place);
        });
    }
}

fn query(statement: Statement) -> Query<'static, Postgres, SqlxValues> {
    let values = statement.values.unwrap_or_else(|| Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql), SqlxValues(values))
}

/// May a server that fails so be about to start, or to have room?
fn may_pass(error: &sqlx::Error) -> bool {
    let refused =
        matches!(error, sqlx::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused);
    refused || failure::closes(error)
}

fn unconnected(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)))
}

fn execution(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(Arc::new(error)))
}
