//! What is wrong with a file is said by the file, the stage and the field.

use std::fs;

use serde_json::{Value, json};

use super::{Terminal, assert_holds, complaint_of};

#[tokio::test]
async fn what_is_wrong_with_a_file_is_said_by_file_stage_and_field() {
    let terminal = Terminal::open().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flow.json");
    let of = |stage: Value| {
        let mut whole = json!({ "stageOrder": 2, "name": "Draft", "promptTemplate": "Go." });
        let fields = whole.as_object_mut().unwrap();
        fields.extend(stage.as_object().unwrap().clone());
        let first = json!({ "stageOrder": 1, "key": "facts", "promptTemplate": "Go." });
        json!({ "name": "Flow", "stages": [first, whole] }).to_string()
    };
    for (file, said) in [
        (
            "{\"name\": ".to_owned(),
            ["must hold one JSON object", "line 1"],
        ),
        (
            json!({ "name": "Flow", "output_mapping": {} }).to_string(),
            [
                "unknown field output_mapping",
                "did you mean outputMapping?",
            ],
        ),
        (
            of(json!({ "inputMapping": {} })),
            [
                "stage 2 (Draft): unknown field inputMapping",
                "did you mean inputVariableMapping?",
            ],
        ),
        (
            of(json!({ "model": "scriptd" })),
            ["stage 2 (Draft): model", "did you mean scripted?"],
        ),
        (
            of(json!({ "retryLimit": 101 })),
            ["stage 2 (Draft): retryLimit", "stages[1].retryLimit"],
        ),
        (
            of(json!({ "retryLimit": "two" })),
            ["retryLimit must be", "stages[1].retryLimit"],
        ),
        (
            of(json!({ "forEach": ["facts.people"] })),
            [
                "stage 2 (Draft): forEach must be a JSON object",
                "stages[1].forEach",
            ],
        ),
        (
            of(json!({ "promptTemplate": "{{stage_4.raw}}" })),
            ["stage 2 (Draft): promptTemplate", "the nearest is stage 2"],
        ),
        (
            of(json!({ "inputVariableMapping": { "who": "fact.people" } })),
            [
                "stage 2 (Draft): inputVariableMapping.who",
                "did you mean facts?",
            ],
        ),
    ] {
        fs::write(&path, &file).unwrap();
        let complaint = complaint_of(&terminal.start(&path, &[]).await);
        assert_holds(&complaint, &[&format!("error: {}", path.display())]);
        assert_holds(&complaint, &said);
    }
    let query = "{ workflows { nodes { id } } }";
    let made = terminal.server.data(&terminal.user, query, json!({}));
    assert_eq!(made.await["workflows"]["nodes"], json!([]));
    terminal.server.stop().await;
}
