//! What tests need of the world around the product.

pub mod jwks;
pub mod provider;
