//! Starting runs, anew or again: checks first, then one transaction that pins the workflow, makes
//! the run, and claims it when this process has a free slot.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{KIND, claim_now, hand_over, read_back};
use crate::domain::definition::{self, Definition, Fault};
use crate::domain::event::Event;
use crate::domain::limit;
use crate::domain::output::OutputVariables;
use crate::domain::progress::{Position, with_output};
use crate::domain::status::{ExecutionStatus, ValidationResult};
use crate::domain::viewer::Viewer;
use crate::entity::execution::{Model, Row};
use crate::entity::{execution_log, workflow_revision};
use crate::error::{Error, Result};
use crate::events::hint::Hint;
use crate::service::tx::{self, Tx};
use crate::service::{Deps, drive, load, stage};
use crate::store;

/// What to start.
#[derive(Clone, Debug)]
pub struct StartExecution {
    pub workflow_id: Uuid,
    /// An object; none is `{}`.
    pub inputs: Option<Value>,
    /// Makes a repeated start answer with the first run.
    pub client_key: Option<String>,
}

/// What to run again.
#[derive(Clone, Debug)]
pub struct RerunExecution {
    pub execution_id: Uuid,
    /// None: from the start.
    pub from_stage_order: Option<i32>,
    /// Take the workflow as it is now, not as the first run pinned it.
    pub use_latest_version: bool,
    /// None: those of the first run.
    pub inputs: Option<Value>,
}

/// Starts a run of a workflow.
///
/// # Errors
/// `NotFound`; `BadInput` when the workflow cannot run with these inputs; `Conflict` when the client
/// key was used for another request.
pub async fn start(deps: &Deps, viewer: &Viewer, input: StartExecution) -> Result<Row> {
    let inputs = limit::object("inputs", input.inputs.unwrap_or_else(|| json!({})))?;
    let client_key = match input.client_key {
        Some(key) => Some(limit::name("clientKey", &key)?),
        None => None,
    };
    let request = Request {
        workflow_id: input.workflow_id,
        hash: request_hash(input.workflow_id, &inputs),
        inputs,
        client_key,
    };
    let reservation = deps.worker.reserve();
    let session = reservation.as_ref().map(drive::Reservation::session);
    let request = &request;
    let (row, claimed) = tx::write(deps, |tx| async move {
        start_in(deps, &tx, viewer, request, session).await
    })
    .await?;
    hand_over(deps, claimed, reservation);
    Ok(row)
}

/// Runs an ended run again, from its start or from one of its stages.
///
/// # Errors
/// `NotFound`; `Conflict` while the first run is active; `BadInput` when it cannot run so.
pub async fn rerun(deps: &Deps, viewer: &Viewer, input: RerunExecution) -> Result<Row> {
    let inputs = match input.inputs.clone() {
        Some(inputs) => Some(limit::object("inputs", inputs)?),
        None => None,
    };
    let reservation = deps.worker.reserve();
    let session = reservation.as_ref().map(drive::Reservation::session);
    let (input, inputs) = (&input, &inputs);
    let (row, claimed) = tx::write(deps, |tx| async move {
        rerun_in(deps, &tx, viewer, (input, inputs.clone()), session).await
    })
    .await?;
    hand_over(deps, claimed, reservation);
    Ok(row)
}

struct Request {
    workflow_id: Uuid,
    inputs: Value,
    client_key: Option<String>,
    hash: String,
}

/// A run about to be made.
struct Plan {
    workflow_id: Option<Uuid>,
    revision_id: Uuid,
    rerun_of: Option<Uuid>,
    client: Option<(String, String)>,
    inputs: Value,
    context: Value,
    first_stage: i32,
}

async fn start_in(
    deps: &Deps,
    tx: &Tx,
    viewer: &Viewer,
    request: &Request,
    session: Option<Uuid>,
) -> Result<(Row, Option<Model>)> {
    let owner = viewer.user_id;
    // Locking the workflow first makes one run of concurrent starts with one key.
    let workflow = store::workflow::lock(&**tx, owner, request.workflow_id).await?;
    if let Some(key) = &request.client_key
        && let Some((id, hash)) = store::execution::by_client_key(&**tx, owner, key).await?
    {
        if hash.as_deref() != Some(&request.hash) {
            return Err(Error::conflict(format!(
                "clientKey {key} was used to start execution {id} with other inputs"
            )));
        }
        return Ok((read_back(tx, owner, id).await?, None));
    }
    let workflow = workflow.ok_or_else(|| Error::not_found("workflow", request.workflow_id))?;
    let definition = stage::pinned(tx, owner, workflow.id).await?;
    check(deps, &definition, &request.inputs)?;
    let plan = Plan {
        workflow_id: Some(workflow.id),
        revision_id: pin(
            deps,
            tx,
            (owner, workflow.id, workflow.version),
            &definition,
        )
        .await?,
        rerun_of: None,
        client: request
            .client_key
            .clone()
            .map(|key| (key, request.hash.clone())),
        inputs: request.inputs.clone(),
        context: json!({}),
        first_stage: definition.first().unwrap_or_default(),
    };
    make(deps, tx, owner, plan, session).await
}

