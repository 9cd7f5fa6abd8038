//! How much one document may ask for. It is measured with every fragment written out before anything
//! else looks at it: a kilobyte of fragments that spread each other twice is a billion fields, and the
//! checks of `rules` and of the library walk them all, inside one poll.
//!
//! 1. `extent` measures each fragment once, so measuring takes as long as the document is.
//! 2. What is over a limit is refused by the first that it breaks, with the limit in the message.
//! 3. Only then is the document held against the rules of the language. To compare fields with each other
//!    and to write messages about them takes products, so the limits are such that these stay small as well.

mod extent;

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::registry::Registry;
use async_graphql::{ServerResult, Variables};

use self::extent::Extent;
use super::error;
use crate::domain::limit;

/// Deepest nesting of fields. `GraphiQL`'s introspection query needs all of it.
const DEPTH: usize = 15;
/// Deepest nesting of selections that the library takes, fragments included.
const NESTING: usize = 32;
/// Most fragments of a document.
const FRAGMENTS: usize = 100;
/// Most fields and fragments of a document, each counted as often as fragments bring it in.
const SELECTIONS: usize = 5_000;
/// Most root fields of an operation. The library resolves each occurrence for itself, also where several
/// are one field of the answer, and holds all of it at once.
const ROOTS: usize = 100;
/// Most fields and arguments that the library compares with each other, each counted once more for
/// every fragment that it lies in.
const COMPARED: usize = 20_000;
/// Most aliases of one operation.
const ALIASES: usize = 50;
/// Most directives of a document.
const DIRECTIVES: usize = 200;
/// Most arguments of one field or directive.
const ARGUMENTS: usize = 50;
/// Most places of a document that name a variable.
const VARIABLES: usize = 1_000;
/// Most that the values of arguments come to when each is counted for every row that its field may
/// be answered for, those of variables included: room for the longest text in any script.
const VALUES: usize = size_of::<char>() * limit::ANSWER + 64 * 1024;
/// The largest cost of what a document asks about the API itself, where no setting of the operator's
/// should stand in the way of a client's own tools. The query of `GraphiQL` takes most of it.
const INTROSPECTION: usize = 60_000;

/// Most root fields of introspection: it answers to people without a token too.
const DESCRIPTIONS: usize = 10;

/// Refuses documents that ask for too much.
#[derive(Clone, Copy, Debug)]
pub struct BoundedDocuments {
    /// The largest cost of one operation, in fields times rows.
    pub max_complexity: usize,
}

impl BoundedDocuments {
    /// Lets a document pass that does not ask for too much with the operation of this name.
    ///
    /// # Errors
    /// The first limit that it breaks.
    pub(super) fn check(
        self,
        document: &ExecutableDocument,
        name: Option<&str>,
        variables: &Variables,
        registry: &Registry,
    ) -> ServerResult<()> {
        let extent = extent::measure(document, name, variables, registry);
        let fragments = (document.fragments.len(), FRAGMENTS, "fragments");
        let limits = [fragments].into_iter().chain(self.limits(&extent));
        for (found, most, what) in limits {
            if found > most {
                let message = format!("the document asks for too much: at most {most} {what}");
                return Err(error::too_much(message));
            }
        }
        Ok(())
    }

    /// What was found, the most of it, and what it is.
    #[rustfmt::skip]
    fn limits(self, found: &Extent) -> [(usize, usize, &'static str); 13] {
        [
            (found.nesting, NESTING, "levels of fields and fragments in each other"),
            (found.depth, DEPTH, "levels of fields in each other"),
            (found.selections, SELECTIONS, "fields with its fragments written out"),
            (found.roots, ROOTS, "fields at the root of an operation"),
            (found.compared, COMPARED, "fields and arguments, each once for every fragment around it"),
            (found.aliases, ALIASES, "aliases in an operation"),
            (found.directives, DIRECTIVES, "directives with its fragments written out"),
            (found.arguments, ARGUMENTS, "arguments of a field"),
            (found.variables, VARIABLES, "uses of variables with its fragments written out"),
            (found.values, VALUES, "bytes of arguments over all rows"),
            (found.descriptions, DESCRIPTIONS, "fields of introspection at the root"),
            (found.introspection, INTROSPECTION, "fields of introspection over all rows, a list being ten"),
            (found.cost, self.max_complexity, "fields over all rows, a list without a page being ten"),
        ]
    }
}
