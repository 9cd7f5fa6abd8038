//! Running an ended run again, from its start or from one of its stages.

use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::backlog::{self, Room};
use super::make::{Made, Plan, hex, make_all, pin_all};
use super::start::{check, refuse, until};
use super::{KIND, read_back};
use crate::domain::context::Context;
use crate::domain::definition::{self, Definition, Reach, Until};
use crate::domain::limit;
use crate::domain::viewer::Viewer;
use crate::entity::execution::{Model, Row};
use crate::error::{Error, Result};
use crate::service::tx::{self, Tx};
use crate::service::{Deps, drive, load, stage};
use crate::store;

/// What to run again.
#[derive(Clone, Debug)]
pub struct RerunExecution {
    pub execution_id: Uuid,
    /// None: from the start.
    pub from_stage_order: Option<i32>,
    /// Take the workflow as it is now, not as the first run pinned it.
    pub use_latest_version: bool,
    /// It ends once this stage has passed; none: at its end.
    pub until_stage_order: Option<i32>,
    /// None: those of the first run.
    pub inputs: Option<Value>,
    /// Makes a repeated rerun answer with the run that the first one made.
    pub client_key: Option<String>,
}

/// Runs an ended run again, from its start or from one of its stages.
///
/// # Errors
/// `NotFound`; `Conflict` while the first run is active, or when the client key was used for another
/// request; `BadInput` when it cannot run so; `LimitExceeded` when too many runs are pending.
pub async fn rerun(deps: &Deps, viewer: &Viewer, input: RerunExecution) -> Result<Row> {
    let inputs = match input.inputs {
        Some(inputs) => Some(limit::object("inputs", inputs)?),
        None => None,
    };
    let client_key = match input.client_key {
        Some(key) => Some(limit::name("clientKey", &key)?),
        None => None,
    };
    let input = RerunExecution {
        inputs,
        client_key,
        ..input
    };
    let hash = request_hash(&input);
    let reservation = deps.slots.reserve();
    let session = reservation.as_ref().map(drive::Reservation::session);
    let request = &Request {
        owner: viewer.user_id,
        input: &input,
        hash: &hash,
        session,
        room: backlog::take_room(deps, viewer.user_id).await?,
    };
    let write = || tx::write(deps, |tx| async move { request.write(deps, &tx).await });
    let made = match write().await {
        // Another request with the same key was committed meanwhile: now its run is found.
        Err(error) if input.client_key.is_some() && store::is_taken(&error) => write().await,
        made => made,
    };
    let made = made.inspect_err(|error| drive::unclaimed(deps, session, error))?;
    Ok(made.hand_over(deps, reservation))
}

/// A rerun on its way into a transaction.
struct Request<'a> {
    owner: Uuid,
    input: &'a RerunExecution,
    hash: &'a str,
    /// This process keeps a slot for the run, and would claim it under this session.
    session: Option<Uuid>,
    /// None when its owner may have no more runs that wait.
    room: Option<Room>,
}

impl Request<'_> {
    async fn write(&self, deps: &Deps, tx: &Tx) -> Result<Made> {
        let client = self
            .input
            .client_key
            .clone()
            .map(|key| (key, self.hash.to_owned()));
        if let Some((key, hash)) = &client {
            let keys = [(self.owner, key.clone())];
            let earlier = store::execution::by_client_keys(&**tx, &keys).await?;
            if let Some((id, used_for)) = earlier.into_values().next() {
                if used_for.as_ref() != Some(hash) {
                    return Err(Error::conflict(format!(
                        "clientKey {key} was used to make execution {id} by another request"
                    )));
                }
                return Ok(read_back(tx, self.owner, id).await?.into());
            }
        }
        if self.room.is_none() {
            return Err(backlog::full(deps));
        }
        let plan = Plan {
            client,
            session: self.session,
            ..plan(deps, tx, self.owner, self.input).await?
        };
        one(make_all(deps, tx, vec![plan]).await?, "a run was not made")
    }
}

