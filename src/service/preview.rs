//! What a stage would send, with the values of a run or others. Nothing is called and nothing is written.

use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use super::execution::{KIND, as_in};
use super::problem::{self, Draft};
use super::{Deps, drive, load};
use crate::domain::context::Context;
use crate::domain::definition::{Definition, FOR_EACH, PROMPT, Stage};
use crate::domain::feedback::Feedback;
use crate::domain::key::Keys;
use crate::domain::limit;
use crate::domain::lineage::Used;
use crate::domain::problem::{Problem, Severity};
use crate::domain::progress::{Messages, Prepared, prepare};
use crate::domain::source::{Found, Places, SourcePath};
use crate::domain::viewer::Viewer;
use crate::error::{Error, Result};
use crate::service::drive::advance::{Sources, Which, prepare_item};
use crate::store;

/// What to look at.
#[derive(Clone, Debug)]
pub struct PreviewStage {
    pub of: Of,
    pub stage_order: i32,
    /// The run whose inputs and outputs are the values.
    pub execution_id: Option<Uuid>,
    /// Values of inputs over that run's.
    pub inputs: Option<Value>,
    /// Which item of the stage's list, from 0.
    pub item_index: usize,
    /// As after the last failure that counted.
    pub retry: bool,
}

/// Whose stage it is.
#[derive(Clone, Debug)]
pub enum Of {
    Workflow(Uuid),
    Draft(Draft),
}

/// What a stage would send.
#[derive(Clone, Debug)]
pub struct Preview {
    /// None where nothing can be made.
    pub messages: Option<Messages>,
    /// With their values.
    pub variables: Vec<(Used, Option<Value>)>,
    /// Those of the stage, and why nothing can be made.
    pub problems: Vec<Problem>,
}

/// The values that a stage would be given.
struct Values {
    inputs: Value,
    context: Context,
    feedback: Option<Feedback>,
}

/// What a stage would send.
///
/// # Errors
/// `NotFound` for the workflow or the run; `BadInput` when there is no such stage or item, or for inputs that are no object;
/// `LimitExceeded` for a draft that is too large; `Internal` when the database fails.
pub async fn of_stage(deps: &Deps, viewer: &Viewer, input: PreviewStage) -> Result<Preview> {
    let (definition, problems) = match input.of {
        Of::Workflow(id) => {
            let db = deps.store.reader();
            let found = store::workflow::by_ids(db, viewer.user_id, &[id]).await?;
            if found.is_empty() {
                return Err(Error::not_found("workflow", id));
            }
            let mut definitions = problem::definitions(deps, viewer.user_id, &[id]).await?;
            let definition = definitions
                .remove(&id)
                .unwrap_or_else(|| Definition::of(Vec::new()));
            let definition = Arc::new(definition);
            let problems = problem::of_definition(deps, Arc::clone(&definition)).await?;
            (definition, problems)
        }
        Of::Draft(draft) => problem::pinned_draft(deps, viewer, draft).await?,
    };
    let stage = definition.stage(input.stage_order).ok_or_else(|| {
        let message = format!("{} is no stage of this workflow", input.stage_order);
        Error::bad_input("stageOrder", message)
    })?;
    let given = match input.inputs {
        Some(inputs) => Some(limit::object("inputs", inputs)?),
        None => None,
    };
    let which = (input.item_index, input.retry);
    let mut values = match input.execution_id {
        Some(id) => values_of(deps, viewer, id, (&definition, stage), which).await?,
        None => Values {
            inputs: Value::Object(serde_json::Map::new()),
            context: Context::default(),
            feedback: None,
        },
    };
    if let (Value::Object(inputs), Some(Value::Object(given))) = (&mut values.inputs, given) {
        inputs.extend(given);
    }
    if input.retry && values.feedback.is_none() {
        values.feedback = Some(Feedback::default());
    }
    let problems = problems
        .into_iter()
        .filter(|problem| problem.stage_order == Some(stage.stage_order));
    let mut preview = rendered(&definition, stage, &values, input.item_index)?;
    preview.problems.extend(problems);
    Ok(preview)
}

