//! Flags and environment, checked once at the start and handed out in small parts. Nothing else
//! reads the environment.

mod args;
mod console;
#[cfg(feature = "faults")]
pub mod faults;
mod providers;
mod url;
mod value;

use std::net::SocketAddr;
use std::time::Duration;

use chrono::TimeDelta;
use ipnet::IpNet;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use self::args::{AuthArgs, ServerArgs};
pub use self::args::{
    Command, CommandLine, DEFAULT_SERVER, DevArgs, HealthcheckArgs, MigrateArgs, RunArgs,
    ServeArgs, TokenArgs,
};
pub use self::console::{ConsoleConfig, ProjectConfig};
pub use self::providers::ProviderConfig;
use self::value::given;

const JWT_AUDIENCE: &str = "authenticated";

/// All that a server is told from outside.
#[derive(Clone, Debug)]
pub struct Config {
    pub database: DatabaseConfig,
    pub listen: SocketAddr,
    pub auth: AuthConfig,
    pub engine: EngineConfig,
    pub websocket: WebsocketConfig,
    pub rates: RateConfig,
    /// Proxies that are believed about whom they speak for.
    pub trusted_proxies: Vec<IpNet>,
    /// Origins that may call beside the server's own, as browsers write them.
    pub origins: Vec<String>,
    pub console: ConsoleConfig,
    pub introspection: bool,
    pub max_complexity: usize,
    /// Those of the table of which anything is set, and the operator's own.
    pub providers: Vec<ProviderConfig>,
    /// Whether the offline provider is offered.
    pub demo: bool,
    pub shutdown_grace: Duration,
    /// A part of the grace, at its beginning: not ready, but still serving.
    pub shutdown_delay: Duration,
    /// Where replicas on PostgreSQL exchange hints and text. May hold a password.
    pub nats_url: Option<SecretString>,
    /// Where metrics are served.
    pub metrics_listen: Option<SocketAddr>,
    pub log: LogConfig,
}

/// The parts that a server is put together from.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The kind of database.
    pub database: &'static str,
    /// By what replicas tell each other.
    pub bus: &'static str,
    /// Whether the console is served.
    pub console: &'static str,
    /// The names of the model providers.
    pub providers: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct DatabaseConfig {
    /// May hold a password.
    pub url: SecretString,
    pub max_connections: u32,
    /// Whether the tables are brought up to date on start.
    pub migrate: bool,
}

/// Which tokens are believed. In development the key is the caller's to add.
#[derive(Clone, Debug)]
pub struct AuthConfig {
    pub jwt_secret: Option<SecretString>,
    pub jwks_url: Option<String>,
    pub issuer: Option<String>,
    pub audience: String,
    pub jwks_ttl: Duration,
    pub jwks_cooldown: Duration,
    pub leeway: Duration,
    pub allow_anonymous: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct EngineConfig {
    pub max_concurrent_stages: usize,
    pub max_running_per_user: u32,
    /// 0 is no limit.
    pub max_pending_per_user: u32,
    pub max_stage_visits: i32,
    /// The longest silence in a model call.
    pub stage_timeout: Duration,
    /// The longest model call.
    pub stage_max: Duration,
    /// How long a model that does not answer is asked.
    pub model_outage: Duration,
    /// How long runs are kept after they ended; none for ever.
    pub retain_runs: Option<TimeDelta>,
    /// No setting: what may be saved ends sooner.
    pub check_timeout: Duration,
}

#[derive(Clone, Copy, Debug)]
pub struct WebsocketConfig {
    pub init_timeout: Duration,
    pub max_operations: usize,
    pub max_sockets_per_user: usize,
}

/// How much is too much in a second; 0 is no limit.
#[derive(Clone, Copy, Debug)]
pub struct RateConfig {
    pub per_user: u32,
    pub per_address: u32,
}

/// The longest that a check of an answer is waited for.
const CHECK_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Clone, Debug)]
pub struct LogConfig {
    pub format: LogFormat,
    /// Levels by target, in the notation of `RUST_LOG`.
    pub filter: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// Settings that are each in order but do not go together.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error(
        "no key to verify access tokens with: set SUPABASE_URL or JWKS_URL (published keys), or SUPABASE_JWT_SECRET (HS256)"
    )]
    NoTokenKey,
    #[error(
        "LISTEN (--listen) must be a loopback address like 127.0.0.1:8080 in `footlight dev`, not {0}: whoever reaches it is signed in"
    )]
    BeyondLoopback(SocketAddr),
    #[error(
        "NATS_URL (--nats-url) is for replicas on PostgreSQL, and an SQLite file belongs to one process: leave it out, or set DATABASE_URL"
    )]
    BusForOne,
    #[error(
        "SUPABASE_ANON_KEY (--supabase-anon-key) is the public key of the project at SUPABASE_URL, which is not set: set that too, or leave the key out"
    )]
    KeyWithoutProject,
    #[error("{0}")]
    Provider(String),
}

