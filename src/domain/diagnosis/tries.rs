//! Waits for another try: of a model, or of a judge.

use chrono::{DateTime, Utc};

use super::words::{cancel, many, short, time};
use super::{Diagnosis, Facts, Past, WaitingFor};
use crate::domain::status::{AttemptStatus, ExecutionStatus};

/// The judge is asked, or waits to be asked again.
pub(super) fn of_judge(facts: &Facts, until: Option<DateTime<Utc>>) -> Diagnosis {
    let run = &facts.run;
    let judged = facts.open.iter().filter(|open| open.has_answer);
    let first = judged.clone().min_by_key(|open| open.answered_at());
    let place = first.map_or_else(|| run.place(), super::Open::place);
    let since = first.map_or(run.since, super::Open::answered_at);
    let answers = match first {
        Some(open) if open.item_index.is_some() => many(whole(judged.count()), "answer"),
        Some(open) => format!("the answer of attempt {}", open.attempt_number),
        None => "an answer".to_owned(),
    };
    let (message, advice) = if let Some(until) = until {
        let again = time(until, facts.now);
        let message = match run.judge_calls {
            0 => format!("the judge of {place} is asked about {answers} at {again}"),
            calls => format!(
                "the judge of {place} did not answer ({}): it is asked again about {answers} at {again}",
                many(calls, "call")
            ),
        };
        (
            message,
            "wait: it is asked again by itself, and the model is not",
        )
    } else {
        let since = time(since, facts.now);
        let message = format!("{place} waits for the judge of {answers}, since {since}");
        (message, "wait: a judge that does not answer is asked again")
    };
    Diagnosis {
        waiting_for: WaitingFor::Judge,
        since,
        until,
        message,
        advice: vec![advice.to_owned(), cancel(run.id)],
    }
}

/// The model is called again at a time.
pub(super) fn of_model(facts: &Facts, until: DateTime<Utc>) -> Diagnosis {
    let (run, last) = (&facts.run, facts.past.first());
    // A short wait keeps the slot, and leaves the state as it is.
    let since = match last {
        Some(last) if run.status == ExecutionStatus::Running => last.ended_at().max(run.since),
        _ => run.since,
    };
    let what = last.map_or_else(|| run.place(), |last| what_failed(facts, last));
    let again = time(until, facts.now);
    let next = match facts.waits {
        Some(waits) if waits.items > 1 => {
            let items = many(waits.items, "item");
            format!("{items} wait, and the first is tried again at {again}")
        }
        Some(_) | None => format!("tried again at {again}"),
    };
    Diagnosis {
        waiting_for: WaitingFor::Retry,
        since,
        until: Some(until),
        message: format!("{what}; {next}"),
        advice: vec![
            "wait: it is tried again by itself".to_owned(),
            cancel(run.id),
        ],
    }
}

/// What the last attempt has failed with, and since when all do.
fn what_failed(facts: &Facts, last: &Past) -> String {
    let place = last.place();
    if last.status == AttemptStatus::Interrupted {
        let why = last.error.as_deref().unwrap_or("its process is gone");
        let number = last.attempt_number;
        return format!("attempt {number} at {place} was cut off: {}", short(why));
    }
    let why = short(last.error.as_deref().unwrap_or("it brought nothing"));
    let of_same = facts.past.iter();
    let of_same = of_same.filter(|past| past.item_index == last.item_index);
    let in_a_row: Vec<_> = of_same.take_while(|past| past.is_unanswered()).collect();
    if let [_, .., first] = in_a_row.as_slice() {
        let calls = many(whole(in_a_row.len()), "call");
        let since = time(first.began_at, facts.now);
        return format!("{place}: {why} ({calls} since {since})");
    }
    let at = time(last.ended_at(), facts.now);
    format!("{place}: {why} (at {at})")
}

fn whole(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
