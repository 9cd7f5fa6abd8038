//! A server with little to do: one run at a time with pauses between, memory of a fresh process, and
//! how soon it serves on the database that it left.

use std::time::Duration;

use anyhow::{Context, Result};
use bench_support::provider::Pace;
use bench_support::report::{Row, round};
use bench_support::scene::Scene;
use bench_support::spread::Spread;

use super::enter;
use super::load::Load;

/// How long a fresh process is left alone before its memory is read.
const SETTLING: Duration = Duration::from_secs(3);

/// Measures all of it. The scene's server is another one afterwards.
///
/// # Errors
/// When a server fails.
pub async fn measure(scene: &mut Scene, quick: bool, runs: usize) -> Result<Row> {
    let (seconds, starts) = if quick { (2, 2) } else { (15, 10) };
    scene.provider.set(Pace::default()).await?;
    let load = Load {
        api: scene.api()?,
        workflow: scene.api()?.workflow(3).await?,
        clients: 1,
        warm_up: Duration::from_secs(1),
        time: Duration::from_secs(seconds),
        pause: Duration::from_millis(100),
    };
    let idle = load.run().await?.times;
    let mut ready = Vec::new();
    for _ in 0..starts {
        scene.clear().await?;
        enter(scene, runs).await?;
        let server = scene.servers.first().context("no server")?;
        ready.push(server.ready_after.as_secs_f64() * 1000.0);
    }
    let ready = Spread::of(ready);
    tokio::time::sleep(SETTLING).await;
    let memory = scene.servers[0].usage()?.resident;
    Ok(Row::new()
        .with("idle runs of 3 stages", idle.count)
        .with("p50 ms", round(idle.p50, 1))
        .with("p95", round(idle.p95, 1))
        .with("p99", round(idle.p99, 1))
        .with("starts on an existing database", ready.count)
        .with("ready after p50 ms", round(ready.p50, 0))
        .with("max", round(ready.max, 0))
        .with("idle memory MiB", round(memory, 1)))
}
