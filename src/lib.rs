//! Footlight runs multi-stage LLM prompt workflows and lets people watch them live.
//!
//! A folder is a layer and a file is a noun: a behaviour of executions is looked up in
//! `graphql/execution` (shape), `service/execution` (rule), `store/execution` (query) or
//! `entity/execution` (table). What a layer may import stands in the table of
//! `tests/it/architecture/mod.rs`, which checks it.
//!
//! ```text
//! http (axum, sockets) → graphql (resolvers) ─┐
//!                                             ├→ service (rules, transactions) → store (queries) → entity
//! engine (claims and drives runs) ────────────┘            │
//!                                                          └→ events (hub, hints) → subscriptions
//! ```

pub mod app;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod engine;
pub mod entity;
pub mod error;
pub mod events;
#[cfg(feature = "faults")]
pub mod faults;
pub mod graphql;
pub mod http;
pub mod llm;
pub mod service;
pub mod store;
pub mod telemetry;
