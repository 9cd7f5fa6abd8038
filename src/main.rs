//! The one binary: reads the command line, then does what it says.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use footlight::app::{self, App};
use footlight::auth::development::Key;
use footlight::cli;
use footlight::clock::Clock;
use footlight::config::{
    Command, CommandLine, Config, ConsoleConfig, DevArgs, LogConfig, LogFormat, MigrateArgs,
    ServeArgs, Summary,
};
use footlight::error::{Error, Result};
use footlight::http::pages::console::{Console, Project, SignInBy};
use footlight::http::pages::graphiql::{self, Page};
use footlight::http::pages::{self, Pages};
use footlight::{graphql, telemetry};
use tikv_jemallocator::Jemalloc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Rows, messages and SQLite's pages are taken by one thread and given back by another, for which the
/// system's allocator has all threads wait. Its background threads give unused memory back.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// Workers walk deep documents: eight MiB is what a main thread has.
const STACK: usize = 8 * 1024 * 1024;

fn main() -> ExitCode {
    let command = CommandLine::read().command;
    #[cfg(feature = "faults")]
    footlight::faults::order(footlight::config::faults::read());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK)
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(run(command)),
        Err(error) => Err(Error::internal(error)),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("footlight: {}", told(&error));
        ExitCode::from(2)
    })
}

/// A watcher is an open file to the kernel, and shells allow 1024 of them unless a process asks for
/// what its hard limit allows.
fn allow_many_sockets() {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(files) => tracing::debug!(files, "files and sockets that may be open at once"),
        Err(error) => tracing::warn!(%error, "the limit of open files stays as it is"),
    }
}

async fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Dev(args) => dev(*args).await?,
        Command::Serve(args) => serve(*args).await?,
        Command::Migrate(args) => migrate(args).await?,
        Command::Healthcheck(args) => return Ok(cli::healthcheck::healthcheck(args).await),
        Command::Schema => say(&graphql::sdl()),
        Command::Token(args) => say(&format!("{}\n", cli::token::token(args, &Clock::system())?)),
        Command::Run(args) => return Ok(cli::run::run(args, &Clock::system()).await),
    }
    Ok(ExitCode::SUCCESS)
}

async fn dev(args: DevArgs) -> Result<()> {
    let key = Key::load_or_create(&args.key_file)?;
    let mut config = checked(Config::for_dev(args))?;
    config.auth.jwt_secret = Some(key.secret());
    log(&config.log)?;
    announce(&config, "the development key");
    allow_many_sockets();
    let listener = listen(&config).await?;
    let address = listener.local_addr().map_err(Error::internal)?;
    let clock = Clock::system();
    let (console, introspection) = (config.console.clone(), config.introspection);
    let asked = until_asked()?;
    let Some(app) = unless_asked(&asked, Box::pin(App::open(config, clock.clone()))).await? else {
        return Ok(());
    };
    let app = app.for_loopback_hosts();
    let sample = cli::dev::seed(app.deps()).await?;
    let token = cli::dev::token(&key, &clock)?;
    let mint: Arc<dyn Fn() -> String + Send + Sync> =
        Arc::new(move || cli::dev::token(&key, &clock).unwrap_or_default());
    let sign_in = SignInBy::Development(Arc::clone(&mint));
    let model = sample.model_id.map(|id| id.to_string());
    let pages = pages::routes(Pages {
        console: shown(&console, sign_in).map(|shown| shown.with_demo_model(model)),
        graphiql: Some(Page {
            token: Some(mint),
            tabs: graphiql::starter_tabs(&cli::dev::places(&sample)).map_err(Error::internal)?,
        }),
        introspection,
    })?;
    let place = address.to_string();
    say(&cli::dev::banner((&place, console.on), &token, &sample));
    app.serve(listener, pages, asked).await
}

async fn serve(args: ServeArgs) -> Result<()> {
    let config = checked(Config::for_serve(args))?;
    log(&config.log)?;
    announce(&config, &config.auth.source());
    allow_many_sockets();
    let listener = listen(&config).await?;
    let address = listener.local_addr().map_err(Error::internal)?;
    let pages = pages::routes(Pages {
        console: shown(&config.console, sign_in_of(&config.console)),
        graphiql: config.introspection.then(|| Page {
            token: None,
            tabs: serde_json::json!([]),
        }),
        introspection: config.introspection,
    })?;
    // A start may wait for its database, and whoever reads that it serves may ask it to stop at once.
    let asked = until_asked()?;
    let Some(app) = unless_asked(&asked, Box::pin(App::open(config, Clock::system()))).await?
    else {
        return Ok(());
    };
    tracing::info!(%address, "serving");
    app.serve(listener, pages, asked).await
}

