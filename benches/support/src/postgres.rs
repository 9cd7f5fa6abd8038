//! A PostgreSQL server of an instrument's own, with the settings that it comes with: a commit waits
//! for the disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::geteuid;
use tempfile::TempDir;
use tokio::process::Command;

use crate::process::{free_address, run};
use crate::usage;

/// Clients of `pgbench`.
pub const CLIENTS: usize = 16;

/// PostgreSQL refuses to be root's; then it is this user's.
const USER: &str = "postgres";

/// A running server, which ends with its data when dropped.
pub struct Postgres {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
}

/// What it has written so far.
#[derive(Clone, Copy, Debug)]
pub struct Written {
    /// Transactions that wrote something.
    pub transactions: i64,
    /// Times that the log was flushed to disk.
    pub flushes: i64,
}

impl Postgres {
    /// Starts one with its data under `folder`.
    ///
    /// # Errors
    /// When PostgreSQL is not installed, or its user cannot reach the folder.
    pub async fn start(folder: &Path) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("pg").tempdir_in(folder)?;
        let server = Self {
            folder,
            programs: programs()?,
            port: free_address()?.port(),
        };
        let path = server.folder.path();
        if geteuid().is_root() {
            run(Command::new("chown").arg(USER).arg(path)).await?;
        }
        let data = path.join("data");
        let mut initdb = server.program("initdb");
        initdb.args(["--username=footlight", "--auth=trust", "--encoding=UTF8"]);
        run(initdb.arg("--pgdata").arg(&data)).await?;
        let options = format!(
            "-p {} -k '' -c listen_addresses=127.0.0.1 -c max_connections=200",
            server.port
        );
        let mut start = server.program("pg_ctl");
        // The server keeps what it inherits: a pipe would never end.
        start.stdout(Stdio::null()).stderr(Stdio::null());
        start.arg("--pgdata").arg(&data);
        start.arg("--log").arg(path.join("log"));
        let started = start.args(["--options", &options, "--wait", "start"]);
        if !started.status().await?.success() {
            bail!("PostgreSQL does not start, see {}/log", path.display());
        }
        Ok(server)
    }

    /// What goes into `DATABASE_URL` for this database of it.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://footlight@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes a database.
    ///
    /// # Errors
    /// When it exists.
    pub async fn create(&self, database: &str) -> Result<()> {
        let statement = format!("create database {database}");
        self.sql("postgres", &statement).await?;
        Ok(())
    }

    /// Runs statements, none of which holds a semicolon, and answers their rows as `psql` prints them without decoration.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn sql(&self, database: &str, sql: &str) -> Result<String> {
        let mut psql = self.program("psql");
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]);
        psql.args(["--set=ON_ERROR_STOP=1", "--dbname"]);
        psql.arg(self.url(database));
        // One command for each statement: together they would be one transaction, and VACUUM has none.
        for statement in sql.split(';').filter(|part| !part.trim().is_empty()) {
            psql.args(["--command", statement]);
        }
        let said = run(&mut psql).await?;
        Ok(said.trim().to_owned())
    }

    /// All that it has logged.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn log(&self) -> Result<String> {
        Ok(fs::read_to_string(self.folder.path().join("log"))?)
    }

    /// What it has written so far, all databases together.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn written(&self) -> Result<Written> {
        let query = "select pg_snapshot_xmax(pg_current_snapshot()), wal_sync from pg_stat_wal";
        let row = self.sql("postgres", query).await?;
        let (transactions, flushes) = row.split_once('|').context("two columns")?;
        Ok(Written {
            transactions: transactions.parse()?,
            flushes: flushes.parse()?,
        })
    }

    /// CPU time of all its processes so far.
    ///
    /// # Errors
    /// When it has ended.
    pub fn cpu(&self) -> Result<Duration> {
        let file = self.folder.path().join("data/postmaster.pid");
        let file = fs::read_to_string(file)?;
        let pid = file.lines().next().context("postmaster.pid is empty")?;
        usage::family_cpu(pid.parse()?)
    }

    /// Prepares a database for [`Postgres::pgbench`] and [`Postgres::inserts`].
    ///
    /// # Errors
    /// When `pgbench` is not installed.
    pub async fn prepare_baselines(&self) -> Result<()> {
        self.create("baseline").await?;
        let url = self.url("baseline");
        let mut pgbench = self.program("pgbench");
        run(pgbench.args(["--initialize", "--quiet", "--scale=20", &url])).await?;
        let table = "create table single (id bigserial primary key, payload text not null)";
        self.sql("baseline", table).await?;
        let script = "insert into single (payload) values ('one row, one commit');";
        fs::write(self.folder.path().join("insert.sql"), script)?;
        Ok(())
    }

    /// Transactions a second of `pgbench -N`: one update, one query and one insert each.
    ///
    /// # Errors
    /// When it fails.
    pub async fn pgbench(&self, time: Duration) -> Result<f64> {
        self.measure(&["--skip-some-updates"], time).await
    }

    /// Commits a second of a single row each.
    ///
    /// # Errors
    /// When it fails.
    pub async fn inserts(&self, time: Duration) -> Result<f64> {
        let file = format!("--file={}/insert.sql", self.folder.path().display());
        self.measure(&["--no-vacuum", &file], time).await
    }

    async fn measure(&self, arguments: &[&str], time: Duration) -> Result<f64> {
        let mut pgbench = self.program("pgbench");
        pgbench.args(arguments);
        pgbench.arg(format!("--client={CLIENTS}"));
        pgbench.args(["--jobs=2", &format!("--time={}", time.as_secs().max(1))]);
        let said = run(pgbench.arg(self.url("baseline"))).await?;
        let line = said.lines().find_map(|line| line.strip_prefix("tps = "));
        let rate = line.and_then(|line| line.split_whitespace().next());
        Ok(rate.context("pgbench names no rate")?.parse()?)
    }

    /// One of its programs, as the user who owns its data.
    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = if geteuid().is_root() {
            let mut command = Command::new("setpriv");
            let user = [format!("--reuid={USER}"), format!("--regid={USER}")];
            command.args(user).arg("--clear-groups").arg(program);
            command
        } else {
            Command::new(program)
        };
        // The folder that this was started in may be closed to that user.
        command.current_dir(self.folder.path());
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.folder.path().join("data");
        let mut stop = self.program("pg_ctl").into_std();
        stop.arg("--pgdata").arg(data);
        stop.args(["--mode=immediate", "--wait", "stop"]);
        // What cannot be stopped is left for the person to see.
        let _ = stop.stdout(Stdio::null()).status();
    }
}

/// Where the newest installed PostgreSQL keeps its programs: on Debian not on the path.
fn programs() -> Result<PathBuf> {
    let versions = Path::new("/usr/lib/postgresql")
        .read_dir()
        .context("PostgreSQL is not installed (Debian's package postgresql)")?;
    let newest = versions
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .max();
    let newest = newest.context("PostgreSQL is not installed")?;
    Ok(format!("/usr/lib/postgresql/{newest}/bin").into())
}
