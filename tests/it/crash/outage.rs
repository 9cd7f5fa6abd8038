//! A run whose model does not answer.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::{PLAIN, Reference, prompt};
use crate::support::process::Cluster;
use crate::support::provider::Reply;

/// One write for its start, one for the end of each of its six attempts, three for the three waits that keep
/// its slot, and two for the one that does not. An outage is over after five calls here: however often it was
/// cut, no call that was counted is counted again, and none is forgotten.
pub(super) const IN_OUTAGE: Reference = Reference {
    writes: 12,
    calls: 6,
    settings: &[("MODEL_OUTAGE_SECONDS", "0")],
    stages,
    script,
    ..PLAIN
};

/// A draft that nobody makes, and a last stage on its fail path.
fn stages() -> Value {
    json!([
        { "promptTemplate": "draft {{topic}}", "nextStageOnFail": 2, "retryLimit": 3 },
        { "promptTemplate": "close {{topic}}" },
    ])
}

/// The provider is not well, and once it asks for a long wait.
fn script(cluster: &Cluster) {
    let refusals = AtomicUsize::new(0);
    cluster.provider.otherwise(move |body| {
        let prompt = prompt(body);
        if !prompt.starts_with("draft") {
            return Reply::text(&format!("answer to {prompt}"));
        }
        match refusals.fetch_add(1, Ordering::SeqCst) {
            1 => Reply::status(429).retry_after("6"),
            _ => Reply::status(503),
        }
    });
}
