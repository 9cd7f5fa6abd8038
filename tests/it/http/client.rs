//! A websocket client that shows what client libraries hide.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};

use super::server::Server;

/// The header that asks for our subprotocol.
pub const SPOKEN: &[(&str, &str)] = &[("Sec-WebSocket-Protocol", "graphql-transport-ws")];

/// A client that sees what browsers hide: the answer to the handshake, and the code of a close.
pub struct Client(WebSocketStream<TcpStream>);

/// Shakes hands by hand, because a client library refuses to go on without a common subprotocol.
pub async fn handshake(server: &Server, headers: &[(&str, &str)]) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let mut request = format!(
        "GET /graphql/ws HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        server.address
    );
    for (name, value) in headers {
        request.extend([name, ": ", value, "\r\n"]);
    }
    request += "\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    (stream, String::from_utf8(head).unwrap().to_lowercase())
}

impl Client {
    pub async fn with(server: &Server, headers: &[(&str, &str)]) -> Self {
        let (stream, head) = handshake(server, headers).await;
        assert!(head.starts_with("http/1.1 101"), "{head}");
        Self(WebSocketStream::from_raw_socket(stream, Role::Client, None).await)
    }

    pub async fn opened(server: &Server) -> Self {
        Self::with(server, SPOKEN).await
    }

    /// Acknowledged as the bearer of `token`.
    pub async fn ready(server: &Server, token: &str) -> Self {
        let mut client = Self::opened(server).await;
        client
            .init(json!({"Authorization": format!("Bearer {token}")}))
            .await;
        assert_eq!(client.hear().await, json!({"type": "connection_ack"}));
        client
    }

    pub async fn say(&mut self, message: Value) {
        let message = Message::text(message.to_string());
        self.0.send(message).await.unwrap();
    }

    pub async fn say_bytes(&mut self, bytes: &'static [u8]) {
        self.0.send(Message::binary(bytes)).await.unwrap();
    }

    pub async fn init(&mut self, payload: Value) {
        self.say(json!({"type": "connection_init", "payload": payload}))
            .await;
    }

    pub async fn subscribe(&mut self, id: &str, query: &str) {
        let payload = json!({ "query": query });
        self.say(json!({"type": "subscribe", "id": id, "payload": payload}))
            .await;
    }

    pub async fn complete(&mut self, id: &str) {
        self.say(json!({"type": "complete", "id": id})).await;
    }

    pub async fn refresh(&mut self, token: &str) {
        let payload = json!({"Authorization": format!("Bearer {token}")});
        self.say(json!({"type": "ping", "payload": payload})).await;
        assert_eq!(self.hear().await, json!({"type": "pong"}));
    }

    /// The next message of the protocol.
    pub async fn hear(&mut self) -> Value {
        loop {
            match self.0.next().await.unwrap().unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?} is no message of the protocol"),
            }
        }
    }

    /// Waits for a ping of the websocket itself, and answers it.
    pub async fn answer_ping(&mut self) {
        let message = self.0.next().await.unwrap().unwrap();
        assert!(message.is_ping(), "{message:?} is no ping");
        self.0.flush().await.unwrap();
    }

    /// Hangs up, as a client library does after its last subscription.
    pub async fn hang_up(&mut self) {
        let frame = CloseFrame {
            code: CloseCode::Normal,
            reason: "Normal Closure".into(),
        };
        self.0.close(Some(frame)).await.unwrap();
    }

    /// The code with which the server hangs up, whatever it says before.
    pub async fn closed(&mut self) -> u16 {
        self.left().await.0
    }

    /// Code and reason with which the server hangs up, and the messages that it says before.
    pub async fn left(&mut self) -> (u16, String, usize) {
        let mut messages = 0;
        loop {
            match self.0.next().await.unwrap().unwrap() {
                Message::Close(frame) => {
                    let frame = frame.unwrap();
                    assert!(frame.reason.len() <= 123);
                    return (frame.code.into(), frame.reason.to_string(), messages);
                }
                Message::Text(_) => messages += 1,
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?} is no message of the protocol"),
            }
        }
    }
}
