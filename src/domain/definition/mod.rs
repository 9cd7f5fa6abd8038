//! A workflow's stages as one graph: what is pinned by a run, kept by a snapshot, and checked (`check`) when
//! saved and again when started.

mod check;
mod paths;
mod reach;
mod rewrite;
mod third;

use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

pub use self::check::{
    check, check_output, check_placeholders, check_start, criteria_fault, dependents, faults,
    output_reads_from, variables_fault,
};
pub use self::paths::{Given, Says, Spot, TemplateField, mapped};
pub use self::reach::{Reach, Until};
pub use self::rewrite::{Keyed, follow_keys, renumber};
use crate::domain::for_each::{ForEach, ON_ITEM_FAIL, SKIP};
use crate::domain::key::Keys;
use crate::domain::limit;
use crate::domain::output;
use crate::domain::route::Routes;
use crate::domain::setting;
use crate::domain::template::{Grammar, Syntax, in_first};
use crate::domain::tokens;
use crate::domain::turns;
use crate::domain::validate::{self, Criteria, Kind};

/// The largest `stageOrder`; the smallest is 1, for 0 as a target ends the run.
pub const MAX_STAGE_ORDER: i32 = 10_000;
/// The largest `retryLimit`.
pub const MAX_RETRY_LIMIT: i32 = 100;
/// The largest `timeoutSeconds`; the smallest is 1.
pub const MAX_TIMEOUT_SECONDS: i32 = 3_600;
/// The target that ends a run.
pub const END: i32 = 0;
/// The field of a stage's system message.
pub const SYSTEM: &str = "systemTemplate";
/// The field of a stage's prompt.
pub const PROMPT: &str = "promptTemplate";
/// The field of a workflow's output mapping.
pub const OUTPUT_MAPPING: &str = "outputMapping";
/// The field of a stage's key.
const KEY: &str = "key";
/// The field of a stage's input mapping.
pub const MAPPING: &str = "inputVariableMapping";
/// The field of the prompt of an attempt that follows a failure that counted.
pub const RETRY_PROMPT: &str = "retryPromptTemplate";
/// The field of the list that a stage runs over.
pub const FOR_EACH: &str = "forEach";
/// The field of what a judge is asked.
pub const JUDGE_PROMPT: &str = "validationCriteria.prompt";

/// The pinned stages of a run, in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Definition {
    pub stages: Vec<Stage>,
    /// How its templates are read.
    #[serde(default, skip_serializing_if = "Syntax::is_default")]
    pub template_syntax: Syntax,
    /// What a completed run answers; none: the output of the stage that passed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_mapping: Option<Value>,
}

/// One stage with the API's field names, as in `snapshotData` and `Execution.definition`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stage {
    pub id: Uuid,
    pub stage_order: i32,
    /// What paths may call it in the place of `stage_N`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    pub name: Option<String>,
    /// What was pinned or kept before there were system messages has none, and stays as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_template: Option<String>,
    /// The turns between system message and prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<Value>,
    pub prompt_template: Option<String>,
    /// The prompt of an attempt that follows a failure that counted; none: the prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_prompt_template: Option<String>,
    pub model_id: Option<Uuid>,
    pub model_identifier_for_flowise: Option<String>,
    /// How long the model may say nothing in a call; none: as long as the server allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<i32>,
    pub validation_type: Kind,
    pub validation_criteria: Option<Value>,
    pub output_variables: Option<Value>,
    pub input_variable_mapping: Option<Value>,
    pub retry_limit: i32,
    pub next_stage_on_pass: Option<i32>,
    pub next_stage_on_fail: Option<i32>,
    /// Where a pass goes on by a value, before `next_stage_on_pass`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routes: Option<Value>,
    /// The list that the stage runs over, once for every item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_each: Option<Value>,
    pub flowise_config: Option<Value>,
    /// The model that answers, pinned; in a run's definition alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<PinnedModel>,
    /// The model that judges, pinned; in the definition of a run whose stage is judged by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge_model: Option<PinnedModel>,
}

/// What a run keeps of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PinnedModel {
    pub id: Uuid,
    pub provider: String,
    pub model_identifier_for_flowise: String,
    pub config_defaults: Value,
    /// How many tokens its context holds. What was pinned before that was kept has none, and is not held to
    /// it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_length: Option<i32>,
}

