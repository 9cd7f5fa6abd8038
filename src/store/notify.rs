//! PostgreSQL's LISTEN and NOTIFY, each over a connection of its own.

use std::time::Duration;

use sea_orm::sqlx::postgres::PgListener;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use secrecy::{ExposeSecret, SecretString};

use super::options_with;
use crate::error::{Error, Result};

/// The one channel, for PostgreSQL's LISTEN takes no patterns.
const CHANNEL: &str = "footlight_hints";
/// A hint may get lost, so that it need not wait for the disk as what is written must.
const SETTINGS: &str = "set synchronous_commit = off";
/// A connection that takes longer is tried again.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Sends to whoever listens.
#[derive(Debug)]
pub struct Notifier(DatabaseConnection);

impl Notifier {
    pub(super) async fn connect(url: &SecretString) -> Result<Self> {
        let mut options = options_with(url.expose_secret(), 1, SETTINGS);
        options.connect_lazy(true).acquire_timeout(CONNECT_TIMEOUT);
        Ok(Self(Database::connect(options).await?))
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
pub struct Listener(PgListener);

impl Listener {
    pub(super) async fn connect(url: &SecretString) -> Result<Self> {
        let connecting = async {
            let mut listener = PgListener::connect(url.expose_secret()).await?;
            listener.listen(CHANNEL).await?;
            Ok::<_, sea_orm::sqlx::Error>(listener)
        };
        let connected = tokio::time::timeout(CONNECT_TIMEOUT, connecting).await;
        let listener = connected
            .map_err(Error::internal)?
            .map_err(Error::internal)?;
        Ok(Self(listener))
    }

    /// The next payload. None when the connection was lost and made anew, and payloads with it.
    ///
    /// # Errors
    /// `Internal` when the connection is lost for good: connect again.
    pub async fn heard(&mut self) -> Result<Option<String>> {
        let notification = self.0.try_recv().await.map_err(Error::internal)?;
        Ok(notification.map(|notification| notification.payload().to_owned()))
    }
}
