//! The words of graphql-transport-ws: what a client may say, and what the server says
//! (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>). Older clients say the same in
//! other words: see [`super::legacy`].

use async_graphql::ServerError;
use serde::Serialize;
use serde_json::{Map, Value};

use super::close::Close;
use super::fields::{self, Fields};
use crate::http::operation::Answer;
use crate::http::request::document::Parameters;

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

impl ClientMessage {
    /// Reads a text message.
    ///
    /// # Errors
    /// 4400 for anything that the protocol does not know, with what is wrong as the reason.
    pub(super) fn parse(text: &str) -> Result<Self, Close> {
        let (kind, mut fields) = Fields::read(text)?;
        Ok(match kind.as_str() {
            "connection_init" => Self::ConnectionInit {
                payload: fields.payload_if_any()?,
            },
            "ping" => Self::Ping {
                payload: fields.payload_if_any()?,
            },
            "pong" => {
                fields.payload_if_any()?;
                Self::Pong
            }
            "subscribe" => Self::subscribe(fields)?,
            "complete" => Self::Complete { id: fields.id()? },
            _ => return Err(fields::unknown(&kind)),
        })
    }

    /// An operation, with its parameters in the payload.
    ///
    /// # Errors
    /// 4400 for parameters of wrong types.
    pub(super) fn subscribe(mut fields: Fields) -> Result<Self, Close> {
        let id = fields.id()?;
        let parameters = Parameters::of(fields.payload()?);
        Ok(Self::Subscribe {
            id,
            parameters: Box::new(parameters.map_err(Close::invalid_message)?),
        })
    }
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
    fn what_the_protocol_does_not_know_is_invalid_in_words_of_ours() {
        for (text, reason) in [
            ("", "its JSON ends too early"),
            ("{\"type\":", "its JSON ends too early"),
            ("{type}", "it is not JSON"),
            ("{} {}", "it is not JSON"),
            ("null", "it must be a JSON object"),
            ("[]", "it must be a JSON object"),
            ("\"ping\"", "it must be a JSON object"),
            (r#"["ping"]"#, "it must be a JSON object"),
            ("{}", "type is missing"),
            (r#"{"type":1}"#, "type must be a string"),
            (
                r#"{"type":"start"}"#,
                "clients say nothing of the type \"start\" here",
            ),
            (
                r#"{"type":"connection_init","payload":"token"}"#,
                "payload must be an object or null",
            ),
            (
                r#"{"type":"ping","payload":[]}"#,
                "payload must be an object or null",
            ),
            (
                r#"{"type":"pong","payload":1}"#,
                "payload must be an object or null",
            ),
            (
                r#"{"type":"subscribe","payload":{"query":"{a}"}}"#,
                "id is missing",
            ),
            (
                r#"{"type":"subscribe","id":1,"payload":{"query":"{a}"}}"#,
                "id must be a string",
            ),
            (
                r#"{"type":"subscribe","id":"","payload":{"query":"{a}"}}"#,
                "id is empty",
            ),
            (r#"{"type":"subscribe","id":"1"}"#, "payload is missing"),
            (
                r#"{"type":"subscribe","id":"1","payload":{}}"#,
                "query is missing",
            ),
            (
                r#"{"type":"subscribe","id":"1","payload":["{a}",null,null,null]}"#,
                "payload must be an object",
            ),
            (
                r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}}"#,
                "variables must be an object or null",
            ),
            (r#"{"type":"complete"}"#, "id is missing"),
        ] {
            let close = ClientMessage::parse(text).unwrap_err();
            let expected = format!("Invalid message: {reason}");
            assert_eq!((close.code, close.reason), (4400, expected), "{text}");
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
