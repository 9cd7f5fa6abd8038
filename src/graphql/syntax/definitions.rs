//! Definitions and selections.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, FragmentDefinition, FragmentSpread,
    InlineFragment, OperationDefinition, OperationType, Selection, SelectionSet, TypeCondition,
    VariableDefinition,
};
use async_graphql::{Name, Pos, Positioned};

use super::lexer::Kind;
use super::reader::Reader;
use super::value::Variables;
use super::{Fault, Result};

impl Reader<'_> {
    pub(super) fn document(mut self) -> Result<ExecutableDocument> {
        let mut operations = Operations::default();
        let mut fragments = HashMap::new();
        while *self.peek() != Kind::End {
            let is_described = matches!(self.peek(), Kind::String(_));
            if is_described {
                self.take()?;
            }
            let pos = self.pos();
            match *self.peek() {
                Kind::Mark('{') if !is_described => {
                    let selection_set = self.selections()?;
                    operations.add(None, operation(OperationType::Query, selection_set), pos)?;
                }
                Kind::Name("fragment") => {
                    let (name, fragment) = self.fragment()?;
                    match fragments.entry(name) {
                        Entry::Occupied(known) => {
                            let message = format!("two fragments are named {}", known.key());
                            return Err(Fault::syntax(message, pos));
                        }
                        Entry::Vacant(place) => place.insert(Positioned::new(fragment, pos)),
                    };
                }
                Kind::Name(word) => {
                    let kind = kind(word).ok_or_else(|| self.unexpected())?;
                    let (name, definition) = self.operation(kind)?;
                    operations.add(name, definition, pos)?;
                }
                _ => return Err(self.unexpected()),
            }
        }
        let nothing = if fragments.is_empty() {
            self.unexpected()
        } else {
            Fault::syntax("the document has no operation", self.pos())
        };
        let operations = operations.0.ok_or(nothing)?;
        Ok(ExecutableDocument {
            operations,
            fragments,
        })
    }

    fn operation(&mut self, ty: OperationType) -> Result<(Option<Name>, OperationDefinition)> {
        self.take()?;
        let is_named = matches!(self.peek(), Kind::Name(_));
        let name = is_named.then(|| self.name()).transpose()?;
        let mut variable_definitions = Vec::new();
        if self.is_at('(') {
            self.nested_some('(', ')', |reader| {
                variable_definitions.push(reader.variable_definition()?);
                Ok(())
            })?;
        }
        let directives = self.directives(Variables::Allowed)?;
        let definition = OperationDefinition {
            variable_definitions,
            directives,
            ..operation(ty, self.selections()?)
        };
        Ok((name.map(|name| name.node), definition))
    }

    fn variable_definition(&mut self) -> Result<Positioned<VariableDefinition>> {
        if matches!(self.peek(), Kind::String(_)) {
            self.take()?;
        }
        let pos = self.pos();
        self.mark('$')?;
        let name = self.name()?;
        self.mark(':')?;
        let type_pos = self.pos();
        let var_type = Positioned::new(self.type_reference()?, type_pos);
        let mut default_value = None;
        if self.is_at('=') {
            self.take()?;
            let pos = self.pos();
            let value = self.value(Variables::Forbidden)?;
            default_value = value.into_const().map(|value| Positioned::new(value, pos));
        }
        let definition = VariableDefinition {
            name,
            var_type,
            directives: self.directives(Variables::Forbidden)?,
            default_value,
        };
        Ok(Positioned::new(definition, pos))
    }

    fn fragment(&mut self) -> Result<(Name, FragmentDefinition)> {
        self.take()?;
        if *self.peek() == Kind::Name("on") {
            return Err(self.unexpected());
        }
        let name = self.name()?.node;
        let type_condition = self.type_condition()?;
        let fragment = FragmentDefinition {
            type_condition,
            directives: self.directives(Variables::Allowed)?,
            selection_set: self.selections()?,
        };
        Ok((name, fragment))
    }

    fn type_condition(&mut self) -> Result<Positioned<TypeCondition>> {
        let pos = self.pos();
        if *self.peek() != Kind::Name("on") {
            return Err(self.unexpected());
        }
        self.take()?;
        let on = self.name()?;
        Ok(Positioned::new(TypeCondition { on }, pos))
    }

    fn selections(&mut self) -> Result<Positioned<SelectionSet>> {
        let pos = self.pos();
        let mut items = Vec::new();
        self.nested_some('{', '}', |reader| {
            let pos = reader.pos();
            let selection = if *reader.peek() == Kind::Spread {
                reader.spread()?
            } else {
                Selection::Field(Positioned::new(reader.field()?, pos))
            };
            items.push(Positioned::new(selection, pos));
            Ok(())
        })?;
        Ok(Positioned::new(SelectionSet { items }, pos))
    }

    fn field(&mut self) -> Result<Field> {
        let first = self.name()?;
        let (alias, name) = if self.is_at(':') {
            self.take()?;
            (Some(first), self.name()?)
        } else {
            (None, first)
        };
        let arguments = self.arguments(Variables::Allowed)?;
        let directives = self.directives(Variables::Allowed)?;
        let selection_set = if self.is_at('{') {
            self.selections()?
        } else {
            Positioned::new(SelectionSet::default(), self.pos())
        };
        Ok(Field {
            alias,
            name,
            arguments,
            directives,
            selection_set,
        })
    }

    fn spread(&mut self) -> Result<Selection> {
        let pos = self.take()?.pos;
        if !matches!(self.peek(), Kind::Name("on")) && matches!(self.peek(), Kind::Name(_)) {
            let spread = FragmentSpread {
                fragment_name: self.name()?,
                directives: self.directives(Variables::Allowed)?,
            };
            return Ok(Selection::FragmentSpread(Positioned::new(spread, pos)));
        }
        let has_condition = *self.peek() == Kind::Name("on");
        let inline = InlineFragment {
            type_condition: has_condition.then(|| self.type_condition()).transpose()?,
            directives: self.directives(Variables::Allowed)?,
            selection_set: self.selections()?,
        };
        Ok(Selection::InlineFragment(Positioned::new(inline, pos)))
    }
}

