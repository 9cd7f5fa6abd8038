//! The legacy subprotocol `graphql-ws`, as Apollo's retired client speaks it.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::Client;
use super::server::Server;
use super::socket::{dropped, with_socket};

const SPOKEN: &[(&str, &str)] = &[("Sec-WebSocket-Protocol", "graphql-ws")];

async fn ready(server: &Server) -> Client {
    let mut client = Client::with(server, SPOKEN).await;
    client.init(json!({"authToken": "ada"})).await;
    assert_eq!(client.hear().await, json!({"type": "connection_ack"}));
    client
}

async fn start(client: &mut Client, id: &str, query: &str) {
    let payload = json!({ "query": query, "variables": {} });
    client
        .say(json!({"type": "start", "id": id, "payload": payload}))
        .await;
}

#[tokio::test]
async fn operations_have_data_and_an_end() {
    let server = Server::start().await;
    let mut client = ready(&server).await;
    start(&mut client, "1", "subscription { count(to: 2) }").await;
    for count in 1..=2 {
        let data = json!({"data": {"count": count}});
        let expected = json!({"type": "data", "id": "1", "payload": data});
        assert_eq!(client.hear().await, expected);
    }
    assert_eq!(client.hear().await, json!({"type": "complete", "id": "1"}));

    start(&mut client, "1", "{ double(of: 2) }").await;
    assert_eq!(client.hear().await["payload"]["data"]["double"], 4);
    assert_eq!(client.hear().await["type"], "complete");

    start(&mut client, "1", "{ nothing }").await;
    let refused = client.hear().await;
    assert_eq!(refused["type"], "error");
    assert!(refused["payload"]["message"].is_string(), "{refused}");
}

#[tokio::test]
async fn who_does_not_wait_to_be_let_in_is_answered_afterwards() {
    let server = Server::start().await;
    let mut client = Client::with(&server, SPOKEN).await;
    client.init(json!({"authToken": "slow"})).await;
    start(&mut client, "1", "{ double(of: 2) }").await;
    // Both have arrived before the token is believed.
    server.get("/healthz").send().await.unwrap();
    server.let_slow_tokens_in();
    assert_eq!(client.hear().await, json!({"type": "connection_ack"}));
    assert_eq!(client.hear().await["payload"]["data"]["double"], 4);
}

#[tokio::test]
async fn stop_ends_an_operation_and_says_so() {
    let server = Server::start().await;
    let mut client = ready(&server).await;
    start(&mut client, "1", "subscription { endless }").await;
    assert_eq!(client.hear().await["type"], "data");
    client.say(json!({"type": "stop", "id": "1"})).await;
    assert_eq!(client.hear().await, json!({"type": "complete", "id": "1"}));
    dropped(&server, 1).await;

    start(&mut client, "1", "subscription { endless }").await;
    assert_eq!(client.hear().await["type"], "data");
    // The newer operation takes the place of the one with its id.
    start(&mut client, "1", "{ double(of: 3) }").await;
    assert_eq!(client.hear().await["payload"]["data"]["double"], 6);
    dropped(&server, 2).await;
}

#[tokio::test]
async fn a_refusal_is_said_before_the_close() {
    let server = Server::start().await;
    let mut client = Client::with(&server, SPOKEN).await;
    client.init(json!({"authToken": "nobody"})).await;
    let refused = json!({"type": "connection_error", "payload": {"message": "Forbidden"}});
    assert_eq!(client.hear().await, refused);
    assert_eq!(client.closed().await, 4403);
}

#[tokio::test]
async fn a_client_is_kept_alive_and_leaves_with_a_word() {
    let server = with_socket(|socket| socket.ping_every = Duration::from_millis(300)).await;
    let mut client = ready(&server).await;
    for _ in 0..2 {
        let kept: Value = client.hear().await;
        assert_eq!(kept, json!({"type": "ka"}));
    }
    client.say(json!({"type": "connection_terminate"})).await;
    assert_eq!(client.closed().await, 1000);
}
