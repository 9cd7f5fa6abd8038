//! The faults that a test orders for a process that it starts.

use std::env;

use crate::faults::Faults;

/// Reads them from the environment.
#[must_use]
pub fn read() -> Faults {
    Faults {
        stop_after_write: number("FAULT_STOP_AFTER_WRITE"),
        stop_after_batch: number("FAULT_STOP_AFTER_BATCH"),
        lose_hints: number("FAULT_LOSE_HINTS").is_some(),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "what a test orders is no setting of the product"
)]
fn number(name: &str) -> Option<u64> {
    env::var(name).ok()?.parse().ok()
}
