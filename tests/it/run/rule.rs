//! Rules that cost much: what may be saved, what they hold up, and how often they are compiled.

use std::time::Duration;

use footlight::clock::Clock;
use footlight::service::tx;
use footlight::store;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
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

/// So many letters in which nothing repeats: where it did, the engine would know soon what comes.
fn without_a_rule(letters: usize) -> String {
    let mut random = StdRng::seed_from_u64(7);
    let letter = |_| if random.random_bool(0.5) { 'a' } else { 'b' };
    (0..letters).map(letter).collect()
}

/// A stage whose answer is held to as many schemas as one value may have, for each of its many items.
fn many_schemas() -> Value {
    let schemas: Vec<_> = (0..450).map(|n| json!({ "not": { "const": n } })).collect();
    let list = json!({ "type": "array", "items": { "allOf": schemas } });
    json!({ "outputVariables": { "list": list } })
}

#[tokio::test]
async fn a_check_in_progress_holds_up_nobody_else() {
    // Both take many seconds, in a build that is not optimized.
    let numbers = Value::from(vec![-1; 200_000]);
    for (stage, answer, saved_before) in [
        (regex("^a"), without_a_rule(40_000), Some(DEAR)),
        (many_schemas(), json!({ "list": numbers }).to_string(), None),
    ] {
        let patient = |config: &mut footlight::config::Config| {
            config.engine.check_timeout = Duration::from_hours(1);
        };
        let server = Server::start_with(Clock::system(), patient).await;
        let (one, other, model) = (server.user(), server.user(), server.model().await);
        let dear = server.workflow(&one, &model, json!([stage])).await;
        if let Some(pattern) = saved_before {
            let id = stage_of(&server, &one, &dear).await;
            save_as_before(&server, &one, id, pattern).await;
        }
        // These are checked aside, too: their answers are long.
        let strings = json!({ "outputVariables": { "s": { "items": { "type": "string" } } } });
        let stages = json!([regex("^a"), strings, regex("a$")]);
        let cheap = server.workflow(&other, &model, stages).await;
        for _ in 0..4 {
            server.provider.reply(Reply::text(&answer));
        }
        let mut dear_runs = Vec::new();
        for _ in 0..4 {
            dear_runs.push(server.run(&one, &dear).await);
        }
        server.provider.wait_for_requests(4).await;
        let long = "a".repeat(300_000);
        for answer in [&long, &json!({ "s": [long] }).to_string(), &long] {
            server.provider.reply(Reply::text(answer));
        }
        let run = server.run(&other, &cheap).await;
        let end = "ExecutionStatusChanged";
        until(&server, &other, &run, end, Some("COMPLETED")).await;
        // Not even the first of the others has come to its end.
        for run in &dear_runs {
            let now = read(&server, &one, run).await;
            assert_eq!(now["status"], "RUNNING", "{now}");
        }
        let cancel = "mutation($id: ID!) { cancelExecution(id: $id) { id } }";
        for run in &dear_runs {
            // It may have ended by now.
            server
                .answer(Some(&one), cancel, json!({ "id": run }))
                .await;
        }
        server.stop().await;
    }
}

#[tokio::test]
async fn a_schema_that_holds_one_value_to_too_much_is_refused_where_it_changes() {
    let server = Server::start().await;
    let (user, model) = (server.user(), server.model().await);
    let workflow = server
        .workflow(&user, &model, json!([many_schemas()]))
        .await;
    let id = stage_of(&server, &user, &workflow).await;
    let schemas: Vec<_> = (0..3_000)
        .map(|n| json!({ "not": { "const": n } }))
        .collect();
    let schema = json!({ "items": { "allOf": schemas } });
    for (input, field) in [
        (
            json!({ "id": id, "outputVariables": { "list": schema } }),
            "outputVariables.list",
        ),
        (
            json!({ "id": id, "validationType": "FUNCTION", "validationCriteria": {
                "functionName": "json_schema", "args": { "schema": schema } } }),
            "validationCriteria.args.schema",
        ),
    ] {
        let refusal = server.refused(&user, "updateStage", input).await;
        assert_eq!(refusal, bad_input(field));
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
