//! Turns between system message and prompt.

use serde_json::{Value, json};

use super::{ended, goes_wherever_the_stage_goes, stage_is_refused};
use crate::support::provider::Reply;
use crate::support::server::{Server, User, bad_input, text, too_large};

fn user_says(content: &str) -> Value {
    json!({ "role": "user", "content": content })
}

fn model_says(content: &str) -> Value {
    json!({ "role": "assistant", "content": content })
}

/// The messages of every request to the provider.
fn sent(server: &Server) -> Vec<Value> {
    let requests = server.provider.requests().into_iter();
    requests.map(|mut it| it.body["messages"].take()).collect()
}

async fn start(server: &Server, user: &User, workflow: &str, inputs: Value) -> String {
    let input = json!({ "workflowId": workflow, "inputs": inputs });
    let run = server.mutate(user, "startExecution", input, "{ id }").await;
    text(&run["id"])
}

async fn logged(server: &Server, user: &User, run: &str) -> Value {
    let query = "query($id: ID!) { execution(id: $id) { logs { nodes {
        systemSent messagesSent promptSent inputs errorMessage } } } }";
    let mut data = server.data(user, query, json!({ "id": run })).await;
    data["execution"]["logs"]["nodes"].take()
}

#[tokio::test]
async fn examples_and_history_are_sent_between_system_message_and_prompt_and_kept() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let turns = json!([
        user_says("is {{word}} kind?"),
        model_says("{{tone}}, {not} yes"),
        { "from": "inputs.history" },
        user_says(" {{blank}}\n"),
        user_says("and now:"),
    ]);
    let stages = json!([
        { "systemTemplate": "be kind", "messages": turns,
          "inputVariableMapping": { "tone": "inputs.tone.0", "blank": "inputs.blank" } },
        { "messages": [{ "from": "stage_1.output.turns" }], "promptTemplate": "go on" },
        { "messages": [], "promptTemplate": "end" },
    ]);
    let mut stages = stages;
    stages[0]["outputVariables"] = json!({ "turns": "array" });
    let workflow = server.workflow(&user, &model, stages).await;
    let made = json!([user_says("made {{up}}"), model_says("so")]);
    let answer = json!({ "turns": made }).to_string();
    server.provider.reply(Reply::text(&answer));
    server.provider.otherwise(|_| Reply::text("done"));
    // What is given is sent as it is, whatever stands beside it, and whoever's turn it was before.
    let history = json!([
        { "role": "assistant", "content": "hi {{word}}", "id": 7 },
        { "role": "assistant", "content": "so?" },
    ]);
    let inputs = json!({ "word": "tea", "tone": ["dry"], "blank": "", "history": history });
    let run = start(&server, &user, &workflow, inputs).await;
    assert_eq!(ended(&server, &user, &run).await["status"], "COMPLETED");
    let first = json!([
        user_says("is tea kind?"),
        model_says("dry, {not} yes"),
        model_says("hi {{word}}"),
        model_says("so?"),
        user_says("and now:"),
    ]);
    let logs = logged(&server, &user, &run).await;
    assert_eq!(logs[0]["messagesSent"], first);
    assert_eq!(logs[0]["systemSent"], "be kind");
    assert_eq!(logs[0]["promptSent"], "say tea");
    assert_eq!(
        logs[0]["inputs"],
        json!({ "word": "tea", "tone": "dry", "blank": "" })
    );
    assert_eq!(logs[1]["messagesSent"], made);
    assert_eq!(logs[2]["messagesSent"], Value::Null);
    let sent = sent(&server);
    let mut whole = vec![json!({ "role": "system", "content": "be kind" })];
    whole.extend(first.as_array().unwrap().clone());
    whole.push(user_says("say tea"));
    assert_eq!(sent[0], json!(whole));
    assert_eq!(sent[1], json!([made[0], made[1], user_says("go on")]));
    assert_eq!(sent[2], json!([user_says("end")]));
    server.stop().await;
}

