//! A list: how long a run takes whose one stage runs for each of many items side by side, beside the time that its
//! calls take alone.

use std::time::Duration;

use anyhow::{Context, Result};
use bench_support::api::{Api, text};
use bench_support::provider::Pace;
use bench_support::report::{Row, round};
use bench_support::scene::Scene;
use bench_support::spread::Spread;
use chrono::DateTime;
use serde_json::{Value, json};

/// So many runs are made, one after the other; the first does not count.
const RUNS: usize = 6;
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A list, and how it is run over.
#[derive(Clone, Copy)]
pub struct Size {
    pub items: usize,
    pub concurrency: usize,
    pub latency_ms: u64,
}

/// Measures runs over such a list.
///
/// # Errors
/// When a run fails, or the server does.
pub async fn measure(scene: &mut Scene, size: Size) -> Result<Row> {
    let pace = Pace {
        latency_ms: size.latency_ms,
        ..Pace::default()
    };
    scene.provider.set(pace).await?;
    let api = scene.api()?;
    let workflow = api.workflow_each(size.concurrency).await?;
    let list: Vec<_> = (0..size.items).collect();
    let mut times = Vec::new();
    for _ in 0..RUNS {
        times.push(one_run(&api, &workflow, json!({ "list": list })).await?);
    }
    let times = Spread::of(times.split_off(1));
    let rounds = u64::try_from(size.items.div_ceil(size.concurrency))?;
    let ideal = f64::from(u32::try_from(rounds * size.latency_ms)?);
    Ok(Row::new()
        .with("items", size.items)
        .with("at once", size.concurrency)
        .with("provider ms", size.latency_ms)
        .with("ideal ms", ideal)
        .with("p50 ms", round(times.p50, 1))
        .with("p95", round(times.p95, 1))
        .with("p50 of ideal", round(times.p50 / ideal, 3)))
}

/// Runs once. Answers the milliseconds from its start to its end, by the server's clock.
async fn one_run(api: &Api, workflow: &str, inputs: Value) -> Result<f64> {
    let query = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    let input = json!({ "workflowId": workflow, "inputs": inputs });
    let data = api.data(query, json!({ "input": input })).await?;
    let id = text(&data["startExecution"]["id"])?;
    loop {
        let query = "query($id: ID!) { execution(id: $id) { status createdAt completedAt } }";
        let mut data = api.data(query, json!({ "id": id })).await?;
        let run = data["execution"].take();
        match run["status"].as_str().context("no status")? {
            "COMPLETED" => {
                let moment = |field: &str| -> Result<_> {
                    Ok(DateTime::parse_from_rfc3339(&text(&run[field])?)?)
                };
                let took = moment("completedAt")? - moment("createdAt")?;
                return Ok(f64::from(i32::try_from(took.num_milliseconds())?));
            }
            "FAILED" => anyhow::bail!("a run failed: {run}"),
            _ => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
}
