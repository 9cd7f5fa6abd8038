//! Watching: doorbells, and streams that never miss an event. A hint only says that something may
//! have changed; the tables are the truth.

pub mod bus;
pub mod follow;
pub mod hint;
pub mod hub;
