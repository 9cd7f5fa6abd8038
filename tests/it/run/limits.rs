//! How long a call may take: its silence is limited, and its whole.

use std::time::Duration;

use footlight::clock::Clock;
use footlight::config::Config;
use serde_json::{Value, json};

use super::ended;
use crate::support::provider::Reply;
use crate::support::server::{Server, text};

const QUARTER: Duration = Duration::from_millis(250);

/// A run of one stage, called within these limits in seconds, with how often it was called.
async fn limited(reply: Reply, (silence, whole): (u64, u64), stage: Value) -> (Value, usize) {
    let limits = |config: &mut Config| {
        config.engine.stage_timeout = Duration::from_secs(silence);
        config.engine.stage_max = Duration::from_secs(whole);
    };
    let server = Server::start_with(Clock::system(), limits).await;
    server.provider.reply(reply);
    server.provider.otherwise(|_| Reply::text("at once"));
    let user = server.user();
    let id = server.run_of(&user, json!([stage])).await;
    let run = ended(&server, &user, &id).await;
    let calls = server.provider.requests().len();
    server.stop().await;
    (run, calls)
}

#[tokio::test]
async fn an_answer_is_not_cut_while_words_come() {
    let (run, calls) = limited(
        Reply::paced("one two three four five six", QUARTER),
        (1, 60),
        json!({}),
    )
    .await;
    assert_eq!((&run["status"], calls), (&json!("COMPLETED"), 1), "{run}");
    let raw = &run["logs"]["nodes"][0]["rawOutput"];
    assert_eq!(raw, "one two three four five six");
}

#[tokio::test]
async fn thoughts_are_words_wherever_they_stand() {
    let paced = |pieces: &[&str]| {
        let first = Reply::bytes(": ping\n\n");
        let reply = pieces.iter().fold(first, |reply, delta| {
            let event = format!("data: {{\"choices\":[{{\"delta\":{delta}}}]}}\n\n");
            reply.pause(QUARTER).then(event)
        });
        reply.finish("stop")
    };
    let beside = r#"{"reasoning_content":"hm "}"#;
    let ahead = r#"{"content":"hm "}"#;
    let refusal = r#"{"refusal":"no "}"#;
    let well = r#"{"content":"well"}"#;
    let (open, close) = (r#"{"content":"<think>"}"#, r#"{"content":"</think>"}"#);
    for (pieces, status) in [
        ([&[beside; 6] as &[_], &[well]].concat(), "COMPLETED"),
        (
            [&[open] as &[_], &[ahead; 6], &[close, well]].concat(),
            "COMPLETED",
        ),
        (vec![refusal; 6], "FAILED"),
    ] {
        let (run, calls) = limited(paced(&pieces), (1, 60), json!({})).await;
        assert_eq!((&run["status"], calls), (&json!(status), 1), "{run}");
        let log = &run["logs"]["nodes"][0];
        if status == "COMPLETED" {
            assert_eq!(log["parsedOutput"]["text"], "well", "{run}");
        } else {
            let message = text(&log["errorMessage"]);
            assert!(message.contains("refused: no no"), "{message}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_does_not_end_counts_as_the_models_fault() {
    let endless = "on and ".repeat(40);
    let (run, calls) = limited(Reply::paced(&endless, QUARTER), (1, 2), json!({})).await;
    assert_eq!(run["statusReason"], "STAGE_FAILED", "{run}");
    assert_eq!(calls, 1, "beyond the retry limit");
    let log = &run["logs"]["nodes"][0];
    let message = text(&log["errorMessage"]);
    assert!(message.contains("not whole after 2 s"), "{message}");
    assert!(text(&log["rawOutput"]).starts_with("on and "));
}

#[tokio::test]
async fn a_stage_sets_its_own_limit_and_a_whole_call_is_no_shorter() {
    let two = Duration::from_secs(2);
    // It says nothing for two seconds: too long for the stage, too long for the server.
    let slow = || Reply::slow("one two", two);
    let (run, calls) = limited(slow(), (60, 60), json!({ "timeoutSeconds": 1 })).await;
    assert_eq!((&run["status"], calls), (&json!("COMPLETED"), 2), "{run}");
    let message = text(&run["logs"]["nodes"][0]["errorMessage"]);
    assert!(message.contains("nothing more for 1 s"), "{message}");
    // The limit of the whole gives way to a silence that is allowed.
    let (run, calls) = limited(slow(), (1, 1), json!({ "timeoutSeconds": 20 })).await;
    assert_eq!((&run["status"], calls), (&json!("COMPLETED"), 1), "{run}");
}

#[tokio::test]
async fn signs_of_life_are_no_words() {
    let (run, calls) = limited(Reply::pinging("late", 12, QUARTER), (1, 60), json!({})).await;
    assert_eq!((&run["status"], calls), (&json!("COMPLETED"), 2), "{run}");
    let log = &run["logs"]["nodes"][0];
    let message = text(&log["errorMessage"]);
    assert!(message.contains("did not answer within 1 s"), "{message}");
    assert_eq!(log["rawOutput"], Value::Null);
}

#[tokio::test]
async fn a_call_that_does_not_stream_may_be_silent_to_its_end() {
    let whole = json!({ "flowiseConfig": { "stream": false } });
    let late = || Reply::paced("late", Duration::from_secs(2));
    let (run, calls) = limited(late(), (1, 60), whole.clone()).await;
    assert_eq!((&run["status"], calls), (&json!("COMPLETED"), 1), "{run}");
    let (run, calls) = limited(late(), (1, 1), whole).await;
    assert_eq!(
        (&run["statusReason"], calls),
        (&json!("STAGE_FAILED"), 1),
        "{run}"
    );
}

#[tokio::test]
async fn a_judge_has_the_limits_of_its_stage_and_one_that_does_not_end_costs_a_retry() {
    let limits = |config: &mut Config| {
        config.engine.stage_max = Duration::from_secs(2);
    };
    let server = Server::start_with(Clock::system(), limits).await;
    let verdict = json!({ "pass": true, "notes": "so" }).to_string();
    for reply in [
        Reply::text("x"),
        // It says nothing, it breaks off, it does not end: then another answer is judged.
        Reply::gated("late"),
        Reply::slow("one two", Duration::from_secs(9)),
        Reply::paced(&"on and ".repeat(40), QUARTER),
        Reply::text("y"),
        Reply::text(&verdict),
    ] {
        server.provider.reply(reply);
    }
    let user = server.user();
    let judged = json!({ "validationType": "LLM", "retryLimit": 1, "timeoutSeconds": 1,
        "validationCriteria": { "prompt": "Is {{output}} right?" } });
    let id = server.run_of(&user, json!([judged])).await;
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    assert_eq!(run["executionContext"]["stage_1"]["raw"], "y");
    let message = text(&run["logs"]["nodes"][0]["errorMessage"]);
    assert!(message.contains("not whole after 2 s"), "{message}");
    assert_eq!(server.provider.requests().len(), 6);
    server.stop().await;
}
