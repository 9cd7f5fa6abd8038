//! What an event of the stream says, read as leniently as providers write them.

mod plain;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Deserializer, Value};

use super::events::Event;
use super::json::{self, Object};
use super::mended::mended;
use super::trouble::{self, Told};
use crate::domain::usage::Usage;

/// One thing that an event says.
#[derive(Debug, PartialEq)]
pub(super) enum Said {
    /// Part of an answer.
    Piece(Piece),
    /// The provider gave up.
    Error(Value),
    /// `[DONE]`.
    Done,
    /// A piece of the answer that cannot be read: its text is lost.
    Broken,
    /// Something that is no part of any answer.
    Stray(String),
    /// Words that may tell of an error, and may not.
    Remark(Value),
}

/// Part of an answer. Texts are in WTF-8, since a piece may end within a surrogate pair.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Piece {
    pub text: Vec<u8>,
    pub thought: Vec<u8>,
    pub refusal: Vec<u8>,
    /// The word for the end, if it is a text.
    pub reason: Option<String>,
    pub usage: Option<Usage>,
    pub error: Option<Value>,
    pub whole: Whole,
    /// `text` stands in a `message` beside a `delta`, which may be all that came before once more.
    pub is_message: bool,
}

/// Whether a piece is all there is of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Whole {
    #[default]
    No,
    /// It is if the body ends with it.
    Perhaps,
    Yes,
}

/// Everything that an event says: one thing mostly, more where events are glued together.
pub(super) fn said(event: &Event) -> Vec<Said> {
    if event.is_error {
        return leniently(event);
    }
    if event.data == b"[DONE]" {
        return vec![Said::Done];
    }
    match plain::piece(&event.data) {
        Some(piece) => vec![Said::Piece(piece)],
        None => leniently(event),
    }
}

fn leniently(event: &Event) -> Vec<Said> {
    let data = json::decoded(&event.data);
    if event.is_error {
        return vec![Said::Error(error_event(data.trim()))];
    }
    let mut all = Vec::with_capacity(1);
    let rest = read_all(data.trim(), event.is_bare, &mut all);
    if let Some(mended) = mended(rest) {
        let before = all.len();
        let left = read_all(&mended, event.is_bare, &mut all);
        // Where mending was in vain, it is told as it was.
        let left = if all.len() == before { rest } else { left };
        all.extend(unreadable(left));
    } else {
        all.extend(unreadable(rest));
    }
    all
}

/// Reads one value after the other. Answers the rest that is none.
fn read_all<'a>(data: &'a str, is_bare: bool, all: &mut Vec<Said>) -> &'a str {
    let mut rest = data;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("[DONE]") {
            all.push(Said::Done);
            rest = after.trim_start();
            continue;
        }
        let mut values = Deserializer::from_str(rest).into_iter::<&RawValue>();
        let Some(Ok(raw)) = values.next() else {
            break;
        };
        read(raw.get(), is_bare, all);
        rest = rest[values.byte_offset()..].trim_start();
        rest = rest.strip_prefix("data:").unwrap_or(rest).trim_start();
    }
    rest
}

fn stray(text: &str) -> Said {
    Said::Stray(text.to_owned())
}

/// What looks like a piece of an answer held some of its text.
fn unreadable(text: &str) -> Option<Said> {
    let is_piece = ["\"choices\"", "\"delta\"", "\"chat.completion"]
        .iter()
        .any(|part| text.contains(part));
    let said = || {
        if is_piece { Said::Broken } else { stray(text) }
    };
    (!text.is_empty()).then(said)
}

fn read(raw: &str, is_bare: bool, all: &mut Vec<Said>) {
    if let Some(object) = Object::read(raw) {
        of_object(raw, &object, is_bare, all);
    } else if let Some(items) = json::list(raw) {
        for raw in items.into_iter().map(RawValue::get) {
            if let Some(object) = Object::read(raw) {
                of_object(raw, &object, is_bare, all);
            }
        }
    } else if let Some(text) = json::text(raw) {
        let text = json::whole(&text);
        all.push(if text == "[DONE]" {
            Said::Done
        } else {
            stray(&text)
        });
    }
}

fn of_object(raw: &str, object: &Object<'_>, is_bare: bool, all: &mut Vec<Said>) {
    let choices = object.get("choices").map(choices).unwrap_or_default();
    let told = trouble::of_object(object, choices.is_empty());
    if told == Told::Surely && choices.is_empty() {
        all.push(Said::Error(json::value(raw)));
        return;
    }
    let mut piece = Piece {
        usage: object.get("usage").and_then(usage),
        error: (told == Told::Surely).then(|| json::value(raw)),
        ..Piece::default()
    };
    for choice in &choices {
        piece.take(choice);
    }
    if is_bare {
        piece.whole = whole(object, &choices);
    }
    all.push(Said::Piece(piece));
    if told == Told::Perhaps {
        all.push(Said::Remark(json::value(raw)));
    }
}

