//! The composition root: one store, one hub, one engine and one HTTP server under one shutdown.
//!
//! At shutdown the server first says that it is not ready, and serves on until whoever sends it requests has
//! seen that. Then it closes its sockets, and finishes its requests. In the meantime the engine claims nothing
//! more, and finishes or hands back its runs.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::auth::{self, Verifier};
use crate::clock::Clock;
use crate::config::{AuthConfig, Config, DatabaseConfig};
use crate::domain::viewer::Viewer;
use crate::engine::{self, Engine};
use crate::error::{Error, Result};
use crate::events::bus::{self, Bus};
use crate::events::hub::Hub;
use crate::graphql::{self, Api};
use crate::http::door::{client::TrustedProxies, origin::AllowedOrigins, rate};
use crate::http::{self, SignIn, socket};
use crate::llm::provider::{self, Providers};
use crate::service::rule::Rules;
use crate::service::tx::group::Group;
use crate::service::{Deps, Limits, drive, execution, measure, model, profile, rule};
use crate::store::Store;
use crate::telemetry;

/// A part of the grace period that is kept for handing runs back and closing up.
const CLOSING_TIME: Duration = Duration::from_secs(3);

/// The shortest secret that RFC 7518, 3.2, allows for HS256, in bytes.
const SHORTEST_SECRET: usize = 32;

/// Where Supabase's transaction pooler listens, through which LISTEN fails without a word.
const TRANSACTION_POOLER: &str = ":6543/";

/// A server that is ready to serve: its database is open and up to date.
pub struct App {
    deps: Arc<Deps>,
    engine: Engine,
    verifier: Verifier,
    api: Api,
    http: http::Settings,
    /// Metrics, and the door where they are read.
    metrics: Option<(PrometheusHandle, TcpListener)>,
    /// Hints from and to the other replicas, for as long as this lives.
    bus: Option<Bus>,
    grace: Duration,
    /// The first part of the grace: not ready, and still serving.
    delay: Duration,
}

impl App {
    /// Opens the database, brings it up to date, and puts the parts together.
    ///
    /// # Errors
    /// `BadInput` for settings that make no sense, `Internal` when the database cannot be opened.
    pub async fn open(config: Config, clock: Clock) -> Result<Self> {
        warn_of_short_secret(&config.auth);
        let verifier = Verifier::new(auth_settings(config.auth), clock.clone())?;
        let settings = config
            .providers
            .into_iter()
            .map(|provider| provider::Settings {
                name: provider.name,
                api_key: provider.api_key,
                base_url: provider.base_url,
                headers: provider.headers,
                query: provider.query,
            });
        let providers = Providers::new(settings.collect(), config.demo, &clock)?;
        let metrics = match config.metrics_listen {
            Some(address) => Some(open_metrics(address).await?),
            None => None,
        };
        let store = open_store(&config.database).await?;
        let (slots, claimed) = drive::Slots::new(config.engine.max_concurrent_stages);
        let deps = Arc::new(Deps {
            hub: Hub::new(store.clone()),
            store,
            clock,
            providers: providers.names(),
            limits: Limits {
                max_running_per_user: config.engine.max_running_per_user,
                max_pending_per_user: config.engine.max_pending_per_user,
                max_stage_visits: config.engine.max_stage_visits,
                model_outage: config.engine.model_outage,
            },
            slots,
            rules: Rules::new(rule::Settings {
                deadline: config.engine.check_timeout,
                ..rule::Settings::default()
            }),
            changes: Group::default(),
            starts: Group::default(),
            backlogs: execution::Backlogs::default(),
            arrivals: profile::Arrivals::default(),
        });
        if config.database.migrate {
            model::seed(&deps).await?;
        }
        let bus = connect_bus(&deps, config.nats_url.as_ref()).await?;
        let api = graphql::api(
            &deps,
            graphql::Settings {
                introspection: config.introspection,
                max_complexity: config.max_complexity,
            },
        )?;
        let engine = Engine {
            deps: Arc::clone(&deps),
            llm: Arc::new(providers),
            settings: engine::Settings {
                stage_timeout: config.engine.stage_timeout,
                stage_max: config.engine.stage_max,
                retain_runs: config.engine.retain_runs,
                shutdown_grace: config.shutdown_grace.saturating_sub(CLOSING_TIME),
            },
            claimed,
        };
        let http = http::Settings {
            allowed_origins: AllowedOrigins::parse(&config.origins)?,
            rates: rate::Settings {
                per_user: config.rates.per_user,
                per_address: config.rates.per_address,
            },
            trusted_proxies: TrustedProxies::new(config.trusted_proxies),
            socket: socket::Settings {
                init_timeout: config.websocket.init_timeout,
                max_operations: config.websocket.max_operations,
                max_sockets_per_user: config.websocket.max_sockets_per_user,
                ..socket::Settings::default()
            },
            ..http::Settings::default()
        };
        Ok(Self {
            deps,
            engine,
            verifier,
            api,
            http,
            metrics,
            bus,
            grace: config.shutdown_grace,
            delay: config
                .shutdown_delay
                .min(config.shutdown_grace.saturating_sub(CLOSING_TIME)),
        })
    }

