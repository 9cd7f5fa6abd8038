//! graphql-transport-ws at /graphql/ws: every code of a close, operations, and what ends with what.

use std::time::Duration;

use footlight::http::door::origin::AllowedOrigins;
use footlight::http::{Settings, socket};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::client::{Client, SPOKEN, handshake};
use super::server::Server;

pub async fn with_socket(change: impl FnOnce(&mut socket::Settings)) -> Server {
    Server::start_with(|mut settings| {
        change(&mut settings.socket);
        settings
    })
    .await
}

/// Returns once `count` endless subscriptions have been dropped.
pub async fn dropped(server: &Server, count: usize) {
    let mut seen = server.dropped.clone();
    seen.wait_for(|dropped| *dropped == count).await.unwrap();
}

#[tokio::test]
async fn the_handshake_agrees_on_the_subprotocol() {
    let server = Server::start().await;
    for (offered, agreed) in [
        ("graphql-transport-ws, graphql-ws", "graphql-transport-ws"),
        ("graphql-ws,graphql-transport-ws", "graphql-ws"),
        ("graphql, graphql-transport-ws", "graphql-transport-ws"),
    ] {
        let (_stream, head) = handshake(&server, &[("Sec-WebSocket-Protocol", offered)]).await;
        let line = format!("sec-websocket-protocol: {agreed}\r\n");
        assert!(head.contains(&line), "{head}");
    }
    for unknown in [&[][..], &[("Sec-WebSocket-Protocol", "graphql")]] {
        let mut client = Client::with(&server, unknown).await;
        assert_eq!(client.closed().await, 4406, "{unknown:?}");
    }
}

#[tokio::test]
async fn pages_of_strange_origins_get_no_socket() {
    let server = Server::start_with(|settings| Settings {
        allowed_origins: AllowedOrigins::parse(["https://app.example.com"]).unwrap(),
        ..settings
    })
    .await;
    let own = format!("http://{}", server.address);
    for (origin, status) in [
        (own.as_str(), "101"),
        ("https://app.example.com", "101"),
        ("https://evil.example.com", "403"),
        ("null", "403"),
    ] {
        let (_stream, head) = handshake(&server, &[SPOKEN[0], ("Origin", origin)]).await;
        assert!(
            head.starts_with(&format!("http/1.1 {status}")),
            "{origin}: {head}"
        );
    }
}

#[tokio::test]
async fn what_is_no_message_is_4400() {
    let server = Server::start().await;
    for message in [
        json!([]),
        json!({"type": "start"}),
        json!({"type": "subscribe", "id": "1"}),
    ] {
        let mut client = Client::ready(&server, "ada").await;
        client.say(message.clone()).await;
        assert_eq!(client.closed().await, 4400, "{message}");
    }
    let mut client = Client::ready(&server, "ada").await;
    client.say_bytes(b"{}").await;
    assert_eq!(client.closed().await, 4400);
}

#[tokio::test]
async fn a_broken_frame_is_closed_by_the_websocket_s_own_code() {
    let server = Server::start().await;
    for (frame, code) in [
        // Text that is not UTF-8, a frame of no known kind, and one without a mask.
        (&[0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe][..], 1007_u16),
        (&[0x83, 0x80, 0, 0, 0, 0], 1002),
        (&[0x81, 0x01, b'a'], 1002),
    ] {
        let (mut stream, _) = handshake(&server, SPOKEN).await;
        stream.write_all(frame).await.unwrap();
        let mut head = [0; 4];
        stream.read_exact(&mut head).await.unwrap();
        assert_eq!(head[0], 0x88, "a close frame answers {frame:?}");
        assert_eq!(u16::from_be_bytes([head[2], head[3]]), code, "{frame:?}");
    }
}

#[tokio::test]
async fn a_message_too_large_is_1009() {
    let server = with_socket(|socket| socket.max_message_bytes = 1000).await;
    let mut client = Client::ready(&server, "ada").await;
    let padding = "x".repeat(1000);
    client
        .say(json!({"type": "ping", "payload": {"padding": padding}}))
        .await;
    assert_eq!(client.closed().await, 1009);
}

