//! The run's events over one websocket after another, in the protocol graphql-transport-ws.
//!
//! 1. Connect, send `connection_init` with the token, wait for `connection_ack`.
//! 2. Subscribe after the last durable event seen; tell each `next`.
//! 3. A silent server is asked by `ping`; one that stays silent counts as gone.
//! 4. When the socket breaks, wait and begin again at 1. Waits grow, an event resets them, and
//!    after about two minutes without any the watch gives up.
//! 5. The run's last event ends the watch.
//!
//! The protocol is <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use futures_util::{SinkExt, StreamExt};
use rustls::crypto::aws_lc_rs;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::ClientRequestBuilder;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use uuid::Uuid;

use super::client::{Answer, Refusal, Server, Trouble, innermost};
use super::event::{Event, FOLLOW, Status};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a server may be silent before it is asked, and then before it counts as gone.
const SILENCE: Duration = Duration::from_secs(20);
const PATIENCE: Duration = Duration::from_mins(2);
/// The one operation of a socket.
const OPERATION: &str = "1";
/// Close codes after which the same request would fare no better, beside [`FORBIDDEN`]: malformed,
/// unauthorized, no common protocol.
const HOPELESS: [u16; 3] = [4400, 4401, 4406];

/// How a socket is closed whose token is not believed, or not any more.
const FORBIDDEN: u16 = 4403;

/// What the watch tells.
#[derive(Debug)]
pub(super) enum Notice {
    Event(Event),
    /// The connection is gone, and will be tried again after the wait.
    Broken {
        cause: String,
        wait: Duration,
    },
    /// It is back.
    Resumed,
    /// The watch has given up; nothing follows.
    Failed(Trouble),
}

/// Starts to watch a run from its first event. Dropping the receiver ends it.
pub(super) fn watch(server: Server, execution_id: Uuid) -> mpsc::Receiver<Notice> {
    let (tell, notices) = mpsc::channel(256);
    let watch = Watch {
        server,
        execution_id,
        after: 0,
        waits: patience(),
        broken: false,
        tell,
    };
    tokio::spawn(watch.go_on());
    notices
}

fn patience() -> ExponentialBackoff {
    ExponentialBuilder::new()
        .with_min_delay(Duration::from_millis(500))
        .with_max_delay(Duration::from_secs(10))
        .without_max_times()
        .with_total_delay(Some(PATIENCE))
        .with_jitter()
        .build()
}

struct Watch {
    server: Server,
    execution_id: Uuid,
    /// The last durable event seen.
    after: i64,
    waits: ExponentialBackoff,
    broken: bool,
    tell: mpsc::Sender<Notice>,
}

/// Why a socket's story is over.
enum End {
    /// The run has ended, or nobody listens any more.
    Done,
    /// Another try may do better.
    Broken(String),
    /// It would not.
    Hopeless(Trouble),
}

impl From<tungstenite::Error> for End {
    fn from(error: tungstenite::Error) -> Self {
        match error {
            tungstenite::Error::Http(response) if is_refusal(response.status().as_u16()) => {
                let refusal = format!("HTTP {} to a websocket", response.status());
                Self::Hopeless(Trouble::Unexpected(refusal))
            }
            other => Self::Broken(innermost(&other)),
        }
    }
}

impl From<Trouble> for End {
    fn from(trouble: Trouble) -> Self {
        if trouble.is_servers() {
            Self::Broken(trouble.to_string())
        } else {
            Self::Hopeless(trouble)
        }
    }
}

/// Whether a handshake answered so would be answered so again.
const fn is_refusal(status: u16) -> bool {
    matches!(status, 400..=499) && status != 408 && status != 429
}

impl Watch {
    async fn go_on(mut self) {
        loop {
            let Err(end) = self.one_socket().await;
            let failed = match end {
                End::Done => return,
                End::Hopeless(trouble) => trouble,
                End::Broken(cause) => match self.waits.next() {
                    Some(wait) => {
                        self.broken = true;
                        if self
                            .tell
                            .send(Notice::Broken { cause, wait })
                            .await
                            .is_err()
                        {
                            return;
                        }
                        tokio::time::sleep(wait).await;
                        continue;
                    }
                    None => Trouble::Unreachable(format!("{}: {cause}", self.server.address(""))),
                },
            };
            // Nobody listens any more: then nobody needs to know.
            let _ = self.tell.send(Notice::Failed(failed)).await;
            return;
        }
    }

