//! The one way to change runs: each by one row of an UPDATE that holds only where its guard does and
//! yields the numbers of its events, which are inserted beside it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, Value};
use uuid::Uuid;

use crate::domain::event::Event;
use crate::domain::status::ExecutionStatus;
use crate::entity::execution::Model;
use crate::entity::execution_event;
use crate::error::Result;
use crate::store::{event, rows};

/// One change of a run: its new state, and the events that say so.
#[derive(Clone, Debug)]
pub struct Append<'a> {
    /// The run as it is to be. Identity, inputs, what it began with and `next_seq` are never written,
    /// and since when it is in its state is taken from `now` where that changes.
    pub run: &'a Model,
    /// What must still hold of the row.
    pub guard: Guard,
    pub events: &'a [Event],
    pub now: DateTime<Utc>,
}

/// What must still hold of a row that is about to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// A worker's fence: it still holds the lease, what it knows of a pause is right, and the run's workflow is
    /// not deleted: such a run does nothing more but be cancelled.
    Lease {
        owner: Uuid,
        epoch: i64,
        pause_requested: bool,
    },
    /// The transaction has locked the row, or claims it in this state.
    State { status: ExecutionStatus, epoch: i64 },
}

/// What came of changes.
#[derive(Debug, Default)]
pub struct Appended {
    /// For each the number of its first event; none when its guard did not hold.
    pub firsts: Vec<Option<i64>>,
    /// The events that were written.
    pub events: Vec<execution_event::Model>,
}

const COLUMNS: [&str; 29] = [
    "id",
    "user_id",
    "was_status",
    "was_epoch",
    "was_owner",
    "was_pause_requested",
    "events",
    "changed_at",
    "status",
    "status_reason",
    "error_message",
    "current_stage_order",
    "current_visit",
    "visit_failures",
    "transport_failures",
    "judge_failures",
    "outage_since",
    "outage_counts_until",
    "outage_calls",
    "unreadable_verdicts",
    "stage_visits",
    "pause_requested",
    "next_run_at",
    "lease_owner",
    "lease_epoch",
    "crash_count",
    "let_go_count",
    "started_at",
    "completed_at",
];

/// What moves a run in indexes.
const MOVED: &str =
    ", status = new.status, lease_owner = new.lease_owner, completed_at = new.completed_at";

/// Changes a run and writes its events. Answers the number of the first of them, or none when the
/// guard did not hold: somebody else was first, and nothing is written.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn append(db: &impl ConnectionTrait, append: Append<'_>) -> Result<Option<i64>> {
    let appended = append_all(db, std::slice::from_ref(&append)).await?;
    Ok(appended.firsts.into_iter().next().flatten())
}

/// Changes runs and writes their events, each as [`append`] does, in the order that they come in.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn append_all(db: &impl ConnectionTrait, appends: &[Append<'_>]) -> Result<Appended> {
    let mut next = HashMap::with_capacity(appends.len());
    // Whoever changes several runs does it in this order, so that two seldom wait for each other.
    let mut by_id: Vec<_> = appends.iter().collect();
    by_id.sort_by_key(|append| append.run.id);
    let backend = db.get_database_backend();
    // SQLite writes each index of a column that is set, be it to what it was. PostgreSQL looks.
    let (staying, moving): (Vec<_>, Vec<_>) = by_id
        .into_iter()
        .partition(|append| backend == DbBackend::Sqlite && stays(append));
    for (appends, moved) in [(moving, MOVED), (staying, "")] {
        for piece in rows::pieces(&appends) {
            let values: Vec<Value> = piece.iter().flat_map(|append| row(append)).collect();
            let statement = rows::with_new(backend, &COLUMNS, values, &change(moved));
            for row in db.query_all_raw(statement).await? {
                // A run may come twice, from a worker that lost it and from its next one: not at one epoch.
                let changed: (Uuid, i64) =
                    (row.try_get("", "id")?, row.try_get("", "lease_epoch")?);
                next.insert(changed, row.try_get::<i64>("", "next_seq")?);
            }
        }
    }
    let mut appended = Appended::default();
    for append in appends {
        let run = append.run;
        let next_seq = next.get(&(run.id, run.lease_epoch));
        let first = next_seq.map(|next_seq| next_seq - count(append));
        appended.firsts.push(first);
        if let Some(first) = first {
            let key = (run.id, run.user_id);
            let events = event::rows(key, first, append.events, append.now)?;
            appended.events.extend(events);
        }
    }
    event::insert_rows(db, &appended.events).await?;
    Ok(appended)
}

