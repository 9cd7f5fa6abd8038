//! What compression costs the server, and what it saves the network, on the largest page of runs.

use std::time::Duration;

use anyhow::Result;
use bench_support::report::{Row, round};
use bench_support::scene::Scene;
use serde_json::json;

use super::asking;
use super::questions::Question;

const PAGE: &str = "{ executions(first: 100) { nodes { id status statusReason createdAt completedAt
    currentStageOrder workflow { id name } } pageInfo { hasNextPage endCursor } } }";

/// A row for each way to answer the same question by one client for so long.
///
/// # Errors
/// When an answer is an error.
pub async fn measure(scene: &Scene, time: Duration) -> Result<Vec<Row>> {
    let question = Question {
        name: "a page of 100 runs",
        query: PAGE,
        variables: json!({}),
    };
    let mut rows = Vec::new();
    for encoding in [None, Some("gzip"), Some("br"), Some("zstd")] {
        let mut api = scene.api()?;
        api.encoding = encoding;
        let size = api.bytes(json!({ "query": PAGE }).to_string()).await?.len();
        let before = scene.servers[0].usage()?;
        let spread = asking::ask(&api, &question, (1, time)).await?;
        let cpu = scene.servers[0].usage()?.cpu_since(&before);
        let answers = f64::from(u32::try_from(spread.count)?);
        rows.push(
            Row::new()
                .with("Accept-Encoding", encoding.unwrap_or("none"))
                .with("bytes", size)
                .with("p50 ms", round(spread.p50, 2))
                .with("p99", round(spread.p99, 2))
                .with("server CPU ms/answer", round(cpu * 1000.0 / answers, 3)),
        );
    }
    Ok(rows)
}
