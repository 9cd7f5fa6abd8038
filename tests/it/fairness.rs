//! Whose runs are claimed next, however many wait.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use footlight::clock::Clock;
use footlight::events::hub::Hub;
use footlight::service::drive::claim::{self, Circle, Look};
use footlight::service::drive::{Claim, Slots};
use footlight::service::rule::{self, Rules};
use footlight::service::tx::group::Group;
use footlight::service::{Deps, Limits, execution, profile};
use footlight::store::{self, Store};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::support::backlog::{self, user};
use crate::support::database::Database;

/// A process that claims and drives nothing.
struct Process {
    deps: Deps,
    circle: Circle,
    claims: mpsc::Receiver<Claim>,
    _database: Database,
}

impl Process {
    async fn start(slots: usize, max_running_per_user: u32) -> Self {
        let database = Database::fresh().await;
        let store = Store::connect(&database.url, 4).await.unwrap();
        store.migrate().await.unwrap();
        let (slots, claims) = Slots::new(slots);
        let deps = Deps {
            hub: Hub::new(store.clone()),
            store,
            clock: Clock::system(),
            providers: BTreeSet::new(),
            limits: Limits {
                max_running_per_user,
                max_pending_per_user: 0,
                max_stage_visits: 100,
                model_outage: Duration::from_mins(15),
            },
            slots,
            rules: Rules::new(rule::Settings::default()),
            changes: Group::default(),
            starts: Group::default(),
            backlogs: execution::Backlogs::default(),
            arrivals: profile::Arrivals::default(),
        };
        let session = deps.clock.new_id();
        let (db, hour) = (deps.store.heartbeat(), Duration::from_hours(1));
        store::session::open(db, session, hour, deps.clock.now())
            .await
            .unwrap();
        deps.slots.enter(session);
        Self {
            deps,
            circle: Circle::default(),
            claims,
            _database: database,
        }
    }

    async fn look(&mut self) -> Look {
        claim::due(&self.deps, &mut self.circle).await.unwrap()
    }

    /// The owners of what was claimed, of whom each claim's slot is free again.
    fn owners(&mut self) -> Vec<Uuid> {
        let mut owners = Vec::new();
        while let Ok(claim) = self.claims.try_recv() {
            owners.push(claim.run.user_id);
        }
        owners.sort();
        owners
    }
}

#[tokio::test]
async fn a_new_run_is_next_behind_anothers_backlog() {
    let mut process = Process::start(2, 16).await;
    let db = process.deps.store.reader().clone();
    backlog::add_users(&db, 3).await;
    backlog::add_runs(&db, (1, 1), 5_000).await;
    assert_eq!(process.look().await, Look::Claimed(2));
    assert_eq!(process.owners(), [user(1), user(1)]);
    backlog::add_runs(&db, (2, 3), 1).await;
    assert_eq!(process.look().await, Look::Claimed(2));
    assert_eq!(process.owners(), [user(2), user(3)]);
    assert_eq!(process.look().await, Look::Claimed(2));
    assert_eq!(process.owners(), [user(1), user(1)]);
}

#[tokio::test]
async fn every_user_has_a_turn_before_anybody_is_looked_at_again() {
    let mut process = Process::start(8, 1).await;
    let db = process.deps.store.reader().clone();
    backlog::add_users(&db, 600).await;
    backlog::add_runs(&db, (1, 600), 3).await;
    let mut claimed = BTreeMap::<_, u32>::new();
    let mut looks = Vec::new();
    while looks.last() != Some(&Look::Nothing) {
        looks.push(process.look().await);
        for owner in process.owners() {
            *claimed.entry(owner).or_default() += 1;
        }
        assert!(looks.len() < 100, "{looks:?}");
    }
    assert_eq!(claimed.len(), 600);
    assert!(claimed.values().all(|runs| *runs == 1), "the limit of one");
    // The last lap goes by all of them, in three looks.
    assert_eq!(looks[looks.len() - 3..looks.len() - 1], [Look::Onward; 2]);
}

#[tokio::test]
async fn whoever_is_new_has_a_turn_among_many_backlogs_within_a_lap() {
    let mut process = Process::start(8, 16).await;
    let db = process.deps.store.reader().clone();
    backlog::add_users(&db, 600).await;
    backlog::add_runs(&db, (1, 599), 20).await;
    backlog::add_runs(&db, (600, 600), 1).await;
    let mut before = 0;
    loop {
        assert_eq!(process.look().await, Look::Claimed(8));
        let owners = process.owners();
        if owners.contains(&user(600)) {
            break;
        }
        before += owners.len();
        // Those runs have ended.
        let end = "update executions set status = 'COMPLETED', lease_owner = null
            where status = 'RUNNING'";
        sea_orm::ConnectionTrait::execute_unprepared(&db, end)
            .await
            .unwrap();
        assert!(before < 600, "a lap has gone by");
    }
}

#[tokio::test]
async fn what_is_not_due_is_not_claimed_and_known() {
    let mut process = Process::start(2, 16).await;
    process.deps.clock = Clock::manual(process.deps.clock.now());
    let db = process.deps.store.reader().clone();
    backlog::add_users(&db, 1).await;
    assert_eq!(process.look().await, Look::Nothing);
    backlog::add_runs(&db, (1, 1), 2).await;
    let later = process.deps.clock.now().timestamp_millis() + 400;
    let wait = format!("update executions set next_run_at = {later}");
    sea_orm::ConnectionTrait::execute_unprepared(&db, &wait)
        .await
        .unwrap();
    assert_eq!(process.look().await, Look::Nothing);
    let pause = claim::next_look(&process.deps, Duration::from_secs(1)).await;
    assert!(pause <= Duration::from_millis(400), "{pause:?}");
    process.deps.clock.advance(pause);
    assert_eq!(process.look().await, Look::Claimed(2));
}

#[tokio::test]
async fn a_users_further_calls_wait_for_due_runs_and_for_nothing_else() {
    let mut process = Process::start(8, 3).await;
    let db = process.deps.store.reader().clone();
    backlog::add_users(&db, 2).await;
    backlog::add_runs(&db, (1, 1), 1).await;
    let mut extras: Vec<_> = (0..3)
        .filter_map(|_| process.deps.slots.extra(user(1), 3))
        .collect();
    assert_eq!(extras.len(), 3);
    assert_eq!(process.look().await, Look::Nothing);
    assert!(process.deps.slots.extra(user(1), 4).is_none(), "one is due");
    assert!(process.deps.slots.extra(user(2), 3).is_some());
    // What comes back is the run's, also before anybody has looked.
    extras.pop();
    process.deps.slots.given_back().await;
    assert!(process.deps.slots.extra(user(1), 3).is_none());
    assert_eq!(process.look().await, Look::Claimed(1));
    assert_eq!(process.owners(), [user(1)]);
    assert_eq!(process.look().await, Look::Nothing);
    extras.extend(process.deps.slots.extra(user(1), 3));
    assert_eq!(extras.len(), 3, "nothing is due");

    // Another process takes it.
    backlog::add_runs(&db, (1, 1), 1).await;
    assert_eq!(process.look().await, Look::Nothing);
    assert!(process.deps.slots.extra(user(1), 4).is_none());
    let take = "update executions set status = 'CANCELLED', lease_owner = null";
    sea_orm::ConnectionTrait::execute_unprepared(&db, take)
        .await
        .unwrap();
    assert_eq!(process.look().await, Look::Nothing);
    assert!(process.deps.slots.extra(user(1), 4).is_some());
}
