//! The turns between a stage's system message and its prompt: `messages`. Examples of questions and answers,
//! and what was said before.

use serde::Serialize;
use serde_json::{Map, Value};

use super::key::Keys;
use super::limit;
use super::nearest::hint;
use super::output::excerpt;
use super::source::{Found, Places, SourcePath};
use super::template::MAX_BYTES;
use crate::error;

/// The field of a stage's turns.
pub const MESSAGES: &str = "messages";
/// Most turns, as a stage says them and as they are sent.
pub const MOST: usize = 100;

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    User,
    Assistant,
}

/// A turn as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Turn {
    pub role: Role,
    pub content: String,
}

/// What a stage says of its turns, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// One turn, whose content is a template.
    Turn { role: Role, content: &'a str },
    /// A list of turns that is at this path.
    From(&'a str),
}

/// Reads `[{"role": "user", "content": "…"}, {"from": "inputs.history"}, …]`; nothing and null are no turns.
///
/// # Errors
/// The place at fault in the API's names, `messages[2].role`, and what is wrong with it.
pub fn parse(messages: Option<&Value>) -> Result<Vec<Part<'_>>, (String, String)> {
    let parts = match messages {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(parts)) => parts,
        Some(_) => {
            let message =
                "must be a list of turns, like [{\"role\": \"user\", \"content\": \"…\"}]";
            return Err((MESSAGES.to_owned(), message.to_owned()));
        }
    };
    if parts.len() > MOST {
        let message = format!("has {} turns, of at most {MOST}", parts.len());
        return Err((MESSAGES.to_owned(), message));
    }
    let part = |(index, part)| {
        Part::read(part).map_err(|(key, message)| match key {
            "" => (format!("{MESSAGES}[{index}]"), message),
            key => (format!("{MESSAGES}[{index}].{key}"), message),
        })
    };
    parts.iter().enumerate().map(part).collect()
}

/// The field of the content of a turn.
#[must_use]
pub fn content_field(index: usize) -> String {
    format!("{MESSAGES}[{index}].content")
}

/// The field of where turns are taken from.
#[must_use]
pub fn from_field(index: usize) -> String {
    format!("{MESSAGES}[{index}].from")
}

/// A stage's turns as they are saved: no longer than prompts may be, and cleaned. What was not changed
/// `before` is not refused.
///
/// # Errors
/// `LimitExceeded` naming the field and the limit. What is no list of turns is for [`parse`] to refuse.
pub fn cleaned(
    messages: Option<Value>,
    before: Option<&Option<Value>>,
) -> error::Result<Option<Value>> {
    let messages = messages.filter(|messages| !messages.is_null());
    if before.is_some_and(|before| *before == messages) {
        return Ok(messages);
    }
    let Some(messages) = messages else {
        return Ok(None);
    };
    if let Value::Array(parts) = &messages {
        limit::items(MESSAGES, parts, MOST)?;
        for (index, part) in parts.iter().enumerate() {
            if let Some(Value::String(content)) = part.get("content") {
                limit::fits_prompt(&content_field(index), content)?;
            }
        }
    }
    limit::json(MESSAGES, messages).map(Some)
}

