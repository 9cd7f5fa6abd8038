//! Rates: too many requests from one address, too many operations of one user, and who counts as which.

use std::time::Duration;

use footlight::http::Settings;
use footlight::http::door::client::TrustedProxies;
use footlight::http::door::origin::AllowedOrigins;
use footlight::http::door::rate;
use serde_json::json;

use super::client::{Client, SPOKEN, handshake};
use super::server::{ADA, Answer, Server};

async fn limited(per_user: u32, per_address: u32) -> Server {
    Server::start_with(|settings| Settings {
        rates: rate::Settings {
            per_user,
            per_address,
        },
        ..settings
    })
    .await
}

/// The refusal of somebody who may come back in a second.
fn assert_refused(answer: &Answer, limit: &str) {
    assert_eq!(answer.status, 429, "{}", answer.body);
    assert_eq!(answer.headers["retry-after"], "1");
    assert!(answer.headers.contains_key("x-request-id"));
    let message = format!("too fast: {limit}. Try again in 1 s");
    let extensions = json!({ "code": "LIMIT_EXCEEDED", "retryAfter": 1 });
    let error = json!({ "message": message, "extensions": extensions });
    assert_eq!(answer.body, json!({ "errors": [error] }));
}

#[tokio::test]
async fn an_address_may_ask_so_often_before_its_token_is_looked_at() {
    let server = limited(0, 1).await;
    for _ in 0..2 {
        assert_eq!(server.post(Some("nobody"), "{ me }").await.status, 401);
    }
    for token in [ADA, None, Some("endless")] {
        let answer = server.post(token, "mutation { bump }").await;
        assert_refused(&answer, "at most 1 requests a second from one address");
    }
    assert_eq!(*server.bumped.borrow(), 0);

    for path in ["/healthz", "/readyz"] {
        assert_eq!(server.get(path).send().await.unwrap().status(), 200);
    }
    server.clock.advance(Duration::from_secs(1));
    assert_eq!(server.post(ADA, "{ me }").await.status, 200);
    assert_eq!(server.post(ADA, "{ me }").await.status, 429);
}

#[tokio::test]
async fn handshakes_and_unknown_paths_are_requests_too() {
    let server = limited(0, 1).await;
    let (_stream, head) = handshake(&server, SPOKEN).await;
    assert!(head.starts_with("http/1.1 101"), "{head}");
    assert_eq!(server.get("/nowhere").send().await.unwrap().status(), 404);

    let (_stream, head) = handshake(&server, SPOKEN).await;
    assert!(head.starts_with("http/1.1 429"), "{head}");
    assert!(head.contains("\r\nretry-after: 1\r\n"), "{head}");
    assert_eq!(server.get("/nowhere").send().await.unwrap().status(), 429);
}

#[tokio::test]
async fn a_page_of_another_origin_can_read_its_refusal() {
    let server = Server::start_with(|settings| Settings {
        rates: rate::Settings {
            per_user: 0,
            per_address: 1,
        },
        allowed_origins: AllowedOrigins::parse(["https://app.example.com"]).unwrap(),
        ..settings
    })
    .await;
    let ask = async || {
        let asking = server.asking(ADA, "{ me }");
        Answer::of(asking.header("origin", "https://app.example.com")).await
    };
    while ask().await.status == 200 {}
    let refused = ask().await;
    assert_eq!(refused.status, 429);
    let headers = refused.headers;
    let origin = "access-control-allow-origin";
    assert_eq!(headers[origin], "https://app.example.com");
    let readable = headers["access-control-expose-headers"].to_str().unwrap();
    assert!(readable.contains("retry-after"), "{readable}");
}

