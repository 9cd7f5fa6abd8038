//! The protocol of leases against a model of it: several processes claim, write, die, are taken for
//! dead and come back, in any order, over one database.
//!
//! What must hold after every step: a write succeeds exactly for whoever holds the run's latest lease;
//! the events of a run are 1, 2, 3, …; what has ended never changes.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use footlight::clock::Clock;
use footlight::domain::event::Event;
use footlight::domain::retry::Outcome;
use footlight::domain::status::ExecutionStatus;
use footlight::domain::viewer::Viewer;
use footlight::entity::worker_session;
use footlight::events::hub::Hub;
use footlight::service::drive::advance::Ended;
use footlight::service::drive::{self, Claimed, Leased, Next, Started, Worker, claim, rescue};
use footlight::service::{Deps, Limits, execution, profile};
use footlight::store::{self, Store};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::support::database::{self, Database};
use crate::support::rows;

const PROCESSES: usize = 3;
const RUNS: usize = 3;
const LASTS: Duration = Duration::from_secs(15);
/// Longer than any wait that a rescue imposes.
const LONG: Duration = Duration::from_mins(1);

/// One thing that happens, to a process or a run by its number.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// The process looks for due runs.
    Claim(usize),
    /// The process makes its next write to a run, if it drives it as far as it knows.
    Write(usize, usize),
    /// The process falls silent for longer than its lease.
    Expire(usize),
    /// The process looks for dead ones.
    Rescue(usize),
    /// The process renews its session, and opens another when it was taken for dead.
    Renew(usize),
    /// The user cancels a run.
    Cancel(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let process = 0..PROCESSES;
    let run = 0..RUNS;
    let step = prop_oneof![
        4 => process.clone().prop_map(Step::Claim),
        8 => (process.clone(), run.clone()).prop_map(|(process, run)| Step::Write(process, run)),
        2 => process.clone().prop_map(Step::Expire),
        3 => process.clone().prop_map(Step::Rescue),
        2 => process.prop_map(Step::Renew),
        1 => run.prop_map(Step::Cancel),
    ];
    proptest::collection::vec(step, 1..50)
}

#[test]
fn whoever_holds_the_latest_lease_writes_and_nobody_else() {
    let cases = if database::server().is_some() { 24 } else { 64 };
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let tested = TestRunner::new(config).run(&steps(), |steps| {
        runtime.block_on(async {
            let mut world = World::new().await;
            for step in steps {
                world.take(step).await;
                world.check().await;
            }
            world.store.clone().close().await;
        });
        Ok(())
    });
    tested.unwrap();
}

#[tokio::test]
async fn a_run_that_its_process_lost_is_found_at_the_second_look() {
    let mut world = World::new().await;
    world.claim(0).await;
    let deps = Arc::clone(&world.processes[0].deps);
    // What a worker's panic or a lost answer to a commit leaves: a lease, and nobody who works.
    let lost = world
        .runs
        .iter()
        .find(|run| world.processes[0].drives.contains_key(run));
    let lost = *lost.unwrap();
    world.processes[0].drives.remove(&lost);
    let mut unattended = drive::session::Unattended::new();
    drive::session::beat(&deps, &mut unattended).await.unwrap();
    assert_eq!(world.status(lost).await, ExecutionStatus::Running);
    drive::session::beat(&deps, &mut unattended).await.unwrap();
    let row = world.row(lost).await;
    assert_eq!((row.status, row.crash_count), (ExecutionStatus::Pending, 1));
    for run in world.processes[0].drives.keys() {
        assert_eq!(
            world.status(*run).await,
            ExecutionStatus::Running,
            "what is driven stays"
        );
    }
}

#[tokio::test]
async fn a_run_that_takes_five_processes_down_has_failed() {
    let mut world = World::new().await;
    for crash in 1..=5 {
        world.claim(0).await;
        assert_eq!(world.processes[0].drives.len(), 2, "crash {crash}");
        world.expire(0).await;
        world.rescue(1).await;
        world.processes[0].drives.clear();
        world.renew(0).await;
    }
    let mut failed = 0;
    for run in &world.runs {
        let row = world.row(*run).await;
        if row.status == ExecutionStatus::Failed {
            assert_eq!(row.status_reason.as_deref(), Some("CRASH_LIMIT"));
            failed += 1;
        }
    }
    assert_eq!(failed, 2);
    world.check().await;
}

#[tokio::test]
async fn a_worker_whose_run_was_taken_is_rung_at_the_next_beat() {
    let mut world = World::new().await;
    world.claim(0).await;
    let deps = Arc::clone(&world.processes[0].deps);
    let run = *world.processes[0].drives.keys().next().unwrap();
    let control = deps.hub.control(run);
    // Another replica cancels it, and its hint is lost.
    execution::cancel(&world.processes[1].deps, &world.viewer, run)
        .await
        .unwrap();
    drive::session::beat(&deps, &mut drive::session::Unattended::new())
        .await
        .unwrap();
    tokio::time::timeout(LASTS, control.rung()).await.unwrap();
}

