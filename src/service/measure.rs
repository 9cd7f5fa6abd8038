//! What metrics say of this moment, read when they are asked for.

use super::Deps;
use crate::error::Result;
use crate::store::{lease, pending};

/// Runs are counted no further than this: what is asked every few seconds costs the same however many wait.
const COUNTED: u64 = 10_000;

/// Sets the gauges.
///
/// # Errors
/// `Internal` when the database fails: the gauges that come from it keep their values.
pub async fn measure(deps: &Deps) -> Result<()> {
    metrics::gauge!("footlight_watchers").set(whole(deps.hub.watchers()));
    metrics::gauge!("footlight_event_readers").set(whole(deps.hub.readers()));
    metrics::gauge!("footlight_runs_driven").set(whole(deps.slots.driven().len()));
    metrics::gauge!("footlight_slots_free").set(whole(deps.slots.free()));
    for (pool, state, connections) in deps.store.connections() {
        metrics::gauge!("footlight_database_connections", "pool" => pool, "state" => state)
            .set(whole(connections));
    }
    let db = deps.store.reader();
    for (status, count) in lease::count_active(db, COUNTED).await? {
        metrics::gauge!("footlight_runs", "status" => status.as_str()).set(whole(count));
    }
    let due = pending::count_due(db, deps.clock.now(), COUNTED).await?;
    metrics::gauge!("footlight_runs_due").set(whole(due));
    Ok(())
}

/// A count as a gauge has it.
fn whole(count: impl TryInto<u32>) -> f64 {
    f64::from(count.try_into().unwrap_or(u32::MAX))
}
