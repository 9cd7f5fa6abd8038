//! What a provider may answer with, and what becomes of it: the contract of `footlight::llm` with
//! anything that speaks OpenAI's protocol.

use std::time::Duration;

use chrono::{DateTime, Utc};
use footlight::clock::Clock;
use footlight::domain::form::Form;
use footlight::domain::setting;
use footlight::domain::usage::Usage;
use footlight::llm::provider::{Providers, Settings};
use footlight::llm::{Answer, CallError, ErrorKind, Finish, Llm, MAX_ANSWER_CHARS, Piece, Request};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::support::provider::{Provider, Reply};

const KEY: &str = "sk-test-0123456789abcdef";
const TRANSIENT: ErrorKind = ErrorKind::Transient { retry_after: None };

fn now() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().expect("a date")
}

fn providers_at(name: &str, base_url: String) -> Providers {
    let settings = Settings {
        name: name.to_owned(),
        api_key: Some(SecretString::from(KEY)),
        base_url: Some(base_url),
        headers: None,
        query: None,
    };
    Providers::new(vec![settings], false, &Clock::manual(now())).expect("good settings")
}

fn request(provider: &str, config: &Value) -> Request {
    Request {
        provider: provider.to_owned(),
        model: "model-1".to_owned(),
        system: None,
        turns: Vec::new(),
        prompt: "Say something".to_owned(),
        settings: setting::Settings::of(config, None),
        schema: None,
    }
}

/// Asks a provider that gives this one reply; also what was heard of the answer meanwhile.
async fn ask(reply: Reply) -> (Result<Answer, CallError>, String) {
    let provider = Provider::start().await;
    provider.reply(reply);
    let llm = providers_at("openai", provider.base_url());
    let mut heard = String::new();

    let answer = llm
        .answer(&request("openai", &json!({})), &mut |piece| {
            if let Piece::Text(text) = piece {
                heard.push_str(text);
            }
        })
        .await;

    assert_eq!(provider.requests().len(), 1, "one call is one request");
    (answer, heard)
}

async fn failure(reply: Reply) -> CallError {
    ask(reply).await.0.expect_err("a reply that is no answer")
}

#[tokio::test]
async fn an_answer_is_streamed_in_pieces_and_counted() {
    let provider = Provider::start().await;
    provider.reply(Reply::text("Three little words"));
    let llm = providers_at("openai", provider.base_url());
    let mut pieces = Vec::new();

    let answer = llm
        .answer(&request("openai", &json!({})), &mut |piece| {
            if let Piece::Text(text) = piece {
                pieces.push(text.to_owned());
            }
        })
        .await
        .unwrap();

    assert_eq!(pieces, ["Three ", "little ", "words"]);
    assert_eq!(answer.text, "Three little words");
    assert_eq!(answer.finish, Finish::Stop);
    assert_eq!(
        answer.usage,
        Some(Usage {
            prompt_tokens: Some(11),
            completion_tokens: Some(7),
            total_tokens: Some(18),
        })
    );
}

#[tokio::test]
async fn what_a_model_takes_besides_is_sent_as_it_is_and_our_own_keys_win_over_it() {
    let provider = Provider::start().await;
    provider.otherwise(|_| Reply::text("ok"));
    let llm = providers_at("openai", provider.base_url());
    let mut request = request(
        "openai",
        &json!({
            "temperature": 0.2, "thinking": {"budget": 5},
            "model": "other", "messages": [], "n": 4, "tools": [],
        }),
    );
    request.system = Some("You judge".to_owned());

    llm.answer(&request, &mut |_| ()).await.unwrap();

    let received = provider.requests().remove(0);
    assert_eq!(received.authorization, Some(format!("Bearer {KEY}")));
    assert_eq!(
        received.body,
        json!({
            "temperature": 0.2,
            "thinking": {"budget": 5},
            "model": "model-1",
            "messages": [
                {"role": "system", "content": "You judge"},
                {"role": "user", "content": "Say something"},
            ],
            "stream": true,
            "stream_options": {"include_usage": true},
        })
    );
}

#[tokio::test]
async fn without_a_role_for_it_the_system_message_goes_ahead_of_the_prompt() {
    let provider = Provider::start().await;
    provider.reply(Reply::text("ok"));
    let llm = providers_at("openai", provider.base_url());
    let mut request = request("openai", &json!({"systemRole": false}));
    request.system = Some("You judge".to_owned());

    llm.answer(&request, &mut |_| ()).await.unwrap();

    let body = provider.requests().remove(0).body;
    let message = json!({"role": "user", "content": "You judge\n\nSay something"});
    assert_eq!(body["messages"], json!([message]));
    assert_eq!(body.get("system_role"), None);
}

