//! Starting runs: checks first, then one transaction that pins the workflow, makes the run, and claims
//! it when this process has a free slot. Starts that come at the same time share a transaction.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::backlog::{self, Room};
use super::make::{Made, Plan, hex, make_all, pin_all};
use super::read_back;
use crate::domain::context::Context;
use crate::domain::definition::{self, Definition, Fault, Reach, Until};
use crate::domain::limit;
use crate::domain::provider;
use crate::domain::viewer::Viewer;
use crate::entity::execution::Row;
use crate::entity::workflow;
use crate::error::{Error, Result};
use crate::service::tx::Tx;
use crate::service::tx::group::{Command, Group, write_together};
use crate::service::{Deps, drive, stage};
use crate::store;

/// What to start.
#[derive(Clone, Debug)]
pub struct StartExecution {
    pub workflow_id: Uuid,
    /// An object; none is `{}`.
    pub inputs: Option<Value>,
    /// It ends once this stage has passed; none: at its end.
    pub until_stage_order: Option<i32>,
    /// Makes a repeated start answer with the first run.
    pub client_key: Option<String>,
}

/// A start on its way into a transaction.
#[derive(Debug)]
pub struct Start {
    owner: Uuid,
    workflow_id: Uuid,
    inputs: Value,
    until_stage_order: Option<i32>,
    client_key: Option<String>,
    hash: String,
    /// This process keeps a slot for the run, and would claim it under this session.
    session: Option<Uuid>,
    /// None when its owner may have no more runs that wait.
    room: Option<Room>,
}

/// What becomes of a start that is not refused.
#[derive(Clone, Copy)]
enum Decision {
    /// Its client key was used for this run before.
    Earlier(Uuid),
    /// It is the plan with this number.
    Planned(usize),
}

/// Owner and client key.
type ClientKey = (Uuid, String);

/// The live rows that starts are decided on, and what was decided so far.
struct Live {
    /// By owner and id.
    workflows: HashMap<(Uuid, Uuid), workflow::Model>,
    definitions: HashMap<Uuid, Arc<Definition>>,
    /// Runs that were started with these keys, with the hash of the request.
    earlier: HashMap<ClientKey, (Uuid, Option<String>)>,
}

/// Starts a run of a workflow.
///
/// # Errors
/// `NotFound`; `BadInput` when the workflow cannot run with these inputs; `Conflict` when the client
/// key was used for another request; `LimitExceeded` when too many runs are pending.
pub async fn start(deps: &Arc<Deps>, viewer: &Viewer, input: StartExecution) -> Result<Row> {
    let inputs = limit::object("inputs", input.inputs.unwrap_or_else(|| json!({})))?;
    let client_key = match input.client_key {
        Some(key) => Some(limit::name("clientKey", &key)?),
        None => None,
    };
    let reservation = deps.slots.reserve();
    let start = Start {
        owner: viewer.user_id,
        workflow_id: input.workflow_id,
        hash: request_hash(input.workflow_id, &inputs, input.until_stage_order),
        inputs,
        until_stage_order: input.until_stage_order,
        client_key,
        session: reservation.as_ref().map(drive::Reservation::session),
        room: backlog::take_room(deps, viewer.user_id).await?,
    };
    let (_, made) = write_together(deps, start).await?;
    Ok(made.hand_over(deps, reservation))
}

impl Command for Start {
    type Answer = Made;

    /// Whoever asked decides whether to ask again; a clientKey makes that safe.
    const OUTLASTS: bool = false;

    fn group(deps: &Deps) -> &Group<Self> {
        &deps.starts
    }

    async fn write(deps: &Deps, tx: &Tx, starts: &[Self]) -> Result<Vec<Result<Made>>> {
        let live = Live::read(deps, tx, starts).await?;
        let mut planned = Vec::new();
        let mut keys = HashMap::new();
        let mut decisions = Vec::with_capacity(starts.len());
        for start in starts {
            decisions.push(live.decide(deps, start, &mut planned, &mut keys));
        }
        let plans = live.plans(deps, tx, &planned).await?;
        let mut made = make_all(deps, tx, plans).await?;
        let mut answers = Vec::with_capacity(starts.len());
        for (start, decision) in starts.iter().zip(decisions) {
            answers.push(match decision {
                Err(error) => Err(error),
                Ok(Decision::Earlier(id)) => Ok(read_back(tx, start.owner, id).await?.into()),
                // Whoever repeats a start only hears of it: the first one hands the run over.
                Ok(Decision::Planned(number)) => {
                    let repeated = made[number].row.clone().into();
                    Ok(std::mem::replace(&mut made[number], repeated))
                }
            });
        }
        Ok(answers)
    }
}

impl Live {
    async fn read(deps: &Deps, tx: &Tx, starts: &[Start]) -> Result<Self> {
        let owners: Vec<_> = starts.iter().map(|start| start.owner).collect();
        let ids: Vec<_> = starts.iter().map(|start| start.workflow_id).collect();
        // Locking the workflows first makes one run of concurrent starts with one key.
        let workflows = store::workflow::lock_all(&**tx, &owners, &ids).await?;
        let keys: Vec<_> = starts
            .iter()
            .filter_map(|start| Some((start.owner, start.client_key.clone()?)))
            .collect();
        let earlier = store::execution::by_client_keys(&**tx, &keys).await?;
        Ok(Self {
            definitions: stage::pinned_all(deps, tx, &workflows).await?,
            workflows: workflows
                .into_iter()
                .map(|workflow| ((workflow.user_id, workflow.id), workflow))
                .collect(),
            earlier,
        })
    }

