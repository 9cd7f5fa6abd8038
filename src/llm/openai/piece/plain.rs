//! Pieces as nearly every provider writes them, read in one go: what takes everything reads a text once for each
//! level of it, which costs several times as much.
//!
//! Whatever looks any different is no plain piece. What is one means the same to both readers (`tests`).

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::Piece;
use crate::domain::usage::Usage;

/// The piece that the text is, if it is a plain one.
pub(super) fn piece(data: &[u8]) -> Option<Piece> {
    let data = str::from_utf8(data).ok()?;
    let Fields(Chunk {
        choices,
        usage,
        error: None,
        errors: None,
    }) = serde_json::from_str(data).ok()?;
    let usage = usage.map(|Fields(counts)| Usage::from(counts));
    let mut piece = Piece {
        usage: usage.filter(|usage| *usage != Usage::default()),
        ..Piece::default()
    };
    for Fields(choice) in choices {
        piece.take_plain(choice)?;
    }
    Some(piece)
}

/// What has no name here is passed over.
#[derive(Deserialize)]
struct Chunk {
    choices: Vec<Fields<Choice>>,
    usage: Option<Fields<Counts>>,
    error: Option<Nothing>,
    errors: Option<Nothing>,
}

#[derive(Deserialize)]
struct Counts {
    #[serde(rename = "prompt_tokens")]
    prompt: Option<u32>,
    #[serde(rename = "completion_tokens")]
    completion: Option<u32>,
    #[serde(rename = "total_tokens")]
    total: Option<u32>,
}

#[derive(Deserialize)]
struct Choice {
    index: Option<u32>,
    delta: Option<Fields<Delta>>,
    finish_reason: Option<String>,
    message: Option<Nothing>,
    text: Option<Nothing>,
    error: Option<Nothing>,
}

#[derive(Deserialize)]
struct Delta {
    content: Option<String>,
    reasoning_content: Option<String>,
    reasoning: Option<String>,
    thinking: Option<String>,
    refusal: Option<String>,
}

/// No value is one: what stands here is null, if anything.
#[derive(Deserialize)]
enum Nothing {}

impl Piece {
    /// Takes a choice, unless it is another than the one that we asked for.
    fn take_plain(&mut self, choice: Choice) -> Option<()> {
        let Choice {
            index: None | Some(0),
            delta,
            finish_reason,
            message: None,
            text: None,
            error: None,
        } = choice
        else {
            return None;
        };
        if let Some(Fields(delta)) = delta {
            append(&mut self.text, delta.content);
            let thoughts = [delta.reasoning_content, delta.reasoning, delta.thinking];
            let thought = thoughts.into_iter().flatten().find(|text| !text.is_empty());
            append(&mut self.thought, thought);
            append(&mut self.refusal, delta.refusal);
        }
        self.reason = finish_reason.or(self.reason.take());
        Some(())
    }
}

impl From<Counts> for Usage {
    fn from(counts: Counts) -> Self {
        Self {
            prompt_tokens: counts.prompt.map(i64::from),
            completion_tokens: counts.completion.map(i64::from),
            total_tokens: counts.total.map(i64::from),
        }
    }
}

fn append(all: &mut Vec<u8>, text: Option<String>) {
    match text {
        Some(text) if all.is_empty() => *all = text.into_bytes(),
        Some(text) => all.extend_from_slice(text.as_bytes()),
        None => {}
    }
}

/// An object: `serde` would take a list for one as well.
struct Fields<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Fields<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
            type Value = Fields<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Fields<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Fields)
            }
        }
        deserializer.deserialize_map(Object(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::{select, subsequence};
    use proptest::test_runner::{Config, TestRunner};

    use super::super::{Said, leniently};
    use super::*;
    use crate::llm::openai::events::Event;

    const CHUNKS: u32 = 5000;

    #[test]
    fn a_plain_piece_means_the_same_to_both_readers() {
        let config = Config {
            cases: CHUNKS,
            failure_persistence: None,
            ..Config::default()
        };
        let plain = Cell::new(0);
        let found = TestRunner::new(config).run(&chunk(), |chunk| {
            if let Some(piece) = piece(chunk.as_bytes()) {
                plain.set(plain.get() + 1);
                let event = Event {
                    is_error: false,
                    is_bare: false,
                    data: chunk.clone().into_bytes(),
                };
                prop_assert_eq!(leniently(&event), [Said::Piece(piece)], "{}", chunk);
            }
            Ok(())
        });
        if let Err(failure) = found {
            panic!("{failure}");
        }
        let some = CHUNKS / 10..CHUNKS * 9 / 10;
        assert!(some.contains(&plain.get()), "{plain:?} of them are plain");
    }

    /// A chunk of which much is as it should be.
    fn chunk() -> impl Strategy<Value = String> {
        let texts = || one_of(r#""a""#, TEXTS);
        let nothing = || one_of("null", OTHERS);
        let counts = || one_of("3", COUNTS);
        let delta = object([
            ("content", texts()),
            ("content", texts()),
            ("reasoning_content", texts()),
            ("reasoning", texts()),
            ("thinking", texts()),
            ("refusal", texts()),
            ("role", texts()),
        ]);
        let choice = object([
            ("delta", delta),
            ("index", one_of("0", COUNTS)),
            ("finish_reason", texts()),
            ("message", nothing()),
            ("text", nothing()),
            ("error", nothing()),
            ("logprobs", nothing()),
        ]);
        let usage = object([
            ("prompt_tokens", counts()),
            ("completion_tokens", counts()),
            ("total_tokens", counts()),
            ("details", nothing()),
        ]);
        let choices = vec(choice, 0..3).prop_map(|all| format!("[{}]", all.join(", ")));
        object([
            ("choices", choices.boxed()),
            ("usage", usage),
            ("error", nothing()),
            ("errors", nothing()),
            ("id", texts()),
            ("created", counts()),
        ])
    }

    const TEXTS: &[&str] = &[
        r#""""#,
        r#""\ud83d\ude00\n""#,
        r#""\ud83d""#,
        "\"\u{1}\"",
        "null",
        "1",
        r#"[{"text": "a"}]"#,
    ];
    const COUNTS: &[&str] = &[
        "0",
        "3.0",
        r#""3""#,
        "-1",
        "1e999",
        "9007199254740993",
        "null",
    ];
    const OTHERS: &[&str] = &[
        "{}",
        "[]",
        r#"["a", 0]"#,
        r#"{"code": 5}"#,
        r#""a""#,
        "false",
        "0",
    ];

    fn one_of(mostly: &'static str, others: &'static [&'static str]) -> BoxedStrategy<String> {
        let any = prop_oneof![9 => Just(mostly), 1 => select(others)];
        any.prop_map(str::to_owned).boxed()
    }

    /// An object with some of the fields, or something else.
    fn object<const N: usize>(
        fields: [(&'static str, BoxedStrategy<String>); N],
    ) -> BoxedStrategy<String> {
        let fields =
            fields.map(|(name, value)| value.prop_map(move |value| format!("\"{name}\": {value}")));
        let some = subsequence(fields.to_vec(), 1..=N).prop_flat_map(|fields| fields);
        let written = some.prop_map(|fields| format!("{{{}}}", fields.join(", ")));
        prop_oneof![19 => written, 1 => select(OTHERS).prop_map(str::to_owned)].boxed()
    }
}
