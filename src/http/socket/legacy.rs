//! The words of `graphql-ws`, the subprotocol of Apollo's retired library
//! (<https://github.com/apollographql/subscriptions-transport-ws/blob/master/PROTOCOL.md>): the same
//! conversation as graphql-transport-ws has, so that old clients meet the same rules and limits.

use async_graphql::ServerError;
use serde::Serialize;

use super::close::Close;
use super::fields::{self, Fields};
use super::message::{ClientMessage, ServerMessage};
use crate::http::operation::Answer;

/// The form of a message of ours.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said<'a> {
    ConnectionAck,
    ConnectionError {
        payload: Reason<'a>,
    },
    #[serde(rename = "ka")]
    KeepAlive,
    Data {
        id: &'a str,
        payload: &'a Answer,
    },
    /// Holds one error.
    Error {
        id: &'a str,
        payload: Option<&'a ServerError>,
    },
    Complete {
        id: &'a str,
    },
}

#[derive(Serialize)]
struct Reason<'a> {
    message: &'a str,
}

/// Reads a text message.
///
/// # Errors
/// 4400 for anything that the protocol does not know, with what is wrong as the reason.
pub(super) fn parse(text: &str) -> Result<ClientMessage, Close> {
    let (kind, mut fields) = Fields::read(text)?;
    Ok(match kind.as_str() {
        "connection_init" => ClientMessage::ConnectionInit {
            payload: fields.payload_if_any()?,
        },
        "start" => ClientMessage::subscribe(fields)?,
        "stop" => ClientMessage::Complete { id: fields.id()? },
        "connection_terminate" => ClientMessage::Terminate,
        _ => return Err(fields::unknown(&kind)),
    })
}

/// Writes a message.
pub(super) fn write(message: &ServerMessage) -> serde_json::Result<String> {
    serde_json::to_string(&match message {
        ServerMessage::ConnectionAck => Said::ConnectionAck,
        ServerMessage::Pong => Said::KeepAlive,
        ServerMessage::Next { id, payload } => Said::Data { id, payload },
        ServerMessage::Error { id, payload } => Said::Error {
            id,
            payload: payload.first(),
        },
        ServerMessage::Complete { id } => Said::Complete { id },
    })
}

/// Says why a client is not let in: this subprotocol has no codes for that.
pub(super) fn refusal(close: &Close) -> serde_json::Result<String> {
    serde_json::to_string(&Said::ConnectionError {
        payload: Reason {
            message: &close.reason,
        },
    })
}

#[cfg(test)]
mod tests {
    use async_graphql::Response;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn old_words_mean_what_the_new_ones_do() {
        for (text, is) in [
            (
                r#"{"type":"connection_init"}"#,
                (|it| matches!(it, ClientMessage::ConnectionInit { .. })) as fn(&_) -> bool,
            ),
            (
                r#"{"type":"start","id":"1","payload":{"query":"{a}"}}"#,
                |it| matches!(it, ClientMessage::Subscribe { .. }),
            ),
            (
                r#"{"type":"stop","id":"1"}"#,
                |it| matches!(it, ClientMessage::Complete { id } if id == "1"),
            ),
            (r#"{"type":"connection_terminate","id":null}"#, |it| {
                matches!(it, ClientMessage::Terminate)
            }),
        ] {
            assert!(is(&parse(text).unwrap()), "{text}");
        }
        for text in [r#"{"type":"subscribe"}"#, r#"{"type":"ping"}"#, "[]"] {
            assert_eq!(parse(text).unwrap_err().code, 4400, "{text}");
        }
    }

    #[test]
    fn our_words_are_the_old_protocol_s() {
        let id = || "1".to_owned();
        for (message, wire) in [
            (
                ServerMessage::ConnectionAck,
                json!({"type": "connection_ack"}),
            ),
            (ServerMessage::Pong, json!({"type": "ka"})),
            (
                ServerMessage::Next {
                    id: id(),
                    payload: Answer::Own(Box::new(Response::new(true))),
                },
                json!({"type": "data", "id": "1", "payload": {"data": true}}),
            ),
            (
                ServerMessage::Error {
                    id: id(),
                    payload: vec![ServerError::new("no", None)],
                },
                json!({"type": "error", "id": "1", "payload": {"message": "no"}}),
            ),
            (
                ServerMessage::Complete { id: id() },
                json!({"type": "complete", "id": "1"}),
            ),
        ] {
            let said: Value = serde_json::from_str(&write(&message).unwrap()).unwrap();
            assert_eq!(said, wire);
        }
        assert_eq!(
            refusal(&Close::forbidden()).unwrap(),
            r#"{"type":"connection_error","payload":{"message":"Forbidden"}}"#
        );
    }
}
