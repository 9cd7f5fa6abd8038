//! The workflow that has the name of a file, and how it comes to say what the file says.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// A workflow of the server, as far as a file that changes it has to know it.
#[derive(Debug, Deserialize)]
pub(super) struct Saved {
    pub(super) id: Uuid,
    pub(super) name: String,
    version: i32,
    stages: Vec<Stage>,
}

#[derive(Debug, Deserialize)]
struct Stage {
    id: Uuid,
    #[serde(rename = "stageOrder")]
    order: i32,
    key: Option<String>,
}

impl Saved {
    /// The input of `updateWorkflowStages` for what `file` says, the input of `createWorkflow`. A stage stays the one
    /// that it was where its key is the same, else where its order is.
    pub(super) fn stages(&self, file: &Value) -> Value {
        let mut left: Vec<&Stage> = self.stages.iter().collect();
        let mut stages = file["stages"].as_array().cloned().unwrap_or_default();
        let same: [fn(&Stage, &Value) -> bool; 2] = [
            |was, stage| was.key.is_some() && stage["key"].as_str() == was.key.as_deref(),
            |was, stage| stage["stageOrder"].as_i64() == Some(was.order.into()),
        ];
        for is_same in same {
            for stage in &mut stages {
                if stage.get("id").is_some() {
                    continue;
                }
                let found = left.iter().position(|was| is_same(was, stage));
                let found = found.map(|place| left.remove(place).id);
                if let (Some(id), Some(fields)) = (found, stage.as_object_mut()) {
                    fields.insert("id".to_owned(), json!(id));
                }
            }
        }
        json!({
            "workflowId": self.id,
            "expectedVersion": self.version,
            "stages": stages,
            "outputMapping": file.get("outputMapping"),
        })
    }

    /// The input of `updateWorkflow` for the rest.
    pub(super) fn rest(&self, file: &Value) -> Value {
        json!({
            "id": self.id,
            "description": file.get("description"),
            "metadata": file.get("metadata"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_kept_by_their_keys_then_by_their_orders() {
        let id = |number| Uuid::from_u128(number);
        let stage = |number, order, key: Option<&str>| Stage {
            id: id(number),
            order,
            key: key.map(str::to_owned),
        };
        let saved = Saved {
            id: id(9),
            name: "Flow".to_owned(),
            version: 3,
            stages: vec![
                stage(1, 1, Some("facts")),
                stage(2, 2, Some("draft")),
                stage(3, 3, None),
            ],
        };
        let file = json!({ "name": "Flow", "stages": [
            { "stageOrder": 1, "key": "draft" },
            { "stageOrder": 2, "key": "facts" },
            { "stageOrder": 3, "key": "end" },
            { "stageOrder": 4 },
        ] });
        let expected = json!({ "workflowId": id(9), "expectedVersion": 3, "outputMapping": null, "stages": [
            { "stageOrder": 1, "key": "draft", "id": id(2) },
            { "stageOrder": 2, "key": "facts", "id": id(1) },
            { "stageOrder": 3, "key": "end", "id": id(3) },
            { "stageOrder": 4 },
        ] });
        assert_eq!(saved.stages(&file), expected);
        let expected = json!({ "id": id(9), "description": null, "metadata": null });
        assert_eq!(saved.rest(&file), expected);
    }
}
