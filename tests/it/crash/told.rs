//! A run whose attempts are told of failures, and whose passes go by a value.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::{PLAIN, Reference, prompt};
use crate::support::process::Cluster;
use crate::support::provider::{Received, Reply};

/// One write for its start, three for the attempts of its first stage, six for those of its second, which an outage
/// and a judge make longer, and five for those of its third, which a person refuses once.
pub(super) const TOLD: Reference = Reference {
    writes: 15,
    calls: 10,
    stages,
    output_mapping: || json!({ "first": "stage_1.raw", "last": "stage_4.raw" }),
    script,
    decision: |output| match output {
        "cold" => json!({ "result": "FAIL", "notes": "warmer" }),
        _ => json!({ "result": "PASS", "editedOutput": "edited" }),
    },
    asked: |write, requests| {
        let is_never = |request: &&Received| prompt(&request.body) == "never";
        let never = requests.iter().filter(is_never).count();
        assert_eq!(never, 0, "after a kill at write {write}");
    },
    ..PLAIN
};

/// A draft that a rule refuses twice, one that a judge refuses once and whose model is busy, and one that a person
/// refuses; each goes on by a value, past a stage that is never visited.
fn stages() -> Value {
    let retry = "mend {{output}} for {{notes}}";
    json!([
        {
            "promptTemplate": "draft {{topic}}",
            "retryPromptTemplate": retry,
            "retryLimit": 2,
            "validationType": "FUNCTION",
            "validationCriteria": { "functionName": "contains", "args": { "text": "third" } },
            "routes": { "by": "stage_1.output.text", "to": { "third": 3 } },
        },
        { "promptTemplate": "never" },
        {
            "promptTemplate": "write {{topic}}",
            "retryPromptTemplate": retry,
            "retryLimit": 1,
            "validationType": "LLM",
            "validationCriteria": { "prompt": "is it right: {{output}}" },
            "routes": { "by": "inputs.topic", "to": { "tides": 4 } },
            "nextStageOnPass": 2,
        },
        {
            "promptTemplate": "show {{stage_3.raw}}",
            "retryPromptTemplate": retry,
            "retryLimit": 1,
            "validationType": "MANUAL",
            "routes": { "by": "stage_4.raw", "to": { "edited": 0 } },
            "nextStageOnPass": 2,
        },
    ])
}

/// What is answered follows from what is asked, but that the provider was busy once.
fn script(cluster: &Cluster) {
    let thickenings = AtomicUsize::new(0);
    cluster.provider.otherwise(move |body| {
        let prompt = prompt(body);
        let begins = |words: &str| prompt.starts_with(words);
        Reply::text(&if begins("draft") {
            "first".to_owned()
        } else if begins("mend first") {
            "second".to_owned()
        } else if begins("mend second") {
            "third".to_owned()
        } else if begins("write") {
            "thin".to_owned()
        } else if begins("mend thin for thicker") {
            if thickenings.fetch_add(1, Ordering::SeqCst) == 0 {
                return Reply::status(503);
            }
            "thick".to_owned()
        } else if begins("is it right") {
            let pass = prompt.ends_with("thick");
            json!({ "pass": pass, "notes": "thicker" }).to_string()
        } else if begins("show") {
            "cold".to_owned()
        } else if begins("mend cold for warmer") {
            "warm".to_owned()
        } else {
            format!("unexpected: {prompt}")
        })
    });
}
