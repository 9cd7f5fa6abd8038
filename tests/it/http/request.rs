//! POST and GET at /graphql.

use reqwest::{Method, Url};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::server::{ADA, Answer, Server};

const NEW: &str = "application/graphql-response+json";
const OLD: &str = "application/json";

fn url(server: &Server, parameters: &[(&str, &str)]) -> String {
    let base = format!("http://{}/graphql", server.address);
    let url = Url::parse_with_params(&base, parameters).unwrap();
    format!("{}?{}", url.path(), url.query().unwrap_or_default())
}

#[tokio::test]
async fn an_answer_says_what_it_is_and_is_the_caller_s_alone() {
    let server = Server::start().await;
    let answer = server.post(ADA, "{ me }").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.body,
        json!({"data": {"me": "00000000-0000-0000-0000-000000000001"}})
    );
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    assert_eq!(answer.headers["cache-control"], "no-store");
    let vary = answer.headers.get_all("vary");
    assert!(vary.iter().any(|vary| vary == "accept"), "{vary:?}");
}

#[tokio::test]
async fn the_media_type_is_negotiated() {
    let server = Server::start().await;
    for (accept, expected) in [
        (OLD, OLD),
        (NEW, NEW),
        ("*/*", OLD),
        (
            "application/json, application/graphql-response+json;q=0.5",
            OLD,
        ),
    ] {
        let asking = server.asking(ADA, "{ me }").header("accept", accept);
        let answer = Answer::of(asking).await;
        let expected = format!("{expected}; charset=utf-8");
        assert_eq!(answer.headers["content-type"], expected, "{accept}");
    }
    let asking = server.asking(ADA, "{ me }").header("accept", "text/html");
    let answer = Answer::of(asking).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (406, "BAD_USER_INPUT")
    );
}

#[tokio::test]
async fn a_refused_request_has_no_data_and_the_media_type_s_status() {
    let server = Server::start().await;
    let two = "query A { me } query B { me }";
    for (body, code, reason) in [
        (
            json!({"query": "{"}),
            "GRAPHQL_PARSE_FAILED",
            "syntax error: the document ends too early",
        ),
        (
            json!({"query": ""}),
            "GRAPHQL_PARSE_FAILED",
            "syntax error: the document ends too early",
        ),
        (
            json!({"query": "{ nothing }"}),
            "GRAPHQL_VALIDATION_FAILED",
            "Unknown field \"nothing\"",
        ),
        (
            json!({"query": "{ double }"}),
            "GRAPHQL_VALIDATION_FAILED",
            "argument \"of\"",
        ),
        (
            json!({"query": "query($n: Int!) { double(of: $n) }", "variables": {"n": "one"}}),
            "BAD_USER_INPUT",
            "Int",
        ),
        (
            json!({"query": two}),
            "BAD_USER_INPUT",
            "name one in operationName",
        ),
        (
            json!({"query": two, "operationName": "C"}),
            "BAD_USER_INPUT",
            "no operation named \"C\"",
        ),
        (
            json!({"query": "{ me }", "operationName": "A"}),
            "BAD_USER_INPUT",
            "no operation named \"A\"",
        ),
        (
            json!({"query": "subscription { endless }"}),
            "BAD_USER_INPUT",
            "to subscribe, accept text/event-stream",
        ),
    ] {
        for (accept, status) in [(NEW, 400), (OLD, 200)] {
            let asking = server.asking(ADA, "").json(&body).header("accept", accept);
            let answer = Answer::of(asking).await;
            assert_eq!(answer.status, status, "{body} {accept}");
            assert_eq!(answer.body.get("data"), None, "{body}");
            let message = answer.body["errors"][0]["message"].as_str().unwrap();
            assert!(message.contains(reason), "{body}: {message}");
            assert_eq!(answer.code(), code, "{body}: {message}");
        }
    }
}

#[tokio::test]
async fn a_failed_field_is_no_refused_request() {
    let server = Server::start().await;
    for accept in [NEW, OLD] {
        let asking = server.asking(ADA, "{ fails }").header("accept", accept);
        let answer = Answer::of(asking).await;
        assert_eq!(answer.status, 200, "{accept}");
        assert_eq!(answer.body["data"], Value::Null);
        assert_eq!(answer.body.get("data"), Some(&Value::Null));
        assert_eq!(answer.body["errors"][0]["path"], json!(["fails"]));
    }
}

