//! How fast the API answers, and whether that stays so: lists and details by 1, 16 and 64 clients, and
//! the same lists over 1,000, 100,000 and a million runs, each page read at its beginning and in the
//! middle.
//!
//! And what masses of runs cost: claims out of a long backlog, purges, the deletion of a workflow that had
//! many ([`masses`]).
//!
//! Questions go over HTTP, each client on a connection of its own that is kept. The plans of the
//! statements behind them are read from the databases.

mod asking;
mod compression;
mod masses;
mod plans;
mod questions;
mod rows;
mod rules;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use bench_support::instrument;
use bench_support::options::{Built, Options};
use bench_support::process::allow_open_files;
use bench_support::report::{Report, Row, round};
use bench_support::scene::{DATABASE, Database, Mode, Scene};
use clap::{Parser, ValueEnum};

use self::plans::Statement;
use self::questions::{Known, Question, of_all_runs, of_many_clients};
use self::rows::Kind;

const BUILT: Built = bench_support::built!("api");

const WORKFLOWS: usize = 20;
const OPEN_FILES: u64 = 4096;
/// Users of a backlog that is not one user's.
const MANY_USERS: usize = 10_000;

/// Clients at which lists are held to their limit.
const CROWD: usize = 16;

/// Measures how fast the API answers, and how that grows with the number of runs
#[derive(Parser)]
#[command(name = "api", max_term_width = 100)]
struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Where rows are kept; plans of SQLite are those of PostgreSQL's statements, which has to come
    /// first for them
    #[arg(long, value_enum, value_delimiter = ',', default_values = ["postgres", "sqlite"])]
    mode: Vec<Mode>,
    /// Clients at once
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 64])]
    clients: Vec<usize>,
    /// Runs in the database, fewest first
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 100_000, 1_000_000])]
    sizes: Vec<usize>,
    /// How long each question is asked
    #[arg(long, default_value_t = 4.0)]
    seconds: f64,
    /// Pending runs in the backlogs that are claimed from, of one user and of ten thousand
    #[arg(long, value_delimiter = ',', default_values_t = [10, 100_000, 1_000_000])]
    backlogs: Vec<usize>,
    /// What to measure
    #[arg(long, value_enum, value_delimiter = ',', default_values = ["lists", "backlogs", "removals"])]
    part: Vec<Part>,
    /// Only questions with this in their names
    #[arg(long, default_value = "", hide_default_value = true)]
    only: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Lists and details, and their plans
    Lists,
    /// Claims out of long backlogs
    Backlogs,
    /// Purges, and the deletion of a workflow
    Removals,
}

impl Arguments {
    fn choose(&self, mut questions: Vec<Question>) -> Vec<Question> {
        questions.retain(|question| question.name.contains(&self.only));
        questions
    }
}

fn main() -> ExitCode {
    instrument::run(&BUILT, async |_| measure(Arguments::parse()).await)
}

async fn measure(mut arguments: Arguments) -> Result<()> {
    if arguments.options.quick {
        arguments.sizes = vec![1_000, 20_000];
        arguments.clients = vec![16];
        arguments.seconds = arguments.seconds.min(0.25);
        arguments.backlogs = vec![10, 20_000];
    }
    allow_open_files(OPEN_FILES)?;
    let mut report = Report::begin(&BUILT, &arguments.options);
    let mut statements = None;
    for mode in arguments.mode.clone() {
        if arguments.part.contains(&Part::Lists) {
            one_mode(&arguments, mode, &mut report, &mut statements)
                .await
                .with_context(|| mode.name())?;
        }
        of_masses(&arguments, mode, &mut report)
            .await
            .with_context(|| mode.name())?;
    }
    report.write(&arguments.options.json(&BUILT))
}

async fn of_masses(arguments: &Arguments, mode: Mode, report: &mut Report) -> Result<()> {
    let options = &arguments.options;
    if arguments.part.contains(&Part::Backlogs) {
        let time = Duration::from_secs_f64(arguments.seconds * 2.0);
        let mut rows = Vec::new();
        for users in [1, MANY_USERS] {
            for runs in arguments.backlogs.iter().filter(|runs| **runs >= users) {
                eprintln!("{}: {runs} pending of {users}", mode.name());
                let mut scene = Scene::set(options, &BUILT, mode).await?;
                let known = furnish(&mut scene).await?;
                let of = (users, *runs);
                rows.push(masses::backlog(&mut scene, &known.workflow, of, time).await?);
                scene.clear().await?;
            }
        }
        report.table(&format!("{}: a backlog", mode.name()), rows);
    }
    if arguments.part.contains(&Part::Removals) {
        let runs = arguments.sizes.iter().copied().max().unwrap_or_default();
        let mut rows = Vec::new();
        for purges in [true, false] {
            let mut scene = Scene::set(options, &BUILT, mode).await?;
            let known = furnish(&mut scene).await?;
            rows.push(if purges {
                masses::purge(&mut scene, &known.workflow, runs).await?
            } else {
                masses::delete_workflow(&mut scene, &known.workflow, runs).await?
            });
            scene.clear().await?;
        }
        report.table(&format!("{}: removals", mode.name()), rows);
    }
    Ok(())
}

