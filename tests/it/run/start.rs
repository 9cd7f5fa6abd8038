//! Starting: what is pinned, what is refused, and what it costs.

use std::collections::BTreeSet;

use footlight::clock::Clock;
use futures_util::future::{join_all, join3};
use serde_json::{Value, json};

use super::ended;
use crate::support::provider::Reply;
use crate::support::server::{Server, User, text};

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
async fn starts_that_come_together_are_made_or_refused_each_by_itself() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("done"));
    let (user, other) = (server.user(), server.user());
    let model = server.model().await;
    let good = server.workflow(&user, &model, json!([{}])).await;
    let empty = server.workflow(&user, &model, json!([])).await;
    let of_other = server.workflow(&other, &model, json!([{}])).await;
    let query = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    let input = |workflow: &str, key: &str| json!({ "input": { "workflowId": workflow, "clientKey": key, "inputs": { "word": "x" } } });
    let keys: Vec<String> = (0..20).map(|key| key.to_string()).collect();
    let made = keys
        .iter()
        .map(|key| server.data(&user, query, input(&good, key)));
    let made_of_other = keys
        .iter()
        .map(|key| server.data(&other, query, input(&of_other, key)));
    let refused = keys.iter().flat_map(|key| {
        [&empty, &of_other].map(|workflow| server.refusal(Some(&user), query, input(workflow, key)))
    });
    let all = join3(join_all(made), join_all(made_of_other), join_all(refused));
    let (made, made_of_other, refused) = all.await;
    for pair in refused.chunks(2) {
        assert!(
            matches!(pair[0].0.as_str(), "BAD_USER_INPUT" | "CONFLICT"),
            "{pair:?}"
        );
        assert!(
            matches!(pair[1].0.as_str(), "NOT_FOUND" | "CONFLICT"),
            "{pair:?}"
        );
    }
    let mut ids = BTreeSet::new();
    for (run, owner) in made
        .iter()
        .map(|run| (run, &user))
        .chain(made_of_other.iter().map(|run| (run, &other)))
    {
        let id = text(&run["startExecution"]["id"]);
        assert_eq!(ended(&server, owner, &id).await["status"], "COMPLETED");
        ids.insert(id);
    }
    assert_eq!(ids.len(), 40, "every key has a run of its own");
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
        (
            json!([{ "systemTemplate": "{{nobody}}" }]),
            "stages[0].systemTemplate",
        ),
        (
            json!([{}, { "promptTemplate": "{{inputs.nobody}}" }]),
            "stages[1].promptTemplate",
        ),
        (
            json!([{ "validationType": "LLM", "validationCriteria": { "prompt": "{{inputs.word.deep}}" } }]),
            "stages[0].validationCriteria.prompt",
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
async fn what_is_not_among_the_inputs_is_told_the_nearest_that_is() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let query = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    let mapped = json!({ "title": "inputs.topci" });
    for (stage, meant) in [
        (json!({ "promptTemplate": "{{topic}}" }), "topci"),
        (json!({ "promptTemplate": "{{inputs.topic}}" }), "topci"),
        (
            json!({ "promptTemplate": "{{inputs.deep.name.x}}" }),
            "nmae?",
        ),
        (
            json!({ "promptTemplate": "a", "inputVariableMapping": { "a": "inputs.topic" } }),
            "topci",
        ),
        (
            json!({ "promptTemplate": "a", "forEach": { "in": "inputs.topic" } }),
            "topci",
        ),
        (
            json!({ "promptTemplate": "{{titel}}", "inputVariableMapping": mapped }),
            "title",
        ),
    ] {
        let workflow = server.workflow(&user, &model, json!([stage])).await;
        let inputs = json!({ "topci": "x", "deep": { "nmae": {} } });
        let input = json!({ "input": { "workflowId": workflow, "inputs": inputs } });
        let answer = server.answer(Some(&user), query, input).await;
        let message = text(&answer["errors"][0]["message"]);
        let meant = format!("; did you mean {meant}");
        assert!(message.contains(&meant), "{stage}: {message}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_run_costs_one_commit_more_than_it_has_stages_and_two_others_if_it_waited() {
    let server = Server::start_with(Clock::system(), |config| {
        config.engine.max_concurrent_stages = 1;
    })
    .await;
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let model = server.model().await;
    let three = server.workflow(&user, &model, json!([{}, {}, {}])).await;
    let one = server.workflow(&user, &model, json!([{}])).await;

    // A start finds the turn to claim taken while this process looks for due runs, and then waits like
    // any other: so the cheapest of a few is what it costs.
    let mut costs = Vec::new();
    for _ in 0..5 {
        server.deps.slots.slot_free().await;
        let before = server.deps.store.commits();
        let id = server.run(&user, &three).await;
        ended(&server, &user, &id).await;
        costs.push(server.deps.store.commits() - before);
    }
    assert_eq!(costs.iter().min(), Some(&(3 + 1)), "{costs:?}");
    assert!(costs.iter().all(|cost| *cost <= 3 + 3), "{costs:?}");

    // While the only slot is taken a second run waits for it.
    server.deps.slots.slot_free().await;
    server.provider.reply(Reply::gated("late"));
    let before = server.deps.store.commits();
    let first = server.run(&user, &one).await;
    server.provider.wait_for_requests(3 * 5 + 1).await;
    let second = server.run(&user, &three).await;
    server.provider.release();
    ended(&server, &user, &first).await;
    ended(&server, &user, &second).await;
    let cost = server.deps.store.commits() - before;
    assert!(
        ((1 + 1) + (3 + 3)..=(1 + 3) + (3 + 3)).contains(&cost),
        "{cost}"
    );
    server.stop().await;
}

#[tokio::test]
async fn an_edit_while_a_run_is_under_way_does_not_reach_it_and_its_logs_outlive_their_stages() {
    let server = Server::start().await;
    server.provider.reply(Reply::gated("one"));
    server.provider.reply(Reply::text("two"));
    let user = server.user();
    let model = server.model().await;
    let stages = json!([{ "name": "Draft" }, { "name": "Polish" }]);
    let workflow = server.workflow(&user, &model, stages).await;
    let id = server.run(&user, &workflow).await;
    server.provider.wait_for_requests(1).await;
    let kept = json!([{ "stageOrder": 1, "modelId": model, "promptTemplate": "another" }]);
    let input = json!({ "workflowId": workflow, "stages": kept });
    let edited = server
        .mutate(&user, "updateWorkflowStages", input, "{ version }")
        .await;
    assert_eq!(edited["version"], 2);
    server.provider.release();
    assert_eq!(ended(&server, &user, &id).await["status"], "COMPLETED");
    let query = "query($id: ID!) { execution(id: $id) { workflowVersion
        logs { nodes { stage { id } stageOrder stageName promptSent } } } }";
    let data = server.data(&user, query, json!({ "id": id })).await;
    let log = |order: i32, name: &str| json!({ "stage": null, "stageOrder": order, "stageName": name, "promptSent": "say hello" });
    let logs = json!({ "nodes": [log(1, "Draft"), log(2, "Polish")] });
    let expected = json!({ "execution": { "workflowVersion": 1, "logs": logs } });
    assert_eq!(data, expected);
    server.stop().await;
}

