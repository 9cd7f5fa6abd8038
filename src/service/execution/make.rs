//! Making runs of plans: pinned to a revision, with their first events, and where this process keeps a
//! slot claimed, with the first attempt logged as started.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::domain::context::Context;
use crate::domain::definition::Definition;
use crate::domain::event::Event;
use crate::domain::progress::Position;
use crate::domain::status::ExecutionStatus;
use crate::entity::execution::{Model, Row};
use crate::entity::{workflow, workflow_revision};
use crate::error::{Error, Result};
use crate::events::hint::Hint;
use crate::service::Deps;
use crate::service::drive::advance::Sources;
use crate::service::drive::{First, Reservation, advance, claim, older};
use crate::service::tx::Tx;
use crate::store;

/// A run about to be made.
pub(super) struct Plan {
    pub owner: Uuid,
    pub workflow_id: Option<Uuid>,
    pub revision_id: Uuid,
    /// What the revision pins.
    pub definition: Arc<Definition>,
    pub rerun_of: Option<Uuid>,
    /// Client key, and the hash of the request.
    pub client: Option<(String, String)>,
    pub inputs: serde_json::Value,
    /// What it begins with.
    pub context: Context,
    pub first_stage: i32,
    /// That it was asked to begin there; none: at the start.
    pub from_stage_order: Option<i32>,
    /// It ends once this stage has passed; none: at its end.
    pub until_stage_order: Option<i32>,
    /// The session to claim it under, where this process keeps a slot for it.
    pub session: Option<Uuid>,
}

/// A run that was made, and what its worker needs if it is claimed.
#[derive(Debug)]
pub struct Made {
    pub(super) row: Row,
    claimed: Option<(Model, First)>,
}

/// A run about to be written.
struct Draft {
    run: Model,
    events: Vec<Event>,
    /// Where it is claimed.
    first: Option<First>,
}

impl From<Row> for Made {
    /// A run that is none of ours to drive.
    fn from(row: Row) -> Self {
        Self { row, claimed: None }
    }
}

impl Made {
    /// Hands the run to this process's engine if it is claimed, once its transaction is committed.
    pub(super) fn hand_over(self, deps: &Deps, reservation: Option<Reservation>) -> Row {
        if let (Some((run, first)), Some(reservation)) = (self.claimed, reservation) {
            deps.slots.hand_over(run, Some(first), reservation);
        }
        self.row
    }
}

/// Makes the runs, in their order.
///
/// # Errors
/// `Internal` when the database fails.
pub(super) async fn make_all(deps: &Deps, tx: &Tx, plans: Vec<Plan>) -> Result<Vec<Made>> {
    if plans.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<_> = plans
        .iter()
        .map(|plan| (plan.owner, plan.session))
        .collect();
    let sessions = claim::granted(deps, tx, &wanted).await?;
    let drafts = plans
        .into_iter()
        .zip(sessions)
        .map(|(plan, session)| draft(deps, plan, session))
        .collect::<Result<Vec<_>>>()?;
    let runs: Vec<_> = drafts
        .iter()
        .map(|draft| (&draft.run, draft.events.as_slice()))
        .collect();
    let events = store::execution::insert_all(&**tx, &runs, deps.clock.now()).await?;
    tx.show(events);
    let attempts: Vec<_> = drafts
        .iter()
        .filter_map(|draft| draft.first.as_ref())
        .map(|(_, attempt)| (&attempt.log, attempt.log.started_seq))
        .collect();
    store::execution_log::insert_all(&**tx, &attempts).await?;
    let mut made = Vec::with_capacity(drafts.len());
    for Draft { run, first, .. } in drafts {
        if run.rerun_of.is_some() {
            older::keep_context(deps, tx, run.user_id, run.id).await?;
        }
        tx.ring(Hint::Changed {
            user_id: run.user_id,
            execution_id: run.id,
        });
        if first.is_none() {
            tx.ring(Hint::Due);
        }
        made.push(Made {
            row: store::execution::row(&run),
            claimed: first.map(|first| (run, first)),
        });
    }
    Ok(made)
}

