//! Runs over the API, from start to last event: validations, outcomes, routing, and what a person
//! may do meanwhile.

use std::time::Duration;

use footlight::clock::Clock;
use serde_json::{Value, json};

use crate::support::provider::Reply;
use crate::support::server::{Server, User, text};

const EVENTS: &str = "subscription($id: ID!, $after: Int) {
    executionEvents(executionId: $id, after: $after) {
        __typename seq
        ... on ExecutionStatusChanged { status reason }
        ... on StageStarted { stageOrder attemptNumber }
        ... on StageFinished { stageOrder validationResult nextStageOrder }
        ... on StageRetryScheduled { stageOrder attemptNumber reason }
    }
}";

const RUN: &str = "query($id: ID!) { execution(id: $id) {
    status statusReason errorMessage executionContext lastEventSeq pauseRequested nextRunAt
    usage { totalTokens }
    logs { nodes { id stageOrder attemptNumber visit status validationResult errorMessage
        validatorNotes rawOutput parsedOutput promptSent } }
} }";

/// What the watcher of a run is told from the first event to the last.
async fn told(server: &Server, user: &User, run: &str) -> Vec<Value> {
    let mut socket = server.socket(user).await;
    socket.subscribe(EVENTS, json!({ "id": run })).await;
    let results = socket.rest().await;
    let events: Vec<Value> = results
        .into_iter()
        .map(|mut result| result["data"]["executionEvents"].take())
        .collect();
    for (index, event) in events.iter().enumerate() {
        assert_eq!(event["seq"], json!(index + 1), "{events:?}");
    }
    events
}

/// The run after its last event.
async fn ended(server: &Server, user: &User, run: &str) -> Value {
    told(server, user, run).await;
    read(server, user, run).await
}

async fn read(server: &Server, user: &User, run: &str) -> Value {
    let mut data = server.data(user, RUN, json!({ "id": run })).await;
    data["execution"].take()
}

/// Watches a run until it says `kind`, with `status` where it is a change of state.
async fn until(server: &Server, user: &User, run: &str, kind: &str, status: Option<&str>) {
    let mut socket = server.socket(user).await;
    socket.subscribe(EVENTS, json!({ "id": run })).await;
    while let Some(result) = socket.next().await {
        let event = &result["data"]["executionEvents"];
        let same_status = status.is_none_or(|status| event["status"] == status);
        if event["__typename"] == kind && same_status {
            return;
        }
    }
    panic!("the run ended without {kind} {status:?}");
}

/// One stage that answers with `reply`, run to its end.
async fn one_stage(stage: Value, replies: Vec<Reply>) -> Value {
    let server = Server::start().await;
    for reply in replies {
        server.provider.reply(reply);
    }
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([stage])).await;
    let run = server.run(&user, &workflow).await;
    let ended = ended(&server, &user, &run).await;
    server.stop().await;
    ended
}

async fn act(server: &Server, user: &User, mutation: &str, id: &str) -> Value {
    let query = format!(
        "mutation($id: ID!) {{ {mutation}Execution(id: $id) {{ status statusReason pauseRequested }} }}"
    );
    let mut data = server.data(user, &query, json!({ "id": id })).await;
    data[format!("{mutation}Execution")].take()
}

async fn decide(server: &Server, user: &User, input: Value) -> Value {
    let query = "mutation($input: RecordManualValidationInput!) {
        recordManualValidation(input: $input) { id status validationResult editedOutput rawOutput }
    }";
    let mut data = server.data(user, query, json!({ "input": input })).await;
    data["recordManualValidation"].take()
}

async fn awaiting(server: &Server, user: &User) -> String {
    let query = "{ pendingValidations { nodes { id } } }";
    let data = server.data(user, query, json!({})).await;
    text(&data["pendingValidations"]["nodes"][0]["id"])
}

