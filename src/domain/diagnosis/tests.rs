//! Every state, with what is said of it and what can be done.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::*;
use crate::domain::status::{AttemptStatus, Reason, ValidationResult};

/// So many seconds after half past ten.
fn at(seconds: i64) -> DateTime<Utc> {
    let start = DateTime::from_timestamp(1_899_973_800, 0).unwrap();
    assert_eq!(start.to_string(), "2030-03-17 10:30:00 UTC");
    start + TimeDelta::seconds(seconds)
}

/// A run at its second stage, a minute after it came to its state.
fn facts(status: ExecutionStatus, reason: Option<Reason>) -> Facts {
    Facts {
        now: at(60),
        run: Run {
            id: Uuid::from_u128(7),
            status,
            reason,
            error: None,
            stage_order: Some(2),
            pause_requested: false,
            next_run_at: None,
            since: at(0),
            judge_calls: 0,
            is_doomed: false,
        },
        open: Vec::new(),
        past: Vec::new(),
        waits: None,
        driver: Driver::Lives,
        queue: Queue {
            is_driven: true,
            ahead: 0,
            due: 1,
            running: 0,
            calls: 0,
            limit: 16,
        },
    }
}

fn open(item_index: Option<i32>, began: i64) -> Open {
    Open {
        log_id: Uuid::from_u128(9),
        stage_order: 2,
        stage_name: Some("Facts".to_owned()),
        attempt_number: 3,
        item_index,
        began_at: at(began),
        answered_at: None,
        has_answer: false,
    }
}

fn answered(item_index: Option<i32>, answered: i64) -> Open {
    Open {
        answered_at: Some(at(answered)),
        has_answer: true,
        ..open(item_index, 1)
    }
}

/// An attempt that took a second and was not answered.
fn unanswered(attempt_number: i32, began: i64) -> Past {
    Past {
        stage_order: 2,
        stage_name: None,
        attempt_number,
        item_index: None,
        status: AttemptStatus::Finished,
        result: ValidationResult::Error,
        counted: false,
        error: Some("openai answered 503".to_owned()),
        began_at: at(began),
        answered_at: None,
        took: TimeDelta::seconds(1),
    }
}

const RUN: &str = "00000000-0000-0000-0000-000000000007";

#[track_caller]
fn check(facts: &Facts, waiting_for: WaitingFor, since: i64, message: &str) -> Diagnosis {
    let found = diagnose(facts);
    assert_eq!(found.waiting_for, waiting_for);
    assert_eq!(found.message, message);
    assert_eq!(found.since, at(since));
    found
}

#[track_caller]
fn advises(found: &Diagnosis, advice: &[&str]) {
    let advice: Vec<_> = advice
        .iter()
        .map(|it| it.replace("\"RUN\"", &format!("\"{RUN}\"")))
        .collect();
    assert_eq!(found.advice, advice);
}

#[test]
fn a_run_that_has_ended_waits_for_nothing_and_says_how_to_repeat_it() {
    use ExecutionStatus::{Cancelled, Completed, Failed};
    let done = facts(Completed, None);
    let found = check(&done, WaitingFor::Nothing, 0, "it has completed");
    advises(&found, &[]);

    let mut failed = facts(Failed, Some(Reason::StageFailed));
    failed.run.error = Some("stage 2 failed: too long".to_owned());
    failed.past = vec![unanswered(1, 0)];
    let message = "it has failed: stage 2 failed: too long";
    let found = check(&failed, WaitingFor::Nothing, 0, message);
    advises(
        &found,
        &[
            "change the workflow and run it again from stage 2: rerunExecution(input: {executionId: \"RUN\", fromStageOrder: 2, useLatestVersion: true})",
            "run it again from stage 2: rerunExecution(input: {executionId: \"RUN\", fromStageOrder: 2})",
        ],
    );

    failed.run.reason = Some(Reason::LoopLimit);
    assert!(diagnose(&failed).advice[0].contains("lead back to each other"));
    failed.run.reason = Some(Reason::CrashLimit);
    assert!(diagnose(&failed).advice[0].contains("the server's log"));
    failed.run.error = Some("é".repeat(400));
    assert_eq!(
        diagnose(&failed).message.chars().count(),
        "it has failed: ".len() + 301
    );

    // One that was never begun has no stage to go on from.
    let cancelled = facts(Cancelled, Some(Reason::Cancelled));
    let found = check(&cancelled, WaitingFor::Nothing, 0, "it was cancelled");
    advises(
        &found,
        &["run it again: rerunExecution(input: {executionId: \"RUN\"})"],
    );
}

