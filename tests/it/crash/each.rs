//! Runs over lists, item after item and side by side.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::{PLAIN, Reference, prompt};
use crate::support::process::Cluster;
use crate::support::provider::Reply;

/// Three items one after the other, of which the first is refused once and the second meets a busy provider; then
/// a list that reads what they brought, and a last stage. One write for its start, one for the end of each of its
/// nine attempts, and one that ends the wait, which is longer than what the third item takes meanwhile.
pub(super) const EACH: Reference = Reference {
    writes: 11,
    calls: 9,
    stages: one_by_one,
    script,
    ..PLAIN
};

/// Ten items side by side, of which one is refused for good and passed over. How many of them share a write is a
/// matter of time.
pub(super) const SIDE_BY_SIDE: Reference = Reference {
    writes: 13,
    calls: 12,
    calls_lost: 8,
    stages: side_by_side,
    script: |cluster| {
        cluster.provider.otherwise(|body| {
            let pause = Duration::from_millis(10);
            Reply::slow(&format!("answer to {}", prompt(body)), pause)
        });
    },
    ..PLAIN
};

fn one_by_one() -> Value {
    json!([
        {
            "promptTemplate": "draft {{item}} of {{topic}}",
            "forEach": { "in": "inputs.list" },
            "validationType": "FUNCTION",
            "validationCriteria": { "functionName": "contains", "args": { "text": "good" } },
            "retryLimit": 1,
        },
        {
            "promptTemplate": "close {{item}} {{stage_1.item.text}}",
            "forEach": { "in": "inputs.list" },
        },
        { "promptTemplate": "all of {{stage_2.raw}}" },
    ])
}

/// The provider's first draft of one item is bad, and it was busy once for another.
fn script(cluster: &Cluster) {
    let (firsts, seconds) = (AtomicUsize::new(0), AtomicUsize::new(0));
    cluster.provider.otherwise(move |body| {
        let prompt = prompt(body);
        let is_bad = prompt.starts_with("draft a") && firsts.fetch_add(1, Ordering::SeqCst) == 0;
        if prompt.starts_with("draft b") && seconds.fetch_add(1, Ordering::SeqCst) == 0 {
            return Reply::status(503).retry_after("1");
        }
        Reply::text(&format!(
            "{}: {prompt}",
            if is_bad { "bad" } else { "good" }
        ))
    });
}

fn side_by_side() -> Value {
    json!([
        {
            "promptTemplate": "draft {{index}}",
            "forEach": { "in": "inputs.many", "concurrency": 8, "onItemFail": "skip" },
            "validationType": "REGEX",
            "validationCriteria": { "pattern": "[^5]$" },
            "retryLimit": 1,
        },
        { "promptTemplate": "all of {{stage_1.output.items}}" },
    ])
}