#[tokio::test]
async fn a_run_of_three_stages_reaches_its_end_and_tells_every_step() {
    let server = Server::start().await;
    for answer in ["one", "two", "three"] {
        server.provider.reply(Reply::text(answer));
    }
    let user = server.user();
    let model = server.model().await;
    let mapped = json!({ "inputVariableMapping": { "word": "stage_1.raw" } });
    let workflow = server
        .workflow(&user, &model, json!([{}, mapped, mapped]))
        .await;
    let run = server.run(&user, &workflow).await;
    let kinds: Vec<String> = told(&server, &user, &run)
        .await
        .iter()
        .map(|event| match event["status"].as_str() {
            Some(status) => status.to_owned(),
            None => text(&event["__typename"]),
        })
        .collect();
    let expected = [
        "PENDING",
        "RUNNING",
        "StageStarted",
        "StageFinished",
        "StageStarted",
        "StageFinished",
        "StageStarted",
        "StageFinished",
        "COMPLETED",
    ];
    assert_eq!(kinds, expected);
    let run = read(&server, &user, &run).await;
    assert_eq!(run["executionContext"]["stage_3"]["raw"], "three");
    assert_eq!(run["executionContext"]["stage_1"]["output"]["text"], "one");
    assert_eq!(run["logs"]["nodes"][1]["promptSent"], "say one");
    assert_eq!(server.provider.requests().len(), 3);
    server.stop().await;
}

#[tokio::test]
async fn every_rule_passes_what_it_allows_and_fails_what_it_does_not() {
    let function = |name: &str, args: Value| {
        json!({ "validationType": "FUNCTION",
            "validationCriteria": { "functionName": name, "args": args } })
    };
    let cases = [
        (json!({}), "anything", "COMPLETED"),
        (
            json!({ "validationType": "REGEX", "validationCriteria": { "pattern": "^ok" } }),
            "ok then",
            "COMPLETED",
        ),
        (
            json!({ "validationType": "REGEX", "validationCriteria": { "pattern": "^ok" } }),
            "no",
            "FAILED",
        ),
        (
            function("max_length", json!({ "length": 3 })),
            "yes",
            "COMPLETED",
        ),
        (
            function("max_length", json!({ "length": 3 })),
            "nope",
            "FAILED",
        ),
        (function("is_json", json!({})), "{\"a\": 1}", "COMPLETED"),
        (function("contains", json!({ "text": "b" })), "a", "FAILED"),
        (
            function("json_schema", json!({ "schema": { "type": "array" } })),
            "[1]",
            "COMPLETED",
        ),
        (
            function("json_schema", json!({ "schema": { "type": "array" } })),
            "{}",
            "FAILED",
        ),
    ];
    for (stage, answer, status) in cases {
        let run = one_stage(stage.clone(), vec![Reply::text(answer)]).await;
        assert_eq!(run["status"], status, "{stage} on {answer}: {run}");
    }
}

#[tokio::test]
async fn a_judge_decides_and_one_that_stays_broken_is_an_error() {
    let stage = json!({ "validationType": "LLM",
        "validationCriteria": { "prompt": "Is {{output}} right?" } });
    let verdict = |pass: bool| Reply::text(&json!({ "pass": pass, "notes": "so" }).to_string());
    let passed = one_stage(stage.clone(), vec![Reply::text("x"), verdict(true)]).await;
    assert_eq!(passed["status"], "COMPLETED");
    let failed = one_stage(stage.clone(), vec![Reply::text("x"), verdict(false)]).await;
    assert_eq!(failed["statusReason"], "STAGE_FAILED");
    assert_eq!(failed["logs"]["nodes"][0]["validatorNotes"], "so");
    let nonsense = || Reply::text("maybe");
    let broken = vec![Reply::text("x"), nonsense(), nonsense(), nonsense()];
    let broken = one_stage(stage, broken).await;
    assert_eq!(broken["logs"]["nodes"][0]["validationResult"], "ERROR");
    assert_eq!(broken["status"], "FAILED");
}

