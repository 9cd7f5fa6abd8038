//! Starting, and starting again: what is pinned, what is refused, and what is reused.

use footlight::clock::Clock;
use serde_json::json;

use super::ended;
use crate::support::provider::Reply;
use crate::support::server::{Server, text};

#[tokio::test]
async fn an_edit_while_a_run_is_under_way_does_not_reach_it() {
    let server = Server::start().await;
    server.provider.reply(Reply::gated("one"));
    server.provider.reply(Reply::text("two"));
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}, {}])).await;
    let id = server.run(&user, &workflow).await;
    server.provider.wait_for_requests(1).await;
    let query = "mutation($id: ID!) { updateWorkflowStages(input: { workflowId: $id, stages: [] }) { version } }";
    let data = server.data(&user, query, json!({ "id": workflow })).await;
    assert_eq!(data["updateWorkflowStages"]["version"], 2);
    server.provider.release();
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["status"], "COMPLETED");
    assert_eq!(run["logs"]["nodes"].as_array().unwrap().len(), 2);
    server.stop().await;
}

#[tokio::test]
async fn a_rerun_from_a_stage_takes_over_what_came_before() {
    let server = Server::start().await;
    for answer in ["one", "two", "two again"] {
        server.provider.reply(Reply::text(answer));
    }
    let user = server.user();
    let model = server.model().await;
    let mapped = json!({ "inputVariableMapping": { "word": "stage_1.raw" } });
    let workflow = server.workflow(&user, &model, json!([{}, mapped])).await;
    let first = server.run(&user, &workflow).await;
    ended(&server, &user, &first).await;
    let query = "mutation($input: RerunExecutionInput!) { rerunExecution(input: $input) { id rerunOf { id } } }";
    let input = json!({ "executionId": first, "fromStageOrder": 2 });
    let data = server.data(&user, query, json!({ "input": input })).await;
    assert_eq!(data["rerunExecution"]["rerunOf"]["id"], json!(first));
    let id = text(&data["rerunExecution"]["id"]);
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["executionContext"]["stage_1"]["raw"], "one");
    assert_eq!(run["executionContext"]["stage_2"]["raw"], "two again");
    server.stop().await;
}

#[tokio::test]
async fn a_client_key_makes_one_run_of_many_starts() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let query = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    let input = |word: &str| json!({ "input": { "workflowId": workflow, "clientKey": "k", "inputs": { "word": word } } });
    let starts = (0..100).map(|_| server.data(&user, query, input("a")));
    let runs = futures_util::future::join_all(starts).await;
    assert!(runs.iter().all(|run| run == &runs[0]), "{runs:?}");
    let refusal = server.refusal(Some(&user), query, input("b")).await;
    assert_eq!(refusal.0, "CONFLICT");
    ended(&server, &user, &text(&runs[0]["startExecution"]["id"])).await;
    server.stop().await;
}

#[tokio::test]
async fn a_workflow_that_cannot_run_is_refused_before_anything_is_written() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let query = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    for (stages, field) in [
        (json!([]), "workflowId"),
        (json!([{ "modelId": null }]), "stages[0].modelId"),
        (
            json!([{ "promptTemplate": null }]),
            "stages[0].promptTemplate",
        ),
        (
            json!([{ "promptTemplate": "{{nobody}}" }]),
            "stages[0].promptTemplate",
        ),
    ] {
        let workflow = server.workflow(&user, &model, stages).await;
        let input = json!({ "input": { "workflowId": workflow, "inputs": { "word": "x" } } });
        let refusal = server.refusal(Some(&user), query, input).await;
        let expected = ("BAD_USER_INPUT".to_owned(), Some(field.to_owned()));
        assert_eq!(refusal, expected);
    }
    let data = server
        .data(&user, "{ executions { nodes { id } } }", json!({}))
        .await;
    assert_eq!(data["executions"]["nodes"], json!([]));
    server.stop().await;
}

#[tokio::test]
async fn a_run_costs_two_commits_more_than_it_has_stages_and_a_third_if_it_waited() {
    let server = Server::start_with(Clock::system(), |config| {
        config.engine.max_concurrent_stages = 1;
    })
    .await;
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let model = server.model().await;
    let three = server.workflow(&user, &model, json!([{}, {}, {}])).await;
    let one = server.workflow(&user, &model, json!([{}])).await;

    let before = server.deps.store.commits();
    let id = server.run(&user, &three).await;
    ended(&server, &user, &id).await;
    assert_eq!(server.deps.store.commits() - before, 3 + 2);

    // While the only slot is taken a second run waits for it.
    server.deps.worker.slot_free().await;
    server.provider.reply(Reply::gated("late"));
    let before = server.deps.store.commits();
    let first = server.run(&user, &one).await;
    server.provider.wait_for_requests(4).await;
    let second = server.run(&user, &three).await;
    server.provider.release();
    ended(&server, &user, &first).await;
    ended(&server, &user, &second).await;
    assert_eq!(server.deps.store.commits() - before, (1 + 2) + (3 + 3));
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
    let query = "mutation($input: RerunExecutionInput!) { rerunExecution(input: $input) { id } }";
    let plain = json!({ "input": { "executionId": id } });
    let refusal = server.refusal(Some(&user), query, plain.clone()).await;
    assert_eq!(refusal.0, "CONFLICT");
    server.provider.wait_for_requests(1).await;
    server.provider.release();
    ended(&server, &user, &id).await;
    for stage in [2, 7] {
        let input = json!({ "input": { "executionId": id, "fromStageOrder": stage } });
        let refusal = server.refusal(Some(&user), query, input).await;
        let expected = (
            "BAD_USER_INPUT".to_owned(),
            Some("fromStageOrder".to_owned()),
        );
        assert_eq!(refusal, expected, "{stage}");
    }

    let delete = "mutation($id: ID!) { deleteWorkflow(id: $id) }";
    server.data(&user, delete, json!({ "id": workflow })).await;
    let latest = json!({ "input": { "executionId": id, "useLatestVersion": true } });
    let refusal = server.refusal(Some(&user), query, latest).await;
    assert_eq!(refusal.0, "NOT_FOUND");
    let again = server.data(&user, query, plain).await;
    let again = text(&again["rerunExecution"]["id"]);
    assert_eq!(ended(&server, &user, &again).await["status"], "COMPLETED");
    server.stop().await;
}

#[tokio::test]
async fn a_changed_model_gives_the_next_start_another_definition() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let mut sent = Vec::new();
    for temperature in [0.1, 0.9] {
        let query = "mutation($input: UpsertModelInput!) { upsertModel(input: $input) { id } }";
        let input = json!({
            "id": model,
            "name": "Scripted",
            "provider": "openai",
            "modelIdentifierForFlowise": "scripted",
            "configDefaults": { "temperature": temperature },
        });
        let admin = server.admin();
        server.data(&admin, query, json!({ "input": input })).await;
        let id = server.run(&user, &workflow).await;
        ended(&server, &user, &id).await;
        let requests = server.provider.requests();
        sent.push(requests.last().unwrap().body["temperature"].clone());
    }
    assert_eq!(sent, [json!(0.1), json!(0.9)]);
    server.stop().await;
}
