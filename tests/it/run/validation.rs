//! Verdicts by rule and by a judge.

use serde_json::{Value, json};

use super::{ended, one_stage};
use crate::support::provider::Reply;
use crate::support::server::{Server, text};

fn function(name: &str, args: &Value) -> Value {
    json!({ "validationType": "FUNCTION",
        "validationCriteria": { "functionName": name, "args": args } })
}

fn regex(criteria: &Value) -> Value {
    json!({ "validationType": "REGEX", "validationCriteria": criteria })
}

#[tokio::test]
async fn every_rule_passes_what_it_allows_and_fails_what_it_does_not() {
    let text_is = |word: &str| json!({ "text": word });
    let cases = [
        (regex(&json!({ "pattern": "^ok" })), "ok then", "not ok"),
        (
            regex(&json!({ "pattern": "^ok", "flags": "im" })),
            "a\nOK",
            "a",
        ),
        (
            regex(&json!({ "pattern": "lorem", "mustMatch": false })),
            "done",
            "lorem",
        ),
        (
            regex(&json!({ "pattern": "^OK$", "flags": "m" })),
            "a\r\nOK\r\nb",
            "a\r\nOK b",
        ),
        (regex(&json!({ "pattern": "^OK$" })), "OK\n", "OK\n\n"),
        (
            regex(&json!({ "pattern": "OK$", "mustMatch": false })),
            "OK.\r\n",
            "OK\r\n",
        ),
        (function("is_json", &json!({})), "{\"a\": 1}", "a"),
        (function("min_length", &json!({ "length": 3 })), "äöü", "äö"),
        (
            function("max_length", &json!({ "length": 3 })),
            "äöü",
            "nope",
        ),
        (function("contains", &text_is("b")), "abc", "a"),
        (function("not_contains", &text_is("b")), "a", "abc"),
        (function("starts_with", &text_is("a")), "ab", "ba"),
        (function("ends_with", &text_is("a")), "ba", "ab"),
        (function("equals", &json!({ "value": "yes" })), "yes", "no"),
        (
            function("one_of", &json!({ "values": ["red", "blue"] })),
            "blue",
            "green",
        ),
        (
            function("number_range", &json!({ "min": 1, "max": 2.5 })),
            "2.5",
            "3",
        ),
        (
            function("json_schema", &json!({ "schema": { "type": "array" } })),
            "[1]",
            "{}",
        ),
    ];
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    for (stage, allowed, not_allowed) in cases {
        let workflow = server.workflow(&user, &model, json!([stage])).await;
        for (answer, status, result) in [
            (allowed, "COMPLETED", "PASS"),
            (not_allowed, "FAILED", "FAIL"),
        ] {
            server.provider.reply(Reply::text(answer));
            let id = server.run(&user, &workflow).await;
            let run = ended(&server, &user, &id).await;
            assert_eq!(run["status"], status, "{stage} on {answer}: {run}");
            let log = &run["logs"]["nodes"][0];
            assert_eq!(log["validationResult"], result, "{stage} on {answer}");
            assert!(log["validatedAt"].is_string(), "{stage} on {answer}");
            assert_eq!(log["validatorNotes"].is_string(), result == "FAIL", "{log}");
        }
    }
    // An answer that non_empty would refuse is none in the first place.
    let run = one_stage(function("non_empty", &json!({})), vec![Reply::text("a")]).await;
    assert_eq!(run["status"], "COMPLETED");
    server.stop().await;
}

fn judged() -> Value {
    json!({ "validationType": "LLM", "retryLimit": 0,
        "validationCriteria": { "prompt": "Is {{output}} right for {{word}}?" } })
}

fn verdict(pass: bool) -> Reply {
    Reply::text(&json!({ "pass": pass, "notes": "so" }).to_string())
}

#[tokio::test]
async fn a_judge_decides_and_its_tokens_are_the_attempts() {
    for (pass, status, result) in [(true, "COMPLETED", "PASS"), (false, "FAILED", "FAIL")] {
        let run = one_stage(judged(), vec![Reply::text("x"), verdict(pass)]).await;
        assert_eq!(run["status"], status, "{run}");
        let log = &run["logs"]["nodes"][0];
        assert_eq!(log["validationResult"], result);
        assert_eq!(log["validatorNotes"], "so");
        assert_eq!(run["usage"]["totalTokens"], 2 * 18);
    }
}

