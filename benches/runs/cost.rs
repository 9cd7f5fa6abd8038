//! What a load costs: commits, CPU time by who spends it, and memory of the server.

use std::time::Duration;

use anyhow::{Context, Result};
use bench_support::report::{Row, round};
use bench_support::scene::{Database, Scene};
use bench_support::sqlite;
use bench_support::usage::{self, Usage};

/// All that was spent and written until now.
pub struct Cost {
    server: Usage,
    database: Duration,
    provider: Duration,
    load: Duration,
    transactions: i64,
    /// Times that PostgreSQL flushed its log; SQLite does with every transaction.
    flushes: i64,
}

impl Cost {
    /// So far; the server's peak of memory begins anew.
    ///
    /// # Errors
    /// When a process has ended.
    pub async fn begin(scene: &Scene) -> Result<Self> {
        let server = scene.servers.first().context("no server")?;
        usage::forget_peak(server.pid()?)?;
        Self::now(scene).await
    }

    async fn now(scene: &Scene) -> Result<Self> {
        let server = scene.servers.first().context("no server")?;
        let (transactions, flushes, database) = match &scene.database {
            Database::Sqlite(file) => {
                let commits = sqlite::commits(file)?.into();
                (commits, commits, Duration::ZERO)
            }
            Database::Postgres(postgres) => {
                let written = postgres.written().await?;
                (written.transactions, written.flushes, postgres.cpu()?)
            }
        };
        Ok(Self {
            server: server.usage()?,
            database,
            provider: Usage::of(scene.provider.pid()?)?.cpu,
            load: usage::own_cpu()?,
            transactions,
            flushes,
        })
    }

    /// A row with what so many stages have cost since.
    ///
    /// # Errors
    /// When a process has ended.
    pub async fn since(self, scene: &Scene, stages: u32, row: Row) -> Result<Row> {
        let now = Self::now(scene).await?;
        let per_stage = |from: i64, to: i64| -> Result<f64> {
            Ok(round(
                f64::from(i32::try_from(to - from)?) / f64::from(stages),
                2,
            ))
        };
        let server = now.server.cpu_since(&self.server);
        let cpu = |from: Duration, to: Duration| round(to.saturating_sub(from).as_secs_f64(), 1);
        Ok(row
            .with(
                "commits/stage",
                per_stage(self.transactions, now.transactions)?,
            )
            .with("flushes/stage", per_stage(self.flushes, now.flushes)?)
            .with(
                "server CPU ms/stage",
                round(server * 1000.0 / f64::from(stages), 2),
            )
            .with("CPU s: server", round(server, 1))
            .with("database", cpu(self.database, now.database))
            .with("provider", cpu(self.provider, now.provider))
            .with("load", cpu(self.load, now.load))
            .with("server peak MiB", round(now.server.peak, 0)))
    }
}
