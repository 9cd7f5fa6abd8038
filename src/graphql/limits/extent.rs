//! Measures a document with its fragments written out, each fragment once. Sums stop at the largest
//! number, so that no document makes them overflow.

use std::collections::HashMap;

use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field, OperationDefinition, OperationType, Selection,
    SelectionSet,
};
use async_graphql::registry::{MetaField, MetaType, MetaTypeName, Registry};
use async_graphql::{Name, Positioned, Value as ConstValue, Variables};
use async_graphql_value::Value;

use super::NESTING;

/// Rows that a list without a page argument counts as.
const LIST: usize = 10;
/// Rows that the largest page has; for more the field's own check refuses.
const LARGEST_PAGE: usize = 100;
/// The argument that says how many rows a page has.
const PAGE: &str = "first";
/// Root fields that describe the API itself.
const INTROSPECTION: [&str; 2] = ["__schema", "__type"];

/// How far a selection, a set of them or a document reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extent {
    /// Fields and fragments.
    pub selections: usize,
    /// Fields and arguments that lie in sets which are complete, counted once for each set that they
    /// are merged into.
    pub compared: usize,
    /// Those that are still to be merged into the set around them.
    open: usize,
    /// Fields that answer beside each other in the set around them.
    pub streams: usize,
    /// Those of an operation.
    pub roots: usize,
    pub aliases: usize,
    pub directives: usize,
    /// The most of one field or directive.
    pub arguments: usize,
    /// Uses of variables.
    pub variables: usize,
    /// Size of the arguments' values, over all rows.
    pub values: usize,
    /// Fields over all rows, but for those of introspection.
    pub cost: usize,
    /// Fields of introspection over all rows.
    pub introspection: usize,
    /// Root fields of introspection.
    pub descriptions: usize,
    /// Nesting of fields.
    pub depth: usize,
    /// Nesting of fields and fragments.
    pub nesting: usize,
}

impl Extent {
    const ENDLESS: Self = Self {
        selections: usize::MAX,
        compared: usize::MAX,
        open: usize::MAX,
        streams: usize::MAX,
        roots: usize::MAX,
        aliases: usize::MAX,
        directives: usize::MAX,
        arguments: usize::MAX,
        variables: usize::MAX,
        values: usize::MAX,
        cost: usize::MAX,
        introspection: usize::MAX,
        descriptions: usize::MAX,
        depth: usize::MAX,
        nesting: usize::MAX,
    };

    /// Both, side by side.
    fn beside(self, other: Self) -> Self {
        Self {
            selections: self.selections.saturating_add(other.selections),
            compared: self.compared.saturating_add(other.compared),
            open: self.open.saturating_add(other.open),
            streams: self.streams.saturating_add(other.streams),
            roots: self.roots.max(other.roots),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            arguments: self.arguments.max(other.arguments),
            variables: self.variables.saturating_add(other.variables),
            values: self.values.saturating_add(other.values),
            cost: self.cost.saturating_add(other.cost),
            introspection: self.introspection.saturating_add(other.introspection),
            descriptions: self.descriptions.saturating_add(other.descriptions),
            depth: self.depth.max(other.depth),
            nesting: self.nesting.max(other.nesting),
        }
    }

    /// This as one of a document's definitions. What concerns an operation alone does not add up over
    /// them, and only the operation that is asked for costs anything.
    fn defined(self, before: Self, is_run: bool) -> Self {
        let sum = self.beside(before);
        Self {
            aliases: self.aliases.max(before.aliases),
            descriptions: self.descriptions.max(before.descriptions),
            cost: if is_run { self.cost } else { before.cost },
            introspection: if is_run {
                self.introspection
            } else {
                before.introspection
            },
            streams: if is_run { self.streams } else { before.streams },
            ..sum
        }
    }
}

/// The extent of `document`, of which the operation of this name is to be run: that of its operations
/// and that of each fragment, for the library's checks walk a fragment also where nothing spreads it.
pub(super) fn measure(
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
        extent.roots = extent.streams;
        if operation.ty != OperationType::Subscription {
            extent.streams = 1;
        }
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
        let rows = meta.map_or(1, |meta| self.rows(field, meta, of));
        let cost = rows.saturating_mul(within.cost).saturating_add(1);
        let describes_api = INTROSPECTION.contains(&name);
        let own = Extent {
            open: 0,
            streams: 1,
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
        let measure = || variables.get(name).map_or(1, size);
        *self.sizes.entry(name).or_insert_with(measure)
    }

    /// How many rows a field may answer with. The items of a page are counted by the page.
    fn rows(&self, field: &Field, meta: &MetaField, of: Option<&MetaType>) -> usize {
        if let Some(page) = meta.args.get(PAGE) {
            let asked = field.get_argument(PAGE);
            let asked = asked.and_then(|value| self.page(&value.node));
            let default = page
                .default_value
                .as_ref()
                .and_then(|text| text.parse().ok());
            return asked.or(default).unwrap_or(LARGEST_PAGE).min(LARGEST_PAGE);
        }
        let is_of_page = of.is_some_and(|of| of.name().ends_with("Connection"));
        if MetaTypeName::create(&meta.ty).is_list() && !is_of_page {
            LIST
        } else {
            1
        }
    }

    /// The rows that an argument asks for: the most that a variable without a value may stand for,
    /// because operations may each have another default for it.
    fn page(&self, value: &Value) -> Option<usize> {
        let Value::Variable(name) = value else {
            return number(&value.clone().into_const()?);
        };
        if let Some(value) = self.variables.get(name) {
            return number(value);
        }
        let operations = self.document.operations.iter();
        let definitions = operations.flat_map(|(_, it)| &it.node.variable_definitions);
        definitions
            .filter(|definition| definition.node.name.node == *name)
            .filter_map(|definition| number(&definition.node.default_value.as_ref()?.node))
            .max()
    }

    fn named(&self, name: &str) -> Option<&'a MetaType> {
        self.registry.types.get(name)
    }
}

/// A number of rows; none for what is no number, and for null, which stands for the default.
fn number(value: &ConstValue) -> Option<usize> {
    let ConstValue::Number(number) = value else {
        return None;
    };
    if number.as_i64().is_some_and(|number| number < 0) {
        return Some(0);
    }
    Some(
        number
            .as_u64()
            .and_then(|number| usize::try_from(number).ok())
            .unwrap_or(usize::MAX),
    )
}

fn size(value: &ConstValue) -> usize {
    match value {
        ConstValue::Null | ConstValue::Number(_) | ConstValue::Boolean(_) => 1,
        ConstValue::String(text) => text.len() + 1,
        ConstValue::Enum(name) => name.len() + 1,
        ConstValue::Binary(bytes) => bytes.len() + 1,
        ConstValue::List(items) => items.iter().map(size).sum::<usize>() + 1,
        ConstValue::Object(fields) => {
            let fields = fields.iter();
            fields
                .map(|(name, value)| name.len() + size(value))
                .sum::<usize>()
                + 1
        }
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