/// Does the run go on in the hands of its worker? It is then where it was in every index.
fn stays(append: &Append<'_>) -> bool {
    let run = append.run;
    match append.guard {
        Guard::Lease { owner, .. } => {
            run.status == ExecutionStatus::Running && run.lease_owner == Some(owner)
        }
        Guard::State { .. } => false,
    }
}

/// What is written of the rows called `new`: [`MOVED`] as well, or nothing else.
fn change(moved: &str) -> String {
    format!(
        "
            update executions set
                next_seq = executions.next_seq + new.events,
                status_reason = new.status_reason,
                status_since = case
                    when executions.status = new.status
                        and coalesce(executions.status_reason, '') = coalesce(new.status_reason, '')
                    then executions.status_since else new.changed_at end,
                error_message = new.error_message,
                current_stage_order = new.current_stage_order,
                current_visit = new.current_visit,
                visit_failures = new.visit_failures,
                transport_failures = new.transport_failures,
                judge_failures = new.judge_failures,
                outage_since = new.outage_since,
                outage_counts_until = new.outage_counts_until,
                outage_calls = new.outage_calls,
                unreadable_verdicts = new.unreadable_verdicts,
                stage_visits = new.stage_visits,
                pause_requested = new.pause_requested,
                next_run_at = new.next_run_at,
                lease_epoch = new.lease_epoch,
                crash_count = new.crash_count,
                let_go_count = new.let_go_count,
                started_at = new.started_at{moved}
            from new
            where executions.id = new.id
                and executions.user_id = new.user_id
                and executions.status = new.was_status
                and executions.lease_epoch = new.was_epoch
                and (new.was_owner is null or (executions.lease_owner = new.was_owner
                    and not exists (select 1 from workflows
                        where workflows.id = executions.workflow_id and workflows.deleted_at is not null)))
                and (new.was_pause_requested is null or executions.pause_requested = new.was_pause_requested)
            returning executions.id, executions.lease_epoch, executions.next_seq"
    )
}

fn count(append: &Append<'_>) -> i64 {
    i64::try_from(append.events.len()).unwrap_or(i64::MAX)
}

/// The parameters of a change, in the order of [`COLUMNS`].
fn row(append: &Append<'_>) -> [Value; COLUMNS.len()] {
    let run = append.run;
    let (status, epoch, owner, pause_requested) = match append.guard {
        Guard::Lease {
            owner,
            epoch,
            pause_requested,
        } => {
            let running = ExecutionStatus::Running;
            (running, epoch, Some(owner), Some(pause_requested))
        }
        Guard::State { status, epoch } => (status, epoch, None, None),
    };
    [
        run.id.into(),
        run.user_id.into(),
        status.into(),
        epoch.into(),
        owner.into(),
        pause_requested.into(),
        count(append).into(),
        append.now.into(),
        run.status.into(),
        run.status_reason.clone().into(),
        run.error_message.clone().into(),
        run.current_stage_order.into(),
        run.current_visit.into(),
        run.visit_failures.into(),
        run.transport_failures.into(),
        run.judge_failures.into(),
        run.outage_since.into(),
        run.outage_counts_until.into(),
        run.outage_calls.into(),
        run.unreadable_verdicts.into(),
        run.stage_visits.into(),
        run.pause_requested.into(),
        run.next_run_at.into(),
        run.lease_owner.into(),
        run.lease_epoch.into(),
        run.crash_count.into(),
        run.let_go_count.into(),
        run.started_at.into(),
        run.completed_at.into(),
    ]
}
