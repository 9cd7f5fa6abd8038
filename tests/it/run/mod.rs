//! Runs over the API, from start to last event.

mod answer;
mod backlog;
mod context;
mod control;
mod decision;
mod each;
mod failed;
mod feedback;
mod form;
mod judge;
mod length;
mod limits;
mod outage;
mod outcome;
mod output;
mod rerun;
mod route;
mod rule;
mod source;
mod start;
mod system;
mod turns;
mod validation;
mod wait;

use footlight::clock::Clock;
use serde_json::{Value, json};

use crate::support::provider::Reply;
use crate::support::server::{Server, User, text};

const EVENTS: &str = "subscription($id: ID!, $after: Int) {
    executionEvents(executionId: $id, after: $after) {
        __typename seq occurredAt
        ... on ExecutionStatusChanged { status reason }
        ... on StageStarted { stageOrder attemptNumber }
        ... on StageFinished { stageOrder validationResult nextStageOrder }
        ... on StageRetryScheduled { stageOrder attemptNumber retryAt reason }
    }
}";

const RUN: &str = "query($id: ID!) { execution(id: $id) {
    status statusReason errorMessage executionContext lastEventSeq pauseRequested nextRunAt
    usage { totalTokens }
    logs { nodes { id stageOrder attemptNumber visit status validationResult errorMessage
        validatorNotes validatedAt rawOutput parsedOutput promptSent } }
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

/// What each event is: the state where it is a change of state, else its type.
fn kinds(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["status"].as_str().or(event["__typename"].as_str()))
        .map(Option::unwrap)
        .collect()
}

/// An output of so many levels of JSON, with an array as `n`.
fn nested(levels: usize) -> String {
    let (open, close) = ("[".repeat(levels - 1), "]".repeat(levels - 1));
    format!("{{\"n\": {open}{close}}}")
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

/// Adding this stage is refused, by this field of it, in words with `said` among them.
async fn stage_is_refused(
    server: &Server,
    user: &User,
    (workflow, stage): (&str, Value),
    (field, said): (&str, &str),
) {
    let query = "mutation($input: AddStageInput!) { addStage(input: $input) { id } }";
    let input = json!({ "workflowId": workflow, "stage": stage });
    let answer = server
        .answer(Some(user), query, json!({ "input": input }))
        .await;
    let error = &answer["errors"][0];
    assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
    assert_eq!(error["extensions"]["field"], format!("stage.{field}"));
    let message = text(&error["message"]);
    assert!(message.contains(said), "{stage}: {message}");
}

/// What the first of a workflow's two stages says, and the second does not, stands in what its run is pinned to, and
/// comes with it into a snapshot, out of that again, and into a copy.
async fn goes_wherever_the_stage_goes(
    server: &Server,
    user: &User,
    (workflow, run): (&str, &str),
    said: &Value,
) {
    let names: Vec<_> = said
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let query = "query($id: ID!) { execution(id: $id) { definition } }";
    let data = server.data(user, query, json!({ "id": run })).await;
    let input = json!({ "workflowId": workflow, "name": "Kept" });
    let answer = "{ id snapshotData }";
    let snapshot = server.mutate(user, "createSnapshot", input, answer).await;
    for kept in [&data["execution"]["definition"], &snapshot["snapshotData"]] {
        let (first, second) = (&kept["stages"][0], kept["stages"][1].as_object().unwrap());
        for name in &names {
            assert_eq!(first[name], said[name], "{kept}");
            // A definition from before there was such a field reads, and is hashed, as it always was.
            assert!(!second.contains_key(*name), "{kept}");
        }
    }

    let answer = format!("{{ stages {{ {} }} }}", names.join(" "));
    let input = json!({ "snapshotId": snapshot["id"] });
    let restored = server.mutate(user, "restoreSnapshot", input, &answer).await;
    let copy = format!("mutation($id: ID!) {{ duplicateWorkflow(id: $id) {answer} }}");
    let data = server.data(user, &copy, json!({ "id": workflow })).await;
    let none: Value = names
        .iter()
        .map(|name| ((*name).to_owned(), Value::Null))
        .collect();
    for stages in [&restored["stages"], &data["duplicateWorkflow"]["stages"]] {
        assert_eq!(stages, &json!([said, none]));
    }
}

/// One stage that answers with `reply`, run to its end.
async fn one_stage(stage: Value, replies: Vec<Reply>) -> Value {
    let server = Server::start().await;
    for reply in replies {
        server.provider.reply(reply);
    }
    let user = server.user();
    let id = server.run_of(&user, json!([stage])).await;
    let ended = ended(&server, &user, &id).await;
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
    let events = told(&server, &user, &run).await;
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
    assert_eq!(kinds(&events), expected);
    let run = read(&server, &user, &run).await;
    assert_eq!(run["executionContext"]["stage_3"]["raw"], "three");
    assert_eq!(run["executionContext"]["stage_1"]["output"]["text"], "one");
    assert_eq!(run["logs"]["nodes"][1]["promptSent"], "say one");
    assert_eq!(server.provider.requests().len(), 3);
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
    let events = told(&server, &user, &id).await;
    let [.., finished, failed] = events.as_slice() else {
        panic!("too few events: {events:?}");
    };
    assert_eq!(finished["__typename"], "StageFinished");
    assert_eq!(finished["nextStageOrder"], Value::Null);
    assert_eq!(failed["reason"], "LOOP_LIMIT");
    let run = read(&server, &user, &id).await;
    assert_eq!(run["status"], "FAILED");
    assert_eq!(run["statusReason"], "LOOP_LIMIT");
    assert!(text(&run["errorMessage"]).contains("3 stage visits"));
    assert_eq!(server.provider.requests().len(), 3);
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
async fn a_new_visit_counts_its_failures_anew() {
    let server = Server::start().await;
    for answer in ["long", "long", "mended", "long", "ok"] {
        server.provider.reply(Reply::text(answer));
    }
    let user = server.user();
    let stages = json!([
        { "validationType": "FUNCTION", "retryLimit": 1, "nextStageOnPass": 0, "nextStageOnFail": 2,
          "validationCriteria": { "functionName": "max_length", "args": { "length": 3 } } },
        { "nextStageOnPass": 1 },
    ]);
    let id = server.run_of(&user, stages).await;
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    let attempts: Vec<_> = run["logs"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|log| json!([log["stageOrder"], log["attemptNumber"], log["visit"]]))
        .collect();
    let expected = json!([[1, 1, 1], [1, 2, 1], [2, 1, 1], [1, 3, 2], [1, 4, 2]]);
    assert_eq!(json!(attempts), expected);
    server.stop().await;
}

#[tokio::test]
async fn a_target_of_zero_on_fail_fails_the_run_where_a_later_stage_stands() {
    let stage = json!({ "validationType": "REGEX", "nextStageOnFail": 0,
        "validationCriteria": { "pattern": "^ok" } });
    let server = Server::start().await;
    server.provider.reply(Reply::text("no"));
    let user = server.user();
    let id = server.run_of(&user, json!([stage, {}])).await;
    let events = told(&server, &user, &id).await;
    let end = ["StageFinished", "FAILED"];
    assert_eq!(kinds(&events)[3..], end);
    let run = read(&server, &user, &id).await;
    assert_eq!(run["statusReason"], "STAGE_FAILED");
    assert_eq!(run["executionContext"]["stage_1"]["raw"], "no");
    server.stop().await;
}
