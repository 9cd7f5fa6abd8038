//! From the bytes of a body to its events, whatever is amiss with their frame.
//!
//! 1. A line ends with LF, CR or both. A BOM before one, spaces around it and its letters' case are
//!    passed over, and so are comments, `id`, `retry`, empty data and every event that is a ping.
//! 2. An event ends with an empty line, or, where those are missing, with the next data after data that
//!    is whole, or that no more data can make whole. One that holds a piece of an answer is told at once,
//!    and so is `[DONE]`.
//! 3. JSON that begins a line without any field is an event, too: a body that is no event stream at
//!    all, or an error that was written into one. What holds a piece of an answer is an event, however
//!    it is damaged.
//! 4. Where data breaks off within a text of JSON, a line break stands in that text as it is, be it that
//!    whoever sends it does not escape it or that it has the field once more behind it. Lines are held until the
//!    text ends, empty ones, too; if one comes that cannot stand in it, the data had broken off, and they are
//!    read for what they are.
//! 5. What a body's end leaves over is an event as well, if it is whole.

mod text;

use std::collections::VecDeque;
use std::sync::LazyLock;

use memchr::{memchr, memchr2, memmem};

use self::text::{Nesting, Within, begins_json, begins_text, text_of};

/// The most bytes of a line, and of an event. An answer of the longest kind fits in one, every
/// character of it escaped.
const MAX_EVENT: usize = 16 << 20;
/// So many bytes of a line that is none are kept, to tell what came in the place of an answer.
const MAX_STRAY: usize = 1024;
const BOM: &[u8] = b"\xef\xbb\xbf";
/// What every piece of an answer holds.
static PIECE: LazyLock<memmem::Finder<'static>> =
    LazyLock::new(|| memmem::Finder::new(b"\"choices\""));

/// What an event holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Event {
    /// Whether it is called `error`.
    pub is_error: bool,
    /// Whether it is JSON in a body that was no event stream so far.
    pub is_bare: bool,
    /// Its data: JSON mostly.
    pub data: Vec<u8>,
}

/// A line or an event beyond the limit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

/// The events of one body.
#[derive(Default)]
pub(super) struct Events {
    line: Vec<u8>,
    /// A CR has ended the line before; an LF that follows belongs to it.
    after_return: bool,
    /// JSON without a field is being read.
    bare: bool,
    /// Data in a field has come.
    is_stream: bool,
    name: Vec<u8>,
    /// A name that came after the data.
    late: Option<Vec<u8>>,
    data: Vec<u8>,
    nesting: Nesting,
    /// Lines since the data broke off within a text of JSON, each with an LF; none where it did not.
    held: Option<Vec<u8>>,
    whole: VecDeque<Event>,
    stray: Vec<u8>,
}