#[test]
fn a_call_is_told_with_its_beginning() {
    let mut running = facts(ExecutionStatus::Running, None);
    running.open = vec![open(None, 12)];
    let message = "stage 2 (Facts) waits for the model, in attempt 3, since 10:30:12 UTC";
    let found = check(&running, WaitingFor::Model, 12, message);
    assert_eq!(found.until, None);
    advises(
        &found,
        &[
            "watch what it answers: subscription { executionEvents(executionId: \"RUN\", deltas: true) { __typename } }",
            "cancel it: cancelExecution(id: \"RUN\")",
        ],
    );

    running.run.pause_requested = true;
    let message = format!("{message}; a pause was asked for, and comes after that");
    let found = check(&running, WaitingFor::Model, 12, &message);
    let withdraw = format!("withdraw the pause: resumeExecution(id: \"{RUN}\")");
    assert_eq!(found.advice[0], withdraw);

    running.now = at(86_400);
    let message = diagnose(&running).message;
    assert!(
        message.contains("since 2030-03-17 10:30:12 UTC"),
        "{message}"
    );
}

#[test]
fn calls_for_items_are_counted_and_so_are_those_that_wait() {
    let mut running = facts(ExecutionStatus::Running, None);
    running.open = vec![open(Some(4), 12), open(Some(6), 20), answered(Some(1), 3)];
    let message = "2 items of stage 2 (Facts) wait for the model, the first since 10:30:12 UTC";
    check(&running, WaitingFor::Model, 12, message);
    running.waits = Some(Waits {
        items: 1,
        until: at(90),
    });
    let message = format!("{message}, 1 item more for another try");
    check(&running, WaitingFor::Model, 12, &message);
}

#[test]
fn a_run_that_was_just_taken_up_is_about_to_begin() {
    let running = facts(ExecutionStatus::Running, None);
    check(&running, WaitingFor::Model, 0, "stage 2 is about to begin");
}

#[test]
fn a_judge_is_asked_or_waited_for() {
    let mut judged = facts(ExecutionStatus::Running, None);
    judged.open = vec![answered(None, 31)];
    let message =
        "stage 2 (Facts) waits for the judge of the answer of attempt 3, since 10:30:31 UTC";
    let found = check(&judged, WaitingFor::Judge, 31, message);
    assert_eq!(found.until, None);
    assert!(found.advice[0].starts_with("wait: "));

    // A short wait keeps the slot, a long one does not.
    for status in [ExecutionStatus::Running, ExecutionStatus::Pending] {
        judged.run.status = status;
        judged.run.reason = Some(Reason::JudgeWait);
        judged.run.judge_calls = 2;
        judged.run.next_run_at = Some(at(64));
        let message = "the judge of stage 2 (Facts) did not answer (2 calls): it is asked again about the answer of attempt 3 at 10:31:04 UTC";
        let found = check(&judged, WaitingFor::Judge, 31, message);
        assert_eq!(found.until, Some(at(64)));
    }

    // Its process was gone in the meantime, and the answer is kept.
    judged.run.reason = Some(Reason::Rescued);
    judged.run.judge_calls = 0;
    let message =
        "the judge of stage 2 (Facts) is asked about the answer of attempt 3 at 10:31:04 UTC";
    check(&judged, WaitingFor::Judge, 31, message);

    // What a version wrote that did not say when an answer came.
    judged.open[0].answered_at = None;
    assert_eq!(diagnose(&judged).since, at(1));
}

#[test]
fn the_answers_of_items_wait_for_their_judge_unless_one_is_judged_now() {
    let mut judged = facts(ExecutionStatus::Running, None);
    judged.open = vec![answered(Some(0), 31), answered(Some(1), 30)];
    let message = "stage 2 (Facts) waits for the judge of 2 answers, since 10:30:30 UTC";
    check(&judged, WaitingFor::Judge, 30, message);
    let wait = |items| {
        Some(Waits {
            items,
            until: at(90),
        })
    };
    judged.waits = wait(1);
    assert_eq!(check(&judged, WaitingFor::Judge, 30, message).until, None);
    judged.waits = wait(2);
    assert_eq!(diagnose(&judged).until, Some(at(90)));
}

