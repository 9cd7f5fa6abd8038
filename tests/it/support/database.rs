//! A database per test, a copy of one that was migrated once: an SQLite file in a temporary folder, or, with
//! `TEST_POSTGRES_URL`, a database on that server.

use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use footlight::clock::Clock;
use footlight::store::Store;
use sea_orm::{ConnectOptions, ConnectionTrait, Database as Connection};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// Where the tests' own PostgreSQL is, if they run on it.
const SERVER: &str = "TEST_POSTGRES_URL";
/// Key of the lock behind which the template is made.
const TEMPLATES: i64 = 1;

/// A fresh database, up to date and empty. What was made on PostgreSQL goes with it.
pub struct Database {
    pub url: String,
    /// Its name, where it was made on PostgreSQL.
    made: Option<String>,
    folder: TempDir,
}

impl Database {
    /// Makes one on the server under test.
    pub async fn fresh() -> Self {
        match server() {
            None => {
                static TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
                let fresh = Self::on_sqlite();
                let template = TEMPLATE.get_or_init(migrated_file).await;
                std::fs::write(fresh.file(), template).unwrap();
                fresh
            }
            Some(server) => {
                static TEMPLATE: OnceCell<String> = OnceCell::const_new();
                let template = TEMPLATE.get_or_init(|| template(&server)).await;
                Self::made(&server, &format!("template {template}")).await
            }
        }
    }

    /// Makes one without any table.
    pub async fn empty() -> Self {
        match server() {
            None => Self::on_sqlite(),
            Some(server) => Self::made(&server, "").await,
        }
    }

    /// One that is somewhere already.
    pub fn at(url: String) -> Self {
        Self {
            url,
            made: None,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            url: format!("sqlite://{}", file_in(&folder).display()),
            made: None,
            folder,
        }
    }

    fn file(&self) -> PathBuf {
        file_in(&self.folder)
    }

    async fn made(server: &str, from: &str) -> Self {
        let name = format!("test_{}", Clock::system().new_id().simple());
        execute(server, &format!("create database {name} {from}")).await;
        Self {
            made: Some(name.clone()),
            url: beside(server, &name),
            folder: tempfile::tempdir().unwrap(),
        }
    }
}

impl Drop for Database {
    /// A run of all tests would leave gigabytes behind.
    fn drop(&mut self) {
        let (Some(server), Some(name)) = (server(), self.made.take()) else {
            return;
        };
        // The test's own runtime is busy, or on its way out.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(execute(&server, &drop_of(&name)));
        });
        // Where the server has gone meanwhile, so has the database.
        let _ = dropping.join();
    }
}

/// The server's address, when the tests run on PostgreSQL.
#[expect(
    clippy::disallowed_methods,
    reason = "the tests' own switch, which the product does not know"
)]
pub fn server() -> Option<String> {
    std::env::var(SERVER).ok().filter(|url| !url.is_empty())
}

fn file_in(folder: &TempDir) -> PathBuf {
    folder.path().join("test.db")
}

/// The bytes of an SQLite file that is up to date and empty.
async fn migrated_file() -> Vec<u8> {
    let made = Database::on_sqlite();
    let store = Store::connect(&made.url, 1).await.unwrap();
    store.migrate().await.unwrap();
    // Whoever closes it last brings home what lies beside it.
    store.close().await;
    assert!(!made.file().with_extension("db-wal").exists());
    std::fs::read(made.file()).unwrap()
}

/// The migrated database that all tests of this build copy. Runners give each test a process of its
/// own: the first one makes it, behind a lock, and the others find it.
async fn template(server: &str) -> String {
    let binary = std::env::current_exe().unwrap().metadata().unwrap();
    let built = binary.modified().unwrap().duration_since(UNIX_EPOCH);
    let name = format!("template_{}", built.unwrap().as_nanos());
    let mut options = ConnectOptions::new(server);
    options.max_connections(1);
    let connection = Connection::connect(options).await.unwrap();
    let lock = format!("select pg_advisory_lock({TEMPLATES})");
    connection.execute_unprepared(&lock).await.unwrap();
    let find = format!("select from pg_database where datname = '{name}'");
    let found = connection.execute_unprepared(&find).await.unwrap();
    if found.rows_affected() == 0 {
        let draft = format!("{name}_draft");
        execute(server, &drop_of(&draft)).await;
        execute(server, &format!("create database {draft}")).await;
        let store = Store::connect(&beside(server, &draft), 1).await.unwrap();
        store.migrate().await.unwrap();
        store.close().await;
        let rename = format!("alter database {draft} rename to {name}");
        execute(server, &rename).await;
    }
    connection.close().await.unwrap();
    name
}

async fn execute(server: &str, sql: &str) {
    let connection = Connection::connect(server).await.unwrap();
    connection.execute_unprepared(sql).await.unwrap();
    connection.close().await.unwrap();
}

fn drop_of(name: &str) -> String {
    format!("drop database if exists {name} with (force)")
}

fn beside(server: &str, name: &str) -> String {
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}
