//! The values of variables are of the types that the operation gives them (`CoerceVariableValues`, section
//! 6.1.2): checked before anything runs, and written so that the library reads them as they are meant.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{BaseType, OperationDefinition, Type};
use async_graphql::registry::MetaType;
use async_graphql::{Name, ServerError, Value, Variables};
use async_graphql_value::Number;

use super::literals::meant;
use super::numbers;
use super::path::{Path, Wrong};
use super::schema::{Inputs, Schema, is_built_in, is_required};
use crate::domain::nearest;
use crate::graphql::error;

/// The values that the operation runs with: those that were sent for what it defines, and its defaults.
///
/// # Errors
/// `BAD_USER_INPUT` with the place in the variables.
pub(super) fn coerce(
    operation: &OperationDefinition,
    sent: &Variables,
    schema: Schema<'_>,
) -> Result<Variables, ServerError> {
    let mut coerced = Variables::default();
    for definition in &operation.variable_definitions {
        let definition = &definition.node;
        let (name, ty) = (&definition.name.node, &definition.var_type.node);
        let value = match (sent.get(name), &definition.default_value) {
            (Some(value), _) => Coercion::of_values(schema).value(value, ty, Path::Of(name)),
            (None, Some(default)) => {
                Coercion::of_literals(schema).value(&default.node, ty, Path::Of(name))
            }
            (None, None) if ty.nullable => continue,
            (None, None) => Err(Wrong {
                field: name.to_string(),
                message: format!("the variable ${name} has no value: give it in variables"),
            }),
        };
        let value = value.map_err(|wrong| error::bad_input(&wrong.field, wrong.message, None))?;
        coerced.insert(name.clone(), value);
    }
    Ok(coerced)
}

/// How a value becomes one of a type.
#[derive(Clone, Copy)]
pub(super) struct Coercion<'a> {
    schema: Schema<'a>,
    /// Enums are written as names; in JSON there are only texts, and `1.0` is `1`.
    is_literal: bool,
}

impl<'a> Coercion<'a> {
    pub(super) const fn of_literals(schema: Schema<'a>) -> Self {
        Self {
            schema,
            is_literal: true,
        }
    }

    const fn of_values(schema: Schema<'a>) -> Self {
        Self {
            schema,
            is_literal: false,
        }
    }

    /// # Errors
    /// Where in the value something else belongs, and what.
    pub(super) fn value(self, value: &Value, ty: &Type, path: Path<'_>) -> Result<Value, Wrong> {
        if *value == Value::Null {
            return if ty.nullable {
                Ok(Value::Null)
            } else {
                Err(wrong(path, ty))
            };
        }
        match (&ty.base, value) {
            (BaseType::List(of), Value::List(items)) => {
                let items = items.iter().enumerate();
                let items = items.map(|(index, it)| self.value(it, of, Path::Item(&path, index)));
                items.collect::<Result<_, _>>().map(Value::List)
            }
            (BaseType::List(of), one) => Ok(Value::List(vec![self.value(one, of, path)?])),
            (BaseType::Named(name), value) => {
                let of = self.schema.innermost(name);
                match (of, value) {
                    (Some(MetaType::InputObject { input_fields, .. }), Value::Object(given)) => {
                        self.object(given, input_fields, name, path)
                    }
                    (Some(MetaType::Scalar { name, .. }), value) if !is_built_in(name) => {
                        numbers::in_json(value, path).map(|()| value.clone())
                    }
                    (Some(of), value) => self.leaf(value, of).ok_or_else(|| {
                        let Wrong { field, message } = wrong(path, ty);
                        let message = match value {
                            Value::Enum(name) => message + &meant(name, of),
                            Value::String(name) => message + &meant(name, of),
                            _ => message,
                        };
                        Wrong { field, message }
                    }),
                    (None, _) => Err(wrong(path, ty)),
                }
            }
        }
    }

    fn object(
        self,
        given: &IndexMap<Name, Value>,
        defined: &Inputs,
        of: &Name,
        path: Path<'_>,
    ) -> Result<Value, Wrong> {
        let mut coerced = IndexMap::with_capacity(given.len());
        for (name, value) in given {
            let path = Path::Field(&path, name);
            let ty = defined.get(name.as_str()).and_then(|it| Type::new(&it.ty));
            let Some(ty) = ty else {
                return Err(Wrong {
                    field: path.to_string(),
                    message: format!(
                        "{of} has no field {name}{}",
                        nearest::hint(name, defined.keys().map(String::as_str))
                    ),
                });
            };
            coerced.insert(name.clone(), self.value(value, &ty, path)?);
        }
        let mut required = defined.values().filter(|field| is_required(field));
        let missing = required.find(|field| !given.contains_key(field.name.as_str()));
        if let Some(missing) = missing {
            let path = Path::Field(&path, &missing.name).to_string();
            let message = format!("{path} is missing: {of} needs it, a {}", missing.ty);
            return Err(Wrong {
                field: path,
                message,
            });
        }
        Ok(Value::Object(coerced))
    }

    fn leaf(self, value: &Value, of: &MetaType) -> Option<Value> {
        match of {
            MetaType::Scalar { name, .. } => match (name.as_str(), value) {
                ("Int", Value::Number(number)) => self.int(number).map(Value::from),
                ("Float", Value::Number(_))
                | ("String" | "ID", Value::String(_))
                | ("Boolean", Value::Boolean(_)) => Some(value.clone()),
                ("Float", Value::Binary(digits)) => numbers::nearest(digits).map(Value::Number),
                ("ID", Value::Number(number)) => {
                    let is_whole = number.as_f64().is_some_and(|it| it.fract() == 0.0);
                    (is_whole && (!number.is_f64() || !self.is_literal))
                        .then(|| numbers::of_id(value))
                }
                ("ID", Value::Binary(_)) => Some(numbers::of_id(value)),
                _ => None,
            },
            MetaType::Enum { enum_values, .. } => {
                let name = match value {
                    Value::Enum(name) if self.is_literal => name.as_str(),
                    Value::String(text) if !self.is_literal => text,
                    _ => return None,
                };
                enum_values.contains_key(name).then(|| value.clone())
            }
            _ => None,
        }
    }

    fn int(self, number: &Number) -> Option<i32> {
        if let Some(whole) = number.as_i64() {
            return i32::try_from(whole).ok();
        }
        let whole = number
            .as_f64()
            .filter(|it| it.fract() == 0.0 && !self.is_literal)?;
        let is_in_range = whole >= f64::from(i32::MIN) && whole <= f64::from(i32::MAX);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it is whole and in the range"
        )]
        is_in_range.then_some(whole as i32)
    }
}

fn wrong(path: Path<'_>, ty: &Type) -> Wrong {
    let field = path.to_string();
    let message = format!("{field} must be {ty}");
    Wrong { field, message }
}