#[tokio::test]
async fn a_trusted_proxy_says_whose_request_it_is() {
    let proxies = TrustedProxies::new(vec!["127.0.0.1/32".parse().unwrap()]);
    for (trusted_proxies, status) in [(proxies, 200), (TrustedProxies::default(), 429)] {
        let server = Server::start_with(|settings| Settings {
            rates: rate::Settings {
                per_user: 0,
                per_address: 1,
            },
            trusted_proxies,
            ..settings
        })
        .await;
        let ask = async |client: &str| {
            let asking = server.asking(ADA, "{ me }");
            let answer = Answer::of(asking.header("x-forwarded-for", client)).await;
            answer.status
        };
        for client in ["192.0.2.1", "6.6.6.6, 192.0.2.1"] {
            assert_eq!(ask(client).await, 200);
        }
        assert_eq!(ask("7.7.7.7, 192.0.2.1").await, 429);
        assert_eq!(ask("192.0.2.2").await, status);
    }
}

#[tokio::test]
async fn a_user_may_run_so_many_operations_over_http() {
    let server = limited(1, 0).await;
    let limit = "at most 1 operations a second of one user";
    assert_eq!(server.post(ADA, "mutation { bump }").await.status, 200);
    assert_eq!(server.post(ADA, "mutation { bump }").await.status, 200);
    assert_refused(&server.post(ADA, "mutation { bump }").await, limit);
    let get = server.get("/graphql?query=%7Bme%7D").bearer_auth("ada");
    assert_refused(&Answer::of(get).await, limit);
    assert_eq!(*server.bumped.borrow(), 2);

    assert_eq!(server.post(Some("bob-later"), "{ me }").await.status, 200);
    assert_eq!(server.post(None, "{ __typename }").await.status, 200);
    server.clock.advance(Duration::from_secs(1));
    assert_eq!(server.post(ADA, "{ me }").await.status, 200);
}

#[tokio::test]
async fn over_a_socket_the_operation_is_refused_and_the_socket_stays() {
    let server = limited(1, 0).await;
    let mut client = Client::ready(&server, "ada").await;
    for id in ["1", "2"] {
        client.subscribe(id, "{ me }").await;
        assert_eq!(client.hear().await["type"], "next");
        assert_eq!(client.hear().await, json!({"type": "complete", "id": id}));
    }
    for _ in 0..2 {
        client.subscribe("3", "mutation { bump }").await;
        let told = client.hear().await;
        assert_eq!(told["type"], "error");
        assert_eq!(told["id"], "3");
        let extensions = json!({ "code": "LIMIT_EXCEEDED", "retryAfter": 1 });
        assert_eq!(told["payload"][0]["extensions"], extensions);
    }
    assert_eq!(server.post(ADA, "{ me }").await.status, 429, "one bucket");
    assert_eq!(*server.bumped.borrow(), 0);

    server.clock.advance(Duration::from_secs(1));
    client.subscribe("3", "{ me }").await;
    assert_eq!(client.hear().await["type"], "next");
}

#[tokio::test]
async fn a_ping_too_many_is_answered_without_a_look_at_its_token() {
    let server = limited(1, 0).await;
    let mut client = Client::ready(&server, "ada").await;
    client.refresh("nobody").await;
    client.refresh("nobody").await;
    // Looking at this one would take for ever.
    client.refresh("endless").await;
    client.refresh("ada-later").await;
    server.clock.advance(Duration::from_secs(2));
    client.refresh("ada-later").await;
    server.clock.advance(Duration::from_mins(1));
    client.subscribe("1", "{ me }").await;
    assert_eq!(client.hear().await["type"], "next");
}

#[tokio::test]
async fn a_flood_of_messages_waits_and_breaks_nothing() {
    let server = super::socket::with_socket(|socket| socket.messages_a_second = 50).await;
    let mut client = Client::ready(&server, "ada").await;
    let began = tokio::time::Instant::now();
    for _ in 0..120 {
        client.say(json!({"type": "ping"})).await;
    }
    for _ in 0..120 {
        assert_eq!(client.hear().await, json!({"type": "pong"}));
    }
    // One message of the burst was the init.
    assert!(began.elapsed() >= Duration::from_millis(400));
}