impl PinnedModel {
    /// Why these messages surely do not fit into the model's context, if so: with the model's name, for a
    /// judge's is another one.
    #[must_use]
    pub fn too_long(&self, messages: &[&str]) -> Option<String> {
        let length = self.context_length?;
        let excess = tokens::excess(messages, length)?;
        Some(format!(
            "the prompt is too long for {}: by {excess} tokens at least, for its contextLength is {length}, the answer included",
            self.model_identifier_for_flowise
        ))
    }
}

/// A rule that a stage breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Index of the stage in the list that was checked; none for a fault of the whole list.
    pub index: Option<usize>,
    /// The field of the stage, in the API's names: `validationCriteria.pattern`.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
    /// Where in the field's template, in bytes; none: all of it.
    pub span: Option<Range<usize>>,
}

impl Definition {
    /// A definition of stages as they are saved now.
    #[must_use]
    pub const fn of(stages: Vec<Stage>) -> Self {
        Self {
            stages,
            template_syntax: Syntax::Third,
            output_mapping: None,
        }
    }

    /// The same with what a completed run answers.
    #[must_use]
    pub fn answering(self, output_mapping: Option<Value>) -> Self {
        Self {
            output_mapping,
            ..self
        }
    }

    /// The same in the first syntax, where it can be said so ([`Stage::in_first_syntax`]).
    #[must_use]
    pub fn in_first_syntax(self) -> Self {
        if self.needs_third().is_some() {
            return self;
        }
        let stages = self.stages.iter().cloned().map(Stage::in_first_syntax);
        match stages.collect() {
            Ok(stages) => Self {
                stages,
                template_syntax: Syntax::First,
                output_mapping: None,
            },
            Err(_) => self,
        }
    }

    /// The same in the second format, where it can be said so ([`Self::needs_third`]). Null is a value then.
    #[must_use]
    pub fn in_second_format(self) -> Self {
        if self.needs_third().is_some() {
            return self;
        }
        Self {
            template_syntax: Syntax::Second,
            ..self
        }
    }

    /// The keys that its stages have.
    #[must_use]
    pub fn keys(&self) -> Keys<'_> {
        match self.template_syntax {
            Syntax::First | Syntax::Second => Keys::default(),
            Syntax::Third => keys_of(&self.stages),
        }
    }

    /// How its templates are read; `keys` are its own.
    #[must_use]
    pub const fn grammar<'k>(&self, keys: &'k Keys<'k>) -> Grammar<'k> {
        Grammar {
            syntax: self.template_syntax,
            keys,
            has_item: false,
        }
    }

    /// The stage at `order`.
    #[must_use]
    pub fn stage(&self, order: i32) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.stage_order == order)
    }

    /// Where a run begins.
    #[must_use]
    pub fn first(&self) -> Option<i32> {
        self.stages.iter().map(|stage| stage.stage_order).min()
    }

    /// The next higher order after `order`.
    #[must_use]
    pub fn after(&self, order: i32) -> Option<i32> {
        self.stages
            .iter()
            .map(|stage| stage.stage_order)
            .filter(|other| *other > order)
            .min()
    }

    /// Every provider that a run of this definition calls, with the stage that calls it and the field that says so.
    pub fn providers(&self) -> impl Iterator<Item = (usize, &'static str, &str)> {
        self.stages.iter().enumerate().flat_map(|(index, stage)| {
            let judge = stage.judge_model.as_ref();
            // Where the criteria name none it is the stage's own.
            let judge =
                judge.filter(|judge| Some(judge.id) != stage.model.as_ref().map(|it| it.id));
            [
                ("modelId", stage.model.as_ref()),
                ("validationCriteria.modelId", judge),
            ]
            .into_iter()
            .filter_map(move |(field, model)| Some((index, field, model?.provider.as_str())))
        })
    }
}

impl Stage {
    /// The stage's name for messages: `stage 2 (Summary)`.
    #[must_use]
    pub fn label(&self) -> String {
        label(self.stage_order, self.name.as_deref())
    }