#[tokio::test]
async fn a_judge_of_its_own_is_asked_with_the_output_and_the_variables() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let judge = json!({ "name": "Judge", "provider": "openai",
        "modelIdentifierForFlowise": "judge", "configDefaults": { "temperature": 0 } });
    let judge = server
        .mutate(&server.admin(), "upsertModel", judge, "{ id }")
        .await;
    let mut stage = judged();
    stage["validationCriteria"]["modelId"] = judge["id"].clone();
    stage["flowiseConfig"] = json!({ "temperature": 1 });
    let workflow = server.workflow(&user, &model, json!([stage])).await;
    server.provider.reply(Reply::text("{{word}}"));
    server.provider.reply(verdict(true));
    let id = server.run(&user, &workflow).await;
    assert_eq!(ended(&server, &user, &id).await["status"], "COMPLETED");
    let requests = server.provider.requests();
    assert_eq!(requests[0].body["temperature"], 1);
    let asked = &requests[1].body;
    assert_eq!(asked["model"], "judge");
    assert_eq!(asked["temperature"], 0);
    assert_eq!(asked["messages"][0]["role"], "system");
    // What the model wrote is not filled in again.
    let question = "Is {{word}} right for hello?";
    assert_eq!(asked["messages"][1]["content"], question);
    server.stop().await;
}

#[tokio::test]
async fn a_judge_that_is_no_judge_is_asked_again_twice_at_most_and_never_passes_by_being_broken() {
    let nonsense = || Reply::text("maybe");
    let busy = |wait: &str| Reply::status(503).retry_after(wait);
    let cases = [
        (vec![nonsense(), busy("0"), verdict(true)], 4, "PASS"),
        (vec![nonsense(), nonsense(), verdict(false)], 4, "FAIL"),
        (vec![nonsense(), nonsense(), nonsense()], 4, "ERROR"),
        (
            vec![busy("0"), Reply::empty(), busy("0"), verdict(true)],
            5,
            "PASS",
        ),
        (vec![Reply::status(401), verdict(true)], 2, "ERROR"),
        (vec![Reply::refusal("no"), verdict(true)], 2, "ERROR"),
    ];
    for (replies, calls, result) in cases {
        let server = Server::start().await;
        server.provider.reply(Reply::text("x"));
        for reply in replies {
            server.provider.reply(reply);
        }
        let user = server.user();
        let id = server.run_of(&user, json!([judged()])).await;
        let run = ended(&server, &user, &id).await;
        let log = &run["logs"]["nodes"][0];
        assert_eq!(log["validationResult"], result, "{run}");
        assert_eq!(server.provider.requests().len(), calls, "{run}");
        if result == "ERROR" {
            let message = text(&log["errorMessage"]);
            assert!(
                message.starts_with("the judge gave no verdict"),
                "{message}"
            );
            assert_eq!(log["rawOutput"], "x");
            assert_eq!(log["parsedOutput"], Value::Null);
            assert_eq!(log["validatedAt"], Value::Null);
        }
        server.stop().await;
    }
}

#[tokio::test]
async fn a_broken_judge_counts_against_the_retry_limit() {
    let mut stage = judged();
    stage["retryLimit"] = json!(1);
    let broken = || vec![Reply::text("x"), Reply::status(400)];
    let mut replies = broken();
    replies.extend([Reply::text("y"), verdict(true)]);
    let mended = one_stage(stage.clone(), replies).await;
    assert_eq!(mended["status"], "COMPLETED", "{mended}");
    assert_eq!(mended["executionContext"]["stage_1"]["raw"], "y");
    let mut replies = broken();
    replies.extend(broken());
    let failed = one_stage(stage, replies).await;
    assert_eq!(failed["statusReason"], "STAGE_FAILED", "{failed}");
    assert_eq!(failed["logs"]["nodes"].as_array().unwrap().len(), 2);
}
