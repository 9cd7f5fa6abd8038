//! What ends an answer, and what does not.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Case, event, hold, piece};
use crate::support::provider::Reply;

const DONE: &str = "data: [DONE]\n\n";
const TEXT: &str = "Half an answer";
const REST: &str = ", and the rest.";
const WHOLE: &str = "Half an answer, and the rest.";

fn half(reason: Value) -> Reply {
    Reply::bytes(piece(TEXT, reason))
}

fn counts() -> String {
    event(&json!({ "choices": [], "usage": { "prompt_tokens": 1 } }))
}

fn no() -> String {
    event(&json!({ "error": { "message": "no more", "code": 500 } }))
}

#[tokio::test]
async fn words_that_end_nothing_leave_a_broken_stream() {
    let mut cases = Vec::new();
    for word in [
        json!(""),
        json!("null"),
        Value::Null,
        json!(0),
        json!(false),
    ] {
        let raw = json!(TEXT);
        cases.push(Case::repeated(
            "cut",
            half(word.clone()).lose(),
            raw.clone(),
            "connection was lost",
        ));
        cases.push(Case::repeated(
            "ended",
            half(word.clone()),
            raw,
            "before the answer did",
        ));
        let stopped = half(word).then(piece(REST, json!("stop")));
        cases.push(Case::answered("stopped", stopped, WHOLE, json!("stop")));
    }
    hold(cases).await;
}

#[tokio::test]
async fn every_word_for_an_end_means_what_it_says_and_is_kept() {
    let mut cases = Vec::new();
    for word in [
        "stop",
        "eos",
        "end_turn",
        "STOP",
        "stop_sequence",
        "tool_calls",
        "whatever",
    ] {
        cases.push(Case::answered(word, half(json!(word)), TEXT, json!(word)));
    }
    for (words, error) in [
        (
            &[
                "length",
                "max_tokens",
                "MAX_TOKENS",
                "model_length",
                "model_context_window_exceeded",
            ][..],
            "token limit",
        ),
        (
            &["content_filter", "SAFETY", "content_filter: SEXUAL"],
            "filter",
        ),
        (&["refusal"], "refused"),
    ] {
        for word in words {
            let failed = Case::failed(word, half(json!(word)), json!(TEXT), error);
            cases.push(failed.ended_with(word));
        }
    }
    for word in [
        "error",
        "abort",
        "cancelled",
        "network_error",
        "client_disconnected",
        "aborted_by_user",
        "insufficient_system_resource",
    ] {
        // Whatever follows.
        let reply = half(json!(word))
            .then(piece(REST, json!("stop")))
            .then(DONE);
        let case = Case::repeated(word, reply, json!(TEXT), "broke off");
        cases.push(case.ended_with(word));
    }
    hold(cases).await;
}

#[tokio::test]
async fn text_after_an_end_withdraws_it() {
    let stopped = || half(json!("stop")).then(piece(REST, Value::Null));
    let at_once = piece(TEXT, Value::Null) + DONE + &piece(REST, Value::Null);
    let raw = json!(WHOLE);
    hold(vec![
        Case::answered(
            "a new reason",
            stopped().then(piece("", json!("eos"))),
            WHOLE,
            json!("eos"),
        ),
        Case::answered("[DONE]", stopped().then(DONE), WHOLE, json!("stop")),
        Case::answered("the body's end", stopped(), WHOLE, json!("stop")),
        Case::answered(
            "text behind [DONE]",
            Reply::bytes(at_once),
            WHOLE,
            Value::Null,
        ),
        Case::repeated(
            "a break",
            stopped().lose(),
            raw.clone(),
            "connection was lost",
        ),
        Case::repeated("an error", stopped().then(no()), raw, "no more"),
        Case::failed(
            "cut off all the same",
            half(json!("length")).then(piece(REST, Value::Null)),
            json!(WHOLE),
            "token limit",
        )
        .ended_with("length"),
    ])
    .await;
}

