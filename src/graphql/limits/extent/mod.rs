//! Measures a document with its fragments written out, each fragment once. Sums stop at the largest
//! number, so that no document makes them overflow.

mod measure;
mod rows;
mod size;

pub(super) use self::measure::measure;

/// How far a selection, a set of them or a document reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::graphql::limits) struct Extent {
    /// Fields and fragments.
    pub selections: usize,
    /// Fields and arguments that lie in sets which are complete, counted once for each set that they
    /// are merged into.
    pub compared: usize,
    /// Those that are still to be merged into the set around them.
    open: usize,
    /// Fields that answer beside each other in the set around them.
    siblings: usize,
    /// Those at the root of an operation.
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
        siblings: usize::MAX,
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
            siblings: self.siblings.saturating_add(other.siblings),
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
            ..sum
        }
    }
}
