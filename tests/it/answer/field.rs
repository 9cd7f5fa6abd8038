//! Fields that we added and a provider refuses, and connections that are used again.

use std::time::Duration;

use chrono::{DateTime, Utc};
use footlight::clock::Clock;
use footlight::domain::form::Form;
use footlight::domain::setting;
use footlight::llm::provider::{Providers, Settings};
use footlight::llm::{CallError, ErrorKind, Llm, Piece, Request};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::piece;
use crate::support::provider::{Provider, Reply};

fn now() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn client(provider: &Provider, clock: &Clock) -> Providers {
    let settings = Settings {
        name: "openai".to_owned(),
        api_key: Some(SecretString::from("sk-test")),
        base_url: Some(provider.base_url()),
        headers: None,
        query: None,
    };
    Providers::new(vec![settings], false, clock).unwrap()
}

fn request(model: &str, config: &Value) -> Request {
    Request {
        provider: "openai".to_owned(),
        model: model.to_owned(),
        system: None,
        turns: Vec::new(),
        prompt: "Say something".to_owned(),
        settings: setting::Settings::of(config, None),
        schema: None,
    }
}

/// A provider that refuses this field, which its error names as `param`.
fn refuses(provider: &Provider, field: &'static str) {
    let message = format!("Unsupported parameter: '{field}'");
    let error = json!({ "error": { "message": message, "param": field } });
    refuses_by(provider, field, Reply::json(400, &error));
}

/// A provider that refuses this field in this way.
fn refuses_by(provider: &Provider, field: &'static str, refusal: Reply) {
    provider.otherwise(move |body| match body.get(field) {
        None => Reply::text("Well."),
        Some(_) => refusal.clone(),
    });
}

#[tokio::test]
async fn a_field_that_we_added_and_is_refused_is_left_out_and_so_for_an_hour() {
    let provider = Provider::start().await;
    refuses(&provider, "stream_options");
    let clock = Clock::manual(now());
    let llm = client(&provider, &clock);
    let mut calls = 0;
    for (model, more, wait) in [
        ("a", 2, 0),
        ("a", 1, 3599),
        ("b", 2, 0),
        ("a", 2, 1),
        ("a", 1, 0),
    ] {
        clock.advance(Duration::from_secs(wait));
        let answer = llm
            .answer(&request(model, &json!({})), &mut |_| ())
            .await
            .unwrap();
        assert_eq!(answer.text, "Well.");
        calls += more;
        assert_eq!(provider.requests().len(), calls, "{model} after {wait} s");
    }
}

#[tokio::test]
async fn a_field_that_a_422_refuses_is_left_out_too() {
    let place = json!(["body", "stream_options"]);
    let fault = json!({ "type": "extra_forbidden", "loc": place,
        "msg": "Extra inputs are not permitted", "input": { "include_usage": true } });
    for error in [
        json!({ "detail": [fault] }),
        json!({ "object": "error", "message": { "detail": [fault] }, "type": "invalid_request_error" }),
        json!({ "error": { "message": "Unknown parameter: 'stream_options'" } }),
    ] {
        let provider = Provider::start().await;
        refuses_by(&provider, "stream_options", Reply::json(422, &error));
        let llm = client(&provider, &Clock::manual(now()));
        let asked = request("a", &json!({}));
        for calls in [2, 3] {
            let answer = llm.answer(&asked, &mut |_| ()).await.unwrap();
            assert_eq!(answer.text, "Well.");
            assert_eq!(provider.requests().len(), calls, "{error}");
        }
    }
}

#[tokio::test]
async fn one_name_of_the_limit_takes_the_place_of_the_other_and_none_is_dropped() {
    for (model, field, other) in [
        ("a", "max_tokens", "max_completion_tokens"),
        ("o4-mini", "max_completion_tokens", "max_tokens"),
    ] {
        let provider = Provider::start().await;
        refuses(&provider, field);
        let llm = client(&provider, &Clock::manual(now()));
        for _ in 0..2 {
            let asked = request(model, &json!({ "max_tokens": 7 }));
            llm.answer(&asked, &mut |_| ()).await.unwrap();
        }
        let requests = provider.requests();
        assert_eq!(requests.len(), 3);
        for sent in &requests[1..] {
            assert_eq!((sent.body.get(field), &sent.body[other]), (None, &json!(7)));
        }
    }
}

