//! Where in an input a value lies, written as errors of services write it: `stages[2].name`. The argument
//! `input`, which most mutations have, is left out.

use std::fmt::{Display, Formatter, Result};

#[derive(Clone, Copy, Debug)]
pub(super) enum Path<'a> {
    /// An argument or a variable.
    Of(&'a str),
    Field(&'a Self, &'a str),
    Item(&'a Self, usize),
}

/// A value that is not what belongs at its place.
#[derive(Debug)]
pub(super) struct Wrong {
    pub field: String,
    pub message: String,
}

impl Display for Path<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        match self {
            Self::Of(name) | Self::Field(Self::Of("input"), name) => formatter.write_str(name),
            Self::Field(of, name) => write!(formatter, "{of}.{name}"),
            Self::Item(of, index) => write!(formatter, "{of}[{index}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_argument_input_is_understood() {
        let input = Path::Of("input");
        let stages = Path::Field(&input, "stages");
        let stage = Path::Item(&stages, 2);
        assert_eq!(Path::Field(&stage, "name").to_string(), "stages[2].name");
        assert_eq!(input.to_string(), "input");
        assert_eq!(Path::Field(&Path::Of("by"), "id").to_string(), "by.id");
    }
}
