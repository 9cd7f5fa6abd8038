//! The parts that a client's message is made of, in either dialect, and what is wrong with them in words
//! for whoever wrote the client.

use serde_json::error::Category;
use serde_json::{Map, Value};

use super::close::Close;
use crate::http::request::sent::Sent;

/// Longest type that a reason repeats, in characters: a reason has to fit its frame.
const REPEATED: usize = 40;

/// A message whose type is known, with the fields that are not read yet.
pub(super) struct Fields(Sent);

impl Fields {
    /// Reads a message, and its type.
    ///
    /// # Errors
    /// 4400 when it is no JSON object with a type.
    pub(super) fn read(text: &str) -> Result<(String, Self), Close> {
        let mut sent = Sent::read(text.as_bytes()).map_err(|error| {
            Close::invalid_message(match error.classify() {
                Category::Data => "it must be a JSON object",
                Category::Eof => "its JSON ends too early",
                Category::Syntax | Category::Io => "it is not JSON",
            })
        })?;
        let kind = text_of(&mut sent, "type")?;
        Ok((kind, Self(sent)))
    }

    /// The id of an operation.
    ///
    /// # Errors
    /// 4400 when there is none, or it is no text or an empty one.
    pub(super) fn id(&mut self) -> Result<String, Close> {
        let id = text_of(&mut self.0, "id")?;
        if id.is_empty() {
            return Err(Close::invalid_message("id is empty"));
        }
        Ok(id)
    }

    /// A payload that must be there.
    ///
    /// # Errors
    /// 4400 when it is no object.
    pub(super) fn payload(&mut self) -> Result<Sent, Close> {
        match self.0.take("payload") {
            Some(Ok(payload)) => Ok(payload),
            Some(Err(_)) => Err(Close::invalid_message("payload must be an object")),
            None => Err(Close::invalid_message("payload is missing")),
        }
    }

    /// A payload that may be left out.
    ///
    /// # Errors
    /// 4400 when it is neither an object nor null.
    pub(super) fn payload_if_any(&mut self) -> Result<Map<String, Value>, Close> {
        match self.0.take("payload") {
            Some(Ok(payload)) => Ok(payload.object),
            Some(Err(Value::Null)) | None => Ok(Map::new()),
            Some(Err(_)) => Err(Close::invalid_message("payload must be an object or null")),
        }
    }
}

/// 4400 for a type that is none of the protocol's.
pub(super) fn unknown(kind: &str) -> Close {
    let kind: String = kind.chars().take(REPEATED).collect();
    Close::invalid_message(&format!("clients say nothing of the type {kind:?} here"))
}

fn text_of(sent: &mut Sent, name: &str) -> Result<String, Close> {
    match sent.object.remove(name) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(Close::invalid_message(&format!("{name} must be a string"))),
        None => Err(Close::invalid_message(&format!("{name} is missing"))),
    }
}