impl Events {
    /// Takes the next bytes, split wherever they may be.
    ///
    /// # Errors
    /// When a line or an event is longer than anything that is read.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        self.take_all(bytes);
        let held = self.held.as_ref().map_or(0, Vec::len);
        let longest = self.line.len().max(self.data.len() + held);
        if longest > MAX_EVENT {
            return Err(TooLong);
        }
        Ok(())
    }

    fn take_all(&mut self, mut bytes: &[u8]) {
        while let Some((&byte, after)) = bytes.split_first() {
            // Behind what may begin a line nothing but its end means anything.
            let is_within = !self.bare && self.line.len() > BOM.len();
            let plain = if is_within {
                memchr2(b'\n', b'\r', bytes).unwrap_or(bytes.len())
            } else {
                0
            };
            if plain > 0 {
                self.line.extend_from_slice(&bytes[..plain]);
                bytes = &bytes[plain..];
                continue;
            }
            if self.bare {
                self.take_bare(byte);
            } else {
                self.take(byte);
            }
            bytes = after;
        }
    }

    /// The next event that is whole.
    pub(super) fn next(&mut self) -> Option<Event> {
        self.whole.pop_front()
    }

    /// Nothing more comes: what is left is an event, too.
    pub(super) fn end(&mut self) {
        if !self.bare {
            self.end_line();
        }
        self.let_go();
        self.dispatch();
    }

    /// The first line that was neither field nor JSON.
    pub(super) fn stray(&self) -> Option<String> {
        let stray = String::from_utf8_lossy(&self.stray);
        (!stray.is_empty()).then(|| stray.into_owned())
    }

    fn take(&mut self, byte: u8) {
        let ends_return = std::mem::take(&mut self.after_return) && byte == b'\n';
        match byte {
            b'\n' if ends_return => {}
            b'\n' | b'\r' => {
                self.after_return = byte == b'\r';
                self.end_line();
            }
            _ if self.held.is_some() => self.line.push(byte),
            b' ' | b'\t' if self.line.is_empty() => {}
            b'{' | b'[' if self.line.is_empty() && !self.goes_on_with(byte) => {
                self.begin_next();
                self.bare = true;
                self.take_bare(byte);
            }
            _ => {
                self.line.push(byte);
                if self.line == BOM {
                    self.line.clear();
                }
            }
        }
    }

    /// JSON may be written over many lines, but none of them begins with the name of a field: if one
    /// does, that was no JSON. A line in the middle of a text may begin with such a word, though.
    fn take_bare(&mut self, byte: u8) {
        let in_string = self.nesting.in_string;
        let begins_line = !in_string && matches!(self.data.last(), Some(b'\n' | b'\r'));
        if begins_line && matches!(byte, b'd' | b'e' | b'i' | b'r') {
            self.give_up(0);
            self.take(byte);
            return;
        }
        if let (true, Some(name)) = (in_string && byte == b':', self.last_field()) {
            self.give_up(name.len());
            self.line.extend_from_slice(name);
            self.take(byte);
            return;
        }
        let is_indent = begins_line && matches!(byte, b' ' | b'\t');
        if !is_indent {
            self.data.push(byte);
        }
        self.nesting.take(&[byte]);
        if self.nesting.is_closed() {
            self.bare = false;
            self.dispatch();
        }
    }

    /// The name of a field that stands at the end of the data, on a line of its own.
    fn last_field(&self) -> Option<&'static [u8]> {
        const FIELDS: [&[u8]; 4] = [b"data", b"event", b"id", b"retry"];
        FIELDS.into_iter().find(|name| {
            let before = self.data.strip_suffix(*name);
            before.is_some_and(|data| data.ends_with(b"\n") || data.ends_with(b"\r"))
        })
    }

    /// What was read was no JSON, but for its last bytes, which are none of it.
    fn give_up(&mut self, last: usize) {
        self.data.truncate(self.data.len() - last);
        let end = self.data.trim_ascii_end().len();
        self.data.truncate(end);
        self.bare = false;
        if has_piece(&self.data) {
            self.dispatch();
        } else {
            let data = std::mem::take(&mut self.data);
            self.keep_stray(&data);
            self.nesting = Nesting::default();
        }
    }

    fn end_line(&mut self) {
        let mut line = std::mem::take(&mut self.line);
        self.take_line(&line);
        if self.line.capacity() == 0 {
            line.clear();
            self.line = line;
        }
    }

    fn take_line(&mut self, line: &[u8]) {
        if let Some(held) = self.held.take() {
            self.take_text(held, line);
            return;
        }
        let trailing = &line[line.trim_ascii_end().len()..];
        let line = line.trim_ascii();
        if line.is_empty() {
            self.dispatch();
            return;
        }
        let colon = memchr(b':', line);
        let (field, value) = line.split_at(colon.unwrap_or(line.len()));
        let value = value.strip_prefix(b":").unwrap_or(value).trim_ascii();
        let value = value.strip_prefix(BOM).unwrap_or(value);
        let field = field.trim_ascii();
        let is = |name: &[u8]| field.eq_ignore_ascii_case(name);
        if is(b"data") {
            self.take_data(value, trailing);
        } else if is(b"event") {
            self.take_name(value.to_ascii_lowercase());
        } else if field.is_empty() || is(b"id") || is(b"retry") {
            // Nothing that matters here.
        } else if self.nesting.awaits_more {
            // The field is given once, for lines that belong together.
            self.take_data(line, trailing);
        } else if has_piece(line) {
            self.begin_next();
            self.data.extend_from_slice(line);
            self.dispatch();
        } else {
            self.keep_stray(line);
        }
    }

    fn take_name(&mut self, name: Vec<u8>) {
        if !self.data.is_empty() && !self.name.is_empty() {
            self.dispatch();
        }
        if self.data.is_empty() {
            self.name = name;
        } else {
            self.late = Some(name);
        }
    }

    /// Takes data, behind which blanks were trailing.
    fn take_data(&mut self, value: &[u8], trailing: &[u8]) {
        self.is_stream = true;
        let is_comment = value.starts_with(b":");
        let Some(first) = value.first().filter(|_| !is_comment) else {
            return;
        };
        let goes_on = self.goes_on_with(*first);
        if goes_on {
            self.data.push(b'\n');
        } else {
            self.begin_next();
        }
        self.go_on_with(value);
        if self.nesting.in_string && begins_text(&self.data) {
            self.held = Some(Vec::new());
            self.data.extend_from_slice(trailing);
        }
        let is_open = !self.nesting.is_closed() && !self.nesting.in_string;
        self.nesting.awaits_more = is_open && (goes_on || begins_json(value));
        let is_piece = self.nesting.is_closed() && has_piece(value);
        if is_piece || self.data == b"[DONE]" {
            self.dispatch();
        }
    }

    /// A line behind data that broke off within a text, and behind the lines that were held since: it goes on with
    /// that, if it can.
    fn take_text(&mut self, mut held: Vec<u8>, line: &[u8]) {
        let within = Within::of(text_of(line), self.nesting.escaped);
        held.extend_from_slice(line);
        if matches!(within, Within::Ends) {
            for line in held.split(|byte| *byte == b'\n') {
                self.go_on_with(b"\n");
                self.go_on_with(text_of(line));
            }
            self.held = self.nesting.in_string.then(Vec::new);
            self.nesting.awaits_more = self.held.is_none() && !self.nesting.is_closed();
            if self.nesting.is_closed() && has_piece(&self.data) {
                self.dispatch();
            }
            return;
        }
        held.push(b'\n');
        self.held = Some(held);
        if matches!(within, Within::Cannot) {
            self.let_go();
        }
    }

    fn go_on_with(&mut self, text: &[u8]) {
        self.data.extend_from_slice(text);
        self.nesting.take(text);
    }

    /// Reads lines that were held for what they are: the text before them had broken off.
    fn let_go(&mut self) {
        let after_return = std::mem::take(&mut self.after_return);
        let held = self.held.take().unwrap_or_default();
        self.take_all(&held);
        self.after_return = after_return;
    }

    /// Whether a line that begins like this belongs to the data before it: JSON within JSON follows upon
    /// something.
    fn goes_on_with(&self, first: u8) -> bool {
        let begins = matches!(first, b'{' | b'[');
        let is_due = matches!(self.data.last(), Some(b'[' | b',' | b':'));
        self.nesting.awaits_more && (!begins || is_due)
    }

    /// What came before is an event, if no empty line has ended it. A name between two data is that of
    /// the second.
    fn begin_next(&mut self) {
        if !self.data.is_empty() {
            let late = self.late.take();
            self.dispatch();
            self.name = late.unwrap_or_default();
        }
    }

    fn dispatch(&mut self) {
        let name = std::mem::take(&mut self.name);
        let name = self.late.take().unwrap_or(name);
        let data = std::mem::take(&mut self.data);
        self.nesting = Nesting::default();
        let is_bare = !self.is_stream;
        let is_error = name == b"error";
        let is_ping = matches!(
            name.as_slice(),
            b"ping" | b"keepalive" | b"keep-alive" | b"heartbeat"
        );
        if !is_ping && (is_error || !data.is_empty()) {
            self.whole.push_back(Event {
                is_error,
                is_bare,
                data,
            });
        }
    }

    fn keep_stray(&mut self, line: &[u8]) {
        if self.stray.is_empty() {
            let end = line.len().min(MAX_STRAY);
            self.stray.extend_from_slice(line[..end].trim_ascii());
        }
    }
}

