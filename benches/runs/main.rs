//! Runs a second, and how long one takes, over the public API: workflows of 3 and 10 stages, with a
//! model that answers at once and one that takes 200 ms, by 1 to 256 clients.
//!
//! A client starts a run by a mutation over its websocket and watches it over the same one until the
//! last event; then the next. Before and after every group of loads the database is measured alone.
//! Everything runs on one machine: the server, its database, the provider and the load.

mod baseline;
mod contexts;
mod cost;
mod each;
mod load;
mod standing;
mod waiting;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use bench_support::instrument;
use bench_support::options::{Built, Options};
use bench_support::process::allow_open_files;
use bench_support::provider::Pace;
use bench_support::report::{Report, Row, round};
use bench_support::scene::{Database, Mode, Scene};
use clap::Parser;

use self::baseline::Baseline;
use self::cost::Cost;
use self::load::Load;

const BUILT: Built = bench_support::built!("runs");

/// Sockets and connections of any one process.
const OPEN_FILES: u64 = 8192;

/// Measures how many runs a server drives, how fast, and at what cost
#[derive(Parser)]
#[command(name = "runs", max_term_width = 100)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Where rows are kept
    #[arg(long, value_enum, value_delimiter = ',', default_values = ["sqlite", "postgres"])]
    mode: Vec<Mode>,
    /// Stages of a run
    #[arg(long, value_delimiter = ',', default_values_t = [3, 10])]
    stages: Vec<u32>,
    /// How long the provider takes for an answer
    #[arg(long, value_delimiter = ',', default_values_t = [0, 200])]
    latency_ms: Vec<u64>,
    /// Runs at once
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 64, 256])]
    concurrent: Vec<usize>,
    /// How long each load is measured
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Runs that wait for a slow provider at once; 0 leaves that out
    #[arg(long, default_value_t = 2000)]
    waiting: usize,
    /// How long the slow provider takes for an answer
    #[arg(long, default_value_t = 5)]
    waiting_seconds: u64,
    /// Runs of 30 stages at once, each of which says 250 kB, or 120 kB of small JSON objects; 0 leaves that out
    #[arg(long, default_value_t = 64)]
    talkative: usize,
    /// Items of a list that a stage runs over, 8 at once, by a provider that takes 200 ms; 0 leaves that out
    #[arg(long, default_value_t = 64)]
    items: usize,
    /// Leave out what is not a load: idle runs, idle memory, time to be ready
    #[arg(long)]
    loads_only: bool,
}

fn main() -> ExitCode {
    instrument::run(&BUILT, async |_| measure(Arguments::parse()).await)
}

async fn measure(mut arguments: Arguments) -> Result<()> {
    if arguments.options.quick {
        arguments.stages = vec![3];
        arguments.concurrent = vec![64];
        arguments.seconds = arguments.seconds.min(2);
        arguments.waiting = arguments.waiting.min(200);
        arguments.waiting_seconds = arguments.waiting_seconds.min(1);
        arguments.talkative = arguments.talkative.min(4);
        arguments.items = arguments.items.min(16);
    }
    allow_open_files(OPEN_FILES)?;
    let mut report = Report::begin(&BUILT, &arguments.options);
    for mode in arguments.mode.clone() {
        one_mode(&arguments, mode, &mut report)
            .await
            .with_context(|| mode.name())?;
    }
    report.write(&arguments.options.json(&BUILT))
}