/// The values that the stage had when it was last started in a run, or would have now.
async fn values_of(
    deps: &Deps,
    viewer: &Viewer,
    id: Uuid,
    (definition, stage): (&Definition, &Stage),
    (item_index, retry): (usize, bool),
) -> Result<Values> {
    let db = deps.store.reader();
    let run = store::execution::whole(db, viewer.user_id, id).await?;
    let run = run.ok_or_else(|| Error::not_found(KIND, id))?;
    let pinned = load::definition(db, viewer.user_id, run.revision_id).await?;
    let origin = store::execution::origin(&run);
    let was = pinned.stages.iter().find(|was| was.id == stage.id);
    let before = match was {
        Some(was) => store::context::before(db, viewer.user_id, &origin, was.stage_order).await?,
        None => None,
    };
    let context = if let Some(context) = before {
        context
    } else {
        let now = store::context::of(db, viewer.user_id, &[origin]).await?;
        now.into_values().next().unwrap_or_default()
    };
    let feedback = match was.filter(|_| retry) {
        Some(was) => {
            let item = stage.for_each.as_ref().and(i32::try_from(item_index).ok());
            let of = (was.stage_order, item);
            let failure = store::execution_log::last_failure(db, viewer.user_id, id, of).await?;
            failure.map(drive::feedback::left)
        }
        None => None,
    };
    Ok(Values {
        inputs: run.execution_inputs,
        context: as_in(context, &pinned, definition),
        feedback,
    })
}

/// What is made of these values.
fn rendered(
    definition: &Definition,
    stage: &Stage,
    values: &Values,
    item_index: usize,
) -> Result<Preview> {
    let keys = definition.keys();
    let places = Places::new(
        &values.inputs,
        &values.context,
        definition.template_syntax.nulls(),
    );
    let sources = Sources {
        definition,
        inputs: &values.inputs,
        context: &values.context,
        feedback: values.feedback.as_ref(),
    };
    let items = match stage.each(&keys).map(|each| each.items(&places)) {
        None => None,
        Some(Ok(items)) => Some(items),
        Some(Err(why)) => return Ok(nothing(stage, FOR_EACH, &why)),
    };
    let prepared = match &items {
        None => prepare(definition, stage, &places, sources.feedback),
        Some(items) if items.is_empty() => {
            let why = "runs over an empty list here, which passes without a call";
            return Ok(nothing(stage, FOR_EACH, why));
        }
        Some(items) => {
            let which = which(items, item_index)?;
            if which.item.is_null() {
                let why = "is null here, which passes without a call";
                return Ok(nothing(stage, FOR_EACH, why));
            }
            prepare_item(stage, sources, which)
        }
    };
    Ok(shown(stage, prepared, &places))
}

/// The item of a list that is looked at.
fn which(items: &[Value], index: usize) -> Result<Which<'_>> {
    let at = i32::try_from(index).ok();
    let item = items.get(index).zip(at);
    let (item, index) = item.ok_or_else(|| {
        let message = format!("{index} is no place in the list, which has {}", items.len());
        Error::bad_input("itemIndex", message)
    })?;
    Ok(Which {
        item,
        index,
        count: items.len(),
    })
}

fn shown(stage: &Stage, prepared: Prepared, places: &Places<'_>) -> Preview {
    let values = prepared.shown();
    // Turns that are taken from elsewhere have no variable.
    let taken = |path: &str| {
        let path = SourcePath::parse(path, Keys::NONE).ok()?;
        places.find(&path).map(Found::to_value)
    };
    let variables = prepared.used.into_iter().map(|used| {
        let value = values.get(&used.name).cloned();
        let value = value.or_else(|| taken(&used.path));
        (used, value)
    });
    let variables = variables.collect();
    let messages = match prepared.messages {
        Ok(messages) => messages,
        Err(why) => {
            return Preview {
                variables,
                ..nothing(stage, PROMPT, &format!("cannot be made: {why}"))
            };
        }
    };
    let too_long = stage.model.as_ref().and_then(|model| {
        let turns = messages.turns.iter().map(|turn| turn.content.as_str());
        let texts: Vec<_> = turns
            .chain(messages.system.as_deref())
            .chain([messages.prompt.as_str()])
            .collect();
        model.too_long(&texts)
    });
    let too_long =
        too_long.map(|why| Problem::of(Severity::Error, "PROMPT_TOO_LONG", stage, PROMPT, &why));
    Preview {
        messages: Some(messages),
        variables,
        problems: too_long.into_iter().collect(),
    }
}

/// Nothing is sent: why.
fn nothing(stage: &Stage, field: &str, why: &str) -> Preview {
    Preview {
        messages: None,
        variables: Vec::new(),
        problems: vec![Problem::of(Severity::Error, "NOT_SENT", stage, field, why)],
    }
}
