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
/// library walks them all before it looks at a limit. Ten thousand, each of which spreads the next
/// one, end the stack and with it the process, also where no operation spreads the first.
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

/// Counts the selections of a document with every fragment written out: those of its operations and
/// those of each fragment, for the library's checks walk a fragment also where nothing spreads it.
/// What nests deeper than [`NESTING`] counts as endless, because the checks recurse as deep as it
/// goes and the stack ends before the document does.
fn size(document: &ExecutableDocument) -> usize {
    let mut known = HashMap::new();
    let operations = document.operations.iter();
    let operations = operations.map(|(_, operation)| &operation.node.selection_set);
    let fragments = document.fragments.values();
    operations
        .chain(fragments.map(|fragment| &fragment.node.selection_set))
        .fold(0, |sum: usize, set| {
            let extent = extent(&set.node, document, &mut known, 0);
            sum.saturating_add(extent.size)
        })
}

/// How far a selection set reaches with its fragments written out.
#[derive(Clone, Copy)]
struct Extent {
    size: usize,
    nesting: usize,
}

impl Extent {
    const ENDLESS: Self = Self {
        size: usize::MAX,
        nesting: usize::MAX,
    };

    /// The extent of a set that this one stands in, beside what that one has already.
    fn under(self, set: Self) -> Self {
        let nesting = set.nesting.max(self.nesting.saturating_add(1));
        if nesting > NESTING {
            return Self::ENDLESS;
        }
        let size = set.size.saturating_add(self.size);
        Self { size, nesting }
    }
}

/// Measures a set, each fragment once. `depth` bounds the recursion where fragments are not measured
/// yet, and ends it where they spread each other in a circle.
fn extent<'a>(
    set: &'a SelectionSet,
    document: &'a ExecutableDocument,
    known: &mut HashMap<&'a Name, Extent>,
    depth: usize,
) -> Extent {
    if depth > NESTING {
        return Extent::ENDLESS;
    }
    let mut sum = Extent {
        size: set.items.len(),
        nesting: 0,
    };
    for selection in &set.items {
        let inner = match &selection.node {
            Selection::Field(field) => &field.node.selection_set.node,
            Selection::InlineFragment(inline) => &inline.node.selection_set.node,
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                sum = fragment(name, document, known, depth).under(sum);
                continue;
            }
        };
        if !inner.items.is_empty() {
            sum = extent(inner, document, known, depth + 1).under(sum);
        }
    }
    sum
}

/// Measures a fragment. One that does not exist is refused by the library.
fn fragment<'a>(
    name: &'a Name,
    document: &'a ExecutableDocument,
    known: &mut HashMap<&'a Name, Extent>,
    depth: usize,
) -> Extent {
    if let Some(extent) = known.get(name) {
        return *extent;
    }
    let measured = document.fragments.get(name).map_or(
        Extent {
            size: 0,
            nesting: 0,
        },
        |fragment| {
            extent(
                &fragment.node.selection_set.node,
                document,
                known,
                depth + 1,
            )
        },
    );
    known.insert(name, measured);
    measured
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

    fn size_of(document: &str) -> usize {
        size(&async_graphql::parser::parse_query(document).unwrap())
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
            assert_eq!(size_of(document), expected, "{document}");
        }
    }

    #[test]
    fn fragments_are_endless_whether_spread_or_not_when_they_multiply_or_nest_too_deep() {
        for start in ["{ ...F0 }", "{ me }"] {
            assert!(size_of(&format!("{start} {}", chain(20, 1))) < SELECTIONS);
            assert!(size_of(&format!("{start} {}", chain(30, 2))) > SELECTIONS);
            assert_eq!(
                size_of(&format!("{start} {}", chain(NESTING + 1, 1))),
                usize::MAX
            );
            assert_eq!(
                size_of(&format!("{start} {}", chain(20_000, 1))),
                usize::MAX
            );
        }
    }

    #[test]
    fn costs_of_deep_documents_do_not_overflow() {
        let nested = (0..100).fold(1, |child, _| page::<()>(Ok(Some(100)), 20, child));
        assert_eq!(nested, MOST);
        assert_eq!(list(nested), MOST);
    }
}
