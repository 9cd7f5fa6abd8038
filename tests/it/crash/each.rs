//! Runs over lists, item after item and side by side.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::{PLAIN, Reference, prompt};
use crate::support::process::Cluster;
use crate::support::provider::{Received, Reply};

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

/// Six items, four at a time, half of which a judge refuses once and their next attempts are told why; and where the list
/// goes by what its last item brought. What is answered follows from what is asked, whoever asks.
pub(super) const TOLD_SIDE_BY_SIDE: Reference = Reference {
    writes: 20,
    calls: 6 + 3 + 9 + 1,
    calls_lost: 4,
    stages: told_side_by_side,
    script: |cluster| {
        cluster
            .provider
            .otherwise(|body| judge_and_mend(prompt(body)));
    },
    asked: |write, requests| {
        let is_never = |request: &&Received| prompt(&request.body) == "never";
        let never = requests.iter().filter(is_never).count();
        assert_eq!(never, 0, "after a kill at write {write}");
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

fn told_side_by_side() -> Value {
    json!([
        {
            "promptTemplate": "draft {{item}}",
            "retryPromptTemplate": "mend {{output}} for {{notes}}",
            "forEach": { "in": "inputs.six", "concurrency": 4 },
            "validationType": "LLM",
            "validationCriteria": { "prompt": "is it right at {{index}}: {{output}}" },
            "retryLimit": 1,
            "routes": { "by": "stage_1.output.items.5.text", "to": { "thick 5": 3 } },
        },
        { "promptTemplate": "never" },
        { "promptTemplate": "all of {{stage_1.raw}}" },
    ])
}

fn judge_and_mend(prompt: &str) -> Reply {
    let pause = Duration::from_millis(10);
    let number = prompt.rsplit(' ').next().unwrap();
    if prompt.starts_with("is it right") {
        let pass = !prompt.contains("thin");
        let notes = format!("thicker {number}");
        return Reply::slow(&json!({ "pass": pass, "notes": notes }).to_string(), pause);
    }
    let is_even = number
        .parse()
        .is_ok_and(|number: u32| number.is_multiple_of(2));
    let answer = match prompt.split(' ').next().unwrap() {
        "draft" if is_even => format!("well {number}"),
        "draft" => format!("thin {number}"),
        "mend" if prompt == format!("mend thin {number} for thicker {number}") => {
            format!("thick {number}")
        }
        _ => format!("answer to {prompt}"),
    };
    Reply::slow(&answer, pause)
}
