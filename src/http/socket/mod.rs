//! `/graphql/ws`: the handshake of a websocket, and its settings.
//!
//! `message`, `close` and `session` are the protocol, `legacy` the words of its older sister, `dialect`
//! says which of them a socket speaks, `connection` carries it.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::Executor;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{State, WebSocketUpgrade};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use self::connection::Connection;
use self::dialect::Dialect;
use super::answer::Refusal;
use super::media::MediaType;
use super::{Server, SignIn};
use crate::error::Code;

mod close;
mod connection;
mod dialect;
mod farewell;
mod fields;
mod legacy;
mod message;
mod pace;
mod running;
mod session;

/// Bytes set aside for what a socket reads; a message may be larger.
const READ_BUFFER: usize = 4 * 1024;

/// Limits and deadlines of a websocket.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long a client may take to introduce itself.
    pub init_timeout: Duration,
    /// Operations that one socket may run at once.
    pub max_operations: usize,
    /// Sockets that one person may hold in this process.
    pub max_sockets_per_user: usize,
    /// A peer is pinged this often, and dropped when it says nothing from one ping to the next.
    pub ping_every: Duration,
    /// A peer that takes nothing for this long is left, by whatever transport.
    pub send_timeout: Duration,
    /// Messages that are read a second, with bursts of twice as many; others wait.
    pub messages_a_second: u32,
    /// The largest message that a client may send.
    pub max_message_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            init_timeout: Duration::from_secs(10),
            max_operations: 100,
            max_sockets_per_user: 50,
            ping_every: Duration::from_secs(20),
            send_timeout: Duration::from_secs(30),
            messages_a_second: 100,
            max_message_bytes: 128 * 1024,
        }
    }
}

/// Answers the handshake. Who offers several subprotocols gets the first that we speak; who offers none of
/// ours gets a socket and is then told so, by the protocol's own code.
pub(super) async fn upgrade<E: Executor, S: SignIn>(
    State(server): State<Arc<Server<E, S>>>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return no_handshake(&rejection, &headers),
    };
    let settings = &server.parts.settings;
    if !settings.allowed_origins.admits(&headers) {
        return Refusal::new(
            StatusCode::FORBIDDEN,
            Code::Forbidden,
            "pages of this origin may not connect: the operator can add it to ALLOWED_ORIGINS",
        )
        .into_response(MediaType::Json);
    }
    let dialect = preferred(&headers);
    let upgrade = upgrade
        .protocols(dialect.map(Dialect::name))
        .read_buffer_size(READ_BUFFER)
        // Every message is sent as it is written: the queue in front of the socket is the buffer.
        .write_buffer_size(0)
        .max_message_size(settings.socket.max_message_bytes)
        .max_frame_size(settings.socket.max_message_bytes);
    let open = settings.open_sockets.token();
    upgrade.on_upgrade(move |socket| async move {
        let _open = open;
        match dialect {
            Some(dialect) => Connection::new(socket, server, dialect).run().await,
            None => farewell::turn_away(socket).await,
        }
    })
}

/// Whatever speaks HTTP here is told where it would be answered.
fn no_handshake(rejection: &WebSocketUpgradeRejection, headers: &HeaderMap) -> Response {
    tracing::debug!(%rejection, "not the handshake of a websocket");
    let message = "open a websocket here, or send queries and mutations to /graphql";
    let mut response = Refusal::websockets_only(message).to(headers);
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(
        header::SEC_WEBSOCKET_VERSION,
        HeaderValue::from_static("13"),
    );
    response
}

/// 405 for another method than that of a handshake.
pub(super) async fn not_allowed(headers: HeaderMap) -> Response {
    let message = "open a websocket here by GET, or send operations to /graphql";
    Refusal::not_allowed("GET", message).to(&headers)
}

/// The first dialect that the client names, for it names them by its preference (RFC 6455, section 4.1). It
/// matters to Python's `gql`, which names the legacy one first, and takes it for agreed upon unless it reads
/// otherwise in a header spelled `Sec-WebSocket-Protocol`: ours are in lower case.
fn preferred(headers: &HeaderMap) -> Option<Dialect> {
    let offers = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
    offers
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .find_map(|name| Dialect::named(name.trim()))
}
