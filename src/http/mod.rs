//! The server's front door: the router as a table of contents, its settings, and what it asks of
//! the rest of the product.
//!
//! `graphql` answers POST and GET, in one piece or by `live` as a stream; `socket` speaks
//! graphql-transport-ws. What they share stands beside them: `document` (what a request asks for),
//! `persisted` (documents known by their hash), `nesting` (how deep they may go), `operation` and
//! `execution` (running them), `viewer` (who asks).

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderName, Method, header};
use axum::middleware;
use axum::routing::get;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::cors::{AllowOrigin, CorsLayer};

use self::origin::AllowedOrigins;
use self::socket::Seats;
use crate::clock::Clock;
use crate::domain::viewer::Viewer;
use crate::error::Result;

mod access_log;
mod answer;
mod document;
mod execution;
pub mod graphiql;
mod graphql;
mod health;
mod live;
pub mod metrics;
mod negotiation;
mod nesting;
mod operation;
pub mod origin;
mod persisted;
mod selection;
pub mod socket;
mod viewer;

/// Where subscriptions are served.
pub const SOCKET_PATH: &str = "/graphql/ws";

/// How often a stream over HTTP says that it is alive, unless told otherwise: Apollo's clients expect
/// it every few seconds.
pub const HEARTBEAT_EVERY: Duration = Duration::from_secs(5);

/// Carries the id under which the log knows a request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How this server says who calls, and whether it can serve at all.
pub trait SignIn: Clone + Send + Sync + 'static {
    /// The person whom `token` speaks for, known to the store from now on.
    ///
    /// # Errors
    ///
    /// `Unauthenticated` for a token that is not believed, `Internal` when the store fails.
    fn viewer(&self, token: &str) -> impl Future<Output = Result<Viewer>> + Send;

    /// Whether requests can be served now: the database answers, and no shutdown is under way.
    fn ready(&self) -> impl Future<Output = bool> + Send;
}

/// What the operator decides about HTTP.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Pages that may call from another origin, by CORS and over websockets.
    pub allowed_origins: AllowedOrigins,
    /// Answer only where the Host header names this machine's loopback: another name that resolves
    /// to it could read a page that carries a token.
    pub loopback_hosts_only: bool,
    /// Limits and deadlines of websockets, which hold for other streams too.
    pub socket: socket::Settings,
    /// A stream over HTTP says something at least so often.
    pub heartbeat_every: Duration,
    /// Closes every socket with 1012 when cancelled.
    pub shutdown: CancellationToken,
    /// The open sockets and streams. [`serve`] does not wait for them: close this and wait for it.
    pub open_sockets: TaskTracker,
}

/// Everything the handlers work with.
#[derive(Clone, Debug)]
pub struct Parts<E, S> {
    pub executor: E,
    pub sign_in: S,
    pub clock: Clock,
    pub settings: Settings,
}

struct Server<E, S> {
    parts: Parts<E, S>,
    seats: Seats,
    queries: persisted::Queries,
}

/// The routes of this server: the API, its websocket, and health. Routes merged into it later are
/// outside the access log and the Host check; use [`router_with`] for pages.
pub fn router<E, S>(parts: Parts<E, S>) -> Router
where
    E: async_graphql::Executor,
    S: SignIn,
{
    router_with(parts, Router::new())
}

/// [`router`], with `pages` behind the same access log and Host check.
pub fn router_with<E, S>(parts: Parts<E, S>, pages: Router) -> Router
where
    E: async_graphql::Executor,
    S: SignIn,
{
    let settings = parts.settings.clone();
    let clock = parts.clock.clone();
    let server = Arc::new(Server {
        parts,
        seats: Seats::default(),
        queries: persisted::Queries::default(),
    });
    let api = get(graphql::get::<E, S>)
        .post(graphql::post::<E, S>)
        .layer::<_, Infallible>(graphql::body_limit())
        .layer::<_, Infallible>(cors(&settings.allowed_origins));
    let router = Router::new()
        .route("/graphql", api)
        .route(SOCKET_PATH, get(socket::upgrade::<E, S>))
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready::<E, S>))
        .with_state(server)
        .merge(pages);
    let router = if settings.loopback_hosts_only {
        router.layer(middleware::from_fn(origin::require_loopback_host))
    } else {
        router
    };
    router.layer(middleware::from_fn_with_state(clock, access_log::record))
}

/// Serves `router` until `shutdown`, then finishes the requests under way. Websockets are not among
/// them: see [`Settings::open_sockets`].
///
/// # Errors
///
/// What the listener fails with.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: CancellationToken,
) -> io::Result<()> {
    // Events are small and follow each other: Nagle's algorithm would hold each one back until the
    // watcher has acknowledged the one before, some 40 ms.
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "small writes of a connection will wait for each other");
        }
    });
    axum::serve(listener, router)
        .with_graceful_shutdown(shutdown.cancelled_owned())
        .await
}

fn cors(allowed: &AllowedOrigins) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(allowed.header_values()))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
        .expose_headers([REQUEST_ID])
}
