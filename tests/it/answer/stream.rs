//! What stands beside the text never costs an answer.

use serde_json::{Value, json};

use super::{Case, event, hold, piece};
use crate::support::provider::Reply;

const TEXT: &str = "Some text.";

#[tokio::test]
async fn what_stands_beside_the_text_never_costs_an_answer() {
    let mut cases = Vec::new();
    for usage in [
        json!({ "prompt_tokens": 3.0, "completion_tokens": 1.5 }),
        json!({ "prompt_tokens": "three" }),
        json!("none"),
        json!([1, 2]),
        json!(0.5),
    ] {
        let said = json!({ "usage": usage, "choices": [{
            "delta": { "content": TEXT, "refusal": false, "tool_calls": null }, "finish_reason": 0 }] });
        let reply = Reply::bytes(event(&said)).then(piece("", json!("stop")));
        cases.push(Case::answered("usage", reply, TEXT, json!("stop")));
    }
    for noise in [
        "\u{feff}",
        "data:\n\n",
        "data: : waiting\n\n",
        "event: ping\ndata: {\"choices\": [{\"delta\": {\"content\": \"ping\"}}]}\n\n",
        "event: ping\ndata: 7\n\n",
        "retry: 3000\n\n",
        ": waiting\n\n",
        "\r\n\r\n",
        "data: {\"type\": \"ping\"}\n\n",
        "data: null\n\n",
        "data: [waiting\n",
        "data: {waiting}\n",
        "data: it's \"5 o clock\n",
        "data: {\"status\": \"queued\", \"message\": \"wait\"}\n\n",
        "data: {\"type\": \"queue\", \"message\": \"position 3\"}\n\n",
        "data: {\"choices\": [{\"index\": 1, \"delta\": {\"content\": \"x\"}}]}\n\n",
        "data: {\"choices\": [], \"\\ud83d\": 1}\n\n",
        "data: {\"choices\": [], \"error\": {\"code\": 0, \"message\": \"success\"}}\n\n",
    ] {
        let reply = Reply::bytes(noise).then(piece("Some ", Value::Null));
        let reply = reply
            .then(noise)
            .then(piece("text.", json!("stop")))
            .then(noise);
        cases.push(Case::answered(noise, reply, TEXT, json!("stop")));
    }
    let message = json!({ "choices": [{ "message": { "content": "Some " } }], "object": "chat.completion.chunk" });
    let reply = Reply::bytes(event(&message)).then(piece("text.", json!("stop")));
    cases.push(Case::answered("a message", reply, TEXT, json!("stop")));
    hold(cases).await;
}

#[tokio::test]
async fn a_line_break_that_is_not_escaped_stands_in_the_text() {
    let text = "Some\n\n  text: \nid: 7\n\"\n";
    let mut cases = Vec::new();
    for (name, line_break) in [
        ("as it is", "\n"),
        ("as Windows writes it", "\r\n"),
        ("behind its field again", "\ndata: "),
    ] {
        let piece_of = |text: &str| {
            let text = text.replace('"', "\\\"").replace('\n', line_break);
            format!("data: {{\"choices\": [{{\"delta\": {{\"content\": \"{text}\"}}}}]}}\n\n")
        };
        let reply = Reply::bytes(piece_of(text)).then(piece_of("\n\n"));
        let reply = reply.then(piece("End.", json!("stop")));
        let raw = format!("{text}\n\nEnd.");
        cases.push(Case::answered(name, reply, &raw, json!("stop")));
    }
    hold(cases).await;
}

#[tokio::test]
async fn a_piece_that_cannot_be_read_costs_the_answer_and_no_text_is_lost_in_silence() {
    let half = || Reply::bytes(piece("Half", Value::Null));
    let mut cases = Vec::new();
    for damaged in [
        "data: {\"choices\": [{\"delta\": {\"content\": \"x\n\n",
        "data: {\"choices\": [{\"delta\": {\"content\": \"x\n",
        "data: {\"choices\": oops}\n\n",
        "dta: {\"choices\": []}\n\n",
    ] {
        let reply = half().then(damaged).then(piece("", json!("stop")));
        cases.push(Case::repeated(
            damaged,
            reply,
            json!("Half"),
            "cannot be read",
        ));
    }
    let cut = |bytes: &[u8]| {
        [
            b"data: {\"choices\": [{\"delta\": {\"content\": \"",
            bytes,
            b"\"}}]}\n\n",
        ]
        .concat()
    };
    let reply = Reply::bytes(cut(b"3 \xe2\x82"));
    let reply = reply.then(cut(b"\xac")).then(piece("", json!("stop")));
    cases.push(Case::answered("a character", reply, "3 €", json!("stop")));
    hold(cases).await;
}

#[tokio::test]
async fn halves_of_an_emoji_are_joined_and_a_lone_one_is_replaced() {
    let raw = |text: &str| {
        format!("data: {{\"choices\": [{{\"delta\": {{\"content\": \"{text}\"}}}}]}}\n\n")
    };
    let all = |texts: &[&str]| {
        let body: String = texts.iter().map(|text| raw(text)).collect();
        Reply::bytes(body).then(piece("", json!("stop")))
    };
    hold(vec![
        Case::answered(
            "joined",
            all(&["a\\ud83d", "\\ude00b"]),
            "a😀b",
            json!("stop"),
        ),
        Case::answered(
            "alone",
            all(&["a\\ud83d", "b"]),
            "a\u{fffd}b",
            json!("stop"),
        ),
        Case::answered("the last", all(&["a\\ud83d"]), "a\u{fffd}", json!("stop")),
        Case::answered("nothing", all(&["a\\u0000"]), "a\u{fffd}", json!("stop")),
    ])
    .await;
}
