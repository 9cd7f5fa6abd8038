//! The integration tests, one binary.

mod auth;
mod support;
