//! The types that documents are checked against, as the library registers them.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{OperationDefinition, OperationType};
use async_graphql::registry::{MetaInputValue, MetaType, MetaTypeName, Registry};
use async_graphql::{IntrospectionMode, Name};

/// What describes the type of an object.
pub(super) const TYPENAME: &str = "__typename";
/// The scalar that the library registers though nothing may refer to it.
const FLOAT: &str = "Float";

/// Arguments or input fields by name.
pub(super) type Inputs = IndexMap<String, MetaInputValue>;

#[derive(Clone, Copy)]
pub(super) struct Schema<'a>(&'a Registry);

/// A field as its type defines it.
#[derive(Clone, Copy)]
pub(super) struct Definition<'a> {
    pub ty: &'a str,
    pub arguments: Option<&'a Inputs>,
}

impl<'a> Schema<'a> {
    pub(super) const fn new(registry: &'a Registry) -> Self {
        Self(registry)
    }

    /// The type whose fields an operation selects at its root.
    pub(super) fn root(self, operation: &OperationDefinition) -> Option<&'a MetaType> {
        let name = match operation.ty {
            OperationType::Query => Some(&self.0.query_type),
            OperationType::Mutation => self.0.mutation_type.as_ref(),
            OperationType::Subscription => self.0.subscription_type.as_ref(),
        };
        self.0.types.get(name?)
    }

    pub(super) fn is_query(self, of: &MetaType) -> bool {
        of.name() == self.0.query_type
    }

    pub(super) fn introspects(self) -> bool {
        self.0.introspection_mode != IntrospectionMode::Disabled
    }

    /// The type with this name. `Float` exists where something refers to it (section 3.5).
    pub(super) fn named(self, name: &str) -> Option<&'a MetaType> {
        self.0
            .types
            .get(name)
            .filter(|_| name != FLOAT || self.refers_to(name))
    }

    /// What a type such as `[Stage!]!` is made of in the end.
    pub(super) fn innermost(self, ty: &str) -> Option<&'a MetaType> {
        self.0.types.get(MetaTypeName::concrete_typename(ty))
    }

    pub(super) fn field(of: &'a MetaType, name: &str) -> Option<Definition<'a>> {
        if name == TYPENAME && of.is_composite() {
            return Some(Definition {
                ty: "String!",
                arguments: None,
            });
        }
        let field = of.field_by_name(name)?;
        Some(Definition {
            ty: &field.ty,
            arguments: Some(&field.args),
        })
    }

    /// The arguments of a directive.
    pub(super) fn directive(self, name: &Name) -> Option<&'a Inputs> {
        let directive = self.0.directives.get(name.as_str())?;
        Some(&directive.args)
    }

    fn refers_to(self, name: &str) -> bool {
        let is_it = |ty: &str| MetaTypeName::concrete_typename(ty) == name;
        let in_inputs = |inputs: &Inputs| inputs.values().any(|input| is_it(&input.ty));
        self.0.types.values().any(|of| match of {
            MetaType::InputObject { input_fields, .. } => in_inputs(input_fields),
            MetaType::Object { fields, .. } | MetaType::Interface { fields, .. } => {
                let mut fields = fields.values();
                fields.any(|field| is_it(&field.ty) || in_inputs(&field.args))
            }
            MetaType::Scalar { .. } | MetaType::Union { .. } | MetaType::Enum { .. } => false,
        })
    }
}

impl<'a> Definition<'a> {
    /// The argument with this name.
    pub(super) fn argument(self, name: &str) -> Option<&'a MetaInputValue> {
        self.arguments?.get(name)
    }

    pub(super) fn arguments(self) -> impl Iterator<Item = &'a MetaInputValue> {
        self.arguments.into_iter().flat_map(IndexMap::values)
    }
}

/// Must a value be given (section 5.4.3)?
pub(super) fn is_required(input: &MetaInputValue) -> bool {
    input.ty.ends_with('!') && input.default_value.is_none()
}

/// The type without the `!` at its end.
pub(super) fn nullable(ty: &str) -> &str {
    ty.strip_suffix('!').unwrap_or(ty)
}

/// The type of the items, where `ty` is a list.
pub(super) fn item(ty: &str) -> Option<&str> {
    nullable(ty).strip_prefix('[')?.strip_suffix(']')
}

/// Is this one of the scalars of the language?
pub(super) fn is_built_in(name: &str) -> bool {
    matches!(name, "Boolean" | "Float" | "ID" | "Int" | "String")
}
