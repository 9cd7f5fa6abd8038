//! A run goes on wherever its process was killed: right after every single write of a run that
//! retries, loops, takes its fail path, waits and is decided by a person; of one whose judge does not
//! answer; of one that mends what came to no verdict and reads what a judge said; of one whose model does not
//! answer; of one whose attempts are told of failures and whose passes go by a value; and of those over lists.

mod each;
mod judged;
mod mended;
mod outage;
mod told;
mod way;

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use self::each::{EACH, SIDE_BY_SIDE, TOLD_SIDE_BY_SIDE};
use self::judged::JUDGED;
use self::mended::MENDED;
use self::outage::IN_OUTAGE;
use self::told::TOLD;
use self::way::{KEYED, WAY};
use crate::support::process::{Cluster, Process, eventually};
use crate::support::provider::Received;
use crate::support::server::{User, text};

/// A run that is killed after each of its writes.
struct Reference {
    writes: usize,
    /// Of a model and its judge, when nobody is killed.
    calls: usize,
    /// Calls that are under way at most, which a kill has made again.
    calls_lost: usize,
    /// Of its processes.
    settings: &'static [(&'static str, &'static str)],
    stages: fn() -> Value,
    /// What its workflow says that it answers.
    output_mapping: fn() -> Value,
    /// How its provider answers.
    script: fn(&Cluster),
    /// What a person decides on an output.
    decision: fn(&str) -> Value,
    /// Checks what else the provider was asked for, when the process was killed after so many writes.
    asked: fn(usize, &[Received]),
}

/// What a reference run does not say of itself.
const PLAIN: Reference = Reference {
    writes: 0,
    calls: 0,
    calls_lost: 1,
    settings: &[],
    stages: || Value::Null,
    output_mapping: || Value::Null,
    script: |_| (),
    decision: |_| json!({ "result": "PASS" }),
    asked: |_, _| (),
};

/// What is the same however often the run was interrupted.
#[derive(Debug, PartialEq)]
struct End {
    status: Value,
    context: Value,
    output: Value,
    /// The stages, and items, of the attempts that were committed, in order, with what they sent: none of them is made
    /// again.
    committed: Vec<Value>,
    /// Where each of them led, and by which value.
    ways: Vec<Value>,
}

#[tokio::test]
async fn a_run_ends_alike_after_a_kill_at_any_write() {
    ends_alike(&WAY).await;
}

#[tokio::test]
async fn a_run_that_reads_by_keys_ends_alike_after_a_kill_at_any_write() {
    ends_alike(&KEYED).await;
}

#[tokio::test]
async fn a_run_whose_judge_does_not_answer_ends_alike_after_a_kill_at_any_write() {
    ends_alike(&JUDGED).await;
}

#[tokio::test]
async fn a_run_that_mends_what_came_to_no_verdict_ends_alike_after_a_kill_at_any_write() {
    ends_alike(&MENDED).await;
}

#[tokio::test]
async fn a_run_whose_model_does_not_answer_ends_alike_after_a_kill_at_any_write() {
    ends_alike(&IN_OUTAGE).await;
}

#[tokio::test]
async fn a_run_whose_attempts_are_told_of_failures_ends_alike_after_a_kill_at_any_write() {
    ends_alike_over_time(&TOLD).await;
}

#[tokio::test]
async fn a_run_over_a_list_ends_alike_after_a_kill_at_any_write() {
    ends_alike(&EACH).await;
}

#[tokio::test]
async fn items_side_by_side_end_alike_after_a_kill_at_any_write() {
    ends_alike_over_time(&SIDE_BY_SIDE).await;
}

#[tokio::test]
async fn items_side_by_side_that_are_judged_and_told_of_failures_end_alike_after_a_kill_at_any_write()
 {
    ends_alike_over_time(&TOLD_SIDE_BY_SIDE).await;
}

/// The same where how many writes there are is a matter of time: of items side by side, and where waits come between.
async fn ends_alike_over_time(reference: &Reference) {
    let (undisturbed, _) = killed_after(reference, 1_000).await;
    assert_eq!(undisturbed.status, "COMPLETED", "{undisturbed:?}");
    let writes = 1..=reference.writes;
    let mut ends = stream::iter(writes)
        .map(|write| async move { (write, killed_after(reference, write).await) })
        .buffer_unordered(reference.writes);
    let mut kills = 0;
    while let Some((write, (end, stopped))) = ends.next().await {
        kills += usize::from(stopped);
        assert_eq!(end, undisturbed, "killed after write {write}");
    }
    assert!(kills >= 4, "only {kills} writes");
}

async fn ends_alike(reference: &Reference) {
    let writes = reference.writes;
    let (undisturbed, stopped) = killed_after(reference, writes + 1).await;
    assert!(!stopped, "the reference run has more than {writes} writes");
    assert_eq!(undisturbed.status, "COMPLETED", "{undisturbed:?}");

    let mut ends = stream::iter(1..=writes)
        .map(|write| async move { (write, killed_after(reference, write).await) })
        .buffer_unordered(writes);
    while let Some((write, (end, stopped))) = ends.next().await {
        assert!(stopped, "the reference run has fewer than {write} writes");
        assert_eq!(end, undisturbed, "killed after write {write}");
    }
}