#[test]
fn a_wait_for_another_try_says_what_has_failed_since_when() {
    let mut waits = facts(ExecutionStatus::Pending, Some(Reason::RetryWait));
    waits.run.next_run_at = Some(at(70));
    waits.past = vec![unanswered(3, 40)];
    let message = "stage 2: openai answered 503 (at 10:30:41 UTC); tried again at 10:31:10 UTC";
    let found = check(&waits, WaitingFor::Retry, 0, message);
    assert_eq!(found.until, Some(at(70)));
    advises(
        &found,
        &[
            "wait: it is tried again by itself",
            "cancel it: cancelExecution(id: \"RUN\")",
        ],
    );

    // An answer that was refused ends the row.
    waits.past.push(unanswered(2, 20));
    waits.past.push(Past {
        counted: true,
        ..unanswered(1, 5)
    });
    let message =
        "stage 2: openai answered 503 (2 calls since 10:30:20 UTC); tried again at 10:31:10 UTC";
    check(&waits, WaitingFor::Retry, 0, message);

    // A short wait keeps the slot: it began when the call had ended.
    waits.run.status = ExecutionStatus::Running;
    waits.run.reason = None;
    check(&waits, WaitingFor::Retry, 41, message);

    waits.past[0].status = AttemptStatus::Interrupted;
    waits.past[0].error = Some("the process that drove it died".to_owned());
    let message = "attempt 3 at stage 2 was cut off: the process that drove it died; tried again at 10:31:10 UTC";
    check(&waits, WaitingFor::Retry, 41, message);
}

#[test]
fn items_that_wait_are_counted_and_the_others_calls_are_not_theirs() {
    let mut waits = facts(ExecutionStatus::Pending, Some(Reason::RetryWait));
    waits.run.next_run_at = Some(at(70));
    waits.waits = Some(Waits {
        items: 3,
        until: at(70),
    });
    let of = |item, began| Past {
        item_index: Some(item),
        ..unanswered(1, began)
    };
    waits.past = vec![of(1, 40), of(2, 30), of(1, 20)];
    let message = "stage 2: openai answered 503 (2 calls since 10:30:20 UTC); 3 items wait, and the first is tried again at 10:31:10 UTC";
    check(&waits, WaitingFor::Retry, 0, message);
}

#[test]
fn a_due_run_waits_for_its_turn_and_knows_how_many_are_before_it() {
    let mut due = facts(ExecutionStatus::Pending, None);
    let message = "it waits for a free slot: none of yours waits before this one";
    let found = check(&due, WaitingFor::Turn, 0, message);
    advises(
        &found,
        &[
            "wait: it is taken up when it is its turn",
            "or have the operator raise MAX_CONCURRENT_STAGES, or start another process",
            "cancel it: cancelExecution(id: \"RUN\")",
        ],
    );
    (due.queue.ahead, due.queue.due) = (1, 5);
    let message =
        "it waits for a free slot: 1 waits before this one, 5 wait in all, and users take turns";
    check(&due, WaitingFor::Turn, 0, message);
    (due.queue.ahead, due.queue.due) = (MOST_AHEAD + 1, MOST_AHEAD + 1);
    let message = "it waits for a free slot: 100+ wait before this one";
    check(&due, WaitingFor::Turn, 0, message);

    // It is due since its wait has ended.
    due.run.next_run_at = Some(at(50));
    check(&due, WaitingFor::Turn, 50, message);

    due.queue.is_driven = false;
    let message = "no process is there that takes up runs";
    let found = check(&due, WaitingFor::Turn, 50, message);
    assert!(found.advice[0].contains("footlight serve"));
}

