//! The prompt of an attempt that follows a failure that counted: the answer that failed, and what was said of it.

use serde_json::{Value, json};

use super::{awaiting, decide, ended, until};
use crate::support::provider::Reply;
use crate::support::server::{Server, User, bad_input, text};

/// What a retry sends.
const RETRY: &str = "mend <{{output}}> for <{{notes}}>, {{word}}";

/// What was sent at each attempt of a run, and what was logged of it.
async fn prompts(server: &Server, user: &User, run: &str) -> Vec<String> {
    let query = "query($id: ID!) { execution(id: $id) { logs { nodes { promptSent } } } }";
    let data = server.data(user, query, json!({ "id": run })).await;
    let logs = data["execution"]["logs"]["nodes"].as_array().unwrap();
    logs.iter().map(|log| text(&log["promptSent"])).collect()
}

/// Returns once a person was asked for so many decisions.
async fn asked(server: &Server, user: &User, run: &str, count: usize) {
    let mut socket = server.socket(user).await;
    socket.subscribe(super::EVENTS, json!({ "id": run })).await;
    let mut paused = 0;
    while paused < count {
        let told = socket.next().await.expect("the run goes on");
        paused += usize::from(told["data"]["executionEvents"]["status"] == "PAUSED");
    }
}

/// The last messages of every request to the provider.
fn sent(server: &Server) -> Vec<String> {
    let requests = server.provider.requests().into_iter();
    let prompts = requests.map(|request| {
        let messages = request.body["messages"].as_array().unwrap();
        text(&messages.last().unwrap()["content"])
    });
    prompts.collect()
}

/// A stage of this kind whose further attempts are told of failures.
fn stage(mut stage: Value) -> Value {
    let fields = stage.as_object_mut().unwrap();
    fields.insert("retryPromptTemplate".to_owned(), RETRY.into());
    fields.entry("retryLimit").or_insert(9.into());
    stage
}

#[tokio::test]
async fn a_judges_no_and_an_answer_of_no_use_reach_the_next_attempt() {
    let server = Server::start().await;
    let user = server.user();
    let verdict =
        |pass: bool, notes: &str| Reply::text(&json!({ "pass": pass, "notes": notes }).to_string());
    server.provider.reply(Reply::text("<think>hm</think>one"));
    server.provider.reply(verdict(false, "too short"));
    // An outage sends the same again.
    server.provider.reply(Reply::status(503).retry_after("0"));
    server.provider.reply(Reply::text("two"));
    server.provider.reply(verdict(false, "worse"));
    server.provider.reply(Reply::text(""));
    server.provider.reply(Reply::text("four"));
    server.provider.reply(verdict(true, "fine"));
    let judge = json!({ "prompt": "is {{output}} fine by {{notes}}?" });
    let stages = json!([stage(
        json!({ "validationType": "LLM", "validationCriteria": judge,
        "inputVariableMapping": { "notes": "inputs.word" } })
    )]);
    let run = server.run_of(&user, stages).await;
    assert_eq!(ended(&server, &user, &run).await["status"], "COMPLETED");
    let first = "mend <one> for <too short>, hello";
    let second = "mend <two> for <worse>, hello";
    let third = "mend <> for <the answer is empty>, hello";
    let logged = ["say hello", first, first, second, third];
    assert_eq!(prompts(&server, &user, &run).await, logged);
    // The judge's template has its own answer, and the variables as they are.
    let expected = [
        "say hello",
        "is one fine by hello?",
        first,
        first,
        "is two fine by hello?",
        second,
        third,
        "is four fine by hello?",
    ];
    assert_eq!(sent(&server), expected);
    let query = "query($id: ID!) { execution(id: $id) { logs { nodes { inputs } } } }";
    let data = server.data(&user, query, json!({ "id": run })).await;
    let logs = &data["execution"]["logs"]["nodes"];
    assert_eq!(
        logs[0]["inputs"],
        json!({ "word": "hello", "notes": "hello" })
    );
    let told = json!({ "word": "hello", "notes": "too short", "output": "one" });
    assert_eq!(logs[1]["inputs"], told);
    server.stop().await;
}

#[tokio::test]
async fn a_rules_notes_and_what_did_not_parse_are_told_and_both_win_over_variables() {
    let server = Server::start().await;
    let user = server.user();
    for answer in ["no json", r#"{"n": "x"}"#, r#"{"n": 7}"#, r#"{"n": 3}"#] {
        server.provider.reply(Reply::text(answer));
    }
    let mapping = json!({ "output": "inputs.word", "notes": "inputs.word", "word": "inputs.word" });
    let range = json!({ "functionName": "json_schema", "args": { "schema": {
        "properties": { "n": { "maximum": 5 } } } } });
    let stages = json!([stage(json!({ "outputVariables": { "n": "integer" },
        "promptTemplate": "{{output}} {{notes}}", "inputVariableMapping": mapping,
        "validationType": "FUNCTION", "validationCriteria": range }))]);
    let run = server.run_of(&user, stages).await;
    assert_eq!(ended(&server, &user, &run).await["status"], "COMPLETED");
    let logs = super::read(&server, &user, &run).await["logs"]["nodes"].take();
    let expected = |index: usize| {
        let log = &logs[index];
        let said = log["validatorNotes"]
            .as_str()
            .or(log["errorMessage"].as_str());
        let answer = text(&log["rawOutput"]);
        format!("mend <{answer}> for <{}>, hello", said.unwrap())
    };
    let expected = [
        "hello hello".to_owned(),
        expected(0),
        expected(1),
        expected(2),
    ];
    assert_eq!(prompts(&server, &user, &run).await, expected);
    assert!(text(&logs[2]["validatorNotes"]).contains('5'), "{logs}");
    server.stop().await;
}

