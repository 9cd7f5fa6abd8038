//! What runs wait for: the facts are read here, of many runs in as many statements as of one, and
//! `domain/diagnosis` says what they come to.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::Deps;
use super::drive::session::LASTS;
use super::drive::streak;
use super::load::Batch;
use crate::domain::diagnosis::{
    Diagnosis, Driver, Facts, MOST_AHEAD, Open, Past, Queue, Run, Waits, diagnose,
};
use crate::domain::status::ExecutionStatus;
use crate::entity::execution::Standing;
use crate::entity::execution_log::Trace;
use crate::error::Result;
use crate::store::diagnosis::{Stood, Waiting};
use crate::store::session::Life;
use crate::store::{self, pending};

/// What these runs wait for.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn of_executions(deps: &Deps, owner: Uuid, ids: &[Uuid]) -> Batch<Diagnosis> {
    let now = deps.clock.now();
    let runs = store::diagnosis::runs(deps.store.reader(), owner, ids).await?;
    let mut around = Around::read(deps, (owner, now), &runs).await?;
    let found = runs.iter().map(|stood| {
        let facts = around.facts(stood, now);
        (stood.run.id, diagnose(&facts))
    });
    Ok(found.collect())
}

/// What is read beside the rows of runs, as far as any of them needs it.
struct Around {
    open: HashMap<Uuid, Vec<Trace>>,
    latest: HashMap<Uuid, Vec<Trace>>,
    waits: HashMap<Uuid, Waiting>,
    sessions: Sessions,
    /// Their owner's runs that are due, in the order in which they are taken up.
    line: Vec<Uuid>,
    due: u64,
    running: u64,
    calls: u64,
    limit: u64,
}

impl Around {
    async fn read(
        deps: &Deps,
        (owner, now): (Uuid, DateTime<Utc>),
        runs: &[Stood],
    ) -> Result<Self> {
        use ExecutionStatus::{Cancelled, Completed, Failed, Paused, Pending, Running};
        let db = deps.store.reader();
        let active = ids(runs, |run| !run.status.is_terminal());
        let mut open = HashMap::new();
        if !active.is_empty() {
            open = of_each(store::diagnosis::open(db, owner, &active).await?);
        }
        let tried = ids(runs, |run| match run.status {
            Failed | Cancelled => true,
            Running => !open.contains_key(&run.id),
            Pending => waits(run, now) && !open.contains_key(&run.id),
            Completed | Paused => false,
        });
        let mut latest = HashMap::new();
        if !tried.is_empty() {
            latest = of_each(store::diagnosis::latest(db, owner, &tried).await?);
        }
        let timed = ids(runs, |run| {
            run.status == Running || (run.status == Pending && waits(run, now))
        });
        let mut waiting = Vec::new();
        if !timed.is_empty() {
            waiting = store::diagnosis::waits(db, owner, &timed, now).await?;
        }
        let mut around = Self {
            open,
            latest,
            waits: waiting
                .into_iter()
                .map(|it| (it.execution_id, it))
                .collect(),
            sessions: Sessions::default(),
            line: Vec::new(),
            due: 0,
            running: 0,
            calls: 0,
            limit: u64::from(deps.limits.max_running_per_user),
        };
        if runs
            .iter()
            .any(|it| [Running, Pending].contains(&it.run.status))
        {
            around.sessions = Sessions::read(deps, now).await?;
        }
        if runs
            .iter()
            .any(|it| it.run.status == Pending && !waits(&it.run, now))
        {
            around.line = pending::line(db, owner, now, MOST_AHEAD + 1).await?;
            around.due = pending::count_due(db, now, MOST_AHEAD + 1).await?;
            let under_way = store::diagnosis::under_way(db, owner).await?;
            around.running = u64::try_from(under_way.len()).unwrap_or(u64::MAX);
            around.calls = around.sessions.fewest_calls(&under_way);
        }
        Ok(around)
    }

    fn facts(&mut self, stood: &Stood, now: DateTime<Utc>) -> Facts {
        let run = &stood.run;
        let traces = |found: &mut HashMap<Uuid, Vec<Trace>>| found.remove(&run.id);
        let open = traces(&mut self.open).unwrap_or_default();
        let past = traces(&mut self.latest).unwrap_or_default();
        let waits = self.waits.get(&run.id);
        let ahead = self.line.iter().position(|id| *id == run.id);
        let ahead = ahead.unwrap_or(self.line.len());
        Facts {
            now,
            run: standing(stood),
            open: open.into_iter().map(open_attempt).collect(),
            past: past.into_iter().map(past_attempt).collect(),
            waits: waits.and_then(|waits| {
                Some(Waits {
                    items: u64::try_from(waits.items).ok()?,
                    until: DateTime::from_timestamp_millis(waits.due_at)?,
                })
            }),
            driver: self.sessions.driver(run.lease_owner),
            queue: Queue {
                is_driven: self.sessions.drive(),
                ahead: u64::try_from(ahead).unwrap_or(u64::MAX),
                due: self.due,
                running: self.running,
                calls: self.calls,
                limit: self.limit,
            },
        }
    }
}