#[test]
fn a_user_who_has_as_many_under_way_as_may_be_is_told_the_limit() {
    let mut due = facts(ExecutionStatus::Pending, None);
    (due.queue.running, due.queue.ahead, due.queue.due) = (16, 3, 9);
    let message = "your limit is 16 runs under way: 3 wait before this one";
    let found = check(&due, WaitingFor::UserLimit, 0, message);
    advises(
        &found,
        &[
            "wait until one has ended, or cancel or pause one: executions(status: RUNNING)",
            "or have the operator raise MAX_RUNNING_PER_USER",
            "cancel it: cancelExecution(id: \"RUN\")",
        ],
    );
    (due.queue.running, due.queue.limit, due.queue.ahead) = (1, 1, 0);
    let message = "your limit is 1 run under way: it is the next";
    check(&due, WaitingFor::UserLimit, 0, message);

    (due.queue.calls, due.queue.limit) = (3, 3);
    let message =
        "your limit is 3 calls at once, and your runs over lists make as many: it is the next";
    let found = check(&due, WaitingFor::UserLimit, 0, message);
    advises(
        &found,
        &[
            "wait: it is taken up when one of them has ended, before another item begins",
            "or have the operator raise MAX_RUNNING_PER_USER",
            "cancel it: cancelExecution(id: \"RUN\")",
        ],
    );
}

#[test]
fn a_decision_is_asked_for_by_its_attempt() {
    let mut asked = facts(ExecutionStatus::Paused, Some(Reason::AwaitingValidation));
    asked.open = vec![answered(None, 31)];
    let message = "stage 2 (Facts) waits for a person to decide on attempt 3";
    let found = check(&asked, WaitingFor::Decision, 0, message);
    let log = "00000000-0000-0000-0000-000000000009";
    advises(
        &found,
        &[
            &format!(
                "decide on log {log}: recordManualValidation(input: {{logId: \"{log}\", result: PASS}})"
            ),
            &format!(
                "or send it back and say why: recordManualValidation(input: {{logId: \"{log}\", result: FAIL, notes: \"…\"}})"
            ),
            "cancel it: cancelExecution(id: \"RUN\")",
        ],
    );
    asked.run.pause_requested = true;
    let message = diagnose(&asked).message;
    assert!(
        message.ends_with(", and the run stays paused then"),
        "{message}"
    );
    // Somebody has decided since the run was read.
    asked.open.clear();
    assert_eq!(diagnose(&asked).advice.len(), 1);
}

#[test]
fn a_paused_run_waits_to_be_resumed() {
    let mut paused = facts(ExecutionStatus::Paused, Some(Reason::PauseRequested));
    let message = "it was paused at 10:30:00 UTC, before the next attempt at stage 2";
    let found = check(&paused, WaitingFor::Resume, 0, message);
    advises(
        &found,
        &[
            "resume it: resumeExecution(id: \"RUN\")",
            "cancel it: cancelExecution(id: \"RUN\")",
        ],
    );
    paused.open = vec![answered(None, 31)];
    let message = "it was paused at 10:30:00 UTC, before the judge of stage 2 (Facts) was asked";
    check(&paused, WaitingFor::Resume, 0, message);
}

#[test]
fn a_run_without_a_process_waits_for_another() {
    let mut lost = facts(ExecutionStatus::Running, None);
    lost.open = vec![open(None, 12)];
    let cases = [
        (
            Driver::Silent(at(20)),
            20,
            "no process has renewed its lease since 10:30:20 UTC: another process takes it up",
        ),
        (
            Driver::LetGo(at(25)),
            25,
            "its process has let go of it: another process takes it up",
        ),
        (
            Driver::Gone,
            0,
            "its process is gone: another process takes it up",
        ),
    ];
    for (driver, since, message) in cases {
        lost.driver = driver;
        let found = check(&lost, WaitingFor::Rescue, since, message);
        let wait = "wait: another process takes it up within some seconds";
        advises(&found, &[wait, "cancel it: cancelExecution(id: \"RUN\")"]);
    }
    lost.queue.is_driven = false;
    let message = "its process is gone: there is no other process to take it up";
    let found = check(&lost, WaitingFor::Rescue, 0, message);
    assert!(found.advice[0].contains("footlight serve"));
}

#[test]
fn a_run_of_a_deleted_workflow_is_about_to_be_cancelled_whatever_it_waits_for() {
    let mut doomed = facts(ExecutionStatus::Paused, Some(Reason::PauseRequested));
    doomed.run.is_doomed = true;
    let message = "its workflow was deleted: it is about to be cancelled";
    advises(&check(&doomed, WaitingFor::Resume, 0, message), &[]);
}
