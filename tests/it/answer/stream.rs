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
