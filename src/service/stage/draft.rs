//! Stages that somebody is about to save: what a save would refuse of each by itself.

use uuid::Uuid;

use super::super::Deps;
use super::input::{StageInput, cleaned};
use super::ready::Ready;
use crate::entity::stage;
use crate::error::{Code, Error, Result};

/// The rows as which the stages would be saved in the place of those `before`, as far as they would be, and what a save refuses
/// of them: their sizes, and rules that do not compile or cost too much.
///
/// # Errors
/// `Internal` when no thread can be had.
pub(in crate::service) async fn drafted(
    deps: &Deps,
    user: Uuid,
    (inputs, before): (Vec<StageInput>, &[stage::Model]),
) -> Result<(Vec<stage::Model>, Vec<(i32, Error)>)> {
    let mut ready = Ready::default();
    let mut rows = Vec::new();
    let mut refused = Vec::new();
    for (index, input) in inputs.into_iter().enumerate() {
        let order = input.stage_order;
        let was = before.iter().find(|row| Some(row.id) == input.id);
        let compiled = ready.compile(deps, user, input.rule()).await;
        let does_compile = compiled.is_ok();
        refused.extend(callers(compiled)?.map(|error| (order, error)));
        let id = input.id.unwrap_or_else(|| deps.clock.new_id());
        let row = input.into_row(id, (Uuid::nil(), user), deps.clock.now());
        match cleaned(row.clone(), was) {
            Ok(row) => {
                let dear = does_compile.then(|| ready.admit((index, &row), was));
                let dear = dear.transpose()?.flatten();
                let dear = dear.map(|fault| (order, Error::bad_input(fault.field, fault.message)));
                refused.extend(dear);
                rows.push(row);
            }
            Err(error) => {
                refused.push((order, error));
                rows.push(row);
            }
        }
    }
    Ok((rows, refused))
}

/// What is the caller's of an error.
fn callers(result: Result<()>) -> Result<Option<Error>> {
    match result {
        Ok(()) => Ok(None),
        Err(error) if error.code() == Code::Internal => Err(error),
        Err(error) => Ok(Some(error)),
    }
}