#[tokio::test]
async fn without_a_role_for_it_the_system_message_heads_the_first_of_the_users() {
    let server = Server::start().await;
    let user = server.user();
    server.provider.otherwise(|_| Reply::text("done"));
    let without = json!({ "systemRole": false });
    let stages = json!([
        { "systemTemplate": "be kind", "flowiseConfig": without, "promptTemplate": "now",
          "messages": [model_says("hi"), user_says("ho"), model_says("so")] },
        { "systemTemplate": "be kind", "flowiseConfig": without, "promptTemplate": "now",
          "messages": [model_says("hi")] },
    ]);
    let run = server.run_of(&user, stages).await;
    assert_eq!(ended(&server, &user, &run).await["status"], "COMPLETED");
    let headed = [
        model_says("hi"),
        user_says("be kind\n\nho"),
        model_says("so"),
        user_says("now"),
    ];
    let alone = [model_says("hi"), user_says("be kind\n\nnow")];
    assert_eq!(sent(&server), [json!(headed), json!(alone)]);
    server.stop().await;
}

#[tokio::test]
async fn what_is_no_list_of_turns_then_is_an_attempt_without_a_call() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let stages = json!([
        { "outputVariables": { "turns": { "type": ["array", "string", "null"] } }, "promptTemplate": "go" },
        { "messages": [user_says("one"), { "from": "stage_1.output.turns" }], "retryLimit": 3 },
    ]);
    let workflow = server.workflow(&user, &model, stages).await;
    let many: Vec<_> = (0..100).map(|_| user_says("x")).collect();
    for (turns, said) in [
        (json!(null), "is null"),
        (json!("hello"), "no list"),
        (json!(["hello"]), "no turn at 0"),
        (json!([{ "role": "user" }]), "no turn at 0"),
        (
            json!([user_says("x"), { "role": "system", "content": "x" }]),
            "no turn at 1",
        ),
        (json!(many), "of at most 100"),
    ] {
        let answer = json!({ "turns": turns }).to_string();
        server.provider.reply(Reply::text(&answer));
        let run = server.run(&user, &workflow).await;
        let end = ended(&server, &user, &run).await;
        assert_eq!(end["status"], "FAILED");
        let logs = logged(&server, &user, &run).await;
        assert_eq!(logs.as_array().unwrap().len(), 2, "{logs}");
        let message = text(&logs[1]["errorMessage"]);
        assert!(message.contains(said), "{message}");
        assert!(message.contains("messages[1]"), "{message}");
        assert_eq!(logs[1]["messagesSent"], Value::Null);
        assert_eq!(logs[1]["promptSent"], Value::Null);
    }
    // Together they are no longer than a prompt may be.
    let stages = json!([{ "messages": [{ "from": "inputs.history" }] }]);
    let given = server.workflow(&user, &model, stages).await;
    let halves: Vec<_> = (0..9).map(|_| user_says("{{long}}")).collect();
    let stages = json!([{ "messages": halves }]);
    let workflow = server.workflow(&user, &model, stages).await;
    let long = "x".repeat(512 * 1024);
    let run = start(
        &server,
        &user,
        &workflow,
        json!({ "word": "hello", "long": long }),
    )
    .await;
    let end = ended(&server, &user, &run).await;
    assert!(text(&end["errorMessage"]).contains("4 MiB"), "{end}");

    // What is known before the run is refused before it.
    for (history, said) in [
        (json!("hello"), "no list"),
        (json!([{ "role": "tool", "content": "x" }]), "no turn at 0"),
        (json!(vec![user_says("x"); 101]), "of at most 100"),
    ] {
        let query =
            "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
        let input = json!({ "workflowId": given, "inputs": { "word": "x", "history": history } });
        let answer = server
            .answer(Some(&user), query, json!({ "input": input }))
            .await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
        assert_eq!(error["extensions"]["field"], "stages[0].messages[0].from");
        let message = text(&error["message"]);
        assert!(message.contains(said), "{message}");
    }
    let input = json!({ "workflowId": given, "inputs": { "word": "x" } });
    let refusal = server.refused(&user, "startExecution", input).await;
    assert_eq!(refusal, bad_input("stages[0].messages[0].from"));
    server.stop().await;
}

