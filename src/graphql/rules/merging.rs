//! Fields that answer under the same key are the same field, and their answers have the same shape
//! (section 5.3.2).
//!
//! The specification compares every field with every other. This compares every field with the first
//! under its key, which is enough, for to be alike is to be alike to the same: the fields that may be
//! of one object are gathered with their fragments written out, looked at key by key, and what they select
//! is gathered again. So each field is looked at once for every place that it is merged into, which
//! `limits` has bounded.
//!
//! Two passes, because what lies in objects of different types need not be the same field, but still has
//! to be of the same shape.

use std::collections::{HashSet, VecDeque};

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::registry::MetaType;
use async_graphql::{Name, Positioned};

use super::faults::Faults;
use super::schema::{Schema, item, nullable};

pub(super) fn check(
    operation: &OperationDefinition,
    document: &ExecutableDocument,
    schema: Schema<'_>,
    faults: &mut Faults,
) {
    let Some(root) = schema.root(operation) else {
        return;
    };
    let mut merging = Merging {
        document,
        schema,
        faults,
    };
    let fields = merging.gather([(&operation.selection_set.node, root)]);
    merging.same_shape(&fields);
    merging.same_fields(&fields);
}

struct Merging<'a, 'f> {
    document: &'a ExecutableDocument,
    schema: Schema<'a>,
    faults: &'f mut Faults,
}

/// A field where it is selected.
#[derive(Clone, Copy)]
struct Selected<'a> {
    of: &'a MetaType,
    field: &'a Positioned<Field>,
    /// The type that it answers.
    ty: &'a str,
}

impl<'a> Merging<'a, '_> {
    /// The fields of sets that are merged, with fragments written out, each fragment once.
    fn gather(
        &self,
        sets: impl IntoIterator<Item = (&'a SelectionSet, &'a MetaType)>,
    ) -> Vec<Selected<'a>> {
        let (mut fields, mut spread) = (Vec::new(), HashSet::new());
        let mut unread: VecDeque<_> = sets.into_iter().collect();
        while let Some((set, of)) = unread.pop_front() {
            for selection in &set.items {
                match &selection.node {
                    Selection::Field(field) => {
                        let definition = Schema::field(of, &field.node.name.node);
                        fields.extend(definition.map(|it| Selected {
                            of,
                            field,
                            ty: it.ty,
                        }));
                    }
                    Selection::InlineFragment(inline) => {
                        let condition = inline.node.type_condition.as_ref();
                        let on =
                            condition.map_or(Some(of), |it| self.schema.named(&it.node.on.node));
                        unread.extend(on.map(|on| (&inline.node.selection_set.node, on)));
                    }
                    Selection::FragmentSpread(it) => {
                        let name = &it.node.fragment_name.node;
                        if spread.insert(name)
                            && let Some(fragment) = self.document.fragments.get(name)
                            && let Some(on) = self
                                .schema
                                .named(&fragment.node.type_condition.node.on.node)
                        {
                            unread.push_back((&fragment.node.selection_set.node, on));
                        }
                    }
                }
            }
        }
        fields
    }

    /// What the fields under one key select of their answers.
    fn within(&self, fields: &[Selected<'a>]) -> Vec<Selected<'a>> {
        let selects = |it: &&Selected<'a>| !it.field.node.selection_set.node.items.is_empty();
        let sets = fields.iter().filter(selects).filter_map(|it| {
            let of = self.schema.innermost(it.ty)?;
            Some((&it.field.node.selection_set.node, of))
        });
        self.gather(sets)
    }

    /// `SameResponseShape`.
    fn same_shape(&mut self, fields: &[Selected<'a>]) {
        for (key, fields) in by_key(fields) {
            let [first, others @ ..] = fields.as_slice() else {
                continue;
            };
            for other in others {
                if !self.is_same_shape(first.ty, other.ty) {
                    self.conflict(key, first, other, "answer different types");
                }
            }
            self.same_shape(&self.within(&fields));
        }
    }

    fn is_same_shape(&self, one: &str, other: &str) -> bool {
        if one.ends_with('!') != other.ends_with('!') {
            return false;
        }
        match (item(one), item(other)) {
            (Some(one), Some(other)) => self.is_same_shape(one, other),
            (None, None) => {
                let is_object = |ty| {
                    self.schema
                        .innermost(ty)
                        .is_some_and(MetaType::is_composite)
                };
                nullable(one) == nullable(other) || is_object(one) && is_object(other)
            }
            (Some(_), None) | (None, Some(_)) => false,
        }
    }

    /// `FieldsInSetCanMerge`, of those that may be of one object.
    fn same_fields(&mut self, fields: &[Selected<'a>]) {
        for (key, fields) in by_key(fields) {
            for fields in by_object(&fields) {
                let [first, others @ ..] = fields.as_slice() else {
                    continue;
                };
                for other in others {
                    let (one, two) = (&first.field.node, &other.field.node);
                    if one.name.node != two.name.node {
                        self.conflict(key, first, other, "are different fields");
                    } else if !same_arguments(one, two) {
                        self.conflict(key, first, other, "have different arguments");
                    }
                }
                self.same_fields(&self.within(&fields));
            }
        }
    }

    fn conflict(&mut self, key: &Name, first: &Selected<'_>, other: &Selected<'_>, why: &str) {
        let (one, two) = (&first.field.node.name.node, &other.field.node.name.node);
        let message = if one == two {
            format!("{one} is selected more than once as {key}, and these {why}: use aliases")
        } else {
            format!("{one} and {two} are both selected as {key}, and {why}: use aliases")
        };
        self.faults.rule(message, other.field.pos);
    }
}

fn by_key<'a>(fields: &[Selected<'a>]) -> IndexMap<&'a Name, Vec<Selected<'a>>> {
    let mut groups = IndexMap::<_, Vec<_>>::new();
    for field in fields {
        let key = &field.field.node.response_key().node;
        groups.entry(key).or_default().push(*field);
    }
    groups
}

/// The fields of each type of objects, with those of interfaces, which may be of any.
fn by_object<'a>(fields: &[Selected<'a>]) -> Vec<Vec<Selected<'a>>> {
    let mut groups = IndexMap::<_, Vec<_>>::new();
    let mut of_any = Vec::new();
    for field in fields {
        if field.of.is_abstract() {
            of_any.push(*field);
        } else {
            groups.entry(field.of.name()).or_default().push(*field);
        }
    }
    if groups.is_empty() {
        return vec![of_any];
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    for group in &mut groups {
        group.extend_from_slice(&of_any);
    }
    groups
}

fn same_arguments(one: &Field, other: &Field) -> bool {
    one.arguments.len() == other.arguments.len()
        && one.arguments.iter().all(|(name, value)| {
            let same = other.get_argument(&name.node);
            same.is_some_and(|same| same.node == value.node)
        })
}