    async fn one_socket(&mut self) -> Result<std::convert::Infallible, End> {
        let mut socket = timeout(CONNECT_TIMEOUT, Socket::open(&self.server))
            .await
            .map_err(|_| End::Broken("the server does not answer".to_owned()))??;
        if self.broken {
            self.broken = false;
            self.tell(Notice::Resumed).await?;
        }
        let variables = json!({"executionId": self.execution_id, "after": self.after});
        socket
            .send(json!({
                "id": OPERATION,
                "type": "subscribe",
                "payload": {"query": FOLLOW, "variables": variables},
            }))
            .await?;
        loop {
            match socket.receive().await? {
                Reply::Next { payload } => self.next(payload).await?,
                Reply::Error { payload } => return Err(Trouble::Refused(payload).into()),
                Reply::Complete => {
                    return Err(End::Broken("the subscription ended early".to_owned()));
                }
                Reply::Ping | Reply::Pong | Reply::ConnectionAck => {}
            }
        }
    }

    async fn next(&mut self, payload: Answer) -> Result<(), End> {
        let told = payload.take("executionEvents")?;
        let seq = told["seq"].as_i64();
        let event =
            serde_json::from_value(told).map_err(|error| Trouble::Unexpected(error.to_string()))?;
        self.waits = patience();
        // A delta's number is that of the durable event before it, which its own socket has told.
        if let (Some(seq), false) = (seq, matches!(event, Event::StageOutputDelta(_))) {
            self.after = seq;
        }
        let last = is_last(&event);
        self.tell(Notice::Event(event)).await?;
        if last { Err(End::Done) } else { Ok(()) }
    }

    async fn tell(&self, notice: Notice) -> Result<(), End> {
        self.tell.send(notice).await.map_err(|_| End::Done)
    }
}

const fn is_last(event: &Event) -> bool {
    matches!(
        event,
        Event::ExecutionStatusChanged {
            status: Status::Completed | Status::Failed | Status::Cancelled,
            ..
        }
    )
}

/// A message of the server.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Reply {
    ConnectionAck,
    Next { payload: Answer },
    Error { payload: Refusal },
    Complete,
    Ping,
    Pong,
}

/// A connection that has been acknowledged.
struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn open(server: &Server) -> Result<Self, End> {
        // Two of rustls's backends are linked in, so it wants to be told; a second time is no matter.
        let _ = aws_lc_rs::default_provider().install_default();
        // `http` becomes `ws` and `https` becomes `wss`.
        let address = server.address("graphql/ws").replacen("http", "ws", 1);
        let uri = address
            .parse()
            .map_err(|_| Trouble::Unexpected(format!("no address: {address}")))?;
        let request = ClientRequestBuilder::new(uri).with_sub_protocol("graphql-transport-ws");
        let (stream, _) = connect_async(request).await?;
        let mut socket = Self(stream);
        let token = server.token().expose_secret();
        let payload = json!({"Authorization": format!("Bearer {token}")});
        socket
            .send(json!({"type": "connection_init", "payload": payload}))
            .await?;
        match socket.receive().await? {
            Reply::ConnectionAck => Ok(socket),
            _ => Err(End::Broken("the server does not greet".to_owned())),
        }
    }

    async fn send(&mut self, message: Value) -> Result<(), End> {
        let text = message.to_string().into();
        Ok(self.0.send(Message::Text(text)).await?)
    }

    /// The next message that is for us; pings are answered on the way.
    async fn receive(&mut self) -> Result<Reply, End> {
        let mut asked = false;
        loop {
            let message = match timeout(SILENCE, self.0.next()).await {
                Ok(message) => message,
                Err(_) if asked => return Err(End::Broken("the server is silent".to_owned())),
                Err(_) => {
                    asked = true;
                    self.send(json!({"type": "ping"})).await?;
                    continue;
                }
            };
            let text = match message {
                Some(Ok(Message::Text(text))) => text,
                Some(Ok(Message::Close(frame))) => {
                    let frame = frame.map(|frame| (frame.code.into(), frame.reason.to_string()));
                    return Err(closed(frame));
                }
                Some(Ok(_)) => continue,
                Some(Err(error)) => return Err(error.into()),
                None => return Err(closed(None)),
            };
            let reply = serde_json::from_str(&text)
                .map_err(|error| Trouble::Unexpected(error.to_string()))?;
            if matches!(reply, Reply::Ping) {
                self.send(json!({"type": "pong"})).await?;
            }
            return Ok(reply);
        }
    }
}

fn closed(frame: Option<(u16, String)>) -> End {
    match frame {
        Some((FORBIDDEN, _)) => End::Hopeless(Trouble::TokenRefused),
        Some((code, reason)) if HOPELESS.contains(&code) => End::Hopeless(Trouble::Usage(format!(
            "the server has closed the connection: {reason} ({code})"
        ))),
        Some((code, reason)) => End::Broken(format!("closed by the server: {reason} ({code})")),
        None => End::Broken("connection lost".to_owned()),
    }
}