/// Gives the model a temperature of this.
async fn set_temperature(server: &Server, model: &str, temperature: f64) {
    let input = json!({
        "id": model,
        "name": "Scripted",
        "provider": "openai",
        "modelIdentifierForFlowise": "scripted",
        "configDefaults": { "temperature": temperature },
    });
    let admin = server.admin();
    server.mutate(&admin, "upsertModel", input, "{ id }").await;
}

/// What a run is pinned to.
async fn pinned(server: &Server, user: &User, id: &str) -> Value {
    let query = "query($id: ID!) { execution(id: $id) { workflowVersion definition } }";
    let mut data = server.data(user, query, json!({ "id": id })).await;
    data["execution"].take()
}

#[tokio::test]
async fn a_changed_model_gives_the_next_start_another_definition_and_not_the_run_under_way() {
    let server = Server::start().await;
    server.provider.reply(Reply::gated("one"));
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let model = server.model().await;
    set_temperature(&server, &model, 0.1).await;
    let workflow = server.workflow(&user, &model, json!([{}, {}])).await;
    let before = server.run(&user, &workflow).await;
    server.provider.wait_for_requests(1).await;
    set_temperature(&server, &model, 0.9).await;
    server.provider.release();
    ended(&server, &user, &before).await;
    let after = server.run(&user, &workflow).await;
    ended(&server, &user, &after).await;
    let sent: Vec<_> = server
        .provider
        .requests()
        .iter()
        .map(|request| request.body["temperature"].clone())
        .collect();
    assert_eq!(json!(sent), json!([0.1, 0.1, 0.9, 0.9]));
    let (before, after) = (
        pinned(&server, &user, &before).await,
        pinned(&server, &user, &after).await,
    );
    assert_eq!(before["workflowVersion"], after["workflowVersion"]);
    assert_ne!(before["definition"], after["definition"]);
    server.stop().await;
}

