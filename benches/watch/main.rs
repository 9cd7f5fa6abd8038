//! Ten thousand watchers: 100 runs, each followed by 100 websockets that are told every event once
//! and in order, or the measurement fails.
//!
//! 1. The provider holds its answers back. The runs are started, the sockets opened, then every
//!    watcher subscribes; memory is read before and after each step.
//! 2. Paced: the provider answers after a second or so, and runs go on as real ones do.
//! 3. Flat out: other runs on the same sockets, answered at once. The server cannot keep up with
//!    itself then, so that this shows how much it can tell, and the delay shows how long it takes.
//!
//! An event's time is the server's clock, in whole milliseconds, just before the commit; the receipt
//! is the watcher's clock, the same machine's. So the delay holds the commit itself, and half a
//! millisecond of rounding on average.

mod watchers;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bench_support::api::Api;
use bench_support::instrument;
use bench_support::options::{Built, Options};
use bench_support::process::{Part, allow_open_files};
use bench_support::provider::Pace;
use bench_support::report::{Report, Row, round};
use bench_support::scene::{Database, Mode, Scene};
use bench_support::server::Server;
use bench_support::usage::Usage;
use clap::Parser;

use self::watchers::{Done, Order, Watch};

const BUILT: Built = bench_support::built!("watch");

/// The events of a run that is held back in its first stage: PENDING, RUNNING, `StageStarted`.
const HEAD: u32 = 3;

/// Files of a process beside its watchers' sockets.
const OTHER_FILES: u64 = 500;

/// Measures how many watchers a server has room for, and how late they are told
#[derive(Parser)]
#[command(name = "watch", max_term_width = 100)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Where rows are kept; may be given more than once
    #[arg(long, value_enum, default_values = ["sqlite"])]
    mode: Vec<Mode>,
    /// Replicas on PostgreSQL
    #[arg(long, default_value_t = 3)]
    replicas: usize,
    /// Runs that are watched at once
    #[arg(long, default_value_t = 100)]
    runs: usize,
    /// Watchers of each run
    #[arg(long, default_value_t = 100)]
    watchers: usize,
    /// Stages of each run
    #[arg(long, default_value_t = 10)]
    stages: u32,
    /// How long the provider takes for an answer in the paced part, give or take half of it
    #[arg(long, default_value_t = 2000)]
    latency_ms: u64,
}

fn main() -> ExitCode {
    instrument::run(&BUILT, async |part| match part {
        Some(watchers::PART) => watchers::play().await,
        _ => measure(Arguments::parse()).await,
    })
}

async fn measure(mut arguments: Arguments) -> Result<()> {
    if arguments.options.quick {
        arguments.watchers = arguments.watchers.min(10);
        arguments.stages = arguments.stages.min(3);
        arguments.latency_ms = arguments.latency_ms.min(500);
    }
    let sockets = u64::try_from(arguments.runs * arguments.watchers)?;
    allow_open_files(sockets + OTHER_FILES)?;
    let mut report = Report::begin(&BUILT, &arguments.options);
    for mode in arguments.mode.clone() {
        Measurement::set(&arguments, mode)
            .await?
            .take(&mut report)
            .await
            .with_context(|| mode.name())?;
    }
    report.write(&arguments.options.json(&BUILT))
}

/// One mode under measurement.
struct Measurement<'a> {
    arguments: &'a Arguments,
    mode: Mode,
    scene: Scene,
    watchers: Part,
    workflow: String,
}

/// CPU time so far, by who spent it.
#[derive(Clone, Copy)]
struct Spent {
    servers: Duration,
    database: Duration,
    provider: Duration,
    watchers: Duration,
}

impl<'a> Measurement<'a> {
    async fn set(arguments: &'a Arguments, mode: Mode) -> Result<Self> {
        let mut scene = Scene::set(&arguments.options, &BUILT, mode).await?;
        let replicas = match mode {
            Mode::Sqlite => 1,
            Mode::Postgres | Mode::Nats => arguments.replicas,
        };
        let sockets = (arguments.runs * arguments.watchers).to_string();
        let runs = arguments.runs.to_string();
        for _ in 0..replicas {
            let variables = [
                ("WS_MAX_SOCKETS_PER_USER", sockets.clone()),
                ("MAX_CONCURRENT_STAGES", runs.clone()),
                ("MAX_RUNNING_PER_USER", runs.clone()),
            ];
            scene.enter(&variables).await?;
        }
        let workflow = scene.api()?.workflow(arguments.stages as usize).await?;
        Ok(Self {
            arguments,
            mode,
            scene,
            watchers: Part::start(watchers::PART)?,
            workflow,
        })
    }