#[tokio::test]
async fn a_provider_that_may_not_stream_answers_whole() {
    let provider = Provider::start().await;
    provider.otherwise(|body| {
        if body.get("stream").is_some() {
            let error = json!({ "message": "You may not stream", "param": "stream", "code": "unsupported_value" });
            return Reply::json(400, &json!({ "error": error }));
        }
        assert_eq!(body.get("stream_options"), None);
        let message = json!({ "message": { "content": "Whole." }, "finish_reason": "stop" });
        Reply::json(200, &json!({ "object": "chat.completion", "choices": [message] }))
    });
    let llm = client(&provider, &Clock::manual(now()));
    let mut heard = Vec::new();
    let mut on_piece = |piece: Piece<'_>| heard.push(format!("{piece:?}"));
    let answer = llm
        .answer(&request("a", &json!({})), &mut on_piece)
        .await
        .unwrap();
    assert_eq!(answer.text, "Whole.");
    assert_eq!(heard, ["Silence", "Text(\"Whole.\")", "End"]);
}

#[tokio::test]
async fn what_is_not_named_or_not_ours_is_not_left_out() {
    for (error, config) in [
        (json!({ "message": "stream_options are wrong" }), json!({})),
        (
            json!({ "message": "no", "param": "temperature" }),
            json!({ "temperature": 9 }),
        ),
        (
            json!({ "message": "no", "param": "response_format" }),
            json!({ "response_format": "json_object" }),
        ),
        (
            json!({ "message": "unsupported keyword 'stream' in the schema" }),
            json!({}),
        ),
    ] {
        let provider = Provider::start().await;
        let reply = Reply::json(400, &json!({ "error": error }));
        provider.otherwise(move |_| reply.clone());
        let llm = client(&provider, &Clock::manual(now()));
        let failed = llm
            .answer(&request("a", &config), &mut |_| ())
            .await
            .unwrap_err();
        assert_eq!(failed.kind, ErrorKind::Permanent);
        assert_eq!(provider.requests().len(), 1, "{error}");
    }
}

#[tokio::test]
async fn a_refusal_is_remembered_only_where_the_request_without_it_was_answered() {
    let provider = Provider::start().await;
    let echo = json!({ "message": "unsupported: 'stream_options'", "param": "stream_options" });
    let reply = Reply::json(400, &json!({ "error": echo }));
    provider.otherwise(move |_| reply.clone());
    let llm = client(&provider, &Clock::manual(now()));
    for calls in [2, 4] {
        let asked = request("a", &json!({}));
        llm.answer(&asked, &mut |_| ()).await.unwrap_err();
        let requests = provider.requests();
        assert_eq!(requests.len(), calls);
        assert!(requests[calls - 2].body.get("stream_options").is_some());
    }
}

#[tokio::test]
async fn what_the_settings_ask_for_is_sent_whatever_was_refused() {
    let provider = Provider::start().await;
    refuses(&provider, "response_format");
    let llm = client(&provider, &Clock::manual(now()));
    let mut asked = request("a", &json!({}));
    asked.schema = Form::of_variables(Some(&json!({ "a": "string" })));
    llm.answer(&asked, &mut |_| ()).await.unwrap();
    for format in ["json_object", "json_schema"] {
        asked.settings = setting::Settings::of(&json!({ "responseFormat": format }), None);
        llm.answer(&asked, &mut |_| ()).await.unwrap_err();
    }
    assert_eq!(provider.requests().len(), 4);
}

#[tokio::test]
async fn no_word_of_a_provider_holds_the_key() {
    let provider = Provider::start().await;
    let llm = client(&provider, &Clock::manual(now()));
    provider.reply(Reply::bytes(piece("Well.", json!("sk-test"))));
    let answer = llm.answer(&request("a", &json!({})), &mut |_| ()).await;
    assert_eq!(answer.unwrap().reason.unwrap(), "[API key]");
    let error = json!({ "code": "tool_use_failed", "failed_generation": "my sk-test" });
    provider.reply(Reply::json(400, &json!({ "error": error })));
    let failed = llm.answer(&request("a", &json!({})), &mut |_| ()).await;
    assert_eq!(failed.unwrap_err().text.unwrap(), "my [API key]");
}

