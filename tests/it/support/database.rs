//! A database per test: an SQLite file in a temporary folder, or, with `TEST_POSTGRES_URL`, a copy of
//! a migrated template on that server.

use footlight::clock::Clock;
use footlight::store::Store;
use sea_orm::{ConnectionTrait, Database as Connection};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// Where the tests' own PostgreSQL is, if they run on it.
const SERVER: &str = "TEST_POSTGRES_URL";

/// A fresh database, up to date and empty.
pub struct Database {
    pub url: String,
    _folder: TempDir,
}

impl Database {
    /// Makes one on the server under test.
    pub async fn fresh() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = match server() {
            None => format!("sqlite://{}/test.db", folder.path().display()),
            Some(server) => copy_of_template(&server).await,
        };
        Self {
            url,
            _folder: folder,
        }
    }
}

impl Database {
    /// Makes one without any table.
    pub async fn empty() -> Self {
        let Some(server) = server() else {
            return Self::fresh().await;
        };
        let name = format!("empty_{}", Clock::system().new_id().simple());
        execute(&server, &format!("create database {name}")).await;
        Self::at(beside(&server, &name))
    }

    /// One that is somewhere already.
    pub fn at(url: String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            url,
            _folder: folder,
        }
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

async fn copy_of_template(server: &str) -> String {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let template = TEMPLATE.get_or_init(|| make_template(server)).await;
    let name = format!("test_{}", Clock::system().new_id().simple());
    execute(
        server,
        &format!("create database {name} template {template}"),
    )
    .await;
    beside(server, &name)
}

async fn make_template(server: &str) -> String {
    let name = format!("template_{}", Clock::system().new_id().simple());
    execute(server, &format!("create database {name}")).await;
    let store = Store::connect(&beside(server, &name), 1).await.unwrap();
    store.migrate().await.unwrap();
    store.close().await;
    name
}

async fn execute(server: &str, sql: &str) {
    let connection = Connection::connect(server).await.unwrap();
    connection.execute_unprepared(sql).await.unwrap();
    connection.close().await.unwrap();
}

fn beside(server: &str, name: &str) -> String {
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}