    /// The context of the services, for commands that write before they serve.
    #[must_use]
    pub const fn deps(&self) -> &Arc<Deps> {
        &self.deps
    }

    /// Answers only where the Host header names this machine's loopback.
    #[must_use]
    pub const fn for_loopback_hosts(mut self) -> Self {
        self.http.loopback_hosts_only = true;
        self
    }

    /// Serves the API and `pages`, and drives runs, until it is `asked` to stop; then closes up within the
    /// grace period.
    ///
    /// # Errors
    /// `Internal` when the listener or the database fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        pages: Router,
        asked: CancellationToken,
    ) -> Result<()> {
        let Self {
            deps,
            engine,
            verifier,
            api,
            mut http,
            metrics,
            bus,
            grace,
            delay,
        } = self;
        let shutdown = CancellationToken::new();
        http.shutdown = shutdown.clone();
        let (open_sockets, limits) = (http.open_sockets.clone(), http.serve);
        let parts = http::Parts {
            executor: api,
            sign_in: Door {
                verifier,
                deps: Arc::clone(&deps),
                asked: asked.clone(),
            },
            clock: deps.clock.clone(),
            settings: http,
        };
        let router = http::router_with(parts, pages);
        let serving = tokio::spawn(http::serve(listener, router, limits, shutdown.clone()));
        let ending = asked.clone();
        let driving = tokio::spawn(async move {
            let driven = engine.run(ending.clone()).await;
            // A server without its engine would take runs and not drive them.
            ending.cancel();
            driven
        });
        let closing_time = AbortOnDropHandle::new(tokio::spawn(close_after(
            delay,
            (asked.clone(), shutdown.clone()),
        )));
        let measuring = metrics.map(|metrics| {
            AbortOnDropHandle::new(tokio::spawn(serve_metrics(Arc::clone(&deps), metrics)))
        });
        let closing = async {
            let served = serving.await.map_err(Error::internal);
            // Whatever ended the server, the engine ends with it.
            asked.cancel();
            shutdown.cancel();
            open_sockets.close();
            open_sockets.wait().await;
            driving.await.map_err(Error::internal)??;
            served
        };
        let cut = async {
            asked.cancelled().await;
            tokio::time::sleep(grace).await;
        };
        tokio::select! {
            closed = closing => closed?,
            () = cut => tracing::warn!("the grace period is over: what is left is cut off"),
        }
        drop((bus, measuring, closing_time));
        deps.store.clone().close().await;
        Ok(())
    }
}

/// Has the server close once it was asked to and a balancer has had time to see that it is not ready.
async fn close_after(delay: Duration, (asked, shutdown): (CancellationToken, CancellationToken)) {
    asked.cancelled().await;
    tokio::time::sleep(delay).await;
    shutdown.cancel();
}

