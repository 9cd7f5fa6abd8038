//! A run that retries, loops, takes its fail path, waits and is decided by a person.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::{PLAIN, Reference, prompt};
use crate::support::process::Cluster;
use crate::support::provider::Reply;

/// One write for its start, one for the end of each of its nine attempts, one for the decision, and two
/// for the attempts that began with neither: the one after the decision, and the one after a wait.
pub(super) const WAY: Reference = Reference {
    writes: 13,
    calls: 9,
    stages,
    script,
    decision: |_| json!({ "result": "PASS", "editedOutput": "edited", "notes": "for the last stage" }),
    ..PLAIN
};

/// The same way by keys, where a stage is read by its order there.
pub(super) const KEYED: Reference = Reference {
    stages: keyed,
    ..WAY
};

/// Draft, check (twice refused), mend, draft and check again, a person, and a last stage whose first
/// call meets a busy provider.
fn stages() -> Value {
    json!([
        { "promptTemplate": "draft {{topic}}" },
        {
            "promptTemplate": "check {{draft}}",
            "inputVariableMapping": { "draft": "stage_1.raw" },
            "validationType": "FUNCTION",
            "validationCriteria": { "functionName": "contains", "args": { "text": "mended" } },
            "retryLimit": 1,
            "nextStageOnPass": 4,
            "nextStageOnFail": 3,
        },
        {
            "promptTemplate": "mend {{verdict}}",
            "inputVariableMapping": { "verdict": "stage_2.raw" },
            "nextStageOnPass": 1,
        },
        {
            "promptTemplate": "show {{verdict}}",
            "inputVariableMapping": { "verdict": "stage_2.raw" },
            "validationType": "MANUAL",
        },
        {
            "promptTemplate": "close {{edited}}, {{stage_4.notes}}",
            "inputVariableMapping": { "edited": "stage_4.raw" },
        },
    ])
}

/// The way with keys for its stages: in mappings, and in the prompts themselves.
fn keyed() -> Value {
    let mut stages = stages();
    for (index, (key, prompt, mapping)) in [
        ("first", None, None),
        ("check", None, Some(json!({ "draft": "first.raw" }))),
        ("mend", Some("mend {{check.raw}}"), None),
        ("show", Some("show {{ check.text }}"), None),
        ("close", Some("close {{show.raw}}"), None),
    ]
    .into_iter()
    .enumerate()
    {
        let stage = &mut stages[index];
        stage["key"] = json!(key);
        stage["inputVariableMapping"] = json!(mapping);
        if let Some(prompt) = prompt {
            stage["promptTemplate"] = json!(prompt);
        }
    }
    stages
}

/// The provider answers by what it is asked, and remembers no more than a user's world would: that it
/// was asked to mend, and that it was busy once.
fn script(cluster: &Cluster) {
    let mended = AtomicBool::new(false);
    let closings = AtomicUsize::new(0);
    cluster.provider.otherwise(move |body| {
        let prompt = prompt(body);
        match prompt.split(' ').next().unwrap() {
            "draft" if mended.load(Ordering::SeqCst) => Reply::text("a mended draft"),
            "draft" => Reply::text("a draft"),
            "mend" => {
                mended.store(true, Ordering::SeqCst);
                Reply::text("mend it")
            }
            "close" if closings.fetch_add(1, Ordering::SeqCst) == 0 => Reply::status(503),
            _ => Reply::text(&format!("answer to {prompt}")),
        }
    });
}
