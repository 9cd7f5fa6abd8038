//! The processes and the runs of the tests, beside a model of who holds what.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use footlight::clock::Clock;
use footlight::domain::context::Entry;
use footlight::domain::event::Event;
use footlight::domain::progress::Next;
use footlight::domain::retry::Outcome;
use footlight::domain::status::ExecutionStatus;
use footlight::domain::streak::FailedCall;
use footlight::domain::viewer::Viewer;
use footlight::entity::{execution_log, worker_session};
use footlight::error::Result;
use footlight::events::hub::Hub;
use footlight::service::drive::advance::Finished;
use footlight::service::drive::claim::{Circle, Look};
use footlight::service::drive::{self, Attempt, Claim, Lease, Slots, claim, rescue};
use footlight::service::rule::{self, Rules};
use footlight::service::tx::group::Group;
use footlight::service::{Deps, Limits, execution, profile};
use footlight::store::{self, Store};
use futures_util::future::join_all;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter,
};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{LASTS, LONG, PROCESSES, RUNS, Step};
use crate::support::database::Database;
use crate::support::rows;

/// The processes, and what must be true of them.
pub struct World {
    pub store: Store,
    pub clock: Clock,
    pub viewer: Viewer,
    pub runs: Vec<Uuid>,
    pub processes: Vec<Process>,
    /// Who holds the latest lease of a run, by the model.
    holder: HashMap<Uuid, usize>,
    /// Runs that have ended, with the number of their events.
    ended: HashMap<Uuid, i64>,
    _database: Database,
}

pub struct Process {
    pub deps: Arc<Deps>,
    claimed: mpsc::Receiver<Claim>,
    /// Is its row in the table?
    alive: bool,
    /// Has it been silent for too long?
    pub silent: bool,
    pub drives: HashMap<Uuid, Driven>,
    circle: Circle,
}

/// A run as its worker sees it.
pub struct Driven {
    claim: Claim,
    pub lease: Lease,
}

impl Driven {
    /// Makes the next write of the worker. None when it has lost the run.
    pub async fn write(&mut self, deps: &Arc<Deps>) -> Result<Option<Next>> {
        match &self.lease.attempt {
            None => drive::begin(deps, &mut self.lease).await,
            Some(attempt) => {
                let passed = passed(attempt);
                drive::finish(deps, &mut self.lease, passed).await
            }
        }
    }
}

impl World {
    pub async fn new() -> Self {
        Self::of(definition()).await
    }

