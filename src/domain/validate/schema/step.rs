//! Where the subschemas of a keyword are applied: to the same value, or to what stands in it.

/// The way from a value to that which a subschema is applied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Step<'a> {
    /// It is the same value.
    Nowhere,
    Property(&'a str),
    Item(usize),
    /// Any property or item.
    Any,
    /// The name of a property, or what a text encodes.
    Inside,
}

impl<'a> Step<'a> {
    /// The way to what the schema with this name is applied to, of those that a keyword has.
    pub(super) fn of_map(keyword: &str, name: &'a str) -> Self {
        match keyword {
            "properties" => Self::Property(name),
            "patternProperties" => Self::Any,
            _ => Self::Nowhere,
        }
    }

    /// The way to what a keyword's schema is applied to, which has a place if there is a list of them.
    pub(super) fn of(keyword: &str, place: Option<usize>) -> Self {
        match (keyword, place) {
            ("items" | "prefixItems", Some(place)) => Self::Item(place),
            (
                "additionalItems"
                | "additionalProperties"
                | "contains"
                | "items"
                | "prefixItems"
                | "unevaluatedItems"
                | "unevaluatedProperties",
                _,
            ) => Self::Any,
            ("contentSchema" | "propertyNames", _) => Self::Inside,
            _ => Self::Nowhere,
        }
    }
}
