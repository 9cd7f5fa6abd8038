//! How large texts, JSON and lists may be, and what becomes of U+0000.

use serde_json::{Value, json};

use crate::support::provider::Reply;
use crate::support::server::{Server, text, too_large};

const KIB: usize = 1024;

/// Inputs with one part of the given size, the largest size that fits, and the field of the refusal
/// beyond it.
type Limit = (&'static str, fn(&str, usize) -> Value, usize, &'static str);

/// Input is made from the id of a workflow with a stage at order 1.
const LIMITS: &[Limit] = &[
    (
        "createWorkflow",
        |_, size| json!({ "name": "ä".repeat(size) }),
        200,
        "name",
    ),
    (
        "updateWorkflow",
        |id, size| json!({ "id": id, "name": "x".repeat(size) }),
        200,
        "name",
    ),
    (
        "updateWorkflow",
        |id, size| json!({ "id": id, "description": "x".repeat(size) }),
        10_000,
        "description",
    ),
    (
        "updateWorkflow",
        |id, size| json!({ "id": id, "metadata": object(size) }),
        KIB * KIB,
        "metadata",
    ),
    (
        "createSnapshot",
        |id, size| json!({ "workflowId": id, "name": "x".repeat(size) }),
        200,
        "name",
    ),
    (
        "addStage",
        |id, size| json!({ "workflowId": id, "stage": { "stageOrder": 2, "name": "x".repeat(size) } }),
        200,
        "stage.name",
    ),
    (
        "updateWorkflowStages",
        |id, size| json!({ "workflowId": id, "stages": [{ "stageOrder": 1, "promptTemplate": "x".repeat(size) }] }),
        256 * KIB,
        "stages[0].promptTemplate",
    ),
    (
        "updateWorkflowStages",
        |id, size| json!({ "workflowId": id, "stages": [{ "stageOrder": 1, "systemTemplate": "x".repeat(size) }] }),
        256 * KIB,
        "stages[0].systemTemplate",
    ),
    (
        "updateWorkflowStages",
        |id, size| json!({ "workflowId": id, "stages": [{ "stageOrder": 1, "promptTemplate": "ä".repeat(size) }] }),
        128 * KIB,
        "stages[0].promptTemplate",
    ),
    (
        "updateWorkflowStages",
        |id, size| json!({ "workflowId": id, "stages": [{ "stageOrder": 1, "flowiseConfig": settings(size) }] }),
        KIB * KIB,
        "stages[0].flowiseConfig",
    ),
    (
        "updateWorkflowStages",
        |id, size| json!({ "workflowId": id, "stages": stages(size) }),
        100,
        "stages",
    ),
    (
        "createWorkflow",
        |_, size| json!({ "name": "Many", "stages": stages(size) }),
        100,
        "stages",
    ),
    (
        "updateProfile",
        |_, size| json!({ "fullName": "x".repeat(size) }),
        200,
        "fullName",
    ),
    (
        "updateProfile",
        |_, size| json!({ "preferences": object(size) }),
        KIB * KIB,
        "preferences",
    ),
    (
        "updateProfile",
        |_, size| json!({ "savedPrompts": vec![json!({ "name": "x", "prompt": "y" }); size] }),
        200,
        "savedPrompts",
    ),
    (
        "updateProfile",
        |_, size| json!({ "savedPrompts": [{ "name": "x", "prompt": "y".repeat(size) }] }),
        256 * KIB,
        "savedPrompts[0].prompt",
    ),
];

/// A JSON object of so many bytes.
fn object(size: usize) -> Value {
    json!({ "k": "x".repeat(size - json!({ "k": "" }).to_string().len()) })
}

/// A stage's settings of so many bytes.
fn settings(size: usize) -> Value {
    json!({ "stop": "x".repeat(size - json!({ "stop": "" }).to_string().len()) })
}

fn stages(count: usize) -> Vec<Value> {
    (1..=count)
        .map(|order| json!({ "stageOrder": order }))
        .collect()
}

