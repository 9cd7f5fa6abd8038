//! Answers are compressed for who asks, but for streams and small ones.
//!
//! Compression tells whoever sees the size of an answer how much of it repeats itself, which shows a
//! secret to somebody who can have it answered beside words of their own (BREACH). Nobody can here: a
//! page of another origin has no token to ask with, and cookies are none.

use axum::body::HttpBody;
use axum::http::Response;
use tower_http::CompressionLevel;
use tower_http::compression::{CompressionLayer, Predicate};

/// What is smaller is sent as it is, in bytes: it fits a packet either way.
const SMALLEST: u64 = 1024;

/// Lies ready in whatever forms it is sent in: the mark of an answer that is left as it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ready;

/// Compresses by gzip, br or zstd, as the client prefers. Fast rather than small: the machine has more to
/// do, and JSON shrinks by most of what it can at once.
pub(super) fn layer() -> CompressionLayer<Whole> {
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(Whole)
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
