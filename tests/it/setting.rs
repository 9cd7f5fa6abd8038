//! The settings of model calls over the API: what may be saved, what is sent, and what becomes of settings
//! from before there was a list of them.

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::support::process::Cluster;
use crate::support::provider::Reply;
use crate::support::server::{Server, User, bad_input, text};

/// A model at a provider, with these defaults.
async fn model(server: &Server, identifier: &str, defaults: Value) -> String {
    let input = json!({ "name": identifier, "provider": "openai",
        "modelIdentifierForFlowise": identifier, "configDefaults": defaults });
    let admin = server.admin();
    let made = server.mutate(&admin, "upsertModel", input, "{ id }").await;
    text(&made["id"])
}

/// Starts a run and answers its id once it is `COMPLETED`.
async fn completed(server: &Server, user: &User, workflow: &str) -> String {
    let run = server.run(user, workflow).await;
    server.until(user, &run, "COMPLETED").await;
    run
}

/// What was sent beside the messages of each call so far.
fn sent(server: &Server) -> Vec<Value> {
    let requests = server.provider.requests().into_iter();
    let settings = requests.map(|mut request| {
        let body = request.body.as_object_mut().unwrap();
        for ours in ["messages", "stream", "stream_options"] {
            body.remove(ours);
        }
        request.body
    });
    settings.collect()
}

async fn stages(server: &Server, user: &User, workflow: &str) -> Value {
    let query = "query($id: ID!) { workflow(id: $id) { stages {
        id stageOrder promptTemplate model { id } flowiseConfig } } }";
    let mut data = server.data(user, query, json!({ "id": workflow })).await;
    data["workflow"]["stages"].take()
}

async fn write(server: &Server, sql: &str) {
    let tx = server.deps.store.transaction().await.unwrap();
    tx.execute_unprepared(sql).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn either_spelling_is_taken_one_is_kept_and_the_providers_name_is_sent() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let defaults = json!({ "temperature": 0.7, "top_k": 4, "seed": 1,
        "extra": { "provider": { "only": ["here"] } } });
    let model = model(&server, "gpt-5-nano", defaults).await;
    let config = json!({ "max_tokens": 9.0, "topP": 0.5, "temperature": null, "stop": ["x"],
        "reasoning_effort": "low", "responseFormat": "json_object" });
    let stage = json!({ "flowiseConfig": config });
    let workflow = server.workflow(&user, &model, json!([stage, {}])).await;
    let kept = json!({ "maxTokens": 9, "topP": 0.5, "temperature": null, "stop": ["x"],
        "reasoningEffort": "low", "responseFormat": "json_object" });
    let read = stages(&server, &user, &workflow).await;
    assert_eq!(read[0]["flowiseConfig"], kept);
    let run = completed(&server, &user, &workflow).await;
    let provider = json!({ "only": ["here"] });
    assert_eq!(
        sent(&server),
        [
            json!({ "model": "gpt-5-nano", "max_completion_tokens": 9, "top_p": 0.5, "top_k": 4,
                "stop": ["x"], "seed": 1, "reasoning_effort": "low", "provider": provider,
                "response_format": { "type": "json_object" } }),
            json!({ "model": "gpt-5-nano", "temperature": 0.7, "top_k": 4, "seed": 1,
                "provider": provider }),
        ]
    );
    let shown =
        json!({ "temperature": 0.7, "topK": 4, "seed": 1, "extra": { "provider": provider } });
    let query = "query($run: ID!, $model: ID!) {
        execution(id: $run) { definition } model(id: $model) { configDefaults } }";
    let ids = json!({ "run": run, "model": model });
    let data = server.data(&user, query, ids).await;
    assert_eq!(data["model"]["configDefaults"], shown);
    let pinned = &data["execution"]["definition"]["stages"][0];
    assert_eq!(pinned["flowiseConfig"], kept);
    assert_eq!(pinned["model"]["configDefaults"], shown);
    server.stop().await;
}

#[tokio::test]
async fn what_is_no_setting_is_refused_with_the_nearest_and_extra_is_no_stages() {
    let server = Server::start().await;
    let user = server.user();
    let query = "mutation($config: JSON) { createWorkflow(input: { name: \"New\",
        stages: [{ stageOrder: 1, flowiseConfig: $config }] }) { id } }";
    for (config, field, said) in [
        (
            json!({ "temprature": 1 }),
            "temprature",
            "did you mean temperature?",
        ),
        (
            json!({ "max_completion_tokens": 1 }),
            "max_completion_tokens",
            "did you mean maxTokens?",
        ),
        (
            json!({ "systemMessage": "x" }),
            "systemMessage",
            "systemTemplate",
        ),
        (json!({ "messages": [] }), "messages", "systemTemplate"),
        (json!({ "models": ["a"] }), "models", "modelId"),
        (
            json!({ "extra": { "provider": {} } }),
            "extra",
            "configDefaults",
        ),
        (json!({ "maxTokens": 0 }), "maxTokens", "from 1 to"),
    ] {
        let config = json!({ "config": config });
        let answer = server.answer(Some(&user), query, config.clone()).await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
        let field = format!("stages[0].flowiseConfig.{field}");
        assert_eq!(error["extensions"]["field"], field);
        let message = text(&error["message"]);
        assert!(message.contains(said), "{config}: {message}");
    }
    server.stop().await;
}

