//! Runs that nobody drives: until a time, then until it is their turn.

use super::words::{cancel, many, waiting};
use super::{Diagnosis, Facts, Open, WaitingFor, tries};
use crate::domain::status::Reason;

pub(super) fn diagnose(facts: &Facts) -> Diagnosis {
    // Whoever let go of it in another way has left an answer that waits for its judge open, too.
    let is_kept = |open: &Open| open.item_index.is_none() && open.has_answer;
    let is_judged = facts.run.reason == Some(Reason::JudgeWait) || facts.open.iter().any(is_kept);
    match facts.run.waits_until(facts.now) {
        Some(until) if is_judged => tries::of_judge(facts, Some(until)),
        Some(until) => tries::of_model(facts, until),
        None => turn(facts),
    }
}

fn turn(facts: &Facts) -> Diagnosis {
    let (run, queue) = (&facts.run, facts.queue);
    // It has been due since its wait ended.
    let since = run.next_run_at.map_or(run.since, |due| due.max(run.since));
    let (waiting_for, message, mut advice) = if !queue.is_driven {
        let start = "start one: footlight serve, on the same database".to_owned();
        let message = "no process is there that takes up runs".to_owned();
        (WaitingFor::Turn, message, vec![start])
    } else if queue.running >= queue.limit {
        let message = format!(
            "your limit is {} under way: {}",
            many(queue.limit, "run"),
            before(queue.ahead, "it is the next")
        );
        let wait = "wait until one has ended, or cancel or pause one: executions(status: RUNNING)";
        let raise = "or have the operator raise MAX_RUNNING_PER_USER";
        let advice = vec![wait.to_owned(), raise.to_owned()];
        (WaitingFor::UserLimit, message, advice)
    } else if queue.calls >= queue.limit {
        let message = format!(
            "your limit is {} at once, and your runs over lists make as many: {}",
            many(queue.limit, "call"),
            before(queue.ahead, "it is the next")
        );
        let wait = "wait: it is taken up when one of them has ended, before another item begins";
        let raise = "or have the operator raise MAX_RUNNING_PER_USER";
        let advice = vec![wait.to_owned(), raise.to_owned()];
        (WaitingFor::UserLimit, message, advice)
    } else {
        let ahead = before(queue.ahead, "none of yours waits before this one");
        let others = if queue.due > queue.ahead + 1 {
            format!(", {} in all, and users take turns", waiting(queue.due))
        } else {
            String::new()
        };
        let message = format!("it waits for a free slot: {ahead}{others}");
        let wait = "wait: it is taken up when it is its turn".to_owned();
        let raise = "or have the operator raise MAX_CONCURRENT_STAGES, or start another process";
        (WaitingFor::Turn, message, vec![wait, raise.to_owned()])
    };
    advice.push(cancel(run.id));
    Diagnosis {
        waiting_for,
        since,
        until: None,
        message,
        advice,
    }
}

fn before(ahead: u64, none: &str) -> String {
    match ahead {
        0 => none.to_owned(),
        _ => format!("{} before this one", waiting(ahead)),
    }
}
