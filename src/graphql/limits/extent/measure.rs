//! One way through a document: what lies in a selection is summed up, and multiplied by the rows that it
//! is answered for.

use std::collections::HashMap;

use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field, OperationDefinition, OperationType, Selection,
    SelectionSet,
};
use async_graphql::registry::{MetaType, MetaTypeName, Registry};
use async_graphql::{Name, Positioned, Variables};
use async_graphql_value::Value;

use super::super::NESTING;
use super::{Extent, rows, size};

/// Root fields that describe the API itself.
const INTROSPECTION: [&str; 2] = ["__schema", "__type"];

/// The extent of `document`, of which the operation of this name is to be run: that of its operations
/// and that of each fragment, for the library's checks walk a fragment also where nothing spreads it.
pub(in crate::graphql::limits) fn measure(
    document: &ExecutableDocument,
    name: Option<&str>,
    variables: &Variables,
    registry: &Registry,
) -> Extent {
    let mut rule = Rule {
        document,
        variables,
        registry,
        sizes: HashMap::new(),
        known: HashMap::new(),
    };
    let mut sum = Extent::default();
    for fragment in document.fragments.keys() {
        sum = rule.fragment(fragment, 0).defined(sum, false);
    }
    for (own, operation) in document.operations.iter() {
        let is_run = name.is_none() || own.map(Name::as_str) == name;
        sum = rule.operation(&operation.node).defined(sum, is_run);
    }
    sum
}

struct Rule<'a> {
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    registry: &'a Registry,
    /// The sizes of the variables' values that were used.
    sizes: HashMap<&'a str, usize>,
    known: HashMap<&'a Name, Extent>,
}

impl<'a> Rule<'a> {
    fn operation(&mut self, operation: &'a OperationDefinition) -> Extent {
        let root = match operation.ty {
            OperationType::Query => Some(&self.registry.query_type),
            OperationType::Mutation => self.registry.mutation_type.as_ref(),
            OperationType::Subscription => self.registry.subscription_type.as_ref(),
        };
        let of = root.and_then(|name| self.registry.types.get(name));
        let mut extent = self.set(&operation.selection_set.node, of, 0);
        extent.roots = extent.siblings;
        let definitions = operation.variable_definitions.iter();
        let of_variables = definitions.flat_map(|definition| &definition.node.directives);
        for directive in operation.directives.iter().chain(of_variables) {
            extent = extent.beside(self.directive(&directive.node));
        }
        extent
    }

    /// Measures a set. `level` bounds the recursion where fragments are not measured yet, and ends it
    /// where they spread each other in a circle.
    fn set(&mut self, set: &'a SelectionSet, of: Option<&'a MetaType>, level: usize) -> Extent {
        if level > NESTING {
            return Extent::ENDLESS;
        }
        let mut sum = Extent::default();
        for selection in &set.items {
            sum = sum.beside(self.selection(&selection.node, of, level + 1));
        }
        sum.compared = sum.compared.saturating_add(sum.open);
        sum
    }

    fn selection(
        &mut self,
        selection: &'a Selection,
        of: Option<&'a MetaType>,
        level: usize,
    ) -> Extent {
        let mut extent = match selection {
            Selection::Field(field) => self.field(&field.node, of, level),
            Selection::InlineFragment(inline) => {
                let condition = inline.node.type_condition.as_ref();
                let on = condition.map_or(of, |condition| self.named(&condition.node.on.node));
                self.set(&inline.node.selection_set.node, on, level)
            }
            Selection::FragmentSpread(spread) => {
                let fragments = &self.document.fragments;
                match fragments.get_key_value(&spread.node.fragment_name.node) {
                    Some((name, _)) => self.fragment(name, level),
                    // The library refuses it.
                    None => Extent::default(),
                }
            }
        };
        for directive in selection.directives() {
            extent = extent.beside(self.directive(&directive.node));
        }
        extent.selections = extent.selections.saturating_add(1);
        extent.open = extent.open.saturating_add(1);
        extent.nesting = extent.nesting.saturating_add(1);
        if extent.nesting > NESTING {
            return Extent::ENDLESS;
        }
        extent
    }

    fn fragment(&mut self, name: &'a Name, level: usize) -> Extent {
        if let Some(extent) = self.known.get(name) {
            return *extent;
        }
        let fragment = &self.document.fragments[name].node;
        let on = self.named(&fragment.type_condition.node.on.node);
        let mut extent = self.set(&fragment.selection_set.node, on, level);
        for directive in &fragment.directives {
            extent = extent.beside(self.directive(&directive.node));
        }
        self.known.insert(name, extent);
        extent
    }

    fn field(&mut self, field: &'a Field, of: Option<&'a MetaType>, level: usize) -> Extent {
        let name = field.name.node.as_str();
        let meta = of.and_then(|of| of.field_by_name(name));
        let answer = meta.and_then(|meta| self.named(MetaTypeName::concrete_typename(&meta.ty)));
        let within = self.set(&field.selection_set.node, answer, level);
        let rows = meta.map_or(1, |meta| {
            rows::of(field, meta, of, self.document, self.variables)
        });
        let counted = meta.map_or(0, |meta| {
            rows::counted(field, meta, self.document, self.variables)
        });
        let cost = rows.saturating_mul(within.cost);
        let cost = cost.saturating_add(1).saturating_add(counted);
        let describes_api = INTROSPECTION.contains(&name);
        let own = Extent {
            open: 0,
            siblings: 1,
            aliases: within
                .aliases
                .saturating_add(usize::from(field.alias.is_some())),
            // Where no row is answered the values are still looked at.
            values: rows.max(1).saturating_mul(within.values),
            cost: if describes_api { 1 } else { cost },
            introspection: if describes_api {
                cost
            } else {
                within.introspection
            },
            descriptions: within
                .descriptions
                .saturating_add(usize::from(describes_api)),
            depth: within.depth.saturating_add(1),
            ..within
        };
        own.beside(self.arguments(&field.arguments))
    }

