//! Verdicts by rule and by a judge.

use serde_json::{Value, json};

use super::one_stage;
use crate::support::provider::Reply;

#[tokio::test]
async fn every_rule_passes_what_it_allows_and_fails_what_it_does_not() {
    let function = |name: &str, args: Value| {
        json!({ "validationType": "FUNCTION",
            "validationCriteria": { "functionName": name, "args": args } })
    };
    let cases = [
        (json!({}), "anything", "COMPLETED"),
        (
            json!({ "validationType": "REGEX", "validationCriteria": { "pattern": "^ok" } }),
            "ok then",
            "COMPLETED",
        ),
        (
            json!({ "validationType": "REGEX", "validationCriteria": { "pattern": "^ok" } }),
            "no",
            "FAILED",
        ),
        (
            function("max_length", json!({ "length": 3 })),
            "yes",
            "COMPLETED",
        ),
        (
            function("max_length", json!({ "length": 3 })),
            "nope",
            "FAILED",
        ),
        (function("is_json", json!({})), "{\"a\": 1}", "COMPLETED"),
        (function("contains", json!({ "text": "b" })), "a", "FAILED"),
        (
            function("json_schema", json!({ "schema": { "type": "array" } })),
            "[1]",
            "COMPLETED",
        ),
        (
            function("json_schema", json!({ "schema": { "type": "array" } })),
            "{}",
            "FAILED",
        ),
    ];
    for (stage, answer, status) in cases {
        let run = one_stage(stage.clone(), vec![Reply::text(answer)]).await;
        assert_eq!(run["status"], status, "{stage} on {answer}: {run}");
    }
}

#[tokio::test]
async fn a_judge_decides_and_one_that_stays_broken_is_an_error() {
    let stage = json!({ "validationType": "LLM",
        "validationCriteria": { "prompt": "Is {{output}} right?" } });
    let verdict = |pass: bool| Reply::text(&json!({ "pass": pass, "notes": "so" }).to_string());
    let passed = one_stage(stage.clone(), vec![Reply::text("x"), verdict(true)]).await;
    assert_eq!(passed["status"], "COMPLETED");
    let failed = one_stage(stage.clone(), vec![Reply::text("x"), verdict(false)]).await;
    assert_eq!(failed["statusReason"], "STAGE_FAILED");
    assert_eq!(failed["logs"]["nodes"][0]["validatorNotes"], "so");
    let nonsense = || Reply::text("maybe");
    let broken = vec![Reply::text("x"), nonsense(), nonsense(), nonsense()];
    let broken = one_stage(stage, broken).await;
    assert_eq!(broken["logs"]["nodes"][0]["validationResult"], "ERROR");
    assert_eq!(broken["status"], "FAILED");
}
