//! What the same database does on its own on the same machine, measured before and after every
//! group of loads: only a ratio to it says how fast a server is.

use std::time::Duration;

use anyhow::Result;
use bench_support::report::{Row, round};
use bench_support::scene::{Database, Scene};
use bench_support::sqlite;

/// Rates of a database on its own.
#[derive(Clone, Copy)]
pub enum Baseline {
    Sqlite {
        /// Commits a second of one row each, one after the other.
        single_row: f64,
    },
    Postgres {
        /// Transactions a second of `pgbench -N`.
        pgbench: f64,
        /// Commits a second of one row each, by as many clients.
        single_row: f64,
    },
}

impl Baseline {
    /// Measures for about so long.
    ///
    /// # Errors
    /// When a measurement fails.
    pub async fn measure(scene: &Scene, time: Duration) -> Result<Self> {
        match &scene.database {
            Database::Sqlite(_) => {
                let folder = scene.folder().to_owned();
                let measured =
                    tokio::task::spawn_blocking(move || sqlite::single_row_commits(&folder, time));
                Ok(Self::Sqlite {
                    single_row: measured.await??,
                })
            }
            Database::Postgres(postgres) => Ok(Self::Postgres {
                pgbench: postgres.pgbench(time).await?,
                single_row: postgres.inserts(time).await?,
            }),
        }
    }

    /// The mean of two of the same kind.
    #[must_use]
    pub fn mean(self, other: Self) -> Self {
        match (self, other) {
            (Self::Sqlite { single_row: a }, Self::Sqlite { single_row: b }) => Self::Sqlite {
                single_row: f64::midpoint(a, b),
            },
            (
                Self::Postgres {
                    pgbench: a,
                    single_row: c,
                },
                Self::Postgres {
                    pgbench: b,
                    single_row: d,
                },
            ) => Self::Postgres {
                pgbench: f64::midpoint(a, b),
                single_row: f64::midpoint(c, d),
            },
            (Self::Sqlite { .. }, Self::Postgres { .. })
            | (Self::Postgres { .. }, Self::Sqlite { .. }) => self,
        }
    }

    /// The rates themselves.
    #[must_use]
    pub fn row(self) -> Row {
        match self {
            Self::Sqlite { single_row } => Row::new().with(
                "single-row commits/s, synchronous=FULL",
                round(single_row, 0),
            ),
            Self::Postgres {
                pgbench,
                single_row,
            } => Row::new()
                .with("pgbench -N, 16 clients, tps", round(pgbench, 0))
                .with(
                    "single-row INSERT commits/s, 16 clients",
                    round(single_row, 0),
                ),
        }
    }

    /// A row with the ratio of `stages` a second to each of the rates.
    #[must_use]
    pub fn compare(self, row: Row, stages: f64) -> Row {
        match self {
            Self::Sqlite { single_row } => row.with("× single-row", round(stages / single_row, 2)),
            Self::Postgres {
                pgbench,
                single_row,
            } => row
                .with("× pgbench -N", round(stages / pgbench, 2))
                .with("× single-row", round(stages / single_row, 2)),
        }
    }
}
