//! Values, types, arguments and directives, as far as they are written alike everywhere.

use async_graphql::parser::types::{BaseType, Directive, Type};
use async_graphql::{Name, Positioned};
use async_graphql_value::indexmap::IndexMap;
use async_graphql_value::indexmap::map::Entry;
use async_graphql_value::{Number, Value};
use bytes::Bytes;

use super::lexer::Kind;
use super::reader::Reader;
use super::{Fault, Result};

/// May a value name variables?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variables {
    Allowed,
    Forbidden,
}

impl Reader<'_> {
    pub(super) fn value(&mut self, variables: Variables) -> Result<Value> {
        match self.peek() {
            Kind::Mark('[') => {
                let mut items = Vec::new();
                self.nested('[', ']', |reader| {
                    items.push(reader.value(variables)?);
                    Ok(())
                })?;
                Ok(Value::List(items))
            }
            Kind::Mark('{') => self.object(variables),
            Kind::Mark('$') if variables == Variables::Allowed => {
                self.take()?;
                Ok(Value::Variable(self.name()?.node))
            }
            Kind::Name(_) | Kind::Int(_) | Kind::Float(_) | Kind::String(_) => self.scalar(),
            Kind::Mark(_) | Kind::Spread | Kind::End => Err(self.unexpected()),
        }
    }

    fn scalar(&mut self) -> Result<Value> {
        let token = self.take()?;
        Ok(match token.kind {
            Kind::Name("true") => Value::Boolean(true),
            Kind::Name("false") => Value::Boolean(false),
            Kind::Name("null") | Kind::Mark(_) | Kind::Spread | Kind::End => Value::Null,
            Kind::Name(name) => Value::Enum(Name::new(name)),
            Kind::Int(digits) => integer(digits),
            Kind::Float(text) => {
                let number = text.parse().ok().and_then(Number::from_f64);
                Value::Number(number.ok_or(Fault::Number)?)
            }
            Kind::String(text) => Value::String(text),
        })
    }

    /// An input object names each field once (section 5.6.3).
    fn object(&mut self, variables: Variables) -> Result<Value> {
        let mut fields = IndexMap::new();
        self.nested('{', '}', |reader| {
            let name = reader.name()?;
            reader.mark(':')?;
            let value = reader.value(variables)?;
            match fields.entry(name.node) {
                Entry::Occupied(field) => {
                    let message =
                        format!("the input field {} is given more than once", field.key());
                    Err(Fault::rule(message, name.pos))
                }
                Entry::Vacant(place) => {
                    place.insert(value);
                    Ok(())
                }
            }
        })?;
        Ok(Value::Object(fields))
    }

    pub(super) fn arguments(
        &mut self,
        variables: Variables,
    ) -> Result<Vec<(Positioned<Name>, Positioned<Value>)>> {
        let mut arguments = Vec::new();
        if !self.is_at('(') {
            return Ok(arguments);
        }
        self.nested_some('(', ')', |reader| {
            let name = reader.name()?;
            reader.mark(':')?;
            let pos = reader.pos();
            let value = reader.value(variables)?;
            arguments.push((name, Positioned::new(value, pos)));
            Ok(())
        })?;
        Ok(arguments)
    }

    pub(super) fn directives(
        &mut self,
        variables: Variables,
    ) -> Result<Vec<Positioned<Directive>>> {
        let mut directives = Vec::new();
        while self.is_at('@') {
            let pos = self.take()?.pos;
            let name = self.name()?;
            let arguments = self.arguments(variables)?;
            let directive = Directive { name, arguments };
            directives.push(Positioned::new(directive, pos));
        }
        Ok(directives)
    }

    pub(super) fn type_reference(&mut self) -> Result<Type> {
        let base = if self.is_at('[') {
            let mut item = None;
            self.deeper(|reader| {
                reader.mark('[')?;
                item = Some(reader.type_reference()?);
                reader.mark(']')
            })?;
            let item = item.ok_or_else(|| self.unexpected())?;
            BaseType::List(Box::new(item))
        } else {
            BaseType::Named(self.name()?.node)
        };
        let nullable = !self.is_at('!');
        if !nullable {
            self.take()?;
        }
        Ok(Type { base, nullable })
    }
}

/// An integer, be it ever so large: one that has no place in 64 bits may still name a row or stand in
/// JSON. Its digits are kept in the one kind of value that no document can write otherwise, until it is
/// known what they mean ([`rules::meant`](super::super::rules)).
fn integer(digits: &str) -> Value {
    let signed = digits.parse::<i64>().map(Number::from);
    let number = signed.or_else(|_| digits.parse::<u64>().map(Number::from));
    number.map_or_else(
        |_| Value::Binary(Bytes::copy_from_slice(digits.as_bytes())),
        Value::Number,
    )
}