impl Config {
    /// The settings of a production server.
    ///
    /// # Errors
    ///
    /// When there is nothing to verify tokens with, a key without its project, a bus without replicas, or a
    /// provider without an address.
    pub fn for_serve(args: ServeArgs) -> Result<Self, ConfigError> {
        let project = ProjectConfig::of(&args.auth)?;
        let auth = AuthConfig::from(args.auth);
        if auth.jwt_secret.is_none() && auth.jwks_url.is_none() {
            return Err(ConfigError::NoTokenKey);
        }
        let delay = args.shutdown_delay_seconds;
        let mut config = Self::new(args.server, auth, (args.demo_provider, delay))?;
        config.console.project = project;
        Ok(config)
    }

    /// The settings of a development server, without the key that its tokens are signed with.
    ///
    /// # Errors
    ///
    /// When it would listen beyond this machine, for a bus without replicas, or a provider without an
    /// address.
    pub fn for_dev(args: DevArgs) -> Result<Self, ConfigError> {
        let listen = args.server.listen;
        if !listen.ip().is_loopback() {
            return Err(ConfigError::BeyondLoopback(listen));
        }
        let delay = args.shutdown_delay_seconds;
        let auth = AuthConfig::keyless();
        Self::new(args.server, auth, (args.demo_provider, delay))
    }

    fn new(
        args: ServerArgs,
        auth: AuthConfig,
        (demo, shutdown_delay): (bool, Duration),
    ) -> Result<Self, ConfigError> {
        let config = Self {
            database: DatabaseConfig {
                url: args.database.database_url,
                max_connections: args.pool.database_max_connections,
                migrate: !args.pool.no_migrate,
            },
            listen: args.listen,
            auth,
            engine: EngineConfig {
                max_concurrent_stages: args.engine.max_concurrent_stages,
                max_running_per_user: args.engine.max_running_per_user,
                max_pending_per_user: args.engine.max_pending_per_user,
                max_stage_visits: args.engine.max_stage_visits,
                stage_timeout: args.engine.stage_timeout_seconds,
                stage_max: args.engine.stage_max_seconds,
                model_outage: args.engine.model_outage_seconds,
                retain_runs: retention(args.engine.retain_runs_days),
                check_timeout: CHECK_TIMEOUT,
            },
            websocket: WebsocketConfig {
                init_timeout: args.websocket.ws_init_timeout_seconds,
                max_operations: args.websocket.ws_max_operations,
                max_sockets_per_user: args.websocket.ws_max_sockets_per_user,
            },
            rates: RateConfig {
                per_user: args.rate.rate_limit_per_user,
                per_address: args.rate.rate_limit_per_address,
            },
            trusted_proxies: args.rate.trusted_proxies.0,
            origins: args.api.allowed_origins.0,
            console: ConsoleConfig::new(args.api.console),
            introspection: args.api.introspection,
            max_complexity: args.api.max_complexity,
            providers: providers::read(args.providers, &providers::environment)?,
            demo,
            shutdown_grace: args.shutdown_grace_seconds,
            shutdown_delay,
            nats_url: given_secret(args.operation.nats_url),
            metrics_listen: args.operation.metrics_listen.0,
            log: args.log.into(),
        };
        if config.nats_url.is_some() && config.database.is_embedded() {
            return Err(ConfigError::BusForOne);
        }
        Ok(config)
    }

