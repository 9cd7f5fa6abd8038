//! Where the values in a prompt came from.

use async_graphql::{Context, Object, Result};
use serde_json::Value;

use super::ExecutionLog;
use crate::domain::lineage::{By, Used};
use crate::graphql::context::loaders;
use crate::graphql::scalar::Json;

/// A value in a prompt.
#[derive(Clone, Debug)]
pub struct UsedVariable {
    used: Used,
    value: Option<Value>,
}

impl UsedVariable {
    /// The variable with its value; of a list that several attempts brought, each element after it.
    pub fn all(used: Used, value: Option<Value>) -> Vec<Self> {
        let items = match (&used.by, &value) {
            (By::Items(_), Some(Value::Array(items))) => items.as_slice(),
            (By::Items(_), Some(whole)) => whole
                .get("items")
                .and_then(Value::as_array)
                .map_or(&[][..], Vec::as_slice),
            _ => &[],
        };
        let list = match used.path.strip_suffix(".output") {
            Some(_) => format!("{}.items", used.path),
            None => used.path.clone(),
        };
        let element = |(index, item): (usize, &Value)| Self {
            used: Used {
                path: format!("{list}.{index}"),
                found: !item.is_null(),
                by: used.by.element(index),
                ..used.clone()
            },
            value: Some(item.clone()),
        };
        let elements: Vec<_> = items.iter().enumerate().map(element).collect();
        std::iter::once(Self { used, value })
            .chain(elements)
            .collect()
    }
}

/// A value in a prompt, and where it came from.
#[Object]
impl UsedVariable {
    /// As the template writes it: `topic`, `draft.title`; of turns that are taken from elsewhere `messages[0].from`. Several in a row of
    /// one name: a list, then each of its elements that attempts of their own brought.
    async fn name(&self) -> &str {
        &self.used.name
    }

    /// The path at which it was: `inputs.topic`, `stage_2.output.title`. Of several that a mapping names the one that was taken, or
    /// the first where none led anywhere. In a `retryPromptTemplate`, `output` and `notes` of the failure.
    async fn path(&self) -> &str {
        &self.used.path
    }

    /// What stood in the prompt; null when nothing was there.
    async fn value(&self) -> Option<Json> {
        self.value
            .clone()
            .filter(|value| !value.is_null())
            .map(Json)
    }

    /// Was something at the path? Where not, a default took its place.
    async fn found(&self) -> bool {
        self.used.found
    }

    /// The attempt whose output it is: its prompt wrote this. Null for an input, for a list that several attempts brought, and
    /// once that run is deleted.
    async fn produced_by(&self, ctx: &Context<'_>) -> Option<Result<ExecutionLog>> {
        let By::One(id) = self.used.by else {
            return None;
        };
        let found = loaders(ctx).logs.find(id).await;
        found.map(|row| row.map(ExecutionLog)).transpose()
    }
}
