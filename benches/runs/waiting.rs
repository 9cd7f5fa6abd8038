//! Many runs that wait for their model at the same time in one process: what memory they take, and
//! whether the process still proves in time that it lives.
//!
//! 1. The provider holds back its answers until every run is started, then all wait as long as one
//!    answer takes, and are answered at about the same time, stage after stage.
//! 2. While they all wait in silence, the server's CPU is read.
//! 3. Meanwhile the session's row is read often. It is renewed every 5 s for 15 s: renewals on time
//!    leave it about 10 s.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bench_support::api::Api;
use bench_support::provider::Pace;
use bench_support::report::{Row, round};
use bench_support::scene::{Database, Scene};
use bench_support::server::Server;
use bench_support::usage;
use futures_util::{StreamExt, TryStreamExt, stream};

const STARTING: usize = 32;
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// After the last start, until the last call has begun.
const SETTLING: Duration = Duration::from_secs(2);
/// How long nothing is said while the CPU is read.
const SILENCE: Duration = Duration::from_secs(10);

/// Measures so many runs of `workflow` at once, each stage of which takes `latency`.
///
/// # Errors
/// When a run fails, or the server does.
pub async fn measure(
    scene: &mut Scene,
    workflow: &str,
    (count, latency): (usize, Duration),
) -> Result<Row> {
    let held = Pace {
        held: true,
        ..Pace::default()
    };
    scene.provider.set(held).await?;
    let api = scene.api()?;
    let server = scene.servers.first().context("no server")?;
    let before = server.usage()?;
    usage::forget_peak(server.pid()?)?;

    let mut least = i64::MAX;
    let (provider, database) = (&mut scene.provider, &scene.database);
    let work = async {
        let began = Instant::now();
        start(&api, workflow, count).await?;
        let started_in = began.elapsed();
        let silent = cpu_of_silence(server).await?;
        let pace = Pace {
            latency_ms: latency.as_millis().try_into()?,
            ..Pace::default()
        };
        provider.set(pace).await?;
        database.all_runs_complete().await?;
        anyhow::Ok((started_in, silent, began.elapsed()))
    };
    let (started_in, silent, took) = tokio::select! {
        worked = work => worked?,
        lost = watch_session(database, &mut least) => match lost? {},
    };
    let after = scene.servers[0].usage()?;
    Ok(Row::new()
        .with("runs at once", count)
        .with("answer takes s", latency.as_secs_f64())
        .with("started in s", round(started_in.as_secs_f64(), 1))
        .with("all in s", round(took.as_secs_f64(), 1))
        .with("memory before MiB", round(before.resident, 1))
        .with("peak MiB", round(after.peak, 1))
        .with("after MiB", round(after.resident, 1))
        .with("CPU of silence, % of a core", round(100.0 * silent, 2))
        .with("server CPU s", round(after.cpu_since(&before), 1))
        .with("least life left to the session, ms", least))
}

/// Starts so many runs of a workflow.
///
/// # Errors
/// When one is refused.
pub async fn start(api: &Api, workflow: &str, count: usize) -> Result<()> {
    stream::iter(0..count)
        .map(|_| api.start(workflow))
        .buffer_unordered(STARTING)
        .try_for_each(|_| async { Ok(()) })
        .await
}

/// The share of a core that a server takes while nobody says anything.
async fn cpu_of_silence(server: &Server) -> Result<f64> {
    tokio::time::sleep(SETTLING).await;
    let before = server.usage()?;
    let began = Instant::now();
    tokio::time::sleep(SILENCE).await;
    let spent = server.usage()?.cpu_since(&before);
    Ok(spent / began.elapsed().as_secs_f64())
}

/// Keeps the shortest time, in milliseconds, that the session had left to live.
async fn watch_session(database: &Database, least: &mut i64) -> Result<Infallible> {
    let left = match database {
        Database::Sqlite(_) => {
            "select min(expires_at) - cast(unixepoch('subsec') * 1000 as integer) from worker_sessions"
        }
        Database::Postgres(_) => {
            "select min(expires_at) - (extract(epoch from clock_timestamp()) * 1000)::bigint
             from worker_sessions"
        }
    };
    loop {
        *least = database.number(left).await?.min(*least);
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
