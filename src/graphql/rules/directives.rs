//! Directives exist (section 5.7.1), stand where they may (5.7.2), each once (5.7.3).

use async_graphql::Positioned;
use async_graphql::parser::types::Directive;

use super::arguments;
use super::found::Found;

/// Those for documents; all that this API has besides describe its types.
const OF_DOCUMENTS: [&str; 2] = ["include", "skip"];

/// What a directive is written at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A field, a spread or an inline fragment.
    Selection,
    Other(&'static str),
}

pub(super) fn check<'a>(found: &mut Found<'a>, given: &'a [Positioned<Directive>], place: Place) {
    for (index, directive) in given.iter().enumerate() {
        let (name, pos) = (&directive.node.name.node, directive.pos);
        let defined = found.schema.directive(name);
        if defined.is_none() {
            found
                .faults
                .rule(format!("there is no directive @{name}"), pos);
        } else if !OF_DOCUMENTS.contains(&name.as_str()) {
            let message = format!("@{name} is for schemas, not for documents");
            found.faults.rule(message, pos);
        } else if let Place::Other(place) = place {
            let message = format!("@{name} is for fields and spreads, not for {place}");
            found.faults.rule(message, pos);
        }
        let mut before = given[..index].iter();
        if before.any(|before| before.node.name.node == *name) {
            found
                .faults
                .rule(format!("@{name} stands here more than once"), pos);
        }
        arguments::of_directive(found, directive, defined);
    }
}