    /// The template of the prompt of an attempt that follows a failure that counted, where there is one.
    #[must_use]
    pub fn retry_prompt(&self) -> Option<&str> {
        let template = self.retry_prompt_template.as_deref();
        template.filter(|template| !template.is_empty())
    }

    /// The stage's turns, as far as they can be read.
    #[must_use]
    pub fn turns(&self) -> Vec<turns::Part<'_>> {
        turns::parse(self.messages.as_ref()).unwrap_or_default()
    }

    /// The stage's routes, if it has any.
    #[must_use]
    pub fn routes(&self, keys: &Keys<'_>) -> Option<Routes<'_>> {
        Routes::parse(self.routes.as_ref(), keys).ok().flatten()
    }

    /// The id of the model that judges: the criteria's, else none (the stage's own model judges).
    #[must_use]
    pub fn judge_id(&self) -> Option<Uuid> {
        match self.criteria() {
            Ok(Criteria::Llm(rule)) => rule.model_id,
            Ok(Criteria::None | Criteria::Manual | Criteria::Regex(_) | Criteria::Function(_))
            | Err(_) => None,
        }
    }

    /// The list that the stage runs over, once for every item, if it does.
    #[must_use]
    pub fn each(&self, keys: &Keys<'_>) -> Option<ForEach> {
        let value = self.for_each.as_ref()?;
        ForEach::parse(value, keys).ok()
    }

    /// Does it run over a list and pass over items that have no attempts left?
    #[must_use]
    pub fn skips_items(&self) -> bool {
        let on_fail = self.for_each.as_ref().and_then(|it| it.get(ON_ITEM_FAIL));
        on_fail.and_then(Value::as_str) == Some(SKIP)
    }

    /// The stage in words that a version reads alike which knows the first syntax of templates alone, no system
    /// messages, and no schemas as types.
    ///
    /// # Errors
    /// The field that says what cannot be said so.
    pub fn in_first_syntax(mut self) -> Result<Self, &'static str> {
        if let Some(field) = self.needs_third() {
            return Err(field);
        }
        let system = self.system_template.as_deref().unwrap_or_default();
        if !system.trim().is_empty() {
            return Err(SYSTEM);
        }
        if self.for_each.is_some() {
            return Err("forEach");
        }
        if let Some(prompt) = &mut self.prompt_template {
            *prompt = in_first(prompt).ok_or(PROMPT)?;
        }
        if output::schemas(self.output_variables.as_ref())
            .next()
            .is_some()
        {
            return Err("outputVariables");
        }
        let is_judged = self.validation_type == Kind::Llm;
        let criteria = self.validation_criteria.as_mut().filter(|_| is_judged);
        if let Some(Value::String(prompt)) = criteria.and_then(|it| it.get_mut("prompt")) {
            *prompt = in_first(prompt).ok_or(JUDGE_PROMPT)?;
        }
        Ok(self)
    }

    /// What the stage's validation refers to.
    pub(super) fn criteria(&self) -> Result<Criteria<'_>, validate::Fault> {
        Criteria::parse(self.validation_type, self.validation_criteria.as_ref())
    }
}

/// The keys that these stages have.
#[must_use]
pub fn keys_of(stages: &[Stage]) -> Keys<'_> {
    let keyed = stages
        .iter()
        .filter_map(|stage| Some((stage.key.as_deref()?, stage.stage_order)));
    keyed.collect()
}

/// A pinned definition, or what a snapshot keeps, as people see it: their stages' settings by the names of
/// today, whenever they were kept.
#[must_use]
pub fn shown(mut kept: Value) -> Value {
    let stages = kept.get_mut("stages").and_then(Value::as_array_mut);
    for stage in stages.into_iter().flatten() {
        for config in [
            "/flowiseConfig",
            "/model/configDefaults",
            "/judgeModel/configDefaults",
        ] {
            if let Some(config) = stage.pointer_mut(config) {
                *config = setting::shown(config);
            }
        }
    }
    kept
}

/// A stage's name for messages: `stage 2 (Summary)`. What a name cannot be is not repeated in full.
#[must_use]
pub fn label(order: i32, name: Option<&str>) -> String {
    match name.map(str::trim) {
        None | Some("") => format!("stage {order}"),
        Some(name) => format!("stage {order} ({})", output::excerpt(name, limit::NAME)),
    }
}
