//! Stages that run once for every item of a list: what they bring, and what is no list.

mod item;
mod side;

use serde_json::{Value, json};

use super::{awaiting, decide};
use crate::support::provider::{Received, Reply};
use crate::support::server::{Server, User, text};

const EVENTS: &str = "subscription($id: ID!, $after: Int) {
    executionEvents(executionId: $id, after: $after) {
        __typename seq
        ... on ExecutionStatusChanged { status reason }
        ... on StageStarted { stageOrder attemptNumber itemIndex itemCount }
        ... on StageFinished { stageOrder attemptNumber itemIndex validationResult nextStageOrder }
        ... on StageRetryScheduled { stageOrder attemptNumber itemIndex reason }
    }
}";
const RUN: &str = "query($id: ID!) { execution(id: $id) {
    status statusReason errorMessage executionContext lastEventSeq nextRunAt
    logs(first: 100) { nodes { stageOrder attemptNumber visit itemIndex status validationResult
        errorMessage rawOutput parsedOutput promptSent inputs } }
} }";

/// Starts a run of these stages over these inputs.
async fn start(server: &Server, user: &User, stages: Value, inputs: Value) -> String {
    let model = server.model().await;
    let workflow = server.workflow(user, &model, stages).await;
    start_of(server, user, &workflow, &inputs).await
}

async fn start_of(server: &Server, user: &User, workflow: &str, inputs: &Value) -> String {
    let query = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    let input = json!({ "workflowId": workflow, "inputs": inputs });
    let data = server.data(user, query, json!({ "input": input })).await;
    text(&data["startExecution"]["id"])
}

/// What its watcher was told, and the run after its last event.
async fn ended(server: &Server, user: &User, run: &str) -> (Vec<Value>, Value) {
    let mut socket = server.socket(user).await;
    socket.subscribe(EVENTS, json!({ "id": run })).await;
    let results = socket.rest().await.into_iter();
    let events = results.map(|mut result| result["data"]["executionEvents"].take());
    let events: Vec<Value> = events.collect();
    for (index, event) in events.iter().enumerate() {
        assert_eq!(event["seq"], json!(index + 1), "{events:?}");
    }
    let mut data = server.data(user, RUN, json!({ "id": run })).await;
    (events, data["execution"].take())
}

/// One stage over a list of its inputs, run to its end by a provider that answers by the prompt.
async fn over(
    list: Value,
    stage: Value,
    answer: impl Fn(&str) -> Reply + Send + Sync + 'static,
) -> (Vec<Value>, Value, Vec<Received>) {
    let server = Server::start().await;
    server.provider.otherwise(move |body| answer(prompt(body)));
    let user = server.user();
    let run = start(
        &server,
        &user,
        json!([each(stage)]),
        json!({ "list": list }),
    )
    .await;
    let (events, run) = ended(&server, &user, &run).await;
    let requests = server.provider.requests();
    server.stop().await;
    (events, run, requests)
}

/// A stage over the input `list`, with these fields.
fn each(mut stage: Value) -> Value {
    let fields = stage.as_object_mut().unwrap();
    let each = fields.entry("forEach").or_insert(json!({}));
    let each = each.as_object_mut().unwrap();
    each.entry("in").or_insert(json!("inputs.list"));
    let prompt = json!("tell of {{item}}");
    fields.entry("promptTemplate").or_insert(prompt);
    stage
}

/// What the user's message of a request says.
fn prompt(body: &Value) -> &str {
    let messages = body["messages"].as_array().unwrap();
    messages.last().unwrap()["content"].as_str().unwrap()
}

fn logs(run: &Value) -> &Vec<Value> {
    run["logs"]["nodes"].as_array().unwrap()
}

/// Of each event of this kind what these fields say.
fn of_kind(events: &[Value], kind: &str, fields: &[&str]) -> Vec<Value> {
    let events = events.iter().filter(|event| event["__typename"] == kind);
    let said = |event: &Value| fields.iter().map(|field| event[field].clone()).collect();
    events.map(said).collect()
}