    /// Its runs are pinned to this definition.
    pub async fn of(definition: Value) -> Self {
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
        let pinned = rows::revision(revision, viewer.user_id, definition);
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

    pub async fn take(&mut self, step: Step) {
        match step {
            Step::Claim(process) => self.claim(process).await,
            Step::Write(process, run) => self.write(process, &[self.runs[run]]).await,
            Step::WriteAll(process) => self.write(process, &self.runs.clone()).await,
            Step::Expire(process) => self.expire(process).await,
            Step::Rescue(process) => self.rescue(process).await,
            Step::Renew(process) => self.renew(process).await,
            Step::Cancel(run) => self.cancel(self.runs[run]).await,
        }
    }

    pub async fn claim(&mut self, number: usize) {
        let process = &mut self.processes[number];
        let look = claim::due(&process.deps, &mut process.circle).await;
        let claimed = matches!(look.unwrap(), Look::Claimed(_));
        assert!(!claimed || process.alive, "a dead session claims nothing");
        while let Ok(claim) = process.claimed.try_recv() {
            let id = claim.run.id;
            let before = self.holder.insert(id, number);
            assert_eq!(before, None, "a run that is held was claimed");
            let lease = Lease::load(&process.deps, claim.run.clone()).await;
            let lease = lease.unwrap();
            let driven = Driven { claim, lease };
            process.drives.insert(id, driven);
        }
    }

    /// The process makes its next write to each of these runs, all at once.
    async fn write(&mut self, number: usize, runs: &[Uuid]) {
        let mut drives = Vec::new();
        for run in runs {
            let taken = self.processes[number].drives.remove(run);
            drives.extend(taken.map(|taken| (*run, taken)));
        }
        let mut before = Vec::new();
        for (run, _) in &drives {
            before.push(self.events(*run).await);
        }
        let deps = Arc::clone(&self.processes[number].deps);
        let writes = drives.iter_mut().map(|(_, driven)| driven.write(&deps));
        let outcomes = join_all(writes).await;
        for (((run, driven), before), next) in drives.into_iter().zip(before).zip(outcomes) {
            let holds = self.holder.get(&run) == Some(&number);
            let wrote = self.events(run).await > before;
            assert_eq!(wrote, holds, "process {number} writes to {run}");
            self.go_on(number, (run, driven), next.unwrap(), holds)
                .await;
        }
    }

    async fn go_on(
        &mut self,
        number: usize,
        (run, driven): (Uuid, Driven),
        next: Option<Next>,
        holds: bool,
    ) {
        match next {
            Some(Next::Attempt) => {
                self.processes[number].drives.insert(run, driven);
            }
            Some(Next::Wait | Next::Queue | Next::Pause) => panic!("nothing here waits"),
            Some(Next::End(_)) => {
                assert!(holds, "a run was ended by who has lost it");
                self.holder.remove(&run);
                self.ended.insert(run, self.events(run).await);
            }
            None => assert!(!holds, "a run that is held was given up"),
        }
    }

    /// A call of the run that the process drives fails before the first word.
    pub async fn refused(&mut self, number: usize, run: Uuid) {
        let process = &mut self.processes[number];
        let driven = process.drives.get_mut(&run).unwrap();
        if driven.lease.attempt.is_none() {
            drive::begin(&process.deps, &mut driven.lease)
                .await
                .unwrap();
        }
        let attempt = driven.lease.attempt.as_ref().unwrap();
        let refused = Finished {
            log: attempt.log.clone(),
            outcome: Outcome::Transport {
                error: "503".to_owned(),
                call: FailedCall {
                    began: self.clock.now(),
                    spoke: false,
                    retry_after: None,
                },
            },
            output: None,
        };
        let next = drive::finish(&process.deps, &mut driven.lease, refused).await;
        assert!(matches!(next.unwrap(), Some(Next::Wait | Next::Attempt)));
    }

    /// The process dies, and another one finds out.
    pub async fn die(&mut self, number: usize) {
        self.expire(number).await;
        self.rescue((number + 1) % PROCESSES).await;
        self.processes[number].drives.clear();
    }

    pub async fn expire(&mut self, number: usize) {
        let process = &mut self.processes[number];
        let (Some(session), true) = (process.deps.slots.session(), process.alive) else {
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

    pub async fn rescue(&mut self, number: usize) {
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

    pub async fn renew(&mut self, number: usize) {
        let process = &mut self.processes[number];
        let session = process.deps.slots.session().unwrap();
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
                .map(|driven| driven.claim.lost.clone());
            let lost: Vec<_> = lost.collect();
            process.deps.slots.leave();
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
        process.deps.slots.enter(id);
        (process.alive, process.silent) = (true, false);
    }

    pub async fn check(&self) {
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

    pub async fn events(&self, run: Uuid) -> i64 {
        self.row(run).await.next_seq - 1
    }

    /// How many attempts of the run were logged.
    pub async fn logs(&self, run: Uuid) -> u64 {
        let logs = execution_log::Entity::find();
        let logs = logs.filter(execution_log::Column::ExecutionId.eq(run));
        logs.count(self.store.reader()).await.unwrap()
    }

    /// The only attempt of the run.
    pub async fn log(&self, run: Uuid) -> execution_log::Model {
        let logs = execution_log::Entity::find();
        let logs = logs.filter(execution_log::Column::ExecutionId.eq(run));
        logs.one(self.store.reader()).await.unwrap().unwrap()
    }

    pub async fn status(&self, run: Uuid) -> ExecutionStatus {
        self.row(run).await.status
    }

    pub async fn row(&self, run: Uuid) -> footlight::entity::execution::Model {
        let query = footlight::entity::execution::Entity::find_by_id(run);
        query.one(self.store.reader()).await.unwrap().unwrap()
    }
}

fn process(store: &Store, clock: &Clock) -> Process {
    let (slots, claimed) = Slots::new(2);
    let deps = Deps {
        store: store.clone(),
        clock: clock.clone(),
        hub: Hub::new(store.clone()),
        providers: BTreeSet::new(),
        limits: Limits {
            max_running_per_user: 16,
            max_pending_per_user: 0,
            max_stage_visits: 6,
            model_outage: Duration::from_mins(15),
        },
        slots,
        rules: Rules::new(rule::Settings::default()),
        changes: Group::default(),
        starts: Group::default(),
        backlogs: execution::Backlogs::default(),
        arrivals: profile::Arrivals::default(),
    };
    Process {
        deps: Arc::new(deps),
        claimed,
        alive: false,
        silent: false,
        drives: HashMap::new(),
        circle: Circle::default(),
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

/// One stage that a model judges.
pub fn judged() -> Value {
    json!({ "stages": [{
        "id": Uuid::from_u128(1),
        "stageOrder": 1,
        "promptTemplate": "a",
        "validationType": "LLM",
        "validationCriteria": { "prompt": "Is {{output}} right?" },
        "retryLimit": 0,
    }] })
}

fn passed(attempt: &Attempt) -> Finished {
    Finished {
        log: attempt.log.clone(),
        outcome: Outcome::Pass { notes: None },
        output: Some(Arc::new(Entry::new("raw".to_owned(), None))),
    }
}
