//! Which stages a run may come to.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Definition, END, Stage};

/// The stage whose pass ends a run before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Until {
    pub stage_order: i32,
    /// The run began there, so that a fail ends it, too: that stage is tried alone.
    pub is_alone: bool,
}

/// The stages that a run may come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach(Option<BTreeSet<i32>>);

impl Until {
    /// What a run's row says of it.
    #[must_use]
    pub fn of(until: Option<i32>, from: Option<i32>) -> Option<Self> {
        let stage_order = until?;
        Some(Self {
            stage_order,
            is_alone: from == until,
        })
    }
}

impl Reach {
    /// All of them, whether there is a way or not: what is written is to be in order.
    pub const ALL: Self = Self(None);

    /// Those of a run that begins at `from` and ends with `until`; without that all.
    #[must_use]
    pub fn of(definition: &Definition, from: i32, until: Option<Until>) -> Self {
        let Some(until) = until else {
            return Self::ALL;
        };
        let mut reached = BTreeSet::new();
        let mut ahead = vec![from];
        while let Some(order) = ahead.pop() {
            let Some(stage) = definition.stage(order) else {
                continue;
            };
            if !reached.insert(order) {
                continue;
            }
            let is_last = order == until.stage_order;
            if !is_last {
                ahead.extend(passes_to(definition, stage));
            }
            if !(is_last && until.is_alone) {
                ahead.extend(stage.next_stage_on_fail);
            }
        }
        Self(Some(reached))
    }

    /// May it come to the stage of this order?
    #[must_use]
    pub fn has(&self, order: i32) -> bool {
        self.0
            .as_ref()
            .is_none_or(|reached| reached.contains(&order))
    }
}

/// Where a pass may lead; [`END`] is no stage.
fn passes_to(definition: &Definition, stage: &Stage) -> Vec<i32> {
    let next = stage.next_stage_on_pass;
    let next = next.or_else(|| definition.after(stage.stage_order));
    let values = stage.routes.as_ref().and_then(|routes| routes.get("to"));
    let values = values.and_then(Value::as_object).into_iter().flatten();
    let led_to = values.filter_map(|(_, order)| i32::try_from(order.as_i64()?).ok());
    let all = next.into_iter().chain(led_to);
    all.filter(|order| *order != END).collect()
}
