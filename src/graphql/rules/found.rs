//! What is found on the way through a document.

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Name, Pos};

use super::faults::Faults;
use super::schema::Schema;

pub(super) struct Found<'a> {
    pub schema: Schema<'a>,
    pub document: &'a ExecutableDocument,
    pub faults: Faults,
    pub seen: Seen<'a>,
    /// Something is written that the library reads differently.
    pub needs_meaning: bool,
}

/// What a definition names of others.
#[derive(Debug, Default)]
pub(super) struct Seen<'a> {
    pub variables: Vec<Usage<'a>>,
    pub fragments: Vec<&'a Name>,
}

/// A place that names a variable.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usage<'a> {
    pub variable: &'a Name,
    pub pos: Pos,
    /// The type of the place. None inside of JSON, where anything may stand.
    pub ty: Option<&'a str>,
    /// The place has a default of its own.
    pub has_default: bool,
}

impl<'a> Found<'a> {
    pub(super) fn new(schema: Schema<'a>, document: &'a ExecutableDocument) -> Self {
        Self {
            schema,
            document,
            faults: Faults::default(),
            seen: Seen::default(),
            needs_meaning: false,
        }
    }
}