async fn rerun_in(
    deps: &Deps,
    tx: &Tx,
    viewer: &Viewer,
    (input, inputs): (&RerunExecution, Option<Value>),
    session: Option<Uuid>,
) -> Result<(Row, Option<Model>)> {
    let owner = viewer.user_id;
    let first = store::execution::find_whole(&**tx, owner, input.execution_id)
        .await?
        .ok_or_else(|| Error::not_found(KIND, input.execution_id))?;
    if !first.status.is_terminal() {
        return Err(Error::conflict(format!(
            "execution {} is {}: only an ended run can be run again",
            first.id,
            first.status.as_str()
        )));
    }
    let inputs = inputs.unwrap_or_else(|| first.execution_inputs.clone());
    let (revision_id, definition) = if input.use_latest_version {
        latest(deps, tx, owner, &first, &inputs).await?
    } else {
        let definition = load::definition(&**tx, owner, first.revision_id).await?;
        definition::check_placeholders(&definition, &inputs)
            .map_err(|fault| refuse(&definition, fault))?;
        (first.revision_id, definition)
    };
    let (first_stage, context) = match input.from_stage_order {
        None => (definition.first().unwrap_or_default(), json!({})),
        Some(order) => {
            let history = store::execution_log::history(&**tx, owner, first.id).await?;
            let pinned = load::definition(&**tx, owner, first.revision_id).await?;
            let context = context_before(&first, &pinned, &history, order).ok_or_else(|| {
                from_stage(format!(
                    "stage {order} was not started in execution {}",
                    first.id
                ))
            })?;
            if definition.stage(order).is_none() {
                return Err(from_stage(format!(
                    "stage {order} does not exist in the version that is to run"
                )));
            }
            (order, context)
        }
    };
    let plan = Plan {
        workflow_id: first.workflow_id,
        revision_id,
        rerun_of: Some(first.id),
        client: None,
        inputs,
        context,
        first_stage,
    };
    make(deps, tx, owner, plan, session).await
}

async fn latest(
    deps: &Deps,
    tx: &Tx,
    owner: Uuid,
    first: &Model,
    inputs: &Value,
) -> Result<(Uuid, Definition)> {
    let gone = || Error::not_found("workflow", first.workflow_id.unwrap_or_default());
    let id = first.workflow_id.ok_or_else(gone)?;
    let workflow = store::workflow::lock(&**tx, owner, id)
        .await?
        .ok_or_else(gone)?;
    let definition = stage::pinned(tx, owner, id).await?;
    check(deps, &definition, inputs)?;
    let pinned = pin(deps, tx, (owner, id, workflow.version), &definition).await?;
    Ok((pinned, definition))
}

/// Everything that must hold before a run may begin.
fn check(deps: &Deps, definition: &Definition, inputs: &Value) -> Result<()> {
    definition::check_start(definition, inputs).map_err(|fault| refuse(definition, fault))?;
    let unconfigured = definition
        .providers()
        .find(|(_, provider)| !deps.providers.contains(*provider));
    if let Some((index, provider)) = unconfigured {
        let stage = &definition.stages[index];
        return Err(Error::bad_input(
            format!("stages[{index}].modelId"),
            format!(
                "{}: its model needs the provider {provider}, which is not configured on this server: set {}",
                stage.label(),
                crate::domain::model::settings_of(provider)
            ),
        ));
    }
    Ok(())
}

fn refuse(definition: &Definition, fault: Fault) -> Error {
    let field = match fault.index.and_then(|index| definition.stages.get(index)) {
        Some(_) => format!(
            "stages[{}].{}",
            fault.index.unwrap_or_default(),
            fault.field
        ),
        None => fault.field,
    };
    Error::bad_input(field, fault.message)
}

