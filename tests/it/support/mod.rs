//! What tests need of the world around the product.

pub mod backlog;
pub mod database;
pub mod jwks;
pub mod nats;
pub mod postgres;
pub mod process;
pub mod provider;
pub mod proxy;
pub mod rows;
pub mod server;
pub mod socket;
