//! Pages for people, and the schema for their tools.
//!
//! The console has `/` and whatever its page routes, GraphiQL has `/graphiql`. Their files are compiled in, and name
//! nothing outside this server, which `guard` holds the browser to.

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;

use self::console::Console;
use crate::error::Result;

pub mod console;
pub mod graphiql;

mod encoding;
mod guard;
mod kind;
mod known;
mod schema;

/// What is served beside the API.
pub struct Pages {
    /// Without it `/` leads to GraphiQL.
    pub console: Option<Console>,
    pub graphiql: Option<graphiql::Page>,
    /// Whether callers may read the schema.
    pub introspection: bool,
}

/// The routes of what there is.
///
/// # Errors
/// `Internal` when what is compiled in is not what it should be, which tests rule out.
pub fn routes<S: Clone + Send + Sync + 'static>(pages: Pages) -> Result<Router<S>> {
    let home = match pages.console {
        Some(console) => console::routes(console)?,
        None if pages.graphiql.is_some() => {
            let there = Redirect::temporary(graphiql::PATH);
            Router::new().route("/", get(there))
        }
        None => Router::new(),
    };
    let graphiql = pages.graphiql.map(graphiql::routes).unwrap_or_default();
    Ok(home
        .merge(graphiql)
        .merge(schema::routes(pages.introspection)))
}
