//! What one user's costly rules cost everybody else: whether the server says that it is alive, and how
//! long another user's run takes, while four runs are judged by the costliest pattern that may be saved,
//! and while they are judged by one that was saved before patterns had a price.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bench_support::api::Api;
use bench_support::provider::Pace;
use bench_support::report::{Row, round};
use bench_support::scene::Scene;
use bench_support::spread::Spread;
use serde_json::json;
use uuid::Uuid;

const OTHER: Uuid = Uuid::from_u128(0xb01d_0000_4000_8000_0000_0000_0000_0002);
/// The costliest there is: 62 of 64 steps a character.
const SAVED: &str = "a[ab]{60}c";
const SAVED_BEFORE: &str = "(?:a[ab]{1,60}|b[ab]{1,60}){12}[^ab]";
const ANSWER: usize = 1024 * 1024 - 1;
const HOSTILE_RUNS: usize = 4;
const RUNS: usize = 10;
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Until the answers to the hostile runs have arrived.
const SETTLING: Duration = Duration::from_secs(2);

/// Measures on servers that drive nothing else; every run is gone afterwards.
///
/// # Errors
/// When a run fails that should not, or the server does.
pub async fn measure(scene: &mut Scene) -> Result<Vec<Row>> {
    let hostile = scene.api()?.judged(SAVED).await?;
    let mut rows = vec![watch(scene, "nothing").await?];
    start(scene, &hostile).await?;
    rows.push(watch(scene, SAVED).await?);
    afresh(scene).await?;
    let criteria = json!({ "pattern": SAVED_BEFORE });
    let sql = format!(
        "update stages set validation_criteria = '{criteria}' where workflow_id = '{hostile}'"
    );
    scene.clear().await?;
    scene.database.run(&sql).await?;
    scene.enter(&[]).await?;
    start(scene, &hostile).await?;
    rows.push(watch(scene, SAVED_BEFORE).await?);
    afresh(scene).await?;
    Ok(rows)
}

/// A server that has nothing to drive.
async fn afresh(scene: &mut Scene) -> Result<()> {
    scene.clear().await?;
    scene.database.run("delete from executions").await?;
    scene.enter(&[]).await?;
    Ok(())
}

/// Starts the hostile runs, and has everybody answered as usual once their answers have arrived.
async fn start(scene: &mut Scene, workflow: &str) -> Result<()> {
    let long = Pace {
        by_chance: ANSWER,
        ..Pace::default()
    };
    scene.provider.set(long).await?;
    let api = scene.api()?;
    for _ in 0..HOSTILE_RUNS {
        api.start(workflow).await?;
    }
    tokio::time::sleep(SETTLING).await;
    scene.provider.set(Pace::default()).await
}

/// Another user's runs of three stages, and whether the server is alive meanwhile.
async fn watch(scene: &Scene, meanwhile: &str) -> Result<Row> {
    let address = scene.servers.first().context("no server")?.address;
    let api = Api::of(address, OTHER)?;
    let workflow = api.workflow(3).await?;
    let mut alive = Vec::new();
    let times = {
        let watching = stay_alive(&api, &mut alive);
        tokio::select! {
            times = run_again_and_again(&api, &workflow) => times?,
            failed = watching => bail!("the server is not alive: {failed:#}"),
        }
    };
    let (times, alive) = (Spread::of(times), Spread::of(alive));
    Ok(Row::new()
        .with("four runs judged by", meanwhile)
        .with("healthz p50 ms", round(alive.p50, 1))
        .with("healthz p99 ms", round(alive.p99, 1))
        .with("another's run p50 ms", round(times.p50, 1))
        .with("another's run max ms", round(times.max, 1)))
}

async fn stay_alive(api: &Api, times: &mut Vec<f64>) -> anyhow::Error {
    loop {
        let began = Instant::now();
        if let Err(error) = api.healthz().await {
            return error;
        }
        times.push(began.elapsed().as_secs_f64() * 1000.0);
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn run_again_and_again(api: &Api, workflow: &str) -> Result<Vec<f64>> {
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let began = Instant::now();
        let run = api.start(workflow).await?;
        ended(api, &run).await?;
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(times)
}

async fn ended(api: &Api, run: &str) -> Result<()> {
    let query = "query($id: ID!) { execution(id: $id) { status } }";
    loop {
        let data = api.data(query, json!({ "id": run })).await?;
        match data["execution"]["status"].as_str() {
            Some("COMPLETED") => return Ok(()),
            Some("PENDING" | "RUNNING") => tokio::time::sleep(LOOK_EVERY).await,
            _ => bail!("the run ended otherwise: {data}"),
        }
    }
}
