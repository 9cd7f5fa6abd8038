//! What is answered where nothing else answers: other methods, other paths, no handshake.

use reqwest::Method;

use super::peer::Peer;
use super::server::{Answer, Server};

#[tokio::test]
async fn only_get_and_post_run_operations() {
    let server = Server::start().await;
    let path = "/graphql?query=mutation%7Bbump%7D";
    for method in [
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::TRACE,
        // It has no Origin, so it is no preflight.
        Method::OPTIONS,
    ] {
        let asking = server.request(method.clone(), path).bearer_auth("ada");
        let answer = Answer::of(asking).await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.headers["allow"], "GET, POST", "{method}");
        let message = &answer.body["errors"][0]["message"];
        assert_eq!(message, "send operations by POST, or queries by GET");
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{method}");
    }
}

#[tokio::test]
async fn head_runs_nothing() {
    let server = Server::start().await;
    let path = "/graphql?query=%7Bme%7D";
    let answer = server.request(Method::HEAD, path).bearer_auth("ada").send();
    let answer = answer.await.unwrap();
    assert_eq!(answer.status(), 405);
    assert_eq!(answer.headers()["allow"], "GET, POST");
    assert_eq!(answer.text().await.unwrap(), "");
}

#[tokio::test]
async fn what_is_no_websocket_is_shown_the_way() {
    let server = Server::start().await;
    let answer = Answer::of(server.get("/graphql/ws")).await;
    assert_eq!(answer.status, 426);
    assert_eq!(answer.headers["upgrade"], "websocket");
    let message = "open a websocket here, or send queries and mutations to /graphql";
    assert_eq!(answer.body["errors"][0]["message"], message);
    assert_eq!(answer.code(), "BAD_USER_INPUT");

    let answer = Answer::of(server.request(Method::POST, "/graphql/ws")).await;
    assert_eq!(answer.status, 405);
    assert_eq!(answer.code(), "BAD_USER_INPUT");
    assert_eq!(answer.headers["allow"], "GET");
}

#[tokio::test]
async fn an_unknown_path_is_shown_the_way() {
    let server = Server::start().await;
    for method in [Method::GET, Method::POST] {
        let answer = Answer::of(server.request(method, "/graphq")).await;
        assert_eq!((answer.status, answer.code().as_str()), (404, "NOT_FOUND"));
        let text = answer.body["errors"][0]["message"].to_string();
        assert!(
            text.contains("/graphql") && text.contains("/graphql/ws"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn health_is_asked_by_get() {
    let server = Server::start().await;
    for path in ["/healthz", "/readyz"] {
        let answer = Answer::of(server.request(Method::POST, path)).await;
        assert_eq!(answer.status, 405, "{path}");
        assert_eq!(answer.headers["allow"], "GET, HEAD", "{path}");
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{path}");
    }
}

/// hyper answers these by itself: no handler sees them.
#[tokio::test]
async fn what_is_no_http_or_too_long_for_it_is_answered_without_a_body() {
    let server = Server::start().await;
    let many = "a: b\r\n".repeat(101);
    let long = "x".repeat(70_000);
    for (request, status) in [
        ("GET / HTTP/1.1\r\nno header\r\n\r\n".to_owned(), 400),
        (format!("GET /{long} HTTP/1.1\r\nhost: a\r\n\r\n"), 414),
        (format!("GET / HTTP/1.1\r\n{many}\r\n"), 431),
    ] {
        let mut peer = Peer::of(&server).await;
        peer.send(&request).await;
        let answer = peer.answer().await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
        assert!(answer.ends_with("\r\n\r\n"), "{answer}");
    }
}