/// A stage and a model as a version before wrote them.
async fn old(server: &Server, user: &User) -> String {
    let model = model(server, "gpt-4-turbo", json!({})).await;
    let workflow = server.workflow(user, &model, json!([{}])).await;
    let config = json!({ "top_p": 0.5, "maxTokens": 3, "seed": "seven", "random_seed": 8,
        "models": ["b"], "provider": { "only": ["there"] } });
    let defaults = json!({ "max_completion_tokens": 9, "temperature": 0.7, "safe": true,
        "n": 2, "tools": [] });
    write(
        server,
        &format!("update stages set flowise_config = '{config}'"),
    )
    .await;
    let sql = format!(
        "update models set config_defaults = '{defaults}' where id in (select model_id from stages)"
    );
    write(server, &sql).await;
    workflow
}

/// What [`old`] is shown as.
fn translated() -> (Value, Value) {
    let config = json!({ "topP": 0.5, "maxTokens": 3, "seed": "seven",
        "extra": { "models": ["b"], "provider": { "only": ["there"] } } });
    let defaults = json!({ "maxTokens": 9, "temperature": 0.7,
        "extra": { "safe": true, "n": 2, "tools": [] } });
    (config, defaults)
}

#[tokio::test]
async fn settings_from_before_are_translated_and_the_rest_of_a_stages_is_shown_and_never_sent() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let workflow = old(&server, &user).await;
    let (config, defaults) = translated();
    let read = stages(&server, &user, &workflow).await;
    assert_eq!(read[0]["flowiseConfig"], config);
    let query = "query($id: ID!) { model(id: $id) { configDefaults } }";
    let data = server
        .data(&user, query, json!({ "id": read[0]["model"]["id"] }))
        .await;
    assert_eq!(data["model"]["configDefaults"], defaults);

    let run = completed(&server, &user, &workflow).await;
    let expected = json!({ "model": "gpt-4-turbo", "top_p": 0.5, "max_tokens": 3, "seed": "seven",
        "temperature": 0.7, "safe": true });
    assert_eq!(sent(&server), std::slice::from_ref(&expected));

    // What was pinned, and what a snapshot kept, is read alike.
    let again = json!({ "executionId": run });
    let again = server
        .mutate(&user, "rerunExecution", again, "{ id definition }")
        .await;
    server.until(&user, &text(&again["id"]), "COMPLETED").await;
    let pinned = &again["definition"]["stages"][0];
    assert_eq!(pinned["flowiseConfig"], config);
    assert_eq!(pinned["model"]["configDefaults"], defaults);
    let kept = json!({ "workflowId": workflow, "name": "Kept" });
    let kept = server
        .mutate(&user, "createSnapshot", kept, "{ id snapshotData }")
        .await;
    assert_eq!(kept["snapshotData"]["stages"][0]["flowiseConfig"], config);
    let back = json!({ "snapshotId": kept["id"] });
    let back = server
        .mutate(&user, "restoreSnapshot", back, "{ id }")
        .await;
    let restored = text(&back["id"]);
    assert_eq!(
        stages(&server, &user, &restored).await[0]["flowiseConfig"],
        config
    );
    completed(&server, &user, &restored).await;
    assert_eq!(
        sent(&server),
        [expected.clone(), expected.clone(), expected]
    );
    server.stop().await;
}

