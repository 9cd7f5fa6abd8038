//! The protocol of leases against a model of it: several processes claim, write, die, are taken for
//! dead and come back, in any order, over one database.
//!
//! What must hold after every step: a write succeeds exactly for whoever holds the run's latest lease;
//! the events of a run are 1, 2, 3, …; what has ended never changes.

mod list;
mod world;

use std::sync::Arc;
use std::time::Duration;

use footlight::domain::progress::Next;
use footlight::domain::status::{AttemptStatus, ExecutionStatus};
use footlight::entity::{self, execution::Model as Run};
use footlight::service::drive;
use footlight::service::execution;
use footlight::store;
use futures_util::future::join;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sea_orm::{ActiveModelTrait, Set};

use self::world::{World, judged};
use crate::support::database;

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
    /// It makes its next write to every run that it drives as far as it knows, all at once.
    WriteAll(usize),
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
        3 => process.clone().prop_map(Step::WriteAll),
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
async fn a_run_that_cannot_be_taken_up_keeps_no_other_from_it() {
    let mut world = World::new().await;
    world.claim(0).await;
    let mut held = world.processes[0].drives.keys().copied();
    let (damaged, sound) = (held.next().unwrap(), held.next().unwrap());
    drop(held);
    // Its next event would have a number that one has.
    let damage = entity::execution::ActiveModel {
        id: Set(damaged),
        next_seq: Set(1),
        ..Default::default()
    };
    damage.update(world.store.heartbeat()).await.unwrap();
    world.expire(0).await;
    for _ in 0..2 {
        world.rescue(1).await;
        assert_eq!(world.row(sound).await.crash_count, 1);
        assert_eq!(world.status(damaged).await, ExecutionStatus::Running);
    }
}