#[tokio::test]
async fn a_persons_notes_reach_the_writer_and_a_new_visit_and_a_rerun_begin_anew() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    server.provider.otherwise(|body| {
        let prompt = text(&body["messages"][0]["content"]);
        Reply::text(&format!("answer to {}", prompt.split(' ').next().unwrap()))
    });
    let manual = json!({ "validationType": "MANUAL", "retryLimit": 1, "nextStageOnFail": 2,
        "nextStageOnPass": 0 });
    let mend = json!({ "promptTemplate": "two", "nextStageOnPass": 1 });
    let stages = json!([stage(manual), mend]);
    let workflow = server.workflow(&user, &model, stages).await;
    let run = server.run(&user, &workflow).await;
    for (attempts, (result, notes)) in [
        ("FAIL", Some("warmer")),
        ("FAIL", None),
        ("FAIL", Some("third")),
        ("PASS", None),
    ]
    .into_iter()
    .enumerate()
    {
        asked(&server, &user, &run, attempts + 1).await;
        let log = awaiting(&server, &user).await;
        let input = json!({ "logId": log, "result": result, "notes": notes });
        decide(&server, &user, input).await;
    }
    super::told(&server, &user, &run).await;
    let expected = [
        "say hello",
        "mend <answer to say> for <warmer>, hello",
        "two",
        "say hello",
        "mend <answer to say> for <third>, hello",
    ];
    assert_eq!(prompts(&server, &user, &run).await, expected);

    let input = json!({ "executionId": run, "fromStageOrder": 1 });
    let again = server
        .mutate(&user, "rerunExecution", input, "{ id }")
        .await;
    let again = text(&again["id"]);
    let paused = Some("PAUSED");
    until(&server, &user, &again, "ExecutionStatusChanged", paused).await;
    assert_eq!(prompts(&server, &user, &again).await, ["say hello"]);
    server.stop().await;
}

#[tokio::test]
async fn what_the_retry_asks_for_is_checked_and_nothing_else_is_read_for_the_first() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let missing = json!([{ "retryPromptTemplate": "{{output}} {{notes}} {{nobody}}" }]);
    let workflow = server.workflow(&user, &model, missing).await;
    let input = json!({ "workflowId": workflow, "inputs": { "word": "hello" } });
    let refusal = server.refused(&user, "startExecution", input).await;
    assert_eq!(refusal, bad_input("stages[0].retryPromptTemplate"));
    let unknown = json!({ "workflowId": workflow, "stage": { "stageOrder": 2,
        "retryPromptTemplate": "{{stage_9.raw}}" } });
    let refusal = server.refused(&user, "addStage", unknown).await;
    assert_eq!(refusal, bad_input("stage.retryPromptTemplate"));

    // The prompt's own names are none in the first prompt.
    let unnamed = json!([{ "promptTemplate": "{{notes}}" }]);
    let workflow = server.workflow(&user, &model, unnamed).await;
    let input = json!({ "workflowId": workflow, "inputs": {} });
    let refusal = server.refused(&user, "startExecution", input).await;
    assert_eq!(refusal, bad_input("stages[0].promptTemplate"));

    // A later stage, and its own last visit, are read by what is sent then alone.
    let never = json!({ "functionName": "contains", "args": { "text": "fine" } });
    let stages = json!([
        { "retryPromptTemplate": "{{stage_2.raw}} after {{stage_1.raw}}", "retryLimit": 1,
          "validationType": "FUNCTION", "validationCriteria": never,
          "routes": { "by": "stage_1.raw", "to": { "fine": 0 } } },
        { "promptTemplate": "two", "nextStageOnPass": 1 },
    ]);
    let workflow = server.workflow(&user, &model, stages).await;
    for answer in ["fine so far", "two", "three", "fine"] {
        server.provider.reply(Reply::text(answer));
    }
    let run = server.run(&user, &workflow).await;
    assert_eq!(ended(&server, &user, &run).await["status"], "COMPLETED");
    let expected = ["say hello", "two", "say hello", "two after fine so far"];
    assert_eq!(sent(&server), expected);

    // Where nothing is there yet, the attempt fails without a call.
    server.provider.reply(Reply::text("one"));
    let run = server.run(&user, &workflow).await;
    let end = ended(&server, &user, &run).await;
    assert_eq!(end["status"], "FAILED");
    let logs = end["logs"]["nodes"].as_array().unwrap();
    assert_eq!(logs.len(), 2);
    assert_eq!(logs[1]["promptSent"], Value::Null);
    assert!(text(&logs[1]["errorMessage"]).contains("stage_2.raw"));
    assert_eq!(server.provider.requests().len(), 5);
    server.stop().await;
}
