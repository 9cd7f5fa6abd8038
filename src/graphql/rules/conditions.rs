//! The condition of `@skip` and `@include` is true or false: a variable that may be null, because it has a
//! default, is not null where it is one. The library would take null for false.

use std::collections::HashSet;

use async_graphql::parser::types::{Directive, ExecutableDocument, OperationDefinition, Selection};
use async_graphql::{Positioned, ServerError, Value as Literal, Variables};
use async_graphql_value::Value;

use crate::graphql::error;

/// Looks at the conditions of the operation that runs, with those of its fragments.
///
/// # Errors
/// `BAD_USER_INPUT` with the variable.
pub(super) fn check(
    operation: &OperationDefinition,
    document: &ExecutableDocument,
    variables: &Variables,
) -> Result<(), ServerError> {
    if !variables.values().any(|value| *value == Literal::Null) {
        return Ok(());
    }
    let mut spread = HashSet::new();
    let mut unread = vec![&operation.selection_set.node];
    while let Some(set) = unread.pop() {
        for selection in &set.items {
            for directive in selection.node.directives() {
                require_value(directive, variables)?;
            }
            match &selection.node {
                Selection::Field(field) => unread.push(&field.node.selection_set.node),
                Selection::InlineFragment(inline) => unread.push(&inline.node.selection_set.node),
                Selection::FragmentSpread(it) => {
                    let name = &it.node.fragment_name.node;
                    if let Some(fragment) = document.fragments.get(name)
                        && spread.insert(name)
                    {
                        unread.push(&fragment.node.selection_set.node);
                    }
                }
            }
        }
    }
    Ok(())
}

fn require_value(
    directive: &Positioned<Directive>,
    variables: &Variables,
) -> Result<(), ServerError> {
    let (pos, directive) = (directive.pos, &directive.node);
    for (_, value) in &directive.arguments {
        if let Value::Variable(name) = &value.node
            && variables.get(name) == Some(&Literal::Null)
        {
            let message = format!(
                "the variable ${name} is null, and the condition of @{} has to be true or false",
                directive.name.node
            );
            return Err(error::bad_input(name, message, Some(pos)));
        }
    }
    Ok(())
}
