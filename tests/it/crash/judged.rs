//! A run whose judge does not answer.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::{PLAIN, Reference, prompt};
use crate::support::process::Cluster;
use crate::support::provider::{Received, Reply};

/// One write for its start, one that keeps the answer, two for a wait that keeps its slot, three for one
/// that does not, one for a verdict that is none, and one for the end of each of its two attempts.
pub(super) const JUDGED: Reference = Reference {
    writes: 10,
    calls: 6,
    stages,
    script,
    asked: |write, requests| {
        let asked = |word: &str| {
            let prompt = |request: &&Received| prompt(&request.body).starts_with(word);
            requests.iter().filter(prompt).count()
        };
        // Once the answer is kept, its model is not called again.
        let most = if write < 2 { 2 } else { 1 };
        let drafts = asked("draft");
        assert!(
            drafts <= most,
            "{drafts} drafts after a kill at write {write}"
        );
        let verdicts = asked("is it");
        assert!(
            verdicts <= 4 + 1,
            "{verdicts} verdicts after a kill at write {write}"
        );
    },
    ..PLAIN
};

/// A draft that another model judges, and a last stage.
fn stages() -> Value {
    json!([
        {
            "promptTemplate": "draft {{topic}}",
            "validationType": "LLM",
            "validationCriteria": { "prompt": "is it right: {{output}}" },
        },
        {
            "promptTemplate": "close {{draft}}",
            "inputVariableMapping": { "draft": "stage_1.raw" },
        },
    ])
}

/// The judge is busy, then busy for long, then says nothing of use, and then passes.
fn script(cluster: &Cluster) {
    let verdicts = AtomicUsize::new(0);
    cluster.provider.otherwise(move |body| {
        let prompt = prompt(body);
        if !prompt.starts_with("is it") {
            return Reply::text(&format!("answer to {prompt}"));
        }
        match verdicts.fetch_add(1, Ordering::SeqCst) {
            0 => Reply::status(503),
            1 => Reply::status(429).retry_after("6"),
            2 => Reply::text("perhaps"),
            _ => Reply::text(&json!({ "pass": true, "notes": "so" }).to_string()),
        }
    });
}
