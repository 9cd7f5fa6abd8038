//! Where log lines go: to standard error, as text for people or as JSON for machines. And what the
//! metrics mean, which are gathered for Prometheus when somebody asks for them.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{self, IsTerminal};

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::Subscriber;
use tracing_subscriber::filter::{FilterExt, ParseError, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::Registry;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

/// Targets that tell every statement at info. A filter that names one of them overrules this.
const QUIET: &str = "sqlx=warn,sea_orm=warn,sea_orm_migration=warn";

/// The first logs the bodies of what models answer, the second the values in the database's address that it does
/// not know, so no filter may turn them on.
const SILENT: [&str; 2] = ["async_openai", "sqlx_postgres::options"];

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

/// Has panics logged as what else is logged, and counted. What a panic says is written down only where the
/// code has it word for word: a text that was made up then may repeat what somebody said.
pub fn watch_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(tracing::field::display);
        let said = panic.payload().downcast_ref::<&'static str>();
        let trace = Backtrace::capture();
        let trace = (trace.status() == BacktraceStatus::Captured).then_some(trace);
        tracing::error!(
            at,
            said,
            thread = std::thread::current().name(),
            backtrace = trace.map(tracing::field::display),
            "a panic"
        );
        metrics::counter!("footlight_panics_total").increment(1);
    }));
}

/// Upper ends of the buckets of durations, in seconds: from a commit to the longest model call.
const SECONDS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0,
];

/// Starts gathering metrics. The answer renders them.
///
/// # Errors
///
/// When they are gathered already.
pub fn metrics() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)?
        .install_recorder()?;
    describe();
    Ok(handle)
}

fn describe() {
    describe_runs();
    describe_process();
    metrics::gauge!("footlight_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
    // An alarm on one of these must find it before the first time.
    for rare in [
        "footlight_runs_rescued_total",
        "footlight_leases_lost_total",
        "footlight_sessions_lost_total",
        "footlight_purged_total",
        "footlight_panics_total",
        "footlight_jwks_failures_total",
    ] {
        metrics::counter!(rare).absolute(0);
    }
}

/// What is done.
fn describe_runs() {
    use metrics::describe_histogram as histogram;
    use metrics::{describe_counter as counter, describe_gauge as gauge};

    gauge!(
        "footlight_runs",
        "Runs of the whole cluster that have not ended, by status, counted up to 10,000: max over replicas, not sum"
    );
    gauge!(
        "footlight_runs_due",
        "Runs of the whole cluster that wait for a slot or their user's limit, counted up to 10,000: max over replicas, not sum"
    );
    gauge!("footlight_runs_driven", "Runs that this process drives");
    gauge!(
        "footlight_slots_free",
        "Stages that this process could take on now"
    );
    counter!(
        "footlight_runs_ended_total",
        "Runs that ended in this process, by status"
    );
    counter!(
        "footlight_runs_rescued_total",
        "Runs whose process died or lost them, taken up here"
    );
    counter!(
        "footlight_leases_lost_total",
        "Writes of workers that the fence refused"
    );
    counter!(
        "footlight_sessions_lost_total",
        "Times that this process lost its session: others took it for dead, or the database was silent to it"
    );
    counter!(
        "footlight_purged_total",
        "Runs that this process deleted because they ended long ago"
    );
    counter!(
        "footlight_attempts_total",
        "Attempts that ended here, by result"
    );
    counter!(
        "footlight_retries_total",
        "Further attempts that were scheduled here"
    );
    counter!(
        "footlight_tokens_total",
        "Tokens that providers counted, by provider, model and kind"
    );
    histogram!(
        "footlight_stage_seconds",
        "An attempt, from its start to its verdict"
    );
    histogram!(
        "footlight_model_call_seconds",
        "A call of a model, by provider and outcome"
    );
    histogram!(
        "footlight_claim_seconds",
        "How long a due run waited until it was claimed here"
    );
}

/// What does it, and for whom.
fn describe_process() {
    use metrics::describe_histogram as histogram;
    use metrics::{describe_counter as counter, describe_gauge as gauge};

    gauge!("footlight_watchers", "Subscriptions open in this process");
    gauge!(
        "footlight_event_readers",
        "Readers of events in this process: one a run or user watched"
    );
    gauge!(
        "footlight_database_connections",
        "Connections of this process, by pool and state"
    );
    counter!(
        "footlight_refusals_total",
        "What was refused here before it ran, by reason: a code, RATE, or the close code of a websocket"
    );
    counter!(
        "footlight_panics_total",
        "Panics of this process; each is in the log"
    );
    counter!(
        "footlight_jwks_failures_total",
        "Fetches of the published keys that failed here"
    );
    gauge!(
        "footlight_build_info",
        "1, with the version of this process"
    );
    histogram!(
        "footlight_http_seconds",
        "HTTP requests to this process by method, route and status, a stream up to its head"
    );
    histogram!(
        "footlight_graphql_seconds",
        "Operations of this process by kind and outcome, subscriptions from beginning to end"
    );
    histogram!(
        "footlight_hint_send_seconds",
        "Handing a batch of hints to the bus"
    );
    histogram!(
        "footlight_hint_lag_seconds",
        "From sending a hint until this process hears it itself"
    );
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
    let allowed = filter_fn(|metadata| !is_silent(metadata.target()));
    Ok(tracing_subscriber::registry().with(lines.with_filter(wanted.and(allowed))))
}

fn is_silent(target: &str) -> bool {
    SILENT.iter().any(|silent| target.starts_with(silent))
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
