//! What completed runs answer: made from what they are pinned to and from what their stages have brought, of which no
//! more is read than the answer needs. Nothing of it changes once a run has completed, so that it is kept nowhere.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;
use uuid::Uuid;

use super::Deps;
use super::load::Batch;
use crate::domain::context::{self, Context};
use crate::domain::definition::Definition;
use crate::domain::mapping::Mapping;
use crate::domain::source::Places;
use crate::domain::status::ExecutionStatus;
use crate::entity::execution::Origin;
use crate::error::{Error, Result};
use crate::store;

/// The answers of runs, of those that have completed.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn of_executions(deps: &Deps, owner: Uuid, ids: &[Uuid]) -> Batch<Value> {
    let db = deps.store.reader();
    let mut origins = store::execution::origins(db, owner, ids).await?;
    origins.retain(|origin| origin.status == ExecutionStatus::Completed);
    let definitions = definitions(deps, owner, &origins).await?;
    let mut asked = HashMap::new();
    for origin in &origins {
        if let Some(definition) = definitions.get(&origin.revision_id) {
            asked.insert(origin.id, Asked::of(definition, origin));
        }
    }
    let reads = |run: Uuid, order: i32| asked.get(&run).is_some_and(|it| it.reads(order));
    let contexts = store::context::of_stages(db, owner, &origins, reads).await?;
    let with_inputs: Vec<_> = asked
        .iter()
        .filter(|(_, asked)| asked.reads_inputs())
        .map(|(id, _)| *id)
        .collect();
    let mut inputs = HashMap::new();
    if !with_inputs.is_empty() {
        inputs.extend(store::execution::inputs(db, owner, &with_inputs).await?);
    }
    let nothing = Value::Null;
    Ok(asked
        .into_iter()
        .filter_map(|(id, asked)| {
            let inputs = inputs.get(&id).unwrap_or(&nothing);
            Some((id, asked.answer(inputs, contexts.get(&id)?)))
        })
        .collect())
}

/// What these runs are pinned to, by the ids of their revisions.
async fn definitions(
    deps: &Deps,
    owner: Uuid,
    origins: &[Origin],
) -> Result<HashMap<Uuid, Definition>> {
    let ids: BTreeSet<_> = origins.iter().map(|origin| origin.revision_id).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let revisions = store::revision::by_ids(deps.store.reader(), owner, &ids).await?;
    revisions
        .into_iter()
        .map(|revision| {
            let definition = serde_json::from_value(revision.definition);
            Ok((revision.id, definition.map_err(Error::internal)?))
        })
        .collect()
}

/// What a run answers.
enum Asked<'a> {
    /// What its workflow maps.
    Mapped(Mapping, &'a Definition),
    /// The output of the stage that passed last: the one that completed the run.
    Last(i32),
}

impl<'a> Asked<'a> {
    fn of(definition: &'a Definition, origin: &Origin) -> Self {
        match &definition.output_mapping {
            None => Self::Last(origin.current_stage_order.unwrap_or_default()),
            Some(mapping) => {
                let mapping = Mapping::parse(Some(mapping), &definition.keys()).unwrap_or_default();
                Self::Mapped(mapping, definition)
            }
        }
    }

    fn reads(&self, order: i32) -> bool {
        match self {
            Self::Last(last) => *last == order,
            Self::Mapped(mapping, _) => {
                let mut paths = mapping.paths();
                paths.any(|(_, path)| path.stage() == Some(order))
            }
        }
    }

    fn reads_inputs(&self) -> bool {
        match self {
            Self::Last(_) => false,
            Self::Mapped(mapping, _) => mapping.paths().any(|(_, path)| path.stage().is_none()),
        }
    }

    fn answer(&self, inputs: &Value, context: &Context) -> Value {
        match self {
            Self::Last(order) => context
                .get(*order)
                .map(context::Entry::to_output)
                .unwrap_or_default(),
            Self::Mapped(mapping, definition) => {
                let nulls = definition.template_syntax.nulls();
                mapping.values(&Places::new(inputs, context, nulls), context::MOST)
            }
        }
    }
}
