//! The API: one file a noun, each with its types, its part of the roots, and its inputs. A resolver
//! is three moves: parse, call one service function, wrap.
//!
//! Documentation comments on API items are written for whoever reads them in GraphiQL: they become
//! the descriptions of the schema.

pub mod context;
pub mod cursor;
pub mod error;
pub mod known;
pub mod limits;

mod api;
mod at_hand;
mod check;
mod connection;
mod diagnosis;
mod event;
mod execution;
mod execution_log;
mod form;
mod id;
mod loader;
mod model;
mod preview;
mod problem;
mod profile;
mod rules;
mod scalar;
mod shared;
mod snapshot;
mod stage;
pub mod syntax;
mod workflow;

use std::sync::Arc;

use async_graphql::{ID, MergedObject, SDLExportOptions, Schema, SchemaBuilder, ValidationMode};

pub use self::api::Api;
use self::event::Subscription;
use self::limits::BoundedDocuments;
use crate::error::Result;
use crate::service::Deps;

/// What the operator decides about the API.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// May callers read the schema?
    pub introspection: bool,
    /// The largest cost of one document, in fields times rows.
    pub max_complexity: usize,
}

/// What can be asked. Everything but `__typename` and introspection needs a signed-in caller, and
/// shows nobody but them their rows: what belongs to somebody else answers as if it did not exist.
#[derive(Debug, Default, MergedObject)]
pub struct Query(
    profile::ProfileQuery,
    model::ModelQuery,
    workflow::WorkflowQuery,
    stage::StageQuery,
    execution::ExecutionQuery,
    execution_log::ExecutionLogQuery,
    snapshot::SnapshotQuery,
    check::CheckQuery,
    preview::PreviewQuery,
    form::FormQuery,
);

/// What can be done. What was begun is finished, also when the caller goes away meanwhile. An id
/// that names nothing of the caller's is `NOT_FOUND`.
#[derive(Debug, Default, MergedObject)]
pub struct Mutation(
    profile::ProfileMutation,
    workflow::WorkflowMutation,
    stage::StageMutation,
    execution::ExecutionMutation,
    execution_log::ExecutionLogMutation,
    snapshot::SnapshotMutation,
    model::ModelMutation,
);

/// The API over these services.
///
/// # Errors
/// `Internal` when the library does not show its types.
pub fn api(deps: &Arc<Deps>, settings: Settings) -> Result<Api> {
    limited(settings, || builder().data(Arc::clone(deps)))
}

/// The schema in GraphQL's own language, as it stands in `schema.graphql`.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .use_space_ident()
        .include_specified_by();
    builder().finish().sdl_with_options(options)
}

fn limited(settings: Settings, build: impl Fn() -> Builder) -> Result<Api> {
    let documents = BoundedDocuments {
        max_complexity: settings.max_complexity,
    };
    let build = || {
        // A guess at what was meant would tell a caller without introspection what there is.
        let builder = build().disable_suggestions();
        if settings.introspection {
            builder
        } else {
            builder.disable_introspection()
        }
    };
    Api::new(build, documents)
}

type Builder = SchemaBuilder<Query, Mutation, Subscription>;

