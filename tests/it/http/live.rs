//! Streams over HTTP: `text/event-stream` and `multipart/mixed`, with the rules of websockets.

use std::time::Duration;

use footlight::http::Settings;
use reqwest::{Response, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::server::{ADA, Answer, Server};
use super::socket::{dropped, with_socket};

const EVENTS: &str = "text/event-stream";
const PARTS: &str = "multipart/mixed;subscriptionSpec=\"1.0\", application/json";

/// Asks for a stream.
async fn ask(server: &Server, accept: &str, query: &str) -> Response {
    let request = server.asking(ADA, query).header("accept", accept);
    request.send().await.unwrap()
}

/// All of a stream that ends.
async fn whole(server: &Server, accept: &str, query: &str) -> String {
    let response = ask(server, accept, query).await;
    assert_eq!(response.status(), StatusCode::OK, "{query}");
    response.text().await.unwrap()
}

/// Reads until what came contains `wanted`. Answers all that came.
async fn until(response: &mut Response, wanted: &str) -> String {
    let mut came = String::new();
    while !came.contains(wanted) {
        let chunk = response.chunk().await.unwrap();
        let chunk = chunk.unwrap_or_else(|| panic!("{wanted:?} is not in {came:?}"));
        came.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    came
}

#[tokio::test]
async fn a_subscription_is_a_stream_of_events() {
    let server = Server::start().await;
    let response = ask(&server, EVENTS, "subscription { count(to: 2) }").await;
    let header = |name| response.headers()[name].to_str().unwrap();
    assert_eq!(header("content-type"), "text/event-stream; charset=utf-8");
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(
        response.text().await.unwrap(),
        ":\n\n\
         event: next\ndata: {\"data\":{\"count\":1}}\n\n\
         event: next\ndata: {\"data\":{\"count\":2}}\n\n\
         event: complete\ndata:\n\n"
    );
}

#[tokio::test]
async fn a_subscription_is_a_row_of_parts() {
    let server = Server::start().await;
    let response = ask(&server, PARTS, "subscription { count(to: 2) }").await;
    let content_type = response.headers()["content-type"].to_str().unwrap();
    assert_eq!(
        content_type,
        "multipart/mixed;boundary=graphql;subscriptionSpec=1.0"
    );
    let part = |data: &str| {
        let length = data.len();
        format!("\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{data}\r\n")
    };
    let expected = [
        "",
        &part(r#"{"payload":{"data":{"count":1}}}"#),
        &part(r#"{"payload":{"data":{"count":2}}}"#),
        "--\r\n",
    ];
    let body = response.text().await.unwrap();
    assert_eq!(body.split("--graphql").collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn an_event_stream_carries_every_kind_of_operation() {
    let server = Server::start().await;
    for (query, data) in [
        ("{ double(of: 2) }", json!({"double": 4})),
        ("mutation { bump }", json!({"bump": 1})),
    ] {
        let body = whole(&server, EVENTS, query).await;
        let next = format!("event: next\ndata: {{\"data\":{data}}}\n\nevent: complete");
        assert!(body.contains(&next), "{body}");
    }
    let request = server.get("/graphql?query=subscription%7Bcount(to:1)%7D");
    let request = request.header("accept", EVENTS).bearer_auth("ada");
    let body = request.send().await.unwrap().text().await.unwrap();
    assert!(body.contains("\"count\":1"), "{body}");
}

#[tokio::test]
async fn who_accepts_json_too_gets_queries_in_one_piece() {
    let server = Server::start().await;
    for accept in [PARTS, "application/json, text/event-stream"] {
        let asking = server.asking(ADA, "{ double(of: 2) }");
        let answer = Answer::of(asking.header("accept", accept)).await;
        assert_eq!(answer.body, json!({"data": {"double": 4}}), "{accept}");
    }
}

#[tokio::test]
async fn a_refused_request_is_said_in_the_stream_and_a_stranger_gets_none() {
    let server = Server::start().await;
    for (query, code, reason) in [
        ("{", "GRAPHQL_PARSE_FAILED", "the document ends too early"),
        (
            "subscription { nothing }",
            "GRAPHQL_VALIDATION_FAILED",
            "Unknown field",
        ),
        (
            "subscription { panics }",
            "INTERNAL_SERVER_ERROR",
            "internal server error",
        ),
    ] {
        let body = whole(&server, EVENTS, query).await;
        assert!(body.contains("data: {\"errors\":[{"), "{query}: {body}");
        assert!(body.contains(reason), "{query}: {body}");
        let code = format!("\"code\":\"{code}\"");
        assert!(body.contains(&code), "{query}: {body}");
        assert!(!body.contains("\"data\":"), "{query}: {body}");
        assert!(body.ends_with("event: complete\ndata:\n\n"), "{query}");
    }
    let body = whole(&server, PARTS, "subscription { nothing }").await;
    assert!(body.contains("{\"payload\":{\"errors\":[{"), "{body}");
    assert!(body.ends_with("--graphql--\r\n"), "{body}");

    let asking = server.asking(None, "subscription { endless }");
    let answer = Answer::of(asking.header("accept", EVENTS)).await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn silence_is_filled_with_heartbeats() {
    let server = Server::start_with(|settings| Settings {
        heartbeat_every: Duration::from_millis(20),
        ..settings
    })
    .await;
    let query = "subscription { endless }";
    let mut events = ask(&server, EVENTS, query).await;
    until(&mut events, "\n\n:\n\n:\n\n").await;
    let mut parts = ask(&server, PARTS, query).await;
    until(&mut parts, "\r\n\r\n{}\r\n--graphql\r\n").await;
}

#[tokio::test]
async fn a_client_that_vanishes_ends_its_stream() {
    let server = Server::start().await;
    for (count, accept) in [(1, EVENTS), (2, PARTS)] {
        let mut response = ask(&server, accept, "subscription { endless }").await;
        until(&mut response, "\"endless\":1").await;
        drop(response);
        dropped(&server, count).await;
    }
    server.open_sockets.close();
    server.open_sockets.wait().await;
}

#[tokio::test]
async fn streams_share_the_seats_of_sockets() {
    let server = with_socket(|socket| socket.max_sockets_per_user = 1).await;
    let mut first = ask(&server, EVENTS, "subscription { endless }").await;
    until(&mut first, "\"endless\":1").await;
    let asking = server.asking(ADA, "subscription { endless }");
    let answer = Answer::of(asking.header("accept", PARTS)).await;
    assert_eq!(answer.status, 429);
    let code = &answer.body["errors"][0]["extensions"]["code"];
    assert_eq!(code, "LIMIT_EXCEEDED");

    drop(first);
    dropped(&server, 1).await;
    server.open_sockets.close();
    server.open_sockets.wait().await;
    whole(&server, EVENTS, "subscription { count(to: 1) }").await;
}

#[tokio::test]
async fn a_stream_ends_with_its_token_and_says_so() {
    let server = Server::start().await;
    let mut events = ask(&server, EVENTS, "subscription { endless }").await;
    until(&mut events, "\"endless\":1").await;
    let mut parts = ask(&server, PARTS, "subscription { endless }").await;
    until(&mut parts, "\"endless\":1").await;
    server.clock.advance(Duration::from_mins(1));
    let rest = events.text().await.unwrap();
    assert!(rest.contains("UNAUTHENTICATED"), "{rest}");
    assert!(rest.ends_with("event: complete\ndata:\n\n"), "{rest}");
    let rest = parts.text().await.unwrap();
    assert!(rest.contains("{\"payload\":null,\"errors\":["), "{rest}");
    assert!(rest.ends_with("--graphql--\r\n"), "{rest}");
}

#[tokio::test]
async fn shutdown_cuts_a_stream_off_without_calling_it_complete() {
    let server = Server::start().await;
    let mut events = ask(&server, EVENTS, "subscription { endless }").await;
    until(&mut events, "\"endless\":1").await;
    server.shutdown.cancel();
    let rest = events.text().await.unwrap();
    assert!(!rest.contains("complete"), "{rest}");
    server.open_sockets.close();
    server.open_sockets.wait().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_told_where_to_go_on() {
    let server = with_socket(|socket| socket.send_timeout = Duration::from_millis(50)).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let body = json!({ "query": "subscription { flood }" }).to_string();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer ada\r\nAccept: {EVENTS}\r\n\
         Connection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        server.address,
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    // Nothing is read until the server has given up.
    dropped(&server, 1).await;
    let mut all = Vec::new();
    stream.read_to_end(&mut all).await.unwrap();
    let all = String::from_utf8(all).unwrap();
    let (_, told) = all.rsplit_once("the last event sent was ").unwrap();
    let told: usize = told.split('"').next().unwrap().parse().unwrap();
    assert_eq!(all.matches("\"flood\":").count(), told);
}