/// The choices that count: we ask for one.
fn choices(raw: &str) -> Vec<Object<'_>> {
    let all = match json::list(raw) {
        Some(list) => list
            .into_iter()
            .filter_map(|raw| Object::read(raw.get()))
            .collect(),
        None => Vec::from_iter(Object::read(raw)),
    };
    let is_first = |choice: &Object<'_>| {
        let index = choice.get("index").and_then(count);
        index.is_none_or(|index| index == 0)
    };
    all.into_iter().filter(is_first).collect()
}

/// A whole answer says so, and in another place than a part of one.
fn whole(object: &Object<'_>, choices: &[Object<'_>]) -> Whole {
    let is_message = |choice: &Object<'_>| {
        choice.object("message").is_some() && choice.object("delta").is_none()
    };
    if !choices.iter().any(is_message) {
        return Whole::No;
    }
    match object.text("object").as_deref() {
        Some("chat.completion") => Whole::Yes,
        None => Whole::Perhaps,
        Some(_) => Whole::No,
    }
}

impl Piece {
    fn take(&mut self, choice: &Object<'_>) {
        let delta = choice.object("delta");
        if let Some(delta) = &delta {
            self.take_said(delta);
        }
        let is_empty = self.text.is_empty() && self.thought.is_empty() && self.refusal.is_empty();
        if let Some(message) = choice.object("message").filter(|_| is_empty) {
            self.take_said(&message);
            self.is_message = delta.is_some();
        } else if let Some(text) = choice.get("text").filter(|_| is_empty) {
            self.take_content(text);
        }
        if let Some(reason) = choice.text("finish_reason") {
            self.reason = Some(reason);
        }
        let error = choice.get("error").map(json::value);
        let error = error.filter(|error| trouble::of_value(error) == Told::Surely);
        self.error = self.error.take().or(error);
    }

    fn take_said(&mut self, said: &Object<'_>) {
        if let Some(content) = said.get("content") {
            self.take_content(content);
        }
        let thought = ["reasoning_content", "reasoning", "thinking"]
            .into_iter()
            .filter_map(|key| json::text(said.get(key)?))
            .find(|text| !text.is_empty());
        self.thought.extend(thought.into_iter().flatten());
        let refusal = said.get("refusal").and_then(json::text);
        self.refusal.extend(refusal.into_iter().flatten());
    }

    /// Content is text, or a list of parts of which some are thoughts.
    fn take_content(&mut self, raw: &str) {
        if let Some(text) = json::text(raw) {
            self.text.extend(text);
        } else if let Some(part) = Object::read(raw) {
            self.take_part(&part);
        } else {
            for part in json::list(raw).unwrap_or_default() {
                self.take_content(part.get());
            }
        }
    }

    fn take_part(&mut self, part: &Object<'_>) {
        let kind = part.text("type").unwrap_or_default();
        let text = part.get("text").and_then(json::text);
        if matches!(kind.as_str(), "thinking" | "reasoning") {
            let thought = part.get("thinking").or_else(|| part.get("reasoning"));
            let thought = text.or_else(|| Some(parts(thought?)));
            self.thought.extend(thought.into_iter().flatten());
        } else if kind == "refusal" {
            let refusal = part.get("refusal").and_then(json::text).or(text);
            self.refusal.extend(refusal.into_iter().flatten());
        } else {
            self.text.extend(text.into_iter().flatten());
        }
    }
}

/// A text, or the texts of a list's parts.
fn parts(raw: &str) -> Vec<u8> {
    if let Some(text) = json::text(raw) {
        return text;
    }
    let parts = json::list(raw).unwrap_or_default();
    let texts = parts.into_iter().filter_map(|part| {
        let part = Object::read(part.get())?;
        json::text(part.get("text")?)
    });
    texts.flatten().collect()
}

/// An event that is called an error is one, whatever it holds.
fn error_event(data: &str) -> Value {
    json::any(data).unwrap_or_else(|| Value::String(data.to_owned()))
}

/// Counts as whole numbers, which some write as 3.0 or "3"; none where there is none that can be read.
fn usage(raw: &str) -> Option<Usage> {
    let counts = Object::read(raw)?;
    let count = |key| counts.get(key).and_then(count);
    let usage = Usage {
        prompt_tokens: count("prompt_tokens"),
        completion_tokens: count("completion_tokens"),
        total_tokens: count("total_tokens"),
    };
    (usage != Usage::default()).then_some(usage)
}

fn count(raw: &str) -> Option<i64> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Count {
        Whole(i64),
        Fraction(f64),
        Text(String),
    }
    /// Above, not every whole number has a float of its own.
    const MOST: f64 = 9_007_199_254_740_992.0;
    let number = match serde_json::from_str(raw).ok()? {
        Count::Whole(count) => return (count >= 0).then_some(count),
        Count::Fraction(number) => number,
        Count::Text(text) => text.trim().parse().ok()?,
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is whole and not that large"
    )]
    let whole = (number.fract() == 0.0 && (0.0..MOST).contains(&number)).then_some(number as i64);
    whole
}

#[cfg(test)]
mod tests;
