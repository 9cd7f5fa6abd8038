//! Files that are wrong, and files that change.

use std::fs;

use serde_json::{Value, json};

use super::{Terminal, assert_holds, complaint_of, output_of};

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
                "did you mean facts.people?",
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

#[tokio::test]
async fn a_file_that_has_changed_changes_its_workflow_where_that_is_asked_for() {
    let terminal = Terminal::open().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flow.json");
    let stage = |order: i32, key: &str, prompt: &str| json!({ "stageOrder": order, "key": key, "promptTemplate": prompt });
    let write = |file: &Value| fs::write(&path, file.to_string()).unwrap();
    let workflows = async || {
        let query = "{ workflows { nodes { id name description outputMapping
            stages { id stageOrder key promptTemplate } } } }";
        let mut data = terminal.server.data(&terminal.user, query, json!({})).await;
        data["workflows"]["nodes"].take()
    };
    let update = async || {
        terminal.answers(&["one", "two"]);
        output_of(&terminal.start(&path, &["--update"]).await)
    };
    let first = stage(1, "facts", "Find.");
    write(
        &json!({ "name": "Flow", "description": "Old.", "stages": [first, stage(2, "draft", "Go.")],
        "outputMapping": { "a": "draft.text" } }),
    );
    // Where there is none of its name it is made. A longer name is another one.
    let longer = json!({ "name": "Flow of another" });
    terminal
        .server
        .mutate(&terminal.user, "createWorkflow", longer, "{ id }")
        .await;
    assert_eq!(update().await, json!({ "a": "two" }));
    let before = workflows().await;
    assert_eq!(before.as_array().unwrap().len(), 2);

    write(
        &json!({ "name": "Flow", "stages": [stage(1, "draft", "Draft."), stage(2, "end", "End {{draft.text}}.")] }),
    );
    assert_eq!(update().await, json!({ "text": "two" }));
    assert_eq!(terminal.prompts()[2..], ["Draft.", "End one."]);
    let after = workflows().await;
    let (was, is) = (&before[0], &after[0]);
    assert_eq!(after[1], before[1]);
    assert_eq!(is["id"], was["id"]);
    assert_eq!(is["description"], Value::Null);
    assert_eq!(is["outputMapping"], Value::Null);
    // By its key the second stage is the first one now.
    let id = |workflow: &Value, place: usize| workflow["stages"][place]["id"].clone();
    assert_eq!(id(is, 0), id(was, 1));
    assert_ne!(id(is, 1), id(was, 0));

    // Otherwise there is another one then.
    terminal.answers(&["one", "two"]);
    output_of(&terminal.start(&path, &[]).await);
    assert_eq!(workflows().await.as_array().unwrap().len(), 3);
    terminal.server.stop().await;
}
