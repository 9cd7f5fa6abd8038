//! The words of graphql-transport-ws: what a client may say, and what the server says
//! (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>). Older clients say the same in
//! other words: see [`super::legacy`].

use async_graphql::ServerError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::close::Close;
use crate::http::operation::Answer;
use crate::http::request::document::Parameters;

pub(super) type Payload = Option<Map<String, Value>>;

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
    /// Reads a text message.
    pub(super) fn parse(text: &str) -> Result<Self, Close> {
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
