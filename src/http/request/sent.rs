//! A JSON object as a client sent it: a body, a message, or the parameters of a query string. Its values are
//! numbers where they are written as such; beside them stand the digits of those integers that are none that
//! 64 bits hold, until it is known what they are for.

use async_graphql::{Value as Literal, Variables};
use bytes::Bytes;
use serde_json::{Map, Value};

use crate::domain::json::{self, Oversized, Step};

/// Most integers in a request that 64 bits do not hold.
const OVERSIZED: usize = 100;

/// An object as it was sent.
#[derive(Debug, Default)]
pub(in crate::http) struct Sent {
    pub object: Map<String, Value>,
    oversized: Vec<Oversized>,
}

impl From<Map<String, Value>> for Sent {
    fn from(object: Map<String, Value>) -> Self {
        let oversized = Vec::new();
        Self { object, oversized }
    }
}

impl Sent {
    /// Reads an object.
    ///
    /// # Errors
    /// What is no JSON object.
    pub(in crate::http) fn read(json: &[u8]) -> serde_json::Result<Self> {
        Ok(Self {
            object: json::read(json)?,
            oversized: json::oversized(json, OVERSIZED + 1),
        })
    }

    /// Reads a field's value.
    ///
    /// # Errors
    /// What is no JSON.
    pub(in crate::http) fn insert(&mut self, name: &str, json: &[u8]) -> serde_json::Result<()> {
        self.object.insert(name.to_owned(), json::read(json)?);
        for mut found in json::oversized(json, OVERSIZED + 1) {
            found.path.insert(0, Step::Key(name.to_owned()));
            self.oversized.push(found);
        }
        Ok(())
    }

    /// Takes out a field that is an object itself; any other value is answered as it is, and nothing where there
    /// is none.
    pub(in crate::http) fn take(&mut self, name: &str) -> Option<Result<Self, Value>> {
        Some(match self.object.remove(name)? {
            Value::Object(object) => Ok(Self {
                object,
                oversized: self.take_oversized(name),
            }),
            other => Err(other),
        })
    }

    /// Puts the digits of the field `variables` in the place of the numbers that they would be, as the parser of
    /// documents does with literals.
    ///
    /// # Errors
    /// That there are too many, in words for the caller.
    pub(super) fn keep_digits(mut self, variables: &mut Variables) -> Result<(), &'static str> {
        let oversized = self.take_oversized("variables");
        if oversized.len() > OVERSIZED {
            return Err(
                "variables have more than 100 integers that 64 bits do not hold: send them as texts",
            );
        }
        for Oversized { path, digits } in oversized {
            if let Some(value @ Literal::Number(_)) = place(variables, &path) {
                *value = Literal::Binary(Bytes::from(digits));
            }
        }
        Ok(())
    }

    /// What stands in a field, with the places in that.
    fn take_oversized(&mut self, name: &str) -> Vec<Oversized> {
        let all = std::mem::take(&mut self.oversized).into_iter();
        let inside =
            all.filter(|it| matches!(it.path.first(), Some(Step::Key(key)) if key == name));
        let inside = inside.map(|mut it| {
            it.path.remove(0);
            it
        });
        inside.collect()
    }
}

/// A key that is given twice has its last value.
fn place<'a>(variables: &'a mut Variables, path: &[Step]) -> Option<&'a mut Literal> {
    let (Step::Key(name), path) = path.split_first()? else {
        return None;
    };
    let value = variables.get_mut(name.as_str())?;
    path.iter()
        .try_fold(value, |value, step| match (value, step) {
            (Literal::Object(fields), Step::Key(key)) => fields.get_mut(key.as_str()),
            (Literal::List(items), Step::Item(index)) => items.get_mut(*index),
            _ => None,
        })
}
