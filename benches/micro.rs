//! Pieces of work that profiles show to matter, one by one, by criterion: rendering a prompt, finding what is
//! wrong in a workflow, judging a document before it runs, turning a stored event into what a watcher reads, and starting a run whose
//! stages have rules.
//!
//! The API is the real one, on an SQLite file in which a server has driven a run of ten stages.

use std::hint::black_box;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use async_graphql::{Executor, Request};
use bench_support::api::{SECRET, START, USER, start, text};
use bench_support::options::{Built, Options};
use bench_support::provider;
use bench_support::scene::{Database, Mode, Scene};
use clap::Parser;
use criterion::{Criterion, Throughput};
use footlight::app::App;
use footlight::clock::Clock;
use footlight::config::{Command, CommandLine, Config};
use footlight::domain::definition::{Definition, Stage};
use footlight::domain::problem;
use footlight::domain::template::{Syntax, Template};
use footlight::domain::viewer::Viewer;
use footlight::graphql::context::RequestId;
use footlight::graphql::{self, Api};
use futures_util::StreamExt;
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

const BUILT: Built = bench_support::built!("micro");

const STAGES: usize = 10;

/// Stages of a run that is started only.
const MANY_STAGES: usize = 100;

/// PENDING, RUNNING, start and end of every stage, COMPLETED.
const EVENTS: usize = 3 + 2 * STAGES;

const FOLLOW: &str = "subscription($id: ID!) { executionEvents(executionId: $id) {
    __typename seq occurredAt
    ... on ExecutionStatusChanged { status previousStatus reason }
    ... on StageStarted { stageOrder attemptNumber }
    ... on StageFinished { stageOrder attemptNumber validationResult nextStageOrder }
} }";

/// Asked by nobody, it is parsed, measured and validated, and then refused.
const PAGE: &str = "query Page($after: String) {
    workflows(first: 20, after: $after) {
        nodes { ...Card executions(first: 5) { nodes { ...Run } } }
        pageInfo { hasNextPage endCursor }
    }
    pendingValidations(first: 10) { nodes { id stageOrder rawOutput execution { ...Run } } }
}
fragment Card on Workflow { id name version updatedAt stages { id stageOrder name model { id name } } }
fragment Run on Execution { id status statusReason createdAt completedAt usage { totalTokens } }";

fn main() -> ExitCode {
    let part = std::env::args().nth(1);
    let done = Runtime::new().map_err(Into::into).and_then(|runtime| {
        if part.as_deref() == Some(provider::PART) {
            return runtime.block_on(provider::play());
        }
        measure(&runtime)
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error:#}", BUILT.name);
            ExitCode::FAILURE
        }
    }
}

fn measure(runtime: &Runtime) -> Result<()> {
    let mut criterion = Criterion::default().configure_from_args();
    template(&mut criterion)?;
    problems(&mut criterion)?;
    let (scene, run) = runtime.block_on(drive_one())?;
    let api = runtime.block_on(api(&scene))?;
    document(&mut criterion, runtime, &api);
    events(&mut criterion, runtime, &api, &run)?;
    starts(&mut criterion, runtime, &api)?;
    criterion.final_summary();
    Ok(())
}

fn template(criterion: &mut Criterion) -> Result<()> {
    let text = "Read this and keep {\"json\": true} as it is: {{article}}\n".repeat(8)
        + "Write for {{audience}} about {{topic}}.";
    let variables: Map<String, Value> = serde_json::from_value(json!({
        "article": "A lamp at the front of a stage lights whoever stands there. ".repeat(8),
        "audience": ["children", "their parents"],
        "topic": "footlights",
    }))?;
    let parsed = Template::parse(&text, Syntax::Second);
    if parsed.render(&variables).is_err() {
        bail!("the template does not render");
    }
    criterion.bench_function("template: parse", |bencher| {
        bencher.iter(|| Template::parse(black_box(&text), Syntax::Second));
    });
    criterion.bench_function("template: render", |bencher| {
        bencher.iter(|| parsed.render(black_box(&variables)));
    });
    Ok(())
}

/// A workflow of as many stages as there may be, each of which reads several others on ways that differ.
fn problems(criterion: &mut Criterion) -> Result<()> {
    let stages = (1..=MANY_STAGES).map(|order| {
        let others = [
            1,
            order.saturating_sub(7).max(1),
            order.saturating_sub(1).max(1),
        ];
        let read = others.map(|other| format!("{{{{stage_{other}.output.title}}}}"));
        let back = (order % 10 == 0).then(|| order - 5);
        json!({
            "id": "00000000-0000-0000-0000-000000000001", "stageOrder": order,
            "promptTemplate": format!("{} {{{{topic}}}} {{user.name}}", read.join(" and ")),
            "validationType": "MANUAL", "retryLimit": 1, "nextStageOnFail": back,
            "outputVariables": { "title": "string", "body": "string" },
            "inputVariableMapping": { "topic": ["inputs.topic", format!("stage_{order}.raw")] },
        })
    });
    let stages: Vec<Stage> = serde_json::from_value(stages.collect())?;
    let definition = Definition::of(stages);
    criterion.bench_function("problems: of 100 stages", |bencher| {
        bencher.iter(|| problem::problems(black_box(&definition)));
    });
    Ok(())
}