#[tokio::test]
async fn a_whole_answer_is_asked_for_where_the_settings_say_so() {
    let provider = Provider::start().await;
    provider.reply(Reply::text("ok"));
    let llm = providers_at("openai", provider.base_url());
    let settings = json!({"stream": false, "stream_options": {}});

    llm.answer(&request("openai", &settings), &mut |_| ())
        .await
        .unwrap();

    let body = provider.requests().remove(0).body;
    assert_eq!(body["stream"], false);
    assert_eq!(body.get("stream_options"), None);
}

#[tokio::test]
async fn mistral_is_not_asked_for_the_usage_that_it_sends_anyway() {
    let provider = Provider::start().await;
    provider.reply(Reply::text("ok"));
    let llm = providers_at("mistral", provider.base_url());

    let answer = llm
        .answer(&request("mistral", &json!({})), &mut |_| ())
        .await
        .unwrap();

    assert_eq!(provider.requests()[0].body.get("stream_options"), None);
    assert!(answer.usage.is_some());
}

#[tokio::test]
async fn each_provider_is_asked_for_the_form_of_an_answer_that_it_takes() {
    let tags = json!({ "tags": { "type": "array", "items": { "type": "string" } } });
    let open = json!({ "any": { "type": "object", "minProperties": 1 } });
    for (name, of_tags, of_open) in [
        ("openai", "strict", "json_schema"),
        ("openrouter", "strict", "json_schema"),
        ("mistral", "strict", "json_schema"),
        ("gemini", "strict", "json_object"),
        ("ollama", "strict", "json_object"),
        ("anthropic", "none", "none"),
        ("groq", "none", "none"),
        ("lab", "none", "none"),
    ] {
        let provider = Provider::start().await;
        provider.otherwise(|_| Reply::text("{}"));
        let llm = providers_at(name, provider.base_url());
        for (variables, expected) in [(&tags, of_tags), (&open, of_open)] {
            let mut request = request(name, &json!({}));
            request.schema = Form::of_variables(Some(variables));
            llm.answer(&request, &mut |_| ()).await.unwrap();
            let body = provider.requests().pop().unwrap().body;
            let format = body.get("response_format").cloned().unwrap_or_default();
            let strict = &format["json_schema"]["strict"];
            let asked = match format["type"].as_str() {
                Some("json_schema") if *strict == json!(true) => "strict",
                Some(kind) => kind,
                None => "none",
            };
            assert_eq!(asked, expected, "{name}: {format}");
        }
    }
}

#[tokio::test]
async fn what_is_carried_goes_with_the_address_and_the_request() {
    let provider = Provider::start().await;
    provider.reply(Reply::text("ok"));
    let settings = Settings {
        name: "azure".to_owned(),
        api_key: None,
        base_url: Some(format!("{}/", provider.base_url())),
        headers: Some(SecretString::from("api-key: abcdef; X-Team: a\u{e4}")),
        query: Some(SecretString::from("api-version=2024-10-21&note=a%20b")),
    };
    let llm = Providers::new(vec![settings], false, &Clock::manual(now())).unwrap();

    llm.answer(&request("azure", &json!({})), &mut |_| ())
        .await
        .unwrap();

    let received = provider.requests().remove(0);
    assert_eq!(received.authorization, None);
    assert_eq!(received.headers["api-key"], "abcdef");
    let query = received.query.unwrap();
    assert_eq!(
        query.replace('+', "%20"),
        "api-version=2024-10-21&note=a%20b"
    );
}

#[tokio::test]
async fn every_way_to_stop_is_told_apart() {
    for (reply, text, finish) in [
        (Reply::empty(), "", Finish::Stop),
        (Reply::text("Cut").finish("length"), "Cut", Finish::Length),
        (
            Reply::content_filter(),
            "This is how you",
            Finish::ContentFilter,
        ),
        (
            Reply::refusal("I would rather not."),
            "",
            Finish::Refusal("I would rather not.".to_owned()),
        ),
    ] {
        let (answer, heard) = ask(reply).await;

        let answer = answer.unwrap();
        assert_eq!((answer.text.as_str(), answer.finish), (text, finish));
        assert_eq!(heard, text);
    }
}

#[tokio::test]
async fn each_status_says_whether_another_try_may_help() {
    for (status, kind) in [
        (302, ErrorKind::Permanent),
        (400, ErrorKind::Permanent),
        (401, ErrorKind::Permanent),
        (403, ErrorKind::Permanent),
        (404, ErrorKind::Permanent),
        (408, TRANSIENT),
        (409, TRANSIENT),
        (422, ErrorKind::Permanent),
        (429, TRANSIENT),
        (500, TRANSIENT),
        (503, TRANSIENT),
    ] {
        let error = failure(Reply::status(status)).await;

        assert_eq!(error.kind, kind, "{status}");
        assert!(error.message.contains(&status.to_string()), "{error}");
    }
}

