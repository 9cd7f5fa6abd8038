//! Loaders: what the fields of many rows ask for one by one is read in one statement.
//!
//! 1. Every execution of a document gets loaders of its own, and so does every event of a
//!    subscription: in request or connection data they would serve a subscription its first rows
//!    for ever. A mutation renews them too.
//! 2. The first field that asks waits a few turns of the task, so that its siblings can ask too.
//! 3. It then reads what was asked for, with one statement for each set of arguments, and leaves
//!    the answers to the others, with an entry for every key.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::Result as Answer;
use dataloader::{BatchFn, cached};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;
use uuid::Uuid;

use crate::domain::definition::Definition;
use crate::domain::diagnosis::Diagnosis;
use crate::domain::page::{Page, PageRequest};
use crate::domain::status::ExecutionStatus;
use crate::domain::usage::Usage;
use crate::entity::{
    execution, execution_event, execution_log, model, snapshot, stage, workflow, workflow_revision,
};
use crate::error::{Error, Result};
use crate::service::count::{self, Nested};
use crate::service::{Deps, diagnosis, load, output, problem};

/// Turns of the task that a batch waits for further keys. tokio lets about 128 fields ask in one
/// turn, so these gather some 2,000.
const TURNS: usize = 16;
/// Most keys of one batch: every row of the largest page of the largest list.
const KEYS: usize = 1000;
/// How often a field asks again. A field that fails cancels its siblings, and with them a batch
/// that one of them was reading for others too.
const TRIES: usize = 8;

/// Everything that fields read beside their own row, by the id of that row or of its parent.
pub struct Loaders {
    pub workflows: Loader<workflow::Row>,
    pub workflow_metadata: Loader<Value>,
    pub workflow_output_mappings: Loader<Option<Value>>,
    /// As a run would pin them now.
    pub definitions: Loader<Definition>,
    pub stages: Loader<stage::Model>,
    pub stages_of_workflows: Loader<Vec<stage::Model>>,
    pub models: Loader<model::Model>,
    pub executions: Loader<execution::Row>,
    pub diagnoses: Loader<Diagnosis>,
    pub execution_inputs: Loader<Value>,
    pub execution_contexts: Loader<Value>,
    pub execution_outputs: Loader<Value>,
    pub revisions: Loader<workflow_revision::Model>,
    pub revision_versions: Loader<i32>,
    pub usages: Loader<Usage>,
    pub logs: Loader<execution_log::Row>,
    pub log_payloads: Loader<execution_log::Payload>,
    pub snapshot_payloads: Loader<Value>,
    pub executions_of_workflows:
        Loader<Page<execution::Row>, (PageRequest, Option<ExecutionStatus>)>,
    pub snapshots_of_workflows: Loader<Page<snapshot::Row>, PageRequest>,
    pub logs_of_executions: Loader<Page<execution_log::Row>, (PageRequest, Option<i32>)>,
    /// How many rows which list has, counted how far.
    pub counts: Loader<u64, (Nested, u64)>,
    /// After which `seq`, and how many.
    pub events_of_executions: Loader<Vec<execution_event::Model>, (i64, i32)>,
}

impl Loaders {
    #[rustfmt::skip]
    fn new(deps: &Arc<Deps>, owner: Uuid) -> Self {
        let of = Source { deps: Arc::clone(deps), owner };
        Self {
            workflows: of.load(|c, ()| load::workflows(c.deps, c.owner, c.ids).boxed()),
            workflow_metadata: of.load(|c, ()| load::workflow_metadata(c.deps, c.owner, c.ids).boxed()),
            workflow_output_mappings: of.load(|c, ()| load::workflow_output_mappings(c.deps, c.owner, c.ids).boxed()),
            definitions: of.load(|c, ()| problem::definitions(c.deps, c.owner, c.ids).boxed()),
            stages: of.load(|c, ()| load::stages(c.deps, c.owner, c.ids).boxed()),
            stages_of_workflows: of.load(|c, ()| load::stages_of_workflows(c.deps, c.owner, c.ids).boxed()),
            models: of.load(|c, ()| load::models(c.deps, c.ids).boxed()),
            executions: of.load(|c, ()| load::executions(c.deps, c.owner, c.ids).boxed()),
            diagnoses: of.load(|c, ()| diagnosis::of_executions(c.deps, c.owner, c.ids).boxed()),
            execution_inputs: of.load(|c, ()| load::execution_inputs(c.deps, c.owner, c.ids).boxed()),
            execution_contexts: of.load(|c, ()| load::execution_contexts(c.deps, c.owner, c.ids).boxed()),
            execution_outputs: of.load(|c, ()| output::of_executions(c.deps, c.owner, c.ids).boxed()),
            revisions: of.load(|c, ()| load::revisions(c.deps, c.owner, c.ids).boxed()),
            revision_versions: of.load(|c, ()| load::revision_versions(c.deps, c.owner, c.ids).boxed()),
            usages: of.load(|c, ()| load::usages(c.deps, c.owner, c.ids).boxed()),
            logs: of.load(|c, ()| load::logs(c.deps, c.owner, c.ids).boxed()),
            log_payloads: of.load(|c, ()| load::log_payloads(c.deps, c.owner, c.ids).boxed()),
            snapshot_payloads: of.load(|c, ()| load::snapshot_payloads(c.deps, c.owner, c.ids).boxed()),
            executions_of_workflows: of.load(|c, (page, status)| {
                load::executions_of_workflows(c.deps, c.owner, c.ids, page, *status).boxed()
            }),
            snapshots_of_workflows: of.load(|c, page| {
                load::snapshots_of_workflows(c.deps, c.owner, c.ids, page).boxed()
            }),
            logs_of_executions: of.load(|c, (page, stage_order)| {
                load::logs_of_executions(c.deps, c.owner, c.ids, page, *stage_order).boxed()
            }),
            counts: of.load(|c, (list, most)| {
                count::of_each(c.deps, c.owner, c.ids, *list, *most).boxed()
            }),
            events_of_executions: of.load(|c, (after, first)| {
                load::events_of_executions(c.deps, c.owner, c.ids, *after, *first).boxed()
            }),
        }
    }
}