    fn directive(&mut self, directive: &'a Directive) -> Extent {
        Extent {
            directives: 1,
            ..self.arguments(&directive.arguments)
        }
    }

    fn arguments(&mut self, arguments: &'a [(Positioned<Name>, Positioned<Value>)]) -> Extent {
        let mut sum = Extent {
            arguments: arguments.len(),
            open: arguments.len(),
            ..Extent::default()
        };
        for (_, value) in arguments {
            self.value(&value.node, &mut sum);
        }
        sum
    }

    /// Adds the size of a value. The scan of the text has bounded how deep it goes.
    fn value(&mut self, value: &'a Value, sum: &mut Extent) {
        let mut size = 1;
        match value {
            Value::Variable(name) => {
                sum.variables = sum.variables.saturating_add(1);
                size = self.variable(name);
            }
            Value::String(text) => size += text.len(),
            Value::Enum(name) => size += name.len(),
            Value::List(items) => {
                for item in items {
                    self.value(item, sum);
                }
            }
            Value::Object(fields) => {
                for (name, item) in fields {
                    size += name.len();
                    self.value(item, sum);
                }
            }
            Value::Null | Value::Number(_) | Value::Boolean(_) | Value::Binary(_) => {}
        }
        sum.values = sum.values.saturating_add(size);
    }

    /// The size of a variable's value: what it is by default is in the document and counts little.
    fn variable(&mut self, name: &'a Name) -> usize {
        let variables = self.variables;
        let measure = || variables.get(name).map_or(1, size::of);
        *self.sizes.entry(name).or_insert_with(measure)
    }

    fn named(&self, name: &str) -> Option<&'a MetaType> {
        self.registry.types.get(name)
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use serde_json::json;

    use super::*;

    /// Measured without a schema: no field is a list.
    fn extent(document: &str) -> Extent {
        extent_with(document, json!({}))
    }

    fn extent_with(document: &str, variables: serde_json::Value) -> Extent {
        let document = parse_query(document).unwrap();
        let variables = Variables::from_json(variables);
        measure(&document, Some("Q"), &variables, &Registry::default())
    }

    /// Fragments `F0` to `F{last}`, each of which spreads the next one `times` times.
    fn chain(last: usize, times: usize) -> String {
        let link = |n: usize| {
            let spreads = format!("...F{} ", n + 1).repeat(times);
            format!("fragment F{n} on Query {{ {spreads}}} ")
        };
        let links: String = (0..last).map(link).collect();
        format!("{links} fragment F{last} on Query {{ me }}")
    }

    #[test]
    fn fragments_count_as_often_as_they_are_spread_and_once_for_themselves() {
        for (document, expected) in [
            ("{ me { id } }", 2),
            (
                "{ ...F me { id } ...F } fragment F on Query { me { id } }",
                2 + 2 * 3 + 2,
            ),
            ("{ me } fragment F on Query { me { id } }", 1 + 2),
            ("{ ...F } fragment F on Query { ...F }", usize::MAX),
            ("{ me } fragment F on Query { ...F }", usize::MAX),
        ] {
            assert_eq!(extent(document).selections, expected, "{document}");
        }
    }

    #[test]
    fn fragments_are_endless_whether_spread_or_not_when_they_multiply_or_nest_too_deep() {
        for start in ["{ ...F0 }", "{ me }"] {
            let selections =
                |last, times| extent(&format!("{start} {}", chain(last, times))).selections;
            assert!(selections(20, 1) < 1_000);
            assert!(selections(30, 2) > 1_000_000_000);
            assert_eq!(selections(NESTING + 1, 1), usize::MAX);
            assert_eq!(selections(20_000, 1), usize::MAX);
        }
    }

    #[test]
    fn what_lies_in_fragments_is_compared_once_more_for_each_of_them() {
        for (document, expected) in [
            ("{ a b c }", 3),
            ("{ a(x: 1, y: 2) b }", 4),
            ("{ a { b c } }", 1 + 2),
            ("{ ... { a b } }", 3 + 2),
            ("{ ... { ... { a b } } }", 4 + 3 + 2),
            ("{ ...F } fragment F on Query { a b }", 3 + 2 + 2),
        ] {
            assert_eq!(extent(document).compared, expected, "{document}");
        }
    }

    #[test]
    fn aliases_count_for_one_operation_and_only_the_one_that_runs_costs() {
        let document = "query P { a: me b: me ...F c } query Q { a: me ...F ...F }
            fragment F on Query { x: me @skip(if: false) }";
        let extent = extent(document);
        assert_eq!(extent.aliases, 3);
        assert_eq!(extent.cost, 3);
        assert_eq!(extent.directives, 1 + 2 + 1);
    }

    #[test]
    fn values_count_as_often_as_they_are_used() {
        let document = "query Q($a: S) { me(x: $a, y: [$a, \"four\"]) ...F } \
            fragment F on Query { me(x: $a) }";
        let extent = extent_with(document, json!({ "a": "x".repeat(99) }));
        assert_eq!(extent.variables, 4);
        assert_eq!(extent.values, 4 * 100 + 1 + 5);
        assert_eq!(extent.arguments, 2);
    }

    #[test]
    fn introspection_is_an_account_of_its_own() {
        let extent = extent("query Q { me { id } __schema { types { name } } }");
        assert_eq!((extent.cost, extent.introspection), (2 + 1, 3));
        assert_eq!((extent.descriptions, extent.depth), (1, 3));
    }
}