    /// What the log says of this server at its start: nothing that could be a secret.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let is_embedded = self.database.is_embedded();
        let named = self.providers.iter().map(|provider| provider.name.clone());
        Summary {
            database: if is_embedded { "sqlite" } else { "postgresql" },
            bus: match &self.nats_url {
                _ if is_embedded => "none",
                Some(_) => "nats",
                None => "listen/notify",
            },
            console: match &self.console {
                ConsoleConfig { on: false, .. } => "off",
                ConsoleConfig {
                    project: Some(_), ..
                } => "on, signed in to with Supabase",
                ConsoleConfig { project: None, .. } => "on",
            },
            providers: named.chain(self.demo.then(|| "demo".to_owned())).collect(),
        }
    }
}

impl DatabaseConfig {
    fn is_embedded(&self) -> bool {
        self.url.expose_secret().starts_with("sqlite")
    }
}

impl AuthConfig {
    /// Whose tokens are believed, for the log. An address of keys can hold a password: its host is named.
    #[must_use]
    pub fn source(&self) -> String {
        let host = |url: &String| Url::parse(url).ok()?.host_str().map(str::to_owned);
        let published = self.jwks_url.as_ref().and_then(host);
        let published = published.map(|host| format!("published keys of {host}"));
        let secret = self.jwt_secret.as_ref().map(|_| "a secret".to_owned());
        published
            .into_iter()
            .chain(secret)
            .collect::<Vec<_>>()
            .join(" and ")
    }

    fn keyless() -> Self {
        Self {
            jwt_secret: None,
            jwks_url: None,
            issuer: None,
            audience: JWT_AUDIENCE.to_owned(),
            jwks_ttl: Duration::from_mins(10),
            jwks_cooldown: Duration::from_secs(30),
            leeway: Duration::from_secs(10),
            allow_anonymous: false,
        }
    }
}

impl From<AuthArgs> for AuthConfig {
    fn from(args: AuthArgs) -> Self {
        let supabase =
            given(args.supabase_url).map(|url| format!("{}/auth/v1", url.trim_end_matches('/')));
        let published = supabase
            .as_ref()
            .map(|auth| format!("{auth}/.well-known/jwks.json"));
        Self {
            jwt_secret: given_secret(args.supabase_jwt_secret),
            jwks_url: given(args.jwks_url).or(published),
            issuer: given(args.jwt_issuer).or(supabase),
            audience: args.jwt_audience,
            jwks_ttl: args.jwks_ttl_seconds,
            jwks_cooldown: args.jwks_cooldown_seconds,
            leeway: args.jwt_leeway_seconds,
            allow_anonymous: args.allow_anonymous_users,
        }
    }
}

impl From<args::LogArgs> for LogConfig {
    fn from(args: args::LogArgs) -> Self {
        Self {
            format: args.log_format,
            filter: args.rust_log,
        }
    }
}

impl MigrateArgs {
    /// The database to bring up to date, by one connection, and the log.
    #[must_use]
    pub fn into_parts(self) -> (DatabaseConfig, LogConfig) {
        let database = DatabaseConfig {
            url: self.database.database_url,
            max_connections: 1,
            migrate: true,
        };
        (database, self.log.into())
    }
}

impl RunArgs {
    /// The token that was given, if it is not empty.
    #[must_use]
    pub fn given_token(&self) -> Option<SecretString> {
        given_secret(self.token.clone())
    }

