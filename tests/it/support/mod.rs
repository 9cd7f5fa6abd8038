//! What tests need of the world around the product.

pub mod provider;
