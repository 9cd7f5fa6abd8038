//! The server's front door: the router as a table of contents, its settings, and what it asks of
//! the rest of the product.
//!
//! `serve` accepts the connections. `door` says who is there and what may pass, `request` makes a document
//! of what was sent, and `operation` runs it. `graphql` answers POST and GET, in one piece or by `live`
//! as a stream; `socket` speaks graphql-transport-ws. How answers and refusals look is in `answer`, `error`
//! and `media`.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::Response;
use axum::routing::get;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::set_header::SetResponseHeaderLayer;

use self::answer::Refusal;
use self::door::access_log;
use self::door::client::TrustedProxies;
use self::door::cors;
use self::door::origin::{self, AllowedOrigins};
use self::door::rate::{self, Rates};
use self::door::seats::Seats;
use self::request::document::Documents;
pub use self::serve::serve;
use crate::clock::Clock;
use crate::domain::viewer::Viewer;
use crate::error::{Code, Result};

mod answer;
mod compression;
pub mod door;
mod error;
mod graphql;
mod health;
mod live;
mod media;
pub mod metrics;
mod operation;
pub mod pages;
mod request;
pub mod serve;
pub mod socket;

/// Where subscriptions are served.
pub const SOCKET_PATH: &str = "/graphql/ws";

/// How often a stream over HTTP says that it is alive, unless told otherwise: Apollo's clients expect
/// it every few seconds.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(5);

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
    /// Deadlines of connections and requests.
    pub serve: serve::Settings,
    /// Proxies in front, which say who calls through them.
    pub trusted_proxies: TrustedProxies,
    pub rates: rate::Settings,
    /// Limits and deadlines of websockets, which hold for other streams too.
    pub socket: socket::Settings,
    /// A stream over HTTP says something at least so often.
    pub heartbeat_every: Duration,
    /// Closes every socket with 1012 when cancelled.
    pub shutdown: CancellationToken,
    /// The open sockets and streams. [`serve`] does not wait for them: close this and wait for it.
    pub open_sockets: TaskTracker,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allowed_origins: AllowedOrigins::default(),
            loopback_hosts_only: false,
            serve: serve::Settings::default(),
            trusted_proxies: TrustedProxies::default(),
            rates: rate::Settings::default(),
            socket: socket::Settings::default(),
            heartbeat_every: HEARTBEAT_EVERY,
            shutdown: CancellationToken::new(),
            open_sockets: TaskTracker::new(),
        }
    }
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
    documents: Documents,
    rates: Arc<Rates>,
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
    let rates = Rates::new(settings.rates, &clock);
    let limited = middleware::from_fn_with_state(Arc::clone(&rates), rate::limit_address);
    let server = Arc::new(Server {
        parts,
        seats: Seats::default(),
        documents: Documents::default(),
        rates,
    });
    let hurry = middleware::from_fn_with_state(settings.serve.body, serve::body::hurry);
    // A page of another origin may read its refusals too, so they come from behind CORS.
    let api = get(graphql::get::<E, S>)
        .post(graphql::post::<E, S>)
        .head(graphql::not_allowed)
        .fallback(graphql::not_allowed)
        .layer::<_, Infallible>(limited.clone())
        .layer::<_, Infallible>(hurry)
        .layer::<_, Infallible>(cors::layer(&settings.allowed_origins))
        .layer::<_, Infallible>(middleware::from_fn(cors::preflights_alone));
    let socket = get(socket::upgrade::<E, S>).fallback(socket::not_allowed);
    let router = Router::new()
        .route(SOCKET_PATH, socket)
        .merge(pages.with_state(()))
        .fallback(not_found)
        .method_not_allowed_fallback(not_allowed)
        .layer(limited)
        .route("/graphql", api)
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready::<E, S>))
        .method_not_allowed_fallback(not_allowed)
        .with_state(server);
    guarded(router, settings, clock)
}

/// What is asked and told of every request.
fn guarded(router: Router, settings: Settings, clock: Clock) -> Router {
    let router = if settings.loopback_hosts_only {
        router.layer(middleware::from_fn(origin::require_loopback_host))
    } else {
        router
    };
    let log = (clock, settings.trusted_proxies);
    let unless_said = SetResponseHeaderLayer::if_not_present;
    let router = router
        .layer(compression::layer())
        .layer(middleware::map_request(compression::readable))
        .layer(unless_said(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(unless_said(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ));
    router.layer(middleware::from_fn_with_state(log, access_log::record))
}

async fn not_found(headers: HeaderMap) -> Response {
    let message =
        format!("nothing is here: the API is at /graphql, its websocket at {SOCKET_PATH}");
    Refusal::new(StatusCode::NOT_FOUND, Code::NotFound, message).to(&headers)
}

/// For what has no more to say about it.
async fn not_allowed(headers: HeaderMap) -> Response {
    Refusal::not_allowed("GET, HEAD", "ask for this by GET").to(&headers)
}