/// Runs the reference run, kills its process after a write, and has another one finish it. False when
/// it ended before that write.
async fn killed_after(reference: &Reference, write: usize) -> (End, bool) {
    let cluster = Cluster::new().await;
    (reference.script)(&cluster);
    let user = cluster.user();
    let fault = write.to_string();
    let stop = ("FAULT_STOP_AFTER_WRITE", fault.as_str());
    let first = cluster.start(&[reference.settings, &[stop]].concat()).await;
    // A run that is started before that takes a write more to be claimed.
    first.drives().await;
    let workflow = cluster.workflow(&first, &user, (reference.stages)()).await;

    let update = "mutation($input: UpdateWorkflowInput!) { updateWorkflow(input: $input) { id } }";
    let input = json!({ "id": workflow, "outputMapping": (reference.output_mapping)() });
    cluster
        .data(&first, &user, update, json!({ "input": input }))
        .await;

    let stopped = format!("stopped after write {write}");
    let ended = eventually("the kill or the end", || async {
        let end = go_on(&cluster, &first, &user, (&workflow, reference.decision)).await;
        if first.log().contains(&stopped) {
            return Some(None);
        }
        end.map(Some)
    })
    .await;
    if let Some(end) = ended {
        return (end, false);
    }
    first.kill().await;

    let second = cluster.start(reference.settings).await;
    let end = eventually("the end after the kill", || {
        go_on(&cluster, &second, &user, (&workflow, reference.decision))
    })
    .await;
    let requests = cluster.provider.requests();
    let most = reference.calls + reference.calls_lost;
    let calls = requests.len();
    assert!(calls <= most, "{calls} calls after a kill at write {write}");
    (reference.asked)(write, &requests);
    (end, true)
}

/// Starts the run if it is not there yet, decides what awaits a decision, and answers how the run
/// ended, once it has.
async fn go_on(
    cluster: &Cluster,
    process: &Process,
    user: &User,
    (workflow, decision): (&str, fn(&str) -> Value),
) -> Option<End> {
    let ask = |query: &'static str, variables: Value| async move {
        // A process that stands still answers nothing any more.
        let asking = cluster.answer(process.address, user, query, variables);
        let second = std::time::Duration::from_secs(1);
        let answer = tokio::time::timeout(second, asking).await.ok()??;
        assert_eq!(answer.get("errors"), None, "{query}");
        Some(answer["data"].clone())
    };
    let start = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    let inputs = json!({ "topic": "tides", "list": ["a", "b", "c"], "six": [0, 1, 2, 3, 4, 5], "many": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] });
    let input = json!({ "workflowId": workflow, "inputs": inputs, "clientKey": "k" });
    let run = ask(start, json!({ "input": input })).await?;

    let pending = "{ pendingValidations { nodes { id rawOutput } } }";
    for log in ask(pending, json!({})).await?["pendingValidations"]["nodes"].as_array()? {
        let decide = "mutation($input: RecordManualValidationInput!) {
            recordManualValidation(input: $input) { id } }";
        let mut input = decision(log["rawOutput"].as_str()?);
        input["logId"] = log["id"].clone();
        ask(decide, json!({ "input": input })).await?;
    }

    let query = "query($id: ID!) { execution(id: $id) {
        status executionContext output lastEventSeq
        events { ...told } later: events(after: 100) { ...told }
        logs(first: 100) { nodes { stageOrder itemIndex status validationResult promptSent } } } }
        fragment told on ExecutionEvent {
            seq ... on StageFinished { stageOrder nextStageOrder routeValue } }";
    let id = text(&run["startExecution"]["id"]);
    let run = ask(query, json!({ "id": id })).await?["execution"].take();
    let ended = matches!(run["status"].as_str(), Some("COMPLETED" | "FAILED"));
    if !ended {
        return None;
    }
    let (events, later) = (run["events"].as_array()?, run["later"].as_array()?);
    let events = || events.iter().chain(later);
    let seqs: Vec<i64> = events().filter_map(|event| event["seq"].as_i64()).collect();
    let expected: Vec<i64> = (1..=run["lastEventSeq"].as_i64()?).collect();
    assert_eq!(seqs, expected);
    let logs = run["logs"]["nodes"].as_array()?.iter();
    let committed = logs.filter(|log| log["status"] == "FINISHED");
    let ways = events().filter(|event| event["stageOrder"].is_i64());
    let ways = ways.map(|event| {
        json!([
            event["stageOrder"],
            event["nextStageOrder"],
            event["routeValue"]
        ])
    });
    let mut committed: Vec<_> = committed
        .map(|log| json!([log["stageOrder"], log["itemIndex"], log["promptSent"]]))
        .collect();
    // Items that are side by side end in whatever order.
    if committed.iter().any(|log| !log[1].is_null()) {
        committed.sort_by_key(ToString::to_string);
    }
    Some(End {
        committed,
        ways: ways.collect(),
        output: run["output"].clone(),
        status: run["status"].clone(),
        context: run["executionContext"].clone(),
    })
}

/// What the user's message of a request says.
fn prompt(body: &Value) -> &str {
    let messages = body["messages"].as_array().unwrap();
    messages.last().unwrap()["content"].as_str().unwrap()
}