#[tokio::test]
async fn a_stage_from_before_is_saved_with_its_settings_as_they_were_and_no_others() {
    let server = Server::start().await;
    let user = server.user();
    let workflow = old(&server, &user).await;
    let (config, defaults) = translated();
    let stage = stages(&server, &user, &workflow).await[0].take();
    let id = &stage["id"];
    for change in [
        json!({ "id": id, "name": "New" }),
        json!({ "id": id, "flowiseConfig": config }),
    ] {
        server.mutate(&user, "updateStage", change, "{ id }").await;
    }
    let whole = json!({ "id": id, "stageOrder": 1, "flowiseConfig": config });
    let list = json!({ "workflowId": workflow, "stages": [whole] });
    server
        .mutate(&user, "updateWorkflowStages", list, "{ id }")
        .await;
    let read = stages(&server, &user, &workflow).await;
    assert_eq!(read[0]["flowiseConfig"], config);

    let mut other = config.clone();
    other["topP"] = json!(0.6);
    let change = json!({ "id": id, "flowiseConfig": other });
    let refusal = server.refused(&user, "updateStage", change).await;
    assert_eq!(refusal, bad_input("flowiseConfig.extra"));
    let new =
        json!({ "workflowId": workflow, "stage": { "stageOrder": 2, "flowiseConfig": config } });
    let refusal = server.refused(&user, "addStage", new).await;
    assert_eq!(refusal, bad_input("stage.flowiseConfig.extra"));
    let clean = json!({ "id": id, "flowiseConfig": { "topP": 0.6 } });
    server.mutate(&user, "updateStage", clean, "{ id }").await;
    let read = stages(&server, &user, &workflow).await;
    assert_eq!(read[0]["flowiseConfig"], json!({ "topP": 0.6 }));

    let mut model = json!({ "id": stage["model"]["id"], "name": "Renamed", "provider": "openai",
        "modelIdentifierForFlowise": "gpt-4-turbo", "configDefaults": defaults });
    let admin = server.admin();
    server
        .mutate(&admin, "upsertModel", model.clone(), "{ id }")
        .await;
    model["configDefaults"]["temperature"] = json!(0.8);
    let refusal = server.refused(&admin, "upsertModel", model).await;
    assert_eq!(refusal, bad_input("configDefaults.extra.n"));
    server.stop().await;
}

#[tokio::test]
async fn a_model_without_a_role_for_it_gets_system_messages_ahead_of_the_prompt() {
    let server = Server::start().await;
    server.provider.reply(Reply::text("done"));
    let verdict = json!({ "pass": true, "notes": "so" });
    server.provider.reply(Reply::text(&verdict.to_string()));
    let user = server.user();
    let model = model(&server, "gemma", json!({ "systemRole": false })).await;
    let stage = json!({ "systemTemplate": "be brief", "validationType": "LLM",
        "validationCriteria": { "prompt": "is it brief?" } });
    let workflow = server.workflow(&user, &model, json!([stage])).await;
    let run = completed(&server, &user, &workflow).await;
    let requests = server.provider.requests();
    let messages = |index: usize| requests[index].body["messages"].as_array().unwrap();
    assert_eq!(
        messages(0)[..],
        [json!({ "role": "user", "content": "be brief\n\nsay hello" })]
    );
    let [asked] = &messages(1)[..] else {
        panic!("{:?}", messages(1));
    };
    assert_eq!(asked["role"], "user");
    let asked = text(&asked["content"]);
    assert!(
        asked.starts_with("You judge") && asked.ends_with("\n\nis it brief?"),
        "{asked}"
    );
    let query =
        "query($id: ID!) { execution(id: $id) { logs { nodes { systemSent promptSent } } } }";
    let data = server.data(&user, query, json!({ "id": run })).await;
    let log = json!({ "systemSent": "be brief", "promptSent": "say hello" });
    assert_eq!(data["execution"]["logs"]["nodes"], json!([log]));
    server.stop().await;
}

#[tokio::test]
async fn settings_that_are_never_sent_are_told_in_the_log_once_a_stage() {
    let cluster = Cluster::new().await;
    cluster.provider.otherwise(|_| Reply::text("done"));
    let mut process = cluster.start(&[("RUST_LOG", "info")]).await;
    let user = cluster.user();
    let workflow = cluster
        .workflow(
            &process,
            &user,
            json!([{ "promptTemplate": "a" }, { "promptTemplate": "b" }]),
        )
        .await;
    process.kill().await;
    let database = sea_orm::Database::connect(&cluster.database.url)
        .await
        .unwrap();
    let config = json!({ "top_p": 0.5, "plugins": ["web"] });
    let sql = format!("update stages set flowise_config = '{config}'");
    database.execute_unprepared(&sql).await.unwrap();
    database.close().await.unwrap();

    process = cluster.start(&[("RUST_LOG", "info")]).await;
    let start = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    for _ in 0..2 {
        let input = json!({ "input": { "workflowId": workflow, "inputs": { "word": "x" } } });
        let data = cluster.data(&process, &user, start, input).await;
        let run = text(&data["startExecution"]["id"]);
        let mut socket = cluster.socket(&process, &user).await;
        let events = "subscription($id: ID!) { executionEvents(executionId: $id) { seq } }";
        socket.subscribe(events, json!({ "id": run })).await;
        socket.rest().await;
        process.says(&run).await;
    }
    let log = process.log();
    let told = log.lines().filter(|line| line.contains("never sent"));
    let told: Vec<_> = told.collect();
    assert_eq!(told.len(), 2, "{log}");
    assert!(
        told.iter()
            .all(|line| line.contains("plugins") && !line.contains("top_p"))
    );
}
