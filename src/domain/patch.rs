//! A field of an update: left out, cleared, or set.

use crate::error::{Error, Result};

/// What an update says of one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// The field was left out: it stays as it is.
    #[default]
    Keep,
    /// The field was null: it is cleared, or takes its default.
    Clear,
    /// The field has a new value.
    Set(T),
}

impl<T> Patch<T> {
    /// The field's value after the update, where it may be empty.
    pub fn apply(self, current: Option<T>) -> Option<T> {
        match self {
            Self::Keep => current,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }

    /// The field's value after the update, where null stands for a default.
    pub fn apply_or(self, current: T, default: T) -> T {
        match self {
            Self::Keep => current,
            Self::Clear => default,
            Self::Set(value) => value,
        }
    }

    /// The field's value after the update, where it cannot be empty.
    ///
    /// # Errors
    /// `BadInput` on `field` when it was null.
    pub fn apply_required(self, field: &str, current: T) -> Result<T> {
        match self {
            Self::Keep => Ok(current),
            Self::Clear => Err(Error::bad_input(
                field,
                format!("{field} must not be null: leave it out to keep it"),
            )),
            Self::Set(value) => Ok(value),
        }
    }

    /// The same update with its value converted.
    ///
    /// # Errors
    /// What `convert` answers.
    pub fn try_map<U, E>(
        self,
        convert: impl FnOnce(T) -> std::result::Result<U, E>,
    ) -> std::result::Result<Patch<U>, E> {
        Ok(match self {
            Self::Keep => Patch::Keep,
            Self::Clear => Patch::Clear,
            Self::Set(value) => Patch::Set(convert(value)?),
        })
    }
}