#[tokio::test]
async fn outcomes_that_are_the_models_fault_count_against_the_retry_limit() {
    let typed = json!({ "outputVariables": { "n": "integer" }, "retryLimit": 1 });
    for bad in [
        Reply::text("not json"),
        Reply::text("{\"n\": \"one\"}"),
        Reply::text("{\"n\":").finish("length"),
        Reply::empty(),
    ] {
        let run = one_stage(typed.clone(), vec![bad, Reply::text("{\"n\": 1}")]).await;
        assert_eq!(run["status"], "COMPLETED", "{run}");
        let logs = run["logs"]["nodes"].as_array().unwrap();
        assert_eq!(logs.len(), 2);
        assert_eq!(logs[0]["validationResult"], "ERROR");
        assert_eq!(logs[0]["parsedOutput"], Value::Null);
        assert_eq!(logs[1]["attemptNumber"], 2);
        assert_eq!(logs[1]["visit"], 1);
    }
}

#[tokio::test]
async fn outcomes_without_hope_fail_the_stage_at_once() {
    for bad in [
        Reply::status(400),
        Reply::status(401),
        Reply::status(404),
        Reply::error(429, "insufficient_quota", "pay first"),
        Reply::content_filter(),
        Reply::refusal("no"),
    ] {
        let run = one_stage(json!({ "retryLimit": 3 }), vec![bad]).await;
        assert_eq!(run["status"], "FAILED", "{run}");
        assert_eq!(run["statusReason"], "STAGE_FAILED");
        assert_eq!(run["logs"]["nodes"].as_array().unwrap().len(), 1);
    }
    let unmapped = json!({ "inputVariableMapping": { "word": "inputs.missing" } });
    let run = one_stage(unmapped, Vec::new()).await;
    assert_eq!(run["status"], "FAILED");
    let message = text(&run["errorMessage"]);
    assert!(message.contains("inputs.missing"), "{message}");
}

#[tokio::test]
async fn failures_of_the_connection_are_tried_five_times_in_a_row() {
    let saved = one_stage(
        json!({}),
        vec![
            Reply::status(500),
            Reply::status(503),
            Reply::text("cut").without_finish(),
            Reply::text("well"),
        ],
    )
    .await;
    assert_eq!(saved["status"], "COMPLETED", "{saved}");
    assert_eq!(saved["logs"]["nodes"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_long_retry_after_frees_the_slot_and_is_obeyed() {
    let clock = Clock::manual("2031-01-01T00:00:00Z".parse().unwrap());
    let server = Server::start_with(clock, |_| {}).await;
    server.provider.reply(Reply::status(429).retry_after("60"));
    server.provider.reply(Reply::text("late"));
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let id = server.run(&user, &workflow).await;
    until(&server, &user, &id, "StageRetryScheduled", None).await;
    let run = read(&server, &user, &id).await;
    assert_eq!(run["status"], "PENDING");
    assert_eq!(run["nextRunAt"], "2031-01-01T00:01:00.000Z");
    server.clock.advance(Duration::from_secs(61));
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["status"], "COMPLETED");
    assert_eq!(run["nextRunAt"], Value::Null);
    server.stop().await;
}

#[tokio::test]
async fn the_fail_path_mends_what_was_refused_and_a_target_of_zero_ends_the_run() {
    let server = Server::start().await;
    for answer in ["far too long", "short"] {
        server.provider.reply(Reply::text(answer));
    }
    let user = server.user();
    let model = server.model().await;
    let stages = json!([
        { "validationType": "FUNCTION", "nextStageOnPass": 0, "nextStageOnFail": 3,
          "validationCriteria": { "functionName": "max_length", "args": { "length": 5 } } },
        { "promptTemplate": "never" },
        { "inputVariableMapping": { "word": "stage_1.raw" } },
    ]);
    let workflow = server.workflow(&user, &model, stages).await;
    let id = server.run(&user, &workflow).await;
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["status"], "COMPLETED");
    assert_eq!(run["logs"]["nodes"][1]["promptSent"], "say far too long");
    assert_eq!(run["executionContext"]["stage_3"]["raw"], "short");
    server.stop().await;
}

#[tokio::test]
async fn a_run_that_loops_ends_at_the_limit_of_stage_visits() {
    let server = Server::start_with(Clock::system(), |config| {
        config.engine.max_stage_visits = 3;
    })
    .await;
    server.provider.otherwise(|_| Reply::text("again"));
    let user = server.user();
    let model = server.model().await;
    let workflow = server
        .workflow(&user, &model, json!([{ "nextStageOnPass": 1 }]))
        .await;
    let id = server.run(&user, &workflow).await;
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["statusReason"], "LOOP_LIMIT");
    let visits: Vec<_> = run["logs"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|log| &log["visit"])
        .collect();
    assert_eq!(visits, [1, 2, 3]);
    server.stop().await;
}

