//! What runs over a websocket: side by side, to its end, and no longer than its client.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::Client;
use super::server::Server;
use super::socket::{dropped, with_socket};

#[tokio::test]
async fn two_operations_run_side_by_side() {
    let server = Server::start().await;
    let mut client = Client::ready(&server, "ada").await;
    client
        .subscribe("endless", "subscription { endless }")
        .await;
    client
        .subscribe("count", "subscription { count(to: 3) }")
        .await;
    let (mut counted, mut endless) = (Vec::new(), 0);
    loop {
        let message = client.hear().await;
        match (message["id"].as_str(), message["type"].as_str()) {
            (Some("count"), Some("next")) => {
                counted.push(message["payload"]["data"]["count"].clone());
            }
            (Some("count"), Some("complete")) => break,
            (Some("endless"), Some("next")) => endless += 1,
            _ => panic!("unexpected: {message}"),
        }
    }
    assert_eq!(counted, [1, 2, 3]);
    assert!(endless <= 1);
    assert_eq!(*server.dropped.borrow(), 0);
}

#[tokio::test]
async fn queries_and_mutations_answer_once() {
    let server = Server::start().await;
    let mut client = Client::ready(&server, "ada").await;
    for (query, data) in [
        (
            "{ me }",
            json!({"me": "00000000-0000-0000-0000-000000000001"}),
        ),
        ("mutation { bump }", json!({"bump": 1})),
        ("{ __typename }", json!({"__typename": "Queries"})),
    ] {
        client.subscribe("1", query).await;
        let next = json!({"type": "next", "id": "1", "payload": {"data": data}});
        assert_eq!(client.hear().await, next);
        assert_eq!(client.hear().await, json!({"type": "complete", "id": "1"}));
    }
}

#[tokio::test]
async fn a_refused_request_is_an_error_and_a_failed_field_a_result() {
    let server = Server::start().await;
    let mut client = Client::ready(&server, "ada").await;
    for (query, code, reason) in [
        (
            "{",
            "GRAPHQL_PARSE_FAILED",
            "syntax error: the document ends too early",
        ),
        (
            "{ nothing }",
            "GRAPHQL_VALIDATION_FAILED",
            "Unknown field \"nothing\"",
        ),
        (
            "subscription { nothing }",
            "GRAPHQL_VALIDATION_FAILED",
            "Unknown field \"nothing\"",
        ),
        (
            "subscription { count(to: \"three\") }",
            "BAD_USER_INPUT",
            "\"to\"",
        ),
        (
            "query A { me } query B { me }",
            "BAD_USER_INPUT",
            "name one in operationName",
        ),
        (
            "{ panics }",
            "INTERNAL_SERVER_ERROR",
            "internal server error",
        ),
        (
            "subscription { panics }",
            "INTERNAL_SERVER_ERROR",
            "internal server error",
        ),
    ] {
        client.subscribe("1", query).await;
        let message = client.hear().await;
        assert_eq!(message["type"], "error", "{query}: {message}");
        let [error] = message["payload"].as_array().unwrap().as_slice() else {
            panic!("{query}: {message}");
        };
        let said = error["message"].as_str().unwrap();
        assert!(said.contains(reason), "{query}: {message}");
        assert_eq!(error["extensions"]["code"], code, "{query}: {message}");
        let has_id = error["extensions"]["requestId"].is_string();
        assert_eq!(has_id, code == "INTERNAL_SERVER_ERROR", "{message}");
    }
    for query in ["{ fails }", "subscription { fails }"] {
        client.subscribe("1", query).await;
        let message = client.hear().await;
        assert_eq!(message["type"], "next", "{query}: {message}");
        assert_eq!(message["payload"]["data"], Value::Null);
        assert_eq!(message["payload"]["errors"][0]["path"], json!(["fails"]));
        assert_eq!(client.hear().await["type"], "complete");
    }
}

#[tokio::test]
async fn complete_from_the_client_ends_the_stream() {
    let server = Server::start().await;
    let mut client = Client::ready(&server, "ada").await;
    client.subscribe("1", "subscription { endless }").await;
    assert_eq!(client.hear().await["type"], "next");
    client.complete("1").await;
    dropped(&server, 1).await;
    // Nothing more is said about it, and its id is free.
    client.subscribe("1", "{ __typename }").await;
    assert_eq!(
        client.hear().await["payload"]["data"]["__typename"],
        "Queries"
    );
}

#[tokio::test]
async fn a_client_that_vanishes_ends_its_streams() {
    let server = Server::start().await;
    let mut client = Client::ready(&server, "ada").await;
    for id in ["1", "2"] {
        client.subscribe(id, "subscription { endless }").await;
        assert_eq!(client.hear().await["type"], "next");
    }
    drop(client);
    dropped(&server, 2).await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_told_where_to_go_on() {
    let server = with_socket(|socket| socket.send_timeout = Duration::from_millis(50)).await;
    let mut client = Client::ready(&server, "ada").await;
    client.subscribe("1", "subscription { flood }").await;
    // Nothing is read until the server has given up.
    dropped(&server, 1).await;
    let (code, reason, messages) = client.left().await;
    assert_eq!(code, 4290);
    let (_, told) = reason.split_once("the last event sent was ").unwrap();
    // The one on which the server gave up had not got through when it said so.
    assert_eq!(told.parse(), Ok(messages - 1));
}

#[tokio::test]
async fn a_peer_that_answers_no_ping_is_dropped() {
    let server = with_socket(|socket| socket.ping_every = Duration::from_millis(300)).await;
    let mut client = Client::ready(&server, "ada").await;
    client.subscribe("1", "subscription { endless }").await;
    // From here on the client reads nothing, so it answers nothing.
    dropped(&server, 1).await;
}

#[tokio::test]
async fn a_peer_that_answers_pings_stays() {
    let server = with_socket(|socket| socket.ping_every = Duration::from_millis(300)).await;
    let mut client = Client::ready(&server, "ada").await;
    for _ in 0..3 {
        client.answer_ping().await;
    }
    client.subscribe("1", "{ __typename }").await;
    assert_eq!(client.hear().await["type"], "next");
}

#[tokio::test]
async fn an_operation_too_many_is_refused_and_the_others_go_on() {
    let server = with_socket(|socket| socket.max_operations = 1).await;
    let mut client = Client::ready(&server, "ada").await;
    client.subscribe("1", "subscription { endless }").await;
    assert_eq!(client.hear().await["type"], "next");
    client.subscribe("2", "{ me }").await;
    let refused = client.hear().await;
    assert_eq!(refused["type"], "error");
    assert_eq!(
        refused["payload"][0]["extensions"]["code"],
        "LIMIT_EXCEEDED"
    );
    client.complete("1").await;
    client.subscribe("2", "{ me }").await;
    assert_eq!(client.hear().await["type"], "next");
}

#[tokio::test]
async fn a_socket_too_many_is_told_to_try_again_later() {
    let server = with_socket(|socket| socket.max_sockets_per_user = 1).await;
    let first = Client::ready(&server, "ada").await;
    let mut second = Client::opened(&server).await;
    second.init(json!({"token": "ada"})).await;
    assert_eq!(second.closed().await, 1013);
    let other = Client::ready(&server, "bob-later").await;
    drop((first, second, other));

    server.open_sockets.close();
    server.open_sockets.wait().await;
    Client::ready(&server, "ada").await;
}
