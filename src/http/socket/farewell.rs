//! How a websocket is closed, so that the peer learns why.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use tokio::time::timeout;

use super::close::Close;

/// How long a peer may take to hear our last word, to answer our close, or to take our answer to its
/// own.
pub(super) const FAREWELL: Duration = Duration::from_secs(5);

/// Turns away a socket whose handshake agreed on no subprotocol.
pub(super) async fn turn_away(mut socket: WebSocket) {
    hang_up(&mut socket, Close::unknown_subprotocol()).await;
}

/// Says why, then waits for the peer's close, so that the reason is not lost with the connection.
pub(super) async fn hang_up(socket: &mut WebSocket, close: Close) {
    if close.refuses() {
        let reason = close.code.to_string();
        metrics::counter!("footlight_refusals_total", "reason" => reason).increment(1);
    }
    tracing::debug!(code = close.code, reason = close.reason, "websocket closed");
    let frame = CloseFrame {
        code: close.code,
        reason: close.reason.into(),
    };
    let said = timeout(FAREWELL, socket.send(Message::Close(Some(frame)))).await;
    if let Ok(Ok(())) = said {
        part(socket).await;
    }
}

/// Reads to the end, which also sends the answer to a peer's close: without it the peer takes a
/// connection that it has closed for one that broke (1006).
pub(super) async fn part(socket: &mut WebSocket) {
    let end = async { while let Some(Ok(_)) = socket.recv().await {} };
    // A peer that does not answer is left behind.
    let _ = timeout(FAREWELL, end).await;
}
