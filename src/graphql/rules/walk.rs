//! One way through a definition, with the types of what lies on it.

use async_graphql::Positioned;
use async_graphql::parser::types::{
    Directive, Field, FragmentDefinition, InlineFragment, OperationDefinition, Selection,
    SelectionSet,
};
use async_graphql::registry::MetaType;

use super::directives::Place;
use super::found::{Found, Seen};
use super::schema::TYPENAME;
use super::{arguments, directives, fields, fragments, subscriptions, variables};

/// The way itself.
impl<'a> Found<'a> {
    pub(super) fn operation(&mut self, operation: &'a OperationDefinition) -> Seen<'a> {
        for definition in &operation.variable_definitions {
            variables::define(self, &definition.node);
            self.directives(&definition.node.directives, Place::Other("a variable"));
        }
        self.directives(&operation.directives, Place::Other("an operation"));
        let root = self.schema.root(operation);
        if root.is_none() {
            let message = format!("this API has no {}", operation.ty);
            self.faults.rule(message, operation.selection_set.pos);
        }
        self.needs_meaning |= subscriptions::repeats(operation);
        self.set(&operation.selection_set.node, root);
        std::mem::take(&mut self.seen)
    }

    pub(super) fn fragment(&mut self, fragment: &'a FragmentDefinition) -> Seen<'a> {
        let on = fragments::condition(self, &fragment.type_condition.node);
        self.directives(
            &fragment.directives,
            Place::Other("the definition of a fragment"),
        );
        self.set(&fragment.selection_set.node, on);
        std::mem::take(&mut self.seen)
    }

    fn set(&mut self, set: &'a SelectionSet, of: Option<&'a MetaType>) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => self.field(field, of),
                Selection::InlineFragment(inline) => self.inline(inline, of),
                Selection::FragmentSpread(spread) => {
                    fragments::spread(self, spread, of);
                    self.directives(&spread.node.directives, Place::Selection);
                }
            }
        }
    }

    fn field(&mut self, field: &'a Positioned<Field>, of: Option<&'a MetaType>) {
        let (pos, field) = (field.pos, &field.node);
        let definition = of.and_then(|of| fields::find(self, field, of));
        arguments::of_field(self, field, definition, pos);
        self.directives(&field.directives, Place::Selection);
        if field.name.node == TYPENAME && !field.directives.is_empty() {
            self.needs_meaning = true;
        }
        let answer = definition.and_then(|definition| self.schema.innermost(definition.ty));
        self.set(&field.selection_set.node, answer);
    }

    fn inline(&mut self, inline: &'a Positioned<InlineFragment>, of: Option<&'a MetaType>) {
        let (pos, inline) = (inline.pos, &inline.node);
        let on = match &inline.type_condition {
            Some(condition) => {
                let on = fragments::condition(self, &condition.node);
                fragments::require_overlap(self, of, on, pos);
                on
            }
            None => of,
        };
        self.directives(&inline.directives, Place::Selection);
        self.set(&inline.selection_set.node, on);
    }

    fn directives(&mut self, given: &'a [Positioned<Directive>], place: Place) {
        directives::check(self, given, place);
    }
}
