//! Doorbells between whoever writes and whoever waits. A lost hint costs time, never an event.

use uuid::Uuid;

/// Something may have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hint {
    /// A run has new events.
    Changed { user_id: Uuid, execution_id: Uuid },
    /// A run was taken from, or asks something of, the worker that drives it.
    Control { execution_id: Uuid },
    /// A run may be claimed.
    Due,
}
