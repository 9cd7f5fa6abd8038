//! The integration tests, one binary.

#![expect(clippy::unwrap_used, reason = "a test ends at what it did not expect")]

mod auth;
mod support;