/// The turns that a stage's parts come to, of which those with nothing but blanks are left out. `content` renders
/// the template of the part at an index.
///
/// # Errors
/// Which part comes to nothing, to too many turns, or to too much text.
pub fn expand(
    parts: &[Part<'_>],
    content: impl Fn(usize) -> Result<String, String>,
    (keys, places): (&Keys<'_>, &Places<'_>),
) -> Result<Vec<Turn>, String> {
    let (mut turns, mut size) = (Vec::new(), 0);
    for (index, part) in parts.iter().enumerate() {
        let at = |message: String| format!("{MESSAGES}[{index}]: {message}");
        let before = turns.len();
        match part {
            Part::Turn { role, .. } => turns.push(Turn {
                role: *role,
                content: content(index).map_err(at)?,
            }),
            Part::From(path) => {
                let source = SourcePath::parse(path, keys).map_err(at)?;
                let found = places.find(&source).map(Found::to_value);
                let fault = || at(format!("the path {path} {}", places.fault(&source)));
                let found = found.ok_or_else(fault)?;
                let list = given(&found).map_err(|why| at(format!("{path} {why}")))?;
                turns.extend(list);
            }
        }
        if turns.len() > MOST {
            return Err(at(format!(
                "the turns are too many: {} and more to come, of at most {MOST}",
                turns.len()
            )));
        }
        size += turns[before..]
            .iter()
            .map(|it| it.content.len())
            .sum::<usize>();
        if size > MAX_BYTES {
            let most = MAX_BYTES / (1024 * 1024);
            return Err(at(format!("the turns would be longer than {most} MiB")));
        }
    }
    turns.retain(|turn| !turn.content.trim().is_empty());
    Ok(turns)
}

/// The turns in a value that is a list of such: `[{"role": "user", "content": "…"}, …]`. What they have beside
/// that is not looked at.
///
/// # Errors
/// Why it is no such list.
pub fn given(value: &Value) -> Result<Vec<Turn>, String> {
    let refused = |what: &str| {
        format!(
            "{what}: a list of turns is wanted, each with \"role\", \"user\" or \"assistant\", and \"content\", a text"
        )
    };
    let list = value.as_array().ok_or_else(|| refused("is no list"))?;
    if list.len() > MOST {
        return Err(format!("has {} turns, of at most {MOST}", list.len()));
    }
    let turn = |(index, turn): (usize, &Value)| {
        let role = turn.get("role").and_then(Value::as_str);
        let content = turn.get("content").and_then(Value::as_str);
        match (role.and_then(|role| Role::read(role).ok()), content) {
            (Some(role), Some(content)) => Ok(Turn {
                role,
                content: content.to_owned(),
            }),
            _ => Err(refused(&format!("has no turn at {index}"))),
        }
    };
    list.iter().enumerate().map(turn).collect()
}

impl<'a> Part<'a> {
    fn read(part: &'a Value) -> Result<Self, (&'static str, String)> {
        let Value::Object(fields) = part else {
            let message = "must be {\"role\", \"content\"} or {\"from\"}".to_owned();
            return Err(("", message));
        };
        if let Some(path) = fields.get("from") {
            only(fields, &["from"])?;
            let path = path.as_str().map(Self::From);
            return path.ok_or_else(|| ("from", "must be a source path".to_owned()));
        }
        only(fields, &["role", "content", "from"])?;
        let text = |key: &'static str, what: &str| {
            let text = fields.get(key).and_then(Value::as_str);
            text.ok_or_else(|| (key, what.to_owned()))
        };
        let role = text("role", "is missing: say \"user\" or \"assistant\"")?;
        Ok(Self::Turn {
            role: Role::read(role).map_err(|message| ("role", message))?,
            content: text("content", "must be a template, a text")?,
        })
    }
}

impl Role {
    fn read(word: &str) -> Result<Self, String> {
        match word {
            "user" => Ok(Self::User),
            "assistant" => Ok(Self::Assistant),
            "system" | "developer" => Err(format!(
                "\"{word}\" is none: the system message is the stage's systemTemplate"
            )),
            other => {
                let hint = hint(other, ["user", "assistant"]);
                let other = excerpt(other, 100);
                Err(format!(
                    "\"{other}\" is none: say \"user\" or \"assistant\"{hint}"
                ))
            }
        }
    }
}

/// Refuses what a part says beside these.
fn only(fields: &Map<String, Value>, keys: &[&str]) -> Result<(), (&'static str, String)> {
    let odd = fields.keys().find(|key| !keys.contains(&key.as_str()));
    match odd {
        None => Ok(()),
        Some(key) => {
            let hint = hint(key, keys.iter().copied());
            let (key, keys) = (excerpt(key, 100), keys.join(", "));
            let message = format!("has \"{key}\", which says nothing beside {keys}{hint}");
            Err(("", message))
        }
    }
}
