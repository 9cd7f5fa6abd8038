//! What a completed run answers: by its workflow's mapping, else the output of the stage that passed last.

use serde_json::{Value, json};

use super::{awaiting, decide, ended};
use crate::support::provider::Reply;
use crate::support::server::{Server, User, bad_input, text, too_large};

const OUTPUT: &str = "query($id: ID!) { execution(id: $id) { status output definition } }";
const WORKFLOW: &str =
    "query($id: ID!) { workflow(id: $id) { version outputMapping stages { id } } }";

/// What the run came to.
async fn output(server: &Server, user: &User, run: &str) -> Value {
    let data = server.data(user, OUTPUT, json!({ "id": run })).await;
    data["execution"]["output"].clone()
}

async fn workflow(server: &Server, user: &User, id: &str) -> Value {
    let mut data = server.data(user, WORKFLOW, json!({ "id": id })).await;
    data["workflow"].take()
}

/// A workflow whose first stage decides which of two others ends its runs.
async fn branching(server: &Server, user: &User, mapping: Value) -> String {
    let model = server.model().await;
    let stages = json!([
        { "promptTemplate": "sort {{word}}", "outputVariables": { "kind": "string" },
          "validationType": "REGEX", "validationCriteria": { "pattern": "good" },
          "nextStageOnPass": 2, "nextStageOnFail": 3 },
        { "promptTemplate": "praise", "nextStageOnPass": 0 },
        { "promptTemplate": "mend" },
    ]);
    let workflow = server.workflow(user, &model, stages).await;
    let input = json!({ "id": workflow, "outputMapping": mapping });
    server.mutate(user, "updateWorkflow", input, "{ id }").await;
    workflow
}