/// The operations so far: one without a name, or all with one.
#[derive(Default)]
struct Operations(Option<DocumentOperations>);

impl Operations {
    fn add(&mut self, name: Option<Name>, definition: OperationDefinition, pos: Pos) -> Result<()> {
        let definition = Positioned::new(definition, pos);
        match (&mut self.0, name) {
            (place @ None, None) => *place = Some(DocumentOperations::Single(definition)),
            (place @ None, Some(name)) => {
                let named = HashMap::from([(name, definition)]);
                *place = Some(DocumentOperations::Multiple(named));
            }
            (Some(DocumentOperations::Multiple(named)), Some(name)) => match named.entry(name) {
                Entry::Occupied(known) => {
                    let message = format!("two operations are named {}", known.key());
                    return Err(Fault::syntax(message, pos));
                }
                Entry::Vacant(place) => {
                    place.insert(definition);
                }
            },
            (Some(DocumentOperations::Single(_)), _)
            | (Some(DocumentOperations::Multiple(_)), None) => {
                let message = "a document with several operations names each of them";
                return Err(Fault::syntax(message, pos));
            }
        }
        Ok(())
    }
}

/// An operation of which nothing but this is written.
const fn operation(
    ty: OperationType,
    selection_set: Positioned<SelectionSet>,
) -> OperationDefinition {
    OperationDefinition {
        ty,
        variable_definitions: Vec::new(),
        directives: Vec::new(),
        selection_set,
    }
}

fn kind(word: &str) -> Option<OperationType> {
    match word {
        "query" => Some(OperationType::Query),
        "mutation" => Some(OperationType::Mutation),
        "subscription" => Some(OperationType::Subscription),
        _ => None,
    }
}
