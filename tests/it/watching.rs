//! Watching runs: nothing is missed and nothing comes twice, whatever happens to hints and watchers.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use footlight::domain::event::{Attempt, Delta, Event};
use footlight::domain::status::{ExecutionStatus, ValidationResult};
use footlight::entity::execution;
use footlight::error::{Code, Result};
use footlight::events::follow::{Follow, Told, follow};
use footlight::events::hint::Hint;
use footlight::events::hub::Hub;
use footlight::store::{self, Store};
use futures_util::stream::{BoxStream, StreamExt};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde_json::json;
use uuid::Uuid;

use crate::support::database::Database;
use crate::support::rows;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watchers_with_any_cursor_and_any_disconnects_receive_exactly_what_follows() {
    let world = World::new().await;
    let run = world.begin().await;
    let mut watchers = Vec::new();
    for seed in 0..24 {
        watchers.push(tokio::spawn(watch_by_fits(world.watched(run), seed)));
    }
    let mut random = StdRng::seed_from_u64(99);
    for _ in 0..120 {
        let events = vec![retry(); random.random_range(1..=5)];
        let last = world.append(run, &events).await;
        // Some come from this process, others from elsewhere.
        if random.random_bool(0.5) {
            let first = last + 1 - i64::try_from(events.len()).unwrap();
            world.put(run, first, &events);
        }
        // Some hints are lost.
        if random.random_bool(0.7) {
            world.ring(run);
        }
    }
    let last = world.append(run, &[ended()]).await;
    world.ring(run);
    for watcher in watchers {
        let (after, received) = watcher.await.unwrap();
        assert_eq!(received, (after + 1..=last).collect::<Vec<_>>());
    }
    world.is_left_alone().await;
}

#[tokio::test]
async fn what_was_just_committed_here_is_told_without_a_look_into_the_table() {
    let world = World::new().await;
    let run = world.begin().await;
    let mut told = world.watched(run).follow(0, false).await.unwrap();
    assert_eq!(seq(told.next().await.unwrap().unwrap()), 1);
    // The table does not even have it.
    world.put(run, 2, &[retry()]);
    world.ring(run);
    assert_eq!(seq(told.next().await.unwrap().unwrap()), 2);
    // Another process's hint may come before the reader wakes.
    let other = world.begin().await;
    let mut of_other = world.watched(other).follow(0, false).await.unwrap();
    assert_eq!(seq(of_other.next().await.unwrap().unwrap()), 1);
    world.append(other, &[retry(), retry()]).await;
    world.put(other, 2, &[retry()]);
    world.ring(other);
    world.ring(other);
    let soon = Duration::from_secs(1);
    for expected in [2, 3] {
        let next = tokio::time::timeout(soon, of_other.next()).await;
        assert_eq!(seq(next.unwrap().unwrap().unwrap()), expected);
    }
    drop(of_other);
    // What is missing before it is looked up.
    world.append(run, &[retry(), retry(), ended()]).await;
    world.put(run, 4, &[ended()]);
    world.ring(run);
    let rest: Vec<_> = told.map(|told| seq(told.unwrap())).collect().await;
    assert_eq!(rest, [3, 4]);
    world.is_left_alone().await;
}

/// Follows the run to its end, leaving and coming back with its cursor every now and then.
async fn watch_by_fits(watched: Watched, seed: u64) -> (i64, Vec<i64>) {
    let mut random = StdRng::seed_from_u64(seed);
    let after = random.random_range(0..40);
    let mut received = Vec::new();
    loop {
        let cursor = received.last().copied().unwrap_or(after);
        let mut stream = watched.follow(cursor, random.random()).await.unwrap();
        for _ in 0..random.random_range(1..60) {
            match stream.next().await {
                Some(told) => received.push(seq(told.unwrap())),
                None => return (after, received),
            }
            if random.random_bool(0.1) {
                tokio::task::yield_now().await;
            }
        }
    }
}

