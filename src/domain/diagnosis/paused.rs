//! Runs that a person holds up.

use super::words::{cancel, time};
use super::{Diagnosis, Facts, WaitingFor};
use crate::domain::status::Reason;

pub(super) fn diagnose(facts: &Facts) -> Diagnosis {
    if facts.run.reason == Some(Reason::AwaitingValidation) {
        decision(facts)
    } else {
        resume(facts)
    }
}

fn decision(facts: &Facts) -> Diagnosis {
    let run = &facts.run;
    let mut advice = Vec::new();
    // The run may have gone on since it was read.
    let message = match facts.open.last() {
        Some(open) => {
            let decide = |input: &str| {
                let log = open.log_id;
                format!("recordManualValidation(input: {{logId: \"{log}\", {input}}})")
            };
            advice.push(format!(
                "decide on log {}: {}",
                open.log_id,
                decide("result: PASS")
            ));
            advice.push(format!(
                "or send it back and say why: {}",
                decide("result: FAIL, notes: \"…\"")
            ));
            format!(
                "{} waits for a person to decide on attempt {}",
                open.place(),
                open.attempt_number
            )
        }
        None => format!("{} waits for a person to decide", run.place()),
    };
    advice.push(cancel(run.id));
    let then = if run.pause_requested {
        ", and the run stays paused then"
    } else {
        ""
    };
    Diagnosis {
        waiting_for: WaitingFor::Decision,
        since: run.since,
        until: None,
        message: format!("{message}{then}"),
        advice,
    }
}

fn resume(facts: &Facts) -> Diagnosis {
    let run = &facts.run;
    let since = time(run.since, facts.now);
    let resume = format!("resume it: resumeExecution(id: \"{}\")", run.id);
    Diagnosis {
        waiting_for: WaitingFor::Resume,
        since: run.since,
        until: None,
        message: format!("it was paused at {since}, before {}", before(facts)),
        advice: vec![resume, cancel(run.id)],
    }
}

fn before(facts: &Facts) -> String {
    match facts.open.first() {
        Some(open) if open.has_answer => format!("the judge of {} was asked", open.place()),
        _ => format!("the next attempt at {}", facts.run.place()),
    }
}