/// Reads values by id, and by arguments where the field has some.
pub struct Loader<V, A = ()>(cached::Loader<(Uuid, A), Loaded<V>, Batch<V, A>>)
where
    V: Send + Sync,
    A: Arguments;

impl<V: Send + Sync, A: Arguments> Loader<V, A> {
    /// The value of `id`; none when there is none for this caller.
    ///
    /// # Errors
    /// What reading the batch answered.
    pub async fn load(&self, id: Uuid, arguments: A) -> Answer<Option<Arc<V>>> {
        for _ in 0..TRIES {
            if let Ok(loaded) = self.0.try_load((id, arguments.clone())).await {
                return Ok(loaded?);
            }
        }
        Err(Error::internal("a batch was cancelled again and again").into())
    }
}

impl<V: Send + Sync> Loader<V> {
    /// The value of `id`; none when there is none for this caller.
    ///
    /// # Errors
    /// What reading the batch answered.
    pub async fn find(&self, id: Uuid) -> Answer<Option<Arc<V>>> {
        self.load(id, ()).await
    }

    /// The value of `id`, which the caller's row needs.
    ///
    /// # Errors
    /// `NotFound` when it has been deleted meanwhile.
    pub async fn get(&self, kind: &'static str, id: Uuid) -> Answer<Arc<V>> {
        let found = self.find(id).await?;
        Ok(found.ok_or_else(|| Error::not_found(kind, id.to_string()))?)
    }
}

/// What a field's value depends on beside the id.
pub trait Arguments: Clone + Debug + Eq + Hash + Send + Sync {}

impl<A: Clone + Debug + Eq + Hash + Send + Sync> Arguments for A {}

type Loaded<V> = std::result::Result<Option<Arc<V>>, Arc<Error>>;

type Fetch<V, A> = for<'a> fn(Call<'a>, &'a A) -> BoxFuture<'a, Result<HashMap<Uuid, V>>>;

/// One statement's worth of ids.
struct Call<'a> {
    deps: &'a Deps,
    owner: Uuid,
    ids: &'a [Uuid],
}

/// Whose rows are read, and from where.
#[derive(Clone)]
struct Source {
    deps: Arc<Deps>,
    owner: Uuid,
}

impl Source {
    fn load<V: Send + Sync, A: Arguments>(&self, fetch: Fetch<V, A>) -> Loader<V, A> {
        let source = self.clone();
        let loader = cached::Loader::new(Batch { source, fetch });
        Loader(loader.with_yield_count(TURNS).with_max_batch_size(KEYS))
    }
}

struct Batch<V, A> {
    source: Source,
    fetch: Fetch<V, A>,
}

impl<V: Send + Sync, A: Arguments> BatchFn<(Uuid, A), Loaded<V>> for Batch<V, A> {
    async fn load(&mut self, keys: &[(Uuid, A)]) -> HashMap<(Uuid, A), Loaded<V>> {
        let mut statements: HashMap<&A, Vec<Uuid>> = HashMap::new();
        for (id, arguments) in keys {
            statements.entry(arguments).or_default().push(*id);
        }
        let mut answers = HashMap::with_capacity(keys.len());
        for (arguments, ids) in statements {
            let call = Call {
                deps: &self.source.deps,
                owner: self.source.owner,
                ids: &ids,
            };
            let mut read = (self.fetch)(call, arguments).await.map_err(Arc::new);
            for id in ids {
                let answer = match &mut read {
                    Ok(values) => Ok(values.remove(&id).map(Arc::new)),
                    Err(error) => Err(Arc::clone(error)),
                };
                answers.insert((id, arguments.clone()), answer);
            }
        }
        answers
    }
}

/// The loaders of one execution of a document.
#[derive(Default)]
pub struct Scope {
    /// None until a field asks: most events of a run are answered from their own rows.
    loaders: Mutex<Option<Arc<Loaders>>>,
}

impl Scope {
    /// The loaders as they are now, of what belongs to `owner`.
    pub fn loaders(&self, deps: &Arc<Deps>, owner: Uuid) -> Arc<Loaders> {
        let mut loaders = self.loaders.lock().unwrap_or_else(PoisonError::into_inner);
        let loaders = loaders.get_or_insert_with(|| Arc::new(Loaders::new(deps, owner)));
        Arc::clone(loaders)
    }

    /// Forgets what was read.
    pub fn renew(&self) {
        *self.loaders.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