#[tokio::test]
async fn events_arrive_when_every_hint_is_lost() {
    let world = World::new().await;
    let run = world.begin().await;
    let mut stream = world.watched(run).follow(1, false).await.unwrap();
    let end = world.append(run, &[retry(), ended()]).await;
    assert_eq!(seq(stream.next().await.unwrap().unwrap()), end - 1);
    assert_eq!(seq(stream.next().await.unwrap().unwrap()), end);
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_watcher_that_falls_far_behind_still_receives_all() {
    let world = World::new().await;
    let run = world.begin().await;
    let mut slow = world.watched(run).follow(0, false).await.unwrap();
    let mut quick = world.watched(run).follow(0, false).await.unwrap();
    assert_eq!(seq(slow.next().await.unwrap().unwrap()), 1);
    world.append(run, &vec![retry(); 900]).await;
    let last = world.append(run, &[ended()]).await;
    world.ring(run);
    let mut seen = 0;
    while let Some(told) = quick.next().await {
        seen = seq(told.unwrap());
    }
    assert_eq!(seen, last);
    let rest: Vec<i64> = slow.map(|told| seq(told.unwrap())).collect().await;
    assert_eq!(rest, (2..=last).collect::<Vec<_>>());
}

#[tokio::test]
async fn text_is_whole_for_whoever_joins_and_ends_with_its_attempt() {
    let world = World::new().await;
    let run = world.begin().await;
    let started = world.append(run, &[begun()]).await;
    let output = world.hub.output(run, attempt(), started);
    output.push("née ");
    output.flush(now());

    let mut stream = world.watched(run).follow(0, true).await.unwrap();
    assert_eq!(seq(stream.next().await.unwrap().unwrap()), 1);
    assert_eq!(seq(stream.next().await.unwrap().unwrap()), started);
    let first = delta(stream.next().await);
    assert_eq!((first.offset, first.text.as_str()), (0, "née "));
    output.push("Smith");
    output.flush(now());
    let second = delta(stream.next().await);
    assert_eq!((second.offset, second.text.as_str()), (4, "Smith"));

    // More pieces than a listener's queue holds: the whole text takes their place.
    for _ in 0..200 {
        output.push("!");
        output.flush(now());
    }
    let whole = delta(stream.next().await);
    let expected = format!("née Smith{}", "!".repeat(200));
    assert_eq!((whole.offset, whole.text), (0, expected));

    let finished = Event::StageFinished {
        attempt: attempt(),
        validation_result: ValidationResult::Pass,
        next_stage_order: None,
        route_value: None,
    };
    let end = world.append(run, &[finished, ended()]).await;
    world.ring(run);
    assert_eq!(seq(stream.next().await.unwrap().unwrap()), end - 1);
    output.push("too late");
    output.flush(now());
    assert_eq!(seq(stream.next().await.unwrap().unwrap()), end);
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn text_that_is_withdrawn_gives_place_to_a_piece_with_offset_0() {
    let world = World::new().await;
    let run = world.begin().await;
    let started = world.append(run, &[begun()]).await;
    let output = world.hub.output(run, attempt(), started);
    let mut stream = world.watched(run).follow(started - 1, true).await.unwrap();
    assert_eq!(seq(stream.next().await.unwrap().unwrap()), started);
    let mut next = async || {
        output.flush(now());
        let piece = delta(stream.next().await);
        (piece.offset, piece.text)
    };
    output.push("let me think");
    assert_eq!(next().await, (0, "let me think".to_owned()));
    output.replace("");
    assert_eq!(next().await, (0, String::new()));
    output.push("Hi");
    assert_eq!(next().await, (0, "Hi".to_owned()));
    output.push(" you");
    assert_eq!(next().await, (2, " you".to_owned()));
    output.replace("let me");
    assert_eq!(next().await, (0, "let me".to_owned()));
    // Whoever joins now, or has lost pieces, is told what stands.
    let mut late = world.watched(run).follow(started, true).await.unwrap();
    let whole = delta(late.next().await);
    assert_eq!((whole.offset, whole.text.as_str()), (0, "let me"));
}

#[tokio::test]
async fn text_that_outruns_its_event_waits_for_it() {
    let world = World::new().await;
    let run = world.begin().await;
    let mut stream = world.watched(run).follow(0, true).await.unwrap();
    assert_eq!(seq(stream.next().await.unwrap().unwrap()), 1);
    let started = world.append(run, &[begun()]).await;
    let output = world.hub.output(run, attempt(), started);
    output.push("text");
    output.flush(now());
    assert_eq!(seq(stream.next().await.unwrap().unwrap()), started);
    assert_eq!(delta(stream.next().await).text, "text");
}

#[tokio::test]
async fn readers_end_with_their_last_subscription() {
    let world = World::new().await;
    let run = world.begin().await;
    let one = world.watched(run).follow(0, true).await.unwrap();
    let two = world.watched(run).follow(0, false).await.unwrap();
    let statuses = world.hub.statuses(world.owner, now()).await.unwrap();
    assert_eq!((world.hub.watchers(), world.hub.readers()), (3, 2));
    drop((one, two, statuses));
    assert_eq!(world.hub.watchers(), 0);
    world.is_left_alone().await;
}

#[tokio::test]
async fn a_deleted_run_ends_with_one_error() {
    let world = World::new().await;
    let run = world.begin().await;
    let mut stream = world.watched(run).follow(1, false).await.unwrap();
    let tx = world.store.transaction().await.unwrap();
    let rows = execution::Entity::delete_by_id(run).exec(&tx).await;
    assert_eq!(rows.unwrap().rows_affected, 1);
    tx.commit().await.unwrap();
    world.ring(run);
    let error = stream.next().await.unwrap().unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn cursors_at_or_beyond_the_end_of_an_ended_run_end_at_once() {
    let world = World::new().await;
    let run = world.begin().await;
    let last = world.append(run, &[ended()]).await;
    for after in [last, last + 1000] {
        let mut stream = world.watched(run).follow(after, true).await.unwrap();
        assert!(stream.next().await.is_none());
    }
}

#[tokio::test]
async fn only_the_owner_follows_and_only_from_a_cursor() {
    let world = World::new().await;
    let run = world.begin().await;
    let stranger = Watched {
        owner: Uuid::from_u128(404),
        ..world.watched(run)
    };
    let refused = [
        (stranger.follow(0, true).await, Code::NotFound),
        (
            world.watched(run).follow(-1, true).await,
            Code::BadUserInput,
        ),
    ];
    for (answer, code) in refused {
        assert_eq!(answer.err().unwrap().code(), code);
    }
    assert_eq!(world.hub.watchers(), 0);
}

#[tokio::test]
async fn statuses_are_those_from_now_on_of_old_and_new_runs() {
    let world = World::new().await;
    let old = world.begin().await;
    let over = world.begin().await;
    world.append(over, &[ended()]).await;
    let mut statuses = world.hub.statuses(world.owner, now()).await.unwrap();
    let new = world.begin().await;
    world.append(old, &[retry(), ended()]).await;
    world.append(new, &[ended()]).await;
    let mut seen = BTreeSet::new();
    for _ in 0..3 {
        let row = statuses.next().await;
        seen.insert((row.execution_id, row.seq));
    }
    assert_eq!(seen, BTreeSet::from([(old, 3), (new, 1), (new, 2)]));
}

#[tokio::test]
async fn a_watcher_of_statuses_that_falls_far_behind_still_receives_all_once() {
    let world = World::new().await;
    let mut quick = world.hub.statuses(world.owner, now()).await.unwrap();
    let mut slow = world.hub.statuses(world.owner, now()).await.unwrap();
    let mut expected = BTreeSet::new();
    // More at once than are kept, then many looks of few, while one of the two is told nothing yet.
    for burst in [140, 20, 20, 20, 20, 20, 20, 20, 1] {
        for _ in 0..burst {
            let run = world.begin().await;
            world.append(run, &[retry(), ended()]).await;
            expected.extend([(run, 1), (run, 3)]);
        }
        // Whichever run it is rung for, the reader finds all.
        world.ring(Uuid::nil());
        let mut seen = Vec::new();
        while seen.len() < 2 * burst {
            let row = quick.next().await;
            seen.push((row.execution_id, row.seq));
        }
        assert!(seen.iter().all(|told| expected.contains(told)));
    }
    let mut seen = Vec::new();
    while seen.len() < expected.len() {
        let row = slow.next().await;
        seen.push((row.execution_id, row.seq));
    }
    assert_eq!(seen.iter().copied().collect::<BTreeSet<_>>(), expected);
    for run in seen.iter().map(|(run, _)| *run) {
        let of_run = seen.iter().filter(|(other, _)| *other == run);
        assert!(of_run.is_sorted(), "those of one run come in order");
    }
    for statuses in [&mut quick, &mut slow] {
        let further = tokio::time::timeout(Duration::from_millis(200), statuses.next()).await;
        assert!(further.is_err(), "nothing comes twice");
    }
}

#[tokio::test]
async fn a_status_that_is_committed_late_is_told_however_late() {
    let world = World::new().await;
    if world.store.is_embedded() {
        return eprintln!("left out: on SQLite one transaction writes after the other");
    }
    let mut statuses = world.hub.statuses(world.owner, now()).await.unwrap();
    // Begun first, by a clock that is far behind, and committed last.
    let late = world.store.transaction().await.unwrap();
    rows::keep_open(&late).await;
    let late_run = Uuid::from_u128(77);
    let hour_ago = now() - chrono::TimeDelta::minutes(59);
    let run = rows::run(late_run, world.owner, world.revision, hour_ago);
    let pending = [status(ExecutionStatus::Pending)];
    store::execution::insert(&late, run, &pending, hour_ago)
        .await
        .unwrap();
    for _ in 0..3 {
        let run = world.begin().await;
        world.ring(run);
        assert_eq!(statuses.next().await.execution_id, run);
    }
    late.commit().await.unwrap();
    // Nobody rings for it.
    assert_eq!(statuses.next().await.execution_id, late_run);
    let run = world.begin().await;
    assert_eq!(statuses.next().await.execution_id, run);
}

struct World {
    store: Store,
    hub: Hub,
    owner: Uuid,
    revision: Uuid,
    _database: Database,
}

impl World {
    async fn new() -> Self {
        let database = Database::fresh().await;
        let store = Store::connect(&database.url, 4).await.unwrap();
        store.migrate().await.unwrap();
        let (owner, revision) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let profile = rows::profile(owner, now());
        let pinned = rows::revision(revision, owner, json!({}));
        let tx = store.transaction().await.unwrap();
        profile.into_active_model().insert(&tx).await.unwrap();
        pinned.into_active_model().insert(&tx).await.unwrap();
        tx.commit().await.unwrap();
        Self {
            hub: Hub::new(store.clone()),
            store,
            owner,
            revision,
            _database: database,
        }
    }

    /// A run with its first event.
    async fn begin(&self) -> Uuid {
        let id = Uuid::from_u128(rand::rng().random());
        let run = rows::run(id, self.owner, self.revision, now());
        let events = [status(ExecutionStatus::Pending)];
        let tx = self.store.transaction().await.unwrap();
        store::execution::insert(&tx, run, &events, now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// Appends events as the service does, and answers with the number of the last one.
    async fn append(&self, run: Uuid, events: &[Event]) -> i64 {
        let tx = self.store.transaction().await.unwrap();
        let head = store::event::head(&tx, self.owner, run)
            .await
            .unwrap()
            .unwrap();
        let next_seq = head.next_seq + i64::try_from(events.len()).unwrap();
        let mut row = execution::ActiveModel {
            id: Set(run),
            next_seq: Set(next_seq),
            ..Default::default()
        };
        if events.iter().any(Event::is_terminal) {
            row.status = Set(ExecutionStatus::Completed);
            row.completed_at = Set(Some(now()));
        }
        row.update(&tx).await.unwrap();
        store::event::insert(&tx, run, self.owner, head.next_seq, events, now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        next_seq - 1
    }

    /// Puts events before the watchers, as the service does after a commit.
    fn put(&self, run: Uuid, first: i64, events: &[Event]) {
        for row in store::event::rows((run, self.owner), first, events, now()).unwrap() {
            self.hub.put(&Arc::new(row));
        }
    }

    fn ring(&self, execution_id: Uuid) {
        self.hub.ring(&Hint::Changed {
            user_id: self.owner,
            execution_id,
        });
    }

    fn watched(&self, run: Uuid) -> Watched {
        Watched {
            hub: self.hub.clone(),
            owner: self.owner,
            run,
        }
    }

    /// Returns when no reader runs any more.
    async fn is_left_alone(&self) {
        let gone = async {
            while self.hub.readers() > 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(2), gone)
            .await
            .unwrap();
    }
}

struct Watched {
    hub: Hub,
    owner: Uuid,
    run: Uuid,
}

impl Watched {
    async fn follow(&self, after: i64, deltas: bool) -> Result<BoxStream<'static, Result<Told>>> {
        let what = Follow {
            owner: self.owner,
            execution_id: self.run,
            after,
            deltas,
        };
        Ok(follow(&self.hub, what).await?.boxed())
    }
}

fn seq(told: Told) -> i64 {
    match told {
        Told::Event(row) => row.seq,
        Told::Delta(..) => panic!("an event was expected, not {told:?}"),
    }
}

fn delta(told: Option<Result<Told>>) -> Delta {
    match told.unwrap().unwrap() {
        Told::Delta(_, delta) => delta,
        told @ Told::Event(_) => panic!("text was expected, not {told:?}"),
    }
}

fn attempt() -> Attempt {
    Attempt {
        log_id: Uuid::from_u128(3),
        stage_order: 1,
        attempt_number: 1,
        item_index: None,
    }
}

fn begun() -> Event {
    Event::StageStarted {
        attempt: attempt(),
        item_count: None,
    }
}

fn retry() -> Event {
    Event::StageRetryScheduled {
        stage_order: 1,
        attempt_number: 1,
        item_index: None,
        retry_at: now(),
        reason: None,
    }
}

fn ended() -> Event {
    status(ExecutionStatus::Completed)
}

fn status(status: ExecutionStatus) -> Event {
    Event::ExecutionStatusChanged {
        status,
        previous_status: None,
        reason: None,
        workflow_id: None,
    }
}

fn now() -> DateTime<Utc> {
    footlight::clock::Clock::system().now()
}