    async fn take(mut self, report: &mut Report) -> Result<()> {
        self.say("starting runs");
        let runs = self.start_runs().await?;
        let before = self.memory()?;
        self.say("opening sockets");
        self.open_sockets().await?;
        let opened = self.memory()?;
        self.say("subscribing");
        self.subscribe(&runs).await?;
        let watching = self.memory()?;
        let pace = Pace {
            latency_ms: self.arguments.latency_ms,
            spread_percent: 50,
            held: false,
            ..Pace::default()
        };
        let paced = self.told("paced", pace).await?;
        let runs = self.start_runs().await?;
        self.subscribe(&runs).await?;
        let flat_out = self.told("flat out", Pace::default()).await?;
        let peak: f64 = self.usages()?.iter().map(|usage| usage.peak).sum();

        let name = self.mode.name();
        report.table(
            &format!("{name}: events as watchers receive them"),
            vec![paced, flat_out],
        );
        report.table(
            &format!("{name}: memory of the servers"),
            vec![self.memory_row(before, opened, watching, peak)?],
        );
        self.scene.clear().await
    }

    /// Starts runs, by all replicas in turn, that stay in their first stage.
    async fn start_runs(&mut self) -> Result<Vec<String>> {
        let held = Pace {
            held: true,
            ..Pace::default()
        };
        self.scene.provider.set(held).await?;
        let mut replicas = Vec::new();
        for server in &self.scene.servers {
            replicas.push(Api::new(server.address)?);
        }
        let mut runs = Vec::new();
        for api in replicas.iter().cycle().take(self.arguments.runs) {
            runs.push(api.start(&self.workflow).await?);
        }
        Ok(runs)
    }

    async fn open_sockets(&mut self) -> Result<()> {
        let order = Order::Open {
            servers: self
                .scene
                .servers
                .iter()
                .map(|server| server.address)
                .collect(),
            token: self.scene.api()?.token,
            count: self.arguments.runs * self.arguments.watchers,
        };
        self.watchers.tell(&order).await?;
        self.watchers.says().await
    }

    async fn subscribe(&mut self, runs: &[String]) -> Result<()> {
        let watch = Watch {
            runs: runs.to_vec(),
            head: HEAD,
            // After the head each stage is finished, each but the first is started, and one ends.
            last: HEAD + 2 * self.arguments.stages,
        };
        self.watchers.tell(&Order::Watch(watch)).await?;
        self.watchers.says().await
    }

    /// What is under way, for whoever waits or profiles.
    fn say(&self, what: &str) {
        eprintln!("{}: {what}", self.mode.name());
    }

    /// Lets the runs go on to their end.
    async fn told(&mut self, how: &str, pace: Pace) -> Result<Row> {
        self.say(how);
        let before = self.spent()?;
        self.scene.provider.set(pace).await?;
        let done: Done = self.watchers.says().await?;
        let after = self.spent()?;
        if let Some(complaint) = done.complaint {
            bail!(
                "{} watchers are content; one says: {complaint}",
                done.content
            );
        }
        let cpu = |from: Duration, to: Duration| round(to.saturating_sub(from).as_secs_f64(), 1);
        let (seconds, told) = (done.seconds, f64::from(u32::try_from(done.told)?));
        Ok(Row::new()
            .with("pace", how)
            .with("watchers", done.content)
            .with("events told live", done.told)
            .with("seconds", round(seconds, 1))
            .with("events/s", round(told / seconds, 0))
            .with("delay p50 ms", round(done.delay.p50, 1))
            .with("p95", round(done.delay.p95, 1))
            .with("p99", round(done.delay.p99, 1))
            .with("max", round(done.delay.max, 1))
            .with("CPU s: servers", cpu(before.servers, after.servers))
            .with("database", cpu(before.database, after.database))
            .with("provider", cpu(before.provider, after.provider))
            .with("watchers", cpu(before.watchers, after.watchers)))
    }

    fn memory_row(&self, before: f64, opened: f64, watching: f64, peak: f64) -> Result<Row> {
        let sockets = u32::try_from(self.arguments.runs * self.arguments.watchers)?;
        let each = |from: f64, to: f64| round((to - from) * 1024.0 / f64::from(sockets), 1);
        Ok(Row::new()
            .with("servers", self.scene.servers.len())
            .with("without sockets, MiB", round(before, 1))
            .with("with sockets", round(opened, 1))
            .with("with watchers", round(watching, 1))
            .with("peak", round(peak, 1))
            .with("a socket, KiB", each(before, opened))
            .with("its watch", each(opened, watching))
            .with("a watcher", each(before, watching)))
    }

    /// Resident memory of all servers, in MiB.
    fn memory(&self) -> Result<f64> {
        Ok(self.usages()?.iter().map(|usage| usage.resident).sum())
    }

    fn usages(&self) -> Result<Vec<Usage>> {
        self.scene.servers.iter().map(Server::usage).collect()
    }

    fn spent(&self) -> Result<Spent> {
        Ok(Spent {
            servers: self.usages()?.iter().map(|usage| usage.cpu).sum(),
            database: match &self.scene.database {
                Database::Sqlite(_) => Duration::ZERO,
                Database::Postgres(postgres) => postgres.cpu()?,
            },
            provider: Usage::of(self.scene.provider.pid()?)?.cpu,
            watchers: Usage::of(self.watchers.pid()?)?.cpu,
        })
    }
}
