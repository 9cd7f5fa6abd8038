//! All that a measurement needs, put together: a database, a provider, and servers on both.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use tempfile::TempDir;

use crate::api::{Api, SECRET};
use crate::nats::Nats;
use crate::options::{Built, Options};
use crate::postgres::Postgres;
use crate::provider::Provider;
use crate::server::{Server, Variable};
use crate::sqlite;

const LOOK_EVERY: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_mins(5);

/// The servers' database in a PostgreSQL.
pub const DATABASE: &str = "footlight";

/// Where rows are kept, and how replicas tell each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// One process on an SQLite file
    Sqlite,
    /// PostgreSQL; replicas tell each other by NOTIFY
    Postgres,
    /// PostgreSQL; replicas tell each other over NATS
    Nats,
}

impl Mode {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::Nats => "PostgreSQL + NATS",
        }
    }
}

/// Where the rows of a scene are.
pub enum Database {
    /// In this file.
    Sqlite(PathBuf),
    /// On this server.
    Postgres(Postgres),
}

impl Database {
    /// The one number that a query answers, asked beside the servers.
    ///
    /// # Errors
    /// When the query fails.
    pub async fn number(&self, query: &str) -> Result<i64> {
        let text = self.text(query).await?;
        text.parse()
            .with_context(|| format!("{query} answers {text:?}"))
    }

    /// The one text that a query answers, asked beside the servers.
    ///
    /// # Errors
    /// When the query fails.
    pub async fn text(&self, query: &str) -> Result<String> {
        match self {
            Self::Sqlite(file) => {
                let query = format!("select cast(({query}) as text)");
                let answer = sqlite::reader(file)?.query_row(&query, [], |row| row.get(0));
                Ok(answer?)
            }
            Self::Postgres(postgres) => postgres.sql(DATABASE, query).await,
        }
    }

    /// Waits until every run has completed.
    ///
    /// # Errors
    /// When one does not.
    pub async fn all_runs_complete(&self) -> Result<()> {
        let open = "select count(*) from executions where status <> 'COMPLETED'";
        let ended = async {
            while self.number(open).await? > 0 {
                tokio::time::sleep(LOOK_EVERY).await;
            }
            Ok(())
        };
        tokio::time::timeout(PATIENCE, ended)
            .await
            .context("not every run completes")?
    }

    /// Runs SQL beside the servers; on SQLite none may be running.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn run(&self, sql: &str) -> Result<()> {
        match self {
            Self::Sqlite(file) => sqlite::run(file, sql)?,
            Self::Postgres(postgres) => {
                postgres.sql(DATABASE, sql).await?;
            }
        }
        Ok(())
    }
}

/// Servers, and what they stand on.
pub struct Scene {
    // Dropped first: servers go before what they need.
    pub servers: Vec<Server>,
    pub provider: Provider,
    pub database: Database,
    nats: Option<Nats>,
    binary: PathBuf,
    set: Vec<Variable>,
    folder: TempDir,
}

impl Scene {
    /// A database, a provider, and no server yet.
    ///
    /// # Errors
    /// When something is not installed.
    pub async fn set(options: &Options, built: &Built, mode: Mode) -> Result<Self> {
        let parent = options.folder(built);
        std::fs::create_dir_all(parent)?;
        let folder = tempfile::Builder::new()
            .prefix("bench")
            .tempdir_in(parent)?;
        let database = match mode {
            Mode::Sqlite => Database::Sqlite(folder.path().join("footlight.db")),
            Mode::Postgres | Mode::Nats => {
                let postgres = Postgres::start(parent).await?;
                postgres.create(DATABASE).await?;
                Database::Postgres(postgres)
            }
        };
        Ok(Self {
            servers: Vec::new(),
            provider: Provider::start().await?,
            database,
            nats: match mode {
                Mode::Nats => Some(Nats::start().await?),
                Mode::Sqlite | Mode::Postgres => None,
            },
            binary: std::path::absolute(options.server(built))?,
            set: options.set.clone(),
            folder,
        })
    }

    /// Starts one more server with these variables on top of what it needs.
    ///
    /// # Errors
    /// When it does not come to serve.
    pub async fn enter(&mut self, variables: &[(&str, String)]) -> Result<&Server> {
        let mut all = self.variables();
        all.extend(variables.iter().map(|(name, value)| own(name, value)));
        all.extend(self.set.iter().cloned());
        let server = Server::start(&self.binary, self.folder.path(), &all).await?;
        self.servers.push(server);
        Ok(&self.servers[self.servers.len() - 1])
    }

    /// Stops every server.
    ///
    /// # Errors
    /// When one ends in disorder.
    pub async fn clear(&mut self) -> Result<()> {
        for server in self.servers.drain(..) {
            server.stop().await?;
        }
        Ok(())
    }

    /// A client of the first server.
    ///
    /// # Errors
    /// When there is none.
    pub fn api(&self) -> Result<Api> {
        match self.servers.first() {
            Some(server) => Api::new(server.address),
            None => bail!("no server has been started"),
        }
    }

    /// Where its files are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn variables(&self) -> Vec<Variable> {
        let database_url = match &self.database {
            Database::Sqlite(file) => format!("sqlite://{}", file.display()),
            Database::Postgres(postgres) => postgres.url(DATABASE),
        };
        let mut variables = vec![
            own("DATABASE_URL", &database_url),
            own("SUPABASE_JWT_SECRET", SECRET),
            own("OPENAI_API_KEY", "sk-bench"),
            own("OPENAI_BASE_URL", &self.provider.base_url()),
            own("RATE_LIMIT_PER_USER", "0"),
            own("RATE_LIMIT_PER_ADDRESS", "0"),
        ];
        if let Some(nats) = &self.nats {
            variables.push(own("NATS_URL", nats.url()));
        }
        variables
    }
}

fn own(name: &str, value: &str) -> Variable {
    (name.to_owned(), value.to_owned())
}
