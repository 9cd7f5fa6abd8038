//! What a request asks for: its parameters as GraphQL over HTTP and graphql-transport-ws both name
//! them, and the parsed document with the operation that they select.

use std::collections::HashSet;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection,
};
use async_graphql::{Extensions, Name, Request, ServerError, Variables};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::parse::Parsed;
use super::persisted::{self, Hash, Queries};
use super::selection;
use super::sent::Sent;
use crate::error::Code;
use crate::graphql::cursor::Selected;
use crate::http::error;

/// Root fields that describe the API itself.
const INTROSPECTION_FIELDS: [&str; 3] = ["__schema", "__type", "__typename"];

/// The parameters of a request, of the right types.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct Parameters {
    /// Absent where `extensions` name the document by its hash.
    query: Option<String>,
    operation_name: Option<String>,
    #[serde(default)]
    variables: Variables,
    extensions: Option<Extensions>,
}

/// A request that parses, and what its operation is.
pub(in crate::http) struct Document {
    /// Carries the document that was read, so that nothing reads it twice.
    pub request: Request,
    pub kind: OperationType,
    /// The operation asks about the API alone, which anybody may.
    pub introspects: bool,
    /// What a subscription selects, where others may be given the same answers.
    pub selection: Option<Selected>,
}

/// The documents that this process has seen.
#[derive(Debug, Default)]
pub(in crate::http) struct Documents {
    persisted: Queries,
    parsed: Parsed,
}

impl Parameters {
    /// Takes an object, because a derived `Deserialize` would take an array of the values too. Integers in
    /// variables that 64 bits do not hold are kept as digits.
    ///
    /// # Errors
    ///
    /// Which parameter is of a wrong type, in words for the caller.
    pub(in crate::http) fn of(mut sent: Sent) -> Result<Self, &'static str> {
        let object = std::mem::take(&mut sent.object);
        let fault = fault(&object);
        let mut parameters: Self =
            serde_json::from_value(Value::Object(object)).map_err(|_| fault)?;
        sent.keep_digits(&mut parameters.variables)?;
        if parameters.query.is_none() && !parameters.is_persisted() {
            return Err("query is missing");
        }
        Ok(parameters)
    }

    /// Does the request carry the hash of its document?
    pub(in crate::http) fn is_persisted(&self) -> bool {
        persisted::is_named(self.extensions.as_ref())
    }

    /// Finds the document, parses it and selects the operation.
    pub(in crate::http) fn parse(self, documents: &Documents) -> Result<Document, ServerError> {
        let extensions = self.extensions.unwrap_or_default();
        let hash = Hash::of_extensions(&extensions)?;
        let text = match (self.query, hash) {
            (Some(text), Some(hash)) => {
                persisted::require_hash(hash, &text)?;
                text
            }
            (Some(text), None) => text,
            (None, Some(hash)) => documents.persisted.find(hash)?.to_string(),
            (None, None) => {
                let message = "the request has no query".to_owned();
                return Err(error::coded(message, Code::BadUserInput));
            }
        };
        let known = documents.parsed.get(&text)?;
        let document = known.document();
        let operation = select(&document.operations, self.operation_name.as_deref())?;
        let kind = operation.ty;
        if kind == OperationType::Mutation
            && let Some(name) = repeated(operation, document)
        {
            let message = format!("the mutation selects {name} more than once: give each an alias");
            return Err(error::coded(message, Code::BadUserInput));
        }
        let introspects = kind == OperationType::Query && introspects(operation, document);
        let name = self.operation_name.as_deref();
        let selection = selection::of(&text, name, operation, document, &self.variables);
        if let Some(hash) = hash {
            documents.persisted.keep(hash, &text);
        }
        let mut request = Request::new("").variables(self.variables).data(known);
        request.operation_name = self.operation_name;
        request.extensions = extensions;
        Ok(Document {
            request,
            kind,
            introspects,
            selection,
        })
    }
}

/// What is wrong with parameters that cannot be read.
fn fault(object: &Map<String, Value>) -> &'static str {
    let is_wrong = |name: &str, is_right: fn(&Value) -> bool| {
        let value = object.get(name).unwrap_or(&Value::Null);
        !value.is_null() && !is_right(value)
    };
    if is_wrong("query", Value::is_string) {
        "query must be a string"
    } else if is_wrong("operationName", Value::is_string) {
        "operationName must be a string or null"
    } else if is_wrong("extensions", Value::is_object) {
        "extensions must be an object or null"
    } else {
        "variables must be an object or null"
    }
}

/// `GetOperation` of the GraphQL specification, section 6.1.
fn select<'a>(
    operations: &'a DocumentOperations,
    name: Option<&str>,
) -> Result<&'a OperationDefinition, ServerError> {
    let refuse = |message: String| Err(error::coded(message, Code::BadUserInput));
    match (operations, name) {
        (DocumentOperations::Single(operation), None) => Ok(&operation.node),
        (DocumentOperations::Multiple(named), Some(name)) if named.contains_key(name) => {
            Ok(&named[name].node)
        }
        (_, Some(name)) => refuse(format!("the document has no operation named {name:?}")),
        (DocumentOperations::Multiple(named), None) => {
            let mut operations = named.values();
            match (operations.next(), operations.next()) {
                (Some(only), None) => Ok(&only.node),
                _ => refuse(
                    "the document has several operations: name one in operationName".to_owned(),
                ),
            }
        }
    }
}

