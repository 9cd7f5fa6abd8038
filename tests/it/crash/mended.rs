//! A run that mends what came to no verdict, and reads what a judge said.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::{PLAIN, Reference, prompt};
use crate::support::process::Cluster;
use crate::support::provider::Reply;

/// One write for its start, one that keeps an answer for its judge, and one for the end of each of its five attempts.
pub(super) const MENDED: Reference = Reference {
    writes: 7,
    calls: 6,
    stages,
    output_mapping: || {
        json!({ "last": { "latest": ["stage_4.raw", "stage_1.raw", "stage_2.raw"] },
            "notes": "stage_3.notes", "failed": "stage_1.failed.raw", "n": "stage_1.output.n" })
    },
    script,
    ..PLAIN
};

/// A count that does not parse at first, which is mended; a pitch that a judge refuses, and a text that reads why.
fn stages() -> Value {
    json!([
        {
            "promptTemplate": "count {{topic}}",
            "outputVariables": { "n": "integer" },
            "nextStageOnPass": 3,
            "nextStageOnFail": 2,
        },
        {
            "promptTemplate": "mend {{stage_1.failed.raw}}: {{why}}",
            "inputVariableMapping": { "why": "stage_1.failed.notes" },
            "nextStageOnPass": 1,
        },
        {
            "promptTemplate": "pitch {{it}}",
            "inputVariableMapping": { "it": { "latest": ["stage_2.raw", "stage_1.raw"] } },
            "validationType": "LLM",
            "validationCriteria": { "prompt": "is it right: {{output}}" },
            "nextStageOnFail": 4,
        },
        {
            "promptTemplate": "write {{stage_3.raw}}, {{stage_3.notes}}, {{left}}, {{tone}}",
            "inputVariableMapping": {
                "left": ["stage_1.failed.raw", "stage_2.raw"],
                "tone": { "from": "inputs.tone", "default": "plain" },
            },
        },
    ])
}

/// The provider remembers that it was asked to mend.
fn script(cluster: &Cluster) {
    let mended = AtomicBool::new(false);
    cluster.provider.otherwise(move |body| {
        let prompt = prompt(body);
        match prompt.split(' ').next().unwrap() {
            "count" if mended.load(Ordering::SeqCst) => Reply::text("{\"n\": 1}"),
            "count" => Reply::text("{\"n\": o"),
            "is" => Reply::text(&json!({ "pass": false, "notes": "dull" }).to_string()),
            word => {
                if word == "mend" {
                    mended.store(true, Ordering::SeqCst);
                }
                Reply::text(&format!("answer to {prompt}"))
            }
        }
    });
}
