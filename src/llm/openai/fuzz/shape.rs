//! Bodies of every shape, and what must come of each. `tests/it` sends some of them over the network.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

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
}

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

/// Beyond it stand the bytes of a text that is still a text: a private plane.
const MARK: u32 = 0xf_0000;

/// Any shape.
pub fn shape() -> impl Strategy<Value = Shape> {
    let frame = (
        select(vec!["", "", "", "\u{feff}", " "]),
        select(vec!["\n", "\n", "\r\n", "\r"]),
        prop::bool::weighted(0.8),
    );
    let frame = frame.prop_map(|(before, line, is_closed)| Frame {
        before,
        line,
        is_closed,
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
        0x61, 0x20, 0xe9, 0x0a, 0x22, 0x5c, 0, 0xd83d, 0xde00, 0xd83d, 0xde00, 0xdce2, 0xdc82,
        0xdcac,
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

/// What is known of an answer.
#[derive(Default)]
struct Model {
    text: Vec<u16>,
    now: u64,
    /// When the end came that still stands.
    ended: Option<u64>,
    was_withdrawn: bool,
    is_settled: bool,
    /// Data has come in the frame of an event.
    is_stream: bool,
    /// How often counts came.
    counts: usize,
    /// When `[DONE]` came, and nothing before it.
    done: Option<u64>,
}

impl Model {
    /// What it has come to, if this step is the last that counts.
    fn take(&mut self, step: &Step) -> Option<Expected> {
        match step {
            Step::Piece {
                text, word, beside, ..
            } => {
                if *beside == COUNTS {
                    self.take_counts(text.is_empty());
                }
                self.take_text(text);
                self.take_word(*word)
            }
            Step::Whole { text, word } => {
                self.take_text(text);
                let over = self.take_word(*word);
                if over.is_none() && !self.is_stream {
                    self.ended.get_or_insert(self.now);
                    self.is_settled = true;
                }
                over
            }
            Step::Counts => {
                self.take_counts(true);
                None
            }
            Step::Done if self.text.is_empty() && self.ended.is_none() => {
                self.done.get_or_insert(self.now);
                None
            }
            Step::Done => {
                self.ended.get_or_insert(self.now);
                self.is_settled = true;
                None
            }
            Step::Error(_) | Step::Damaged => Some(self.so_far()),
            Step::Noise(_) => None,
            Step::Pause(ms) => self.pause(*ms),
        }
    }

    /// Counts settle an answer that has ended, if they are the first.
    fn take_counts(&mut self, is_all: bool) {
        self.is_settled |= self.ended.is_some() && is_all && self.counts == 0;
        self.counts += 1;
    }

    fn take_text(&mut self, text: &[u16]) {
        if !text.is_empty() {
            self.text.extend(text);
            self.was_withdrawn |= self.ended.take().is_some();
            self.is_settled = false;
            self.done = None;
        }
    }

    fn take_word(&mut self, word: Word) -> Option<Expected> {
        match word {
            Word::Nothing(_) => None,
            Word::Broken(_) => Some(self.so_far()),
            Word::End(_) => {
                self.ended.get_or_insert(self.now);
                self.is_settled |= self.done.is_some();
                None
            }
        }
    }

    fn pause(&mut self, ms: u64) -> Option<Expected> {
        self.now += ms;
        if self.is_settled {
            return Some(self.so_far());
        }
        let since = self.ended.or(self.done)?;
        (self.now - since >= 2000).then(|| self.so_far())
    }

    fn close(&self, close: Close) -> Expected {
        match close {
            Close::Properly if self.was_withdrawn => self.answer(),
            Close::Never if self.ended.or(self.done).is_none() => Expected::Waiting,
            Close::Properly | Close::Lost(_) | Close::Never => self.so_far(),
        }
    }

    fn so_far(&self) -> Expected {
        match self.ended {
            Some(_) => self.answer(),
            None => Expected::Nothing,
        }
    }

    fn answer(&self) -> Expected {
        Expected::Answer(joined(&self.text).replace('\0', "\u{fffd}"))
    }
}

/// The text of these units, of which some are bytes of a character that was cut.
fn joined(units: &[u16]) -> String {
    let mut joined = String::new();
    let mut bytes = Vec::new();
    for unit in char::decode_utf16(units.iter().copied()) {
        if let Some(byte) = unit
            .as_ref()
            .err()
            .and_then(|half| byte(half.unpaired_surrogate()))
        {
            bytes.push(byte);
            continue;
        }
        joined.push_str(&String::from_utf8_lossy(&std::mem::take(&mut bytes)));
        joined.push(unit.unwrap_or('\u{fffd}'));
    }
    joined + &String::from_utf8_lossy(&bytes)
}

fn byte(half: u16) -> Option<u8> {
    let is_byte = (0xdc80..=0xdcff).contains(&half);
    is_byte.then(|| half.to_be_bytes()[1])
}

fn has_data(written: &[u8]) -> bool {
    written.windows(5).any(|word| word == b"data:")
}

fn written(step: &Step, frame: &Frame) -> Vec<u8> {
    let (text, may_be_open) = match step {
        Step::Piece {
            text,
            word,
            form: [before, after, end],
            beside,
        } => (
            format!(
                r#"data: {before}{}{after}, "finish_reason": {}{end}, {beside}}}"#,
                json(text),
                word.json()
            ),
            true,
        ),
        Step::Whole { text, word } => (
            format!(
                r#"{{"object": "chat.completion", "choices": [{{"message": {{"content": {}}}, "finish_reason": {}}}]}}"#,
                json(text),
                word.json()
            ),
            true,
        ),
        Step::Counts => (format!(r#"data: {{"choices": [], {COUNTS}}}"#), true),
        Step::Done => ("data: [DONE]".to_owned(), true),
        Step::Damaged => (
            r#"data: {"choices": [{"delta": {"content": "x"#.to_owned(),
            false,
        ),
        Step::Noise(text) => ((*text).to_owned(), text.starts_with("data:")),
        Step::Error(text) => ((*text).to_owned(), false),
        Step::Pause(_) => return Vec::new(),
    };
    let end = if frame.is_closed || !may_be_open {
        2
    } else {
        1
    };
    let lines = text.replace('\n', frame.line);
    bytes(&format!(
        "{}{lines}{}",
        frame.before,
        frame.line.repeat(end)
    ))
}

/// The text with the bytes that [`json`] has marked.
fn bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for char in text.chars() {
        match u32::from(char).checked_sub(MARK).map(u8::try_from) {
            Some(Ok(byte)) => bytes.push(byte),
            _ => bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

impl Word {
    const fn json(self) -> &'static str {
        match self {
            Self::Nothing(json) | Self::End(json) | Self::Broken(json) => json,
        }
    }
}

/// How much of the last step is sent.
fn kept(written: &[u8], close: Close) -> usize {
    match close {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            reason = "a part of a short text"
        )]
        Close::Lost(missing) => (written.len() as f64 * (1.0 - missing)) as usize,
        Close::Properly | Close::Never => written.len(),
    }
}

fn json(text: &[u16]) -> String {
    let units = char::decode_utf16(text.iter().copied()).map(|unit| match unit {
        Ok(char) if char.is_control() => format!("\\u{:04x}", u32::from(char)),
        Ok(char @ ('"' | '\\')) => format!("\\{char}"),
        Ok(char) => char.to_string(),
        Err(half) => match byte(half.unpaired_surrogate()) {
            Some(byte) => char::from_u32(MARK + u32::from(byte))
                .unwrap_or_default()
                .to_string(),
            None => format!("\\u{:04x}", half.unpaired_surrogate()),
        },
    });
    format!("\"{}\"", units.collect::<String>())
}

fn cut(bytes: &[u8], size: usize) -> impl Iterator<Item = Act> {
    bytes.chunks(size).map(|piece| Act::Bytes(piece.to_owned()))
}
