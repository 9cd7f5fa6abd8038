//! Stages that run once for every item of a list.

use std::time::Duration;

use footlight::clock::Clock;
use serde_json::{Value, json};

use super::{act, decide, until};
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
async fn every_item_has_its_attempts_and_its_verdict() {
    let stage = json!({ "retryLimit": 1, "validationType": "REGEX",
        "validationCriteria": { "pattern": "^ok" } });
    let calls = std::sync::atomic::AtomicUsize::new(0);
    let answer = move |asked: &str| {
        let call = calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        // The first attempt at each item is refused.
        let word = if call.is_multiple_of(2) { "no" } else { "ok" };
        Reply::text(&format!("{word} {asked}"))
    };
    let (events, run, _) = over(json!(["a", "b"]), stage, answer).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    let raw = json!(["ok tell of a", "ok tell of b"]);
    assert_eq!(run["executionContext"]["stage_1"]["raw"], raw);
    let numbers = logs(&run).iter().map(|log| {
        json!([
            log["itemIndex"],
            log["attemptNumber"],
            log["validationResult"]
        ])
    });
    assert_eq!(
        numbers.collect::<Vec<_>>(),
        [
            json!([0, 1, "FAIL"]),
            json!([0, 2, "PASS"]),
            json!([1, 1, "FAIL"]),
            json!([1, 2, "PASS"]),
        ]
    );
    assert_eq!(
        of_kind(
            &events,
            "StageRetryScheduled",
            &["itemIndex", "attemptNumber"]
        ),
        [json!([0, 2]), json!([1, 2])]
    );
}

#[tokio::test]
async fn an_item_without_attempts_left_fails_the_stage_and_no_other_begins() {
    let stage = json!({ "validationType": "REGEX", "validationCriteria": { "pattern": "[^b]$" } });
    let list = json!(["a", "b", "c"]);
    let (events, run, requests) = over(list, stage, Reply::text).await;
    assert_eq!(run["status"], "FAILED", "{run}");
    assert_eq!(run["statusReason"], "STAGE_FAILED");
    let message = text(&run["errorMessage"]);
    assert!(message.contains("item 1"), "{message}");
    assert_eq!(requests.len(), 2);
    let failed = json!({ "raw": "tell of b", "index": 1, "notes": run["executionContext"]["stage_1"]["failed"]["notes"] });
    assert_eq!(
        run["executionContext"],
        json!({ "stage_1": { "failed": failed } })
    );
    let finished = of_kind(&events, "StageFinished", &["itemIndex", "nextStageOrder"]);
    assert_eq!(finished, [json!([0, 1]), json!([1, null])]);
}

#[tokio::test]
async fn a_failed_visit_goes_on_by_the_fail_path_and_leaves_what_an_earlier_one_brought() {
    let server = Server::start().await;
    let calls = std::sync::atomic::AtomicUsize::new(0);
    server.provider.otherwise(move |body| {
        let call = calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Reply::text(&format!("{} {call}", prompt(body)))
    });
    let user = server.user();
    let stages = json!([
        each(json!({ "validationType": "REGEX", "nextStageOnFail": 3,
            "validationCriteria": { "pattern": "[0-3]$" } })),
        { "promptTemplate": "again", "nextStageOnPass": 1 },
        { "promptTemplate": "close {{stage_1.output.items.0.text}}" },
    ]);
    let run = start(&server, &user, stages, json!({ "list": ["a", "b"] })).await;
    let (_, run) = ended(&server, &user, &run).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    let raw = &run["executionContext"]["stage_1"]["raw"];
    assert_eq!(*raw, json!(["tell of a 0", "tell of b 1"]));
    let last = logs(&run).last().unwrap();
    assert_eq!(last["promptSent"], "close tell of a 0");
    let numbers = logs(&run).iter().filter(|log| log["stageOrder"] == 1);
    let numbers = numbers.map(|log| json!([log["visit"], log["itemIndex"], log["attemptNumber"]]));
    assert_eq!(
        numbers.collect::<Vec<_>>(),
        [
            json!([1, 0, 1]),
            json!([1, 1, 1]),
            json!([2, 0, 2]),
            json!([2, 1, 2])
        ]
    );
    server.stop().await;
}