#[tokio::test]
async fn a_completed_run_answers_by_its_mapping_and_what_has_no_value_is_null() {
    let server = Server::start().await;
    let user = server.user();
    let mapping = json!({
        "kind": "stage_1.output.kind",
        "text": ["stage_2.raw", "stage_3.raw"],
        "last": { "latest": ["stage_1.raw", "stage_3.raw", "stage_2.raw"] },
        "word": "inputs.word",
        "nobody": "inputs.nobody",
        "praise": "stage_2.output.text",
        "why": "stage_1.notes",
        "tone": { "from": "inputs.tone", "default": ["dry"] },
    });
    let workflow = branching(&server, &user, mapping.clone()).await;
    for (kind, said) in [("good", "well done"), ("bad", "better")] {
        let kind_of = json!({ "kind": kind }).to_string();
        server.provider.reply(Reply::text(&kind_of));
        server.provider.reply(Reply::gated(said));
        let asked = server.provider.requests().len();
        let id = server.run(&user, &workflow).await;
        server.provider.wait_for_requests(asked + 2).await;
        assert_eq!(output(&server, &user, &id).await, json!(null));
        server.provider.release();
        let run = ended(&server, &user, &id).await;
        assert_eq!(run["status"], "COMPLETED");
        let praise = (kind == "good").then_some(said);
        let why = &run["logs"]["nodes"][0]["validatorNotes"];
        let last = if kind == "good" {
            "well done"
        } else {
            "better"
        };
        let expected = json!({ "kind": kind, "text": said, "last": last, "word": "hello",
            "nobody": null, "praise": praise, "why": why, "tone": ["dry"] });
        assert_eq!(output(&server, &user, &id).await, expected);
        let data = server.data(&user, OUTPUT, json!({ "id": id })).await;
        let pinned = &data["execution"]["definition"]["outputMapping"];
        assert_eq!(*pinned, mapping);

        // A rerun of its last stage answers with what it took over; a change of the workflow changes no run.
        server.provider.reply(Reply::text("again"));
        let from = if kind == "good" { 2 } else { 3 };
        let input = json!({ "executionId": id, "fromStageOrder": from });
        let again = server
            .mutate(&user, "rerunExecution", input, "{ id }")
            .await;
        let again = text(&again["id"]);
        ended(&server, &user, &again).await;
        let answered = output(&server, &user, &again).await;
        assert_eq!(
            (&answered["kind"], &answered["text"]),
            (&json!(kind), &json!("again"))
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn without_a_mapping_it_is_the_output_of_the_stage_that_passed_last() {
    let server = Server::start().await;
    let user = server.user();
    let workflow = branching(&server, &user, json!(null)).await;
    for (kind, said) in [("good", "well done"), ("bad", "better")] {
        server
            .provider
            .reply(Reply::text(&json!({ "kind": kind }).to_string()));
        server.provider.reply(Reply::text(said));
        let id = server.run(&user, &workflow).await;
        let run = ended(&server, &user, &id).await;
        assert_eq!(run["status"], "COMPLETED");
        assert_eq!(output(&server, &user, &id).await, json!({ "text": said }));
        let data = server.data(&user, OUTPUT, json!({ "id": id })).await;
        assert_eq!(data["execution"]["definition"].get("outputMapping"), None);
    }
    // A run that fails answers nothing, and one that a person ends what that person made of it.
    server.provider.otherwise(|_| Reply::status(400));
    let id = server.run(&user, &workflow).await;
    assert_eq!(ended(&server, &user, &id).await["status"], "FAILED");
    assert_eq!(output(&server, &user, &id).await, json!(null));

    server.provider.otherwise(|_| Reply::text("{\"n\": 1}"));
    let models = server.data(&user, "{ models { id name } }", json!({}));
    let models = models.await["models"].take();
    let mut models = models.as_array().unwrap().iter();
    let model = models.find(|model| model["name"] == "Scripted").unwrap();
    let model = text(&model["id"]);
    let manual = json!([{ "validationType": "MANUAL", "outputVariables": { "n": "integer" } }]);
    let manual = server.workflow(&user, &model, manual).await;
    let id = server.run(&user, &manual).await;
    server.until(&user, &id, "PAUSED").await;
    let log = awaiting(&server, &user).await;
    let decision = json!({ "logId": log, "result": "PASS", "editedOutput": "{\"n\": 2}" });
    decide(&server, &user, decision).await;
    ended(&server, &user, &id).await;
    assert_eq!(output(&server, &user, &id).await, json!({ "n": 2 }));

    // Of many at once in a few statements, and not read where nobody asks.
    let list = "{ executions(first: 20) { nodes { id output } } }";
    let (data, spent) = server.priced(&user, list, json!({})).await;
    let outputs = data["executions"]["nodes"].as_array().unwrap();
    let given = outputs.iter().filter(|run| !run["output"].is_null());
    assert_eq!((outputs.len(), given.count()), (4, 3));
    assert!(spent <= 6, "{spent} statements");
    let (_, spent) = server
        .priced(&user, "{ executions { nodes { id } } }", json!({}))
        .await;
    assert_eq!(spent, 1);
    server.stop().await;
}

#[tokio::test]
async fn a_value_by_which_an_answer_would_be_too_large_is_null() {
    const MIB: usize = 1024 * 1024;
    let server = Server::start().await;
    let answer = "x".repeat(MIB - 2);
    server.provider.otherwise(move |_| Reply::text(&answer));
    let user = server.user();
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
    let mapping: Value = names
        .iter()
        .map(|name| ((*name).to_owned(), json!("stage_2.raw")))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let model = server.model().await;
    let stages = json!([{ "stageOrder": 1, "modelId": model, "promptTemplate": "a" },
        { "stageOrder": 2, "modelId": model, "promptTemplate": "a" }]);
    let input = json!({ "name": "Large", "stages": stages, "outputMapping": mapping });
    let made = server
        .mutate(&user, "createWorkflow", input, "{ id }")
        .await;
    let id = server.run(&user, &text(&made["id"])).await;
    ended(&server, &user, &id).await;
    let output = output(&server, &user, &id).await;
    for name in &names[..8] {
        assert_eq!(output[name].as_str().map(str::len), Some(MIB - 2), "{name}");
    }
    assert_eq!(output["i"], json!(null));
    let delete = "mutation($id: ID!) { deleteExecution(id: $id) }";
    server.data(&user, delete, json!({ "id": id })).await;
    server.stop().await;
}

#[tokio::test]
async fn a_mapping_is_checked_against_the_stages_that_there_would_be() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let mapping = json!({ "title": "stage_2.output.title" });
    let id = server.workflow(&user, &model, json!([{}, {}])).await;
    let before = workflow(&server, &user, &id).await;
    assert_eq!(before["outputMapping"], json!(null));
    let stage = |order: i32| json!({ "stageOrder": order, "promptTemplate": "a" });
    let nested = (0..110).fold(json!(1), |inner, _| json!([inner]));
    for (value, refusal) in [
        (json!({ "a": "stage_3.raw" }), bad_input("outputMapping.a")),
        (json!({ "a": "somewhere" }), bad_input("outputMapping.a")),
        (
            json!({ "a": { "form": "inputs.a" } }),
            bad_input("outputMapping.a"),
        ),
        (json!("stage_1.raw"), bad_input("outputMapping")),
        (json!({ "a": nested }), too_large("outputMapping")),
    ] {
        let update = json!({ "id": id, "outputMapping": value });
        let replace = json!({ "workflowId": id, "stages": [stage(1)], "outputMapping": value });
        let create = json!({ "name": "New", "stages": [stage(1)], "outputMapping": value });
        for (name, input) in [
            ("updateWorkflow", update),
            ("updateWorkflowStages", replace),
            ("createWorkflow", create),
        ] {
            assert_eq!(
                server.refused(&user, name, input).await,
                refusal,
                "{name} {value}"
            );
        }
    }
    assert_eq!(workflow(&server, &user, &id).await, before);

    let input = json!({ "id": id, "outputMapping": mapping });
    server
        .mutate(&user, "updateWorkflow", input, "{ id }")
        .await;
    let saved = workflow(&server, &user, &id).await;
    assert_eq!(
        (&saved["outputMapping"], &saved["version"]),
        (&mapping, &json!(2))
    );
    // What it reads from stays.
    let second = &saved["stages"][1]["id"];
    let refusal = server
        .refused(&user, "deleteStage", json!({ "id": second }))
        .await;
    assert_eq!(refusal, bad_input("id"));
    let moved = json!({ "id": second, "stageOrder": 7 });
    let refusal = server.refused(&user, "updateStage", moved).await;
    assert_eq!(refusal, bad_input("outputMapping.title"));
    let one = json!({ "workflowId": id, "stages": [stage(1)] });
    let refusal = server
        .refused(&user, "updateWorkflowStages", one.clone())
        .await;
    assert_eq!(refusal, bad_input("outputMapping.title"));
    // One change can be of both, and what is left out stays.
    for (given, expected) in [
        (None, json!({ "title": "stage_2.output.title" })),
        (
            Some(json!({ "it": "stage_7.raw" })),
            json!({ "it": "stage_7.raw" }),
        ),
        (Some(json!(null)), json!(null)),
    ] {
        let order = if given.is_none() { 2 } else { 7 };
        let mut input = json!({ "workflowId": id, "stages": [stage(1), stage(order)] });
        if let Some(given) = given {
            input["outputMapping"] = given;
        }
        server
            .mutate(&user, "updateWorkflowStages", input, "{ id }")
            .await;
        let saved = workflow(&server, &user, &id).await;
        assert_eq!(saved["outputMapping"], expected);
    }
    server
        .mutate(&user, "updateWorkflowStages", one, "{ id }")
        .await;
    server.stop().await;
}

#[tokio::test]
async fn a_mapping_goes_with_its_workflow_into_snapshots_and_copies() {
    let server = Server::start().await;
    let user = server.user();
    let mapping = json!({ "text": ["stage_2.raw", "stage_3.raw"] });
    let id = branching(&server, &user, mapping.clone()).await;
    let duplicate = "mutation($id: ID!) { duplicateWorkflow(id: $id) { outputMapping } }";
    let copy = server.data(&user, duplicate, json!({ "id": id })).await;
    assert_eq!(copy["duplicateWorkflow"]["outputMapping"], mapping);
    let input = json!({ "workflowId": id, "name": "kept" });
    let kept = server
        .mutate(&user, "createSnapshot", input, "{ id snapshotData }")
        .await;
    assert_eq!(kept["snapshotData"]["workflow"]["outputMapping"], mapping);
    let clear = json!({ "id": id, "outputMapping": null });
    server
        .mutate(&user, "updateWorkflow", clear, "{ id }")
        .await;
    let bare = json!({ "workflowId": id, "name": "bare" });
    let bare = server
        .mutate(&user, "createSnapshot", bare, "{ id snapshotData }")
        .await;
    let header = bare["snapshotData"]["workflow"].as_object().unwrap();
    assert!(!header.contains_key("outputMapping"), "{header:?}");
    for (snapshot, expected) in [(&kept, mapping), (&bare, json!(null))] {
        for into in [json!(null), json!(id)] {
            let input = json!({ "snapshotId": snapshot["id"], "intoWorkflowId": into });
            let restored = server
                .mutate(&user, "restoreSnapshot", input, "{ outputMapping }")
                .await;
            assert_eq!(restored["outputMapping"], expected);
        }
    }
    server.stop().await;
}
