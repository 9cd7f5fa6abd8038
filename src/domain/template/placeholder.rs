//! What stands between two braces and two braces.

use std::ops::Range;

use crate::domain::key::Keys;
use crate::domain::source::SourcePath;

/// A place in a template that a value takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholder<'t> {
    /// Where the name or path stands in the text, in bytes, without braces and blanks.
    pub span: Range<usize>,
    /// What its value is called among the variables: the name or path as it is written.
    pub name: &'t str,
    pub reference: Reference,
}

/// What a placeholder asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// The variable of its name.
    Name,
    /// What is at a path.
    Path(SourcePath),
    /// It begins like a path and is none: why.
    Unreadable(String),
}

impl Reference {
    /// The order of the stage that it reads from, if it reads from one.
    #[must_use]
    pub const fn stage(&self) -> Option<i32> {
        match self {
            Self::Path(path) => path.stage(),
            Self::Name | Self::Unreadable(_) => None,
        }
    }
}

impl<'t> Placeholder<'t> {
    pub(super) fn name(text: &'t str, span: Range<usize>) -> Self {
        Self {
            name: &text[span.clone()],
            span,
            reference: Reference::Name,
        }
    }

    pub(super) fn path(text: &'t str, span: Range<usize>, keys: &Keys<'_>) -> Self {
        let path = &text[span.clone()];
        let unreadable = |message| {
            Reference::Unreadable(format!(
                "{message}; a backslash before the braces makes them literal"
            ))
        };
        Self {
            name: path,
            span,
            reference: SourcePath::parse(path, keys).map_or_else(unreadable, Reference::Path),
        }
    }
}
