//! The table of all mutations, each with input that works for its owner and input that breaks a rule.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The ids of what there is, by what it is.
pub type Ids = BTreeMap<&'static str, String>;

/// What to change in the variables to break a rule, and the code and field of the refusal.
type Fault = Option<(Value, &'static str, &'static str)>;

/// What one mutation is tried with.
pub struct Step {
    pub name: &'static str,
    /// The id of the owner's thing, or of the model, that it is about, if it is about one.
    pub about: Option<String>,
    pub variables: Value,
    pub bad: Fault,
}

impl Step {
    /// Is it about the catalogue, which users may not touch?
    pub fn is_for_administrators(&self) -> bool {
        self.name.ends_with("Model")
    }
}

const BAD: &str = "BAD_USER_INPUT";

/// The mutations in an order in which the owner can do them all. Nothing here depends on the world
/// but the ids.
pub fn steps(ids: &Ids) -> Vec<Step> {
    let mut steps = on_workflows(ids);
    steps.extend(on_stages(ids));
    steps.extend(on_copies(ids));
    steps.extend(on_runs(ids));
    steps.extend(at_last(ids));
    steps
}

/// On the profile, and on workflows themselves.
fn on_workflows(ids: &Ids) -> Vec<Step> {
    let workflow = id(ids, "workflow");
    vec![
        about_nothing(
            "updateProfile",
            json!({ "fullName": "Ada" }),
            Some((json!({ "maxSnapshots": -1 }), BAD, "maxSnapshots")),
        ),
        about_nothing(
            "createWorkflow",
            json!({ "name": "New" }),
            Some((json!({ "name": " " }), BAD, "name")),
        ),
        of(
            "updateWorkflow",
            workflow,
            json!({ "id": workflow, "name": "Renamed" }),
            Some((json!({ "name": null }), BAD, "name")),
        ),
    ]
}

fn on_stages(ids: &Ids) -> Vec<Step> {
    let workflow = id(ids, "workflow");
    let stage = id(ids, "stage");
    let spare = id(ids, "spare");
    let model = id(ids, "model");
    let kept = json!([
        { "id": stage, "stageOrder": 1, "validationType": "MANUAL", "promptTemplate": "again", "modelId": model },
        { "id": spare, "stageOrder": 2, "inputVariableMapping": { "word": "stage_1.raw" }, "modelId": model },
    ]);
    let added = json!({ "stageOrder": 3, "promptTemplate": "end", "modelId": model });
    vec![
        of(
            "updateWorkflowStages",
            workflow,
            json!({ "workflowId": workflow, "stages": kept }),
            Some((
                json!({ "stages": [{ "stageOrder": 1, "retryLimit": 101 }] }),
                BAD,
                "stages[0].retryLimit",
            )),
        ),
        of(
            "reorderStages",
            workflow,
            json!({ "workflowId": workflow, "stageIds": [stage, spare] }),
            Some((json!({ "stageIds": [stage] }), BAD, "stageIds")),
        ),
        of(
            "addStage",
            workflow,
            json!({ "workflowId": workflow, "stage": added }),
            Some((
                json!({ "stage": { "stageOrder": 2 } }),
                BAD,
                "stage.stageOrder",
            )),
        ),
        of(
            "updateStage",
            stage,
            json!({ "id": stage, "name": "Renamed" }),
            Some((json!({ "retryLimit": -1 }), BAD, "retryLimit")),
        ),
        of(
            "deleteStage",
            spare,
            json!({ "id": spare }),
            Some((json!({ "id": stage }), BAD, "id")),
        ),
    ]
}

/// On copies of workflows.
fn on_copies(ids: &Ids) -> Vec<Step> {
    let workflow = id(ids, "workflow");
    let snapshot = id(ids, "snapshot");
    vec![
        Step {
            variables: json!({ "id": workflow, "name": "Copy" }),
            bad: Some((json!({ "name": "x".repeat(201) }), "LIMIT_EXCEEDED", "name")),
            ..by_id("duplicateWorkflow", workflow)
        },
        of(
            "createSnapshot",
            workflow,
            json!({ "workflowId": workflow, "name": "Kept too" }),
            Some((json!({ "name": "" }), BAD, "name")),
        ),
        of(
            "updateSnapshot",
            snapshot,
            json!({ "id": snapshot, "name": "Renamed" }),
            Some((json!({ "name": null }), BAD, "name")),
        ),
        of(
            "restoreSnapshot",
            snapshot,
            json!({ "snapshotId": snapshot }),
            None,
        ),
        by_id("deleteSnapshot", snapshot),
    ]
}

fn on_runs(ids: &Ids) -> Vec<Step> {
    let workflow = id(ids, "workflow");
    let run = id(ids, "run");
    let second = id(ids, "second");
    let log = id(ids, "log");
    vec![
        of(
            "startExecution",
            workflow,
            json!({ "workflowId": workflow, "inputs": { "word": "hello" } }),
            Some((json!({ "inputs": [] }), BAD, "inputs")),
        ),
        by_id("pauseExecution", run),
        by_id("resumeExecution", run),
        of(
            "recordManualValidation",
            log,
            json!({ "logId": log, "result": "FAIL" }),
            Some((json!({ "editedOutput": "edit" }), BAD, "editedOutput")),
        ),
        of(
            "rerunExecution",
            run,
            json!({ "executionId": run }),
            Some((json!({ "fromStageOrder": 99 }), BAD, "fromStageOrder")),
        ),
        by_id("cancelExecution", second),
        by_id("deleteExecution", second),
    ]
}

/// What nothing works without.
fn at_last(ids: &Ids) -> Vec<Step> {
    let workflow = id(ids, "workflow");
    let model = id(ids, "model");
    let catalogued = json!({ "id": model, "name": "Renamed", "provider": "openai",
        "modelIdentifierForFlowise": "renamed" });
    vec![
        by_id("deleteWorkflow", workflow),
        of(
            "upsertModel",
            model,
            catalogued,
            Some((json!({ "provider": "nobody" }), BAD, "provider")),
        ),
        by_id("deleteModel", model),
    ]
}

/// A mutation with an input that names nothing of anybody's.
fn about_nothing(name: &'static str, input: Value, bad: Fault) -> Step {
    Step {
        name,
        about: None,
        variables: Value::from_iter([("input", input)]),
        bad,
    }
}

/// A mutation with an input that names `about`.
fn of(name: &'static str, about: &str, input: Value, bad: Fault) -> Step {
    Step {
        about: Some(about.to_owned()),
        ..about_nothing(name, input, bad)
    }
}

/// A mutation with nothing but an id, which breaks no rule.
fn by_id(name: &'static str, about: &str) -> Step {
    Step {
        name,
        about: Some(about.to_owned()),
        variables: json!({ "id": about }),
        bad: None,
    }
}

fn id<'a>(ids: &'a Ids, name: &str) -> &'a str {
    ids.get(name).map_or("", String::as_str)
}
