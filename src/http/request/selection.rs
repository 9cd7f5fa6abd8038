//! Which subscriptions are answered alike: those of the same operation of the same text, with the same
//! variables but for those that only say where in which run to begin.
//!
//! Nothing else of a request has a say in an answer. Whose run it is, and from which event on it is
//! watched, shows in the event at hand, which is part of what an answer is kept by; deltas are no stored
//! events and never shared; a document that was named by its hash is its text; and extensions are for
//! transports, which all send the same answer.

use std::collections::HashSet;

use async_graphql::parser::types::{
    Directive, ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, Value as Literal, Variables};
use async_graphql_value::Value;
use sha2::{Digest, Sha256};

use crate::graphql::cursor::Selected;

/// What a subscription selects; none for what shares nothing.
pub(super) fn of(
    text: &str,
    name: Option<&str>,
    operation: &OperationDefinition,
    document: &ExecutableDocument,
    variables: &Variables,
) -> Option<Selected> {
    if operation.ty != OperationType::Subscription {
        return None;
    }
    let [root] = operation.selection_set.node.items.as_slice() else {
        return None;
    };
    let Selection::Field(root) = &root.node else {
        return None;
    };
    let mut used = Used::default();
    used.in_directives(&root.node.directives);
    used.in_selections(&root.node.selection_set.node);
    for fragment in document.fragments.values() {
        used.in_directives(&fragment.node.directives);
        used.in_selections(&fragment.node.selection_set.node);
    }
    let mut given: Vec<(&Name, &Literal)> = variables
        .iter()
        .filter(|(name, _)| used.names.contains(*name))
        .collect();
    given.sort_by_key(|(name, _)| *name);
    let mut hash = Sha256::new();
    hash.update(Sha256::digest(text));
    // With its text it says which operation it is, and so what its variables are by default.
    hash.update(Sha256::digest(name.unwrap_or_default()));
    hash.update(serde_json::to_vec(&given).ok()?);
    Some(Selected(hash.finalize().into()))
}

/// The variables that answers depend on.
#[derive(Default)]
struct Used<'a> {
    names: HashSet<&'a Name>,
}

impl<'a> Used<'a> {
    /// Walks a list of its own and not the stack, as deep as the selections go.
    fn in_selections(&mut self, set: &'a SelectionSet) {
        let mut unread = vec![set];
        while let Some(set) = unread.pop() {
            for selected in &set.items {
                match &selected.node {
                    Selection::Field(field) => {
                        for (_, value) in &field.node.arguments {
                            self.in_value(&value.node);
                        }
                        self.in_directives(&field.node.directives);
                        unread.push(&field.node.selection_set.node);
                    }
                    Selection::InlineFragment(inline) => {
                        self.in_directives(&inline.node.directives);
                        unread.push(&inline.node.selection_set.node);
                    }
                    // Every fragment of the document is walked.
                    Selection::FragmentSpread(spread) => {
                        self.in_directives(&spread.node.directives);
                    }
                }
            }
        }
    }

    fn in_directives(&mut self, directives: &'a [Positioned<Directive>]) {
        for directive in directives {
            for (_, value) in &directive.node.arguments {
                self.in_value(&value.node);
            }
        }
    }

    fn in_value(&mut self, value: &'a Value) {
        let mut unread = vec![value];
        while let Some(value) = unread.pop() {
            match value {
                Value::Variable(name) => {
                    self.names.insert(name);
                }
                Value::List(values) => unread.extend(values),
                Value::Object(fields) => unread.extend(fields.values()),
                Value::Null
                | Value::Number(_)
                | Value::String(_)
                | Value::Boolean(_)
                | Value::Binary(_)
                | Value::Enum(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::http::request::document::Documents;
    use crate::http::request::document::Parameters;

    fn selection(query: &str, variables: &serde_json::Value) -> Option<Selected> {
        let parameters = json!({ "query": query, "variables": variables });
        let parameters = Parameters::of(parameters.as_object()?.clone().into()).unwrap();
        parameters.parse(&Documents::default()).unwrap().selection
    }

    #[test]
    fn variables_that_say_where_to_begin_make_no_difference() {
        let query = "subscription($after: Int, $deep: Boolean!) {
            events(after: $after) { seq log @include(if: $deep) { id } } }";
        let of = |after, deep| selection(query, &json!({ "after": after, "deep": deep }));
        assert!(of(1, true).is_some());
        assert_eq!(of(1, true), of(2, true));
        assert_ne!(of(1, true), of(1, false));
    }

    #[test]
    fn variables_in_what_is_selected_make_one() {
        for query in [
            "subscription($n: Int) { events(after: $n) { logs(first: $n) } }",
            "subscription($n: Int) { events { ...F } } fragment F on E { logs(first: [$n]) }",
            "subscription($n: Int) { events { ... on E { logs(by: { first: $n }) } } }",
            "subscription($n: Boolean) { events @include(if: $n) { seq } }",
        ] {
            let of = |n| selection(query, &json!({ "n": n }));
            assert_ne!(of(1), of(2), "{query}");
            assert_eq!(of(1), of(1), "{query}");
        }
    }

    #[test]
    fn operations_of_one_document_share_nothing() {
        let query = "subscription A($n: Int = 1) { events { logs(first: $n) } }
            subscription B($n: Int = 2) { events { logs(first: $n) } }
            subscription C { events { __typename seq } }";
        let of = |name: &str| {
            let parameters = json!({ "query": query, "operationName": name });
            let parameters = Parameters::of(parameters.as_object()?.clone().into()).unwrap();
            parameters.parse(&Documents::default()).unwrap().selection
        };
        let all = ["A", "B", "C"].map(|name| of(name).unwrap());
        assert_eq!(of("A"), Some(all[0]));
        assert!(all[0] != all[1] && all[1] != all[2] && all[0] != all[2]);
    }

    #[test]
    fn only_subscriptions_to_one_field_share() {
        for query in [
            "{ events { seq } }",
            "subscription { a: events { seq } b: events { seq } }",
            "subscription { ...F } fragment F on S { events { seq } }",
        ] {
            assert_eq!(selection(query, &json!({})), None, "{query}");
        }
    }
}
