//! A workflow's stages as one checked graph: what is pinned by a run, kept by a snapshot, and
//! checked when saved and again when started.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::context::Context;
use super::mapping::Mapping;
use super::name::composed;
use super::output::{self, OutputVariables};
use super::setting;
use super::source::{Places, SourcePath};
use super::template::{Placeholder, Reference, Syntax, Template, in_first};
use super::tokens;
use super::validate::{self, Criteria, Kind};

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
const JUDGE_PROMPT: &str = "validationCriteria.prompt";

/// The pinned stages of a run, in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Definition {
    pub stages: Vec<Stage>,
    /// How its templates are read.
    #[serde(default, skip_serializing_if = "Syntax::is_default")]
    pub template_syntax: Syntax,
}

/// One stage with the API's field names, as in `snapshotData` and `Execution.definition`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stage {
    pub id: Uuid,
    pub stage_order: i32,
    pub name: Option<String>,
    /// What was pinned or kept before there were system messages has none, and stays as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_template: Option<String>,
    pub prompt_template: Option<String>,
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
    pub flowise_config: Option<Value>,
    /// The model that answers, pinned; in a run's definition alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<PinnedModel>,
    /// The model that judges, pinned; in the definition of a run whose stage is judged by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge_model: Option<PinnedModel>,
}

/// A template of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TemplateField<'a> {
    /// Where it stands, in the API's names.
    pub field: &'static str,
    pub text: &'a str,
    /// The name that it has beside the variables.
    pub given: Option<&'static str>,
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
}

impl Definition {
    /// A definition of stages as they are saved now.
    #[must_use]
    pub const fn of(stages: Vec<Stage>) -> Self {
        Self {
            stages,
            template_syntax: Syntax::Second,
        }
    }

