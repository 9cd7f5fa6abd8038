//! An item of a list, as its row holds it.

use uuid::Uuid;

use super::streak;
use crate::domain::items::Item;
use crate::domain::retry::JudgeTries;
use crate::domain::streak::Streak;
use crate::entity::execution;
use crate::entity::execution_item::Model;

/// A visit of a run's stage.
#[derive(Clone, Copy, Debug)]
pub(super) struct Visit {
    pub execution_id: Uuid,
    pub user_id: Uuid,
    pub stage_order: i32,
    pub number: i32,
}

impl Visit {
    /// The visit that a run is in.
    pub(super) fn of(run: &execution::Model) -> Self {
        Self {
            execution_id: run.id,
            user_id: run.user_id,
            stage_order: run.current_stage_order.unwrap_or_default(),
            number: run.current_visit,
        }
    }
}

/// The row of an item of a visit.
pub(super) fn row(visit: Visit, index: i32, item: &Item) -> Model {
    let outage = item.streak.outage.or(item.judge.streak.outage);
    Model {
        execution_id: visit.execution_id,
        user_id: visit.user_id,
        stage_order: visit.stage_order,
        visit: visit.number,
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
    use super::*;
    use crate::domain::status::ItemState;
    use crate::domain::streak::Outage;

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
        let visit = Visit {
            execution_id: Uuid::from_u128(1),
            user_id: Uuid::from_u128(2),
            stage_order: 2,
            number: 3,
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
            let row = row(visit, 8, &item);
            assert_eq!((row.stage_order, row.visit, row.item_index), (2, 3, 8));
            assert_eq!(read(&row), item);
        }
    }
}
