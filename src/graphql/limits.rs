//! How much one document may ask for: its depth, its cost, which counts every field once for each
//! row that it may be answered for, and its size with every fragment written out.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::Request;
use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextPrepareRequest,
};
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, Pos, ServerError, ServerResult};

use crate::error::Error;

/// Deepest nesting of fields. `GraphiQL`'s introspection query needs all of it.
pub const DEPTH: usize = 15;
/// Errors that one answer lists.
pub const ERRORS: usize = 10;
/// Longest message of an error, in characters.
pub const MESSAGE: usize = 300;

/// Most fields and fragments of a document, each counted as often as fragments bring it in.
const SELECTIONS: usize = 10_000;
/// Deepest nesting of selections that the library takes, fragments included.
const NESTING: usize = 32;
/// Rows that a list without a page argument counts as.
const LIST: usize = 10;
/// Rows that the largest page has.
const LARGEST_PAGE: i32 = 100;
/// No cost grows beyond this, so that sums of costs never overflow. It is above every limit that
/// makes sense.
const MOST: usize = u32::MAX as usize;

/// The cost of a list of unknown length.
pub fn list(child: usize) -> usize {
    cost(LIST, child)
}

/// The cost of a page, by its `first` argument as the library reads it.
///
/// A variable that the request leaves out is an error to the library here, though the field is
/// answered with its default later on; so it counts as the default, and does not fail the document.
pub fn page<E>(first: Result<Option<i32>, E>, default: i32, child: usize) -> usize {
    let first = first.ok().flatten().unwrap_or(default);
    let rows = first.clamp(0, LARGEST_PAGE);
    cost(usize::try_from(rows).unwrap_or_default(), child)
}

/// Refuses documents that are small as they are written and huge with their fragments written out:
/// thirty fragments, each of which spreads the next one twice, are a billion fields, and the
/// library walks them all before it looks at a limit.
#[derive(Debug)]
pub struct BoundedDocuments;

impl ExtensionFactory for BoundedDocuments {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for BoundedDocuments {
    async fn prepare_request(
        &self,
        ctx: &ExtensionContext<'_>,
        mut request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        // A document that cannot be read is refused by the next step, which says why.
        if let Ok(document) = request.parsed_query()
            && size(document) > SELECTIONS
        {
            let error = Error::LimitExceeded {
                field: None,
                message: format!(
                    "the document is too large with its fragments written out: at most {SELECTIONS} fields"
                ),
            };
            let error = async_graphql::Error::from(error).into_server_error(Pos::default());
            return Err(ServerError {
                locations: Vec::new(),
                ..error
            });
        }
        next.run(ctx, request).await
    }
}

/// Counts the selections of a document with every fragment written out, each fragment once.
fn size(document: &ExecutableDocument) -> usize {
    let mut fragments = HashMap::new();
    let operations = document.operations.iter();
    operations
        .map(|(_, operation)| &operation.node.selection_set.node)
        .fold(0, |sum: usize, set| {
            sum.saturating_add(size_of(set, document, &mut fragments, 0))
        })
}

fn size_of<'a>(
    set: &'a SelectionSet,
    document: &'a ExecutableDocument,
    fragments: &mut HashMap<&'a Name, usize>,
    nesting: usize,
) -> usize {
    if nesting > NESTING {
        return usize::MAX;
    }
    let mut sum: usize = 0;
    for selection in &set.items {
        let (name, inner) = match &selection.node {
            Selection::Field(field) => (None, Some(&field.node.selection_set)),
            Selection::InlineFragment(inline) => (None, Some(&inline.node.selection_set)),
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                let fragment = document.fragments.get(name);
                (
                    Some(name),
                    fragment.map(|fragment| &fragment.node.selection_set),
                )
            }
        };
        let known = name.and_then(|name| fragments.get(name).copied());
        let size = known.unwrap_or_else(|| {
            inner.map_or(0, |set| {
                size_of(&set.node, document, fragments, nesting + 1)
            })
        });
        if let Some(name) = name {
            fragments.insert(name, size);
        }
        sum = sum.saturating_add(size).saturating_add(1);
    }
    sum
}

fn cost(rows: usize, child: usize) -> usize {
    rows.saturating_mul(child).saturating_add(1).min(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_costs_its_rows_and_never_more_than_the_largest_page() {
        for (first, expected) in [
            (Ok(Some(3)), 1 + 3 * 5),
            (Ok(None), 1 + 20 * 5),
            (Err("undefined"), 1 + 20 * 5),
            (Ok(Some(1_000_000)), 1 + 100 * 5),
            (Ok(Some(-1)), 1),
        ] {
            assert_eq!(page(first, 20, 5), expected);
        }
    }

    #[test]
    fn fragments_count_as_often_as_they_are_spread() {
        let bomb: Vec<String> = (0..30)
            .map(|n| format!("fragment F{n} on Query {{ ...F{} ...F{} }} ", n + 1, n + 1))
            .collect();
        let bomb = bomb.concat();
        for (document, expected) in [
            ("{ me { id } }".to_owned(), 2),
            (
                "{ ...F me { id } ...F } fragment F on Query { me { id } }".to_owned(),
                2 + 2 * 3,
            ),
            (
                "{ ...F } fragment F on Query { ...F }".to_owned(),
                usize::MAX,
            ),
            (
                format!("{{ ...F0 }} {bomb} fragment F30 on Query {{ me }}"),
                3 * (1 << 30) - 1,
            ),
        ] {
            let parsed = async_graphql::parser::parse_query(&document).unwrap();
            assert_eq!(size(&parsed), expected, "{document}");
        }
    }

    #[test]
    fn costs_of_deep_documents_do_not_overflow() {
        let nested = (0..100).fold(1, |child, _| page::<()>(Ok(Some(100)), 20, child));
        assert_eq!(nested, MOST);
        assert_eq!(list(nested), MOST);
    }
}
