//! Clients that ask the same question again and again, each on a connection of its own.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use bench_support::api::Api;
use bench_support::spread::Spread;
use serde_json::json;
use tokio::task::JoinSet;

use super::questions::Question;

/// Time that is not counted.
const WARM_UP: Duration = Duration::from_millis(300);

/// What an answer says that is none. One that is compressed would say it in other bytes: who asks for
/// that asks without first.
const ERRORS: &[u8] = br#""errors":"#;

/// Asks by so many clients for so long. Answers how long answers took.
///
/// # Errors
/// When one of them is an error.
pub async fn ask(
    api: &Api,
    question: &Question,
    (clients, time): (usize, Duration),
) -> Result<Spread> {
    let apis: Vec<_> = (0..clients).map(|_| api.clone()).collect();
    Ok(Spread::of(times(&apis, question, time).await?))
}

/// Asks by each of these clients for so long. Answers how long each answer took, in milliseconds.
///
/// # Errors
/// When one of them is an error.
pub async fn times(apis: &[Api], question: &Question, time: Duration) -> Result<Vec<f64>> {
    let body = json!({ "query": question.query, "variables": question.variables }).to_string();
    let from = Instant::now() + WARM_UP;
    let mut asking = JoinSet::new();
    for api in apis {
        let (api, body) = (api.clone(), body.clone());
        asking.spawn(async move {
            let mut times = Vec::new();
            while from.elapsed() < time {
                let began = Instant::now();
                let answer = api.bytes(body.clone()).await?;
                if began >= from {
                    times.push(began.elapsed().as_secs_f64() * 1000.0);
                }
                if answer.windows(ERRORS.len()).any(|part| part == ERRORS) {
                    bail!("{body}: {}", String::from_utf8_lossy(&answer));
                }
            }
            Ok(times)
        });
    }
    let mut all = Vec::new();
    while let Some(times) = asking.join_next().await {
        all.extend(times??);
    }
    Ok(all)
}