    /// Decides a start after those that are planned, with their keys, already.
    fn decide<'a>(
        &self,
        deps: &Deps,
        start: &'a Start,
        planned: &mut Vec<&'a Start>,
        keys: &mut HashMap<ClientKey, usize>,
    ) -> Result<Decision> {
        let key = start.client_key.clone().map(|key| (start.owner, key));
        if let Some((id, hash)) = key.as_ref().and_then(|key| self.earlier.get(key)) {
            start.repeats(hash.as_deref(), &format!("execution {id}"))?;
            return Ok(Decision::Earlier(*id));
        }
        let (_, definition) = self.workflow_of(start)?;
        if let Some(number) = key.as_ref().and_then(|key| keys.get(key)) {
            start.repeats(Some(&planned[*number].hash), "an execution")?;
            return Ok(Decision::Planned(*number));
        }
        if start.room.is_none() {
            return Err(backlog::full(deps));
        }
        let until = until(definition, start.until_stage_order, None)?;
        let first = definition.first().unwrap_or_default();
        check(deps, definition, &start.inputs, (first, until))?;
        let number = planned.len();
        planned.push(start);
        keys.extend(key.map(|key| (key, number)));
        Ok(Decision::Planned(number))
    }

    async fn plans(&self, deps: &Deps, tx: &Tx, planned: &[&Start]) -> Result<Vec<Plan>> {
        let workflows = planned
            .iter()
            .map(|start| self.workflow_of(start))
            .collect::<Result<Vec<_>>>()?;
        let revisions = pin_all(deps, tx, &workflows).await?;
        let plans = planned.iter().zip(workflows).zip(revisions);
        Ok(plans
            .map(|((start, (workflow, definition)), revision_id)| Plan {
                owner: start.owner,
                workflow_id: Some(workflow.id),
                revision_id,
                definition: Arc::clone(definition),
                rerun_of: None,
                client: start
                    .client_key
                    .clone()
                    .map(|key| (key, start.hash.clone())),
                inputs: start.inputs.clone(),
                context: Context::default(),
                first_stage: definition.first().unwrap_or_default(),
                from_stage_order: None,
                until_stage_order: start.until_stage_order,
                session: start.session,
            })
            .collect())
    }

    fn workflow_of(&self, start: &Start) -> Result<(&workflow::Model, &Arc<Definition>)> {
        let workflow = self.workflows.get(&(start.owner, start.workflow_id));
        let definition = self.definitions.get(&start.workflow_id);
        workflow
            .zip(definition)
            .ok_or_else(|| Error::not_found("workflow", start.workflow_id))
    }
}

impl Start {
    /// Is this the request again that its client key was used for?
    fn repeats(&self, hash: Option<&str>, what: &str) -> Result<()> {
        if hash == Some(&self.hash) {
            return Ok(());
        }
        let key = self.client_key.as_deref().unwrap_or_default();
        Err(Error::conflict(format!(
            "clientKey {key} was used to make {what} by another request"
        )))
    }
}

/// The stage whose pass is to end a run.
///
/// # Errors
/// `BadInput` on `untilStageOrder` when there is no such stage.
pub(super) fn until(
    definition: &Definition,
    until: Option<i32>,
    from: Option<i32>,
) -> Result<Option<Until>> {
    let unknown = until.filter(|order| definition.stage(*order).is_none());
    match unknown {
        None => Ok(Until::of(until, from)),
        Some(order) => {
            let there = definition
                .stages
                .iter()
                .map(|stage| stage.stage_order.to_string());
            let there: Vec<_> = there.collect();
            Err(Error::bad_input(
                "untilStageOrder",
                format!(
                    "{order} is no stage of this workflow: there are {}",
                    there.join(", ")
                ),
            ))
        }
    }
}

/// Everything that must hold before a run may begin that begins at a stage and may end before its end.
pub(super) fn check(
    deps: &Deps,
    definition: &Definition,
    inputs: &Value,
    (from, until): (i32, Option<Until>),
) -> Result<()> {
    let reach = Reach::of(definition, from, until);
    definition::check_start(definition, inputs, &reach)
        .map_err(|fault| refuse(definition, fault))?;
    let mut asked = definition
        .providers()
        .filter(|(index, ..)| reach.has(definition.stages[*index].stage_order));
    let unconfigured = asked.find(|(.., provider)| !deps.providers.contains(*provider));
    if let Some((index, field, provider)) = unconfigured {
        let stage = &definition.stages[index];
        let remedy = provider::how_to_configure(provider);
        return Err(Error::bad_input(
            format!("stages[{index}].{field}"),
            format!(
                "{}: its model needs the provider {provider}, which is not configured on this server: {remedy}",
                stage.label()
            ),
        ));
    }
    drive::older::refuse_until(deps, until)?;
    drive::older::refuse_unread(deps, definition)
}

pub(super) fn refuse(definition: &Definition, fault: Fault) -> Error {
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

fn request_hash(workflow_id: Uuid, inputs: &Value, until: Option<i32>) -> String {
    let mut request = json!({ "workflowId": workflow_id, "inputs": inputs });
    // What was asked before there was more to ask keeps its hash.
    if let Some(until) = until {
        request["untilStageOrder"] = until.into();
    }
    hex(&Sha256::digest(request.to_string()))
}
