//! Runs that a process drives.

use super::words::{cancel, keep_going, many, time};
use super::{Diagnosis, Driver, Facts, Open, WaitingFor, tries};

pub(super) fn diagnose(facts: &Facts) -> Diagnosis {
    let is_called = |open: &&Open| !open.has_answer;
    let calls: Vec<_> = facts.open.iter().filter(is_called).collect();
    let judged = facts.open.iter().find(|open| open.has_answer);
    let next = facts.waits.map(|waits| waits.until);
    let next = next.or(facts.run.waits_until(facts.now));
    if facts.driver != Driver::Lives {
        return rescue(facts);
    }
    let found = match (calls.first(), judged, next) {
        (Some(first), ..) => model(facts, (first, calls.len())),
        (None, Some(_), until) => tries::of_judge(facts, until.filter(|_| all_wait(facts))),
        (None, None, Some(until)) => tries::of_model(facts, until),
        (None, None, None) => begins(facts),
    };
    pausing(facts, found)
}

fn rescue(facts: &Facts) -> Diagnosis {
    let run = &facts.run;
    let (since, what) = match facts.driver {
        Driver::Silent(since) => {
            let since_then = time(since, facts.now);
            (
                since,
                format!("no process has renewed its lease since {since_then}"),
            )
        }
        Driver::LetGo(since) => (since, "its process has let go of it".to_owned()),
        Driver::Gone | Driver::Lives => (run.since, "its process is gone".to_owned()),
    };
    let (then, advice) = if facts.queue.is_driven {
        let wait = "wait: another process takes it up within some seconds".to_owned();
        ("another process takes it up", wait)
    } else {
        let start = "start a process: footlight serve, on the same database".to_owned();
        ("there is no other process to take it up", start)
    };
    Diagnosis {
        waiting_for: WaitingFor::Rescue,
        since,
        until: None,
        message: format!("{what}: {then}"),
        advice: vec![advice, cancel(run.id)],
    }
}

fn model(facts: &Facts, (first, calls): (&Open, usize)) -> Diagnosis {
    let run = &facts.run;
    let (place, since) = (first.place(), time(first.began_at, facts.now));
    let message = if first.item_index.is_some() {
        let items = many(u64::try_from(calls).unwrap_or(u64::MAX), "item");
        let waits = facts.waits.map_or_else(String::new, |waits| {
            format!(", {} more for another try", many(waits.items, "item"))
        });
        format!("{items} of {place} wait for the model, the first since {since}{waits}")
    } else {
        let number = first.attempt_number;
        format!("{place} waits for the model, in attempt {number}, since {since}")
    };
    let watch = format!(
        "watch what it answers: subscription {{ executionEvents(executionId: \"{}\", deltas: true) {{ __typename }} }}",
        run.id
    );
    Diagnosis {
        waiting_for: WaitingFor::Model,
        since: first.began_at,
        until: None,
        message,
        advice: vec![watch, cancel(run.id)],
    }
}

/// Are all answers to be judged later? Of a list's items some may be judged now.
fn all_wait(facts: &Facts) -> bool {
    facts.waits.is_none_or(|waits| {
        let open = u64::try_from(facts.open.len()).unwrap_or(u64::MAX);
        waits.items >= open
    })
}

/// It was taken up, and has not come to its attempt.
fn begins(facts: &Facts) -> Diagnosis {
    let run = &facts.run;
    Diagnosis {
        waiting_for: WaitingFor::Model,
        since: run.since,
        until: None,
        message: format!("{} is about to begin", run.place()),
        advice: vec![cancel(run.id)],
    }
}

/// A pause that was asked for takes effect after what is under way.
fn pausing(facts: &Facts, found: Diagnosis) -> Diagnosis {
    if !facts.run.pause_requested {
        return found;
    }
    let mut advice = vec![keep_going(facts.run.id)];
    advice.extend(found.advice);
    Diagnosis {
        message: format!(
            "{}; a pause was asked for, and comes after that",
            found.message
        ),
        advice,
        ..found
    }
}
