//! What is wrong with a document.

use async_graphql::{Pos, ServerError};

use crate::domain::nearest;
use crate::graphql::error;

/// As many faults as one answer lists.
#[derive(Debug, Default)]
pub(super) struct Faults(pub Vec<ServerError>);

impl Faults {
    /// It breaks a rule at this place.
    pub(super) fn rule(&mut self, message: impl Into<String>, pos: Pos) {
        if self.0.len() < error::ERRORS {
            self.0.push(error::not_valid(message, pos));
        }
    }

    /// It names what there is not at this place; what was meant may be among what is `known`.
    pub(super) fn unknown<'k>(
        &mut self,
        message: &str,
        (name, known): (&str, impl IntoIterator<Item = &'k str>),
        pos: Pos,
    ) {
        // Looking for what was meant is not done for faults that nobody reads.
        if self.0.len() < error::ERRORS {
            self.rule(format!("{message}{}", nearest::hint(name, known)), pos);
        }
    }

    /// A value in it is not what belongs there.
    pub(super) fn input(&mut self, field: &str, message: impl Into<String>, pos: Pos) {
        self.input_with(field, || message, pos);
    }

    /// The same, with a message that is made if it is told.
    pub(super) fn input_with<M: Into<String>>(
        &mut self,
        field: &str,
        message: impl FnOnce() -> M,
        pos: Pos,
    ) {
        if self.0.len() < error::ERRORS {
            self.0.push(error::bad_input(field, message(), Some(pos)));
        }
    }
}