/// The processes that there are.
enum Sessions {
    /// On SQLite this one alone, whatever the rows of others say: its session, if it has one.
    Own(Option<Uuid>),
    All(Vec<Life>),
}

impl Default for Sessions {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

impl Sessions {
    async fn read(deps: &Deps, now: DateTime<Utc>) -> Result<Self> {
        if deps.store.is_embedded() {
            return Ok(Self::Own(deps.slots.session()));
        }
        let found = store::session::all(deps.store.reader(), now).await?;
        Ok(Self::All(found))
    }

    /// Does one of them take up runs?
    fn drive(&self) -> bool {
        !self.driving().is_empty()
    }

    /// Those that take up runs.
    fn driving(&self) -> Vec<Uuid> {
        match self {
            Self::Own(own) => own.iter().copied().collect(),
            Self::All(found) => {
                let drive = found.iter().filter(|it| !it.has_expired && !it.draining);
                drive.map(|it| it.id).collect()
            }
        }
    }

    /// How many calls a user's runs take of the one where they take the fewest. Each takes one, and one for every further
    /// item that is under way.
    fn fewest_calls(&self, under_way: &[(Option<Uuid>, i64)]) -> u64 {
        let of = |session: Uuid| {
            let runs = under_way.iter().filter(|run| run.0 == Some(session));
            runs.map(|(_, open)| u64::try_from(*open).unwrap_or(0).max(1))
                .sum()
        };
        self.driving().into_iter().map(of).min().unwrap_or(0)
    }

    /// What is known of the one that drives a run.
    fn driver(&self, owner: Option<Uuid>) -> Driver {
        let found = match self {
            Self::Own(own) if own.is_some() && *own == owner => return Driver::Lives,
            Self::Own(_) => return Driver::Gone,
            Self::All(found) => found,
        };
        let Some(life) = found.iter().find(|life| Some(life.id) == owner) else {
            return Driver::Gone;
        };
        let ended = DateTime::from_timestamp_millis(life.expires_at).unwrap_or_default();
        match (life.has_expired, life.draining) {
            (false, _) => Driver::Lives,
            (true, true) => Driver::LetGo(ended),
            (true, false) => Driver::Silent(ended - LASTS),
        }
    }
}

fn ids(runs: &[Stood], wanted: impl Fn(&Standing) -> bool) -> Vec<Uuid> {
    let runs = runs.iter().map(|stood| &stood.run);
    runs.filter(|run| wanted(run)).map(|run| run.id).collect()
}

fn of_each(traces: Vec<Trace>) -> HashMap<Uuid, Vec<Trace>> {
    let mut found: HashMap<_, Vec<_>> = HashMap::new();
    for trace in traces {
        found.entry(trace.execution_id).or_default().push(trace);
    }
    found
}

fn waits(run: &Standing, now: DateTime<Utc>) -> bool {
    run.next_run_at
        .is_some_and(|at| at > now.timestamp_millis())
}

fn standing(stood: &Stood) -> Run {
    let run = &stood.run;
    let moments = run.outage_since.zip(run.outage_counts_until);
    let judge = streak::read_count(run.judge_failures, (moments, run.outage_calls));
    let calls = judge.broken + judge.outage.map_or(0, |outage| outage.calls);
    let reason = run.status_reason.as_deref();
    Run {
        id: run.id,
        status: run.status,
        reason: reason.and_then(|reason| reason.parse().ok()),
        error: run.error_message.clone(),
        stage_order: run.current_stage_order,
        pause_requested: run.pause_requested,
        next_run_at: run.next_run_at.and_then(DateTime::from_timestamp_millis),
        since: since(run),
        judge_calls: u64::try_from(calls).unwrap_or(0),
        is_doomed: stood.is_doomed,
    }
}

/// A version that did not say since when a run is in its state said when it has ended, began, and was made.
fn since(run: &Standing) -> DateTime<Utc> {
    let said = run.completed_at.or(run.status_since);
    said.or(run.started_at).unwrap_or(run.created_at)
}

fn open_attempt(trace: Trace) -> Open {
    Open {
        log_id: trace.id,
        stage_order: trace.stage_order,
        stage_name: trace.stage_name,
        attempt_number: trace.attempt_number,
        item_index: trace.item_index,
        began_at: trace.executed_at,
        answered_at: trace.answered_at,
        has_answer: trace.has_answer,
    }
}

fn past_attempt(trace: Trace) -> Past {
    let took = u64::try_from(trace.duration_ms.unwrap_or(0)).unwrap_or(0);
    let took = TimeDelta::from_std(Duration::from_millis(took));
    Past {
        stage_order: trace.stage_order,
        stage_name: trace.stage_name,
        attempt_number: trace.attempt_number,
        item_index: trace.item_index,
        status: trace.status,
        result: trace.validation_result,
        counted: trace.counted == Some(true),
        error: trace.error_message,
        began_at: trace.executed_at,
        answered_at: trace.answered_at,
        took: took.unwrap_or_default(),
    }
}