#[tokio::test]
async fn a_panic_is_an_internal_error() {
    let server = Server::start().await;
    let answer = server.post(ADA, "{ panics }").await;
    assert_eq!(answer.status, 500);
    let extensions = &answer.body["errors"][0]["extensions"];
    let id = answer.headers["x-request-id"].to_str().unwrap();
    let expected = json!({"code": "INTERNAL_SERVER_ERROR", "requestId": id});
    assert_eq!(*extensions, expected);
}

#[tokio::test]
async fn parameters_of_a_wrong_type_are_refused_whatever_is_accepted() {
    let server = Server::start().await;
    for body in [
        "",
        "{",
        "[]",
        r#"[{"query": "{ me }"}]"#,
        r#"["{ me }", null, null, null]"#,
        r#""{ me }""#,
        "{}",
        r#"{"query": 1}"#,
        r#"{"query": "{ me }", "operationName": 1}"#,
        r#"{"query": "{ me }", "variables": []}"#,
        r#"{"query": "{ me }", "variables": "{}"}"#,
        r#"{"query": "{ me }", "extensions": 1}"#,
        r#"{"extensions": {"persistedQuery": null}}"#,
    ] {
        for accept in [NEW, OLD] {
            let asking = server.asking(ADA, "").body(body).header("accept", accept);
            let answer = Answer::of(asking).await;
            assert_eq!(answer.status, 400, "{body} {accept}");
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{body}");
            assert_eq!(answer.body.get("data"), None, "{body}");
        }
    }
}