    /// The same in the first syntax, where it can be said so ([`Stage::in_first_syntax`]).
    #[must_use]
    pub fn in_first_syntax(self) -> Self {
        let stages = self.stages.iter().cloned().map(Stage::in_first_syntax);
        match stages.collect() {
            Ok(stages) => Self {
                stages,
                template_syntax: Syntax::First,
            },
            Err(_) => self,
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

    /// Every provider that a run of this definition calls, with the stage that calls it.
    pub fn providers(&self) -> impl Iterator<Item = (usize, &str)> {
        self.stages.iter().enumerate().flat_map(|(index, stage)| {
            [&stage.model, &stage.judge_model]
                .into_iter()
                .flatten()
                .map(move |model| (index, model.provider.as_str()))
        })
    }
}

impl Stage {
    /// The stage's name for messages: `stage 2 (Summary)`.
    #[must_use]
    pub fn label(&self) -> String {
        label(self.stage_order, self.name.as_deref())
    }

    /// Every template of the stage: whoever looks for what a stage asks for finds it here.
    pub fn templates(&self) -> impl Iterator<Item = TemplateField<'_>> {
        let messages = [
            (SYSTEM, &self.system_template),
            (PROMPT, &self.prompt_template),
        ];
        let messages = messages.into_iter().filter_map(|(field, text)| {
            Some(TemplateField {
                field,
                text: text.as_deref()?,
                given: None,
            })
        });
        let judge = self.judge_prompt().map(|text| TemplateField {
            field: JUDGE_PROMPT,
            text,
            given: Some("output"),
        });
        messages.chain(judge)
    }

    /// The template of the judge's prompt, where a model judges.
    fn judge_prompt(&self) -> Option<&str> {
        let criteria = self.validation_criteria.as_ref();
        let criteria = criteria.filter(|_| self.validation_type == Kind::Llm)?;
        criteria.get("prompt")?.as_str()
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

    /// The stage in words that a version reads alike which knows the first syntax of templates alone, no system
    /// messages, and no schemas as types.
    ///
    /// # Errors
    /// The field that says what cannot be said so.
    pub fn in_first_syntax(mut self) -> Result<Self, &'static str> {
        let system = self.system_template.as_deref().unwrap_or_default();
        if !system.trim().is_empty() {
            return Err(SYSTEM);
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
    fn criteria(&self) -> Result<Criteria<'_>, validate::Fault> {
        Criteria::parse(self.validation_type, self.validation_criteria.as_ref())
    }
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

/// Checks what is checked when stages are saved, against the workflow as it would then be.
///
/// # Errors
/// The first rule that is broken. That models exist, and that what was written by hand compiles, is
/// for the caller to check.
pub fn check(stages: &[Stage]) -> Result<(), Fault> {
    let mut orders = BTreeSet::new();
    for (index, stage) in stages.iter().enumerate() {
        let fault = |field: &str, message: &str| fault_at(index, stage, field, message);
        if !(1..=MAX_STAGE_ORDER).contains(&stage.stage_order) {
            return Err(fault(
                "stageOrder",
                &format!("must be 1 to {MAX_STAGE_ORDER}"),
            ));
        }
        if !orders.insert(stage.stage_order) {
            return Err(fault("stageOrder", "is taken by another stage"));
        }
        if !(0..=MAX_RETRY_LIMIT).contains(&stage.retry_limit) {
            return Err(fault(
                "retryLimit",
                &format!("must be 0 to {MAX_RETRY_LIMIT}"),
            ));
        }
        let timeout = stage.timeout_seconds;
        if timeout.is_some_and(|seconds| !(1..=MAX_TIMEOUT_SECONDS).contains(&seconds)) {
            return Err(fault(
                "timeoutSeconds",
                &format!("must be 1 to {MAX_TIMEOUT_SECONDS}"),
            ));
        }
    }
    for (index, stage) in stages.iter().enumerate() {
        check_references(stage, &orders)
            .and_then(|()| check_texts(stage))
            .map_err(|(field, message)| fault_at(index, stage, &field, &message))?;
    }
    Ok(())
}

/// Checks what must hold before a run starts from `start`: stages there are, each with a model and a
/// prompt whose placeholders are all mapped or among `inputs`.
///
/// # Errors
/// The first rule that is broken. That providers are configured is for the caller to check.
pub fn check_start(definition: &Definition, inputs: &Value) -> Result<(), Fault> {
    if definition.stages.is_empty() {
        return Err(Fault {
            index: None,
            field: "workflowId".to_owned(),
            message: "the workflow has no stages: add one before you start it".to_owned(),
        });
    }
    for (index, stage) in definition.stages.iter().enumerate() {
        let fault = |field: &str, message: &str| fault_at(index, stage, field, message);
        if stage.prompt_template.as_deref().is_none_or(str::is_empty) {
            return Err(fault("promptTemplate", "is missing: write a prompt first"));
        }
        if stage.model.is_none() {
            return Err(fault("modelId", "is missing: choose a model first"));
        }
        if stage.validation_type == Kind::Llm && stage.judge_model.is_none() {
            return Err(fault(
                "validationCriteria.modelId",
                "names a model that is gone: choose another judge",
            ));
        }
    }
    check_placeholders(definition, inputs)
}

/// Checks that every placeholder has a value to come: mapped, or among `inputs`.
///
/// # Errors
/// The first placeholder that has none.
pub fn check_placeholders(definition: &Definition, inputs: &Value) -> Result<(), Fault> {
    let nothing = Context::default();
    let places = Places::new(inputs, &nothing);
    for (index, stage) in definition.stages.iter().enumerate() {
        let mapping = Mapping::parse(stage.input_variable_mapping.as_ref()).unwrap_or_default();
        let mapped: BTreeSet<_> = mapping.iter().map(|(name, _)| composed(name)).collect();
        for TemplateField { field, text, given } in stage.templates() {
            let template = Template::parse(text, definition.template_syntax);
            let has_value = |it: &Placeholder<'_>| match &it.reference {
                Reference::Name => {
                    mapped.contains(&composed(it.name))
                        || given == Some(it.name)
                        || places.input(it.name).is_some()
                }
                Reference::Path(path) => path.stage().is_some() || places.find(path).is_some(),
                Reference::Unreadable(_) => false,
            };
            if let Some(missing) = template.placeholders().find(|it| !has_value(it)) {
                return Err(fault_at(index, stage, field, &missing_value(missing)));
            }
        }
    }
    Ok(())
}

fn missing_value(placeholder: &Placeholder<'_>) -> String {
    let name = &placeholder.name;
    match &placeholder.reference {
        Reference::Name => format!(
            "uses {{{{{name}}}}}, which is neither mapped nor among the inputs: give it as an input or map it"
        ),
        Reference::Path(_) => {
            format!("uses {{{{{name}}}}}, which is not among the inputs: give it as an input")
        }
        Reference::Unreadable(message) => message.clone(),
    }
}

/// The stages other than `order` that route to it or read from it, for a refusal to delete it.
#[must_use]
pub fn dependents(stages: &[Stage], order: i32) -> BTreeMap<i32, &'static str> {
    let mut found = BTreeMap::new();
    for stage in stages.iter().filter(|stage| stage.stage_order != order) {
        if stage.next_stage_on_pass == Some(order) {
            found.insert(stage.stage_order, "nextStageOnPass");
        } else if stage.next_stage_on_fail == Some(order) {
            found.insert(stage.stage_order, "nextStageOnFail");
        } else if let Some(field) = reads_from(stage, order) {
            found.insert(stage.stage_order, field);
        }
    }
    found
}

/// The field of `stage` that reads from the stage at `order`.
fn reads_from(stage: &Stage, order: i32) -> Option<&'static str> {
    let mapping = Mapping::parse(stage.input_variable_mapping.as_ref()).unwrap_or_default();
    if mapping.iter().any(|(_, path)| path.stage() == Some(order)) {
        return Some("inputVariableMapping");
    }
    let reads = |it: &Placeholder<'_>| it.reference.stage() == Some(order);
    let mut templates = stage.templates();
    let reader = templates.find(|template| {
        let template = Template::parse(template.text, Syntax::Second);
        template.placeholders().any(reads)
    });
    reader.map(|template| template.field)
}