async fn plan(deps: &Deps, tx: &Tx, owner: Uuid, input: &RerunExecution) -> Result<Plan> {
    let first = store::execution::hold(&**tx, owner, input.execution_id)
        .await?
        .ok_or_else(|| Error::not_found(KIND, input.execution_id))?;
    if !first.status.is_terminal() {
        return Err(Error::conflict(format!(
            "execution {} is {}: only an ended run can be run again",
            first.id,
            first.status.as_str()
        )));
    }
    let inputs = input.inputs.clone();
    let inputs = inputs.unwrap_or_else(|| first.execution_inputs.clone());
    let (revision_id, definition) = if input.use_latest_version {
        latest(deps, tx, (owner, &first), (&inputs, input)).await?
    } else {
        let definition = load::definition(&**tx, owner, first.revision_id).await?;
        let (from, until) = stretch(&definition, input)?;
        if first.until_stage_order.is_some() {
            // What it did not come to was not asked to be ready.
            check(deps, &definition, &inputs, (from, until))?;
        }
        let reach = Reach::of(&definition, from, until);
        definition::check_placeholders(&definition, &inputs, &reach)
            .map_err(|fault| refuse(&definition, fault))?;
        drive::older::refuse_until(deps, until)?;
        drive::older::refuse_unread(deps, &definition)?;
        (first.revision_id, Arc::new(definition))
    };
    let (first_stage, context) = match input.from_stage_order {
        None => (definition.first().unwrap_or_default(), Context::default()),
        Some(order) => (order, taken_over(tx, &first, (&definition, order)).await?),
    };
    Ok(Plan {
        owner,
        workflow_id: workflow_of(tx, &first).await?,
        revision_id,
        definition,
        rerun_of: Some(first.id),
        client: None,
        inputs,
        context,
        first_stage,
        from_stage_order: input.from_stage_order,
        until_stage_order: input.until_stage_order,
        session: None,
    })
}

/// Where the run is to begin, and which stage's pass ends it.
fn stretch(definition: &Definition, input: &RerunExecution) -> Result<(i32, Option<Until>)> {
    let from = input.from_stage_order;
    let until = until(definition, input.until_stage_order, from)?;
    let from = from.or_else(|| definition.first());
    Ok((from.unwrap_or_default(), until))
}

/// What a run begins with that goes on at `order` of a definition: what the first one had when that stage was last
/// started. A stage is the same by its id, whatever its order was then; what one has brought that is gone is left out.
async fn taken_over(
    tx: &Tx,
    first: &Model,
    (definition, order): (&Definition, i32),
) -> Result<Context> {
    let stage = definition.stage(order).ok_or_else(|| {
        from_stage(format!(
            "stage {order} does not exist in the version that is to run"
        ))
    })?;
    let (owner, origin) = (first.user_id, store::execution::origin(first));
    let pinned = load::definition(&**tx, owner, first.revision_id).await?;
    let was = pinned.stages.iter().find(|was| was.id == stage.id);
    let context = match was {
        Some(was) => store::context::before(&**tx, owner, &origin, was.stage_order).await?,
        None => None,
    };
    let context = context.ok_or_else(|| {
        from_stage(format!(
            "{} was not started in execution {}",
            stage.label(),
            first.id
        ))
    })?;
    Ok(as_in(context, &pinned, definition))
}

/// The context of a run as its stages are in another definition, by their ids; what one has brought that is gone is left out.
pub(in crate::service) fn as_in(
    context: Context,
    pinned: &Definition,
    definition: &Definition,
) -> Context {
    context.moved(|old| {
        let id = pinned.stage(old)?.id;
        let now = definition.stages.iter().find(|stage| stage.id == id)?;
        Some(now.stage_order)
    })
}

/// The workflow that the new run belongs to: none when that of the first run is deleted.
async fn workflow_of(tx: &Tx, first: &Model) -> Result<Option<Uuid>> {
    let Some(id) = first.workflow_id else {
        return Ok(None);
    };
    let is_there = store::workflow::hold(&**tx, first.user_id, id).await?;
    Ok(is_there.then_some(id))
}

/// The workflow of the first run as it is now: its revision and what that pins.
async fn latest(
    deps: &Deps,
    tx: &Tx,
    (owner, first): (Uuid, &Model),
    (inputs, input): (&Value, &RerunExecution),
) -> Result<(Uuid, Arc<Definition>)> {
    let gone = || Error::not_found("workflow", first.workflow_id.unwrap_or_default());
    let id = first.workflow_id.ok_or_else(gone)?;
    let workflow = store::workflow::lock(&**tx, owner, id)
        .await?
        .ok_or_else(gone)?;
    let definitions = stage::pinned_all(deps, tx, std::slice::from_ref(&workflow)).await?;
    let definition = definitions.get(&id).ok_or_else(gone)?;
    check(deps, definition, inputs, stretch(definition, input)?)?;
    let revisions = pin_all(deps, tx, &[(&workflow, definition)]).await?;
    let revision = one(revisions, "a workflow was not pinned")?;
    Ok((revision, Arc::clone(definition)))
}

/// What was asked for, whatever the run is that it is asked of.
fn request_hash(input: &RerunExecution) -> String {
    let mut request = json!({
        "rerunOf": input.execution_id,
        "fromStageOrder": input.from_stage_order,
        "useLatestVersion": input.use_latest_version,
        "inputs": input.inputs,
    });
    // What was asked before there was more to ask keeps its hash.
    if let Some(until) = input.until_stage_order {
        request["untilStageOrder"] = until.into();
    }
    hex(&Sha256::digest(request.to_string()))
}

fn one<T>(mut all: Vec<T>, otherwise: &str) -> Result<T> {
    all.pop().ok_or_else(|| Error::internal(otherwise))
}

fn from_stage(message: String) -> Error {
    Error::bad_input("fromStageOrder", message)
}
