//! Decisions without I/O: everything here is a function of its arguments.

pub mod mapping;
pub mod output;
pub mod template;
pub mod usage;
pub mod validate;
pub mod viewer;
