//! What an event of the stream says, read as leniently as providers write them.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Deserializer, Value};

use super::events::Event;
use super::json::{self, Object};
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
    /// JSON that broke off: whatever it held is lost.
    Broken,
    /// Something that is no part of any answer.
    Stray(String),
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
    /// A whole answer in one object, not a part of one.
    pub is_whole: bool,
}

/// Everything that an event says: one thing mostly, more where events are glued together.
pub(super) fn said(event: &Event) -> Vec<Said> {
    let data = String::from_utf8_lossy(&event.data);
    if event.is_error {
        return vec![Said::Error(error_event(data.trim()))];
    }
    let mut all = Vec::with_capacity(1);
    let mut rest = data.trim();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("[DONE]") {
            all.push(Said::Done);
            rest = after.trim_start();
            continue;
        }
        let mut values = Deserializer::from_str(rest).into_iter::<&RawValue>();
        let Some(Ok(raw)) = values.next() else {
            let is_json = rest.starts_with(['{', '[']);
            all.push(if is_json { Said::Broken } else { stray(rest) });
            break;
        };
        read(raw.get(), &mut all);
        rest = rest[values.byte_offset()..].trim_start();
        rest = rest.strip_prefix("data:").unwrap_or(rest).trim_start();
    }
    all
}

fn stray(text: &str) -> Said {
    Said::Stray(text.to_owned())
}

fn read(raw: &str, all: &mut Vec<Said>) {
    if let Some(object) = Object::read(raw) {
        all.push(of_object(raw, &object));
    } else if let Some(items) = json::list(raw) {
        let objects = items.into_iter().map(RawValue::get);
        all.extend(objects.filter_map(|raw| Some(of_object(raw, &Object::read(raw)?))));
    } else if let Some(text) = json::text(raw) {
        let text = json::whole(&text);
        all.push(if text == "[DONE]" {
            Said::Done
        } else {
            stray(&text)
        });
    }
}

fn of_object(raw: &str, object: &Object<'_>) -> Said {
    let choices = object.get("choices").and_then(json::list);
    let error = object.get("error").or_else(|| object.get("errors"));
    let error = error.map(json::value).filter(is_something);
    if choices.as_ref().is_none_or(Vec::is_empty) {
        if error.is_some() {
            return Said::Error(json::value(raw));
        }
        if object.get("choices").is_none() && is_flat_error(object) {
            return Said::Error(json::value(raw));
        }
    }
    let mut piece = Piece {
        usage: object.get("usage").and_then(usage),
        error: error.map(|_| json::value(raw)),
        ..Piece::default()
    };
    let choices = choices.unwrap_or_default();
    let mut choices = choices
        .into_iter()
        .filter_map(|raw| Object::read(raw.get()));
    if let Some(choice) = choices.next() {
        piece.take(&choice);
        let is_same = |other: &Object<'_>| other.get("index") == choice.get("index");
        choices.filter(is_same).for_each(|more| piece.take(&more));
        // A whole answer says so, and in another place than a part of one.
        let named = object.text("object");
        piece.is_whole &= named.is_none_or(|name| name == "chat.completion");
    }
    Said::Piece(piece)
}