#[tokio::test]
async fn cancelling_drops_the_call_in_flight_at_once() {
    let server = Server::start().await;
    server.provider.reply(Reply::hang());
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let id = server.run(&user, &workflow).await;
    server.provider.wait_for_requests(1).await;
    assert_eq!(
        act(&server, &user, "cancel", &id).await["status"],
        "CANCELLED"
    );
    server.provider.wait_for_dropped(1).await;
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["logs"]["nodes"][0]["status"], "CANCELLED");
    assert_eq!(
        act(&server, &user, "cancel", &id).await["status"],
        "CANCELLED"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_pause_waits_for_the_attempt_and_a_resume_goes_on() {
    let server = Server::start().await;
    server.provider.reply(Reply::gated("one"));
    server.provider.reply(Reply::text("two"));
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}, {}])).await;
    let id = server.run(&user, &workflow).await;
    server.provider.wait_for_requests(1).await;
    let paused = act(&server, &user, "pause", &id).await;
    assert_eq!(paused["pauseRequested"], true);
    server.provider.release();
    until(
        &server,
        &user,
        &id,
        "ExecutionStatusChanged",
        Some("PAUSED"),
    )
    .await;
    let run = read(&server, &user, &id).await;
    assert_eq!(run["statusReason"], "PAUSE_REQUESTED");
    assert_eq!(run["pauseRequested"], false);
    act(&server, &user, "resume", &id).await;
    assert_eq!(ended(&server, &user, &id).await["status"], "COMPLETED");
    server.stop().await;
}

#[tokio::test]
async fn a_person_passes_an_edited_output_and_the_log_keeps_the_models() {
    let server = Server::start().await;
    server.provider.reply(Reply::text("draft"));
    server.provider.reply(Reply::text("done"));
    let user = server.user();
    let model = server.model().await;
    let stages = json!([
        { "validationType": "MANUAL" },
        { "inputVariableMapping": { "word": "stage_1.raw" } },
    ]);
    let workflow = server.workflow(&user, &model, stages).await;
    let id = server.run(&user, &workflow).await;
    until(
        &server,
        &user,
        &id,
        "ExecutionStatusChanged",
        Some("PAUSED"),
    )
    .await;
    let log = awaiting(&server, &user).await;
    let input = json!({ "logId": log, "result": "PASS", "editedOutput": "edited" });
    let first = decide(&server, &user, input.clone()).await;
    assert_eq!(first["rawOutput"], "draft");
    assert_eq!(decide(&server, &user, input).await, first);
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["status"], "COMPLETED");
    assert_eq!(run["executionContext"]["stage_1"]["raw"], "edited");
    assert_eq!(run["logs"]["nodes"][1]["promptSent"], "say edited");
    let query = "mutation($input: RecordManualValidationInput!) {
        recordManualValidation(input: $input) { id } }";
    let other = json!({ "input": { "logId": log, "result": "FAIL" } });
    let refusal = server.refusal(Some(&user), query, other).await;
    assert_eq!(refusal.0, "CONFLICT");
    server.stop().await;
}

#[tokio::test]
async fn a_person_who_refuses_ends_the_run_where_there_is_no_fail_path() {
    let server = Server::start().await;
    server.provider.reply(Reply::text("draft"));
    let user = server.user();
    let model = server.model().await;
    let workflow = server
        .workflow(&user, &model, json!([{ "validationType": "MANUAL" }]))
        .await;
    let id = server.run(&user, &workflow).await;
    until(
        &server,
        &user,
        &id,
        "ExecutionStatusChanged",
        Some("PAUSED"),
    )
    .await;
    let log = awaiting(&server, &user).await;
    decide(
        &server,
        &user,
        json!({ "logId": log, "result": "FAIL", "notes": "bad" }),
    )
    .await;
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["status"], "FAILED");
    assert!(text(&run["errorMessage"]).contains("bad"));
    server.stop().await;
}

