//! The API: one file a noun, each with its types, its part of the roots, and its inputs. A resolver
//! is three moves: parse, call one service function, wrap.
//!
//! Documentation comments on API items are written for whoever reads them in GraphiQL: they become
//! the descriptions of the schema.

pub mod context;

mod connection;
mod error;
mod event;
mod execution;
mod execution_log;
mod limits;
mod loader;
mod model;
mod profile;
mod scalar;
mod snapshot;
mod stage;
mod workflow;

use std::sync::Arc;

use async_graphql::{MergedObject, SDLExportOptions, SchemaBuilder};

use self::event::Subscription;
use crate::service::Deps;

/// The schema with everything that its resolvers need, but for the caller: a transport puts the
/// [`Viewer`](crate::domain::viewer::Viewer), if there is one, and a
/// [`RequestId`](context::RequestId) into the data of the request or of the connection.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

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
);

/// What can be done. What was begun is finished, also when the caller goes away meanwhile. An id that
/// names nothing of the caller's is NOT_FOUND.
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

/// The schema over these services.
pub fn schema(deps: Arc<Deps>, settings: Settings) -> Schema {
    let mut builder = builder()
        .data(deps)
        .extension(error::Errors)
        .extension(loader::FreshLoaders)
        .limit_depth(limits::DEPTH)
        .limit_complexity(settings.max_complexity)
        // A guess at what was meant would tell a caller without introspection what there is.
        .disable_suggestions();
    if !settings.introspection {
        builder = builder.disable_introspection();
    }
    builder.finish()
}

/// The schema in GraphQL's own language, as it stands in `schema.graphql`.
pub fn sdl() -> String {
    let options = SDLExportOptions::new().use_space_ident();
    builder().finish().sdl_with_options(options)
}

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription)
}
