//! Values that are written in a document are of the type of their place (sections 5.6.1, 5.6.2 and 5.6.4).
//! That input fields are given once (5.6.3) the parser has seen.

use async_graphql::Pos;
use async_graphql::registry::{MetaInputValue, MetaType};
use async_graphql_value::Value;
use async_graphql_value::indexmap::IndexMap;

use super::found::{Found, Usage};
use super::numbers;
use super::path::Path;
use super::schema::{Inputs, is_built_in, is_required, item, nullable};
use crate::domain::nearest;

/// What belongs at a place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected<'a> {
    pub ty: &'a str,
    pub has_default: bool,
}

impl<'a> Expected<'a> {
    pub(super) const fn of(input: &'a MetaInputValue) -> Self {
        Self {
            ty: input.ty.as_str(),
            has_default: input.default_value.is_some(),
        }
    }

    const fn bare(ty: &'a str) -> Self {
        Self {
            ty,
            has_default: false,
        }
    }
}

impl<'a> Found<'a> {
    /// Checks a value and notes the variables in it. Nothing is expected at a place that there is not,
    /// and inside of JSON.
    pub(super) fn literal(
        &mut self,
        value: &'a Value,
        expected: Option<Expected<'a>>,
        path: Path<'_>,
        pos: Pos,
    ) {
        let Some(Expected { ty, .. }) = expected else {
            return self.anything(value, expected, None, pos);
        };
        match value {
            Value::Variable(_) => self.anything(value, expected, None, pos),
            Value::Null if ty.ends_with('!') => self.wrong(ty, path, pos),
            Value::Null => {}
            Value::List(items) if let Some(of) = item(ty) => {
                for (index, value) in items.iter().enumerate() {
                    let path = Path::Item(&path, index);
                    self.literal(value, Some(Expected::bare(of)), path, pos);
                }
            }
            _ => self.single(value, ty, path, pos),
        }
    }

    /// A value that is no list of what is expected: it stands for a list of one, too.
    fn single(&mut self, value: &'a Value, ty: &'a str, path: Path<'_>, pos: Pos) {
        let Some(of) = self.schema.innermost(ty) else {
            return self.anything(value, None, None, pos);
        };
        match (of, value) {
            (MetaType::InputObject { input_fields, .. }, Value::Object(fields)) => {
                self.object(fields, input_fields, of.name(), path, pos);
            }
            (MetaType::Scalar { name, .. }, _) if !is_built_in(name) => {
                // The items of a list that is JSON are JSON.
                let of = nullable(ty);
                let of = item(of).is_none().then(|| Expected::bare(of));
                self.anything(value, of, Some(path), pos);
            }
            _ => {
                if !is_of(value, of) {
                    self.wrong_leaf((value, of), ty, path, pos);
                }
                // The library takes whole numbers of 63 bits for ids, and no others.
                self.needs_meaning |= matches!(value, Value::Number(number) if !number.is_i64());
                self.anything(value, None, None, pos);
            }
        }
    }

    fn object(
        &mut self,
        given: &'a IndexMap<async_graphql::Name, Value>,
        defined: &'a Inputs,
        of: &str,
        path: Path<'_>,
        pos: Pos,
    ) {
        for (name, value) in given {
            let field = defined.get(name.as_str());
            let path = Path::Field(&path, name);
            if field.is_none() {
                let message = || {
                    let known = defined.keys().map(String::as_str);
                    format!("{of} has no field {name}{}", nearest::hint(name, known))
                };
                self.faults.input_with(&path.to_string(), message, pos);
            }
            self.literal(value, field.map(Expected::of), path, pos);
        }
        for field in defined.values().filter(|field| is_required(field)) {
            if !given.contains_key(field.name.as_str()) {
                let path = Path::Field(&path, &field.name).to_string();
                let message = format!("{path} is missing: {of} needs it, a {}", field.ty);
                self.faults.input(&path, message, pos);
            }
        }
    }

    /// Notes the variables in a value of which nothing else is asked, but that in JSON, which has a path,
    /// numbers are such that 64 bits hold.
    fn anything(
        &mut self,
        value: &'a Value,
        expected: Option<Expected<'a>>,
        json: Option<Path<'_>>,
        pos: Pos,
    ) {
        match value {
            Value::Variable(variable) => self.seen.variables.push(Usage {
                variable,
                pos,
                ty: expected.map(|expected| expected.ty),
                has_default: expected.is_some_and(|expected| expected.has_default),
            }),
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let path = json.as_ref().map(|json| Path::Item(json, index));
                    self.anything(item, expected, path, pos);
                }
            }
            Value::Object(fields) => {
                for (name, field) in fields {
                    let path = json.as_ref().map(|json| Path::Field(json, name));
                    self.anything(field, None, path, pos);
                }
            }
            Value::Binary(_) => {
                self.needs_meaning = true;
                if let Some(path) = json {
                    self.faults
                        .input(&path.to_string(), numbers::oversized(path), pos);
                }
            }
            Value::Null
            | Value::Number(_)
            | Value::String(_)
            | Value::Boolean(_)
            | Value::Enum(_) => {}
        }
    }

    fn wrong_leaf(&mut self, (value, of): (&Value, &MetaType), ty: &str, path: Path<'_>, pos: Pos) {
        let Value::Enum(name) = value else {
            return self.wrong(ty, path, pos);
        };
        let path = path.to_string();
        let message = || format!("{path} must be {ty}{}", meant(name, of));
        self.faults.input_with(&path, message, pos);
    }

    fn wrong(&mut self, ty: &str, path: Path<'_>, pos: Pos) {
        let path = path.to_string();
        self.faults
            .input(&path, format!("{path} must be {ty}"), pos);
    }
}

/// What was meant by a name that is no value of this enum.
pub(super) fn meant(name: &str, of: &MetaType) -> String {
    match of {
        MetaType::Enum { enum_values, .. } => {
            nearest::hint(name, enum_values.keys().map(String::as_str))
        }
        _ => String::new(),
    }
}

/// Section 3.5 for scalars, 3.9 for enums. Digits without a place in 64 bits name a row, if anything.
fn is_of(value: &Value, of: &MetaType) -> bool {
    match (of, value) {
        (MetaType::Scalar { name, .. }, value) => match (name.as_str(), value) {
            ("Int", Value::Number(number)) => number
                .as_i64()
                .is_some_and(|number| i32::try_from(number).is_ok()),
            ("ID", Value::Number(number)) => !number.is_f64(),
            ("Float", Value::Number(_))
            | ("Float" | "ID", Value::Binary(_))
            | ("String" | "ID", Value::String(_))
            | ("Boolean", Value::Boolean(_)) => true,
            _ => false,
        },
        (MetaType::Enum { enum_values, .. }, Value::Enum(name)) => {
            enum_values.contains_key(name.as_str())
        }
        _ => false,
    }
}
