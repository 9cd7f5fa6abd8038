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

use super::asking;
use super::questions::Question;
use super::rows;

/// Clients that change something all the time.
const WRITERS: usize = 4;
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
    let change = change();
    let (changes, begun) = tokio::try_join!(
        asking::ask(&api, &change, (WRITERS, time)),
        starts(&api, workflow, time)
    )?;
    let done = self::ended(&scene.database).await? - ended;
    let cpu = scene.servers[0].usage()?.cpu_since(&before);
    let seconds = time.as_secs_f64();
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

/// The purge of all runs.
///
/// # Errors
/// When a change fails, or the purge does not end.
pub async fn purge(scene: &mut Scene, runs: usize) -> Result<Row> {
    scene.clear().await?;
    let two_days_ago = match scene.database {
        Database::Sqlite(_) => "strftime('%Y-%m-%dT%H:%M:%f+00:00', created_at, '-2 days')",
        Database::Postgres(_) => "created_at - interval '2 days'",
    };
    let grow_old = format!("update executions set completed_at = {two_days_ago}");
    scene.database.run(&grow_old).await?;
    scene.enter(&[("RETAIN_RUNS_DAYS", "1".to_owned())]).await?;
    let row = Row::new().with("what", "purge").with("runs", runs);
    until_gone(scene, row, "select count(*) from executions").await
}

/// The deletion of a workflow that all runs are of.
///
/// # Errors
/// When a change fails, or the deletion does not end.
pub async fn delete_workflow(scene: &mut Scene, workflow: &str, runs: usize) -> Result<Row> {
    scene.clear().await?;
    let id = rows::id_of(&scene.database, workflow);
    let gather = format!("update executions set workflow_id = {id}");
    scene.database.run(&gather).await?;
    scene.enter(&[]).await?;
    let api = scene.api()?;
    let began = Instant::now();
    api.data(DELETE, json!({ "id": workflow })).await?;
    let answered = began.elapsed().as_secs_f64() * 1000.0;
    let row = Row::new()
        .with(
            "what",
            format!("deleteWorkflow, answered in {answered:.0} ms"),
        )
        .with("runs", runs);
    let left = format!("select count(*) from executions where workflow_id = {id}");
    until_gone(scene, row, &left).await
}

/// Changes profiles until the database says that nothing is left.
async fn until_gone(scene: &Scene, row: Row, left: &str) -> Result<Row> {
    let (api, change, began) = (scene.api()?, change(), Instant::now());
    let before = scene.servers[0].usage()?;
    let mut worst = Spread::default();
    while scene.database.number(left).await? > 0 {
        let second = (WRITERS, Duration::from_secs(1));
        let spread = asking::ask(&api, &change, second).await?;
        if spread.p99 > worst.p99 {
            worst = spread;
        }
        if began.elapsed() > PATIENCE {
            bail!("it does not end");
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    let cpu = scene.servers[0].usage()?.cpu_since(&before);
    Ok(row
        .with("done in s", round(seconds, 1))
        .with("server CPU s", round(cpu, 1))
        .with("a change in the worst second, p50 ms", round(worst.p50, 1))
        .with("p99", round(worst.p99, 1))
        .with("max", round(worst.max, 1)))
}

/// Starts one run after the other. Answers how long each took until it had begun.
async fn starts(api: &Api, workflow: &str, time: Duration) -> Result<Spread> {
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
    Ok(Spread::of(times))
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
