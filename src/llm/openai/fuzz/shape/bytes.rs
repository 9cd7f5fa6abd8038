//! A shape as it is on the wire.

use super::{Act, BREAKS, COUNTS, Close, Frame, Step};

/// Beyond it stand the bytes of a text that is still a text: a private plane.
const MARK: u32 = 0xf_0000;

pub(super) fn has_data(written: &[u8]) -> bool {
    written.windows(5).any(|word| word == b"data:")
}

pub(super) fn written(step: &Step, frame: &Frame) -> Vec<u8> {
    let (text, may_be_open) = match step {
        Step::Piece {
            text,
            word,
            form: [before, after, end],
            beside,
        } => (
            format!(
                r#"data: {before}{}{after}, "finish_reason": {}{end}, {beside}}}"#,
                json(text, frame.in_text),
                word.json()
            ),
            true,
        ),
        Step::Whole { text, word } => (
            format!(
                r#"{{"object": "chat.completion", "choices": [{{"message": {{"content": {}}}, "finish_reason": {}}}]}}"#,
                json(text, BREAKS[0]),
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

/// How much of the last step is sent.
pub(super) fn kept(written: &[u8], close: Close) -> usize {
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

/// The byte that half a surrogate pair stands for.
pub(super) fn byte(half: u16) -> Option<u8> {
    let is_byte = (0xdc80..=0xdcff).contains(&half);
    is_byte.then(|| half.to_be_bytes()[1])
}

fn json(text: &[u16], line_break: &str) -> String {
    let units = char::decode_utf16(text.iter().copied()).map(|unit| match unit {
        // Some who write JSON by hand leave these as they are.
        Ok(char @ ('\t' | '\u{1b}')) => char.to_string(),
        Ok('\n') => line_break.to_owned(),
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

pub(super) fn cut(bytes: &[u8], size: usize) -> impl Iterator<Item = Act> {
    bytes.chunks(size).map(|piece| Act::Bytes(piece.to_owned()))
}
