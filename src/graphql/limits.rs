//! How much one document may ask for: its depth, and its cost, which counts every field once for
//! each row that it may be answered for.

/// Deepest nesting of fields. `GraphiQL`'s introspection query needs all of it.
pub const DEPTH: usize = 15;
/// Errors that one answer lists.
pub const ERRORS: usize = 10;
/// Longest message of an error, in characters.
pub const MESSAGE: usize = 300;

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
    fn costs_of_deep_documents_do_not_overflow() {
        let nested = (0..100).fold(1, |child, _| page::<()>(Ok(Some(100)), 20, child));
        assert_eq!(nested, MOST);
        assert_eq!(list(nested), MOST);
    }
}