/// A short secret can be found by trying, from any token.
fn warn_of_short_secret(auth: &AuthConfig) {
    let length = auth.jwt_secret.as_ref();
    let length = length.map(|secret| secret.expose_secret().len());
    if let Some(bytes) = length.filter(|bytes| *bytes < SHORTEST_SECRET) {
        tracing::warn!(
            bytes,
            "SUPABASE_JWT_SECRET is shorter than the 32 bytes that RFC 7518 (3.2) asks of a key for HS256: whoever has one token may find it by trying"
        );
    }
}

/// Connects this process with the other replicas; an SQLite file has none.
async fn connect_bus(deps: &Deps, nats_url: Option<&SecretString>) -> Result<Option<Bus>> {
    let (hub, store) = (&deps.hub, &deps.store);
    let origin = deps.clock.new_id();
    match nats_url {
        _ if store.is_embedded() => Ok(None),
        Some(url) => {
            let bus = bus::nats::connect(hub, url.expose_secret(), origin).await?;
            Ok(Some(bus))
        }
        None => Ok(Some(bus::postgres::connect(hub, store, origin)?)),
    }
}

async fn open_metrics(address: SocketAddr) -> Result<(PrometheusHandle, TcpListener)> {
    let listener = TcpListener::bind(address).await.map_err(|error| {
        let message = format!("METRICS_LISTEN: cannot listen on {address}: {error}");
        Error::bad_input("METRICS_LISTEN", message)
    })?;
    let bound = listener.local_addr().map_err(Error::internal)?;
    tracing::info!(at = %bound, "metrics for Prometheus");
    Ok((telemetry::metrics().map_err(Error::internal)?, listener))
}

async fn serve_metrics(deps: Arc<Deps>, (handle, listener): (PrometheusHandle, TcpListener)) {
    let render = move || {
        let (deps, handle) = (Arc::clone(&deps), handle.clone());
        async move {
            if let Err(error) = measure::measure(&deps).await {
                tracing::warn!(error = error.chain(), "some metrics could not be read");
            }
            handle.run_upkeep();
            handle.render()
        }
    };
    let router = http::metrics::router(render);
    // Ends with its task.
    let shutdown = CancellationToken::new();
    http::serve(listener, router, http::serve::Settings::default(), shutdown).await;
}

/// Opens the database and brings it up to date, as its settings say.
///
/// # Errors
/// `Internal` when it cannot be opened or changed.
pub async fn open_store(settings: &DatabaseConfig) -> Result<Store> {
    let url = settings.url.expose_secret();
    if url.starts_with("postgres") && url.contains(TRANSACTION_POOLER) {
        tracing::warn!(
            "DATABASE_URL names port 6543, which is a transaction pooler's at Supabase: hints of other replicas would be lost in silence. Use the direct or the session-mode connection, port 5432"
        );
    }
    let store = Store::connect(url, settings.max_connections).await?;
    if settings.migrate {
        store.migrate().await?;
    }
    Ok(store)
}

/// Who may come in: whoever has a verified token, known to the store from then on.
#[derive(Clone)]
struct Door {
    verifier: Verifier,
    deps: Arc<Deps>,
    /// Cancelled when this process is to stop.
    asked: CancellationToken,
}

impl SignIn for Door {
    async fn viewer(&self, token: &str) -> Result<Viewer> {
        let viewer = self.verifier.verify(token).await?;
        profile::arrive(&self.deps, &viewer).await?;
        Ok(viewer)
    }

    async fn ready(&self) -> bool {
        let drives_runs = self.deps.slots.session().is_some();
        drives_runs && !self.asked.is_cancelled() && self.deps.store.is_alive().await
    }
}

fn auth_settings(config: AuthConfig) -> auth::Settings {
    auth::Settings {
        jwt_secret: config.jwt_secret,
        jwks_url: config.jwks_url,
        issuer: config.issuer,
        audience: config.audience,
        jwks_ttl: config.jwks_ttl,
        jwks_cooldown: config.jwks_cooldown,
        leeway: config.leeway,
        allow_anonymous: config.allow_anonymous,
    }
}
