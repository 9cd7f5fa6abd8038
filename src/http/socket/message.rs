//! The words of graphql-transport-ws: what a client may say, what the server says, and the codes
//! with which it hangs up (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>). Older
//! clients say the same in other words: see [`super::legacy`].

use async_graphql::ServerError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio_tungstenite::tungstenite::{Error, error::ProtocolError};

use super::legacy;
use crate::http::document::Parameters;
use crate::http::operation::Answer;

/// RFC 6455, section 5.5: a control frame holds 125 bytes, two of which are the code.
const MAX_REASON_BYTES: usize = 123;

pub(super) type Payload = Option<Map<String, Value>>;

/// The words in which a socket's messages are written, by the subprotocol of its handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `graphql-transport-ws`.
    Transport,
    /// `graphql-ws`, the subprotocol of Apollo's retired library.
    Legacy,
}

impl Dialect {
    /// The dialect whose subprotocol has this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Transport, Self::Legacy]
            .into_iter()
            .find(|dialect| dialect.name() == name)
    }

    /// The name of the subprotocol in a handshake.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Transport => "graphql-transport-ws",
            Self::Legacy => "graphql-ws",
        }
    }

    /// Reads a text message.
    ///
    /// # Errors
    ///
    /// 4400 for anything that the protocol does not know, with what is wrong as the reason.
    pub(super) fn read(self, text: &str) -> Result<ClientMessage, Close> {
        match self {
            Self::Transport => ClientMessage::parse(text),
            Self::Legacy => legacy::parse(text),
        }
    }

    /// Writes a message.
    ///
    /// # Errors
    ///
    /// When a result cannot be written as JSON.
    pub(super) fn write(self, message: &ServerMessage) -> serde_json::Result<String> {
        match self {
            Self::Transport => serde_json::to_string(message),
            Self::Legacy => legacy::write(message),
        }
    }

    /// What is said before the close to a client that is not let in, where the close is not enough.
    pub(super) fn refusal(self, close: &Close) -> Option<String> {
        match self {
            Self::Transport => None,
            Self::Legacy => legacy::refusal(close).ok(),
        }
    }
}

/// What a client may say.
#[derive(Debug)]
pub(super) enum ClientMessage {
    ConnectionInit {
        payload: Map<String, Value>,
    },
    Ping {
        payload: Map<String, Value>,
    },
    Pong,
    Subscribe {
        id: String,
        parameters: Box<Parameters>,
    },
    Complete {
        id: String,
    },
    /// The client leaves; only the legacy subprotocol has a word for it.
    Terminate,
}

/// The form of a message on the wire, before the parts that need a closer look get it.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Wire {
    ConnectionInit {
        payload: Payload,
    },
    Ping {
        payload: Payload,
    },
    Pong {
        #[serde(rename = "payload")]
        _payload: Payload,
    },
    Subscribe {
        id: String,
        payload: Map<String, Value>,
    },
    Complete {
        id: String,
    },
}

impl ClientMessage {
    fn parse(text: &str) -> Result<Self, Close> {
        Ok(match wire(text)? {
            Wire::ConnectionInit { payload } => Self::ConnectionInit {
                payload: payload.unwrap_or_default(),
            },
            Wire::Ping { payload } => Self::Ping {
                payload: payload.unwrap_or_default(),
            },
            Wire::Pong { .. } => Self::Pong,
            Wire::Subscribe { id, payload } => Self::subscribe(id, payload)?,
            Wire::Complete { id } => Self::Complete { id: named(id)? },
        })
    }

    /// An operation with the parameters in `payload`.
    pub(super) fn subscribe(id: String, payload: Map<String, Value>) -> Result<Self, Close> {
        let parameters = Parameters::from_object(payload).map_err(Close::invalid_message)?;
        Ok(Self::Subscribe {
            id: named(id)?,
            parameters: Box::new(parameters),
        })
    }
}

/// Reads the form of a message.
pub(super) fn wire<W: DeserializeOwned>(text: &str) -> Result<W, Close> {
    let invalid = |error: serde_json::Error| {
        let text = error.to_string();
        // What else a value is, the library says in terms of its own.
        let is_of_wrong_type = text.starts_with("invalid type");
        Close::invalid_message(if is_of_wrong_type {
            "a value is of a wrong type"
        } else {
            &text
        })
    };
    // An object first: a derived `Deserialize` takes arrays for structs.
    let object: Map<String, Value> = serde_json::from_str(text).map_err(invalid)?;
    serde_json::from_value(Value::Object(object)).map_err(invalid)
}

fn named(id: String) -> Result<String, Close> {
    if id.is_empty() {
        return Err(Close::invalid_message("the id is empty"));
    }
    Ok(id)
}

/// What the server says.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ServerMessage {
    ConnectionAck,
    Pong,
    /// A result of an operation.
    Next {
        id: String,
        payload: Answer,
    },
    /// The operation was refused; nothing else comes for it.
    Error {
        id: String,
        payload: Vec<ServerError>,
    },
    /// The operation has ended.
    Complete {
        id: String,
    },
}

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
    use async_graphql::Response;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_protocol_does_not_know_is_invalid() {
        for text in [
            "",
            "null",
            "[]",
            "{}",
            "\"ping\"",
            r#"["ping"]"#,
            r#"{"type":1}"#,
            r#"{"type":"start"}"#,
            r#"{"type":"connection_init","payload":"token"}"#,
            r#"{"type":"ping","payload":[]}"#,
            r#"{"type":"pong","payload":1}"#,
            r#"{"type":"subscribe","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":1,"payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","id":"1","payload":{}}"#,
            r#"{"type":"subscribe","id":"1","payload":["{a}",null,null,null]}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}}"#,
            r#"{"type":"complete"}"#,
        ] {
            let close = ClientMessage::parse(text).unwrap_err();
            assert_eq!(close.code, 4400, "{text}");
            assert!(close.reason.len() <= MAX_REASON_BYTES, "{text}");
        }
    }

    #[test]
    fn payloads_may_be_absent_or_null() {
        for text in [
            r#"{"type":"connection_init"}"#,
            r#"{"type":"connection_init","payload":null}"#,
            r#"{"type":"ping","payload":{"a":1}}"#,
            r#"{"type":"pong"}"#,
            r#"{"type":"complete","id":"1"}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":null}}"#,
        ] {
            assert!(ClientMessage::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_reason_fits_its_frame_and_stays_text() {
        let close = Close::id_in_use(&"é".repeat(100));
        assert!(close.reason.len() <= MAX_REASON_BYTES);
        assert!(close.reason.starts_with("Subscriber for éé"));
    }

    #[test]
    fn the_server_s_words_are_the_protocol_s() {
        let id = || "1".to_owned();
        for (message, wire) in [
            (
                ServerMessage::ConnectionAck,
                json!({"type": "connection_ack"}),
            ),
            (ServerMessage::Pong, json!({"type": "pong"})),
            (
                ServerMessage::Next {
                    id: id(),
                    payload: Answer::Own(Box::new(Response::new(true))),
                },
                json!({"type": "next", "id": "1", "payload": {"data": true}}),
            ),
            (
                ServerMessage::Error {
                    id: id(),
                    payload: vec![ServerError::new("no", None)],
                },
                json!({"type": "error", "id": "1", "payload": [{"message": "no"}]}),
            ),
            (
                ServerMessage::Complete { id: id() },
                json!({"type": "complete", "id": "1"}),
            ),
        ] {
            assert_eq!(serde_json::to_value(&message).unwrap(), wire);
        }
    }
}
