//! What is wrong, or doubtful, in workflows and in drafts of stages, with what only this server knows: which models
//! there are, which providers are configured, and whether a rule compiles.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use super::{Deps, stage};
use crate::domain::definition::Definition;
use crate::domain::limit;
use crate::domain::problem::{self, Problem, Severity};
use crate::domain::provider;
use crate::domain::viewer::Viewer;
use crate::entity::stage as entity;
use crate::error::{Error, Result};
use crate::store;

/// Stages that somebody is about to save.
#[derive(Clone, Debug)]
pub struct Draft {
    pub stages: Vec<stage::StageInput>,
    /// What a completed run would answer; none: what the workflow says from which a stage is.
    pub output_mapping: Option<Value>,
}

/// The workflows as a run would pin them now.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn definitions(
    deps: &Deps,
    owner: Uuid,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Definition>> {
    let db = deps.store.reader();
    let stages = store::stage::of_workflows(db, owner, ids).await?;
    let mappings = store::workflow::output_mappings(db, owner, ids).await?;
    let mut mappings: HashMap<_, _> = mappings.into_iter().collect();
    let models = stage::models_now(deps, &stages).await?;
    let mut of_workflows: HashMap<Uuid, Vec<entity::Model>> = HashMap::new();
    for stage in stages {
        of_workflows
            .entry(stage.workflow_id)
            .or_default()
            .push(stage);
    }
    let definition = |id: &Uuid| {
        let stages = of_workflows.remove(id).unwrap_or_default();
        let definition = Definition::of(stage::pinned(&stages, &models));
        (*id, definition.answering(mappings.remove(id).flatten()))
    };
    Ok(ids.iter().map(definition).collect())
}

/// All that is wrong or doubtful in a workflow as it is saved, the worst first.
///
/// # Errors
/// `Internal` when no thread can be had.
pub async fn of_definition(deps: &Deps, definition: Arc<Definition>) -> Result<Vec<Problem>> {
    let unconfigured = unconfigured(deps, &definition);
    let mut found = off_the_way(move || problem::problems(&definition)).await?;
    found.extend(unconfigured);
    Ok(problem::sorted(found))
}

/// The names of the inputs that a workflow asks for.
///
/// # Errors
/// `Internal` when no thread can be had.
pub async fn input_names(definition: Arc<Definition>) -> Result<Vec<String>> {
    off_the_way(move || problem::input_names(&definition)).await
}

/// All that is wrong or doubtful in a draft, the worst first: also what a save of it would refuse.
///
/// # Errors
/// `LimitExceeded` for more stages than a workflow may have, `Internal` when the database fails.
pub async fn of_draft(deps: &Deps, viewer: &Viewer, draft: Draft) -> Result<Vec<Problem>> {
    Ok(pinned_draft(deps, viewer, draft).await?.1)
}

/// A draft as a run would pin it, and all that is wrong or doubtful in it.
///
/// # Errors
/// Like [`of_draft`].
pub async fn pinned_draft(
    deps: &Deps,
    viewer: &Viewer,
    draft: Draft,
) -> Result<(Arc<Definition>, Vec<Problem>)> {
    limit::items("stages", &draft.stages, limit::STAGES)?;
    let db = deps.store.reader();
    let ids: Vec<_> = draft.stages.iter().filter_map(|stage| stage.id).collect();
    let known = store::stage::by_ids(db, viewer.user_id, &ids).await?;
    // A draft is of the workflow that its stages are of.
    let workflow = known.first().map(|row| row.workflow_id);
    let (before, answered) = match workflow {
        Some(id) => {
            let stages = store::stage::of_workflows(db, viewer.user_id, &[id]).await?;
            let mapping = store::workflow::output_mappings(db, viewer.user_id, &[id]).await?;
            (stages, mapping.into_iter().find_map(|(_, mapping)| mapping))
        }
        None => (Vec::new(), None),
    };
    let given = (draft.stages, draft.output_mapping);
    let drafted = stage::drafted(deps, viewer.user_id, given, (&before, answered.as_ref())).await?;
    let (rows, output_mapping) = (drafted.rows, drafted.output_mapping);
    let mut found: Vec<_> = drafted
        .refusals
        .into_iter()
        .map(|(order, error)| refused(order, &error))
        .collect();
    let models = stage::models_now(deps, &rows).await?;
    let definition = Definition::of(stage::pinned(&rows, &models)).answering(output_mapping);
    let definition = Arc::new(definition);
    found.extend(of_definition(deps, Arc::clone(&definition)).await?);
    // What is refused by its size or its rule may be refused by its form, too.
    let mut told = HashSet::new();
    found.retain(|it| {
        let place = (it.stage_order, it.field.clone(), it.span.clone());
        it.severity != Severity::Error || told.insert(place)
    });
    Ok((definition, problem::sorted(found)))
}

/// What a save would refuse.
fn refused(stage_order: Option<i32>, error: &Error) -> Problem {
    Problem {
        severity: Severity::Error,
        code: error.code().as_str(),
        message: error.to_string(),
        stage_order,
        field: error.field().map(str::to_owned),
        span: None,
    }
}

/// Stages whose model's provider this server has no key for.
fn unconfigured(deps: &Deps, definition: &Definition) -> Vec<Problem> {
    let missing = definition
        .providers()
        .filter(|(.., provider)| !deps.providers.contains(*provider));
    missing
        .map(|(index, field, provider)| {
            let remedy = provider::how_to_configure(provider);
            let why = format!(
                "needs the provider {provider}, which is not configured on this server: {remedy}"
            );
            let stage = &definition.stages[index];
            let code = "PROVIDER_NOT_CONFIGURED";
            Problem::of(Severity::Error, code, stage, field, &why)
        })
        .collect()
}

/// Templates may have megabytes: others do not wait for that.
async fn off_the_way<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(Error::internal)
}