/// The processes, and what must be true of them.
struct World {
    store: Store,
    clock: Clock,
    viewer: Viewer,
    runs: Vec<Uuid>,
    processes: Vec<Process>,
    /// Who holds the latest lease of a run, by the model.
    holder: HashMap<Uuid, usize>,
    /// Runs that have ended, with the number of their events.
    ended: HashMap<Uuid, i64>,
    _database: Database,
}

struct Process {
    deps: Arc<Deps>,
    claimed: mpsc::Receiver<Claimed>,
    /// Is its row in the table?
    alive: bool,
    /// Has it been silent for too long?
    silent: bool,
    drives: HashMap<Uuid, Driven>,
}

/// A run as its worker sees it.
struct Driven {
    claimed: Claimed,
    leased: Leased,
    started: Option<Started>,
}

impl World {
    async fn new() -> Self {
        let database = Database::fresh().await;
        let store = Store::connect(&database.url, 4).await.unwrap();
        store.migrate().await.unwrap();
        let start = DateTime::<Utc>::from_timestamp(1_700_000_000, 0).unwrap();
        let clock = Clock::manual(start);
        let viewer = Viewer {
            user_id: clock.new_id(),
            email: None,
            admin: false,
            expires_at: start + LONG * 1000,
        };
        let revision = clock.new_id();
        let tx = store.transaction().await.unwrap();
        let profile = rows::profile(viewer.user_id, start);
        profile.into_active_model().insert(&tx).await.unwrap();
        let pinned = rows::revision(revision, viewer.user_id, definition());
        pinned.into_active_model().insert(&tx).await.unwrap();
        let mut runs = Vec::new();
        for _ in 0..RUNS {
            let run = rows::run(clock.new_id(), viewer.user_id, revision, start);
            runs.push(run.id);
            let pending = Event::ExecutionStatusChanged {
                status: ExecutionStatus::Pending,
                previous_status: None,
                reason: None,
                workflow_id: None,
            };
            store::execution::insert(&tx, run, &[pending], start)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        let mut world = Self {
            processes: (0..PROCESSES).map(|_| process(&store, &clock)).collect(),
            store,
            clock,
            viewer,
            runs,
            holder: HashMap::new(),
            ended: HashMap::new(),
            _database: database,
        };
        for number in 0..PROCESSES {
            world.open_session(number).await;
        }
        world
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Claim(process) => self.claim(process).await,
            Step::Write(process, run) => self.write(process, self.runs[run]).await,
            Step::Expire(process) => self.expire(process).await,
            Step::Rescue(process) => self.rescue(process).await,
            Step::Renew(process) => self.renew(process).await,
            Step::Cancel(run) => self.cancel(self.runs[run]).await,
        }
    }

    async fn claim(&mut self, number: usize) {
        let process = &mut self.processes[number];
        let count = claim::due(&process.deps).await.unwrap();
        assert!(count == 0 || process.alive, "a dead session claims nothing");
        while let Ok(claimed) = process.claimed.try_recv() {
            let id = claimed.run.id;
            let before = self.holder.insert(id, number);
            assert_eq!(before, None, "a run that is held was claimed");
            let leased = drive::load(&process.deps, claimed.run.clone())
                .await
                .unwrap();
            let driven = Driven {
                claimed,
                leased,
                started: None,
            };
            process.drives.insert(id, driven);
        }
    }

    async fn write(&mut self, number: usize, run: Uuid) {
        let process = &mut self.processes[number];
        let Some(mut driven) = process.drives.remove(&run) else {
            return;
        };
        let before = self.events(run).await;
        let process = &mut self.processes[number];
        let next = match driven.started.take() {
            None => drive::begin(&process.deps, &mut driven.leased).await,
            Some(started) => {
                let ended = passed(&started);
                drive::finish(&process.deps, &mut driven.leased, ended).await
            }
        };
        let next = next.unwrap();
        let holds = self.holder.get(&run) == Some(&number);
        let wrote = self.events(run).await > before;
        assert_eq!(wrote, holds, "process {number} writes to {run}");
        match next {
            Next::Attempt(started) => {
                driven.started = Some(*started);
                self.processes[number].drives.insert(run, driven);
            }
            Next::Wait => panic!("nothing here waits"),
            Next::Release if holds => {
                self.holder.remove(&run);
                self.ended.insert(run, self.events(run).await);
            }
            Next::Release => {}
        }
    }

    async fn expire(&mut self, number: usize) {
        let process = &mut self.processes[number];
        let (Some(session), true) = (process.deps.worker.session(), process.alive) else {
            return;
        };
        process.silent = true;
        let row = worker_session::ActiveModel {
            id: Set(session),
            expires_at: Set(0),
            ..Default::default()
        };
        row.update(self.store.heartbeat()).await.unwrap();
    }

