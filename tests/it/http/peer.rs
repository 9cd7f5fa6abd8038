//! A client that sends its bytes when the test wants it to, and sees what comes of them.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::server::Server;

/// A connection of the test's own.
pub struct Peer(pub TcpStream);

impl Peer {
    pub async fn of(server: &Server) -> Self {
        Self(TcpStream::connect(server.address).await.unwrap())
    }

    pub async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// Asks whether the server lives, on a connection that is kept.
    pub async fn ask(&mut self) -> String {
        self.send("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
            .await;
        self.answer().await
    }

    /// The head of a POST by ada with a body of so many bytes.
    pub async fn begin(&mut self, token: &str, bytes: usize) {
        let head = format!(
            "POST /graphql HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {bytes}\r\n\r\n"
        );
        self.send(&head).await;
    }

    /// One answer, its body being of known length.
    pub async fn answer(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.unwrap());
        }
        let mut text = String::from_utf8(head).unwrap();
        let length = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await.unwrap();
        text.push_str(&String::from_utf8(body).unwrap());
        text
    }

    /// All that comes until the server closes.
    pub async fn rest(&mut self) -> String {
        let mut rest = String::new();
        self.0.read_to_string(&mut rest).await.unwrap();
        rest
    }
}
