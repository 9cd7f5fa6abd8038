//! Runs that have ended.

use super::words::short;
use super::{Diagnosis, Facts, WaitingFor};
use crate::domain::status::{ExecutionStatus, Reason};

pub(super) fn diagnose(facts: &Facts) -> Diagnosis {
    let run = &facts.run;
    let (message, advice) = match run.status {
        ExecutionStatus::Completed => ("it has completed".to_owned(), Vec::new()),
        ExecutionStatus::Cancelled => ("it was cancelled".to_owned(), vec![rerun(facts, false)]),
        ExecutionStatus::Failed
        | ExecutionStatus::Pending
        | ExecutionStatus::Running
        | ExecutionStatus::Paused => {
            let why = run.error.as_deref().unwrap_or("nobody said why");
            (format!("it has failed: {}", short(why)), remedies(facts))
        }
    };
    Diagnosis {
        waiting_for: WaitingFor::Nothing,
        since: run.since,
        until: None,
        message,
        advice,
    }
}

/// What may make a run pass that has failed.
fn remedies(facts: &Facts) -> Vec<String> {
    let first = match facts.run.reason {
        Some(Reason::LoopLimit) => {
            "look which stages lead back to each other: none of them leaves the circle".to_owned()
        }
        Some(Reason::CrashLimit) => {
            "look in the server's log for what ended its processes".to_owned()
        }
        _ => return vec![rerun(facts, true), rerun(facts, false)],
    };
    vec![first, rerun(facts, true)]
}

/// A rerun, from the stage that was tried last.
fn rerun(facts: &Facts, latest: bool) -> String {
    let (place, from) = match facts.past.first() {
        Some(last) => {
            let from = format!(", fromStageOrder: {}", last.stage_order);
            (format!(" from {}", last.place()), from)
        }
        None => (String::new(), String::new()),
    };
    let (how, version) = if latest {
        (
            "change the workflow and run it again",
            ", useLatestVersion: true",
        )
    } else {
        ("run it again", "")
    };
    let id = facts.run.id;
    format!("{how}{place}: rerunExecution(input: {{executionId: \"{id}\"{from}{version}}})")
}
