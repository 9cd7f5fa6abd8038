//! Bodies of every shape, and what must come of each. `tests/it` sends some of them over the network.

mod bytes;
mod model;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use self::bytes::{cut, has_data, kept, written};
use self::model::Model;

/// What a provider sends, and when.
#[derive(Clone, Debug)]
pub struct Shape {
    steps: Vec<(Step, Frame)>,
    close: Close,
}

#[derive(Clone, Debug)]
enum Step {
    Piece {
        /// In UTF-16, so that a piece may end within a surrogate pair. U+DC80 to U+DCFF are bytes: it
        /// may end within a character.
        text: Vec<u16>,
        word: Word,
        form: Form,
        beside: &'static str,
    },
    /// A whole answer in one object.
    Whole {
        text: Vec<u16>,
        word: Word,
    },
    Counts,
    Done,
    Error(&'static str),
    /// A piece that broke off, and an empty line behind it.
    Damaged,
    /// Something that says nothing.
    Noise(&'static str),
    Pause(u64),
}

/// A piece, without what is between: its text, its word for the end, and what stands beside.
type Form = [&'static str; 3];

/// A `finish_reason`.
#[derive(Clone, Copy, Debug)]
enum Word {
    Nothing(&'static str),
    End(&'static str),
    Broken(&'static str),
}

#[derive(Clone, Debug)]
struct Frame {
    before: &'static str,
    line: &'static str,
    /// Whether an empty line follows where one may be missing.
    is_closed: bool,
    /// How a line break in a text is written.
    in_text: &'static str,
}

/// A line break that is escaped, one that is not, and one with the field behind it.
const BREAKS: [&str; 3] = ["\\u000a", "\n", "\ndata: "];

/// How a body ends.
#[derive(Clone, Copy, Debug)]
enum Close {
    Properly,
    /// The connection is lost, this part of the last step being missing.
    Lost(f64),
    Never,
}

/// What must come of a body.
#[derive(Debug, PartialEq, Eq)]
pub enum Expected {
    Answer(String),
    Nothing,
    /// It is waited for until somebody has had enough.
    Waiting,
}

/// What a body does.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    Bytes(Vec<u8>),
    Pause(u64),
    Lose,
    /// Says nothing more, and does not end.
    Stay,
}

const FORMS: &[Form] = &[
    [r#"{"choices": [{"delta": {"content": "#, "}", "}]"],
    [r#"{"choices": [{"message": {"content": "#, "}", "}]"],
    [
        r#"{"object": "chat.completion", "choices": [{"message": {"content": "#,
        "}",
        "}]",
    ],
    [
        r#"{"choices": {"index": 0, "delta": {"content": "#,
        "}",
        "}",
    ],
    [r#"{"choices": [{"text": "#, "", "}]"],
    [
        r#"{"choices": [{"index": 1, "delta": {"content": "x"}}, {"index": 0, "delta": {"content": "#,
        "}",
        "}]",
    ],
];
const COUNTS: &str = r#""usage": {"prompt_tokens": 3.0}"#;
const BESIDE: &[&str] = &[
    r#""id": 1"#,
    r#""id": "\ud83d""#,
    COUNTS,
    r#""usage": [1]"#,
    r#""usage": "3""#,
    r#""usage": 1e999"#,
    r#""error": null"#,
    r#""error": {}"#,
    r#""error": false"#,
    r#""error": {"code": 0, "message": "success"}"#,
    r#""\ud83d": 1"#,
    r#""logprobs": NaN"#,
    r#""a": [-Infinity, {"b":Infinity , "c": "NaN"}]"#,
    "\"id\": \"\u{1}\t\"",
];
const ERRORS: &[&str] = &[
    r#"data: {"error": {"message": "no", "code": 500}}"#,
    r#"data: {"error": "no"}"#,
    r#"data: {"code": "429", "message": "no", "type": "rate_limit"}"#,
    "event: error\ndata: {\"message\": \"no\"}",
    "event: error\ndata: no",
    r#"{"error": {"message": "no"}}"#,
];
const NOISE: &[&str] = &[
    ": waiting",
    "data:",
    "data: : waiting",
    "data: waiting",
    "data: null",
    r#"data: {"type": "ping"}"#,
    r#"data: {"choices": []}"#,
    r#"data: {"choices": null, "error": null}"#,
    r#"data: {"choices": [{"delta": {}, "finish_reason": null}]}"#,
    r#"data: {"choices": [{"delta": {"reasoning_content": "hm", "refusal": false}}]}"#,
    "event: ping\ndata: {\"choices\": [{\"delta\": {\"content\": \"x\"}, \"finish_reason\": \"stop\"}]}",
    "event: ping\ndata: {\"error\": 1}",
    "retry: 3",
    "id: 7",
    "<html>",
    "data: [waiting",
    "data: {waiting}",
    "data: it's \"5 o clock",
    r#"data: {"status": "queued", "message": "wait"}"#,
    r#"data: {"type": "queue", "message": "position 3"}"#,
    r#"{"message": "position 3"}"#,
    r#"data: {"choices": [{"index": 1, "delta": {"content": "x"}, "finish_reason": "stop"}]}"#,
];

/// Any shape.
pub fn shape() -> impl Strategy<Value = Shape> {
    let frame = (
        select(vec!["", "", "", "\u{feff}", " "]),
        select(vec!["\n", "\n", "\r\n", "\r"]),
        prop::bool::weighted(0.8),
        prop_oneof![3 => Just(BREAKS[0]), 2 => select(&BREAKS)],
    );
    let frame = frame.prop_map(|(before, line, is_closed, in_text)| Frame {
        before,
        line,
        is_closed,
        in_text,
    });
    let close = prop_oneof![
        3 => Just(Close::Properly),
        3 => (0.0..=1.0).prop_map(Close::Lost),
        2 => Just(Close::Never),
    ];
    (vec((step(), frame), 0..9), close).prop_map(|(steps, close)| Shape { steps, close })
}

fn step() -> impl Strategy<Value = Step> {
    let beside = prop_oneof![3 => Just(BESIDE[0]), 1 => select(BESIDE)];
    let form = prop_oneof![2 => Just(FORMS[0]), 1 => select(FORMS)];
    let piece = (text(), word(), form, beside);
    let piece = piece.prop_map(|(text, word, form, beside)| Step::Piece {
        text,
        word,
        form,
        beside,
    });
    prop_oneof![
        10 => piece,
        1 => (text(), word()).prop_map(|(text, word)| Step::Whole { text, word }),
        2 => Just(Step::Counts),
        3 => Just(Step::Done),
        1 => select(ERRORS).prop_map(Step::Error),
        1 => Just(Step::Damaged),
        3 => select(NOISE).prop_map(Step::Noise),
        2 => select(vec![300, 700, 1900, 2500, 30_000]).prop_map(Step::Pause),
    ]
}

fn text() -> impl Strategy<Value = Vec<u16>> {
    const UNITS: &[u16] = &[
        0x61, 0x20, 0xe9, 0x0a, 0x22, 0x5c, 0, 0x09, 0x1b, 0xd83d, 0xde00, 0xd83d, 0xde00, 0xdce2,
        0xdc82, 0xdcac,
    ];
    prop_oneof![1 => Just(Vec::new()), 3 => vec(select(UNITS), 0..5)]
}

fn word() -> impl Strategy<Value = Word> {
    let nothing = select(vec!["null", "\"\"", "\"null\"", "0", "{}"]).prop_map(Word::Nothing);
    let end =
        select(vec!["\"stop\"", "\"length\"", "\"end_turn\"", "\"word\""]).prop_map(Word::End);
    let broken = select(vec!["\"error\"", "\"network_error\"", "\"abort\""]).prop_map(Word::Broken);
    prop_oneof![8 => nothing, 4 => end, 1 => broken]
}

impl Shape {
    /// What must come of it: a small model, which knows nothing of bytes.
    pub fn expected(&self) -> Expected {
        let mut model = Model::default();
        for (step, frame) in &self.whole_steps() {
            if let Some(expected) = model.take(step) {
                return expected;
            }
            model.is_stream |= has_data(&written(step, frame));
        }
        model.close(self.close)
    }

    /// The words for it on the wire, cut into pieces of `size` bytes.
    pub fn acts(&self, size: usize) -> Vec<Act> {
        let mut acts = Vec::new();
        let mut bytes = Vec::new();
        let last = self.steps.len().saturating_sub(1);
        for (at, (step, frame)) in self.steps.iter().enumerate() {
            if let Step::Pause(ms) = step {
                acts.extend(cut(&std::mem::take(&mut bytes), size));
                acts.push(Act::Pause(*ms));
                continue;
            }
            let written = written(step, frame);
            let end = if at == last {
                kept(&written, self.close)
            } else {
                written.len()
            };
            bytes.extend_from_slice(&written[..end]);
        }
        acts.extend(cut(&bytes, size));
        match self.close {
            Close::Properly => {}
            Close::Lost(_) => acts.push(Act::Lose),
            Close::Never => acts.push(Act::Stay),
        }
        acts
    }

    /// Whether nothing depends on who is faster: it comes without pauses, and brings nothing after an
    /// end that is taken at once.
    pub fn is_plain(&self) -> bool {
        let expected = self.expected();
        let mut model = Model::default();
        let is_sure = self.whole_steps().iter().all(|(step, frame)| {
            let is_over = model.take(step).is_some();
            model.is_stream |= has_data(&written(step, frame));
            is_over || !model.is_settled || model.so_far() == expected
        });
        let pauses = |(step, _): &(Step, Frame)| matches!(step, Step::Pause(_));
        is_sure && !self.steps.iter().any(pauses) && !matches!(self.close, Close::Never)
    }

    /// The steps that come whole.
    fn whole_steps(&self) -> Vec<(Step, Frame)> {
        let mut steps = self.steps.clone();
        if let Some((step, frame)) = steps.last() {
            let written = written(step, frame);
            let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
            let breaks = written.iter().rev().take_while(|byte| is_break(byte));
            let needed = written.len() - breaks.count();
            if !matches!(step, Step::Pause(_)) && kept(&written, self.close) < needed {
                steps.pop();
            }
        }
        steps
    }
}

impl Word {
    const fn json(self) -> &'static str {
        match self {
            Self::Nothing(json) | Self::End(json) | Self::Broken(json) => json,
        }
    }
}
