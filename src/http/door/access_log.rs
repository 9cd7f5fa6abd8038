//! One line in the log for every request, the ids that tie an answer and a trace to it, and whom it came
//! from. What was asked, and with which token, never gets there.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::FutureExt;
use tokio::time::Instant;

use super::client::TrustedProxies;
use crate::clock::Clock;
use crate::graphql::context::RequestId;
use crate::http::answer::Refusal;
use crate::http::{SOCKET_PATH, error};

/// Carries the id under which the log knows a request.
pub(in crate::http) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id of a caller's that is taken, in characters.
const LONGEST_ID: usize = 128;

/// Carries the trace that a request belongs to (<https://www.w3.org/TR/trace-context/>).
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Gives the request an id, answers with it, and logs how it went.
pub(in crate::http) async fn record(
    State((clock, proxies)): State<(Clock, TrustedProxies)>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = id_of_caller(request.headers());
    let id = id.unwrap_or_else(|| RequestId::from(clock.new_id()));
    let started = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let client = proxies.client_of(&request);
    let trace = trace_of(request.headers()).map(str::to_owned);
    request.extensions_mut().insert(id.clone());
    request.extensions_mut().insert(client);

    let mut response = answered(request, next, &id).await;

    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let (status, took) = (response.status().as_u16(), started.elapsed());
    measured(&method, &path, status, took);
    tracing::info!(
        %method,
        path,
        status,
        milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        client = %client.0,
        request_id = %id,
        trace_id = trace,
        "request"
    );
    response
}

/// The answer; where a panic kept one from being made, one that says so.
async fn answered(request: Request, next: Next, id: &RequestId) -> Response {
    let headers = request.headers().clone();
    // Nothing of the request is looked at again after a panic.
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    answer.unwrap_or_else(|_panic| {
        tracing::error!(request = %id, "the request failed: what answers it panicked");
        Refusal::of_ours(error::of_ours(id)).to(&headers)
    })
}

/// The id that a caller gave to its request, if it gave one that can stand in a line of the log.
fn id_of_caller(headers: &HeaderMap) -> Option<RequestId> {
    let given = only(headers, &REQUEST_ID)?;
    let is_fit = given.len() <= LONGEST_ID && given.bytes().all(|byte| byte.is_ascii_graphic());
    (is_fit && !given.is_empty()).then(|| RequestId::given(given))
}

/// The trace id in a `traceparent` of a version whose form is known (its sections 3.2.2 and 4.3).
fn trace_of(headers: &HeaderMap) -> Option<&str> {
    let mut parts = only(headers, &TRACEPARENT)?.split('-');
    let (version, trace, parent, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |text: &str, length: usize| {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        text.len() == length && text.bytes().all(digit)
    };
    let is_id = |text, length| is_hex(text, length) && text.bytes().any(|byte| byte != b'0');
    let is_whole = version != "00" || parts.next().is_none();
    let is_known = is_hex(version, 2) && version != "ff" && is_whole;
    (is_known && is_id(trace, 32) && is_id(parent, 16) && is_hex(flags, 2)).then_some(trace)
}

/// The text of a header that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then(|| value.to_str().ok())?
}

/// Notes how long an answer took, a stream up to its head.
fn measured(method: &Method, path: &str, status: u16, took: Duration) {
    let (method, route, status) = (name_of(method), route_of(path), status.to_string());
    metrics::histogram!("footlight_http_seconds", "method" => method, "route" => route, "status" => status)
        .record(took.as_secs_f64());
}

/// What is there, of which metrics tell apart no more than this: anybody can ask for another path.
fn route_of(path: &str) -> &'static str {
    const ROUTES: [&str; 4] = ["/graphql", SOCKET_PATH, "/healthz", "/readyz"];
    let route = ROUTES.into_iter().find(|route| *route == path);
    route.unwrap_or("other")
}

/// The method, of those that a client can be expected to use: anybody can invent another.
fn name_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        Method::HEAD => "HEAD",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_the_caller_s_is_printable_and_of_a_bounded_length() {
        let longest = "x".repeat(LONGEST_ID);
        let longer = "x".repeat(LONGEST_ID + 1);
        for (values, taken) in [
            (&["01HV-a.b:c/d"][..], true),
            (&[&longest], true),
            (&[&longer], false),
            (&[""], false),
            (&["a b"], false),
            (&["a\tb"], false),
            (&["\u{e9}"], false),
            (&["a", "a"], false),
            (&[], false),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
                headers.append(REQUEST_ID, value);
            }
            assert_eq!(id_of_caller(&headers).is_some(), taken, "{values:?}");
        }
    }

    #[test]
    fn a_trace_is_named_by_a_whole_traceparent() {
        const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
        const NONE: &str = "00000000000000000000000000000000";
        for (value, named) in [
            (format!("00-{TRACE}-00f067aa0ba902b7-01"), true),
            (format!("cc-{TRACE}-00f067aa0ba902b7-01-more"), true),
            (format!("00-{TRACE}-00f067aa0ba902b7-01-more"), false),
            (format!("ff-{TRACE}-00f067aa0ba902b7-01"), false),
            (format!("00-{NONE}-00f067aa0ba902b7-01"), false),
            (format!("00-{TRACE}-0000000000000000-01"), false),
            (
                format!("00-{}-00f067aa0ba902b7-01", TRACE.to_uppercase()),
                false,
            ),
            (format!("00-{TRACE}-00f067aa0ba902b7"), false),
            ("x".to_owned(), false),
        ] {
            let headers = HeaderMap::from_iter([(TRACEPARENT, value.parse().unwrap())]);
            assert_eq!(trace_of(&headers), named.then_some(TRACE), "{value}");
        }
    }
}