    /// The editor that was given, if it is not empty.
    #[must_use]
    pub fn given_editor(&self) -> Option<String> {
        given(self.editor.clone())
    }
}

fn given_secret(value: Option<SecretString>) -> Option<SecretString> {
    value.filter(|secret| !secret.expose_secret().is_empty())
}

fn retention(days: u32) -> Option<TimeDelta> {
    (days > 0).then(|| TimeDelta::days(days.into()))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn serve(flags: &[&str]) -> Result<Config, ConfigError> {
        let arguments = ["footlight", "serve"].iter().chain(flags);
        match CommandLine::try_parse_from(arguments).unwrap().command {
            Command::Serve(args) => Config::for_serve(*args),
            other => panic!("not serve: {other:?}"),
        }
    }

    #[test]
    fn key_set_and_issuer_follow_from_the_project_and_are_overridden_one_by_one() {
        let project = "--supabase-url=https://p.supabase.co/";
        let published = "https://p.supabase.co/auth/v1/.well-known/jwks.json";
        let issuer = "https://p.supabase.co/auth/v1";
        for (flags, jwks_url, expected_issuer) in [
            (vec![project], Some(published), Some(issuer)),
            (
                vec![project, "--jwks-url=https://k.example/jwks"],
                Some("https://k.example/jwks"),
                Some(issuer),
            ),
            (
                vec![project, "--jwt-issuer=me"],
                Some(published),
                Some("me"),
            ),
            (vec!["--supabase-jwt-secret=s"], None, None),
        ] {
            let auth = serve(&flags).unwrap().auth;
            assert_eq!(auth.jwks_url.as_deref(), jwks_url, "{flags:?}");
            assert_eq!(auth.issuer.as_deref(), expected_issuer, "{flags:?}");
        }
    }

    #[test]
    fn the_console_signs_in_with_the_project_whose_public_key_is_given() {
        let secret = "--supabase-jwt-secret=s";
        let (url, key) = (
            "--supabase-url=https://p.supabase.co/",
            "--supabase-anon-key=k",
        );
        let project = |flags: &[&str]| serve(flags).map(|config| config.console.project);
        let found = project(&[url, key]).unwrap().unwrap();
        assert_eq!(found.url, "https://p.supabase.co");
        assert_eq!(found.anon_key, "k");
        assert!(project(&[url]).unwrap().is_none());
        assert!(
            project(&[secret, "--supabase-anon-key="])
                .unwrap()
                .is_none()
        );
        let refusal = project(&[secret, key]).unwrap_err().to_string();
        assert!(refusal.contains("SUPABASE_URL"), "{refusal}");
    }

    #[test]
    fn an_empty_value_is_unset() {
        let config = serve(&[
            "--supabase-jwt-secret=s",
            "--supabase-url=",
            "--jwt-audience=",
            "--max-stage-visits=",
            "--introspection=",
            "--console=",
            "--openai-api-key=",
            "--allowed-origins=",
            "--rate-limit-per-user=",
            "--trusted-proxies=",
        ])
        .unwrap();
        assert_eq!(config.auth.jwks_url, None);
        assert_eq!(config.auth.audience, "authenticated");
        assert_eq!(config.engine.max_stage_visits, 100);
        assert_eq!(config.rates.per_user, 100);
        assert!(config.trusted_proxies.is_empty());
        assert!(config.console.on);
        assert!(config.introspection && config.providers.is_empty() && config.origins.is_empty());
    }

    #[test]
    fn development_signs_in_by_the_same_rules() {
        let served = serve(&["--supabase-jwt-secret=s"]).unwrap().auth;
        let keyed = AuthConfig {
            jwt_secret: served.jwt_secret.clone(),
            ..AuthConfig::keyless()
        };
        assert_eq!(format!("{keyed:?}"), format!("{served:?}"));
    }

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        let config = serve(&[
            "--supabase-jwt-secret=hunter2",
            "--openai-api-key=hunter2",
            "--database-url=postgres://u:hunter2@h/d",
        ]);
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