    async fn rescue(&mut self, number: usize) {
        rescue::rescue(&self.processes[number].deps).await.unwrap();
        for (other, process) in self.processes.iter_mut().enumerate() {
            if other != number && process.alive && process.silent {
                process.alive = false;
                self.holder.retain(|_, holder| *holder != other);
            }
        }
        for run in self.runs.clone() {
            // A run that took five processes down has ended.
            if !self.ended.contains_key(&run) && self.status(run).await.is_terminal() {
                self.ended.insert(run, self.events(run).await);
            }
        }
        // The waits that it imposed pass, and whoever lives goes on living.
        self.clock.advance(LONG);
        for number in 0..PROCESSES {
            if self.processes[number].alive && !self.processes[number].silent {
                self.renew(number).await;
            }
        }
    }

    async fn renew(&mut self, number: usize) {
        let process = &mut self.processes[number];
        let session = process.deps.worker.session().unwrap();
        let (db, now) = (self.store.heartbeat(), self.clock.now());
        let renewed = store::session::renew(db, session, LASTS, now)
            .await
            .unwrap();
        assert_eq!(
            renewed, process.alive,
            "a session is renewed until it is taken for dead"
        );
        process.silent = false;
        if !renewed {
            let lost = process
                .drives
                .values()
                .map(|driven| driven.claimed.lost.clone());
            let lost: Vec<_> = lost.collect();
            process.deps.worker.leave();
            let told = lost.iter().filter(|lost| lost.is_cancelled()).count();
            assert_eq!(told, lost.len(), "the workers of a lost session are told");
            self.open_session(number).await;
        }
    }

    async fn cancel(&mut self, run: Uuid) {
        let deps = &self.processes[0].deps;
        let cancelled = execution::cancel(deps, &self.viewer, run).await;
        let had_ended = self.ended.contains_key(&run);
        let was_cancelled = self.status(run).await == ExecutionStatus::Cancelled;
        assert_eq!(
            cancelled.is_ok(),
            was_cancelled,
            "only a run that has ended otherwise refuses"
        );
        if !had_ended {
            self.holder.remove(&run);
            self.ended.insert(run, self.events(run).await);
        }
    }

    async fn open_session(&mut self, number: usize) {
        let process = &mut self.processes[number];
        let id = self.clock.new_id();
        let (db, now) = (self.store.heartbeat(), self.clock.now());
        store::session::open(db, id, LASTS, now).await.unwrap();
        process.deps.worker.enter(id);
        (process.alive, process.silent) = (true, false);
    }

    async fn check(&self) {
        for run in &self.runs {
            let row = self.row(*run).await;
            let running = row.status == ExecutionStatus::Running;
            assert_eq!(running, self.holder.contains_key(run), "{row:?}");
            assert_eq!(running, row.lease_owner.is_some());
            assert_eq!(self.ended.contains_key(run), row.status.is_terminal());
            let events = store::event::after(self.store.reader(), row.user_id, *run, 0, 1000);
            let seqs: Vec<i64> = events
                .await
                .unwrap()
                .iter()
                .map(|event| event.seq)
                .collect();
            assert_eq!(seqs, (1..row.next_seq).collect::<Vec<_>>());
            if let Some(count) = self.ended.get(run) {
                assert_eq!(*count, row.next_seq - 1, "what has ended does not change");
            }
        }
    }

    async fn events(&self, run: Uuid) -> i64 {
        self.row(run).await.next_seq - 1
    }

    async fn status(&self, run: Uuid) -> ExecutionStatus {
        self.row(run).await.status
    }

    async fn row(&self, run: Uuid) -> footlight::entity::execution::Model {
        let query = footlight::entity::execution::Entity::find_by_id(run);
        query.one(self.store.reader()).await.unwrap().unwrap()
    }
}

fn process(store: &Store, clock: &Clock) -> Process {
    let (worker, claimed) = Worker::new(2);
    let deps = Deps {
        store: store.clone(),
        clock: clock.clone(),
        hub: Hub::new(store.clone()),
        providers: BTreeSet::new(),
        limits: Limits {
            max_running_per_user: 16,
            max_stage_visits: 6,
        },
        worker,
        arrivals: profile::Arrivals::default(),
    };
    Process {
        deps: Arc::new(deps),
        claimed,
        alive: false,
        silent: false,
        drives: HashMap::new(),
    }
}

/// One stage that follows itself, until the limit of visits ends the run.
fn definition() -> Value {
    json!({ "stages": [{
        "id": Uuid::from_u128(1),
        "stageOrder": 1,
        "promptTemplate": "a",
        "validationType": "NONE",
        "retryLimit": 0,
        "nextStageOnPass": 1,
    }] })
}

fn passed(started: &Started) -> Ended {
    Ended {
        log: started.log.clone(),
        outcome: Outcome::Pass { notes: None },
        output: Some(("raw".to_owned(), json!({ "text": "raw" }))),
    }
}
