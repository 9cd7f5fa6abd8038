//! Runs over a list that somebody wants paused while an attempt is under way.

use std::sync::Arc;

use footlight::domain::context::Entry;
use footlight::domain::retry::Outcome;
use footlight::domain::status::ExecutionStatus;
use footlight::domain::streak::FailedCall;
use footlight::entity::execution as table;
use footlight::service::drive::advance::Finished;
use footlight::service::drive::each::{self, Settled};
use footlight::service::{drive, execution};
use footlight::store;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Step, World};

/// One stage over a list.
fn over_a_list() -> Value {
    json!({ "templateSyntax": 3, "stages": [{
        "id": Uuid::from_u128(1),
        "stageOrder": 1,
        "promptTemplate": "{{item}}",
        "forEach": { "in": "inputs.list", "concurrency": 2 },
        "validationType": "NONE",
        "retryLimit": 0,
    }] })
}

#[tokio::test]
async fn a_pause_that_takes_effect_when_its_process_dies_or_hands_it_back_stops_the_time_of_items()
{
    for dies in [true, false] {
        let mut world = World::of(over_a_list()).await;
        for run in [1, 2] {
            world.take(Step::Cancel(run)).await;
        }
        let run = world.runs[0];
        let row = table::ActiveModel {
            id: Set(run),
            execution_inputs: Set(json!({ "list": ["a", "b"] })),
            ..Default::default()
        };
        row.update(world.store.heartbeat()).await.unwrap();
        world.claim(0).await;
        let deps = Arc::clone(&world.processes[0].deps);
        let now = world.clock.now();
        let driven = world.processes[0].drives.get_mut(&run).unwrap();
        let lease = &mut driven.lease;
        each::begin(&deps, lease, 2).await.unwrap();
        let list = lease.each.as_mut().unwrap();
        let calls = [list.next_call(now), list.next_call(now)].map(Option::unwrap);
        let refused = Finished {
            log: calls[0].log.clone(),
            outcome: Outcome::Transport {
                error: "503".to_owned(),
                call: FailedCall {
                    began: now,
                    spoke: false,
                    retry_after: None,
                },
            },
            output: None,
        };
        let refused = vec![Settled::Finished(Box::new(refused))];
        each::settle(&deps, lease, refused, 1).await.unwrap();
        let before = counts_until(&world, run).await;
        assert!(before > now.timestamp_millis(), "its own wait counts");
        execution::pause(&deps, &world.viewer, run).await.unwrap();
        assert_eq!(world.status(run).await, ExecutionStatus::Running);
        if dies {
            world.die(0).await;
        } else {
            let driven = &world.processes[0].drives[&run];
            drive::hand_back(&deps, &driven.lease).await.unwrap();
        }
        assert_eq!(world.status(run).await, ExecutionStatus::Paused);
        let after = counts_until(&world, run).await;
        assert_eq!(after, now.timestamp_millis(), "died: {dies}");
    }
}

#[tokio::test]
async fn a_run_whose_process_dies_five_times_in_the_same_attempt_at_an_item_has_failed() {
    let mut world = World::of(over_a_list()).await;
    for run in [1, 2] {
        world.take(Step::Cancel(run)).await;
    }
    let run = world.runs[0];
    let row = table::ActiveModel {
        id: Set(run),
        execution_inputs: Set(json!({ "list": [0, 1, 2, 3, 4, 5] })),
        ..Default::default()
    };
    row.update(world.store.heartbeat()).await.unwrap();
    for crash in 1..=5 {
        world.claim(0).await;
        let deps = Arc::clone(&world.processes[0].deps);
        let now = world.clock.now();
        let driven = world.processes[0].drives.get_mut(&run).unwrap();
        let lease = &mut driven.lease;
        // The first item is called again and again; another one comes to an end each time.
        each::begin(&deps, lease, 2).await.unwrap();
        let list = lease.each.as_mut().unwrap();
        let calls = [list.next_call(now), list.next_call(now)].map(Option::unwrap);
        let items = calls.iter().map(|call| call.log.item_index);
        assert_eq!(items.collect::<Vec<_>>(), [Some(0), Some(crash)]);
        let over = Finished {
            log: calls[1].log.clone(),
            outcome: Outcome::Pass { notes: None },
            output: Some(Arc::new(Entry::new("raw".to_owned(), None))),
        };
        let over = vec![Settled::Finished(Box::new(over))];
        each::settle(&deps, lease, over, 1).await.unwrap();
        world.expire(0).await;
        world.rescue(1).await;
        world.processes[0].drives.clear();
        world.renew(0).await;
        let row = world.row(run).await;
        assert_eq!(row.crash_count, 1, "another item had ended");
        let failed = row.status == ExecutionStatus::Failed;
        assert_eq!(failed, crash == 5, "crash {crash}");
        if failed {
            assert_eq!(row.status_reason.as_deref(), Some("CRASH_LIMIT"));
            let message = row.error_message.unwrap();
            assert!(message.ends_with("at item 0 of its list"), "{message}");
        }
    }
}

/// Until when time counts for the outage of the first item.
async fn counts_until(world: &World, run: Uuid) -> i64 {
    let (db, owner) = (world.store.reader(), world.viewer.user_id);
    let items = store::execution_item::of_visit(db, owner, run, (1, 1));
    let items = items.await.unwrap();
    let first = items.iter().find(|item| item.item_index == 0);
    first.and_then(|item| item.outage_counts_until).unwrap()
}
