//! Routes: where a run goes by a value once a stage has passed.

use serde_json::{Value, json};

use super::{awaiting, decide, ended, kinds, stage_is_refused, told, until};
use crate::support::provider::Reply;
use crate::support::server::{Server, User, bad_input};

const FINISHED: &str = "query($id: ID!, $after: Int) { execution(id: $id) { events(after: $after) {
    ... on StageFinished { stageOrder validationResult nextStageOrder routeValue } } } }";

/// Where each attempt of a run led, and by which value.
async fn ways(server: &Server, user: &User, run: &str) -> Vec<Value> {
    ways_after(server, (user, run), 0).await
}

/// The same of the hundred events after this one.
async fn ways_after(server: &Server, (user, run): (&User, &str), after: u32) -> Vec<Value> {
    let variables = json!({ "id": run, "after": after });
    let data = server.data(user, FINISHED, variables).await;
    let events = data["execution"]["events"].as_array().unwrap();
    let finished = events.iter().filter(|event| event["stageOrder"].is_i64());
    let way = |event: &Value| {
        json!([
            event["stageOrder"],
            event["nextStageOrder"],
            event["routeValue"]
        ])
    };
    finished.map(way).collect()
}

/// A router with an answer of its own form, and a stage for each way.
fn router(routes: &Value) -> Value {
    json!([
        { "outputVariables": { "kind": { "type": ["string", "number", "boolean", "null", "array"] } },
          "routes": routes },
        { "promptTemplate": "two", "nextStageOnPass": 0 },
        { "promptTemplate": "three", "nextStageOnPass": 0 },
    ])
}

#[tokio::test]
async fn a_pass_goes_where_its_value_leads_else_where_passes_go() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let to = json!({ "billing": 3, "product": 0, "2.5": 3, "true": 3, "again": 1 });
    let routes = json!({ "by": "stage_1.output.kind", "to": to });
    let workflow = server.workflow(&user, &model, router(&routes)).await;
    server.provider.otherwise(|_| Reply::text("done"));
    for (kind, ways_taken) in [
        (
            json!("billing"),
            json!([[1, 3, "billing"], [3, null, null]]),
        ),
        (json!("product"), json!([[1, null, "product"]])),
        (json!(2.5), json!([[1, 3, "2.5"], [3, null, null]])),
        (json!(true), json!([[1, 3, "true"], [3, null, null]])),
        (json!("Billing"), json!([[1, 2, null], [2, null, null]])),
        (json!(null), json!([[1, 2, null], [2, null, null]])),
        (json!(["billing"]), json!([[1, 2, null], [2, null, null]])),
    ] {
        let answer = json!({ "kind": kind }).to_string();
        server.provider.reply(Reply::text(&answer));
        let run = server.run(&user, &workflow).await;
        assert_eq!(ended(&server, &user, &run).await["status"], "COMPLETED");
        assert_eq!(
            json!(ways(&server, &user, &run).await),
            ways_taken,
            "{kind}"
        );
    }
    // A loop by a route is guarded like any other.
    let again = json!({ "kind": "again" }).to_string();
    server.provider.otherwise(move |_| Reply::text(&again));
    let run = server.run(&user, &workflow).await;
    let end = ended(&server, &user, &run).await;
    assert_eq!(end["statusReason"], "LOOP_LIMIT");
    let first = ways(&server, &user, &run).await;
    assert_eq!(first.first(), Some(&json!([1, 1, "again"])));
    let last = ways_after(&server, (&user, &run), 150).await;
    assert_eq!(last.last(), Some(&json!([1, null, null])));
    server.stop().await;
}