#[tokio::test]
async fn a_stage_runs_once_for_every_item_and_later_ones_read_its_list() {
    let server = Server::start().await;
    server
        .provider
        .otherwise(|body| Reply::text(&prompt(body).to_uppercase()));
    let user = server.user();
    let stages = json!([
        { "promptTemplate": "{{index}}: {{item.name}} of {{town}}",
          "forEach": { "in": "inputs.people" }, "inputVariableMapping": { "town": "inputs.town" } },
        { "promptTemplate": "{{who}} {{index}} {{stage_1.item.text}}", "forEach": { "in": "inputs.people" },
          "inputVariableMapping": { "who": "item.name" } },
        { "promptTemplate": "{{stage_2.output.items.1.text}} | {{stage_1.raw}}" },
    ]);
    let people = json!([{ "name": "ann" }, { "name": "bob" }]);
    let inputs = json!({ "people": people, "town": "ulm" });
    let run = start(&server, &user, stages, inputs).await;
    let (events, run) = ended(&server, &user, &run).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    let context = &run["executionContext"];
    assert_eq!(
        context["stage_1"],
        json!({ "output": { "items": [{ "text": "0: ANN OF ULM" }, { "text": "1: BOB OF ULM" }] },
            "raw": ["0: ANN OF ULM", "1: BOB OF ULM"] })
    );
    assert_eq!(context["stage_2"]["raw"][1], "BOB 1 1: BOB OF ULM");
    let last = "BOB 1 1: BOB OF ULM | [\"0: ANN OF ULM\",\"1: BOB OF ULM\"]";
    assert_eq!(context["stage_3"]["raw"], last);
    assert_eq!(
        of_kind(
            &events,
            "StageStarted",
            &["stageOrder", "attemptNumber", "itemIndex", "itemCount"]
        ),
        [
            json!([1, 1, 0, 2]),
            json!([1, 1, 1, 2]),
            json!([2, 1, 0, 2]),
            json!([2, 1, 1, 2]),
            json!([3, 1, null, null]),
        ]
    );
    assert_eq!(
        of_kind(&events, "StageFinished", &["itemIndex", "nextStageOrder"]),
        [
            json!([0, 1]),
            json!([1, 2]),
            json!([0, 2]),
            json!([1, 3]),
            json!([null, null]),
        ]
    );
    let items: Vec<_> = logs(&run).iter().map(|log| &log["itemIndex"]).collect();
    assert_eq!(
        items,
        [&json!(0), &json!(1), &json!(0), &json!(1), &Value::Null]
    );
    assert_eq!(
        logs(&run)[3]["inputs"],
        json!({ "who": "bob", "index": 1, "stage_1.item.text": "1: BOB OF ULM" })
    );
    server.stop().await;
}

