//! Where log lines go: to standard error, as text for people or as JSON for machines.

use std::io::{self, IsTerminal};

use tracing::Subscriber;
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
    // It fails when a subscriber stands already, which then does the logging.
    let _ = filtered(lines, filter)?.try_init();
    Ok(())
}

fn filtered(
    lines: impl Layer<Registry> + Send + Sync,
    filter: &str,
) -> Result<impl Subscriber + Send + Sync, ParseError> {
    let wanted = EnvFilter::builder().parse(format!("{QUIET},{filter}"))?;
    let allowed = filter_fn(|metadata| !metadata.target().starts_with(SILENT));
    Ok(tracing_subscriber::registry().with(lines.with_filter(wanted.and(allowed))))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek};
    use std::sync::Arc;

    use super::*;

    fn logged(filter: &str) -> String {
        let file = Arc::new(tempfile::tempfile().unwrap());
        let lines = fmt::layer().with_writer(Arc::clone(&file));
        tracing::subscriber::with_default(filtered(lines, filter).unwrap(), || {
            tracing::error!(target: "async_openai::client", "a body");
            tracing::info!(target: "sqlx::query", "a statement");
            tracing::info!(target: "footlight", "a request");
        });
        let mut text = String::new();
        (&*file).rewind().unwrap();
        (&*file).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn no_filter_brings_out_the_bodies_of_answers() {
        for filter in ["trace", "async_openai=trace", "async_openai::client=error"] {
            assert!(!logged(filter).contains("a body"), "{filter}");
        }
    }

    #[test]
    fn statements_are_logged_only_when_named() {
        let by_default = logged("info");
        assert!(by_default.contains("a request") && !by_default.contains("a statement"));
        assert!(logged("info,sqlx=info").contains("a statement"));
        assert!(filtered(fmt::layer(), "info,=x=").is_err());
    }
}