#[tokio::test]
async fn a_subscription_before_the_acknowledgement_is_4401() {
    let server = Server::start().await;
    let mut client = Client::opened(&server).await;
    client.subscribe("1", "{ me }").await;
    assert_eq!(client.closed().await, 4401);

    let mut client = Client::opened(&server).await;
    client.init(json!({"token": "endless"})).await;
    client.subscribe("1", "{ me }").await;
    assert_eq!(client.closed().await, 4401);
}

#[tokio::test]
async fn a_token_that_is_not_believed_is_4403() {
    let server = Server::start().await;
    for payload in [
        json!({"token": "nobody"}),
        json!({"Authorization": "Basic ada"}),
        json!({"token": "ada-expired"}),
        json!({"token": 1}),
        json!({}),
        json!(null),
    ] {
        let mut client = Client::opened(&server).await;
        client.init(payload.clone()).await;
        assert_eq!(client.closed().await, 4403, "{payload}");
    }
}

#[tokio::test]
async fn a_store_that_fails_is_not_the_client_s_fault() {
    let server = Server::start().await;
    for token in ["broken", "panics"] {
        let mut client = Client::opened(&server).await;
        client.init(json!({ "token": token })).await;
        assert_eq!(client.closed().await, 1011, "{token}");
    }
}

#[tokio::test]
async fn silence_after_the_handshake_is_4408() {
    let server = with_socket(|socket| socket.init_timeout = Duration::from_millis(10)).await;
    let mut client = Client::opened(&server).await;
    assert_eq!(client.closed().await, 4408);
}

#[tokio::test]
async fn an_id_in_use_is_4409_and_free_again_after_its_end() {
    let server = Server::start().await;
    let mut client = Client::ready(&server, "ada").await;
    for _ in 0..2 {
        client.subscribe("1", "{ me }").await;
        assert_eq!(client.hear().await["type"], "next");
        assert_eq!(client.hear().await, json!({"type": "complete", "id": "1"}));
    }
    client.subscribe("1", "subscription { endless }").await;
    client.subscribe("1", "{ me }").await;
    assert_eq!(client.closed().await, 4409);
}

#[tokio::test]
async fn a_second_init_is_4429() {
    let server = Server::start().await;
    let mut client = Client::ready(&server, "ada").await;
    client.init(json!({"token": "ada"})).await;
    assert_eq!(client.closed().await, 4429);
}

#[tokio::test]
async fn a_client_s_close_is_answered_with_its_own_code() {
    let server = Server::start().await;
    let mut client = Client::ready(&server, "ada").await;
    client.hang_up().await;
    assert_eq!(client.closed().await, 1000);
}

#[tokio::test]
async fn shutdown_is_1012_and_leaves_no_socket() {
    let server = Server::start().await;
    let mut client = Client::ready(&server, "ada").await;
    client.subscribe("1", "subscription { endless }").await;
    assert_eq!(client.hear().await["type"], "next");
    server.shutdown.cancel();
    assert_eq!(client.closed().await, 1012);
    drop(client);
    server.open_sockets.close();
    server.open_sockets.wait().await;
    dropped(&server, 1).await;
}

#[tokio::test]
async fn expiry_is_4403_and_a_fresh_token_puts_it_off() {
    let server = Server::start().await;
    let mut client = Client::ready(&server, "ada").await;
    client.refresh("nobody").await;
    client.refresh("bob-later").await;
    server.clock.advance(Duration::from_mins(1));
    assert_eq!(client.closed().await, 4403);

    let server = Server::start().await;
    let mut client = Client::ready(&server, "ada").await;
    client.refresh("ada-later").await;
    server.clock.advance(Duration::from_mins(1));
    client.subscribe("1", "{ me }").await;
    assert_eq!(client.hear().await["type"], "next");
    server.clock.advance(Duration::from_mins(59));
    assert_eq!(client.closed().await, 4403);
}
