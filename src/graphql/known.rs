//! A document that was read, and what is known of it whatever its variables are. Clients send few
//! documents again and again: one that was found to obey the rules of the language is not held against
//! them a second time.

use std::sync::OnceLock;

use async_graphql::ServerError;
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::registry::Registry;

use super::{rules, syntax};

/// A document, and whether it obeys the rules. A transport that keeps it puts an `Arc` of it into the
/// data of a request, in the place of the text.
#[derive(Debug)]
pub struct Known {
    document: ExecutableDocument,
    /// Set once it is known to obey them: the document that the library is to execute in its place, if that
    /// is another one.
    obeys: OnceLock<Option<ExecutableDocument>>,
}

impl Known {
    /// Reads a text.
    ///
    /// # Errors
    /// As [`syntax::parse`].
    pub fn read(text: &str) -> Result<Self, ServerError> {
        Ok(Self {
            document: syntax::parse(text)?,
            obeys: OnceLock::new(),
        })
    }

    /// The document as its author wrote it.
    #[must_use]
    pub const fn document(&self) -> &ExecutableDocument {
        &self.document
    }

    /// The document that the library executes. It must be within the limits.
    ///
    /// # Errors
    /// As [`rules::check`].
    pub(super) fn executed(
        &self,
        registry: &Registry,
    ) -> Result<&ExecutableDocument, Vec<ServerError>> {
        let written_out = if let Some(known) = self.obeys.get() {
            known
        } else {
            let found = rules::check(&self.document, registry)?;
            self.obeys.get_or_init(|| found)
        };
        Ok(written_out.as_ref().unwrap_or(&self.document))
    }
}
