//! What strings mean (GraphQL of September 2025, section 2.9.4): their escapes undone, and the lines of
//! block strings without the indentation that they have in common.

use async_graphql::Pos;

use super::Fault;

const QUOTES: &str = "\"\"\"";

/// What is wrong with a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    Open,
    Escape,
}

impl Wrong {
    pub(super) fn at(self, pos: Pos) -> Fault {
        let message = match self {
            Self::Open => "a string does not end",
            Self::Escape => "a string has an escape that stands for no character",
        };
        Fault::Syntax {
            message: message.to_owned(),
            pos,
        }
    }
}

/// The value of the string that `text` begins with, and how many bytes of the text it takes.
pub(super) fn read(text: &str) -> Result<(String, usize), Wrong> {
    match text.strip_prefix(QUOTES) {
        Some(block) => {
            let end = end_of_block(block).ok_or(Wrong::Open)?;
            let value = dedent(&block[..end].replace("\\\"\"\"", QUOTES));
            Ok((value, end + 2 * QUOTES.len()))
        }
        None => line(&text[1..]).map(|(value, length)| (value, length + 1)),
    }
}

/// A string on one line, behind its first quote.
fn line(text: &str) -> Result<(String, usize), Wrong> {
    let (mut value, mut rest) = (String::new(), text);
    loop {
        let plain = rest.find(['"', '\\', '\n', '\r']).ok_or(Wrong::Open)?;
        value.push_str(&rest[..plain]);
        rest = match rest.as_bytes()[plain] {
            b'"' => return Ok((value, text.len() - rest.len() + plain + 1)),
            b'\\' => {
                let (character, behind) = escaped(&rest[plain + 1..])?;
                value.push(character);
                behind
            }
            _ => return Err(Wrong::Open),
        };
    }
}

/// The character that is meant by what stands behind a backslash, and the text after it.
fn escaped(text: &str) -> Result<(char, &str), Wrong> {
    let mut characters = text.chars();
    let character = match characters.next().ok_or(Wrong::Open)? {
        same @ ('"' | '\\' | '/') => same,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return unicode(characters.as_str()).ok_or(Wrong::Escape),
        _ => return Err(Wrong::Escape),
    };
    Ok((character, characters.as_str()))
}

/// `{…}` with any number of digits, four digits, or two times four that are a surrogate pair.
fn unicode(text: &str) -> Option<(char, &str)> {
    if let Some(braced) = text.strip_prefix('{') {
        let (digits, rest) = braced.split_once('}')?;
        return Some((char::from_u32(hexadecimal(digits)?)?, rest));
    }
    let (first, rest) = text.split_at_checked(4)?;
    let first = hexadecimal(first)?;
    if let Some(character) = char::from_u32(first) {
        return Some((character, rest));
    }
    let (second, rest) = rest.strip_prefix("\\u")?.split_at_checked(4)?;
    let second = hexadecimal(second)?;
    let leads = (0xd800..0xdc00).contains(&first);
    let trails = (0xdc00..0xe000).contains(&second);
    let code = 0x1_0000 + ((first & 0x3ff) << 10) + (second & 0x3ff);
    let character = (leads && trails).then(|| char::from_u32(code))??;
    Some((character, rest))
}

/// Leading zeros may be as many as there are.
fn hexadecimal(digits: &str) -> Option<u32> {
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_number.then(|| u32::from_str_radix(digits, 16).ok())?
}

/// Where the quotes are that end a block string.
fn end_of_block(text: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let end = from + text[from..].find(QUOTES)?;
        if !text[..end].ends_with('\\') {
            return Some(end);
        }
        from = end + QUOTES.len();
    }
}

/// `BlockStringValue` of the specification.
fn dedent(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.split('\n').collect();
    let is_written = |line: &&str| !line.bytes().all(is_space);
    let indent = |line: &&str| line.bytes().take_while(|byte| is_space(*byte)).count();
    let written = lines.iter().skip(1).filter(|line| is_written(line));
    let common = written.map(indent).min().unwrap_or(0);
    let first = lines.iter().position(is_written);
    let last = lines.iter().rposition(is_written);
    let (Some(first), Some(last)) = (first, last) else {
        return String::new();
    };
    let kept = lines.iter().enumerate().take(last + 1).skip(first);
    let kept = kept.map(|(number, line)| match number {
        0 => *line,
        _ => line.get(common..).unwrap_or_default(),
    });
    kept.collect::<Vec<_>>().join("\n")
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_stand_for_characters() {
        for (text, value) in [
            (r#""""#, ""),
            (r#""plain ä" more"#, "plain ä"),
            (r#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r#""\u0041\u00e4""#, "Aä"),
            (r#""\uD83D\uDE00!""#, "😀!"),
            (r#""\u{1F600}\u{0}\u{000000041}""#, "😀\0A"),
        ] {
            let (read, length) = read(text).unwrap();
            assert_eq!(read, value, "{text}");
            assert!(text[..length].ends_with('"'), "{text}");
        }
        for (text, wrong) in [
            (r#""a"#, Wrong::Open),
            ("\"a\nb\"", Wrong::Open),
            ("\"a\rb\"", Wrong::Open),
            (r#""a\"#, Wrong::Open),
            (r#""\""#, Wrong::Open),
            (r#""\x""#, Wrong::Escape),
            (r#""\u12""#, Wrong::Escape),
            (r#""\u+123""#, Wrong::Escape),
            (r#""\u{}""#, Wrong::Escape),
            (r#""\u{110000}""#, Wrong::Escape),
            (r#""\u{D83D}""#, Wrong::Escape),
            (r#""\u{FFFFFFFFFFFFFFFFF}""#, Wrong::Escape),
            (r#""\uD83D""#, Wrong::Escape),
            (r#""\uD83Dx""#, Wrong::Escape),
            (r#""\uDE00\uD83D""#, Wrong::Escape),
            (r#""\uD83D\u0041""#, Wrong::Escape),
        ] {
            assert_eq!(read(text), Err(wrong), "{text}");
        }
    }

    #[test]
    fn block_strings_lose_the_indentation_that_their_lines_share() {
        for (block, value) in [
            ("", ""),
            ("one", "one"),
            ("  one", "  one"),
            ("\n    a\n      b\n\n    c\n  ", "a\n  b\n\nc"),
            ("a\r\n  b\r   c", "a\nb\n c"),
            ("\n \t\n", ""),
            ("\\\"\"\" \\n", "\"\"\" \\n"),
            ("\n  ä\n ö", " ä\nö"),
        ] {
            let text = format!("\"\"\"{block}\"\"\" \"");
            let (read, length) = read(&text).unwrap();
            assert_eq!((read.as_str(), length), (value, block.len() + 6), "{block}");
        }
        for open in ["\"\"\"", "\"\"\"a\"\"", "\"\"\"a\\\"\"\""] {
            assert_eq!(read(open), Err(Wrong::Open), "{open}");
        }
    }
}
