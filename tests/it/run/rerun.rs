//! Running again: what is taken over from the first run, and what is refused.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{awaiting, decide, ended};
use crate::support::provider::Reply;
use crate::support::server::{Server, User, bad_input, text};

/// The id of a run that repeats another, with what that input says.
async fn rerun(server: &Server, user: &User, of: &str, input: Value) -> String {
    let mut input = input;
    input["executionId"] = json!(of);
    let answer = server
        .mutate(user, "rerunExecution", input, "{ id rerunOf { id } }")
        .await;
    assert_eq!(answer["rerunOf"]["id"], of);
    text(&answer["id"])
}

#[tokio::test]
async fn a_rerun_from_a_stage_takes_over_what_came_before() {
    let server = Server::start().await;
    for answer in ["one", "two", "two again"] {
        server.provider.reply(Reply::text(answer));
    }
    let user = server.user();
    let mapped = json!({ "inputVariableMapping": { "word": "stage_1.raw" } });
    let first = server.run_of(&user, json!([{}, mapped])).await;
    ended(&server, &user, &first).await;
    let id = rerun(&server, &user, &first, json!({ "fromStageOrder": 2 })).await;
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["executionContext"]["stage_1"]["raw"], "one");
    assert_eq!(run["executionContext"]["stage_2"]["raw"], "two again");

    let delete = "mutation($id: ID!) { deleteExecution(id: $id) }";
    server.data(&user, delete, json!({ "id": first })).await;
    let query = "query($id: ID!) { execution(id: $id) { status rerunOf { id } } }";
    let data = server.data(&user, query, json!({ "id": id })).await;
    let expected = json!({ "status": "COMPLETED", "rerunOf": null });
    assert_eq!(data["execution"], expected);
    server.stop().await;
}