async fn one_mode(
    arguments: &Arguments,
    mode: Mode,
    report: &mut Report,
    statements: &mut Option<Vec<Vec<Statement>>>,
) -> Result<()> {
    let mut scene = Scene::set(&arguments.options, &BUILT, mode).await?;
    if "rules".contains(&arguments.only) {
        scene.enter(&[]).await?;
        let title = format!("{}: beside costly rules", mode.name());
        report.table(&title, rules::measure(&mut scene).await?);
        scene.clear().await?;
    }
    let mut known = furnish(&mut scene).await?;
    let time = Duration::from_secs_f64(arguments.seconds);
    let mut growth = Vec::new();
    for size in &arguments.sizes {
        eprintln!("{}: {size} runs", mode.name());
        scene.clear().await?;
        rows::grow(&scene.database, *size, Kind::default()).await?;
        known.cursor = rows::cursor_in_the_middle(&scene.database, *size).await?;
        known.moment = rows::moment_in_the_middle(&scene.database, *size).await?;
        scene.enter(&[]).await?;
        let questions = arguments.choose(of_all_runs(&known));
        for (index, question) in questions.iter().enumerate() {
            if growth.len() == index {
                growth.push(Row::new().with("question", question.name));
            }
            let row = std::mem::take(&mut growth[index]);
            growth[index] = at_size(&scene, question, (*size, time), row).await?;
        }
    }
    report.table(&format!("{}: as runs grow in number", mode.name()), growth);
    report.table(
        &format!("{}: as clients grow in number", mode.name()),
        by_clients(
            &scene,
            &arguments.choose(of_many_clients(&known)),
            arguments,
        )
        .await?,
    );
    if arguments.only.is_empty() || "compression".contains(&arguments.only) {
        report.table(
            &format!("{}: a page of 100 runs, compressed", mode.name()),
            compression::measure(&scene, time).await?,
        );
    }
    let questions = arguments.choose(of_all_runs(&known));
    explain(&mut scene, (mode, &questions), report, statements).await?;
    scene.clear().await
}

/// A server with workflows, and one run that was really driven.
async fn furnish(scene: &mut Scene) -> Result<Known> {
    scene.enter(&[]).await?;
    let api = scene.api()?;
    let mut workflow = String::new();
    for _ in 0..WORKFLOWS {
        workflow = api.workflow(3).await?;
    }
    let execution = api.start(&workflow).await?;
    scene.database.all_runs_complete().await?;
    Ok(Known {
        execution,
        workflow,
        cursor: String::new(),
        moment: String::new(),
    })
}

/// A row with one more size: by one client, and by a crowd.
async fn at_size(
    scene: &Scene,
    question: &Question,
    (size, time): (usize, Duration),
    row: Row,
) -> Result<Row> {
    let api = scene.api()?;
    let alone = asking::ask(&api, question, (1, time / 2)).await?;
    let crowd = asking::ask(&api, question, (CROWD, time)).await?;
    Ok(row
        .with(&format!("{size} runs: p50 ms alone"), round(alone.p50, 2))
        .with(&format!("{size}: p99 by {CROWD}"), round(crowd.p99, 1)))
}

async fn by_clients(
    scene: &Scene,
    questions: &[Question],
    arguments: &Arguments,
) -> Result<Vec<Row>> {
    let api = scene.api()?;
    let time = Duration::from_secs_f64(arguments.seconds);
    let mut rows = Vec::new();
    for question in questions {
        for clients in &arguments.clients {
            let before = scene.servers[0].usage()?;
            let spread = asking::ask(&api, question, (*clients, time)).await?;
            let cpu = scene.servers[0].usage()?.cpu_since(&before);
            let answers = f64::from(u32::try_from(spread.count)?);
            rows.push(
                Row::new()
                    .with("question", question.name)
                    .with("clients", *clients)
                    .with("answers/s", round(answers / time.as_secs_f64(), 0))
                    .with("p50 ms", round(spread.p50, 2))
                    .with("p95", round(spread.p95, 2))
                    .with("p99", round(spread.p99, 2))
                    .with("server CPU ms/answer", round(cpu * 1000.0 / answers, 3)),
            );
        }
    }
    Ok(rows)
}

async fn explain(
    scene: &mut Scene,
    (mode, questions): (Mode, &[Question]),
    report: &mut Report,
    statements: &mut Option<Vec<Vec<Statement>>>,
) -> Result<()> {
    let rows = match (&scene.database, &*statements) {
        (Database::Postgres(postgres), _) => {
            for setting in plans::LOGGING {
                let sql = format!("alter database {DATABASE} set {setting}");
                postgres.sql("postgres", &sql).await?;
            }
            for server in scene.servers.drain(..) {
                server.stop().await?;
            }
            scene.enter(&[]).await?;
            let api = scene.api()?;
            let Database::Postgres(postgres) = &scene.database else {
                return Ok(());
            };
            let found = plans::collect(postgres, &api, questions).await?;
            let rows = plans::on_postgres(questions, &found);
            *statements = Some(found);
            rows
        }
        (Database::Sqlite(file), Some(statements)) => {
            plans::on_sqlite(file, questions, statements)?
        }
        (Database::Sqlite(_), None) => return Ok(()),
    };
    report.table(&format!("{}: plans", mode.name()), rows);
    Ok(())
}
