//! The command line: commands, flags, and the environment variable beside each flag.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use secrecy::SecretString;
use uuid::Uuid;

use super::LogFormat;
use super::url::{database_url, http_url, nats_url};
use super::value::{
    Door, Networks, Origins, Setting, address, address_or_off, count, count_or_none, id,
    log_format, networks, origins, public_key, seconds, seconds_or_none, switch, text,
};

/// Where `footlight dev` serves unless it is told otherwise.
pub const DEFAULT_SERVER: &str = "http://127.0.0.1:8080";

const PROVIDERS: &str = "Model providers (a key turns one on, for Ollama its URL)";

/// Runs multi-stage LLM prompt workflows and lets people watch them live over one GraphQL API.
///
/// Every flag with an [env: …] beside it can be set by that variable; the flag wins, and an empty
/// value counts as not set.
#[derive(Debug, Parser)]
#[command(name = "footlight", version, max_term_width = 100)]
pub struct CommandLine {
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Try it: SQLite, an offline model, a sample workflow, and the console and GraphiQL already signed in
    Dev(Box<DevArgs>),
    /// Serve the API and the console in production, with tokens signed by your Supabase project
    Serve(Box<ServeArgs>),
    /// Bring the database's tables up to date, then exit
    Migrate(MigrateArgs),
    /// Exit with 0 when the server on this machine is ready, else with 1, for Docker's HEALTHCHECK
    Healthcheck(HealthcheckArgs),
    /// Print the GraphQL schema
    Schema,
    /// Print an access token signed with the key that `footlight dev` made
    Token(TokenArgs),
    /// Start a run of a workflow on a server and follow it in the terminal
    Run(RunArgs),
}

impl CommandLine {
    /// Reads this process's arguments and environment. Ends the process after `--help`, and with a
    /// message and exit code 2 when they make no sense.
    #[must_use]
    pub fn read() -> Self {
        let matches = Self::grammar().try_get_matches();
        matches
            .and_then(|matches| Self::from_arg_matches(&matches))
            .unwrap_or_else(|error| told(error).exit())
    }

    /// The variables' values are kept out of the help: some are secrets, and a terminal is shared.
    fn grammar() -> clap::Command {
        Self::command().mut_subcommands(|command| command.mut_args(|arg| arg.hide_env_values(true)))
    }
}

/// A refusal without what belongs to no flag: a secret with a blank in it ends up there when it is not quoted.
fn told(error: clap::Error) -> clap::Error {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let (kind, argument) = (error.kind(), text(ContextKind::InvalidArg));
    let message = match (kind, argument) {
        (ErrorKind::UnknownArgument, Some(argument)) if !argument.starts_with('-') => {
            "there is an argument that belongs to no flag, which is not repeated here: it may be a part of a secret. Quote values with blanks in them".to_owned()
        }
        (ErrorKind::TooManyValues, argument) => {
            format!("{} takes no value", argument.unwrap_or("a flag"))
        }
        _ => return error,
    };
    CommandLine::grammar().error(kind, message)
}

#[derive(Debug, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    pub auth: AuthArgs,
    #[command(flatten)]
    pub server: ServerArgs,
    /// How long a stopping process serves on while it says that it is not ready; a part of the grace
    #[arg(long, env, value_name = "SECONDS", default_value = "5", value_parser = Setting(seconds_or_none), help_heading = None)]
    pub shutdown_delay_seconds: Duration,
    /// Offer the offline `demo` provider, whose answers come from no model
    #[arg(long, env, action = ArgAction::Set, value_name = "ON|OFF", default_value = "off", value_parser = Setting(switch), help_heading = PROVIDERS)]
    pub demo_provider: bool,
}

#[derive(Debug, Args)]
pub struct DevArgs {
    #[command(flatten)]
    pub server: ServerArgs,
    /// How long a stopping process serves on while it says that it is not ready; a part of the grace
    #[arg(long, env, value_name = "SECONDS", default_value = "0", value_parser = Setting(seconds_or_none), help_heading = None)]
    pub shutdown_delay_seconds: Duration,
    /// Where the key is kept that signs the development tokens; made when missing
    #[arg(long, value_name = "FILE", default_value = "footlight.key", help_heading = None)]
    pub key_file: PathBuf,
    /// Offer the offline `demo` provider, whose answers come from no model
    #[arg(long, env, action = ArgAction::Set, value_name = "ON|OFF", default_value = "on", value_parser = Setting(switch), help_heading = PROVIDERS)]
    pub demo_provider: bool,
}