async fn failure(reply: Reply) -> CallError {
    let provider = Provider::start().await;
    provider.reply(reply);
    let llm = client(&provider, &Clock::manual(now()));
    llm.answer(&request("a", &json!({})), &mut |_| ())
        .await
        .unwrap_err()
}

#[tokio::test]
async fn every_form_of_a_wait_is_obeyed() {
    let groq = "Rate limit reached for model. Please try again in 7.5s. Visit us for more";
    let info =
        json!({ "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s" });
    let gemini = json!([{ "error": { "code": 429, "message": "slow down", "details": [info] } }]);
    let in_stream = json!({ "error": { "code": 429, "message": groq } });
    let status = |code: u16| Reply::status(code);
    for (reply, ms) in [
        (status(429).retry_after("2"), 2_000),
        (
            status(503).retry_after("Sun, 01 Mar 2026 12:01:30 GMT"),
            90_000,
        ),
        (
            status(503).retry_after("Sunday, 01-Mar-26 12:01:30 GMT"),
            90_000,
        ),
        (status(503).retry_after("Sun Mar  1 12:01:30 2026"), 90_000),
        (status(429).header("retry-after-ms", "1250"), 1_250),
        (
            Reply::error(429, "rate_limit_exceeded", "retry after: 20 s"),
            20_000,
        ),
        (
            Reply::error(
                429,
                "rate_limit_exceeded",
                "try your request again in 1,200 ms",
            ),
            1_200,
        ),
        (Reply::error(429, "rate_limit_exceeded", groq), 7_500),
        (Reply::json(429, &gemini), 34_500),
        (
            status(429)
                .header("x-ratelimit-remaining-tokens", "0")
                .header("x-ratelimit-reset-tokens", "1m2s")
                .header("x-ratelimit-remaining-requests", "5")
                .header("x-ratelimit-reset-requests", "9h"),
            62_000,
        ),
        (Reply::json(200, &in_stream), 7_500),
        (
            Reply::bytes(piece("Half", Value::Null)).then(format!("data: {in_stream}\n\n")),
            7_500,
        ),
    ] {
        let retry_after = Some(Duration::from_millis(ms));
        let failed = failure(reply).await;
        assert_eq!(
            failed.kind,
            ErrorKind::Transient { retry_after },
            "{failed}"
        );
    }
    assert_eq!(
        failure(status(498)).await.kind,
        ErrorKind::Transient { retry_after: None }
    );
}

#[tokio::test]
async fn ten_calls_one_after_the_other_take_one_connection() {
    let soon = Duration::from_millis(150);
    let stopped = || Reply::bytes(piece("Well.", json!("stop")));
    let counts = "data: {\"choices\": [], \"usage\": {\"prompt_tokens\": 1}}\n\n";
    for reply in [
        Reply::text("Well."),
        stopped(),
        stopped().pause(soon),
        stopped().pause(soon).then("data: [DONE]\n\n"),
        stopped().then("data: [DONE]\n\n").pause(soon),
        stopped().then(counts).pause(soon).then("data: [DONE]\n\n"),
        Reply::status(500),
    ] {
        let provider = Provider::start().await;
        provider.otherwise(move |_| reply.clone());
        let llm = client(&provider, &Clock::manual(now()));
        for _ in 0..10 {
            let _ = llm.answer(&request("a", &json!({})), &mut |_| ()).await;
        }
        assert_eq!(provider.requests().len(), 10);
        assert_eq!(provider.connections(), 1);
    }
}

#[tokio::test]
async fn a_body_that_never_ends_holds_no_call_up_for_long() {
    let provider = Provider::start().await;
    provider.otherwise(|_| {
        Reply::bytes(piece("Well.", Value::Null))
            .then("data: [DONE]\n\n")
            .stay()
    });
    let llm = client(&provider, &Clock::manual(now()));
    let began = std::time::Instant::now();
    for _ in 0..10 {
        llm.answer(&request("a", &json!({})), &mut |_| ())
            .await
            .unwrap();
    }
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
}
