//! Decisions without I/O: everything here is a function of its arguments.

pub mod context;
pub mod definition;
pub mod event;
pub mod form;
pub mod json;
pub mod key;
pub mod limit;
pub mod mapping;
pub mod name;
pub mod nearest;
pub mod output;
pub mod page;
pub mod patch;
pub mod progress;
pub mod provider;
pub mod retry;
pub mod setting;
pub mod source;
pub mod status;
pub mod streak;
pub mod template;
pub mod tokens;
pub mod usage;
pub mod validate;
pub mod viewer;
