//! Where log lines go: to standard error, as text for people or as JSON for machines.

use std::io::{self, IsTerminal};

use tracing_subscriber::filter::{FilterExt, ParseError, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::Registry;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

/// Targets that tell every statement at info. A filter that names one of them overrules this.
const QUIET: &str = "sqlx=warn,sea_orm=warn,sea_orm_migration=warn";

/// It logs the bodies of what models answer, so no filter may turn it on.
const SILENT: &str = "async_openai";

/// Starts logging compact lines, coloured on a terminal.
///
/// # Errors
///
/// When `filter` is not in the notation of `RUST_LOG`.
pub fn text(filter: &str) -> Result<(), ParseError> {
    let lines = fmt::layer()
        .compact()
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    start(lines, filter)
}

/// Starts logging a JSON object a line.
///
/// # Errors
///
/// When `filter` is not in the notation of `RUST_LOG`.
pub fn json(filter: &str) -> Result<(), ParseError> {
    start(
        fmt::layer()
            .json()
            .flatten_event(true)
            .with_writer(io::stderr),
        filter,
    )
}

fn start(lines: impl Layer<Registry> + Send + Sync, filter: &str) -> Result<(), ParseError> {
    let wanted = EnvFilter::builder().parse(format!("{QUIET},{filter}"))?;
    let allowed = filter_fn(|metadata| !metadata.target().starts_with(SILENT));
    let subscriber = tracing_subscriber::registry().with(lines.with_filter(wanted.and(allowed)));
    // It fails when a subscriber stands already, which then does the logging.
    let _ = subscriber.try_init();
    Ok(())
}
