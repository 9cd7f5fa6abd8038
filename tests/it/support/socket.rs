//! A websocket client that speaks graphql-transport-ws.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// An open socket past its init.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connects and signs in.
    pub async fn open(address: SocketAddr, token: &str) -> Self {
        let opened = Self::try_open(address, token).await;
        opened.expect("the server takes the socket")
    }

    /// Connects and signs in, if there is somebody to connect to.
    pub async fn try_open(address: SocketAddr, token: &str) -> Option<Self> {
        let url = format!("ws://{address}/graphql/ws");
        let mut request = url.into_client_request().unwrap();
        let protocol = "graphql-transport-ws".parse().unwrap();
        request
            .headers_mut()
            .insert("sec-websocket-protocol", protocol);
        let (stream, _) = connect_async(request).await.ok()?;
        let mut socket = Self(stream);
        let payload = json!({ "Authorization": format!("Bearer {token}") });
        socket
            .send(json!({ "type": "connection_init", "payload": payload }))
            .await;
        let answer = socket.try_receive().await?;
        assert_eq!(answer["type"], "connection_ack");
        Some(socket)
    }

    /// Starts an operation.
    pub async fn subscribe(&mut self, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.send(json!({ "id": "1", "type": "subscribe", "payload": payload }))
            .await;
    }

    /// Says this, and answers the next message; none when the server hangs up.
    pub async fn exchange(&mut self, message: &str) -> Option<Value> {
        // A connection that is lost shows at the next read.
        let _ = self.0.send(Message::text(message)).await;
        self.try_receive().await
    }

    /// The next result of the operation; none when it is complete.
    pub async fn next(&mut self) -> Option<Value> {
        let mut message = self.receive().await;
        match message["type"].as_str() {
            Some("next") => Some(message["payload"].take()),
            Some("complete") => None,
            _ => panic!("unexpected message {message}"),
        }
    }

    /// The next result; `Some(None)` when the operation is complete, none when the connection is lost.
    pub async fn try_next(&mut self) -> Option<Option<Value>> {
        let mut message = self.try_receive().await?;
        match message["type"].as_str() {
            Some("next") => Some(Some(message["payload"].take())),
            Some("complete") => Some(None),
            _ => panic!("unexpected message {message}"),
        }
    }

    /// All results until the operation is complete.
    pub async fn rest(&mut self) -> Vec<Value> {
        let mut results = Vec::new();
        while let Some(result) = self.next().await {
            results.push(result);
        }
        results
    }

    /// Waits until the server closes the socket. Answers with which code.
    pub async fn closed(&mut self) -> u16 {
        loop {
            let message = self.0.next().await.expect("the connection is lost");
            if let Message::Close(Some(close)) = message.unwrap() {
                return close.code.into();
            }
        }
    }

    /// Breaks the connection without a word, as a process that is killed does.
    pub fn abort(self) {
        if let MaybeTlsStream::Plain(stream) = self.0.get_ref() {
            // What was received and not read makes the kernel reset the connection all the same.
            let _ = stream.set_zero_linger();
        }
    }

    async fn send(&mut self, message: Value) {
        // A connection that is lost shows at the next read.
        let _ = self.0.send(Message::text(message.to_string())).await;
    }

    async fn receive(&mut self) -> Value {
        self.try_receive().await.expect("the connection is lost")
    }

    async fn try_receive(&mut self) -> Option<Value> {
        loop {
            match self.0.next().await?.ok()? {
                Message::Text(text) => return serde_json::from_str(&text).ok(),
                Message::Ping(_) | Message::Pong(_) => {}
                Message::Close(_) | Message::Binary(_) | Message::Frame(_) => return None,
            }
        }
    }
}