#[tokio::test]
async fn what_is_as_large_as_allowed_is_taken_and_anything_larger_is_named() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    for (name, input, most, field) in LIMITS {
        let refusal = server
            .refused(&user, name, input(&workflow, most + 1))
            .await;
        assert_eq!(refusal, too_large(field), "{name}");
        server
            .mutate(&user, name, input(&workflow, *most), "{ id }")
            .await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_hundred_and_first_stage_is_refused() {
    let server = Server::start().await;
    let user = server.user();
    let input = json!({ "name": "Full", "stages": stages(100) });
    let workflow = server
        .mutate(&user, "createWorkflow", input, "{ id }")
        .await;
    let input = json!({ "workflowId": workflow["id"], "stage": { "stageOrder": 101 } });
    assert_eq!(
        server.refused(&user, "addStage", input).await,
        too_large("stages")
    );
    server.stop().await;
}

#[tokio::test]
async fn inputs_of_a_run_have_limits_too() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    for (input, field) in [
        (json!({ "inputs": object(KIB * KIB + 1) }), "inputs"),
        (json!({ "clientKey": "x".repeat(201) }), "clientKey"),
    ] {
        let mut input = input;
        input["workflowId"] = json!(workflow);
        assert_eq!(
            server.refused(&user, "startExecution", input).await,
            too_large(field)
        );
    }
    let data = server
        .data(&user, "{ executions { nodes { id } } }", json!({}))
        .await;
    assert_eq!(data["executions"]["nodes"], json!([]));
    server.stop().await;
}

#[tokio::test]
async fn zero_characters_become_replacement_characters_wherever_they_stand() {
    let server = Server::start().await;
    let user = server.user();
    let (sent, kept) = ("a\0b", "a\u{fffd}b");
    let input = |word: &str| {
        json!({
            "name": word,
            "description": word,
            "metadata": { word: [word, { "deep": word }] },
            "stages": [{ "stageOrder": 1, "name": word, "promptTemplate": word,
                "outputVariables": { word: "string" }, "flowiseConfig": { "stop": word } }],
        })
    };
    let fields = "{ id name description metadata
        stages { stageOrder name promptTemplate outputVariables flowiseConfig } }";
    let made = server
        .mutate(&user, "createWorkflow", input(sent), fields)
        .await;
    let query = format!("query($id: ID!) {{ workflow(id: $id) {fields} }}");
    let mut data = server
        .data(&user, &query, json!({ "id": made["id"] }))
        .await;
    let mut read = data["workflow"].take();
    read.as_object_mut().unwrap().remove("id");
    assert_eq!(read, input(kept));

    let search = "query($part: String) { workflows(search: $part) { nodes { id } } }";
    for part in [sent, kept] {
        let data = server.data(&user, search, json!({ "part": part })).await;
        assert_eq!(data["workflows"]["nodes"][0]["id"], made["id"]);
    }
    let profile = |word: &str| {
        json!({ "fullName": word, "preferences": { word: word },
        "savedPrompts": [{ "name": word, "prompt": word }] })
    };
    let fields = "{ fullName preferences savedPrompts { name prompt } }";
    let updated = server
        .mutate(&user, "updateProfile", profile(sent), fields)
        .await;
    assert_eq!(updated, profile(kept));
    let input = json!({ "workflowId": made["id"], "name": sent, "description": sent });
    let snapshot = server
        .mutate(&user, "createSnapshot", input, "{ name description }")
        .await;
    assert_eq!(snapshot, json!({ "name": kept, "description": kept }));
    let id = text(&made["id"]);
    let copy =
        "mutation($id: ID!, $name: String) { duplicateWorkflow(id: $id, name: $name) { name } }";
    let data = server
        .data(&user, copy, json!({ "id": id, "name": sent }))
        .await;
    assert_eq!(data["duplicateWorkflow"]["name"], kept);
    server.stop().await;
}

#[tokio::test]
async fn zero_characters_of_a_run_become_replacement_characters_too() {
    let server = Server::start().await;
    server.provider.reply(Reply::text("a\0b"));
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let input = json!({ "workflowId": workflow, "inputs": { "word": "c\0d" } });
    let run = server
        .mutate(&user, "startExecution", input, "{ id }")
        .await;
    server.until(&user, &text(&run["id"]), "COMPLETED").await;
    let query = "query($id: ID!) { execution(id: $id) { executionInputs executionContext
        logs { nodes { promptSent rawOutput parsedOutput } } } }";
    let data = server.data(&user, query, json!({ "id": run["id"] })).await;
    let output = json!({ "text": "a\u{fffd}b" });
    let log = json!({ "promptSent": "say c\u{fffd}d", "rawOutput": "a\u{fffd}b", "parsedOutput": output });
    let expected = json!({
        "executionInputs": { "word": "c\u{fffd}d" },
        "executionContext": { "stage_1": { "output": output, "raw": "a\u{fffd}b" } },
        "logs": { "nodes": [log] },
    });
    assert_eq!(data["execution"], expected);
    server.stop().await;
}

