//! A stage's system message: rendered like the prompt, sent ahead of it, and kept wherever the stage is.

use serde_json::{Value, json};

use super::{ended, goes_wherever_the_stage_goes};
use crate::support::provider::Reply;
use crate::support::server::{Server, User, text};

/// What was sent as it stands in the run's logs.
async fn logged(server: &Server, user: &User, run: &str) -> Value {
    let query = "query($id: ID!) { execution(id: $id) {
        logs { nodes { systemSent promptSent inputs } } } }";
    let mut data = server.data(user, query, json!({ "id": run })).await;
    data["execution"]["logs"]["nodes"].take()
}

#[tokio::test]
async fn it_is_rendered_like_the_prompt_sent_ahead_of_it_and_kept() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let stages = json!([
        { "systemTemplate": "speak like {{who}}, {not} {{ so-so }}",
          "inputVariableMapping": { "who": "inputs.word" } },
        { "systemTemplate": "so far: {{before}}", "promptTemplate": "go on",
          "inputVariableMapping": { "before": "stage_1.raw" } },
        { "systemTemplate": " {{nothing}}\n", "inputVariableMapping": { "nothing": "inputs.empty" } },
        {},
    ]);
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, stages).await;
    let input = json!({ "workflowId": workflow, "inputs": { "word": "hello", "empty": "" } });
    let run = server
        .mutate(&user, "startExecution", input, "{ id }")
        .await;
    let run = text(&run["id"]);
    assert_eq!(ended(&server, &user, &run).await["status"], "COMPLETED");

    let sent: Vec<_> = server
        .provider
        .requests()
        .into_iter()
        .map(|mut request| request.body["messages"].take())
        .collect();
    let messages = |system: Option<&str>, prompt: &str| {
        let system = system.map(|content| json!({ "role": "system", "content": content }));
        let prompt = json!({ "role": "user", "content": prompt });
        system.into_iter().chain([prompt]).collect::<Value>()
    };
    let expected = [
        messages(Some("speak like hello, {not} {{ so-so }}"), "say hello"),
        messages(Some("so far: done"), "go on"),
        messages(None, "say hello"),
        messages(None, "say hello"),
    ];
    assert_eq!(sent, expected);

    let logs = logged(&server, &user, &run).await;
    for (log, messages) in logs.as_array().unwrap().iter().zip(&expected) {
        let (system, prompt) = match &messages.as_array().unwrap()[..] {
            [prompt] => (&Value::Null, &prompt["content"]),
            [system, prompt] => (&system["content"], &prompt["content"]),
            _ => panic!("{messages}"),
        };
        assert_eq!([&log["systemSent"], &log["promptSent"]], [system, prompt]);
    }
    assert_eq!(logs[1]["inputs"], json!({ "before": "done" }));
    server.stop().await;
}

#[tokio::test]
async fn one_that_cannot_be_made_leaves_an_attempt_without_a_call() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let stages = json!([
        { "systemTemplate": "{{who}}", "inputVariableMapping": { "who": "stage_1.raw" } },
    ]);
    let run = server.run_of(&user, stages).await;
    let end = ended(&server, &user, &run).await;
    assert_eq!(end["status"], "FAILED");
    let why = text(&end["errorMessage"]);
    assert!(why.contains("stage_1.raw"), "{why}");
    let logs = logged(&server, &user, &run).await;
    let nothing = json!({ "systemSent": null, "promptSent": null, "inputs": {} });
    assert_eq!(logs, json!([nothing]));
    assert!(server.provider.requests().is_empty());
    server.stop().await;
}

#[tokio::test]
async fn a_judge_gets_its_own_instruction_and_not_the_stages() {
    let server = Server::start().await;
    server.provider.reply(Reply::text("done"));
    server
        .provider
        .reply(Reply::text(r#"{"pass": true, "notes": "good"}"#));
    let user = server.user();
    let stages = json!([{ "systemTemplate": "speak like a pelican", "validationType": "LLM",
        "validationCriteria": { "prompt": "is {{output}} fine?" } }]);
    let run = server.run_of(&user, stages).await;
    assert_eq!(ended(&server, &user, &run).await["status"], "COMPLETED");
    let requests = server.provider.requests();
    let system = |index: usize| text(&requests[index].body["messages"][0]["content"]);
    assert_eq!(system(0), "speak like a pelican");
    assert!(system(1).contains("verdict"), "{}", system(1));
    assert!(!system(1).contains("pelican"), "{}", system(1));
    let logs = logged(&server, &user, &run).await;
    assert_eq!(logs[0]["systemSent"], "speak like a pelican");
    server.stop().await;
}

#[tokio::test]
async fn it_and_the_timeout_go_wherever_the_stage_goes() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let model = server.model().await;
    let both = json!({ "systemTemplate": "you are {{word}}", "timeoutSeconds": 3600 });
    let stages = json!([both, {}]);
    let workflow = server.workflow(&user, &model, stages).await;
    let run = server.run(&user, &workflow).await;
    ended(&server, &user, &run).await;
    goes_wherever_the_stage_goes(&server, &user, (&workflow, &run), &both).await;
    server.stop().await;
}
