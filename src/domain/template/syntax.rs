//! What is a placeholder. There are two readings, for what was pinned before the second keeps the first.

use serde::{Deserialize, Serialize};
use unicode_general_category::{GeneralCategory, get_general_category};

use super::placeholder::Placeholder;
use crate::domain::key::Keys;
use crate::domain::source::{ITEM, Nulls, SourcePath};

/// How templates are read: `templateSyntax` in definitions and snapshots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "u8", into = "u8")]
pub enum Syntax {
    /// `{{`, a letter or `_`, then letters, digits and `_`, then `}}`, without blanks. Letters and digits are
    /// Unicode's.
    #[default]
    First,
    /// `{{`, blanks, a name or a path, blanks, `}}`. A name is a letter or `_`, then letters, their combining
    /// marks and joiners, digits and `_`. A path is segments with dots between them, each a name or ASCII
    /// digits; the first is `inputs`, or begins with `stage_`, or is `item` where a stage runs for each. A backslash before a placeholder makes it
    /// literal, two are one and the value.
    Second,
    /// Templates are read as in the second, but that the first segment of a path may be the key of a stage, too. It is
    /// the third format of definitions: null is no value, and they may say what [`needs_third`] names.
    ///
    /// [`needs_third`]: crate::domain::definition::Stage::needs_third
    Third,
}

/// How the templates of a workflow are read: in which syntax, and with which words for its stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grammar<'k> {
    pub syntax: Syntax,
    pub keys: &'k Keys<'k>,
    /// Is `item` the root of a path, as where a stage runs for each item of a list?
    pub has_item: bool,
}

impl From<Syntax> for Grammar<'_> {
    /// No stage has a key.
    fn from(syntax: Syntax) -> Self {
        Self {
            syntax,
            keys: Keys::NONE,
            has_item: false,
        }
    }
}

impl Syntax {
    /// Is it what is taken where nothing is said?
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether null is a value where a path or a name leads to it.
    #[must_use]
    pub const fn nulls(self) -> Nulls {
        match self {
            Self::First | Self::Second => Nulls::AreValues,
            Self::Third => Nulls::AreNone,
        }
    }

    /// How many backslashes stand at the end of what is before a placeholder.
    pub(super) fn backslashes(self, before: &str) -> usize {
        match self {
            Self::First => 0,
            Self::Second | Self::Third => before.len() - before.trim_end_matches('\\').len(),
        }
    }
}

impl Grammar<'_> {
    /// Is `word` the root of a path here?
    fn is_root(self, word: &str) -> bool {
        SourcePath::is_root(word, self.keys) || (self.has_item && word == ITEM)
    }

    /// The same in a stage that runs for each item, or in another.
    #[must_use]
    pub const fn of_items(self, has_item: bool) -> Self {
        Self { has_item, ..self }
    }

    /// The placeholder that begins at `start`, where two braces stand, and where it ends.
    pub(super) fn placeholder(self, text: &str, start: usize) -> Option<(Placeholder<'_>, usize)> {
        let inner = start + 2;
        match self.syntax {
            Syntax::First => {
                let end = inner + word(&text[inner..], is_plain_letter)?;
                let after = text[end..].strip_prefix("}}")?;
                Some((
                    Placeholder::name(text, inner..end),
                    text.len() - after.len(),
                ))
            }
            Syntax::Second | Syntax::Third => {
                let begin = text.len() - text[inner..].trim_start().len();
                let end = begin + word(&text[begin..], is_letter)?;
                let (end, is_path) = match segments(&text[end..])? {
                    0 => (end, false),
                    _ if !self.is_root(&text[begin..end]) => return None,
                    more => (end + more, true),
                };
                let after = text[end..].trim_start().strip_prefix("}}")?;
                let placeholder = if is_path {
                    Placeholder::path(text, begin..end, self.keys)
                } else {
                    Placeholder::name(text, begin..end)
                };
                Some((placeholder, text.len() - after.len()))
            }
        }
    }
}

impl From<u8> for Syntax {
    fn from(number: u8) -> Self {
        match number {
            0 | 1 => Self::First,
            2 => Self::Second,
            _ => Self::Third,
        }
    }
}

impl From<Syntax> for u8 {
    fn from(syntax: Syntax) -> Self {
        match syntax {
            Syntax::First => 1,
            Syntax::Second => 2,
            Syntax::Third => 3,
        }
    }
}

/// Is the text a name, as it may stand between braces?
#[must_use]
pub fn is_name(text: &str) -> bool {
    word(text, is_letter) == Some(text.len())
}

/// The length of the name that `text` begins with.
fn word(text: &str, is_letter: fn(char) -> bool) -> Option<usize> {
    let begins = text.starts_with(|c: char| c == '_' || c.is_alphabetic());
    begins.then(|| text.find(|c| !is_letter(c)).unwrap_or(text.len()))
}

/// The length of the segments that `text` goes on with, each after a dot. None when one of them is neither name
/// nor digits.
fn segments(text: &str) -> Option<usize> {
    let mut length = 0;
    while let Some(segment) = text[length..].strip_prefix('.') {
        let letters = segment.find(|c| !is_letter(c)).unwrap_or(segment.len());
        let is_number = letters > 0 && segment[..letters].bytes().all(|b| b.is_ascii_digit());
        if !is_number {
            word(segment, is_letter)?;
        }
        length += 1 + letters;
    }
    Some(length)
}

fn is_plain_letter(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// Does it go on a name? The joiners stand inside words of Persian and of India's languages.
fn is_letter(c: char) -> bool {
    c == '_'
        || c.is_alphanumeric()
        || (!c.is_ascii() && (is_mark(c) || matches!(c, '\u{200C}' | '\u{200D}')))
}

fn is_mark(c: char) -> bool {
    matches!(
        get_general_category(c),
        GeneralCategory::NonspacingMark
            | GeneralCategory::SpacingMark
            | GeneralCategory::EnclosingMark
    )
}
