//! What an event of the stream says, read as leniently as providers write them.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Deserializer, Value};

use super::events::Event;
use super::json::{self, Object};
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
    let data = json::decoded(&event.data);
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
            all.push(unreadable(rest));
            break;
        };
        read(raw.get(), event.is_bare, &mut all);
        rest = rest[values.byte_offset()..].trim_start();
        rest = rest.strip_prefix("data:").unwrap_or(rest).trim_start();
    }
    all
}

fn stray(text: &str) -> Said {
    Said::Stray(text.to_owned())
}

/// What looks like a piece of an answer held some of its text.
fn unreadable(text: &str) -> Said {
    let is_piece = ["\"choices\"", "\"delta\"", "\"chat.completion"]
        .iter()
        .any(|part| text.contains(part));
    if is_piece { Said::Broken } else { stray(text) }
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
    match serde_json::from_str::<&RawValue>(data) {
        Ok(raw) => json::value(raw.get()),
        Err(_) => Value::String(data.to_owned()),
    }
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
        in_frame(data, false)
    }

    fn in_frame(data: &str, is_bare: bool) -> Vec<Said> {
        said(&Event {
            is_error: false,
            is_bare,
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
                assert_eq!(read.whole, Whole::No, "a part of a stream is no whole");
            }
        }
        for (choice, text) in [
            (
                json!({"delta": {"content": "a"}, "message": {"content": "all"}}),
                "a",
            ),
            (json!({"delta": {}, "message": {"content": "all"}}), "all"),
            (
                json!({"delta": {"content": ""}, "message": {"content": "all"}}),
                "all",
            ),
            (json!({"text": "a"}), "a"),
            (json!({"index": "0", "delta": {"content": "a"}}), "a"),
            (json!({"index": 1, "delta": {"content": "a"}}), ""),
        ] {
            for choices in [json!([choice]), choice.clone()] {
                let read = piece(&json!({ "choices": choices }));
                assert_eq!(read.text, text.as_bytes(), "{choices}");
            }
        }
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
    fn only_a_body_that_is_no_stream_holds_a_whole_answer() {
        let choices = json!([{"message": {"content": "a"}}]);
        for (object, whole) in [
            (json!("chat.completion"), Whole::Yes),
            (json!(null), Whole::Perhaps),
            (json!("chat.completion.chunk"), Whole::No),
        ] {
            let answer = json!({"object": object, "choices": choices}).to_string();
            for (is_bare, whole) in [(true, whole), (false, Whole::No)] {
                let [Said::Piece(piece)] = &in_frame(&answer, is_bare)[..] else {
                    panic!("{answer} is no piece");
                };
                assert_eq!(piece.whole, whole, "{answer}");
            }
        }
        let part = json!({"choices": [{"delta": {"content": "a"}}]}).to_string();
        let [Said::Piece(part)] = &in_frame(&part, true)[..] else {
            panic!("{part} is no piece");
        };
        assert_eq!(part.whole, Whole::No);
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
            r#""error": {"code": 0, "message": "success"}"#,
            r#""id": "\ud83d""#,
            r#""\ud83d": 1"#,
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
        ] {
            assert!(
                matches!(&all(&error.to_string())[..], [Said::Error(_)]),
                "{error}"
            );
        }
        for none in [
            json!({"type": "ping"}),
            json!({"code": 0, "message": "ok"}),
            json!({"error": null, "usage": {}}),
        ] {
            assert!(
                matches!(&all(&none.to_string())[..], [Said::Piece(_)]),
                "{none}"
            );
        }
        let queued = json!({"status": "queued", "message": "wait"});
        let said_of = all(&queued.to_string());
        assert!(matches!(&said_of[..], [Said::Piece(_), Said::Remark(words)] if *words == queued));
        let event = Event {
            is_error: true,
            is_bare: false,
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
        for words in ["waiting", "[waiting", "{waiting}", "it's \"5 o clock"] {
            assert_eq!(all(words), [Said::Stray(words.to_owned())]);
        }
        assert_eq!(all("null"), []);
    }
}
