//! Nobody keeps the server waiting: slow headers, slow bodies, resting connections, too many of them,
//! and what becomes of those that are open at shutdown.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::client::Client;
use super::peer::Peer;
use super::server::Server;

const SOON: Duration = Duration::from_millis(100);
const BODY: &str = r#"{"query": "{ me }"}"#;

async fn with_deadlines(change: impl FnOnce(&mut footlight::http::serve::Settings)) -> Server {
    Server::start_with(|mut settings| {
        change(&mut settings.serve);
        settings
    })
    .await
}

#[tokio::test]
async fn headers_that_do_not_come_to_an_end_are_not_waited_for() {
    let server = with_deadlines(|serve| serve.head = SOON).await;
    for begun in [
        "",
        "P",
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\nx-slow: ",
    ] {
        let mut peer = Peer::of(&server).await;
        peer.send(begun).await;
        let began = Instant::now();
        assert_eq!(peer.rest().await, "", "{begun:?}");
        assert!(began.elapsed() < Duration::from_secs(5), "{begun:?}");
    }
}

#[tokio::test]
async fn headers_that_trickle_in_are_cut_at_the_same_moment() {
    let server = with_deadlines(|serve| serve.head = SOON).await;
    let (mut reader, mut writer) = Peer::of(&server).await.0.into_split();
    let trickle = async {
        let mut ticks = tokio::time::interval(SOON / 10);
        loop {
            ticks.tick().await;
            // Fails once the server has closed.
            let _ = tokio::io::AsyncWriteExt::write_all(&mut writer, b"G").await;
        }
    };
    let mut byte = [0];
    let read = tokio::io::AsyncReadExt::read(&mut reader, &mut byte);
    let cut = async {
        tokio::select! {
            // Closing on a peer that sends may reset the connection.
            read = read => assert!(matches!(read, Ok(0) | Err(_)), "{read:?}"),
            () = trickle => {}
        }
    };
    let cut = tokio::time::timeout(Duration::from_secs(5), cut).await;
    cut.expect("the server waits");
}

#[tokio::test]
async fn a_connection_may_rest_longer_than_headers_may_take() {
    let server = with_deadlines(|serve| {
        serve.head = SOON;
        serve.idle = Duration::from_mins(1);
    })
    .await;
    let mut peer = Peer::of(&server).await;
    peer.ask().await;
    assert!(timeout(SOON * 3, peer.rest()).await.is_err(), "was closed");
    assert!(peer.ask().await.ends_with("ok"));

    peer.send("GET").await;
    let rest = timeout(Duration::from_secs(5), peer.rest()).await;
    assert_eq!(rest.expect("the second request's headers are awaited"), "");
}

#[tokio::test]
async fn a_connection_that_rests_too_long_is_closed() {
    let server = with_deadlines(|serve| serve.idle = SOON).await;
    let mut peer = Peer::of(&server).await;
    peer.ask().await;
    let rest = timeout(Duration::from_secs(5), peer.rest()).await;
    assert_eq!(rest.expect("the connection rests on"), "");
}

#[tokio::test]
async fn a_body_that_does_not_come_to_its_end_is_408() {
    let server = with_deadlines(|serve| serve.body = SOON).await;
    let mut peer = Peer::of(&server).await;
    peer.begin("ada", BODY.len()).await;
    peer.send(&BODY[..5]).await;
    let answer = peer.rest().await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
    assert!(answer.contains("\r\nx-request-id: "), "{answer}");
    assert!(
        answer.ends_with(
            r#"{"errors":[{"message":"the body did not arrive within 0.1 s: send it faster","extensions":{"code":"LIMIT_EXCEEDED"}}]}"#
        ),
        "{answer}"
    );
}

#[tokio::test]
async fn a_body_in_pieces_is_read_when_it_arrives_in_time() {
    let server = Server::start().await;
    let mut peer = Peer::of(&server).await;
    for _ in 0..2 {
        peer.begin("ada", BODY.len()).await;
        for piece in BODY.as_bytes().chunks(3) {
            peer.send(std::str::from_utf8(piece).unwrap()).await;
        }
        let answer = peer.answer().await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
}

#[tokio::test]
async fn a_refusal_reaches_whoever_is_still_sending() {
    let server = Server::start().await;
    let mut peer = Peer::of(&server).await;
    let large = "x".repeat(2 * 1024 * 1024);
    for _ in 0..2 {
        peer.begin("nobody", large.len()).await;
        peer.send(&large).await;
        let answer = peer.answer().await;
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    }
}

#[tokio::test]
async fn a_websocket_keeps_its_place_until_it_is_gone() {
    let server = with_deadlines(|serve| serve.max_connections = 1).await;
    let client = Client::ready(&server, "ada").await;
    let mut peer = Peer::of(&server).await;
    assert!(
        timeout(SOON, peer.ask()).await.is_err(),
        "there is no place"
    );
    drop(client);
    assert!(peer.answer().await.ends_with("ok"));
}

#[tokio::test]
async fn at_shutdown_a_request_under_way_is_answered_and_what_rests_is_closed() {
    let mut server = Server::start().await;
    let (mut fresh, mut resting) = (Peer::of(&server).await, Peer::of(&server).await);
    resting.ask().await;
    let mut sending = Peer::of(&server).await;
    sending.begin("ada", BODY.len()).await;
    sending.send(&BODY[..5]).await;
    // Accepted in order, so by this answer the others have been, too.
    Peer::of(&server).await.ask().await;

    server.shutdown.cancel();
    assert_eq!(fresh.rest().await, "");
    assert_eq!(resting.rest().await, "");
    sending.send(&BODY[5..]).await;
    let answer = sending.rest().await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    server.ended().await;
}