#[tokio::test]
async fn a_user_with_many_runs_lets_others_have_their_turn() {
    let server = Server::start_with(Clock::system(), |config| {
        config.engine.max_concurrent_stages = 2;
    })
    .await;
    let (many, one) = (server.user(), server.user());
    let model = server.model().await;
    let of_many = server.workflow(&many, &model, json!([{}])).await;
    let of_one = server
        .workflow(&one, &model, json!([{ "promptTemplate": "mine" }]))
        .await;
    for _ in 0..2 {
        server.provider.reply(Reply::gated("done"));
    }
    server.provider.otherwise(|_| Reply::text("done"));
    for _ in 0..6 {
        server.run(&many, &of_many).await;
    }
    server.provider.wait_for_requests(2).await;
    let run = server.run(&one, &of_one).await;
    // No connection to the database is held while models answer.
    let used = || {
        server
            .deps
            .store
            .connections()
            .into_iter()
            .any(|(_, state, count)| state == "used" && count > 0)
    };
    while used() {
        tokio::task::yield_now().await;
    }
    server.provider.release();
    ended(&server, &one, &run).await;
    let requests = server.provider.requests();
    assert_eq!(requests[2].body["messages"][0]["content"], "mine");
    server.provider.release();
    server.stop().await;
}

#[tokio::test]
async fn whatever_a_save_changes_the_next_start_is_pinned_to() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let query = "query($id: ID!) { workflow(id: $id) { stages { id } } }";
    let read = server.data(&user, query, json!({ "id": workflow })).await;
    let stage = text(&read["workflow"]["stages"][0]["id"]);
    let inputs = json!({ "word": "hello", "list": ["a"], "history": [] });
    let pinned = async || {
        let input = json!({ "workflowId": workflow, "inputs": inputs });
        let answer = "{ id definition }";
        let mut run = server.mutate(&user, "startExecution", input, answer).await;
        ended(&server, &user, &text(&run["id"])).await;
        run["definition"].take()
    };
    let mut before = pinned().await;
    for (field, value) in [
        ("key", json!("draft")),
        ("messages", json!([{ "role": "user", "content": "a" }])),
        ("messages", json!([{ "from": "inputs.history" }])),
        ("retryPromptTemplate", json!("{{output}}")),
        ("retryPromptTemplate", json!("{{notes}}")),
        (
            "routes",
            json!({ "by": "inputs.word", "to": { "hello": 0 } }),
        ),
        ("routes", json!({ "by": "inputs.word", "to": { "bye": 0 } })),
        ("forEach", json!({ "in": "inputs.list" })),
        ("forEach", json!({ "in": "inputs.list", "concurrency": 2 })),
        (
            "forEach",
            json!({ "in": "inputs.list", "onItemFail": "skip" }),
        ),
        (
            "inputVariableMapping",
            json!({ "it": { "latest": ["draft.raw"], "default": 1 } }),
        ),
    ] {
        let input = json!({ "id": stage, field: value });
        server.mutate(&user, "updateStage", input, "{ id }").await;
        let after = pinned().await;
        assert_eq!(after["stages"][0][field], value);
        assert_ne!(after, before, "{field}");
        before = after;
    }
    let mapping = json!({ "it": "draft.raw" });
    let input = json!({ "id": workflow, "outputMapping": mapping });
    server
        .mutate(&user, "updateWorkflow", input, "{ id }")
        .await;
    assert_eq!(pinned().await["outputMapping"], mapping);
    server.stop().await;
}
