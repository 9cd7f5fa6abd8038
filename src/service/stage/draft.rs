//! Stages that somebody is about to save: as which they would be saved, and what a save would refuse.

use std::collections::HashSet;

use serde_json::Value;
use uuid::Uuid;

use super::super::Deps;
use super::check::weigh;
use super::input::{StageInput, cleaned};
use super::not_its_own;
use super::ready::Ready;
use super::rename::follow_keys;
use crate::domain::definition::{self, OUTPUT_MAPPING};
use crate::domain::limit;
use crate::entity::stage;
use crate::error::{Code, Error, Result};

/// Stages as they would be saved, as far as they would be.
pub(in crate::service) struct Drafted {
    pub rows: Vec<stage::Model>,
    pub output_mapping: Option<Value>,
    /// What a save refuses of each by itself, with the order of the stage: sizes, rules that do not compile or cost too much, ids that
    /// are none, keys that are read and gone.
    pub refusals: Vec<(Option<i32>, Error)>,
}

/// The stages as they would be saved in the place of those `before`, with what a completed run would answer, which is what it
/// answers now where nothing is given.
///
/// # Errors
/// `Internal` when no thread can be had.
pub(in crate::service) async fn drafted(
    deps: &Deps,
    user: Uuid,
    (inputs, answer): (Vec<StageInput>, Option<Value>),
    (before, answered): (&[stage::Model], Option<&Value>),
) -> Result<Drafted> {
    let mut ready = Ready::default();
    let mut rows = Vec::new();
    let mut refusals = Vec::new();
    let mut ids = HashSet::new();
    for (index, input) in inputs.into_iter().enumerate() {
        let order = Some(input.stage_order);
        let was = before.iter().find(|row| Some(row.id) == input.id);
        let given = input.id.filter(|id| was.is_none() || !ids.insert(*id));
        refusals.extend(given.map(|id| {
            let label = definition::label(input.stage_order, input.name.as_deref());
            (order, not_its_own(&label, id))
        }));
        let compiled = ready.compile(deps, user, input.rule()).await;
        let does_compile = compiled.is_ok();
        refusals.extend(callers(compiled)?.map(|error| (order, error)));
        let id = input.id.unwrap_or_else(|| deps.clock.new_id());
        let row = input.into_row(id, (Uuid::nil(), user), deps.clock.now());
        let row = match cleaned(row.clone(), was) {
            Ok(row) => {
                let dear = does_compile.then(|| ready.admit((index, &row), was));
                let dear = dear.transpose()?.flatten();
                refusals.extend(
                    dear.map(|fault| (order, Error::bad_input(fault.field, fault.message))),
                );
                row
            }
            Err(error) => {
                refusals.push((order, error));
                row
            }
        };
        rows.push(row);
    }
    refusals.extend(
        weigh(&rows, Some("stages"))
            .err()
            .map(|error| (None, error)),
    );
    let is_given = answer.is_some();
    let mut output_mapping = match limit::optional_object(OUTPUT_MAPPING, answer) {
        Ok(mapping) if is_given => mapping,
        Ok(_) => answered.cloned(),
        Err(error) => {
            refusals.push((None, error));
            None
        }
    };
    let followed = follow_keys((before, answered), &mut rows, &mut output_mapping);
    if let Err(fault) = followed {
        let order = fault.index.and_then(|index| rows.get(index));
        let order = order.map(|row| row.stage_order);
        refusals.push((order, Error::bad_input(fault.field, fault.message)));
    }
    Ok(Drafted {
        rows,
        output_mapping,
        refusals,
    })
}

/// What is the caller's of an error.
fn callers(result: Result<()>) -> Result<Option<Error>> {
    match result {
        Ok(()) => Ok(None),
        Err(error) if error.code() == Code::Internal => Err(error),
        Err(error) => Ok(Some(error)),
    }
}