fn has_piece(text: &[u8]) -> bool {
    PIECE.find(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The events of a body that comes in pieces of so many bytes.
    fn events(body: &str, size: usize) -> Vec<String> {
        let mut events = Events::default();
        for piece in body.as_bytes().chunks(size) {
            events.push(piece).unwrap();
        }
        events.end();
        std::iter::from_fn(|| events.next())
            .map(|event| {
                let name = if event.is_error { "error " } else { "" };
                name.to_owned() + &String::from_utf8(event.data).unwrap()
            })
            .collect()
    }

    #[test]
    fn events_are_found_whatever_their_frame_looks_like() {
        let choices = r#"{"choices":[]}"#;
        for (body, expected) in [
            ("data: 1\n\ndata: 2\n\n", &["1", "2"] as &[_]),
            ("data:1\r\n\r\ndata:2\r\rdata: 3", &["1", "2", "3"]),
            (
                "\u{feff}data: 1\n\n\u{feff}data: \u{feff}2\n\n",
                &["1", "2"],
            ),
            (" DATA : 1 \n\n", &["1"]),
            (": hi\nretry: 3\nid: 4\ndata: 1\n\n:\n\n", &["1"]),
            ("data\n\ndata:\n\ndata: : waiting\n\n", &[]),
            ("event: ping\ndata: {\"choices\":[1]}\n\n", &[]),
            ("event: error\ndata: no\n\n", &["error no"]),
            ("data: no\nevent: error\n\ndata: 1\n\n", &["error no", "1"]),
            ("event: error\n\n", &["error "]),
            ("data: {\ndata:  \"a\": 1}\n\n", &["{\n\"a\": 1}"]),
            ("data: {\n \"a\": [\n{}]\n}\n\n", &["{\n\"a\": [\n{}]\n}"]),
            ("data: {}\ndata: [DONE]\n", &["{}", "[DONE]"]),
            (
                "event: a\ndata: 1\nevent: error\ndata: 2\n",
                &["1", "error 2"],
            ),
            (r#"{"a": "}"}"#, &[r#"{"a": "}"}"#]),
            ("\n {\n  \"a\": [\n1]}\ndata: 2", &["{\n\"a\": [\n1]}", "2"]),
            (
                "data: 1\n{\"a\": 2}\n[DONE]\n",
                &["1", "{\"a\": 2}", "[DONE]"],
            ),
            ("{oops\ndata: 1\n\n{\"oops\ndata: 2\n\n", &["1", "2"]),
            ("event: error\n{}\n", &["error {}"]),
            ("<html>\nno: field\ndata: 1\n\n", &["1"]),
            ("data: {\"a\"\n\ndata: 1\n\n", &["{\"a\"", "1"]),
            ("data: 1\nevent: ping\ndata: 2\n\n", &["1"]),
            ("data: 1\nevent: error\ndata: 2\n\n", &["1", "error 2"]),
            ("data: 1\nevent: error\n{}", &["1", "error {}"]),
            ("data: [waiting\ndata: {}\n\n", &["[waiting", "{}"]),
            ("data: {waiting\ndata: 1\n\n", &["{waiting", "1"]),
            (
                "data: it's \"5 o clock\ndata: {}\n\n",
                &["it's \"5 o clock", "{}"],
            ),
            ("data: it's \"5\n{\"a\": 1}", &["it's \"5", "{\"a\": 1}"]),
            ("data: {\"a\": \"x\ndata: {}\n\n", &["{\"a\": \"x", "{}"]),
            (
                "data: {\"a\": \"x \n\n  y: \\\"\nid: 7\"}\n\ndata: 1\n\n",
                &["{\"a\": \"x \n\n  y: \\\"\nid: 7\"}", "1"],
            ),
            (
                "data: {\"a\": \"x\r\ndata:  y\r\ndata:\r\ndata: z\", \"b\": \"\r\n\"}\r\n\r\n",
                &["{\"a\": \"x\n y\n\nz\", \"b\": \"\n\"}"],
            ),
            ("data: {\"a\": \"x\n\"\n}\n\n", &["{\"a\": \"x\n\"\n}"]),
            (
                "data: {\"a\": \"x\n\n: waiting\nevent: error\n\ndata: {\"b\": 1}\n\n",
                &["{\"a\": \"x", "error ", "{\"b\": 1}"],
            ),
            (
                "data: {\"a\": \"x\n\n<p class=\"y\">\r\n{\"b\": 1}",
                &["{\"a\": \"x", "{\"b\": 1}"],
            ),
            ("data: {\"a\": 1\ndata: {}\n\n", &["{\"a\": 1", "{}"]),
            ("data: {\"a\":\ndata: {}}\n\n", &["{\"a\":\n{}}"]),
            (
                "{\"choices\": \"x\ndata: 1\n\n",
                &["{\"choices\": \"x", "1"],
            ),
            ("dta: {\"choices\"\n\n", &["dta: {\"choices\""]),
            ("{\"a\": \"x\n  data\nid: y\n\ndo: z\"}", &[]),
            ("{\"a\": \"x\n\n  do: y\"}", &["{\"a\": \"x\n\n  do: y\"}"]),
        ] {
            for size in [1, 2, 3, 7, 1000] {
                assert_eq!(events(body, size), expected, "{body:?} by {size}");
            }
        }
        let mut events = Events::default();
        events.push(b": waiting\n{}\ndata: 1\n\n{}").unwrap();
        let bare = std::iter::from_fn(|| events.next()).map(|event| event.is_bare);
        assert_eq!(bare.collect::<Vec<_>>(), [true, false, false]);
        let mut eager = Events::default();
        eager.push(format!("data: {choices}\n").as_bytes()).unwrap();
        assert!(
            eager.next().is_some(),
            "a piece does not wait for its frame"
        );
        eager.push(b"{\"a\": 1}").unwrap();
        assert!(eager.next().is_some(), "nor does a whole object");
    }

    #[test]
    fn what_came_in_the_place_of_events_is_kept_and_what_never_ends_is_not() {
        let mut events = Events::default();
        events.push(b"\n<html>bad gateway\n</html>\n").unwrap();
        assert_eq!(events.stray().unwrap(), "<html>bad gateway");
        assert_eq!(events.next(), None);

        let piece = vec![b'x'; 1 << 20];
        let mut pushes = (0..40).map(|_| events.push(&piece));
        assert!(pushes.any(|pushed| pushed == Err(TooLong)));
    }
}
