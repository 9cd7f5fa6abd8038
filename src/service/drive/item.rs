//! An item of a list, as its row holds it.

use super::streak;
use crate::domain::items::Item;
use crate::domain::retry::JudgeTries;
use crate::domain::streak::Streak;
use crate::entity::execution;
use crate::entity::execution_item::Model;

/// The row of an item of the visit that the run is in.
pub(super) fn row(run: &execution::Model, index: i32, item: &Item) -> Model {
    let outage = item.streak.outage.or(item.judge.streak.outage);
    Model {
        execution_id: run.id,
        user_id: run.user_id,
        stage_order: run.current_stage_order.unwrap_or_default(),
        visit: run.current_visit,
        item_index: index,
        state: item.state,
        failures: item.failures,
        transport_failures: streak::count(item.streak),
        judge_failures: streak::count(item.judge.streak),
        outage_since: outage.map(|outage| outage.since),
        outage_counts_until: outage.map(|outage| outage.counts_until),
        outage_calls: outage.map_or(0, |outage| outage.calls),
        unreadable_verdicts: item.judge.unreadable,
        due_at: item.due_at,
    }
}

/// The item of a row.
pub(super) fn read(row: &Model) -> Item {
    let moments = row.outage_since.zip(row.outage_counts_until);
    let streak = |count| -> Streak { streak::read_count(count, (moments, row.outage_calls)) };
    Item {
        state: row.state,
        failures: row.failures,
        streak: streak(row.transport_failures),
        judge: JudgeTries {
            streak: streak(row.judge_failures),
            unreadable: row.unreadable_verdicts,
        },
        due_at: row.due_at,
        is_interrupted: false,
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::domain::status::{ExecutionStatus, ItemState};
    use crate::domain::streak::Outage;

    fn run() -> execution::Model {
        execution::Model {
            id: Uuid::from_u128(1),
            user_id: Uuid::from_u128(2),
            workflow_id: None,
            revision_id: Uuid::nil(),
            rerun_of: None,
            client_key: None,
            request_hash: None,
            status: ExecutionStatus::Running,
            status_reason: None,
            error_message: None,
            execution_inputs: json!({}),
            initial_context: json!({}),
            current_stage_order: Some(2),
            current_visit: 3,
            visit_failures: 0,
            transport_failures: 0,
            judge_failures: 0,
            outage_since: None,
            outage_counts_until: None,
            outage_calls: 0,
            unreadable_verdicts: 0,
            stage_visits: 1,
            pause_requested: false,
            next_run_at: None,
            lease_owner: None,
            lease_epoch: 1,
            crash_count: 0,
            let_go_count: 0,
            next_seq: 1,
            created_at: DateTime::UNIX_EPOCH,
            started_at: None,
            completed_at: None,
        }
    }

    #[test]
    fn an_item_is_read_as_it_was_written() {
        let outage = Some(Outage {
            since: 5,
            counts_until: 7,
            calls: 2,
        });
        let waits = Streak { broken: 1, outage };
        let judged = JudgeTries {
            streak: waits,
            unreadable: 2,
        };
        let broken = Streak {
            broken: 3,
            outage: None,
        };
        for (streak, judge) in [
            (Streak::default(), JudgeTries::default()),
            (waits, JudgeTries::default()),
            (broken, JudgeTries::default()),
            (Streak::default(), judged),
        ] {
            let item = Item {
                state: ItemState::Open,
                failures: 4,
                streak,
                judge,
                due_at: Some(9),
                is_interrupted: false,
            };
            let row = row(&run(), 8, &item);
            assert_eq!((row.stage_order, row.visit, row.item_index), (2, 3, 8));
            assert_eq!(read(&row), item);
        }
    }
}