#[tokio::test]
async fn an_edit_while_a_run_is_under_way_does_not_reach_it() {
    let server = Server::start().await;
    server.provider.reply(Reply::gated("one"));
    server.provider.reply(Reply::text("two"));
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}, {}])).await;
    let id = server.run(&user, &workflow).await;
    server.provider.wait_for_requests(1).await;
    let query = "mutation($id: ID!) { updateWorkflowStages(input: { workflowId: $id, stages: [] }) { version } }";
    let data = server.data(&user, query, json!({ "id": workflow })).await;
    assert_eq!(data["updateWorkflowStages"]["version"], 2);
    server.provider.release();
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["status"], "COMPLETED");
    assert_eq!(run["logs"]["nodes"].as_array().unwrap().len(), 2);
    server.stop().await;
}

#[tokio::test]
async fn a_rerun_from_a_stage_takes_over_what_came_before() {
    let server = Server::start().await;
    for answer in ["one", "two", "two again"] {
        server.provider.reply(Reply::text(answer));
    }
    let user = server.user();
    let model = server.model().await;
    let mapped = json!({ "inputVariableMapping": { "word": "stage_1.raw" } });
    let workflow = server.workflow(&user, &model, json!([{}, mapped])).await;
    let first = server.run(&user, &workflow).await;
    ended(&server, &user, &first).await;
    let query = "mutation($input: RerunExecutionInput!) { rerunExecution(input: $input) { id rerunOf { id } } }";
    let input = json!({ "executionId": first, "fromStageOrder": 2 });
    let data = server.data(&user, query, json!({ "input": input })).await;
    assert_eq!(data["rerunExecution"]["rerunOf"]["id"], json!(first));
    let id = text(&data["rerunExecution"]["id"]);
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["executionContext"]["stage_1"]["raw"], "one");
    assert_eq!(run["executionContext"]["stage_2"]["raw"], "two again");
    server.stop().await;
}

#[tokio::test]
async fn a_client_key_makes_one_run_of_many_starts() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let query = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    let input = |word: &str| json!({ "input": { "workflowId": workflow, "clientKey": "k", "inputs": { "word": word } } });
    let starts = (0..20).map(|_| server.data(&user, query, input("a")));
    let runs = futures_util::future::join_all(starts).await;
    assert!(runs.iter().all(|run| run == &runs[0]), "{runs:?}");
    let refusal = server.refusal(Some(&user), query, input("b")).await;
    assert_eq!(refusal.0, "CONFLICT");
    ended(&server, &user, &text(&runs[0]["startExecution"]["id"])).await;
    server.stop().await;
}

#[tokio::test]
async fn a_workflow_that_cannot_run_is_refused_before_anything_is_written() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let query = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    for (stages, field) in [
        (json!([]), "workflowId"),
        (json!([{ "modelId": null }]), "stages[0].modelId"),
        (
            json!([{ "promptTemplate": null }]),
            "stages[0].promptTemplate",
        ),
        (
            json!([{ "promptTemplate": "{{nobody}}" }]),
            "stages[0].promptTemplate",
        ),
    ] {
        let workflow = server.workflow(&user, &model, stages).await;
        let input = json!({ "input": { "workflowId": workflow, "inputs": { "word": "x" } } });
        let refusal = server.refusal(Some(&user), query, input).await;
        let expected = ("BAD_USER_INPUT".to_owned(), Some(field.to_owned()));
        assert_eq!(refusal, expected);
    }
    let data = server
        .data(&user, "{ executions { nodes { id } } }", json!({}))
        .await;
    assert_eq!(data["executions"]["nodes"], json!([]));
    server.stop().await;
}
