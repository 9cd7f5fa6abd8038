//! From the text of a document to its tokens, one after the other and each once: names, numbers, strings
//! and punctuation (GraphQL of September 2025, section 2.1). What separates them is left out.
//!
//! Limits hold while it reads, so that no text is read much further than it may be long.

use async_graphql::Pos;

use super::string;
use super::{Fault, Result};

/// Most tokens of a document.
pub(super) const TOKENS: usize = 10_000;
/// Longest name or number, in bytes. Messages repeat names, once for each error.
pub(super) const NAME: usize = 128;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token<'a> {
    pub kind: Kind<'a>,
    pub pos: Pos,
    /// The text from here on.
    pub rest: &'a str,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind<'a> {
    /// One of `! $ & ( ) : = @ [ ] { | }`.
    Mark(char),
    /// `...`
    Spread,
    Name(&'a str),
    /// As it is written.
    Int(&'a str),
    Float(&'a str),
    /// As it is meant.
    String(String),
    End,
}

#[derive(Debug)]
pub(super) struct Lexer<'a> {
    rest: &'a str,
    pos: Pos,
    tokens: usize,
}

impl<'a> Lexer<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self {
            rest: text,
            pos: Pos { line: 1, column: 1 },
            tokens: 0,
        }
    }

    /// The next token, [`Kind::End`] at the end.
    ///
    /// # Errors
    /// What is no token, or one limit too far.
    pub(super) fn next(&mut self) -> Result<Token<'a>> {
        self.skip_ignored();
        let (rest, pos) = (self.rest, self.pos);
        let Some(first) = rest.chars().next() else {
            let kind = Kind::End;
            return Ok(Token { kind, pos, rest });
        };
        self.tokens += 1;
        if self.tokens > TOKENS {
            return Err(Fault::Tokens);
        }
        let (kind, length) = match first {
            '!' | '$' | '&' | '(' | ')' | ':' | '=' | '@' | '[' | ']' | '{' | '|' | '}' => {
                (Kind::Mark(first), 1)
            }
            '.' if rest.starts_with("...") => (Kind::Spread, 3),
            '_' | 'a'..='z' | 'A'..='Z' => {
                let name = &rest[..run(rest, is_of_name)];
                (Kind::Name(name), name.len())
            }
            '-' | '0'..='9' => self.number()?,
            '"' => {
                let (value, length) = string::read(rest).map_err(|fault| fault.at(pos))?;
                (Kind::String(value), length)
            }
            _ => return Err(self.unexpected()),
        };
        if length > NAME && !matches!(kind, Kind::String(_)) {
            return Err(Fault::Name);
        }
        self.advance(length);
        Ok(Token { kind, pos, rest })
    }

    /// Section 2.9.1 and 2.9.2. A number ends where no digit, dot or letter follows.
    fn number(&self) -> Result<(Kind<'a>, usize)> {
        let rest = self.rest;
        let mut end = usize::from(rest.starts_with('-'));
        let whole = run(&rest[end..], |byte| byte.is_ascii_digit());
        let leads_with_zero = whole > 1 && rest[end..].starts_with('0');
        end += whole;
        let mut is_right = whole > 0 && !leads_with_zero;
        let mut is_float = false;
        if let Some(fraction) = rest[end..].strip_prefix('.') {
            let digits = run(fraction, |byte| byte.is_ascii_digit());
            (is_float, is_right) = (true, is_right && digits > 0);
            end += 1 + digits;
        }
        if let Some(exponent) = rest[end..].strip_prefix(['e', 'E']) {
            let sign = usize::from(exponent.starts_with(['+', '-']));
            let digits = run(&exponent[sign..], |byte| byte.is_ascii_digit());
            (is_float, is_right) = (true, is_right && digits > 0);
            end += 1 + sign + digits;
        }
        let goes_on = |byte: u8| is_of_name(byte) || byte == b'.';
        if !is_right || rest[end..].bytes().next().is_some_and(goes_on) {
            let length = run(rest, |byte| goes_on(byte) || byte == b'-' || byte == b'+');
            return Err(if length > NAME {
                Fault::Name
            } else {
                self.unexpected()
            });
        }
        let text = &rest[..end];
        let kind = if is_float {
            Kind::Float(text)
        } else {
            Kind::Int(text)
        };
        Ok((kind, end))
    }

    /// White space, commas, comments and byte order marks.
    fn skip_ignored(&mut self) {
        loop {
            let length = match self.rest.as_bytes() {
                [b' ' | b'\t' | b',' | b'\n' | b'\r', ..] => {
                    run(self.rest, |byte| b" \t,\n\r".contains(&byte))
                }
                [b'#', ..] => run(self.rest, |byte| byte != b'\n' && byte != b'\r'),
                _ if self.rest.starts_with('\u{feff}') => '\u{feff}'.len_utf8(),
                _ => return,
            };
            self.advance(length);
        }
    }

    /// Leaves so many bytes behind. A line ends with `\n`, with `\r`, or with both.
    fn advance(&mut self, length: usize) {
        let (passed, rest) = self.rest.split_at(length);
        let mut passed = passed.chars().peekable();
        while let Some(character) = passed.next() {
            match character {
                '\r' if passed.peek() == Some(&'\n') => {}
                '\n' | '\r' => {
                    self.pos.line += 1;
                    self.pos.column = 1;
                }
                _ => self.pos.column += 1,
            }
        }
        self.rest = rest;
    }

    fn unexpected(&self) -> Fault {
        Fault::unexpected(self.rest, self.pos)
    }
}