/// Follows fragments, each once: a document may spread them in a circle until it is validated. Walks
/// a list of its own and not the stack, for nothing has measured the document yet, and a chain of
/// fragments can be as long as the tokens allow.
fn introspects(operation: &OperationDefinition, document: &ExecutableDocument) -> bool {
    let mut visited = HashSet::new();
    let mut unread = vec![&operation.selection_set.node];
    while let Some(selections) = unread.pop() {
        for selection in &selections.items {
            match &selection.node {
                Selection::Field(field) => {
                    if !INTROSPECTION_FIELDS.contains(&field.node.name.node.as_str()) {
                        return false;
                    }
                }
                Selection::InlineFragment(fragment) => {
                    unread.push(&fragment.node.selection_set.node);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = document.fragments.get(name)
                        && visited.insert(name)
                    {
                        unread.push(&fragment.node.selection_set.node);
                    }
                }
            }
        }
    }
    true
}

/// A field, or a fragment, that the root of an operation selects a second time. The specification makes
/// one field of several with the same name (section 6.3.2, `CollectFields`); the library would run
/// each of them, and a mutation is to do once what it says.
fn repeated<'a>(
    operation: &'a OperationDefinition,
    document: &'a ExecutableDocument,
) -> Option<&'a Name> {
    let (mut fields, mut fragments) = (HashSet::new(), HashSet::new());
    let mut unread = vec![&operation.selection_set.node];
    while let Some(selections) = unread.pop() {
        for selection in &selections.items {
            match &selection.node {
                Selection::Field(field) => {
                    let name = &field.node.response_key().node;
                    if !fields.insert(name) {
                        return Some(name);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    unread.push(&fragment.node.selection_set.node);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if !fragments.insert(name) {
                        return Some(name);
                    }
                    if let Some(fragment) = document.fragments.get(name) {
                        unread.push(&fragment.node.selection_set.node);
                    }
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parameters(value: &Value) -> Result<Parameters, &'static str> {
        let sent = Sent::read(value.to_string().as_bytes()).map_err(|_| "no object")?;
        Parameters::of(sent)
    }

    #[test]
    fn parameters_have_types() {
        for (value, right) in [
            (json!({"query": "{a}"}), true),
            (json!({"query": "{a}", "variables": {"a": 1}}), true),
            (
                json!({"query": "{a}", "variables": null, "operationName": null, "extensions": null}),
                true,
            ),
            (json!({"query": "{a}", "another": 1}), true),
            (json!({}), false),
            (json!({"query": 1}), false),
            (json!({"query": null}), false),
            (json!({"query": "{a}", "operationName": 1}), false),
            (json!({"query": "{a}", "variables": []}), false),
            (json!({"query": "{a}", "variables": "{}"}), false),
            (json!({"query": "{a}", "extensions": [1]}), false),
            (json!(["{a}", null, null, null]), false),
        ] {
            assert_eq!(parameters(&value).is_ok(), right, "{value}");
        }
    }

    #[test]
    fn the_name_selects_the_operation() {
        let two = "query A { a } mutation B { b }";
        for (query, name, kind) in [
            ("{ a }", None, Some(OperationType::Query)),
            ("mutation B { b }", None, Some(OperationType::Mutation)),
            (two, Some("A"), Some(OperationType::Query)),
            (two, Some("B"), Some(OperationType::Mutation)),
            (two, Some("C"), None),
            (two, None, None),
            ("{ a }", Some("A"), None),
        ] {
            let parameters = parameters(&json!({"query": query, "operationName": name})).unwrap();
            let found = parameters
                .parse(&Documents::default())
                .ok()
                .map(|document| document.kind);
            assert_eq!(found, kind, "{query} {name:?}");
        }
    }

    #[test]
    fn a_mutation_does_once_what_it_says() {
        for (query, right) in [
            ("mutation { bump double(of: 1) }", true),
            ("mutation { a: bump b: bump }", true),
            ("mutation { bump { id } bump { name } }", false),
            ("mutation { a: bump a: bump }", false),
            ("mutation { bump ... { bump } }", false),
            ("mutation { ...F bump } fragment F on M { bump }", false),
            ("mutation { ...F ...F } fragment F on M { bump }", false),
            ("{ me { id } me { email } }", true),
        ] {
            let document = parameters(&json!({ "query": query }))
                .unwrap()
                .parse(&Documents::default());
            assert_eq!(document.is_ok(), right, "{query}");
        }
    }

    #[test]
    fn introspection_selects_nothing_else_at_its_root() {
        for (query, open) in [
            ("{ __typename }", true),
            (
                "{ a: __schema { types { name } } __type(name: \"A\") { name } }",
                true,
            ),
            (
                "{ ...F } fragment F on Query { ... { __typename } ...F }",
                true,
            ),
            ("{ __typename me { id } }", false),
            (
                "{ ...F } fragment F on Query { ...G } fragment G on Query { me { id } }",
                false,
            ),
            ("{ ... on Query { me { id } } }", false),
            ("{ __schema: me { id } }", false),
            ("mutation { __typename }", false),
            ("subscription { __typename }", false),
        ] {
            let document = parameters(&json!({"query": query}))
                .unwrap()
                .parse(&Documents::default());
            assert_eq!(document.map(|it| it.introspects), Ok(open), "{query}");
        }
    }

    #[test]
    fn a_chain_of_as_many_fragments_as_there_may_be_tokens_is_walked_to_its_end() {
        const LINKS: usize = 1_200;
        let links = (0..LINKS).map(|link| format!("fragment F{link} on A{{...F{}}}", link + 1));
        let chain = links.collect::<Vec<_>>().concat();
        for (end, expected) in [("__typename", true), ("me", false)] {
            let query = format!("{{...F0}}{chain}fragment F{LINKS} on A{{{end}}}");
            let document = parameters(&json!({ "query": query }))
                .unwrap()
                .parse(&Documents::default())
                .unwrap();
            assert_eq!(document.introspects, expected, "{end}");
        }
    }
}