#[tokio::test]
async fn a_failed_item_is_passed_over_where_the_stage_says_so() {
    let stage = json!({ "validationType": "REGEX", "validationCriteria": { "pattern": "[^b]$" },
        "forEach": { "onItemFail": "skip" } });
    let list = json!(["a", "b", "c"]);
    let (_, run, _) = over(list, stage, Reply::text).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    assert_eq!(
        run["executionContext"]["stage_1"],
        json!({ "output": { "items": [{ "text": "tell of a" }, null, { "text": "tell of c" }] },
            "raw": ["tell of a", null, "tell of c"] })
    );
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
async fn items_run_side_by_side_up_to_what_the_stage_says() {
    let server = Server::start().await;
    server.provider.otherwise(|body| {
        let pause = Duration::from_millis(100);
        Reply::slow(&format!("about {}", prompt(body)), pause)
    });
    let user = server.user();
    let stage = each(json!({ "forEach": { "concurrency": 4 } }));
    let list: Vec<_> = (0..12).collect();
    let run = start(&server, &user, json!([stage]), json!({ "list": list })).await;
    let (_, run) = ended(&server, &user, &run).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    let raw = (0..12).map(|item| json!(format!("about tell of {item}")));
    assert_eq!(
        run["executionContext"]["stage_1"]["raw"],
        json!(raw.collect::<Vec<_>>())
    );
    assert_eq!(server.provider.most_open(), 4);
    server.stop().await;
}

#[tokio::test]
async fn a_users_calls_take_no_more_slots_than_his_runs_may() {
    let server = Server::start_with(Clock::system(), |config| {
        config.engine.max_running_per_user = 3;
    })
    .await;
    server
        .provider
        .otherwise(|_| Reply::slow("x", Duration::from_millis(50)));
    let user = server.user();
    let stage = each(json!({ "forEach": { "concurrency": 8 } }));
    let list: Vec<_> = (0..16).collect();
    let inputs = json!({ "list": list });
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([stage])).await;
    let first = start_of(&server, &user, &workflow, &inputs).await;
    let second = start_of(&server, &user, &workflow, &inputs).await;
    for run in [first, second] {
        let (_, run) = ended(&server, &user, &run).await;
        assert_eq!(run["status"], "COMPLETED", "{run}");
    }
    assert_eq!(server.provider.most_open(), 3);
    server.stop().await;
}

#[tokio::test]
async fn a_judge_judges_every_item_and_knows_it() {
    let server = Server::start().await;
    let verdicts = std::sync::atomic::AtomicUsize::new(0);
    server.provider.otherwise(move |body| {
        let asked = prompt(body);
        if !asked.starts_with("is ") {
            return Reply::text(&format!("<{asked}>"));
        }
        match verdicts.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            0 => Reply::status(503),
            _ => Reply::text(&json!({ "pass": true, "notes": asked }).to_string()),
        }
    });
    let user = server.user();
    let stage = each(
        json!({ "validationType": "LLM", "forEach": { "concurrency": 2 },
        "validationCriteria": { "prompt": "is {{output}} right of {{item}} at {{index}}?" } }),
    );
    let run = start(
        &server,
        &user,
        json!([stage]),
        json!({ "list": ["a", "b", "c"] }),
    )
    .await;
    let (_, run) = ended(&server, &user, &run).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    let raw = json!(["<tell of a>", "<tell of b>", "<tell of c>"]);
    assert_eq!(run["executionContext"]["stage_1"]["raw"], raw);
    let asked = server.provider.requests();
    let drafts = asked
        .iter()
        .filter(|request| prompt(&request.body).starts_with("tell"));
    assert_eq!(drafts.count(), 3, "an answer is not asked for again");
    let judged = asked.iter().map(|request| prompt(&request.body));
    let judged = judged.filter(|asked| *asked == "is <tell of b> right of b at 1?");
    assert!(judged.count() >= 1);
    server.stop().await;
}

#[tokio::test]
async fn a_pause_begins_no_item_and_takes_effect_when_the_last_attempt_has_finished() {
    let server = Server::start().await;
    server.provider.reply(Reply::gated("one"));
    server.provider.reply(Reply::gated("two"));
    server.provider.otherwise(|_| Reply::text("more"));
    let user = server.user();
    let stage = each(json!({ "forEach": { "concurrency": 2 } }));
    let run = start(&server, &user, json!([stage]), json!({ "list": [1, 2, 3] })).await;
    server.provider.wait_for_requests(2).await;
    assert_eq!(
        act(&server, &user, "pause", &run).await["pauseRequested"],
        true
    );
    server.provider.release();
    server.provider.release();
    until(
        &server,
        &user,
        &run,
        "ExecutionStatusChanged",
        Some("PAUSED"),
    )
    .await;
    let paused = server.data(&user, RUN, json!({ "id": run })).await;
    assert_eq!(logs(&paused["execution"]).len(), 2);
    act(&server, &user, "resume", &run).await;
    let (_, run) = ended(&server, &user, &run).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    assert_eq!(logs(&run).len(), 3);
    assert_eq!(server.provider.requests().len(), 3);
    server.stop().await;
}