impl Piece {
    fn take(&mut self, choice: &Object<'_>) {
        let delta = choice.object("delta");
        self.is_whole |= delta.is_none();
        if let Some(said) = delta.or_else(|| choice.object("message")) {
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
        } else {
            self.is_whole = false;
        }
        if let Some(reason) = choice.text("finish_reason") {
            self.reason = Some(reason);
        }
        let error = choice.get("error").map(json::value).filter(is_something);
        self.error = self.error.take().or(error);
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
    match serde_json::from_str::<&RawValue>(data) {
        Ok(raw) => json::value(raw.get()),
        Err(_) => Value::String(data.to_owned()),
    }
}

/// Null, false, 0 and empty texts, lists and objects tell of no error.
fn is_something(error: &Value) -> bool {
    match error {
        Value::Null => false,
        Value::Bool(is) => *is,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

/// An object without any choices that says what went wrong, and gives it a code or a type.
fn is_flat_error(object: &Object<'_>) -> bool {
    let has_words = ["message", "msg", "detail"]
        .into_iter()
        .any(|key| object.get(key).is_some());
    let code = object.get("code").map(json::value);
    let has_code = code.is_some_and(|code| match code {
        Value::Number(code) => code.as_i64().is_none_or(|code| code >= 400),
        Value::String(code) => !code.is_empty() && !code.starts_with(['0', '1', '2']),
        _ => false,
    });
    let kind = object.text("type").or_else(|| object.text("object"));
    let has_kind = kind.is_some_and(|kind| {
        !matches!(
            kind.to_ascii_lowercase().as_str(),
            "ping" | "info" | "status" | "progress" | "heartbeat" | "warning"
        )
    });
    has_words && (has_code || has_kind || object.get("status").is_some())
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
mod tests {
    use serde_json::json;

    use super::*;

    fn all(data: &str) -> Vec<Said> {
        said(&Event {
            is_error: false,
            data: data.as_bytes().to_owned(),
        })
    }

    fn piece(value: &Value) -> Piece {
        match all(&value.to_string()).remove(0) {
            Said::Piece(piece) => piece,
            other => panic!("{value} is {other:?}"),
        }
    }

    #[test]
    fn text_and_thoughts_are_found_in_every_form() {
        for (delta, text, thought) in [
            (json!({"content": "a"}), "a", ""),
            (json!({"content": null, "role": "assistant"}), "", ""),
            (json!({"content": 1, "reasoning": {}}), "", ""),
            (json!({"reasoning_content": "b", "reasoning": "b"}), "", "b"),
            (json!({"reasoning_content": "", "reasoning": "c"}), "", "c"),
            (
                json!({"content": [{"type": "text", "text": "a"}, {"text": "b"}]}),
                "ab",
                "",
            ),
            (
                json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "t"}]}, "a"]}),
                "a",
                "t",
            ),
            (json!({"content": {"type": "text", "text": "a"}}), "a", ""),
        ] {
            for place in ["delta", "message"] {
                let read = piece(&json!({"choices": [{"index": 0, place: delta}]}));
                assert_eq!(read.text, text.as_bytes(), "{delta}");
                assert_eq!(read.thought, thought.as_bytes(), "{delta}");
                assert_eq!(read.is_whole, place == "message");
            }
        }
        let both = json!({"delta": {"content": "a"}, "message": {"content": "all"}});
        assert_eq!(piece(&json!({"choices": [both]})).text, b"a");
        let part = json!({"object": "chat.completion.chunk", "choices": [{"message": {}}]});
        assert!(!piece(&part).is_whole);
        let other = json!({"choices": [
            {"index": 0, "delta": {"content": "a"}}, {"index": 1, "delta": {"content": "x"}},
            {"index": 0, "finish_reason": "stop"},
        ]});
        let other = piece(&other);
        assert_eq!(
            (other.text, other.reason.unwrap()),
            (b"a".to_vec(), "stop".to_owned())
        );
    }

    #[test]
    fn what_stands_beside_the_text_costs_nothing() {
        for beside in [
            r#""usage": [1]"#,
            r#""usage": "none""#,
            r#""usage": {"prompt_tokens": 1e999}"#,
            r#""error": null"#,
            r#""error": false"#,
            r#""error": {}"#,
            r#""id": "\ud83d""#,
        ] {
            let choice = r#"{"delta": {"content": "a", "refusal": false}, "finish_reason": 0}"#;
            let said = all(&format!(r#"{{"choices": [{choice}], {beside}}}"#));
            let text = b"a".to_vec();
            let expected = Piece {
                text,
                ..Piece::default()
            };
            assert_eq!(said, [Said::Piece(expected)], "{beside}");
        }
    }

    #[test]
    fn tokens_are_counted_in_whatever_way_they_are_written() {
        for (written, count) in [
            (json!(3), Some(3)),
            (json!(3.0), Some(3)),
            (json!("3"), Some(3)),
            (json!(3.5), None),
            (json!(-1), None),
            (json!(1e300), None),
            (json!("many"), None),
            (json!([3]), None),
        ] {
            let usage = piece(&json!({"choices": [], "usage": {"prompt_tokens": written}})).usage;
            let expected = count.map(|count| Usage {
                prompt_tokens: Some(count),
                ..Usage::default()
            });
            assert_eq!(usage, expected, "{written}");
        }
    }

    #[test]
    fn errors_are_told_from_pieces_in_every_form() {
        for error in [
            json!({"error": {"message": "no"}}),
            json!({"error": "no", "choices": []}),
            json!({"code": 429, "message": "no", "type": "rate_limit"}),
            json!({"code": "500", "message": "no"}),
            json!({"object": "error", "message": "no"}),
            json!({"type": "error", "error": {"message": "no"}}),
        ] {
            assert!(
                matches!(&all(&error.to_string())[..], [Said::Error(_)]),
                "{error}"
            );
        }
        for none in [
            json!({"type": "ping"}),
            json!({"type": "info", "message": "loading"}),
            json!({"code": 0, "message": "ok"}),
            json!({"error": null, "usage": {}}),
        ] {
            assert!(
                matches!(&all(&none.to_string())[..], [Said::Piece(_)]),
                "{none}"
            );
        }
        let event = Event {
            is_error: true,
            data: b"no".to_vec(),
        };
        assert_eq!(said(&event), [Said::Error(json!("no"))]);
        let beside = piece(&json!({"choices": [{"finish_reason": "error", "error": {"code": 5}}]}));
        assert_eq!(beside.error, Some(json!({"code": 5})));
    }

    #[test]
    fn events_that_are_glued_together_are_told_apart() {
        let said = all(r#"{"choices":[]}{"choices":[]} data: {"choices":[]}[DONE]"#);
        assert_eq!(said.len(), 4);
        assert_eq!(said[3], Said::Done);
        assert_eq!(all("\"[DONE]\""), [Said::Done]);
        assert_eq!(all(r#"{"choices": [{"#), [Said::Broken]);
        assert_eq!(all("waiting"), [Said::Stray("waiting".to_owned())]);
        assert_eq!(all("null"), []);
    }
}
