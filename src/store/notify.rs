//! PostgreSQL's LISTEN and NOTIFY, each over a connection of its own.

use std::time::Duration;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sea_orm::sqlx::{self, Acquire, ConnectOptions, Connection as _};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tokio::time::timeout;

use super::connection::Connection;
use super::deadline::{Meter, PING, STATEMENT};
use super::failure::Overrun;
use super::pool::Pool;
use crate::error::{Error, Result};

/// The one channel, for PostgreSQL's LISTEN takes no patterns.
const CHANNEL: &str = "footlight_hints";
/// A hint may get lost, so that it need not wait for the disk as what is written must.
const SETTINGS: &str = "set synchronous_commit = off";
/// A listener that has heard nothing for so long asks whether its connection is there: nothing to hear looks
/// like a connection that died without a word.
const QUIET: Duration = Duration::from_secs(5);

/// Sends to whoever listens.
#[derive(Debug)]
pub struct Notifier(Connection);

impl Notifier {
    pub(super) fn new(options: PgConnectOptions) -> Self {
        let pool = Pool::new(options, 1, SETTINGS);
        Self(Connection::postgres(pool, Meter::default()))
    }

    /// Sends one payload, of less than 8000 bytes.
    ///
    /// # Errors
    /// `Internal` when the database fails; whether it was sent is unknown then.
    pub async fn notify(&self, payload: &str) -> Result<()> {
        let sql = "select pg_notify($1, $2)";
        let values = [CHANNEL.into(), payload.into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        self.0.execute_raw(statement).await?;
        Ok(())
    }
}

/// Hears what is sent.
#[derive(Debug)]
pub struct Listener {
    listener: PgListener,
    options: PgConnectOptions,
}

impl Listener {
    pub(super) async fn connect(options: PgConnectOptions) -> Result<Self> {
        let connecting = async {
            let pool = PgPoolOptions::new()
                .max_connections(1)
                .max_lifetime(None)
                .idle_timeout(None)
                .acquire_timeout(STATEMENT)
                .connect_with(options.clone())
                .await?;
            let mut listener = PgListener::connect_with(&pool).await?;
            listener.listen(CHANNEL).await?;
            Ok::<_, sqlx::Error>(listener)
        };
        let listener = timeout(STATEMENT, connecting)
            .await
            .map_err(|_| Error::internal(Overrun(STATEMENT)))?
            .map_err(Error::internal)?;
        Ok(Self { listener, options })
    }

    /// The next payload. None when the connection was lost and made anew, and payloads with it.
    ///
    /// # Errors
    /// `Internal` when the connection is lost for good: connect again.
    pub async fn heard(&mut self) -> Result<Option<String>> {
        loop {
            match timeout(QUIET, self.listener.try_recv()).await {
                Ok(notification) => {
                    let notification = notification.map_err(Error::internal)?;
                    return Ok(notification.map(|heard| heard.payload().to_owned()));
                }
                Err(_) => self.prove().await?,
            }
        }
    }

    /// Makes sure that the connection is there.
    async fn prove(&mut self) -> Result<()> {
        let asked = async { (&mut self.listener).acquire().await?.ping().await };
        if let Ok(answer) = timeout(PING, asked).await {
            return answer.map_err(Error::internal);
        }
        self.cut().await;
        Err(Error::internal(Overrun(PING)))
    }

    /// Closes a connection that says nothing. The driver would say goodbye on it and wait for the answer, so it
    /// gets another one in its place.
    async fn cut(&mut self) {
        let swapped = async {
            let another = self.options.connect().await?;
            drop(std::mem::replace(
                (&mut self.listener).acquire().await?,
                another,
            ));
            Ok::<_, sqlx::Error>(())
        };
        // Where there is no other to be had, the system gives the silent one up after a while.
        let _ = timeout(STATEMENT, swapped).await;
    }
}
