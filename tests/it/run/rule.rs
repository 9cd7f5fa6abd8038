//! Rules that cost much: what may be saved, what they hold up, and how often they are compiled.

use std::time::Duration;

use footlight::clock::Clock;
use footlight::service::tx;
use footlight::store;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ended, read, until};
use crate::support::provider::Reply;
use crate::support::server::{Server, User, bad_input, text};

/// Takes a minute for a million characters.
const DEAR: &str = "(?:a[ab]{1,60}|b[ab]{1,60}){12}[^ab]";

fn regex(pattern: &str) -> Value {
    json!({ "validationType": "REGEX", "validationCriteria": { "pattern": pattern } })
}

async fn stage_of(server: &Server, user: &User, workflow: &str) -> Uuid {
    let query = "query($id: ID!) { workflow(id: $id) { stages { id } } }";
    let data = server.data(user, query, json!({ "id": workflow })).await;
    let id = text(&data["workflow"]["stages"][0]["id"]);
    id.parse().unwrap()
}

/// Puts a pattern into the table as it was saved before patterns had a price.
async fn save_as_before(server: &Server, user: &User, id: Uuid, pattern: &str) {
    let (owner, criteria) = (user.id, &json!({ "pattern": pattern }));
    tx::write(&server.deps, |tx| async move {
        let mut stage = store::stage::find(&**tx, owner, id).await?.unwrap();
        stage.validation_criteria = Some(criteria.clone());
        store::stage::update(&**tx, stage).await
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_dear_pattern_is_refused_where_it_changes_and_used_where_it_was_saved_before() {
    let server = Server::start().await;
    let (user, model) = (server.user(), server.model().await);
    let workflow = server.workflow(&user, &model, json!([regex("^a")])).await;
    let id = stage_of(&server, &user, &workflow).await;
    let dear = json!({ "pattern": DEAR });
    let mut stage = regex(DEAR);
    stage["stageOrder"] = json!(2);
    for (name, input, field) in [
        (
            "createWorkflow",
            json!({ "name": "Dear", "stages": [{ "stageOrder": 1, "validationType": "REGEX", "validationCriteria": dear }] }),
            "stages[0].validationCriteria.pattern",
        ),
        (
            "updateWorkflowStages",
            json!({ "workflowId": workflow, "stages": [stage] }),
            "stages[0].validationCriteria.pattern",
        ),
        (
            "addStage",
            json!({ "workflowId": workflow, "stage": stage }),
            "stage.validationCriteria.pattern",
        ),
        (
            "updateStage",
            json!({ "id": id, "validationCriteria": dear }),
            "validationCriteria.pattern",
        ),
        (
            "updateStage",
            json!({ "id": id, "validationType": "FUNCTION", "validationCriteria": {
                "functionName": "json_schema", "args": { "schema": { "items": dear } } } }),
            "validationCriteria.args.schema",
        ),
    ] {
        let refusal = server.refused(&user, name, input).await;
        assert_eq!(refusal, bad_input(field), "{name}");
    }
    save_as_before(&server, &user, id, DEAR).await;
    let name = json!({ "id": id, "name": "Renamed" });
    server.mutate(&user, "updateStage", name, "{ id }").await;
    let whole = json!({ "workflowId": workflow, "stages": [{ "id": id, "stageOrder": 1,
        "modelId": model, "promptTemplate": "say {{word}}", "validationType": "REGEX",
        "validationCriteria": dear }] });
    server
        .mutate(&user, "updateWorkflowStages", whole, "{ id }")
        .await;
    server.provider.reply(Reply::text(&"ab".repeat(20)));
    let run = server.run(&user, &workflow).await;
    let run = ended(&server, &user, &run).await;
    assert_eq!(run["logs"]["nodes"][0]["validationResult"], "FAIL", "{run}");
    server.stop().await;
}

#[tokio::test]
async fn an_overdue_check_fails_the_stage_without_another_call() {
    let at_once = |config: &mut footlight::config::Config| {
        config.engine.check_timeout = Duration::ZERO;
    };
    let large = "a".repeat(700_000);
    for (mut stage, what) in [
        (regex("^a+$"), "the validation did not end within 0 s"),
        (
            json!({ "outputVariables": { "a": "string" } }),
            "the parsing of the output did not end within 0 s",
        ),
    ] {
        let server = Server::start_with(Clock::system(), at_once).await;
        stage["retryLimit"] = json!(3);
        let answer = match stage.get("outputVariables") {
            Some(_) => json!({ "a": large }).to_string(),
            None => large.clone(),
        };
        server.provider.reply(Reply::text(&answer));
        let user = server.user();
        let id = server.run_of(&user, json!([stage])).await;
        let run = ended(&server, &user, &id).await;
        assert_eq!(run["statusReason"], "STAGE_FAILED");
        let logs = run["logs"]["nodes"].as_array().unwrap();
        assert_eq!(logs.len(), 1);
        assert_eq!(logs[0]["validationResult"], "ERROR");
        assert_eq!(logs[0]["errorMessage"], what);
        assert_eq!(logs[0]["rawOutput"], answer);
        assert_eq!(server.provider.requests().len(), 1);
        server.stop().await;
    }
}

#[tokio::test]
async fn a_check_in_progress_holds_up_nobody_else() {
    let server = Server::start().await;
    let (one, other, model) = (server.user(), server.user(), server.model().await);
    let dear = server.workflow(&one, &model, json!([regex("^a")])).await;
    let id = stage_of(&server, &one, &dear).await;
    save_as_before(&server, &one, id, DEAR).await;
    let stages = json!([regex("^a"), regex("^a"), regex("^a")]);
    let cheap = server.workflow(&other, &model, stages).await;
    // Some seconds, in a build that is not optimized.
    let answer = "ab".repeat(8_000);
    for _ in 0..4 {
        server.provider.reply(Reply::text(&answer));
    }
    let mut dear_runs = Vec::new();
    for _ in 0..4 {
        dear_runs.push(server.run(&one, &dear).await);
    }
    while server.provider.requests().len() < 4 {
        tokio::task::yield_now().await;
    }
    for _ in 0..3 {
        server.provider.reply(Reply::text("a"));
    }
    let run = server.run(&other, &cheap).await;
    until(
        &server,
        &other,
        &run,
        "ExecutionStatusChanged",
        Some("COMPLETED"),
    )
    .await;
    let last = read(&server, &one, &dear_runs[3]).await;
    assert_eq!(last["status"], "RUNNING", "{last}");
    for run in dear_runs {
        super::act(&server, &one, "cancel", &run).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_rule_is_compiled_when_it_is_saved_and_never_again() {
    let server = Server::start().await;
    let (user, model) = (server.user(), server.model().await);
    let stages: Vec<_> = (0..100).map(|n| regex(&format!("^a{n}|b"))).collect();
    let stages = Value::from(stages);
    let workflow = server.workflow(&user, &model, stages.clone()).await;
    assert_eq!(server.deps.rules.compilations(), 100);
    server.workflow(&user, &model, stages).await;
    server.provider.otherwise(|_| Reply::text("b"));
    for _ in 0..2 {
        let run = server.run(&user, &workflow).await;
        let run = ended(&server, &user, &run).await;
        assert_eq!(run["status"], "COMPLETED", "{run}");
    }
    assert_eq!(server.deps.rules.compilations(), 100);
    server.stop().await;
}