async fn one_mode(arguments: &Arguments, mode: Mode, report: &mut Report) -> Result<()> {
    let mut scene = Scene::set(&arguments.options, &BUILT, mode).await?;
    if let Database::Postgres(postgres) = &scene.database {
        postgres.prepare_baselines().await?;
    }
    let most = arguments.concurrent.iter().max().context("no load")?;
    enter(&mut scene, *most).await?;
    for latency in &arguments.latency_ms {
        for stages in &arguments.stages {
            loads(arguments, &mut scene, (*stages, *latency), mode, report).await?;
        }
    }
    if !arguments.loads_only {
        report.table(
            &format!("{}: standing still", mode.name()),
            vec![standing::measure(&mut scene, arguments.options.quick, *most).await?],
        );
    }
    if arguments.waiting > 0 {
        scene.clear().await?;
        enter(&mut scene, arguments.waiting).await?;
        let workflow = scene.api()?.workflow(3).await?;
        let many = (
            arguments.waiting,
            Duration::from_secs(arguments.waiting_seconds),
        );
        report.table(
            &format!("{}: waiting for a slow provider", mode.name()),
            vec![waiting::measure(&mut scene, &workflow, many).await?],
        );
    }
    if arguments.talkative > 0 {
        let mut rows = Vec::new();
        // What is read from a text counts beside it: half as much fills a context.
        for (of_rows, bytes) in [(false, 250_000), (true, 120_000)] {
            scene.clear().await?;
            enter(&mut scene, arguments.talkative).await?;
            let size = contexts::Size {
                runs: arguments.talkative,
                stages: 30,
                bytes,
                of_rows,
            };
            rows.push(contexts::measure(&mut scene, size).await?);
        }
        report.table(&format!("{}: large contexts", mode.name()), rows);
    }
    if arguments.items > 0 {
        scene.clear().await?;
        enter(&mut scene, 64).await?;
        let size = each::Size {
            items: arguments.items,
            concurrency: 8,
            latency_ms: 200,
        };
        report.table(
            &format!("{}: a list", mode.name()),
            vec![each::measure(&mut scene, size).await?],
        );
    }
    scene.clear().await
}

/// Starts a server that drives so many runs at once.
async fn enter(scene: &mut Scene, runs: usize) -> Result<()> {
    let most = runs.to_string();
    let variables = [
        ("MAX_CONCURRENT_STAGES", most.clone()),
        ("MAX_RUNNING_PER_USER", most),
        (
            "WS_MAX_SOCKETS_PER_USER",
            runs.max(2 * load::SOCKETS).to_string(),
        ),
    ];
    scene.enter(&variables).await?;
    Ok(())
}

/// Loads of one workflow and one provider, by more and more clients, between two baselines.
async fn loads(
    arguments: &Arguments,
    scene: &mut Scene,
    (stages, latency_ms): (u32, u64),
    mode: Mode,
    report: &mut Report,
) -> Result<()> {
    let time = Duration::from_secs(arguments.seconds);
    let pace = Pace {
        latency_ms,
        ..Pace::default()
    };
    scene.provider.set(pace).await?;
    let workflow = scene.api()?.workflow(stages as usize).await?;
    let before = Baseline::measure(scene, time / 2).await?;
    let ideal = f64::from(stages) * f64::from(u32::try_from(latency_ms)?);
    let mut rows = Vec::new();
    for clients in &arguments.concurrent {
        let load = Load {
            api: scene.api()?,
            workflow: workflow.clone(),
            clients: *clients,
            warm_up: (time / 5).max(Duration::from_secs_f64(ideal / 1000.0)),
            time,
            pause: Duration::ZERO,
        };
        rows.push(one_load(scene, &load, ideal).await?);
    }
    let after = Baseline::measure(scene, time / 2).await?;
    let baseline = before.mean(after);
    let title = format!("{}: {stages} stages, provider {latency_ms} ms", mode.name());
    let rows = rows
        .into_iter()
        .map(|(stages, row)| baseline.compare(row, stages));
    report.table(&title, rows.collect());
    report.table(
        &format!("{title}: the database alone, before and after"),
        vec![before.row(), after.row()],
    );
    Ok(())
}

async fn one_load(scene: &Scene, load: &Load, ideal: f64) -> Result<(f64, Row)> {
    eprintln!("{} at once", load.clients);
    let cost = Cost::begin(scene).await?;
    let outcome = load.run().await?;
    let times = outcome.times;
    let row = Row::new()
        .with("at once", load.clients)
        .with("runs/s", round(outcome.runs_per_second, 1))
        .with("stages/s", round(outcome.stages_per_second, 1))
        .with("p50 ms", round(times.p50, 1))
        .with("p95", round(times.p95, 1))
        .with("p99", round(times.p99, 1))
        .with("p50 over ideal", round(times.p50 - ideal, 1));
    let row = cost.since(scene, outcome.stages, row).await?;
    Ok((outcome.stages_per_second, row))
}