#[tokio::test]
async fn a_path_may_be_an_input_or_another_stages_and_only_a_pass_looks_at_it() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let routes = |by: &str| json!({ "by": by, "to": { "hello": 3, "first": 4 } });
    let never = json!({ "functionName": "contains", "args": { "text": "never" } });
    let stages = json!([
        { "routes": routes("inputs.word") },
        { "promptTemplate": "two" },
        { "routes": routes("stage_1.raw"), "validationType": "FUNCTION", "validationCriteria": never,
          "nextStageOnFail": 5 },
        { "promptTemplate": "four" },
        { "routes": routes("stage_1.output.text"), "nextStageOnPass": 2 },
    ]);
    let workflow = server.workflow(&user, &model, stages).await;
    server.provider.reply(Reply::text("first"));
    server.provider.otherwise(|_| Reply::text("no"));
    let run = server.run(&user, &workflow).await;
    ended(&server, &user, &run).await;
    let taken = ways(&server, &user, &run).await;
    let expected = [
        json!([1, 3, "hello"]),
        json!([3, 5, null]),
        json!([5, 4, "first"]),
        json!([4, 5, null]),
    ];
    assert_eq!(taken[..4], expected);
    server.stop().await;
}

#[tokio::test]
async fn a_persons_pass_goes_by_the_edited_output_else_by_the_models() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    server
        .provider
        .otherwise(|_| Reply::text(r#"{"kind": "product"}"#));
    let stages = json!([
        { "outputVariables": { "kind": "string" }, "validationType": "MANUAL", "nextStageOnPass": 2,
          "routes": { "by": "stage_1.output.kind", "to": { "billing": 3, "product": 0 } } },
        { "nextStageOnPass": 0 },
        { "nextStageOnPass": 0 },
    ]);
    let workflow = server.workflow(&user, &model, stages).await;
    for (edit, fails, expected) in [
        (None, false, json!([1, null, "product"])),
        (
            Some(r#"{"kind": "billing"}"#),
            false,
            json!([1, 3, "billing"]),
        ),
        (Some(r#"{"kind": "else"}"#), false, json!([1, 2, null])),
        (None, true, json!([1, null, null])),
    ] {
        let run = server.run(&user, &workflow).await;
        let paused = Some("PAUSED");
        until(&server, &user, &run, "ExecutionStatusChanged", paused).await;
        let log = awaiting(&server, &user).await;
        let result = if fails { "FAIL" } else { "PASS" };
        let input = json!({ "logId": log, "result": result, "editedOutput": edit });
        decide(&server, &user, input).await;
        let events = told(&server, &user, &run).await;
        let end = if fails { "FAILED" } else { "COMPLETED" };
        assert_eq!(kinds(&events).last(), Some(&end));
        assert_eq!(ways(&server, &user, &run).await[0], expected, "{edit:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn what_would_lead_nowhere_is_refused_with_what_is_near() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let by = "stage_1.output.kind";
    for (routes, field, said) in [
        (
            json!({ "by": by, "to": { "a": 7 } }),
            "routes.to.a",
            "nearest is 2",
        ),
        (
            json!({ "by": by, "to": { "a": -1 } }),
            "routes.to.a",
            "0 ends the run",
        ),
        (
            json!({ "by": by, "to": { "a": "1" } }),
            "routes.to.a",
            "stageOrder",
        ),
        (json!({ "by": by, "to": {} }), "routes.to", "values"),
        (
            json!({ "by": "stage_9.raw", "to": { "a": 1 } }),
            "routes.by",
            "stage 9",
        ),
        (
            json!({ "by": "kind", "to": { "a": 1 } }),
            "routes.by",
            "source path",
        ),
        (json!({ "to": { "a": 1 } }), "routes.by", "source path"),
        (
            json!({ "by": by, "two": { "a": 1 } }),
            "routes.two",
            "\"to\"",
        ),
        (json!([]), "routes", "object"),
    ] {
        let stage = json!({ "stageOrder": 2, "routes": routes });
        stage_is_refused(&server, &user, (&workflow, stage), (field, said)).await;
    }
    let missing = json!([{ "routes": { "by": "inputs.kind", "to": { "a": 0 } } }]);
    let workflow = server.workflow(&user, &model, missing).await;
    let input = json!({ "workflowId": workflow, "inputs": { "word": "hello" } });
    let refusal = server.refused(&user, "startExecution", input).await;
    assert_eq!(refusal, bad_input("stages[0].routes.by"));
    server.stop().await;
}
