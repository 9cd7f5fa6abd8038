//! The table of all mutations, each with input that works for its owner and input that breaks a rule.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// What one mutation is tried with.
pub struct Step {
    pub name: &'static str,
    /// The id of the owner's thing, or of the model, that it is about, if it is about one.
    pub about: Option<String>,
    pub variables: Value,
    /// What to change in the variables to break a rule, and the code and field of the refusal.
    pub bad: Option<(Value, &'static str, &'static str)>,
}

impl Step {
    /// Is it about the catalogue, which users may not touch?
    pub fn is_for_administrators(&self) -> bool {
        self.name.ends_with("Model")
    }
}

/// The mutations in an order in which the owner can do them all. Nothing here depends on the world
/// but the ids.
pub fn steps(ids: &BTreeMap<&'static str, String>) -> Vec<Step> {
    let id = |name: &str| ids.get(name).cloned().unwrap_or_default();
    let (workflow, stage, spare) = (id("workflow"), id("stage"), id("spare"));
    let (run, second, log) = (id("run"), id("second"), id("log"));
    let (snapshot, model) = (id("snapshot"), id("model"));
    let long = "x".repeat(201);
    let bad = "BAD_USER_INPUT";
    let step = |name, about: Option<&String>, variables, bad| Step {
        name,
        about: about.cloned(),
        variables,
        bad,
    };
    let of = |name, about: &String, input: Value, bad| {
        step(name, Some(about), json!({ "input": input }), bad)
    };
    let by_id = |name, about: &String| step(name, Some(about), json!({ "id": about }), None);
    let kept = json!([
        { "id": stage, "stageOrder": 1, "validationType": "MANUAL", "promptTemplate": "again", "modelId": model },
        { "id": spare, "stageOrder": 2, "inputVariableMapping": { "word": "stage_1.raw" }, "modelId": model },
    ]);
    let catalogued = json!({ "input": { "id": model, "name": "Renamed", "provider": "openai",
        "modelIdentifierForFlowise": "renamed" } });
    vec![
        step(
            "updateProfile",
            None,
            json!({ "input": { "fullName": "Ada" } }),
            Some((json!({ "maxSnapshots": -1 }), bad, "maxSnapshots")),
        ),
        step(
            "createWorkflow",
            None,
            json!({ "input": { "name": "New" } }),
            Some((json!({ "name": " " }), bad, "name")),
        ),
        of(
            "updateWorkflow",
            &workflow,
            json!({ "id": workflow, "name": "Renamed" }),
            Some((json!({ "name": null }), bad, "name")),
        ),
        of(
            "updateWorkflowStages",
            &workflow,
            json!({ "workflowId": workflow, "stages": kept }),
            Some((
                json!({ "stages": [{ "stageOrder": 1, "retryLimit": 101 }] }),
                bad,
                "stages[0].retryLimit",
            )),
        ),
        of(
            "addStage",
            &workflow,
            json!({ "workflowId": workflow, "stage": { "stageOrder": 3, "promptTemplate": "end", "modelId": model } }),
            Some((
                json!({ "stage": { "stageOrder": 2 } }),
                bad,
                "stage.stageOrder",
            )),
        ),
        of(
            "updateStage",
            &stage,
            json!({ "id": stage, "name": "Renamed" }),
            Some((json!({ "retryLimit": -1 }), bad, "retryLimit")),
        ),
        of(
            "deleteStage",
            &spare,
            json!({ "id": spare }),
            Some((json!({ "id": stage }), bad, "id")),
        ),
        step(
            "duplicateWorkflow",
            Some(&workflow),
            json!({ "id": workflow, "name": "Copy" }),
            Some((json!({ "name": long }), "LIMIT_EXCEEDED", "name")),
        ),
        of(
            "createSnapshot",
            &workflow,
            json!({ "workflowId": workflow, "name": "Kept too" }),
            Some((json!({ "name": "" }), bad, "name")),
        ),
        of(
            "updateSnapshot",
            &snapshot,
            json!({ "id": snapshot, "name": "Renamed" }),
            Some((json!({ "name": null }), bad, "name")),
        ),
        of(
            "restoreSnapshot",
            &snapshot,
            json!({ "snapshotId": snapshot }),
            None,
        ),
        by_id("deleteSnapshot", &snapshot),
        of(
            "startExecution",
            &workflow,
            json!({ "workflowId": workflow, "inputs": { "word": "hello" } }),
            Some((json!({ "inputs": [] }), bad, "inputs")),
        ),
        by_id("pauseExecution", &run),
        by_id("resumeExecution", &run),
        of(
            "recordManualValidation",
            &log,
            json!({ "logId": log, "result": "FAIL" }),
            Some((json!({ "editedOutput": "edit" }), bad, "editedOutput")),
        ),
        of(
            "rerunExecution",
            &run,
            json!({ "executionId": run }),
            Some((json!({ "fromStageOrder": 99 }), bad, "fromStageOrder")),
        ),
        by_id("cancelExecution", &second),
        by_id("deleteExecution", &second),
        by_id("deleteWorkflow", &workflow),
        step(
            "upsertModel",
            Some(&model),
            catalogued,
            Some((json!({ "provider": "nobody" }), bad, "provider")),
        ),
        by_id("deleteModel", &model),
    ]
}
