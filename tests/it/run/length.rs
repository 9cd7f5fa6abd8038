//! `contextLength`: a prompt that surely does not fit is not sent.

use serde_json::{Value, json};

use super::{ended, one_stage};
use crate::support::provider::Reply;
use crate::support::server::{Server, User, text};

const UPSERT: &str = "mutation($input: UpsertModelInput!) { upsertModel(input: $input) { id } }";

/// A model whose context has room for so many tokens, if that is known.
async fn model(server: &Server, id: Option<&str>, length: Value) -> String {
    let input = json!({ "id": id, "name": "Short", "provider": "openai",
        "modelIdentifierForFlowise": "short-1", "contextLength": length });
    let data = server
        .data(&server.admin(), UPSERT, json!({ "input": input }))
        .await;
    text(&data["upsertModel"]["id"])
}

async fn run(server: &Server, user: &User, model: &str, stage: Value) -> Value {
    let workflow = server.workflow(user, model, json!([stage])).await;
    let run = server.run(user, &workflow).await;
    ended(server, user, &run).await
}

#[tokio::test]
async fn a_prompt_that_surely_does_not_fit_fails_before_it_is_paid_for() {
    let server = Server::start().await;
    let user = server.user();
    let model = model(&server, None, json!(10)).await;
    server.provider.otherwise(|_| Reply::text("done"));
    let fits = json!({ "promptTemplate": "a b c d e f g h {{word}}" });
    let run_that_fits = run(&server, &user, &model, fits).await;
    assert_eq!(run_that_fits["status"], "COMPLETED", "{run_that_fits}");

    let long = json!({ "promptTemplate": "a b c d e f g h i j k {{word}}", "retryLimit": 3 });
    let failed = run(&server, &user, &model, long).await;
    assert_eq!(failed["statusReason"], "STAGE_FAILED", "{failed}");
    let logs = failed["logs"]["nodes"].as_array().unwrap();
    assert_eq!(logs.len(), 1, "{failed}");
    assert_eq!(
        logs[0]["errorMessage"],
        "the prompt is too long for short-1: by 3 tokens at least, for its contextLength is 10, the answer included"
    );
    assert_eq!(logs[0]["promptSent"], "a b c d e f g h i j k hello");
    assert_eq!(server.provider.requests().len(), 1);
    server.stop().await;
}

#[tokio::test]
async fn a_judge_has_a_length_of_its_own() {
    let server = Server::start().await;
    let user = server.user();
    let judge = model(&server, None, json!(20)).await;
    let author = server.model().await;
    server.provider.reply(Reply::text("an answer"));
    let stage = json!({ "validationType": "LLM", "retryLimit": 2,
        "validationCriteria": { "prompt": "Is {{output}} right?", "modelId": judge } });
    let failed = run(&server, &user, &author, stage).await;
    let logs = failed["logs"]["nodes"].as_array().unwrap();
    assert_eq!(logs.len(), 1, "{failed}");
    let said = text(&logs[0]["errorMessage"]);
    assert!(
        said.starts_with("the judge's prompt: the prompt is too long for short-1"),
        "{said}"
    );
    assert_eq!(server.provider.requests().len(), 1);
    server.stop().await;
}

#[tokio::test]
async fn a_run_that_was_pinned_without_a_length_is_not_held_to_one() {
    let server = Server::start().await;
    let user = server.user();
    server.provider.otherwise(|_| Reply::text("done"));
    let id = model(&server, None, Value::Null).await;
    let workflow = server.workflow(&user, &id, json!([{}])).await;
    let first = server.run(&user, &workflow).await;
    ended(&server, &user, &first).await;
    model(&server, Some(&id), json!(1)).await;

    let query = "mutation($input: RerunExecutionInput!) { rerunExecution(input: $input) { id } }";
    for (latest, status) in [(false, "COMPLETED"), (true, "FAILED")] {
        let input =
            json!({ "executionId": first, "fromStageOrder": 1, "useLatestVersion": latest });
        let data = server.data(&user, query, json!({ "input": input })).await;
        let again = text(&data["rerunExecution"]["id"]);
        let again = ended(&server, &user, &again).await;
        assert_eq!(again["status"], status, "{again}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_model_whose_length_is_not_known_gets_every_prompt() {
    let stage = json!({ "promptTemplate": "word ".repeat(50_000) });
    let run = one_stage(stage, vec![Reply::text("done")]).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
}