#[tokio::test]
async fn a_wait_that_the_provider_asks_for_is_handed_on() {
    for (status, value, seconds) in [
        (429, "2", 2),
        (503, "7", 7),
        (429, "Sun, 01 Mar 2026 12:01:30 GMT", 90),
    ] {
        let error = failure(Reply::status(status).retry_after(value)).await;

        let retry_after = Some(Duration::from_secs(seconds));
        assert_eq!(error.kind, ErrorKind::Transient { retry_after }, "{value}");
    }
}

#[tokio::test]
async fn a_used_up_quota_is_no_matter_of_waiting() {
    let reply = Reply::error(429, "insufficient_quota", "you exceeded your quota");

    let error = failure(reply.retry_after("2")).await;

    assert_eq!(error.kind, ErrorKind::Permanent);
    assert!(error.message.contains("you exceeded your quota"), "{error}");
}

#[tokio::test]
async fn a_key_that_the_provider_echoes_is_not_in_the_message() {
    let echo = format!(
        "Incorrect API key provided: {KEY}. And {}",
        "so on ".repeat(200)
    );
    for status in [400, 401, 403, 500] {
        let error = failure(Reply::error(status, "invalid_api_key", &echo)).await;

        assert!(!error.message.contains(KEY), "{error}");
        assert!(error.message.chars().count() <= 300, "{error}");
    }
}

#[tokio::test]
async fn a_stream_that_breaks_keeps_what_arrived_and_may_be_tried_again() {
    let overloaded = json!({"message": "overloaded", "code": 503});
    for (reply, arrived) in [
        (
            Reply::text("No reason given").without_finish(),
            "No reason given",
        ),
        (Reply::text("One word more").cut_after(90), "One "),
        (Reply::malformed(), "Some text "),
        (Reply::error_in_stream(&overloaded), "Some text "),
        (Reply::text("It failed").finish("error"), "It failed"),
    ] {
        let (answer, heard) = ask(reply).await;

        assert_eq!(answer.unwrap_err().kind, TRANSIENT, "after {arrived}");
        assert_eq!(heard, arrived);
    }
}

#[tokio::test]
async fn an_answer_beyond_the_limit_ends_the_call_for_good() {
    let (whole, _) = ask(Reply::text(&"x".repeat(MAX_ANSWER_CHARS))).await;
    assert_eq!(whole.unwrap().text.len(), MAX_ANSWER_CHARS);

    let (answer, heard) = ask(Reply::text(&format!(
        "{} y",
        "x".repeat(MAX_ANSWER_CHARS - 1)
    )))
    .await;

    let error = answer.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Permanent);
    assert!(error.message.contains("1048576 characters"), "{error}");
    assert_eq!(heard.len(), MAX_ANSWER_CHARS);
}

#[tokio::test]
async fn a_dropped_call_closes_its_connection_at_once() {
    let provider = Provider::start().await;
    for reply in [Reply::hang(), Reply::gated("never heard")] {
        provider.reply(reply);
    }
    let llm = providers_at("openai", provider.base_url());

    for dropped in 1..=2 {
        let (heard, mut hearing) = tokio::sync::mpsc::unbounded_channel();
        let request = request("openai", &json!({}));
        let mut on_piece = |_: Piece<'_>| heard.send(()).expect("somebody listens");
        let call = llm.answer(&request, &mut on_piece);
        tokio::select! {
            answer = call => panic!("nothing released {answer:?}"),
            () = async {
                provider.wait_for_requests(dropped).await;
                if dropped == 1 {
                    hearing.recv().await;
                }
            } => {}
        }

        provider.wait_for_dropped(dropped).await;
        assert_eq!(provider.open(), 0);
    }
}

#[tokio::test]
async fn an_answer_that_was_held_back_arrives_when_released() {
    let provider = Provider::start().await;
    provider.reply(Reply::hang());
    let llm = providers_at("openai", provider.base_url());
    let request = request("openai", &json!({}));
    let mut on_piece = |piece: Piece<'_>| {
        if piece == Piece::Text("half ") {
            provider.release();
        }
    };

    let answer = llm.answer(&request, &mut on_piece).await.unwrap();

    assert_eq!(answer.text, "The first half and the second.");
}

#[tokio::test]
async fn a_provider_that_nobody_listens_for_may_be_tried_again() {
    let base_url = Provider::start().await.base_url();
    let llm = providers_at("openai", base_url);

    let error = llm
        .answer(&request("openai", &json!({})), &mut |_| ())
        .await
        .unwrap_err();

    assert_eq!(error.kind, TRANSIENT);
    assert!(error.message.starts_with("cannot reach openai"), "{error}");
    assert!(!error.message.contains("127.0.0.1"), "{error}");
}

#[tokio::test]
async fn an_unconfigured_provider_names_the_variable_to_set() {
    let llm = Providers::new(Vec::new(), false, &Clock::system()).unwrap();
    let request = request("groq", &json!({}));

    let error = llm.answer(&request, &mut |_| ()).await.unwrap_err();

    assert_eq!(error.kind, ErrorKind::Permanent);
    assert!(error.message.contains("GROQ_API_KEY"), "{error}");
}
