//! Answers are compressed for who asks, but for streams and small ones.
//!
//! Compression tells whoever sees the size of an answer how much of it repeats itself, which shows a
//! secret to somebody who can have it answered beside words of their own (BREACH). Nobody can here: a
//! page of another origin has no token to ask with, and cookies are none.

use axum::body::HttpBody;
use axum::extract::Request;
use axum::http::header::ACCEPT_ENCODING;
use axum::http::{HeaderValue, Response};
use tower_http::CompressionLevel;
use tower_http::compression::{CompressionLayer, Predicate};

/// What is smaller is sent as it is, in bytes: it fits a packet either way.
const SMALLEST: u64 = 1024;

/// Lies ready in whatever forms it is sent in: the mark of an answer that is left as it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ready;

/// Compresses by gzip, br or zstd, as the client prefers of what [`readable`] leaves. Fast rather than small: the machine has more to
/// do, and JSON shrinks by most of what it can at once.
pub(super) fn layer() -> CompressionLayer<Whole> {
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(Whole)
}

/// Takes zstd out of what a client accepts where it accepts what every program can read, too: those that run on
/// Node 20 offer it through their libraries, and fail at it.
pub(super) async fn readable(mut request: Request) -> Request {
    let headers = request.headers_mut();
    let offered: Vec<_> = headers
        .get_all(ACCEPT_ENCODING)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let is = |coding: &str, name: &str| {
        let mut parts = coding.split(';').map(str::trim);
        let is_named = parts
            .next()
            .is_some_and(|word| word.eq_ignore_ascii_case(name));
        is_named && !parts.any(|part| part.trim_start_matches("q=").parse() == Ok(0.0))
    };
    let has = |name| offered.iter().any(|coding| is(coding, name));
    if has("zstd") && (has("gzip") || has("br")) {
        let others: Vec<_> = offered
            .into_iter()
            .filter(|coding| !is(coding, "zstd"))
            .collect();
        if let Ok(others) = HeaderValue::from_str(&others.join(", ")) {
            headers.insert(ACCEPT_ENCODING, others);
        }
    }
    request
}

/// Answers that are there as a whole, and large, and not yet compressed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole;

impl Predicate for Whole {
    fn should_compress<B: HttpBody>(&self, response: &Response<B>) -> bool {
        // A stream does not know its end.
        let size = response.body().size_hint().exact();
        let is_ready = response.extensions().get::<Ready>().is_some();
        !is_ready && size.is_some_and(|size| size > SMALLEST)
    }
}
