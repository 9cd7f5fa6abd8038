//! What the tests stand on: servers to talk to and keys to sign with.

pub mod jwks;
