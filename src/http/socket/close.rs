//! Why the server hangs up: the codes of graphql-transport-ws
//! (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>), those of RFC 6455, and one of
//! our own.

use tokio_tungstenite::tungstenite::{Error, error::ProtocolError};

/// RFC 6455, section 5.5: a control frame holds 125 bytes, two of which are the code.
const MAX_REASON_BYTES: usize = 123;

/// Why the server hangs up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Close {
    pub code: u16,
    pub reason: String,
}

impl Close {
    fn new(code: u16, reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        reason.truncate(reason.floor_char_boundary(MAX_REASON_BYTES));
        Self { code, reason }
    }

    /// What the peer did wrong on the websocket itself, by RFC 6455, section 7.4.1; none when the
    /// connection broke.
    pub(super) fn of_error(error: &axum::Error) -> Option<Self> {
        let source = std::error::Error::source(error)?;
        match source.downcast_ref::<Error>()? {
            Error::Capacity(_) => Some(Self::new(1009, "Message too big")),
            Error::Utf8(_) => Some(Self::new(1007, "Text that is not UTF-8")),
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
            Error::Protocol(_) => Some(Self::new(1002, "Frame that breaks the protocol")),
            _ => None,
        }
    }

    /// Whether the client is refused something: not where it leaves, or will be served by another process.
    pub(super) const fn refuses(&self) -> bool {
        !matches!(self.code, 1000 | 1012)
    }

    pub(super) fn restart() -> Self {
        Self::new(1012, "Service restart")
    }

    /// Clients of graphql-transport-ws come back after a while on this code.
    pub(super) fn too_many_sockets(limit: usize) -> Self {
        Self::new(
            1013,
            format!("Too many sockets: at most {limit} a user on this server"),
        )
    }

    /// Clients of graphql-transport-ws come back on this code, which is our own.
    pub(super) fn too_slow(seq: i64) -> Self {
        Self::new(4290, format!("Too slow: the last event sent was {seq}"))
    }

    /// The client said that it leaves.
    pub(super) fn normal() -> Self {
        Self::new(1000, "Goodbye")
    }

    pub(super) fn internal() -> Self {
        Self::new(1011, "Internal server error")
    }

    pub(super) fn invalid_message(detail: &str) -> Self {
        Self::new(4400, format!("Invalid message: {detail}"))
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(4401, "Unauthorized")
    }

    pub(super) fn forbidden() -> Self {
        Self::new(4403, "Forbidden")
    }

    pub(super) fn unknown_subprotocol() -> Self {
        Self::new(4406, "Subprotocol not acceptable")
    }

    pub(super) fn init_timeout() -> Self {
        Self::new(4408, "Connection initialisation timeout")
    }

    pub(super) fn id_in_use(id: &str) -> Self {
        Self::new(4409, format!("Subscriber for {id} already exists"))
    }

    pub(super) fn second_init() -> Self {
        Self::new(4429, "Too many initialisation requests")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_fits_its_frame_and_stays_text() {
        let close = Close::id_in_use(&"é".repeat(100));
        assert!(close.reason.len() <= MAX_REASON_BYTES);
        assert!(close.reason.starts_with("Subscriber for éé"));
    }
}
