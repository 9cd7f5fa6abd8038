//! What is wrong with a document.

use async_graphql::{Pos, ServerError};

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

    /// A value in it is not what belongs there.
    pub(super) fn input(&mut self, field: &str, message: impl Into<String>, pos: Pos) {
        if self.0.len() < error::ERRORS {
            self.0.push(error::bad_input(field, message, Some(pos)));
        }
    }
}