#[tokio::test]
async fn a_message_in_an_event_is_a_piece_that_needs_an_end() {
    let mut cases = Vec::new();
    for said in [
        json!({ "choices": [{ "message": { "content": TEXT } }] }),
        json!({ "object": "chat.completion", "choices": [{ "message": { "content": TEXT }, "finish_reason": null }] }),
        json!({ "choices": { "message": { "content": TEXT } } }),
        json!({ "choices": [{ "text": TEXT }] }),
        json!({ "choices": [{ "delta": {}, "message": { "content": TEXT } }] }),
    ] {
        let said = || Reply::bytes(event(&said));
        let raw = json!(TEXT);
        cases.push(Case::repeated(
            "cut",
            said().lose(),
            raw.clone(),
            "connection was lost",
        ));
        cases.push(Case::repeated(
            "ended",
            said(),
            raw,
            "before the answer did",
        ));
        let stopped = said().then(piece(REST, json!("stop")));
        cases.push(Case::answered("stopped", stopped, WHOLE, json!("stop")));
    }
    for said in [
        json!({ "object": "chat.completion", "choices": [{ "message": { "content": TEXT }, "finish_reason": "stop" }] }),
        json!({ "choices": [{ "delta": {}, "message": { "content": TEXT }, "finish_reason": "stop" }] }),
    ] {
        let reply = Reply::bytes(event(&said));
        cases.push(Case::answered("whole", reply, TEXT, json!("stop")));
        let all_again = half(Value::Null).then(event(&said));
        if said.get("object").is_none() {
            cases.push(Case::answered("all again", all_again, TEXT, json!("stop")));
        }
    }
    let bare = json!({ "choices": [{ "message": { "content": TEXT } }] }).to_string();
    cases.push(Case::answered(
        "bare",
        Reply::bytes(bare.clone()),
        TEXT,
        Value::Null,
    ));
    let cut = Reply::bytes(bare + "\n").lose();
    cases.push(Case::repeated(
        "bare lines, cut",
        cut,
        json!(TEXT),
        "connection was lost",
    ));
    hold(cases).await;
}

#[tokio::test]
async fn what_was_told_just_before_a_cut_is_heard() {
    let error = json!({ "error": { "message": "no more", "code": 400 } });
    let mut cases = Vec::new();
    for frame in ["", "\n"] {
        let told = half(Value::Null)
            .then(format!("data: {error}{frame}"))
            .lose();
        cases.push(Case::failed("an error", told, json!(TEXT), "no more"));
        let word = piece("", json!("network_error"));
        let ended = half(Value::Null)
            .then(word.trim_end().to_owned() + frame)
            .lose();
        let case = Case::repeated("a word", ended, json!(TEXT), "broke off");
        cases.push(case.ended_with("network_error"));
    }
    hold(cases).await;
}

#[tokio::test]
async fn counts_that_ride_on_every_piece_are_no_last_word() {
    let counted = |text: &str, reason: Value| {
        event(
            &json!({ "choices": [{ "delta": { "content": text }, "finish_reason": reason }],
            "usage": { "prompt_tokens": 1 } }),
        )
    };
    let soon = Duration::from_millis(300);
    let stopped = |beside: String| Reply::bytes(beside).then(counts()).pause(soon);
    let mut cases = Vec::new();
    for beside in [
        counted(TEXT, json!("stop")),
        counted(TEXT, Value::Null) + &piece("", json!("stop")),
    ] {
        let reply = stopped(beside).then(piece(REST, json!("eos")));
        cases.push(Case::answered("counted", reply, WHOLE, json!("eos")));
    }
    hold(cases).await;
}

#[tokio::test]
async fn done_after_text_is_an_end_and_after_an_end_everything_is_forgiven() {
    let stopped = || half(json!("stop"));
    hold(vec![
        Case::answered(
            "[DONE] alone",
            half(Value::Null).then(DONE),
            TEXT,
            Value::Null,
        ),
        Case::answered(
            "[DONE], lost",
            half(Value::Null).then(DONE).lose(),
            TEXT,
            Value::Null,
        ),
        Case::answered("lost", stopped().lose(), TEXT, json!("stop")),
        Case::answered(
            "lost in a piece",
            stopped().then("data: {\"choices\": [{\"del").lose(),
            TEXT,
            json!("stop"),
        ),
        Case::answered("an error", stopped().then(no()), TEXT, json!("stop")),
        Case::answered(
            "a word for an error",
            stopped().then(piece("", json!("error"))),
            TEXT,
            json!("stop"),
        ),
        Case::answered(
            "no JSON",
            stopped().then("data: {\n\n"),
            TEXT,
            json!("stop"),
        ),
        Case::repeated(
            "[DONE] of nothing",
            Reply::bytes(DONE),
            Value::Null,
            "before the answer did",
        ),
        Case::repeated(
            "no text at all",
            Reply::bytes(""),
            Value::Null,
            "before the answer did",
        ),
    ])
    .await;
}

#[tokio::test]
async fn an_answer_that_has_ended_is_taken_however_long_the_socket_stays_open() {
    let stopped = || half(json!("stop"));
    let mut beating = stopped();
    for _ in 0..400 {
        let beat = ": waiting\n\nevent: ping\ndata: {}\n\n";
        beating = beating.pause(Duration::from_millis(50)).then(beat);
    }
    let began = std::time::Instant::now();
    hold(vec![
        Case::answered("silent", stopped().stay(), TEXT, json!("stop")),
        Case::answered("beating", beating.stay(), TEXT, json!("stop")),
        Case::answered(
            "counted",
            stopped().then(counts()).stay(),
            TEXT,
            json!("stop"),
        ),
        Case::answered(
            "done",
            half(Value::Null).then(DONE).stay(),
            TEXT,
            Value::Null,
        ),
    ])
    .await;
    assert!(
        began.elapsed() < Duration::from_secs(15),
        "{:?}",
        began.elapsed()
    );
}