#[tokio::test]
async fn an_empty_list_and_a_null_item_pass_without_a_call() {
    let (events, run, requests) = over(json!([]), json!({}), |_| Reply::text("x")).await;
    assert_eq!(
        (run["status"].as_str(), requests.len()),
        (Some("COMPLETED"), 0)
    );
    let entry = json!({ "output": { "items": [] }, "raw": [] });
    assert_eq!(run["executionContext"]["stage_1"], entry);
    let log = &logs(&run)[0];
    assert_eq!(
        (&log["itemIndex"], &log["rawOutput"]),
        (&Value::Null, &json!("[]"))
    );
    assert_eq!(
        (&log["validationResult"], &log["parsedOutput"]),
        (&json!("PASS"), &json!({ "items": [] }))
    );
    let started = of_kind(&events, "StageStarted", &["itemIndex", "itemCount"]);
    assert_eq!(started, [json!([null, 0])]);

    let list = json!(["a", null, "c"]);
    let (_, run, requests) = over(list, json!({}), Reply::text).await;
    assert_eq!(
        (run["status"].as_str(), requests.len()),
        (Some("COMPLETED"), 2)
    );
    let raw = json!(["tell of a", null, "tell of c"]);
    assert_eq!(run["executionContext"]["stage_1"]["raw"], raw);
    let log = &logs(&run)[1];
    assert_eq!(
        (&log["itemIndex"], &log["validationResult"]),
        (&json!(1), &json!("PASS"))
    );
    assert_eq!(
        (&log["rawOutput"], &log["promptSent"]),
        (&Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn what_is_no_list_is_an_error_without_another_attempt() {
    let stage = || json!({ "retryLimit": 5 });
    let too_many = json!(vec![0; 1001]);
    for (list, says) in [
        (json!("a, b"), "no list"),
        (json!({ "a": 1 }), "no list"),
        (too_many, "at most 1000"),
    ] {
        let (events, run, requests) = over(list, stage(), |_| Reply::text("x")).await;
        assert_eq!(
            (run["status"].as_str(), requests.len()),
            (Some("FAILED"), 0)
        );
        assert_eq!(logs(&run).len(), 1);
        let log = &logs(&run)[0];
        assert_eq!(
            (&log["itemIndex"], &log["validationResult"]),
            (&Value::Null, &json!("ERROR"))
        );
        let message = text(&log["errorMessage"]);
        assert!(message.contains(says), "{message}");
        let started = of_kind(&events, "StageStarted", &["itemIndex", "itemCount"]);
        assert_eq!(started, [json!([null, null])]);
    }
}

#[tokio::test]
async fn a_person_approves_the_list_in_a_stage_of_its_own() {
    let server = Server::start().await;
    server.provider.reply(Reply::text(r#"{"names": ["ann"]}"#));
    server.provider.otherwise(|body| Reply::text(prompt(body)));
    let user = server.user();
    let stages = json!([
        { "outputVariables": { "names": "array" }, "validationType": "MANUAL" },
        { "promptTemplate": "about {{item}}", "forEach": { "in": "stage_1.output.names" } },
    ]);
    let run = start(&server, &user, stages, json!({ "word": "x" })).await;
    server.until(&user, &run, "PAUSED").await;
    let log = awaiting(&server, &user).await;
    let edited = r#"{"names": ["ann", "bob"]}"#;
    decide(
        &server,
        &user,
        json!({ "logId": log, "result": "PASS", "editedOutput": edited }),
    )
    .await;
    let (_, run) = ended(&server, &user, &run).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    assert_eq!(
        run["executionContext"]["stage_2"]["raw"],
        json!(["about ann", "about bob"])
    );
    server.stop().await;
}

#[tokio::test]
async fn a_rerun_takes_the_list_over_or_runs_every_item_again() {
    let server = Server::start().await;
    server.provider.otherwise(|body| Reply::text(prompt(body)));
    let user = server.user();
    let stages = json!([
        each(json!({ "forEach": { "concurrency": 2 } })),
        { "promptTemplate": "close {{stage_1.output.items.1.text}}" },
    ]);
    let run = start(&server, &user, stages, json!({ "list": ["a", "b"] })).await;
    let (_, first) = ended(&server, &user, &run).await;
    assert_eq!(first["status"], "COMPLETED", "{first}");
    for (from, calls) in [(2, 1), (1, 3)] {
        let query =
            "mutation($input: RerunExecutionInput!) { rerunExecution(input: $input) { id } }";
        let input = json!({ "executionId": run, "fromStageOrder": from });
        let again = server.data(&user, query, json!({ "input": input })).await;
        let before = server.provider.requests().len();
        let again = text(&again["rerunExecution"]["id"]);
        let (_, again) = ended(&server, &user, &again).await;
        assert_eq!(
            again["executionContext"], first["executionContext"],
            "from {from}"
        );
        assert_eq!(logs(&again).len(), calls);
        assert!(server.provider.requests().len() <= before + calls);
    }
    server.stop().await;
}

#[tokio::test]
async fn accepted_items_count_towards_the_bound_of_a_runs_context() {
    // Eight of them fit, and the ninth does not.
    let answer = |_: &str| Reply::text(&"x".repeat(1_000_000));
    let list: Vec<_> = (1..=10).collect();
    let (_, run, _) = over(json!(list), json!({}), answer).await;
    assert_eq!(run["status"], "FAILED");
    assert_eq!(logs(&run).len(), 9);
    let message = text(&logs(&run)[8]["errorMessage"]);
    assert!(message.contains("8 MiB"), "{message}");
}