#[tokio::test]
async fn a_run_gives_up_its_slot_only_when_every_item_left_waits_for_long() {
    let server = Server::start().await;
    server.provider.otherwise(|body| match prompt(body) {
        "tell of long" => Reply::status(503).retry_after("60"),
        "tell of longer" => Reply::status(503).retry_after("90"),
        asked => Reply::slow(asked, Duration::from_millis(300)),
    });
    let user = server.user();
    let stage = each(json!({ "forEach": { "concurrency": 3 } }));
    let list = json!(["longer", "long", "a", "b"]);
    let run = start(&server, &user, json!([stage]), json!({ "list": list })).await;
    until(
        &server,
        &user,
        &run,
        "ExecutionStatusChanged",
        Some("PENDING"),
    )
    .await;
    let mut told = server.socket(&user).await;
    told.subscribe(EVENTS, json!({ "id": run })).await;
    let mut events = Vec::new();
    while let Some(mut result) = told.next().await {
        let event = result["data"]["executionEvents"].take();
        let rests = event["reason"] == "RETRY_WAIT";
        events.push(event);
        if rests {
            break;
        }
    }
    let passed = of_kind(&events, "StageFinished", &["itemIndex", "validationResult"]);
    assert_eq!(
        passed.iter().filter(|it| it[1] == "PASS").count(),
        2,
        "{passed:?}"
    );
    let waiting = server.data(&user, RUN, json!({ "id": run })).await;
    let due = text(&waiting["execution"]["nextRunAt"]);
    let due = chrono::DateTime::parse_from_rfc3339(&due).unwrap();
    let wait = due.timestamp() - Clock::system().now().timestamp();
    assert!((50..=66).contains(&wait), "the earliest: {wait} s");
    act(&server, &user, "cancel", &run).await;
    server.stop().await;
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
    let log = super::awaiting(&server, &user).await;
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
async fn a_watcher_of_a_thousand_items_at_eight_at_once_misses_nothing() {
    let server = Server::start().await;
    server.provider.otherwise(|body| {
        let asked = prompt(body);
        Reply::text(&format!("about {asked}, all of it"))
    });
    let user = server.user();
    let stage = each(json!({ "forEach": { "concurrency": 8 } }));
    let list: Vec<_> = (0..1000).collect();
    let run = start(&server, &user, json!([stage]), json!({ "list": list })).await;
    let query = "subscription($id: ID!) { executionEvents(executionId: $id, deltas: true) {
        __typename seq
        ... on StageFinished { itemIndex validationResult log { id errorMessage } }
        ... on StageOutputDelta { logId itemIndex offset text } } }";
    let mut socket = server.socket(&user).await;
    socket.subscribe(query, json!({ "id": run })).await;
    let (mut seq, mut texts, mut ended) = (0, std::collections::HashMap::new(), Vec::new());
    let mut passed = 0;
    while let Some(mut message) = socket.next().await {
        let event = message["data"]["executionEvents"].take();
        if event["__typename"] == "StageOutputDelta" {
            let (log, offset) = (text(&event["logId"]), event["offset"].as_u64().unwrap());
            assert_eq!(event["seq"], json!(seq), "the last event before it");
            assert!(!ended.contains(&log), "text of an attempt that has ended");
            let told: &mut String = texts.entry(log).or_default();
            if offset == 0 {
                told.clear();
            }
            assert_eq!(told.chars().count() as u64, offset, "{event}");
            told.push_str(event["text"].as_str().unwrap());
            let whole = format!("about tell of {}, all of it", event["itemIndex"]);
            assert!(whole.starts_with(told.as_str()), "{told}");
            continue;
        }
        seq += 1;
        assert_eq!(event["seq"], json!(seq), "{event}");
        if event["__typename"] == "StageFinished" {
            passed += i32::from(event["validationResult"] == "PASS");
            ended.push(text(&event["log"]["id"]));
        }
    }
    assert_eq!(passed, 1000);
    let mut data = server.data(&user, RUN, json!({ "id": run })).await;
    let raw = data["execution"]["executionContext"]["stage_1"]["raw"].take();
    let expected = (0..1000).map(|item| format!("about tell of {item}, all of it"));
    assert_eq!(raw, json!(expected.collect::<Vec<_>>()));
    server.stop().await;
}

#[tokio::test]
async fn cancelling_drops_every_call_of_a_list() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::hang());
    let user = server.user();
    let stage = each(json!({ "forEach": { "concurrency": 3 } }));
    let run = start(
        &server,
        &user,
        json!([stage]),
        json!({ "list": [1, 2, 3, 4] }),
    )
    .await;
    server.provider.wait_for_requests(3).await;
    act(&server, &user, "cancel", &run).await;
    server.provider.wait_for_dropped(3).await;
    let (_, run) = ended(&server, &user, &run).await;
    let statuses = logs(&run).iter().map(|log| &log["status"]);
    assert_eq!(statuses.collect::<Vec<_>>(), ["CANCELLED"; 3]);
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