/// With the project whose public key is known.
fn sign_in_of(config: &ConsoleConfig) -> SignInBy {
    if let Some(project) = &config.project {
        return SignInBy::Supabase(Project {
            url: project.url.clone(),
            anon_key: project.anon_key.clone(),
        });
    }
    if config.on {
        tracing::info!(
            "whoever opens the console is asked for an access token: with SUPABASE_ANON_KEY, the public key of the project at SUPABASE_URL, people sign in to it with the project"
        );
    }
    SignInBy::Token
}

/// The console, unless it is off.
fn shown(config: &ConsoleConfig, sign_in: SignInBy) -> Option<Console> {
    let console = config.on.then(|| Console::new(sign_in))?;
    #[cfg(debug_assertions)]
    let console = console.from_folder(config.folder.clone());
    Some(console)
}

async fn migrate(args: MigrateArgs) -> Result<()> {
    let (database, log_config) = args.into_parts();
    log(&log_config)?;
    let asked = until_asked()?;
    let Some(store) = unless_asked(&asked, Box::pin(app::open_store(&database))).await? else {
        return Ok(());
    };
    let has_postponed = store.has_postponed();
    store.close().await;
    if has_postponed {
        tracing::warn!(
            "the tables are up to date; changes of rows were postponed, because a process of the version before still runs, which would misread them: the servers of this version make them when it has ended"
        );
    } else {
        tracing::info!("the database is up to date");
    }
    Ok(())
}

/// What somebody who reads the log later has to know about the process that wrote it.
fn announce(config: &Config, sign_in: &str) {
    let Summary {
        database,
        bus,
        console,
        providers,
    } = config.summary();
    let providers = if providers.is_empty() {
        "none".to_owned()
    } else {
        providers.join(", ")
    };
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        database,
        bus,
        sign_in,
        console,
        providers,
        "starting"
    );
}

fn log(config: &LogConfig) -> Result<()> {
    let started = match config.format {
        LogFormat::Text => telemetry::text(&config.filter),
        LogFormat::Json => telemetry::json(&config.filter),
    };
    started.map_err(|error| Error::bad_input("RUST_LOG", format!("RUST_LOG: {error}")))?;
    telemetry::watch_panics();
    Ok(())
}

async fn listen(config: &Config) -> Result<TcpListener> {
    TcpListener::bind(config.listen).await.map_err(|error| {
        Error::bad_input(
            "LISTEN",
            format!("cannot listen on {}: {error}", config.listen),
        )
    })
}

/// Cancelled by Ctrl-C or SIGTERM. A second one ends the process at once.
fn until_asked() -> Result<CancellationToken> {
    let asked = CancellationToken::new();
    let token = asked.clone();
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .map_err(Error::internal)?;
    tokio::spawn(async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping; a second signal ends at once");
        token.cancel();
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        std::process::exit(130);
    });
    Ok(asked)
}

/// What a start brings; nothing where the process is asked to stop before that. The first process of a container hears
/// of it in no other way.
async fn unless_asked<T>(
    asked: &CancellationToken,
    start: impl Future<Output = Result<T>>,
) -> Result<Option<T>> {
    asked.run_until_cancelled(start).await.transpose()
}

fn checked<T, E: std::fmt::Display>(config: std::result::Result<T, E>) -> Result<T> {
    config.map_err(|error| Error::bad_input("", error.to_string()))
}

/// Writes to standard output. Whoever reads it may have gone, as `head` does, and that is no reason to
/// stop: `println!` would panic.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    // Nobody is left to be told of a failure.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// What the person at the terminal is told: with the cause, for it is their own machine.
fn told(error: &Error) -> String {
    match error {
        Error::Internal(source) => source.to_string(),
        Error::Unauthenticated
        | Error::Forbidden(_)
        | Error::NotFound { .. }
        | Error::BadInput { .. }
        | Error::Conflict(_)
        | Error::LimitExceeded { .. } => error.to_string(),
    }
}