#[derive(Debug, Args)]
pub struct MigrateArgs {
    #[command(flatten)]
    pub database: DatabaseArgs,
    #[command(flatten)]
    pub log: LogArgs,
}

#[derive(Debug, Args)]
pub struct HealthcheckArgs {
    /// Where the server listens
    #[arg(long, env, value_name = "ADDRESS", default_value = "127.0.0.1:8080", value_parser = Setting(address))]
    pub listen: SocketAddr,
}

/// The settings that `dev` and `serve` share.
#[derive(Debug, Args)]
pub struct ServerArgs {
    /// Address and port to listen on; `dev` takes only a loopback address
    #[arg(long, env, value_name = "ADDRESS", default_value = "127.0.0.1:8080", value_parser = Setting(address), help_heading = None)]
    pub listen: SocketAddr,
    /// How long a stopping process may take to finish or hand back its runs
    #[arg(long, env, value_name = "SECONDS", default_value = "25", value_parser = Setting(seconds_or_none), help_heading = None)]
    pub shutdown_grace_seconds: Duration,
    #[command(flatten)]
    pub database: DatabaseArgs,
    #[command(flatten)]
    pub pool: PoolArgs,
    #[command(flatten)]
    pub providers: ProviderArgs,
    #[command(flatten)]
    pub engine: EngineArgs,
    #[command(flatten)]
    pub api: ApiArgs,
    #[command(flatten)]
    pub rate: RateArgs,
    #[command(flatten)]
    pub websocket: WebsocketArgs,
    #[command(flatten)]
    pub operation: OperationArgs,
    #[command(flatten)]
    pub log: LogArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Database")]
pub struct DatabaseArgs {
    /// `sqlite://` and a file, which is created when missing, or `postgres://…` by a direct or session-mode connection
    #[arg(long, env, value_name = "URL", default_value = "sqlite://footlight.db", value_parser = Setting(database_url))]
    pub database_url: SecretString,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Database")]
pub struct PoolArgs {
    /// Most connections to PostgreSQL, or readers of the SQLite file
    #[arg(long, env, value_name = "COUNT", default_value = "10", value_parser = Setting(count::<u32>))]
    pub database_max_connections: u32,
    /// Leave the tables as they are on start; `footlight migrate` brings them up to date
    #[arg(long)]
    pub no_migrate: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Sign-in (at least one of the first three)")]
pub struct AuthArgs {
    /// The project's JWT secret, for tokens signed by HS256
    #[arg(long, env, value_name = "SECRET")]
    pub supabase_jwt_secret: Option<SecretString>,
    /// The project's address; its published keys and its issuer follow from it
    #[arg(long, env, value_name = "URL", value_parser = Setting(http_url))]
    pub supabase_url: Option<String>,
    /// The public key of the project at `SUPABASE_URL` (anon or publishable): people sign in to the console with the project, else by a token
    #[arg(long, env, value_name = "KEY", value_parser = Setting(public_key))]
    pub supabase_anon_key: Option<String>,
    /// Where keys are published [default: /auth/v1/.well-known/jwks.json of the project]
    #[arg(long, env, value_name = "URL", value_parser = Setting(http_url))]
    pub jwks_url: Option<String>,
    /// The issuer that a token must name [default: /auth/v1 of the project]
    #[arg(long, env, value_name = "ISSUER")]
    pub jwt_issuer: Option<String>,
    /// The audience that a token must name
    #[arg(long, env, value_name = "AUDIENCE", default_value = super::JWT_AUDIENCE, value_parser = Setting(text))]
    pub jwt_audience: String,
    /// How long fetched keys are fresh
    #[arg(long, env, value_name = "SECONDS", default_value = "600", value_parser = Setting(seconds))]
    pub jwks_ttl_seconds: Duration,
    /// The least time between two fetches of keys
    #[arg(long, env, value_name = "SECONDS", default_value = "30", value_parser = Setting(seconds))]
    pub jwks_cooldown_seconds: Duration,
    /// How far the issuer's clock may be from this machine's
    #[arg(long, env, value_name = "SECONDS", default_value = "10", value_parser = Setting(seconds_or_none))]
    pub jwt_leeway_seconds: Duration,
    /// Let in Supabase's anonymous sign-ins
    #[arg(long, env, action = ArgAction::Set, value_name = "ON|OFF", default_value = "off", value_parser = Setting(switch))]
    pub allow_anonymous_users: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = PROVIDERS)]
pub struct ProviderArgs {
    #[arg(long, env, value_name = "KEY")]
    pub openai_api_key: Option<SecretString>,
    /// Any server that speaks the OpenAI protocol
    #[arg(long, env, value_name = "URL", value_parser = Setting(http_url))]
    pub openai_base_url: Option<String>,
    #[arg(long, env, value_name = "KEY")]
    pub anthropic_api_key: Option<SecretString>,
    #[arg(long, env, value_name = "URL", value_parser = Setting(http_url))]
    pub anthropic_base_url: Option<String>,
    #[arg(long, env, value_name = "KEY")]
    pub gemini_api_key: Option<SecretString>,
    #[arg(long, env, value_name = "URL", value_parser = Setting(http_url))]
    pub gemini_base_url: Option<String>,
    #[arg(long, env, value_name = "KEY")]
    pub mistral_api_key: Option<SecretString>,
    #[arg(long, env, value_name = "URL", value_parser = Setting(http_url))]
    pub mistral_base_url: Option<String>,
    #[arg(long, env, value_name = "KEY")]
    pub groq_api_key: Option<SecretString>,
    #[arg(long, env, value_name = "URL", value_parser = Setting(http_url))]
    pub groq_base_url: Option<String>,
    #[arg(long, env, value_name = "KEY")]
    pub openrouter_api_key: Option<SecretString>,
    #[arg(long, env, value_name = "URL", value_parser = Setting(http_url))]
    pub openrouter_base_url: Option<String>,
    #[arg(long, env, value_name = "KEY")]
    pub ollama_api_key: Option<SecretString>,
    /// Usually `http://localhost:11434/v1`
    #[arg(long, env, value_name = "URL", value_parser = Setting(http_url))]
    pub ollama_base_url: Option<String>,
    /// Names of further providers that speak the OpenAI protocol, with commas between. The environment says where
    /// each is (of `lab`: `LAB_BASE_URL`) and what its key is (`LAB_API_KEY`). There alone stands what every request
    /// of any provider carries, too: `LAB_HEADERS` (`Name: value`, one a line, or `;` between) and `LAB_QUERY`
    /// (`api-version=…`)
    #[arg(long, env, value_name = "NAMES", default_value = "", hide_default_value = true, value_parser = Setting(text))]
    pub providers: String,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Runs")]
pub struct EngineArgs {
    /// Stages that this process works on at once
    #[arg(long, env, value_name = "COUNT", default_value = "64", value_parser = Setting(count::<usize>))]
    pub max_concurrent_stages: usize,
    /// Runs of one user that are driven at once, over all replicas
    #[arg(long, env, value_name = "COUNT", default_value = "16", value_parser = Setting(count::<u32>))]
    pub max_running_per_user: u32,
    /// Runs of one user that may wait to be driven, before more are refused; 0 is no limit
    #[arg(long, env, value_name = "COUNT", default_value = "100000", value_parser = Setting(count_or_none))]
    pub max_pending_per_user: u32,
    /// Stage visits after which a run that goes round in circles is ended
    #[arg(long, env, value_name = "COUNT", default_value = "100", value_parser = Setting(count::<i32>))]
    pub max_stage_visits: i32,
    /// The longest that a model may say nothing in a call, where its stage does not set another limit
    #[arg(long, env, value_name = "SECONDS", default_value = "120", value_parser = Setting(seconds))]
    pub stage_timeout_seconds: Duration,
    /// The longest that a whole model call may take, or the silence allowed in it where that is longer
    #[arg(long, env, value_name = "SECONDS", default_value = "1800", value_parser = Setting(seconds))]
    pub stage_max_seconds: Duration,
    /// How long a model that does not answer is called again, five times at least
    #[arg(long, env, value_name = "SECONDS", default_value = "900", value_parser = Setting(seconds_or_none))]
    pub model_outage_seconds: Duration,
    /// Days after which a run that has ended is deleted, with its logs and its client key; 0 keeps all
    #[arg(long, env, value_name = "DAYS", default_value = "0", value_parser = Setting(count_or_none))]
    pub retain_runs_days: u32,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "API")]
pub struct ApiArgs {
    /// Other origins whose pages may call the API, with commas between
    #[arg(long, env, value_name = "ORIGINS", default_value = "", hide_default_value = true, value_parser = Setting(origins))]
    pub allowed_origins: Origins,
    /// Serve the console at /; without it GraphiQL alone is served
    #[arg(long, env, action = ArgAction::Set, value_name = "ON|OFF", default_value = "on", value_parser = Setting(switch))]
    pub console: bool,
    /// Answer introspection queries and /schema.graphql, which GraphiQL and code generators need
    #[arg(long, env, action = ArgAction::Set, value_name = "ON|OFF", default_value = "on", value_parser = Setting(switch))]
    pub introspection: bool,
    /// The most complex operation that is executed
    #[arg(long, env, value_name = "POINTS", default_value = "20000", value_parser = Setting(count::<usize>))]
    pub max_complexity: usize,
}

#[derive(Debug, Args)]
#[command(
    next_help_heading = "Rate limits (of this process, in bursts of twice as many; 0 is off)"
)]
pub struct RateArgs {
    /// Operations of one user in a second
    #[arg(long, env, value_name = "COUNT", default_value = "100", value_parser = Setting(count_or_none))]
    pub rate_limit_per_user: u32,
    /// Requests from one address in a second
    #[arg(long, env, value_name = "COUNT", default_value = "300", value_parser = Setting(count_or_none))]
    pub rate_limit_per_address: u32,
    /// Proxies in front whose X-Forwarded-For names the client: addresses or networks, with commas between
    #[arg(long, env, value_name = "ADDRESSES", default_value = "", hide_default_value = true, value_parser = Setting(networks))]
    pub trusted_proxies: Networks,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Websockets")]
#[expect(
    clippy::struct_field_names,
    reason = "clap makes the names of the flags and variables from them"
)]
pub struct WebsocketArgs {
    /// How long a new socket may take to sign in
    #[arg(long, env, value_name = "SECONDS", default_value = "10", value_parser = Setting(seconds))]
    pub ws_init_timeout_seconds: Duration,
    /// Operations open at once on one socket
    #[arg(long, env, value_name = "COUNT", default_value = "100", value_parser = Setting(count::<usize>))]
    pub ws_max_operations: usize,
    /// Sockets of one user open at once, in this process
    #[arg(long, env, value_name = "COUNT", default_value = "50", value_parser = Setting(count::<usize>))]
    pub ws_max_sockets_per_user: usize,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Operation")]
pub struct OperationArgs {
    /// What replicas on PostgreSQL tell each other by, the text of models included [default: LISTEN and NOTIFY, which carry no text]
    #[arg(long, env, value_name = "URL", value_parser = Setting(nats_url))]
    pub nats_url: Option<SecretString>,
    /// Address and port where Prometheus reads /metrics, for everybody who reaches it
    #[arg(long, env, value_name = "ADDRESS", default_value = "off", value_parser = Setting(address_or_off))]
    pub metrics_listen: Door,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Log")]
pub struct LogArgs {
    /// How the log is written to standard error: text or json
    #[arg(long, env, value_name = "FORMAT", default_value = "text", value_parser = Setting(log_format))]
    pub log_format: LogFormat,
    /// What is logged: a level, or levels by target like `info,footlight=debug`
    #[arg(long, env, value_name = "FILTER", default_value = "info", value_parser = Setting(text))]
    pub rust_log: String,
}

#[derive(Debug, Args)]
pub struct TokenArgs {
    /// The user whom the token speaks for [default: the user of `footlight dev`]
    #[arg(long, value_name = "UUID", value_parser = Setting(id))]
    pub user: Option<Uuid>,
    /// The user's email address [default: dev@localhost for the user of `footlight dev`]
    #[arg(long, value_name = "EMAIL")]
    pub email: Option<String>,
    /// Make the user an administrator, who may manage models
    #[arg(long)]
    pub admin: bool,
    /// How long the token is valid
    #[arg(long, value_name = "HOURS", default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=8760))]
    pub hours: u32,
    /// The key that `footlight dev` made
    #[arg(long, value_name = "FILE", default_value = "footlight.key")]
    pub key_file: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = AFTER_RUN)]
pub struct RunArgs {
    /// The workflow to run
    #[arg(
        value_name = "WORKFLOW-ID",
        value_parser = Setting(id),
        required_unless_present_any = ["follow", "file"],
        conflicts_with_all = ["follow", "file"]
    )]
    pub workflow_id: Option<Uuid>,
    #[command(flatten)]
    pub from: FileArgs,
    /// Start nothing: follow this run instead, from its first event
    #[arg(long, value_name = "EXECUTION-ID", value_parser = Setting(id), conflicts_with_all = ["input", "inputs_file"])]
    pub follow: Option<Uuid>,
    /// An input: name=text, name:=json, name=@file for a file's text, name:=@file for its JSON
    #[arg(long, short, value_name = "NAME=VALUE")]
    pub input: Vec<String>,
    /// A JSON object of inputs; those given by --input come on top
    #[arg(long, value_name = "FILE")]
    pub inputs_file: Option<PathBuf>,
    /// Pass every manual validation unseen, in the place of asking
    #[arg(long)]
    pub approve: bool,
    /// Leave every manual validation to others, a program for instance, in the place of asking
    #[arg(long, conflicts_with = "approve")]
    pub wait: bool,
    /// Print nothing but what the run comes to, as JSON on one line
    #[arg(long, short)]
    pub quiet: bool,
    /// The server's address, with /graphql behind it or without
    #[arg(long, value_name = "URL", default_value = DEFAULT_SERVER, value_parser = Setting(http_url))]
    pub url: String,
    /// Access token [default: made with the development key, for a server on this machine]
    #[arg(long, env = "FOOTLIGHT_TOKEN", value_name = "TOKEN")]
    pub token: Option<SecretString>,
    /// The key that `footlight dev` made
    #[arg(long, value_name = "FILE", default_value = "footlight.key")]
    pub key_file: PathBuf,
    /// The program in which an output is edited before it passes
    #[arg(long, env, value_name = "PROGRAM")]
    pub editor: Option<String>,
}

/// A workflow in a file.
#[derive(Debug, Args)]
pub struct FileArgs {
    /// Make the workflow that this file describes, and run it: with the file's inputs, over which others come
    #[arg(long, value_name = "FILE", conflicts_with = "follow")]
    pub file: Option<PathBuf>,
    /// Change the workflow that has the file's name, if there is one, in the place of making another
    #[arg(long, requires = "file")]
    pub update: bool,
    /// What the models that the file leaves open are called [default: the one that the server has]
    #[arg(long, value_name = "IDENTIFIER", requires = "file")]
    pub model: Option<String>,
}

const AFTER_RUN: &str = "\
Examples:
  footlight run 01890a5d-ac96-774b-bcce-b302099a8057 --input topic=tides --input count:=3
  footlight run 01890a5d-ac96-774b-bcce-b302099a8057 --input text=@essay.md --approve
  footlight run 01890a5d-ac96-774b-bcce-b302099a8057 --input topic=tides --quiet | jq .title
  footlight run --file examples/router.json --model gpt-5-nano

Exit codes:
  0    the run completed
  1    it failed or was cancelled
  2    it could not be started or followed
  130  you left it with Ctrl-C, and it goes on";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_holds_together() {
        CommandLine::grammar().debug_assert();
    }
}
