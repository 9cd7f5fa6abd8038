//! What the service does about masses of runs, and what others notice of it: claims out of a long backlog,
//! purges of old runs, and the deletion of a workflow that had many.
//!
//! 1. Runs by the hundred thousand are written by SQL beside the server ([`rows`](super::rows)).
//! 2. The server starts and works on them, for some seconds or until it is done.
//! 3. Meanwhile others change their profiles and start runs of their own: how long that takes is what counts.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bench_support::api::Api;
use bench_support::report::{Row, round};
use bench_support::scene::{Database, Scene};
use bench_support::spread::Spread;
use serde_json::json;
use uuid::Uuid;

use super::asking;
use super::questions::Question;
use super::rows::{self, Kind};

/// Clients that change something all the time.
const WRITERS: u128 = 4;
/// Between two runs of somebody who has no backlog.
const BETWEEN_STARTS: Duration = Duration::from_millis(200);
/// Whatever takes longer has failed.
const PATIENCE: Duration = Duration::from_mins(30);

const CHANGE: &str = "mutation($name: String) { updateProfile(input: { fullName: $name }) { id } }";
const STATUS: &str = "query($id: ID!) { execution(id: $id) { status } }";
const DELETE: &str = "mutation($id: ID!) { deleteWorkflow(id: $id) }";

/// Claims out of so many pending runs of so many users, for so long.
///
/// # Errors
/// When a run or a change fails.
pub async fn backlog(
    scene: &mut Scene,
    workflow: &str,
    (users, runs): (usize, usize),
    time: Duration,
) -> Result<Row> {
    scene.clear().await?;
    rows::wait_in_line(&scene.database, (users, runs)).await?;
    scene.enter(&[]).await?;
    let api = scene.api()?;
    let (before, ended) = (scene.servers[0].usage()?, ended(&scene.database).await?);
    let measured = Instant::now();
    let (change, writers) = (change(), writers(scene)?);
    let (changes, begun) = tokio::try_join!(
        asking::times(&writers, &change, time),
        starts(&api, workflow, time)
    )?;
    let (changes, begun) = (Spread::of(changes), Spread::of(begun));
    let done = self::ended(&scene.database).await? - ended;
    let cpu = scene.servers[0].usage()?.cpu_since(&before);
    // The last run that was started may have taken longer to begin.
    let seconds = measured.elapsed().as_secs_f64();
    Ok(Row::new()
        .with("users", users)
        .with("runs pending", runs)
        .with(
            "runs ended/s",
            round(f64::from(i32::try_from(done)?) / seconds, 0),
        )
        .with("server CPU s/s", round(cpu / seconds, 2))
        .with("another's run begins, p50 ms", round(begun.p50, 1))
        .with("max", round(begun.max, 1))
        .with("a change, p50 ms", round(changes.p50, 1))
        .with("p99", round(changes.p99, 1)))
}

/// The purge of so many runs.
///
/// # Errors
/// When a change fails, or the purge does not end.
pub async fn purge(scene: &mut Scene, workflow: &str, runs: usize) -> Result<Row> {
    scene.clear().await?;
    let kind = Kind {
        days_ago: 2,
        ..Kind::default()
    };
    rows::grow(&scene.database, runs, kind).await?;
    scene.enter(&[("RETAIN_RUNS_DAYS", "1".to_owned())]).await?;
    let yesterday = match scene.database {
        Database::Sqlite(_) => "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', '-1 days')",
        Database::Postgres(_) => "now() - interval '1 days'",
    };
    let left = format!("completed_at < {yesterday}");
    let row = Row::new().with("what", "purge").with("runs", runs);
    until_gone(scene, (workflow, row), &left).await
}

/// The deletion of a workflow that so many runs are of.
///
/// # Errors
/// When a change fails, or the deletion does not end.
pub async fn delete_workflow(scene: &mut Scene, workflow: &str, runs: usize) -> Result<Row> {
    scene.clear().await?;
    let kind = Kind {
        workflow: Some(workflow),
        ..Kind::default()
    };
    rows::grow(&scene.database, runs, kind).await?;
    scene.enter(&[]).await?;
    let api = scene.api()?;
    let other = api.workflow(3).await?;
    let began = Instant::now();
    api.data(DELETE, json!({ "id": workflow })).await?;
    let answered = began.elapsed().as_secs_f64() * 1000.0;
    let row = Row::new()
        .with(
            "what",
            format!("deleteWorkflow, answered in {answered:.0} ms"),
        )
        .with("runs", runs);
    let left = format!("workflow_id = {}", rows::id_of(&scene.database, workflow));
    until_gone(scene, (&other, row), &left).await
}

/// Changes profiles and starts runs until the database says that no run is left.
async fn until_gone(scene: &Scene, (workflow, row): (&str, Row), left: &str) -> Result<Row> {
    let (api, change, writers) = (scene.api()?, change(), writers(scene)?);
    let began = Instant::now();
    let before = scene.servers[0].usage()?;
    let left =
        format!("select count(*) from (select 1 from executions where {left} limit 1) as one");
    let (mut all, mut all_starting, mut worst) = (Vec::new(), Vec::new(), 0_f64);
    while scene.database.number(&left).await? > 0 {
        let second = Duration::from_secs(1);
        let (times, starting) = tokio::try_join!(
            asking::times(&writers, &change, second),
            starts(&api, workflow, second)
        )?;
        all.extend(&times);
        all_starting.extend(starting);
        worst = worst.max(Spread::of(times).p99);
        if began.elapsed() > PATIENCE {
            bail!("it does not end");
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    let cpu = scene.servers[0].usage()?.cpu_since(&before);
    let (changes, starting) = (Spread::of(all), Spread::of(all_starting));
    Ok(row
        .with("done in s", round(seconds, 1))
        .with("server CPU s", round(cpu, 1))
        .with("a change, p50 ms", round(changes.p50, 1))
        .with("p99", round(changes.p99, 1))
        .with("in the worst second", round(worst, 1))
        .with("max", round(changes.max, 1))
        .with("a run begins, p99 ms", round(starting.p99, 1)))
}

/// Clients that change something, each a user of its own.
fn writers(scene: &Scene) -> Result<Vec<Api>> {
    let address = scene.api()?.address;
    let users = (1..=WRITERS).map(|number| Uuid::from_u128(0xbe1c << 64 | number));
    users.map(|user| Api::of(address, user)).collect()
}

/// Starts one run after the other. Answers how long each took until it had begun, in milliseconds.
async fn starts(api: &Api, workflow: &str, time: Duration) -> Result<Vec<f64>> {
    let (until, mut times) = (Instant::now() + time, Vec::new());
    while Instant::now() < until {
        let began = Instant::now();
        let id = api.start(workflow).await?;
        loop {
            let data = api.data(STATUS, json!({ "id": id })).await?;
            let status = data["execution"]["status"].as_str();
            if status.context("a run is gone")? != "PENDING" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        times.push(began.elapsed().as_secs_f64() * 1000.0);
        tokio::time::sleep(BETWEEN_STARTS).await;
    }
    Ok(times)
}

async fn ended(database: &Database) -> Result<i64> {
    database
        .number("select count(*) from executions where completed_at is not null")
        .await
}

fn change() -> Question {
    Question {
        name: "a change",
        query: CHANGE,
        variables: json!({ "name": "somebody else" }),
    }
}