fn document(criterion: &mut Criterion, runtime: &Runtime, api: &Api) {
    criterion.bench_function("document: parse, measure, validate, refuse", |bencher| {
        bencher.iter(|| {
            let request = Request::new(PAGE).data(RequestId::from(USER));
            runtime.block_on(api.execute(black_box(request)))
        });
    });
}

fn events(criterion: &mut Criterion, runtime: &Runtime, api: &Api, run: &str) -> Result<()> {
    let told = runtime.block_on(follow(api, run))?;
    if told != EVENTS {
        bail!("a run of {STAGES} stages has {told} events");
    }
    let mut group = criterion.benchmark_group("events");
    group.throughput(Throughput::Elements(u64::try_from(EVENTS)?));
    group.bench_function("subscribe, replay, resolve, write as JSON", |bencher| {
        bencher.iter(|| runtime.block_on(follow(api, black_box(run))));
    });
    group.finish();
    Ok(())
}

/// Starts runs that nobody drives. Rules must not make it dearer by more than three times.
fn starts(criterion: &mut Criterion, runtime: &Runtime, api: &Api) -> Result<()> {
    let mut group = criterion.benchmark_group("start of 100 stages");
    for kind in ["NONE", "REGEX"] {
        let workflow = runtime.block_on(workflow(api, kind))?;
        runtime.block_on(ask(api, START, start(&workflow)))?;
        group.bench_function(kind, |bencher| {
            bencher.iter(|| runtime.block_on(ask(api, START, start(black_box(&workflow)))));
        });
    }
    group.finish();
    Ok(())
}

/// A workflow whose stages are judged so, each by a rule of its own.
async fn workflow(api: &Api, kind: &str) -> Result<String> {
    let models = ask(api, "{ models { id provider } }", json!({})).await?;
    let mut models = models["models"].as_array().into_iter().flatten();
    let model = models.find(|model| model["provider"] == "openai");
    let model = text(&model.context("no model")?["id"])?;
    let stages: Vec<Value> = (1..=MANY_STAGES)
        .map(|order| {
            let mut stage = json!({ "stageOrder": order, "modelId": model,
                "promptTemplate": "Say a sentence about {{topic}}.", "validationType": kind });
            if kind == "REGEX" {
                stage["validationCriteria"] =
                    json!({ "pattern": format!("^[^\\n]{{1,200}}\\.$|^{order}") });
            }
            stage
        })
        .collect();
    let query = "mutation($input: CreateWorkflowInput!) { createWorkflow(input: $input) { id } }";
    let input = json!({ "name": kind, "stages": stages });
    let data = ask(api, query, json!({ "input": input })).await?;
    text(&data["createWorkflow"]["id"])
}

/// The data of a document that must succeed.
async fn ask(api: &Api, query: &str, variables: Value) -> Result<Value> {
    let request = Request::new(query)
        .variables(async_graphql::Variables::from_json(variables))
        .data(RequestId::from(USER))
        .data(viewer());
    let answer = api.execute(request).await;
    if answer.is_err() {
        bail!("{query}: {:?}", answer.errors);
    }
    Ok(answer.data.into_json()?)
}

const fn viewer() -> Viewer {
    Viewer {
        user_id: USER,
        email: None,
        admin: false,
        expires_at: chrono::DateTime::<chrono::Utc>::MAX_UTC,
    }
}

/// Follows a run that has ended. Answers how many events it has told.
async fn follow(api: &Api, run: &str) -> Result<usize> {
    let variables = async_graphql::Variables::from_json(json!({ "id": run }));
    let request = Request::new(FOLLOW)
        .variables(variables)
        .data(RequestId::from(USER))
        .data(viewer());
    let mut told = 0;
    let mut stream = api.execute_stream(request, None);
    while let Some(answer) = stream.next().await {
        if answer.is_err() {
            bail!("{:?}", answer.errors);
        }
        black_box(serde_json::to_string(&answer)?);
        told += 1;
    }
    Ok(told)
}

/// An SQLite file with a run that has ended.
async fn drive_one() -> Result<(Scene, String)> {
    let mut scene = Scene::set(&Options::default(), &BUILT, Mode::Sqlite).await?;
    scene.enter(&[]).await?;
    let api = scene.api()?;
    let workflow = api.workflow(STAGES).await?;
    let run = api.start(&workflow).await?;
    scene.database.all_runs_complete().await?;
    scene.clear().await?;
    Ok((scene, run))
}

async fn api(scene: &Scene) -> Result<Api> {
    let Database::Sqlite(file) = &scene.database else {
        bail!("no file");
    };
    let url = format!("--database-url=sqlite://{}", file.display());
    let secret = format!("--supabase-jwt-secret={SECRET}");
    let key = "--openai-api-key=sk-bench";
    let line = CommandLine::parse_from(["footlight", "serve", &url, &secret, key]);
    let Command::Serve(arguments) = line.command else {
        bail!("no server");
    };
    let config = Config::for_serve(*arguments).context("the settings make no sense")?;
    let settings = graphql::Settings {
        introspection: config.introspection,
        max_complexity: config.max_complexity,
    };
    let app = App::open(config, Clock::system()).await?;
    Ok(graphql::api(app.deps(), settings)?)
}
