//! A subscription has one field at its root, and whether it does is not for variables to say (section
//! 5.2.4.1).

use std::collections::HashSet;

use async_graphql::parser::types::{
    ExecutableDocument, OperationDefinition, OperationType, Selection,
};

use super::faults::Faults;

/// Checks an operation, if it is a subscription. Follows fragments, each once.
pub(super) fn check(
    operation: &OperationDefinition,
    document: &ExecutableDocument,
    faults: &mut Faults,
) {
    if operation.ty != OperationType::Subscription {
        return;
    }
    let (mut keys, mut fragments) = (HashSet::new(), HashSet::new());
    let mut unread = vec![&operation.selection_set.node];
    while let Some(set) = unread.pop() {
        for selection in &set.items {
            if let Some(directive) = selection.node.directives().first() {
                let message = format!(
                    "@{} cannot stand at the root of a subscription",
                    directive.node.name.node
                );
                faults.rule(message, directive.pos);
            }
            match &selection.node {
                Selection::Field(field) => {
                    let (name, key) = (&field.node.name.node, &field.node.response_key().node);
                    if keys.insert(key) && keys.len() > 1 || name.starts_with("__") {
                        let message = "a subscription selects exactly one field at its root";
                        faults.rule(message, field.pos);
                    }
                }
                Selection::InlineFragment(inline) => unread.push(&inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = document.fragments.get(name)
                        && fragments.insert(name)
                    {
                        unread.push(&fragment.node.selection_set.node);
                    }
                }
            }
        }
    }
}

/// May the root of this subscription select its field more than once? Only where it is one selection it
/// cannot.
pub(super) fn repeats(operation: &OperationDefinition) -> bool {
    let items = &operation.selection_set.node.items;
    let is_one = matches!(items.as_slice(), [only] if matches!(only.node, Selection::Field(_)));
    operation.ty == OperationType::Subscription && !is_one
}