#[tokio::test]
async fn a_body_is_json_in_utf8_and_not_too_large() {
    let server = Server::start().await;
    let send = async |content_type: Option<&str>, body: String| {
        let mut request = server.request(Method::POST, "/graphql").bearer_auth("ada");
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        Answer::of(request.body(body)).await.status
    };
    let small = || r#"{"query": "{ me }"}"#.to_owned();
    assert_eq!(
        send(Some("application/json;charset=UTF-8"), small()).await,
        200
    );
    for wrong in ["text/plain", "application/json; charset=utf-16"] {
        assert_eq!(send(Some(wrong), small()).await, 415, "{wrong}");
    }
    assert_eq!(send(None, small()).await, 415);

    let padded = |bytes: usize| format!("{}{}", small(), " ".repeat(bytes - small().len()));
    let limit = 13 * 1024 * 1024;
    assert_eq!(send(Some(OLD), padded(limit)).await, 200);
    assert_eq!(send(Some(OLD), padded(limit + 1)).await, 413);
    let stranger = async |bytes: usize| {
        let padding = " ".repeat(bytes - r#"{"query": "{ __typename }"}"#.len());
        let body = format!(r#"{{"query": "{{ __typename }}"}}{padding}"#);
        let request = server.request(Method::POST, "/graphql");
        let request = request.header("content-type", OLD).body(body);
        Answer::of(request).await.status
    };
    assert_eq!(stranger(1024 * 1024).await, 200);
    assert_eq!(stranger(1024 * 1024 + 1).await, 413);
}

#[tokio::test]
async fn a_body_that_says_it_is_too_large_is_not_waited_for() {
    let server = Server::start().await;
    let mut stream = tokio::net::TcpStream::connect(server.address)
        .await
        .unwrap();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer ada\r\n\
         Content-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{{",
        server.address
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
}

#[tokio::test]
async fn a_mutation_that_says_the_same_twice_runs_never() {
    let server = Server::start().await;
    let answer = server.post(ADA, "mutation { bump bump }").await;
    let code = &answer.body["errors"][0]["extensions"]["code"];
    assert_eq!(code, "BAD_USER_INPUT");
    assert_eq!(*server.bumped.borrow(), 0);
}

#[tokio::test]
async fn get_runs_queries_alone() {
    let server = Server::start().await;
    let get = async |parameters: &[(&str, &str)]| {
        let request = server.get(&url(&server, parameters)).bearer_auth("ada");
        Answer::of(request).await
    };
    let query = "query A($n: Int!) { double(of: $n) } mutation B { bump }";
    let a = ("operationName", "A");
    let answer = get(&[("query", query), a, ("variables", r#"{"n": 21}"#)]).await;
    assert_eq!(answer.body, json!({"data": {"double": 42}}));

    let answer = get(&[("query", query), ("operationName", "B")]).await;
    assert_eq!(answer.status, 405);
    assert_eq!(answer.headers["allow"], "POST");
    assert_eq!(*server.bumped.borrow(), 0);

    for wrong in [
        &[("operationName", "A")][..],
        &[("query", query), a, ("variables", "{")],
        &[("query", query), a, ("variables", "[]")],
        &[("query", "{ me }"), ("query", "{ me }")],
        &[("query", "{ me }"), ("extensions", "1")],
    ] {
        assert_eq!(get(wrong).await.status, 400, "{wrong:?}");
    }
}

#[tokio::test]
async fn a_subscription_by_post_is_shown_the_websocket() {
    let server = Server::start().await;
    let answer = server.post(ADA, "subscription { endless }").await;
    let message = answer.body["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("/graphql/ws"), "{message}");
}

#[tokio::test]
async fn introspection_alone_needs_no_token() {
    let server = Server::start().await;
    for (query, status) in [
        ("{ __typename }", 200),
        (
            "{ ...F } fragment F on Queries { __schema { queryType { name } } }",
            200,
        ),
        ("{ __typename me }", 401),
        ("{ ...F } fragment F on Queries { me }", 401),
        ("mutation { bump }", 401),
        ("subscription { endless }", 401),
    ] {
        let answer = server.post(None, query).await;
        assert_eq!(answer.status, status, "{query}: {}", answer.body);
        if status == 401 {
            let code = &answer.body["errors"][0]["extensions"]["code"];
            assert_eq!(code, "UNAUTHENTICATED");
            assert_eq!(answer.body.get("data"), None);
        }
    }
    assert_eq!(*server.bumped.borrow(), 0);
}

#[tokio::test]
async fn one_good_token_or_none() {
    let server = Server::start().await;
    let status = async |values: &[&str]| {
        let mut request = server.asking(None, "{ __typename }");
        for value in values {
            request = request.header("authorization", *value);
        }
        Answer::of(request).await.status
    };
    assert_eq!(status(&["Bearer ada"]).await, 200);
    assert_eq!(status(&["Bearer nobody"]).await, 401);
    assert_eq!(status(&["Basic ada"]).await, 401);
    assert_eq!(status(&["Bearer ada", "Bearer ada"]).await, 401);
}

#[tokio::test]
async fn a_sign_in_that_fails_is_ours_and_names_the_request() {
    let server = Server::start().await;
    for token in ["broken", "panics"] {
        let answer = server.post(Some(token), "{ me }").await;
        assert_eq!(answer.status, 500);
        let id = answer.headers["x-request-id"].to_str().unwrap();
        let error = json!({
            "message": "internal server error",
            "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": id},
        });
        assert_eq!(answer.body, json!({ "errors": [error] }), "{token}");
    }
}

#[tokio::test]
async fn a_persisted_document_is_known_by_its_hash() {
    let server = Server::start().await;
    let query = "{ double(of: 4) }";
    let hash = format!("{:x}", Sha256::digest(query));
    let extensions = json!({"persistedQuery": {"version": 1, "sha256Hash": hash}});
    let send = async |token: Option<&str>, body: Value| {
        let mut request = server.request(Method::POST, "/graphql").json(&body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        Answer::of(request.header("accept", "application/json")).await
    };
    let code = |answer: &Answer| answer.body["errors"][0]["extensions"]["code"].clone();

    let alone = json!({ "extensions": extensions });
    let unknown = send(ADA, alone.clone()).await;
    assert_eq!(unknown.status, 200);
    assert_eq!(code(&unknown), "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(
        unknown.body["errors"][0]["message"],
        "PersistedQueryNotFound"
    );

    let other = json!({ "query": "{ me }", "extensions": extensions });
    assert_eq!(code(&send(ADA, other).await), "BAD_USER_INPUT");
    let with_document = json!({ "query": query, "extensions": extensions });
    let stranger = send(None, with_document.clone()).await;
    assert_eq!(stranger.status, 401);
    assert_eq!(
        code(&send(ADA, alone.clone()).await),
        "PERSISTED_QUERY_NOT_FOUND"
    );

    let expected = json!({"data": {"double": 8}});
    assert_eq!(send(ADA, with_document).await.body, expected);
    assert_eq!(send(ADA, alone).await.body, expected);
    let path = url(&server, &[("extensions", &extensions.to_string())]);
    let answer = Answer::of(server.get(&path).bearer_auth("ada")).await;
    assert_eq!(answer.body, expected);
}