fn builder() -> Builder {
    Schema::build(Query::default(), Mutation::default(), Subscription)
        // `rules` has held the document against all that the strict mode knows of, and more.
        .validation_mode(ValidationMode::Fast)
        .override_output_type_description::<ID>("Identifies a row: a UUID as text.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::{Executor, Request};
    use serde_json::{Value, json};

    const SETTINGS: Settings = Settings {
        introspection: true,
        max_complexity: 20_000,
    };

    /// What `getIntrospectionQuery` of graphql-js asks for with all its options on.
    const INTROSPECTION: &str = "
        query IntrospectionQuery {
            __schema {
                description
                queryType { name kind } mutationType { name kind } subscriptionType { name kind }
                types { ...FullType }
                directives {
                    name description isRepeatable locations
                    args(includeDeprecated: true) { ...InputValue }
                }
            }
        }
        fragment FullType on __Type {
            kind name description specifiedByURL isOneOf
            fields(includeDeprecated: true) {
                name description args(includeDeprecated: true) { ...InputValue }
                type { ...TypeRef } isDeprecated deprecationReason
            }
            inputFields(includeDeprecated: true) { ...InputValue }
            interfaces { ...TypeRef }
            enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
            possibleTypes { ...TypeRef }
        }
        fragment InputValue on __InputValue {
            name description type { ...TypeRef } defaultValue isDeprecated deprecationReason
        }
        fragment TypeRef on __Type {
            kind name
            ofType { kind name ofType { kind name ofType { kind name ofType { kind name
            ofType { kind name ofType { kind name ofType { kind name ofType { kind name
            ofType { kind name } } } } } } } } }
        }";

    /// The codes of the errors that a request meets before it needs a service.
    async fn codes(settings: Settings, request: impl Into<Request>) -> Vec<Value> {
        let api = limited(settings, builder).unwrap();
        let answer = api.execute(request.into()).await;
        let errors = answer.errors.into_iter();
        errors
            .map(|error| serde_json::to_value(error.extensions).unwrap()["code"].take())
            .collect()
    }

    #[tokio::test]
    async fn introspection_fits_the_limits_and_can_be_switched_off() {
        assert_eq!(codes(SETTINGS, INTROSPECTION).await, Vec::<Value>::new());

        let closed = Settings {
            introspection: false,
            ..SETTINGS
        };
        let api = limited(closed, builder).unwrap();
        let request = Request::new("{ __schema { types { name } } }");
        let answer = api.execute(request).await;
        assert!(!answer.data.to_string().contains("Workflow"));
    }

    #[tokio::test]
    async fn every_refusal_has_a_code() {
        for (query, expected) in [
            ("{", "GRAPHQL_PARSE_FAILED"),
            ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
            (
                "query A { __typename } query B { __typename }",
                "BAD_USER_INPUT",
            ),
            (
                "{ executions(status: BUSY) { nodes { id } } }",
                "BAD_USER_INPUT",
            ),
            (
                "{ workflows(first: 3000000000) { nodes { id } } }",
                "BAD_USER_INPUT",
            ),
            ("{ me { id } }", "UNAUTHENTICATED"),
            ("{ workflow(id: \"42\") { id } }", "UNAUTHENTICATED"),
            ("mutation { deleteModel(id: \"42\") }", "UNAUTHENTICATED"),
        ] {
            assert_eq!(codes(SETTINGS, query).await, [json!(expected)], "{query}");
        }
    }

    #[tokio::test]
    async fn documents_that_ask_for_too_much_are_refused() {
        let page = "workflows(first: 100) { nodes { executions(first: 100) { nodes { logs(first: 100) { nodes { id } } } } } }";
        let mut rerun = "id".to_owned();
        for _ in 0..15 {
            rerun = format!("rerunOf {{ {rerun} }}");
        }
        for query in [
            format!("{{ {page} }}"),
            format!("{{ execution(id: \"1\") {{ {rerun} }} }}"),
            "{ me ".repeat(200) + &"}".repeat(200),
            "{ ...F } fragment F on Query { ...F ...F }".to_owned(),
            unspread_chain(20_000),
        ] {
            assert_eq!(codes(SETTINGS, query).await, [json!("LIMIT_EXCEEDED")]);
        }
    }

    /// Fragments that spread each other in a row, and that no operation spreads.
    fn unspread_chain(length: usize) -> String {
        let link = |n: usize| format!("fragment F{n} on Query {{ ...F{} }} ", n + 1);
        let links: String = (0..length).map(link).collect();
        format!("{{ __typename }} {links} fragment F{length} on Query {{ __typename }}")
    }

    #[tokio::test]
    async fn an_operation_costs_its_fields_times_their_rows() {
        for (query, cost) in [
            ("{ me { id } }", 2),
            ("{ me { __typename } }", 2),
            ("{ models { id } }", 1 + 10),
            ("{ workflows(first: 3) { nodes { id name } } }", 1 + 3 * 3),
            (
                "{ workflows { nodes { id } edges { cursor } } }",
                1 + 20 * 4,
            ),
            ("{ workflows(first: null) { nodes { id } } }", 1 + 20 * 2),
            ("{ workflows(first: 3000) { nodes { id } } }", 1 + 100 * 2),
            (
                "query ($n: Int) { workflows(first: $n) { nodes { id } } }",
                1 + 20 * 2,
            ),
            (
                "query ($n: Int = 7) { workflows(first: $n) { nodes { id } } }",
                1 + 7 * 2,
            ),
            (
                "{ workflows(first: 2) { nodes { stages { id } } } }",
                1 + 2 * (1 + 1 + 10),
            ),
            ("{ ...F } fragment F on Query { models { id } }", 1 + 10),
            ("{ __schema { types { name } } me { id } }", 1 + 2),
        ] {
            let exactly = |max_complexity| Settings {
                max_complexity,
                ..SETTINGS
            };
            let enough = codes(exactly(cost), query).await;
            assert!(!enough.contains(&json!("LIMIT_EXCEEDED")), "{query}");
            let refused = codes(exactly(cost - 1), query).await;
            assert_eq!(refused, [json!("LIMIT_EXCEEDED")], "{query}");
        }
    }

    #[tokio::test]
    async fn a_page_size_that_is_left_out_of_the_variables_is_the_default() {
        let query = "query ($first: Int) { workflows(first: $first) { nodes { id } } }";
        assert_eq!(codes(SETTINGS, query).await, [json!("UNAUTHENTICATED")]);
    }

    #[tokio::test]
    async fn whoever_has_not_signed_in_may_ask_for_typenames_alone() {
        assert_eq!(codes(SETTINGS, "{ __typename }").await, Vec::<Value>::new());
    }

    #[tokio::test]
    async fn every_item_says_what_it_is() {
        let query = "{ __schema { types { name description
            fields { name description args { name description } }
            inputFields { name description }
            enumValues { name description }
        } } }";
        let answer = builder().finish().execute(query).await;
        let schema = answer.data.into_json().unwrap();
        let mut silent = Vec::new();
        for kind in schema["__schema"]["types"].as_array().unwrap() {
            let name = kind["name"].as_str().unwrap();
            if !name.starts_with("__") {
                undescribed(kind, name, &mut silent);
            }
        }
        assert_eq!(silent, Vec::<String>::new());
    }

    fn undescribed(item: &Value, path: &str, silent: &mut Vec<String>) {
        if item["description"].as_str().is_none_or(str::is_empty) {
            silent.push(path.to_owned());
        }
        for part in ["fields", "args", "inputFields", "enumValues"] {
            for child in item[part].as_array().into_iter().flatten() {
                let path = format!("{path}.{}", child["name"].as_str().unwrap());
                undescribed(child, &path, silent);
            }
        }
    }
}
