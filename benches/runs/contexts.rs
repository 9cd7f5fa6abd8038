//! Runs whose stages say much: what memory their contexts take, and what is written for them.
//!
//! 1. The provider holds back its answers until every run is started, so that all are under way at once.
//! 2. Each stage sends what the one before it said, and says as much itself; the runs end with as large a
//!    context as they may have.

use std::time::Instant;

use anyhow::{Context, Result};
use bench_support::provider::Pace;
use bench_support::report::{Row, round};
use bench_support::scene::Scene;
use bench_support::usage;

use super::waiting;

/// Runs of so many stages, each of which says so many bytes.
#[derive(Clone, Copy)]
pub struct Size {
    pub runs: usize,
    pub stages: usize,
    pub bytes: usize,
    /// As lists of small objects, which are read as values.
    pub of_rows: bool,
}

/// Measures so many such runs at once.
///
/// # Errors
/// When a run fails, or the server does.
pub async fn measure(scene: &mut Scene, size: Size) -> Result<Row> {
    let pace = Pace {
        held: true,
        answer_bytes: size.bytes,
        of_rows: size.of_rows,
        ..Pace::default()
    };
    scene.provider.set(pace).await?;
    let api = scene.api()?;
    let workflow = if size.of_rows {
        api.workflow_of_rows(size.stages).await?
    } else {
        api.workflow(size.stages).await?
    };
    let server = scene.servers.first().context("no server")?;
    let before = server.usage()?;
    usage::forget_peak(server.pid()?)?;

    let began = Instant::now();
    waiting::start(&api, &workflow, size.runs).await?;
    scene
        .provider
        .set(Pace {
            held: false,
            ..pace
        })
        .await?;
    scene.database.all_runs_complete().await?;
    let after = scene.servers[0].usage()?;
    Ok(Row::new()
        .with("runs at once", size.runs)
        .with("stages", size.stages)
        .with("bytes an answer", size.bytes)
        .with("of rows", size.of_rows)
        .with("all in s", round(began.elapsed().as_secs_f64(), 1))
        .with("memory before MiB", round(before.resident, 1))
        .with("peak MiB", round(after.peak, 1))
        .with("after MiB", round(after.resident, 1))
        .with("server CPU s", round(after.cpu_since(&before), 1)))
}