#[tokio::test]
async fn a_workflow_as_a_whole_has_a_limit_too() {
    let server = Server::start().await;
    let user = server.user();
    let made = json!({ "name": "Large" });
    let id = server.mutate(&user, "createWorkflow", made, "{ id }").await;
    let id = text(&id["id"]);
    let add = |order: usize, size: usize| json!({ "workflowId": id, "stage": { "stageOrder": order, "flowiseConfig": settings(size) } });
    for order in 1..=7 {
        server
            .mutate(&user, "addStage", add(order, KIB * KIB), "{ id }")
            .await;
    }
    server
        .mutate(&user, "addStage", add(8, KIB * KIB - 20), "{ id }")
        .await;
    let refusal = server.refused(&user, "addStage", add(9, 21)).await;
    assert_eq!(refusal, too_large("stage"));
    server.mutate(&user, "addStage", add(9, 20), "{ id }").await;
    let stages = "query($id: ID!) { workflow(id: $id) { stages { id } } }";
    let data = server.data(&user, stages, json!({ "id": id })).await;
    let last = data["workflow"]["stages"][8]["id"].clone();
    let longer = json!({ "id": last, "name": "x" });
    let refusal = server.refused(&user, "updateStage", longer).await;
    assert_eq!(refusal, ("LIMIT_EXCEEDED".to_owned(), None));

    // One that is larger already, from before there was a limit.
    let kept = json!({ "workflowId": id, "name": "Kept" });
    let duplicate = "mutation($id: ID!) { duplicateWorkflow(id: $id) { id } }";
    server.data(&user, duplicate, json!({ "id": id })).await;
    let tx = server.deps.store.transaction().await.unwrap();
    let larger = "update stages set prompt_template = 'x' where stage_order = 9";
    sea_orm::ConnectionTrait::execute_unprepared(&tx, larger)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let kept = server.mutate(&user, "createSnapshot", kept, "{ id }").await;
    let refusal = server
        .refused(
            &user,
            "restoreSnapshot",
            json!({ "snapshotId": kept["id"] }),
        )
        .await;
    assert_eq!(refusal, ("LIMIT_EXCEEDED".to_owned(), None));
    let refusal = server
        .refusal(Some(&user), duplicate, json!({ "id": id }))
        .await;
    assert_eq!(refusal, ("LIMIT_EXCEEDED".to_owned(), None));
    server.stop().await;
}

/// A JSON object as a document writes it, of so many levels.
fn literal(levels: usize) -> String {
    format!("{}1{}", "{a:".repeat(levels), "}".repeat(levels))
}

#[tokio::test]
async fn json_is_taken_as_deep_as_all_that_keep_it_can_read_back() {
    let server = Server::start().await;
    let user = server.user();
    let create = |levels: usize| {
        let metadata = literal(levels);
        format!(
            "mutation {{ createWorkflow(input: {{ name: \"Deep\", metadata: {metadata} }}) {{ id }} }}"
        )
    };
    let made = server.data(&user, &create(100), json!({})).await;
    let kept = json!({ "workflowId": made["createWorkflow"]["id"], "name": "Kept" });
    let kept = server.mutate(&user, "createSnapshot", kept, "{ id }").await;
    let back = json!({ "snapshotId": kept["id"] });
    server
        .mutate(&user, "restoreSnapshot", back, "{ id }")
        .await;
    let refusal = server.refusal(Some(&user), &create(101), json!({})).await;
    assert_eq!(refusal, too_large("metadata"));
    server.stop().await;
}

#[tokio::test]
async fn an_answer_that_is_too_deep_to_be_kept_is_no_output() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let stages = json!([{ "outputVariables": { "a": "array" } }, { "promptTemplate": "go on" }]);
    let workflow = server.workflow(&user, &model, stages).await;
    for (levels, status) in [(100, "COMPLETED"), (101, "FAILED"), (126, "FAILED")] {
        let (open, close) = ("[".repeat(levels - 1), "]".repeat(levels - 1));
        let answer = format!("{{\"a\":{open}{close}}}");
        server.provider.otherwise(move |_| Reply::text(&answer));
        let run = server.run(&user, &workflow).await;
        server.until(&user, &run, status).await;
        let delete = "mutation($id: ID!) { deleteExecution(id: $id) }";
        server.data(&user, delete, json!({ "id": run })).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_document_that_would_end_the_stack_is_refused_before_it_is_parsed() {
    let server = Server::start().await;
    for levels in [200, 300, 500, 20_000] {
        for value in [literal(levels), "[".repeat(levels) + &"]".repeat(levels)] {
            let query = format!("{{ __typename @include(if: {value}) }}");
            let refusal = server.refusal(None, &query, json!({})).await;
            assert_eq!(refusal, ("LIMIT_EXCEEDED".to_owned(), None), "{levels}");
        }
    }
    server.stop().await;
}