/// How many of the first bytes belong together.
fn run(text: &str, belongs: impl Fn(u8) -> bool) -> usize {
    let end = text.bytes().position(|byte| !belongs(byte));
    end.unwrap_or(text.len())
}

const fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Result<Vec<(Kind<'_>, usize, usize)>> {
        let mut lexer = Lexer::new(text);
        let mut tokens = Vec::new();
        loop {
            let Token { kind, pos, .. } = lexer.next()?;
            if kind == Kind::End {
                return Ok(tokens);
            }
            tokens.push((kind, pos.line, pos.column));
        }
    }

    #[test]
    fn tokens_stand_where_they_begin() {
        let text =
            "\u{feff}{ ä: 1".replace('ä', "a # ä, }\r\n\t") + "\r\n...F\r$x,-0.5e+3\n\"ä\" b";
        assert_eq!(
            tokens(&text).unwrap(),
            [
                (Kind::Mark('{'), 1, 2),
                (Kind::Name("a"), 1, 4),
                (Kind::Mark(':'), 2, 2),
                (Kind::Int("1"), 2, 4),
                (Kind::Spread, 3, 1),
                (Kind::Name("F"), 3, 4),
                (Kind::Mark('$'), 4, 1),
                (Kind::Name("x"), 4, 2),
                (Kind::Float("-0.5e+3"), 4, 4),
                (Kind::String("ä".to_owned()), 5, 1),
                (Kind::Name("b"), 5, 5),
            ]
        );
    }

    #[test]
    fn numbers_are_written_as_the_grammar_says() {
        for right in ["0", "-0", "1", "-12", "99999999999999999999"] {
            assert_eq!(tokens(right), Ok(vec![(Kind::Int(right), 1, 1)]));
        }
        for right in ["0.0", "-1.25", "1e5", "1E-5", "0e+1", "6.02e23"] {
            assert_eq!(tokens(right), Ok(vec![(Kind::Float(right), 1, 1)]));
        }
        for wrong in [
            "-", "00", "01", "-01", "1.", ".5", "1.e5", "1e", "1e+", "1a", "1_", "0x1", "1.5.2",
            "1.5a", "+1", "--1", "..", "ä", "%", "?", "1..",
        ] {
            assert!(tokens(wrong).is_err(), "{wrong}");
        }
        assert_eq!(tokens("1-1").unwrap().len(), 2);
    }

    #[test]
    fn tokens_and_names_have_limits_and_comments_count_nothing() {
        let many = |times| "a#b\n".repeat(times);
        assert_eq!(tokens(&many(TOKENS)).unwrap().len(), TOKENS);
        assert_eq!(tokens(&many(TOKENS + 1)), Err(Fault::Tokens));
        for name in ["a", "1"] {
            assert!(tokens(&name.repeat(NAME)).is_ok());
            assert_eq!(tokens(&name.repeat(NAME + 1)), Err(Fault::Name));
        }
        assert!(tokens(&format!("\"{}\"", "x".repeat(100 * NAME))).is_ok());
    }
}