/// A run with its first events: it is pending, then claimed and begun where a session is granted.
fn draft(deps: &Deps, plan: Plan, session: Option<Uuid>) -> Result<Draft> {
    let now = deps.clock.now();
    let position = Position::start(plan.first_stage);
    let (client_key, request_hash) = plan.client.unzip();
    let mut run = Model {
        id: deps.clock.new_id(),
        user_id: plan.owner,
        workflow_id: plan.workflow_id,
        revision_id: plan.revision_id,
        rerun_of: plan.rerun_of,
        client_key,
        request_hash,
        status: ExecutionStatus::Pending,
        status_reason: None,
        status_since: Some(now),
        error_message: None,
        execution_inputs: plan.inputs,
        initial_context: if deps.slots.are_beside_older() {
            plan.context.whole()
        } else {
            plan.context.kept()
        },
        from_stage_order: plan.from_stage_order,
        until_stage_order: plan.until_stage_order,
        current_stage_order: Some(position.stage_order),
        current_visit: position.visit,
        visit_failures: position.visit_failures,
        transport_failures: 0,
        judge_failures: 0,
        outage_since: None,
        outage_counts_until: None,
        outage_calls: 0,
        unreadable_verdicts: 0,
        stage_visits: position.stage_visits,
        pause_requested: false,
        next_run_at: None,
        lease_owner: None,
        lease_epoch: 0,
        crash_count: 0,
        let_go_count: 0,
        next_seq: 1,
        created_at: now,
        started_at: None,
        completed_at: None,
    };
    let mut events = vec![Event::ExecutionStatusChanged {
        status: run.status,
        previous_status: None,
        reason: None,
        workflow_id: run.workflow_id,
    }];
    let mut first = None;
    if let Some(session) = session {
        events.push(advance::claim(&mut run, session, now));
        claim::measure(0);
        let identity = (deps.clock.new_id(), now);
        let sources = Sources {
            definition: &plan.definition,
            inputs: &run.execution_inputs,
            context: &plan.context,
            feedback: None,
        };
        let mut attempt = advance::next_attempt(&run, sources, &|_, _| 0, identity)?;
        events.push(attempt.started());
        attempt.log.started_seq = number_after(&events) - 1;
        first = Some((plan.definition, attempt));
    }
    run.next_seq = number_after(&events);
    Ok(Draft { run, events, first })
}

/// The number of the event that follows these, a run's first ones.
fn number_after(events: &[Event]) -> i64 {
    1 + i64::try_from(events.len()).unwrap_or(i64::MAX - 1)
}

/// The ids of the revisions of workflows as they are now, made where there are none yet.
///
/// # Errors
/// `Internal` when the database fails.
pub(super) async fn pin_all(
    deps: &Deps,
    tx: &Tx,
    workflows: &[(&workflow::Model, &Arc<Definition>)],
) -> Result<Vec<Uuid>> {
    let mut wanted = HashMap::new();
    for (workflow, definition) in workflows {
        if let Entry::Vacant(vacant) = wanted.entry(workflow.id) {
            vacant.insert(revision(deps, workflow, definition)?);
        }
    }
    let mut ids = HashMap::with_capacity(wanted.len());
    let keys: Vec<_> = wanted
        .values()
        .map(|revision| {
            (
                revision.workflow_id,
                revision.version,
                revision.digest.as_str(),
            )
        })
        .collect();
    for (id, workflow) in store::revision::same(&**tx, &keys).await? {
        ids.insert(workflow, id);
    }
    for (workflow, revision) in wanted {
        if let Entry::Vacant(vacant) = ids.entry(workflow) {
            vacant.insert(revision.id);
            store::revision::insert(&**tx, revision).await?;
        }
    }
    workflows
        .iter()
        .map(|(workflow, _)| ids.get(&workflow.id).copied())
        .collect::<Option<_>>()
        .ok_or_else(|| Error::internal("a workflow was not pinned"))
}

fn revision(
    deps: &Deps,
    workflow: &workflow::Model,
    definition: &Definition,
) -> Result<workflow_revision::Model> {
    let value = serde_json::to_value(definition).map_err(Error::internal)?;
    Ok(workflow_revision::Model {
        id: deps.clock.new_id(),
        user_id: workflow.user_id,
        workflow_id: Some(workflow.id),
        version: workflow.version,
        digest: hex(&Sha256::digest(value.to_string())),
        definition: value,
    })
}

/// Bytes in lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