#[tokio::test]
async fn a_run_that_takes_five_processes_down_has_failed() {
    let mut world = World::new().await;
    // A run that was taken up is due after one that has waited all along: so there are as many as slots.
    world.take(Step::Cancel(2)).await;
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
async fn a_run_that_is_let_go_of_again_and_again_has_failed_and_no_crash_is_counted() {
    let mut world = World::new().await;
    world.take(Step::Cancel(2)).await;
    for time in 1..=20 {
        world.claim(0).await;
        assert_eq!(world.processes[0].drives.len(), 2, "time {time}");
        let session = world.processes[0].deps.slots.session();
        let db = world.store.heartbeat();
        store::session::abandon(db, session.unwrap(), world.clock.now())
            .await
            .unwrap();
        world.processes[0].silent = true;
        world.rescue(1).await;
        world.processes[0].drives.clear();
        world.renew(0).await;
    }
    let mut failed = 0;
    for run in &world.runs {
        let row = world.row(*run).await;
        assert_eq!(row.crash_count, 0);
        if row.status == ExecutionStatus::Failed {
            assert_eq!(row.status_reason.as_deref(), Some("CRASH_LIMIT"));
            let message = row.error_message.unwrap();
            assert!(message.contains("let go of it 20 times"), "{message}");
            failed += 1;
        }
    }
    assert_eq!(failed, 2);
    world.check().await;
}

#[tokio::test]
async fn an_answer_that_awaits_its_judge_while_five_processes_die_is_kept_and_its_run_has_failed() {
    let mut world = World::of(judged()).await;
    for run in [1, 2] {
        world.take(Step::Cancel(run)).await;
    }
    let run = world.runs[0];
    for crash in 1..=5 {
        world.claim(0).await;
        let process = &mut world.processes[0];
        let deps = Arc::clone(&process.deps);
        let driven = process.drives.get_mut(&run).unwrap();
        if crash == 1 {
            drive::begin(&deps, &mut driven.lease).await.unwrap();
            let mut log = driven.lease.attempt.as_ref().unwrap().log.clone();
            log.raw_output = Some("an answer".to_owned());
            let kept = drive::judge::keep(&deps, &mut driven.lease, log).await;
            assert_eq!(kept.unwrap(), Some(Next::Attempt));
        }
        let attempt = driven.lease.attempt.as_ref();
        let attempt = attempt.expect("the attempt that is judged");
        assert_eq!(attempt.log.raw_output.as_deref(), Some("an answer"));
        world.expire(0).await;
        world.rescue(1).await;
        world.processes[0].drives.clear();
        world.renew(0).await;
        assert_eq!(
            world.logs(run).await,
            1,
            "the answer is not asked for again"
        );
    }
    let row = world.row(run).await;
    assert_eq!(row.status_reason.as_deref(), Some("CRASH_LIMIT"));
    let log = world.log(run).await;
    assert_eq!(log.status, AttemptStatus::Interrupted);
    assert_eq!(log.raw_output.as_deref(), Some("an answer"));
    world.check().await;
}

#[tokio::test]
async fn an_outage_goes_on_by_the_row_whoever_drives_the_run() {
    let mut world = World::new().await;
    for run in [1, 2] {
        world.take(Step::Cancel(run)).await;
    }
    let run = world.runs[0];
    let began = world.clock.now().timestamp_millis();
    world.claim(0).await;
    world.refused(0, run).await;
    let first = world.row(run).await;
    assert_eq!((first.outage_since, first.outage_calls), (Some(began), 1));
    let own = first.next_run_at.unwrap() - began;
    assert_eq!(first.outage_counts_until, first.next_run_at);

    // The process dies in the wait: it was ours, and what follows it does not count.
    world.die(0).await;
    let rescued = world.row(run).await;
    assert_eq!(rescued.outage_since, first.outage_since);
    assert_eq!(rescued.outage_counts_until, first.outage_counts_until);
    world.clock.advance(LONG);
    world.claim(1).await;
    world.refused(1, run).await;
    let second = world.row(run).await;
    assert_eq!((lasted(&world, &second), second.outage_calls), (own, 2));
    let own = second.outage_counts_until.unwrap() - second.outage_since.unwrap();

    // A process that dies in a call takes its time with it.
    world.clock.advance(LONG);
    let deps = Arc::clone(&world.processes[1].deps);
    let driven = world.processes[1].drives.get_mut(&run).unwrap();
    drive::begin(&deps, &mut driven.lease).await.unwrap();
    world.clock.advance(LONG);
    world.die(1).await;
    world.claim(2).await;
    world.refused(2, run).await;
    let third = world.row(run).await;
    assert_eq!((lasted(&world, &third), third.outage_calls), (own, 3));
}

fn lasted(world: &World, row: &Run) -> i64 {
    world.clock.now().timestamp_millis() - row.outage_since.unwrap()
}

#[tokio::test]
async fn an_answer_to_a_version_that_knows_no_outages_ends_one() {
    // What such a version makes of its count of failures: an answer sets it to nothing, a failure counts on.
    for count in [0, 1] {
        let mut world = World::new().await;
        for run in [1, 2] {
            world.take(Step::Cancel(run)).await;
        }
        let run = world.runs[0];
        world.claim(0).await;
        for _ in 0..4 {
            world.refused(0, run).await;
        }
        let row = world.row(run).await;
        assert_eq!(row.outage_calls, 4);
        assert!(row.transport_failures < 0, "it would give up at five");
        let driven = world.processes[0].drives.get_mut(&run).unwrap();
        driven.lease.run.transport_failures = count;
        world.clock.advance(LONG * 60);
        world.refused(0, run).await;
        let row = world.row(run).await;
        assert_eq!(row.outage_calls, 1);
        assert_eq!(row.outage_since, Some(world.clock.now().timestamp_millis()));
        assert_eq!(row.status, ExecutionStatus::Running);
    }
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

#[tokio::test]
async fn writes_that_come_together_share_a_commit_and_each_has_its_own_fence() {
    let mut world = World::new().await;
    world.claim(0).await;
    let deps = Arc::clone(&world.processes[0].deps);
    let mut drives: Vec<_> = world.processes[0].drives.drain().collect();
    let [(lost, of_lost), (held, of_held)] = &mut drives[..] else {
        panic!("a process of two slots claims two runs");
    };
    execution::cancel(&deps, &world.viewer, *lost)
        .await
        .unwrap();
    let before = (world.events(*lost).await, deps.store.commits());
    let (refused, written) = join(of_lost.write(&deps), of_held.write(&deps)).await;
    assert_eq!(refused.unwrap(), None);
    assert_eq!(written.unwrap(), Some(Next::Attempt));
    // The one that the fence refused asks the row why, and does not try again.
    assert_eq!(deps.store.commits() - before.1, 1);
    assert_eq!(world.events(*lost).await, before.0);
    assert_eq!(world.logs(*lost).await, 0);
    assert_eq!(world.logs(*held).await, 1);
}

#[tokio::test]
async fn a_run_that_is_held_is_finished_however_often_a_pause_is_withdrawn() {
    let mut world = World::new().await;
    world.claim(0).await;
    let deps = Arc::clone(&world.processes[0].deps);
    let owner = world.viewer.clone();
    let mut drives: Vec<_> = world.processes[0].drives.drain().collect();
    let (run, worker) = &mut drives[0];
    worker.write(&deps).await.unwrap();
    // Until the limit of visits ends it, somebody changes his mind between any two writes.
    let finishing = async {
        loop {
            let next = worker.write(&deps).await.unwrap();
            match next.expect("a run that is held was given up") {
                Next::Attempt => {}
                Next::Pause | Next::End(_) => break,
                Next::Wait | Next::Queue => panic!("nothing here waits"),
            }
        }
    };
    let minding = async {
        for _ in 0..8 {
            execution::pause(&deps, &owner, *run).await.unwrap();
            execution::resume(&deps, &owner, *run).await.unwrap();
        }
    };
    join(finishing, minding).await;
}

#[tokio::test]
async fn a_write_that_the_database_refuses_fails_alone() {
    let mut world = World::new().await;
    world.claim(0).await;
    let deps = Arc::clone(&world.processes[0].deps);
    let mut drives: Vec<_> = world.processes[0].drives.drain().collect();
    let [(refused, first), (other, second)] = &mut drives[..] else {
        panic!("a process of two slots claims two runs");
    };
    let mut stale = first.lease.clone();
    first.write(&deps).await.unwrap();
    let before = world.events(*refused).await;
    // It knows nothing of the first attempt, and so begins another one of the same number.
    let (failed, written) = join(drive::begin(&deps, &mut stale), second.write(&deps)).await;
    assert!(failed.is_err(), "{failed:?}");
    assert_eq!(written.unwrap(), Some(Next::Attempt));
    assert_eq!(world.events(*refused).await, before);
    assert_eq!(world.logs(*other).await, 1);
}