#[tokio::test]
async fn a_rerun_from_a_stage_begins_with_the_context_of_its_last_start() {
    let server = Server::start().await;
    for answer in ["first", "too long", "second", "ok"] {
        server.provider.reply(Reply::text(answer));
    }
    server.provider.otherwise(|_| Reply::text("new"));
    let user = server.user();
    let stages = json!([
        {},
        { "validationType": "FUNCTION", "nextStageOnFail": 1,
          "validationCriteria": { "functionName": "max_length", "args": { "length": 5 } } },
        { "promptTemplate": "{{a}}, {{b}}",
          "inputVariableMapping": { "a": "stage_1.raw", "b": "stage_2.raw" } },
    ]);
    let first = server.run_of(&user, stages).await;
    ended(&server, &user, &first).await;
    for (from, expected) in [
        (1, json!({ "stage_1": "first", "stage_2": "too long" })),
        (2, json!({ "stage_1": "second", "stage_2": "too long" })),
        (3, json!({ "stage_1": "second", "stage_2": "ok" })),
    ] {
        server.provider.reply(Reply::gated("new"));
        let asked = server.provider.requests().len();
        let id = rerun(&server, &user, &first, json!({ "fromStageOrder": from })).await;
        server.provider.wait_for_requests(asked + 1).await;
        let run = super::read(&server, &user, &id).await;
        let context = run["executionContext"].as_object().unwrap();
        let raw: Value = context
            .iter()
            .map(|(stage, entry)| (stage.clone(), entry["raw"].clone()))
            .collect::<serde_json::Map<_, _>>()
            .into();
        assert_eq!(raw, expected, "from {from}");
        server.provider.release();
        assert_eq!(ended(&server, &user, &id).await["status"], "COMPLETED");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_rerun_takes_over_what_a_person_put_in_the_place_of_an_output() {
    let server = Server::start().await;
    server.provider.reply(Reply::text("{\"n\": \"draft\"}"));
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let stages = json!([
        { "validationType": "MANUAL", "outputVariables": { "n": "string" } },
        { "inputVariableMapping": { "word": "stage_1.output.n" } },
    ]);
    let first = server.run_of(&user, stages).await;
    server.until(&user, &first, "PAUSED").await;
    // A text that PostgreSQL cannot hold, hidden in an escape.
    let edited = "{\"n\": \"a\\u0000b\"}";
    let log = awaiting(&server, &user).await;
    let input = json!({ "logId": log, "result": "PASS", "editedOutput": edited });
    decide(&server, &user, input).await;
    ended(&server, &user, &first).await;
    let id = rerun(&server, &user, &first, json!({ "fromStageOrder": 2 })).await;
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["logs"]["nodes"][0]["promptSent"], "say a\u{fffd}b");
    let kept = &run["executionContext"]["stage_1"];
    assert_eq!(kept["raw"], edited);
    assert_eq!(kept["output"]["n"], "a\u{fffd}b");
    server.stop().await;
}

#[tokio::test]
async fn a_rerun_needs_an_ended_run_and_a_stage_that_was_started() {
    let server = Server::start().await;
    server.provider.reply(Reply::gated("one"));
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let model = server.model().await;
    let stages = json!([{ "nextStageOnPass": 0 }, {}]);
    let workflow = server.workflow(&user, &model, stages).await;
    let id = server.run(&user, &workflow).await;
    let refusal = server
        .refused(&user, "rerunExecution", json!({ "executionId": id }))
        .await;
    assert_eq!(refusal.0, "CONFLICT");
    server.provider.wait_for_requests(1).await;
    server.provider.release();
    ended(&server, &user, &id).await;
    for stage in [2, 7] {
        let input = json!({ "executionId": id, "fromStageOrder": stage });
        let refusal = server.refused(&user, "rerunExecution", input).await;
        assert_eq!(refusal, bad_input("fromStageOrder"), "{stage}");
    }

    let delete = "mutation($id: ID!) { deleteWorkflow(id: $id) }";
    server.data(&user, delete, json!({ "id": workflow })).await;
    let latest = json!({ "executionId": id, "useLatestVersion": true });
    let refusal = server.refused(&user, "rerunExecution", latest).await;
    assert_eq!(refusal.0, "NOT_FOUND");
    let again = rerun(&server, &user, &id, json!({})).await;
    assert_eq!(ended(&server, &user, &again).await["status"], "COMPLETED");
    server.stop().await;
}

#[tokio::test]
async fn a_rerun_takes_the_pinned_workflow_unless_the_latest_is_asked_for() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}, {}])).await;
    let first = server.run(&user, &workflow).await;
    ended(&server, &user, &first).await;
    let query = "query($id: ID!) { workflow(id: $id) { stages { id } } }";
    let kept = server.data(&user, query, json!({ "id": workflow })).await;
    let kept = &kept["workflow"]["stages"][0]["id"];
    let stage = json!({ "id": kept, "stageOrder": 1, "modelId": model,
        "promptTemplate": "shout {{noise}}" });
    let input = json!({ "workflowId": workflow, "stages": [stage] });
    server
        .mutate(&user, "updateWorkflowStages", input, "{ id }")
        .await;

    let noise = json!({ "noise": "boo" });
    for (input, prompts) in [
        (json!({}), vec!["say hello", "say hello"]),
        (
            json!({ "inputs": { "word": "bye" } }),
            vec!["say bye", "say bye"],
        ),
        (json!({ "fromStageOrder": 2 }), vec!["say hello"]),
        (
            json!({ "useLatestVersion": true, "inputs": noise }),
            vec!["shout boo"],
        ),
        (
            json!({ "useLatestVersion": true, "fromStageOrder": 1, "inputs": noise }),
            vec!["shout boo"],
        ),
    ] {
        let id = rerun(&server, &user, &first, input.clone()).await;
        let run = ended(&server, &user, &id).await;
        let logs = run["logs"]["nodes"].as_array().unwrap();
        let sent: Vec<_> = logs.iter().map(|log| &log["promptSent"]).collect();
        assert_eq!(sent, prompts, "{input}");
    }
    for (input, field) in [
        (json!({ "inputs": {} }), "stages[0].promptTemplate"),
        (
            json!({ "useLatestVersion": true }),
            "stages[0].promptTemplate",
        ),
        (
            json!({ "useLatestVersion": true, "fromStageOrder": 2, "inputs": noise }),
            "fromStageOrder",
        ),
    ] {
        let mut asked = input.clone();
        asked["executionId"] = json!(first);
        let refusal = server.refused(&user, "rerunExecution", asked).await;
        assert_eq!(refusal, bad_input(field), "{input}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_rerun_of_the_latest_version_takes_outputs_over_by_their_stages() {
    let server = Server::start().await;
    server.provider.otherwise(|body| {
        let messages = body["messages"].as_array().unwrap();
        Reply::text(&format!("<{}>", messages[0]["content"].as_str().unwrap()))
    });
    let user = server.user();
    let model = server.model().await;
    let list = json!([
        { "promptTemplate": "a" }, { "promptTemplate": "b" }, { "promptTemplate": "c" },
        { "promptTemplate": "d {{stage_1.raw}}{{stage_2.raw}}", "nextStageOnPass": 0 },
        { "promptTemplate": "never" },
    ]);
    let workflow = server.workflow(&user, &model, list).await;
    let first = server.run(&user, &workflow).await;
    ended(&server, &user, &first).await;
    let query = "query($id: ID!) { workflow(id: $id) { stages { id promptTemplate } } }";
    let read = server.data(&user, query, json!({ "id": workflow })).await;
    let ids = read["workflow"]["stages"].as_array().unwrap().iter();
    let ids: Vec<_> = ids.map(|stage| text(&stage["id"])).collect();
    // c goes; then never, b, a and d at 1 to 4, and one more at 5.
    let delete = json!({ "id": ids[2] });
    server.mutate(&user, "deleteStage", delete, "{ id }").await;
    let order = json!([ids[4], ids[1], ids[0], ids[3]]);
    let input = json!({ "workflowId": workflow, "stageIds": order });
    server.mutate(&user, "reorderStages", input, "{ id }").await;
    let new = json!({ "stageOrder": 5, "modelId": model, "promptTemplate": "e" });
    let input = json!({ "workflowId": workflow, "stage": new });
    server.mutate(&user, "addStage", input, "{ id }").await;

    let latest = |order: i32| json!({ "fromStageOrder": order, "useLatestVersion": true });
    let id = rerun(&server, &user, &first, latest(4)).await;
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    assert_eq!(run["logs"]["nodes"][0]["promptSent"], "d <a><b>");
    let context = &run["executionContext"];
    let brought = |order: i32| context[format!("stage_{order}")]["raw"].clone();
    assert_eq!(
        [brought(1), brought(2), brought(3), brought(4)],
        [Value::Null, json!("<b>"), json!("<a>"), json!("<d <a><b>>")]
    );

    // A rerun of that one, too, and by the orders of its own version.
    let again = rerun(&server, &user, &id, json!({ "fromStageOrder": 4 })).await;
    let again = ended(&server, &user, &again).await;
    assert_eq!(again["logs"]["nodes"][0]["promptSent"], "d <a><b>");
    for (of, order) in [(&first, 1), (&first, 5), (&first, 9), (&id, 3)] {
        let mut input = latest(order);
        input["executionId"] = json!(of);
        let refusal = server.refused(&user, "rerunExecution", input).await;
        assert_eq!(refusal, bad_input("fromStageOrder"), "{order}");
    }
    // By the version of the first run its orders hold.
    let old = rerun(&server, &user, &first, json!({ "fromStageOrder": 3 })).await;
    let old = ended(&server, &user, &old).await;
    assert_eq!(old["logs"]["nodes"][0]["promptSent"], "c");
    server.stop().await;
}

#[tokio::test]
async fn a_client_key_makes_one_run_of_many_reruns() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let first = server.run_of(&user, json!([{}, {}])).await;
    ended(&server, &user, &first).await;
    let query = "mutation($input: RerunExecutionInput!) { rerunExecution(input: $input) { id } }";
    let asked = |input: Value| {
        let mut input = input;
        input["clientKey"] = json!("k");
        json!({ "input": input })
    };
    let input = json!({ "executionId": first, "fromStageOrder": 2, "inputs": { "word": "bye" } });
    let reruns = (0..30).map(|_| server.data(&user, query, asked(input.clone())));
    let runs = join_all(reruns).await;
    assert!(runs.iter().all(|run| run == &runs[0]), "{runs:?}");
    let id = text(&runs[0]["rerunExecution"]["id"]);
    ended(&server, &user, &id).await;
    let logs = &super::read(&server, &user, &id).await["logs"]["nodes"];
    assert_eq!(logs.as_array().unwrap().len(), 1, "one run of one stage");

    for other in [
        json!({ "executionId": first }),
        json!({ "executionId": id, "fromStageOrder": 2, "inputs": { "word": "bye" } }),
        json!({ "executionId": first, "fromStageOrder": 1, "inputs": { "word": "bye" } }),
        json!({ "executionId": first, "fromStageOrder": 2 }),
        json!({ "executionId": first, "fromStageOrder": 2, "inputs": { "word": "bye" },
                "useLatestVersion": true }),
        // Before any check, too.
        json!({ "executionId": first, "fromStageOrder": 99 }),
    ] {
        let refusal = server
            .refusal(Some(&user), query, asked(other.clone()))
            .await;
        assert_eq!(refusal.0, "CONFLICT", "{other}");
    }
    // The key is looked up before the run that is to be repeated.
    let delete = "mutation($id: ID!) { deleteExecution(id: $id) }";
    server.data(&user, delete, json!({ "id": first })).await;
    let again = server.data(&user, query, asked(input)).await;
    assert_eq!(again, runs[0]);
    server.stop().await;
}

#[tokio::test]
async fn a_client_key_is_one_for_starts_and_reruns() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("done"));
    let (user, other) = (server.user(), server.user());
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let start = json!({ "workflowId": workflow, "clientKey": "start", "inputs": { "word": "x" } });
    let first = server
        .mutate(&user, "startExecution", start, "{ id }")
        .await;
    let first = text(&first["id"]);
    ended(&server, &user, &first).await;
    let again = |key: &str| json!({ "executionId": first, "clientKey": key });
    let refusal = server
        .refused(&user, "rerunExecution", again("start"))
        .await;
    assert_eq!(refusal.0, "CONFLICT");
    rerun(&server, &user, &first, json!({ "clientKey": "rerun" })).await;
    let start = json!({ "workflowId": workflow, "clientKey": "rerun", "inputs": { "word": "x" } });
    let refusal = server.refused(&user, "startExecution", start).await;
    assert_eq!(refusal.0, "CONFLICT");

    // Somebody else's key is another, and finds nobody else's run.
    let theirs = server
        .refused(&other, "rerunExecution", again("rerun"))
        .await;
    assert_eq!(theirs.0, "NOT_FOUND");
    server.stop().await;
}