#[tokio::test]
async fn turns_are_checked_when_they_are_saved() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let long = "x".repeat(256 * 1024 + 1);
    for (messages, field, said) in [
        (json!({}), "messages", "list of turns"),
        (json!(["x"]), "messages[0]", "{\"role\", \"content\"}"),
        (
            json!([{ "content": "x" }]),
            "messages[0].role",
            "\"assistant\"",
        ),
        (
            json!([{ "role": "usr", "content": "x" }]),
            "messages[0].role",
            "mean user?",
        ),
        (
            json!([{ "role": "system", "content": "x" }]),
            "messages[0].role",
            "systemTemplate",
        ),
        (
            json!([{ "role": "user" }]),
            "messages[0].content",
            "template",
        ),
        (
            json!([{ "role": "user", "content": 1 }]),
            "messages[0].content",
            "template",
        ),
        (
            json!([{ "rol": "user", "content": "x" }]),
            "messages[0]",
            "mean role?",
        ),
        (
            json!([{ "from": "inputs.a", "role": "user" }]),
            "messages[0]",
            "\"role\"",
        ),
        (json!([{ "from": 1 }]), "messages[0].from", "source path"),
        (
            json!([user_says("x"), { "from": "history" }]),
            "messages[1].from",
            "inputs.name",
        ),
        (
            json!([{ "from": "stage_9.output.a" }]),
            "messages[0].from",
            "stage 9",
        ),
        (
            json!([user_says("{{stage_9.raw}}")]),
            "messages[0].content",
            "stage 9",
        ),
    ] {
        let stage = json!({ "stageOrder": 2, "messages": messages });
        stage_is_refused(&server, &user, (&workflow, stage), (field, said)).await;
    }
    for (messages, field) in [
        (json!([user_says(&long)]), "stage.messages[0].content"),
        (json!(vec![user_says("x"); 101]), "stage.messages"),
    ] {
        let input =
            json!({ "workflowId": workflow, "stage": { "stageOrder": 2, "messages": messages } });
        assert_eq!(
            server.refused(&user, "addStage", input).await,
            too_large(field)
        );
    }
    let unnamed = json!([{ "messages": [user_says("{{nobody}}")] }]);
    let workflow = server.workflow(&user, &model, unnamed).await;
    let input = json!({ "workflowId": workflow, "inputs": { "word": "x" } });
    let refusal = server.refused(&user, "startExecution", input).await;
    assert_eq!(refusal, bad_input("stages[0].messages[0].content"));
    server.stop().await;
}

#[tokio::test]
async fn a_context_that_turns_overflow_is_not_asked() {
    let server = Server::start().await;
    let user = server.user();
    let query = "mutation($input: UpsertModelInput!) { upsertModel(input: $input) { id } }";
    let input = json!({ "name": "Small", "provider": "openai", "contextLength": 10,
        "modelIdentifierForFlowise": "small" });
    let data = server
        .data(&server.admin(), query, json!({ "input": input }))
        .await;
    let small = text(&data["upsertModel"]["id"]);
    let stages = json!([{ "messages": [user_says(&"word ".repeat(20))] }]);
    let workflow = server.workflow(&user, &small, stages).await;
    let run = server.run(&user, &workflow).await;
    let end = ended(&server, &user, &run).await;
    assert!(
        text(&end["errorMessage"]).contains("contextLength is 10"),
        "{end}"
    );
    assert!(server.provider.requests().is_empty());
    server.stop().await;
}

#[tokio::test]
async fn the_new_fields_go_wherever_the_stage_goes() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let model = server.model().await;
    let new = json!({ "messages": [user_says("a"), { "from": "inputs.history" }],
        "retryPromptTemplate": "again {{output}}",
        "routes": { "by": "inputs.word", "to": { "hello": 2 } } });
    let workflow = server.workflow(&user, &model, json!([new, {}])).await;
    let inputs = json!({ "word": "hello", "history": [] });
    let run = start(&server, &user, &workflow, inputs).await;
    ended(&server, &user, &run).await;
    goes_wherever_the_stage_goes(&server, &user, (&workflow, &run), &new).await;
    server.stop().await;
}