fn from_stage(message: String) -> Error {
    Error::bad_input("fromStageOrder", message)
}

/// The id of the revision of the workflow as it is now, made when there is none yet.
async fn pin(
    deps: &Deps,
    tx: &Tx,
    (owner, workflow, version): (Uuid, Uuid, i32),
    definition: &Definition,
) -> Result<Uuid> {
    let value = serde_json::to_value(definition).map_err(Error::internal)?;
    let digest = hex(&Sha256::digest(value.to_string()));
    if let Some(id) = store::revision::same(&**tx, workflow, version, &digest).await? {
        return Ok(id);
    }
    let revision = workflow_revision::Model {
        id: deps.clock.new_id(),
        user_id: owner,
        workflow_id: Some(workflow),
        version,
        digest,
        definition: value,
    };
    let id = revision.id;
    store::revision::insert(&**tx, revision).await?;
    Ok(id)
}

async fn make(
    deps: &Deps,
    tx: &Tx,
    owner: Uuid,
    plan: Plan,
    session: Option<Uuid>,
) -> Result<(Row, Option<Model>)> {
    let now = deps.clock.now();
    let position = Position::start(plan.first_stage);
    let (client_key, request_hash) = plan.client.unzip();
    let run = Model {
        id: deps.clock.new_id(),
        user_id: owner,
        workflow_id: plan.workflow_id,
        revision_id: plan.revision_id,
        rerun_of: plan.rerun_of,
        client_key,
        request_hash,
        status: ExecutionStatus::Pending,
        status_reason: None,
        error_message: None,
        execution_inputs: plan.inputs,
        initial_context: plan.context.clone(),
        execution_context: plan.context,
        current_stage_order: Some(position.stage_order),
        current_visit: position.visit,
        visit_failures: position.visit_failures,
        transport_failures: position.transport_failures,
        stage_visits: position.stage_visits,
        pause_requested: false,
        next_run_at: None,
        lease_owner: None,
        lease_epoch: 0,
        crash_count: 0,
        next_seq: 2,
        created_at: now,
        started_at: None,
        completed_at: None,
    };
    let created = Event::ExecutionStatusChanged {
        status: run.status,
        previous_status: None,
        reason: None,
        workflow_id: run.workflow_id,
    };
    store::execution::insert(&**tx, run.clone(), &[created], now).await?;
    let claimed = claim_now(deps, tx, run.clone(), session).await?;
    if claimed.is_none() {
        tx.ring(Hint::Due);
    }
    tx.ring(Hint::Changed {
        user_id: owner,
        execution_id: run.id,
    });
    Ok((read_back(tx, owner, run.id).await?, claimed))
}

/// The context as it was when the stage at `order` was last started, or none when it never was. Built
/// from what the run began with and the verdicts that ended visits before then.
fn context_before(
    run: &Model,
    pinned: &Definition,
    history: &[execution_log::Model],
    order: i32,
) -> Option<Value> {
    let last = history.iter().rposition(|log| log.stage_order == order)?;
    let mut context = run.initial_context.clone();
    for (index, log) in history[..last].iter().enumerate() {
        let next_of_stage = history[index + 1..]
            .iter()
            .find(|later| later.stage_order == log.stage_order);
        let ended_visit = next_of_stage.is_none_or(|later| later.visit != log.visit);
        let verdict = match log.validation_result {
            ValidationResult::Pass | ValidationResult::Fail => true,
            ValidationResult::Pending | ValidationResult::Error => false,
        };
        if verdict
            && ended_visit
            && let Some((raw, value)) = output_of(log, pinned)
        {
            context = with_output(context, log.stage_order, &value, &raw);
        }
    }
    Some(context)
}

/// What an attempt left in the context: the model's output, or what a person put in its place.
fn output_of(log: &execution_log::Model, pinned: &Definition) -> Option<(String, Value)> {
    let Some(edited) = &log.edited_output else {
        return Some((log.raw_output.clone()?, log.parsed_output.clone()?));
    };
    let stage = pinned.stage(log.stage_order)?;
    let variables = OutputVariables::parse(stage.output_variables.as_ref()).ok()?;
    Some((edited.clone(), variables.read(edited).ok()?))
}

fn request_hash(workflow_id: Uuid, inputs: &Value) -> String {
    let request = json!({ "workflowId": workflow_id, "inputs": inputs });
    hex(&Sha256::digest(request.to_string()))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
