//! Errors in every form, in the place of an answer and in the middle of one.

use serde_json::{Value, json};

use super::{Case, event, hold, piece};
use crate::support::provider::Reply;

#[tokio::test]
async fn errors_in_a_stream_are_told_and_classed_by_their_code() {
    let half = || Reply::bytes(piece("Half", Value::Null));
    let mut cases = Vec::new();
    for error in [
        event(&json!({ "error": { "message": "so busy", "code": 503 } })),
        event(&json!({ "error": { "message": "so busy", "code": "429" } })),
        event(&json!({ "error": { "message": "so busy", "type": "overloaded_error" } })),
        event(
            &json!({ "error": { "message": "so busy", "type": "invalid_request_error", "code": 408 } }),
        ),
        event(&json!({ "error": "so busy" })),
        event(&json!({ "code": "500", "message": "so busy", "type": "server_error" })),
        event(&json!({ "object": "error", "message": "so busy", "code": 502 })),
        "event: error\ndata: {\"message\": \"so busy\"}\n\n".to_owned(),
        "event: error\ndata: so busy\n\n".to_owned(),
        "{\"error\": {\"message\": \"so busy\"}}\n".to_owned(),
    ] {
        let error: &'static str = error.leak();
        let first = Reply::bytes(error);
        cases.push(Case::repeated(error, first, Value::Null, "so busy"));
        cases.push(Case::repeated(
            error,
            half().then(error),
            json!("Half"),
            "so busy",
        ));
    }
    for error in [
        event(&json!({ "error": { "message": "so bad", "code": 400 } })),
        event(&json!({ "error": { "message": "so bad", "code": "422", "type": "server_error" } })),
        event(&json!({ "error": { "message": "so bad", "type": "invalid_request_error" } })),
        event(&json!({ "error": { "message": "so bad", "code": "insufficient_quota" } })),
        event(&json!({ "code": 404, "message": "so bad", "type": "not_found" })),
    ] {
        let error: &'static str = error.leak();
        let first = Reply::bytes(error);
        cases.push(Case::failed(error, first, Value::Null, "so bad"));
        cases.push(Case::failed(
            error,
            half().then(error),
            json!("Half"),
            "so bad",
        ));
    }
    let told = json!({ "choices": [{ "delta": {}, "finish_reason": "error", "error": { "message": "so busy" } }] });
    let beside = Case::repeated(
        "in a choice",
        half().then(event(&told)),
        json!("Half"),
        "so busy",
    );
    cases.push(beside.ended_with("error"));
    hold(cases).await;
}

#[tokio::test]
async fn a_body_that_is_no_stream_is_read_for_what_it_is() {
    let message = |reason: Value| {
        json!({ "id": "1", "object": "chat.completion",
            "choices": [{ "index": 0, "message": { "role": "assistant", "content": "Whole." }, "finish_reason": reason }],
            "usage": { "prompt_tokens": 3 } })
    };
    let pretty = serde_json::to_string_pretty(&message(json!("stop"))).unwrap();
    let error = |code: Value| {
        Reply::json(
            200,
            &json!({ "error": { "message": "so it is", "code": code } }),
        )
    };
    hold(vec![
        Case::answered(
            "an answer",
            Reply::json(200, &message(json!("stop"))),
            "Whole.",
            json!("stop"),
        ),
        Case::answered(
            "no reason",
            Reply::json(200, &message(Value::Null)),
            "Whole.",
            Value::Null,
        ),
        Case::answered(
            "pretty, called a stream",
            Reply::bytes(pretty).stay(),
            "Whole.",
            json!("stop"),
        ),
        Case::failed(
            "cut off",
            Reply::json(200, &message(json!("length"))),
            json!("Whole."),
            "token limit",
        )
        .ended_with("length"),
        Case::repeated("busy", error(json!(429)), Value::Null, "so it is"),
        Case::failed("bad", error(json!("400")), Value::Null, "so it is"),
        Case::failed(
            "no key",
            error(json!("invalid_api_key")),
            Value::Null,
            "OPENAI_API_KEY",
        ),
        Case::failed(
            "a code beside it",
            Reply::json(200, &json!({ "status": 404, "error": "so it is" })),
            Value::Null,
            "so it is",
        ),
        Case::failed(
            "a word beside it",
            Reply::json(
                200,
                &json!({ "code": "insufficient_quota", "error": "so it is" }),
            ),
            Value::Null,
            "so it is",
        ),
        Case::repeated(
            "a detail",
            Reply::json(200, &json!({ "detail": "Not Found" })),
            Value::Null,
            "Not Found",
        ),
        Case::repeated(
            "a message",
            Reply::json(200, &json!({ "message": "no Route matched" })),
            Value::Null,
            "no Route matched",
        ),
        Case::repeated(
            "a page",
            Reply::bytes("<html>Sign in").header("content-type", "text/html"),
            Value::Null,
            "<html>Sign in",
        ),
    ])
    .await;
}

#[tokio::test]
async fn what_a_model_wrote_amiss_counts_against_the_retry_limit_and_is_kept() {
    let amiss = |code: &str| {
        Reply::json(
            400,
            &json!({ "error": {
            "message": "Failed to generate JSON", "type": "invalid_request_error",
            "code": code, "failed_generation": "{\"a\": oops" } }),
        )
    };
    let raw = json!("{\"a\": oops");
    let mut cases = Vec::new();
    for code in ["json_validate_failed", "tool_use_failed"] {
        cases.push(Case::failed(
            "amiss",
            amiss(code),
            raw.clone(),
            "Failed to generate JSON",
        ));
    }
    hold(cases).await;

    let replies = vec![amiss("json_validate_failed"), Reply::text("well")];
    let server = crate::support::server::Server::start().await;
    for reply in replies {
        server.provider.reply(reply);
    }
    let user = server.user();
    let run = server.run_of(&user, json!([{ "retryLimit": 1 }])).await;
    server.until(&user, &run, "COMPLETED").await;
    assert_eq!(server.provider.requests().len(), 2);
    server.stop().await;
}
