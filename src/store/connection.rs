//! What statements are run on: a pool of connections, or a transaction on one of them.
//!
//! Every statement of the crate goes through here, which is why the limit on how long it may take stands
//! here and nowhere else.

use std::time::Duration;

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use tokio::sync::Mutex;

use super::deadline::{Meter, STATEMENT, reported};
use super::pool::{Held, Pool};

/// Connections to the database, of which each statement takes one.
#[derive(Clone, Debug)]
pub struct Connection {
    source: Source,
    meter: Meter,
    limit: Duration,
}

#[derive(Clone, Debug)]
enum Source {
    Sqlite(DatabaseConnection),
    Postgres(Pool),
}

/// A transaction. What was not committed when it is dropped is undone.
#[derive(Debug)]
pub struct Transaction {
    on: On,
    meter: Meter,
}

#[derive(Debug)]
enum On {
    Sqlite(DatabaseTransaction),
    Postgres(Mutex<Held>),
}

impl Connection {
    pub(super) const fn sqlite(db: DatabaseConnection, meter: Meter) -> Self {
        Self {
            source: Source::Sqlite(db),
            meter,
            limit: STATEMENT,
        }
    }

    pub(super) const fn postgres(pool: Pool, meter: Meter) -> Self {
        Self {
            source: Source::Postgres(pool),
            meter,
            limit: STATEMENT,
        }
    }

    /// The same connections, for statements that may take longer.
    pub(super) fn within(&self, limit: Duration) -> Self {
        Self {
            limit,
            ..self.clone()
        }
    }

    pub(super) const fn meter(&self) -> &Meter {
        &self.meter
    }

    /// SQLite's connections, where this is SQLite.
    pub(super) const fn embedded(&self) -> Option<&DatabaseConnection> {
        match &self.source {
            Source::Sqlite(db) => Some(db),
            Source::Postgres(_) => None,
        }
    }

    /// Begins a transaction, which on SQLite is one that writes.
    pub(super) async fn begin(&self) -> Result<Transaction, DbErr> {
        let on = match &self.source {
            Source::Sqlite(db) => {
                // A deferred transaction of SQLite fails at once when it turns into a write.
                let options = TransactionOptions {
                    sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                    ..TransactionOptions::default()
                };
                // Boxed, as whatever else is large or rare here: everything that writes would have room for it.
                let begun = Box::pin(reported(STATEMENT, db.begin_with_options(options)));
                On::Sqlite(begun.await?)
            }
            Source::Postgres(pool) => {
                let begun = async {
                    let mut held = pool.take().await?;
                    held.begin(STATEMENT).await?;
                    Ok(held)
                };
                On::Postgres(Mutex::new(self.meter.watch(Box::pin(begun)).await?))
            }
        };
        Ok(Transaction {
            on,
            meter: self.meter.clone(),
        })
    }

    /// How many connections are idle, and how many are in use.
    pub(super) fn sizes(&self) -> (usize, usize) {
        match &self.source {
            Source::Sqlite(db) => {
                let pool = db.get_sqlite_connection_pool();
                let (all, idle) = (pool.size(), pool.num_idle());
                let all = usize::try_from(all).unwrap_or(usize::MAX);
                (idle, all.saturating_sub(idle))
            }
            Source::Postgres(pool) => pool.sizes(),
        }
    }

    pub(super) async fn close(&self) {
        match &self.source {
            // A failure to say goodbye changes nothing for anybody.
            Source::Sqlite(db) => drop(db.close_by_ref().await),
            Source::Postgres(pool) => pool.close().await,
        }
    }
}

impl Transaction {
    /// Makes what was written last.
    ///
    /// # Errors
    /// When the database fails: whether it was committed is unknown then.
    pub async fn commit(self) -> Result<(), DbErr> {
        let Self { on, meter } = self;
        let committed = async {
            match on {
                On::Sqlite(transaction) => reported(STATEMENT, transaction.commit()).await,
                On::Postgres(held) => held.into_inner().end("commit", STATEMENT).await,
            }
        };
        meter.watch(committed).await
    }

    /// Undoes what was written, before the connection is used again.
    ///
    /// # Errors
    /// When the database fails; it undoes the transaction then by itself.
    pub async fn rollback(self) -> Result<(), DbErr> {
        match self.on {
            On::Sqlite(transaction) => transaction.rollback().await,
            On::Postgres(held) => held.into_inner().end("rollback", STATEMENT).await,
        }
    }
}

/// A pool and a transaction send statements alike; what differs is where PostgreSQL's connection is from.
macro_rules! sends_statements {
    ($sender:ty, $kind:ident, |$self:ident| $on:expr, $limit:expr, |$source:ident| $held:expr) => {
        #[async_trait]
        impl ConnectionTrait for $sender {
            fn get_database_backend(&$self) -> DbBackend {
                match $on {
                    $kind::Sqlite(_) => DbBackend::Sqlite,
                    $kind::Postgres(_) => DbBackend::Postgres,
                }
            }

            async fn execute_raw(&$self, statement: Statement) -> Result<ExecResult, DbErr> {
                #[cfg(feature = "faults")]
                $self.meter.bind(super::rows::bytes_of(&statement));
                let answer = async {
                    match $on {
                        $kind::Sqlite(db) => reported($limit, db.execute_raw(statement)).await,
                        $kind::Postgres($source) => {
                            let answer = $held.execute(statement, $limit).await?;
                            Ok(answer.into())
                        }
                    }
                };
                $self.meter.statement(answer).await
            }

            async fn execute_unprepared(&$self, sql: &str) -> Result<ExecResult, DbErr> {
                let answer = async {
                    match $on {
                        $kind::Sqlite(db) => reported($limit, db.execute_unprepared(sql)).await,
                        $kind::Postgres($source) => {
                            let answer = $held.execute_text(sql, $limit).await?;
                            Ok(answer.into())
                        }
                    }
                };
                $self.meter.statement(answer).await
            }

            async fn query_one_raw(
                &$self,
                statement: Statement,
            ) -> Result<Option<QueryResult>, DbErr> {
                #[cfg(feature = "faults")]
                $self.meter.bind(super::rows::bytes_of(&statement));
                let answer = async {
                    match $on {
                        $kind::Sqlite(db) => reported($limit, db.query_one_raw(statement)).await,
                        $kind::Postgres($source) => {
                            let row = $held.query_one(statement, $limit).await?;
                            Ok(row.map(Into::into))
                        }
                    }
                };
                $self.meter.statement(answer).await
            }

            async fn query_all_raw(
                &$self,
                statement: Statement,
            ) -> Result<Vec<QueryResult>, DbErr> {
                #[cfg(feature = "faults")]
                $self.meter.bind(super::rows::bytes_of(&statement));
                let answer = async {
                    match $on {
                        $kind::Sqlite(db) => reported($limit, db.query_all_raw(statement)).await,
                        $kind::Postgres($source) => {
                            let rows = $held.query_all(statement, $limit).await?;
                            Ok(rows.into_iter().map(Into::into).collect())
                        }
                    }
                };
                $self.meter.statement(answer).await
            }
        }
    };
}

sends_statements!(
    Connection,
    Source,
    |self| &self.source,
    self.limit,
    |pool| pool.take().await?
);
sends_statements!(Transaction, On, |self| &self.on, STATEMENT, |held| held
    .lock()
    .await);