fn check_references(stage: &Stage, orders: &BTreeSet<i32>) -> Result<(), (String, String)> {
    for (field, target) in [
        ("nextStageOnPass", stage.next_stage_on_pass),
        ("nextStageOnFail", stage.next_stage_on_fail),
    ] {
        if let Some(target) = target
            && target != END
            && !orders.contains(&target)
        {
            let message = format!("{target} is no stage of this workflow; 0 ends the run");
            return Err((field.to_owned(), message));
        }
    }
    let mapping = Mapping::parse(stage.input_variable_mapping.as_ref())
        .map_err(|(key, message)| (join("inputVariableMapping", &key), message))?;
    let unknown = mapping
        .iter()
        .filter_map(|(name, path)| SourcePath::stage(path).map(|source| (name, source)))
        .find(|(_, source)| !orders.contains(source));
    if let Some((name, source)) = unknown {
        return Err((
            join("inputVariableMapping", name),
            format!("reads from stage {source}, which this workflow does not have"),
        ));
    }
    if let Some((one, other)) = mapping.twins() {
        return Err((
            join("inputVariableMapping", other),
            format!("is the same name as \"{one}\" in another normal form: keep one of them"),
        ));
    }
    stage
        .templates()
        .try_for_each(|template| check_paths(stage.stage_order, template, orders))
}

fn check_paths(
    order: i32,
    template: TemplateField<'_>,
    orders: &BTreeSet<i32>,
) -> Result<(), (String, String)> {
    for placeholder in Template::parse(template.text, Syntax::Second).placeholders() {
        let message = match &placeholder.reference {
            Reference::Unreadable(message) => message.clone(),
            Reference::Path(path) => match path.stage() {
                Some(stage) if !orders.contains(&stage) => format!(
                    "uses {{{{{}}}}}, which reads from stage {stage}, which this workflow does not have",
                    placeholder.name
                ),
                Some(stage) if stage == order && template.given.is_some() => format!(
                    "uses {{{{{}}}}}, which is not there before its judge has passed it: use {{{{output}}}} for the answer that is judged",
                    placeholder.name
                ),
                _ => continue,
            },
            Reference::Name => continue,
        };
        return Err((template.field.to_owned(), message));
    }
    Ok(())
}

fn check_texts(stage: &Stage) -> Result<(), (String, String)> {
    OutputVariables::parse(stage.output_variables.as_ref())
        .map_err(|message| ("outputVariables".to_owned(), message))?;
    stage
        .criteria()
        .map_err(|fault| (join("validationCriteria", &fault.path), fault.message))?;
    match &stage.flowise_config {
        None | Some(Value::Object(_)) => Ok(()),
        Some(_) => Err((
            "flowiseConfig".to_owned(),
            "must be an object of the model's settings".to_owned(),
        )),
    }
}

/// What is wrong with the criteria of the stage with this [`label`].
#[must_use]
pub fn criteria_fault(index: Option<usize>, label: &str, fault: &validate::Fault) -> Fault {
    let field = join("validationCriteria", &fault.path);
    Fault {
        index,
        message: format!("{label}: {field} {}", fault.message),
        field,
    }
}

/// What is wrong with the schemas among the output variables of the stage with this [`label`].
#[must_use]
pub fn variables_fault(index: Option<usize>, label: &str, fault: &validate::Fault) -> Fault {
    let field = join("outputVariables", &fault.path);
    Fault {
        index,
        message: format!("{label}: {field} {}", fault.message),
        field,
    }
}

/// A stage's name for messages: `stage 2 (Summary)`.
#[must_use]
pub fn label(order: i32, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("stage {order} ({name})"),
        None => format!("stage {order}"),
    }
}

fn fault_at(index: usize, stage: &Stage, field: &str, message: &str) -> Fault {
    Fault {
        index: Some(index),
        field: field.to_owned(),
        message: format!("{}: {field} {message}", stage.label()),
    }
}

fn join(field: &str, path: &str) -> String {
    if path.is_empty() {
        field.to_owned()
    } else {
        format!("{field}.{path}")
    }
}
