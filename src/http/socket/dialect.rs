//! Which words a socket speaks: those of graphql-transport-ws, or those of its older sister.

use super::close::Close;
use super::legacy;
use super::message::{ClientMessage, ServerMessage};

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
