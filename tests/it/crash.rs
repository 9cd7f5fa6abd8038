//! A run goes on wherever its process was killed: right after every single write of a run that
//! retries, loops, takes its fail path, waits and is decided by a person; of one whose judge does not
//! answer; of one that mends what came to no verdict and reads what a judge said; of one whose model does not
//! answer; and of one whose attempts are told of failures and whose passes go by a value.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use crate::support::process::{Cluster, Process, eventually};
use crate::support::provider::{Received, Reply};
use crate::support::server::{User, text};

/// A run that is killed after each of its writes.
struct Reference {
    writes: usize,
    /// Of its processes.
    settings: &'static [(&'static str, &'static str)],
    stages: fn() -> Value,
    /// What its workflow says that it answers.
    output_mapping: fn() -> Value,
    /// How its provider answers.
    script: fn(&Cluster),
    /// What a person decides on an output.
    decision: fn(&str) -> Value,
    /// Checks what the provider was asked for, when the process was killed after so many writes.
    asked: fn(usize, &[Received]),
}

/// One write for its start, one for the end of each of its nine attempts, one for the decision, and two
/// for the attempts that began with neither: the one after the decision, and the one after a wait.
const WAY: Reference = Reference {
    writes: 13,
    settings: &[],
    stages: way,
    output_mapping: || Value::Null,
    script: script_of_way,
    decision: |_| json!({ "result": "PASS", "editedOutput": "edited", "notes": "for the last stage" }),
    asked: |write, requests| {
        let calls = requests.len();
        assert!(
            calls <= 9 + 1,
            "{calls} calls after a kill at write {write}"
        );
    },
};

/// The same way by keys, where a stage is read by its order there.
const KEYED: Reference = Reference {
    stages: keyed,
    ..WAY
};

/// One write for its start, one that keeps the answer, two for a wait that keeps its slot, three for one
/// that does not, one for a verdict that is none, and one for the end of each of its two attempts.
const JUDGED: Reference = Reference {
    writes: 10,
    settings: &[],
    stages: judged,
    output_mapping: || Value::Null,
    script: script_of_judged,
    decision: |_| json!({ "result": "PASS" }),
    asked: |write, requests| {
        let asked = |word: &str| {
            let prompt = |request: &&Received| prompt(&request.body).starts_with(word);
            requests.iter().filter(prompt).count()
        };
        // Once the answer is kept, its model is not called again.
        let most = if write < 2 { 2 } else { 1 };
        let calls = asked("draft");
        assert!(
            calls <= most,
            "{calls} drafts after a kill at write {write}"
        );
        let calls = asked("is it");
        assert!(
            calls <= 4 + 1,
            "{calls} verdicts after a kill at write {write}"
        );
    },
};

/// One write for its start, one that keeps an answer for its judge, and one for the end of each of its five attempts.
const MENDED: Reference = Reference {
    writes: 7,
    settings: &[],
    stages: mended,
    output_mapping: || {
        json!({ "last": { "latest": ["stage_4.raw", "stage_1.raw", "stage_2.raw"] },
            "notes": "stage_3.notes", "failed": "stage_1.failed.raw", "n": "stage_1.output.n" })
    },
    script: script_of_mended,
    decision: |_| json!({ "result": "PASS" }),
    asked: |write, requests| {
        let calls = requests.len();
        assert!(
            calls <= 6 + 1,
            "{calls} calls after a kill at write {write}"
        );
    },
};

/// One write for its start, one for the end of each of its six attempts, three for the three waits that keep
/// its slot, and two for the one that does not. An outage is over after five calls here: however often it was
/// cut, no call that was counted is counted again, and none is forgotten.
const IN_OUTAGE: Reference = Reference {
    writes: 12,
    settings: &[("MODEL_OUTAGE_SECONDS", "0")],
    stages: refused,
    output_mapping: || Value::Null,
    script: script_of_refused,
    decision: |_| json!({ "result": "PASS" }),
    asked: |write, requests| {
        let calls = requests.len();
        assert!(
            calls <= 6 + 1,
            "{calls} calls after a kill at write {write}"
        );
    },
};

/// Three items one after the other, of which the first is refused once and the second meets a busy provider; then
/// a list that reads what they brought, and a last stage. One write for its start, one for the end of each of its
/// nine attempts, and one that ends the wait, which is longer than what the third item takes meanwhile.
const EACH: Reference = Reference {
    writes: 11,
    settings: &[],
    stages: for_each,
    output_mapping: || Value::Null,
    script: script_of_each,
    decision: |_| Value::Null,
    asked: |write, requests| {
        let calls = requests.len();
        assert!(
            calls <= 9 + 1,
            "{calls} calls after a kill at write {write}"
        );
    },
};

/// One write for its start, three for the attempts of its first stage, six for those of its second, which an outage
/// and a judge make longer, and five for those of its third, which a person refuses once.
const TOLD: Reference = Reference {
    writes: 15,
    settings: &[],
    stages: told,
    output_mapping: || json!({ "first": "stage_1.raw", "last": "stage_4.raw" }),
    script: script_of_told,
    decision: |output| match output {
        "cold" => json!({ "result": "FAIL", "notes": "warmer" }),
        _ => json!({ "result": "PASS", "editedOutput": "edited" }),
    },
    asked: |write, requests| {
        let never = requests
            .iter()
            .filter(|request| prompt(&request.body) == "never");
        assert_eq!(never.count(), 0, "after a kill at write {write}");
        let calls = requests.len();
        assert!(
            calls <= 10 + 1,
            "{calls} calls after a kill at write {write}"
        );
    },
};

/// Ten items side by side, of which one is refused for good and passed over. How many of them share a write is a
/// matter of time.
const SIDE_BY_SIDE: Reference = Reference {
    writes: 13,
    settings: &[],
    stages: side_by_side,
    output_mapping: || Value::Null,
    script: |cluster| {
        cluster.provider.otherwise(|body| {
            let pause = std::time::Duration::from_millis(10);
            Reply::slow(&format!("answer to {}", prompt(body)), pause)
        });
    },
    decision: |_| Value::Null,
    asked: |write, requests| {
        let calls = requests.len();
        assert!(
            calls <= 12 + 8,
            "{calls} calls after a kill at write {write}"
        );
    },
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
    ends_alike(&TOLD).await;
}

#[tokio::test]
async fn a_run_over_a_list_ends_alike_after_a_kill_at_any_write() {
    ends_alike(&EACH).await;
}

#[tokio::test]
async fn items_side_by_side_end_alike_after_a_kill_at_any_write() {
    let (undisturbed, _) = killed_after(&SIDE_BY_SIDE, 1_000).await;
    assert_eq!(undisturbed.status, "COMPLETED", "{undisturbed:?}");
    let writes = 1..=SIDE_BY_SIDE.writes;
    let mut ends = stream::iter(writes)
        .map(|write| async move { (write, killed_after(&SIDE_BY_SIDE, write).await) })
        .buffer_unordered(SIDE_BY_SIDE.writes);
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
    (reference.asked)(write, &cluster.provider.requests());
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
    let inputs = json!({ "topic": "tides", "list": ["a", "b", "c"], "many": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] });
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

/// Draft, check (twice refused), mend, draft and check again, a person, and a last stage whose first
/// call meets a busy provider.
fn way() -> Value {
    json!([
        { "promptTemplate": "draft {{topic}}" },
        {
            "promptTemplate": "check {{draft}}",
            "inputVariableMapping": { "draft": "stage_1.raw" },
            "validationType": "FUNCTION",
            "validationCriteria": { "functionName": "contains", "args": { "text": "mended" } },
            "retryLimit": 1,
            "nextStageOnPass": 4,
            "nextStageOnFail": 3,
        },
        {
            "promptTemplate": "mend {{verdict}}",
            "inputVariableMapping": { "verdict": "stage_2.raw" },
            "nextStageOnPass": 1,
        },
        {
            "promptTemplate": "show {{verdict}}",
            "inputVariableMapping": { "verdict": "stage_2.raw" },
            "validationType": "MANUAL",
        },
        {
            "promptTemplate": "close {{edited}}, {{stage_4.notes}}",
            "inputVariableMapping": { "edited": "stage_4.raw" },
        },
    ])
}

/// The way with keys for its stages: in mappings, and in the prompts themselves.
fn keyed() -> Value {
    let mut stages = way();
    for (index, (key, prompt, mapping)) in [
        ("first", None, None),
        ("check", None, Some(json!({ "draft": "first.raw" }))),
        ("mend", Some("mend {{check.raw}}"), None),
        ("show", Some("show {{ check.text }}"), None),
        ("close", Some("close {{show.raw}}"), None),
    ]
    .into_iter()
    .enumerate()
    {
        let stage = &mut stages[index];
        stage["key"] = json!(key);
        stage["inputVariableMapping"] = json!(mapping);
        if let Some(prompt) = prompt {
            stage["promptTemplate"] = json!(prompt);
        }
    }
    stages
}

fn for_each() -> Value {
    json!([
        {
            "promptTemplate": "draft {{item}} of {{topic}}",
            "forEach": { "in": "inputs.list" },
            "validationType": "FUNCTION",
            "validationCriteria": { "functionName": "contains", "args": { "text": "good" } },
            "retryLimit": 1,
        },
        {
            "promptTemplate": "close {{item}} {{stage_1.item.text}}",
            "forEach": { "in": "inputs.list" },
        },
        { "promptTemplate": "all of {{stage_2.raw}}" },
    ])
}

/// The provider's first draft of one item is bad, and it was busy once for another.
fn script_of_each(cluster: &Cluster) {
    let (firsts, seconds) = (AtomicUsize::new(0), AtomicUsize::new(0));
    cluster.provider.otherwise(move |body| {
        let prompt = prompt(body);
        let is_bad = prompt.starts_with("draft a") && firsts.fetch_add(1, Ordering::SeqCst) == 0;
        if prompt.starts_with("draft b") && seconds.fetch_add(1, Ordering::SeqCst) == 0 {
            return Reply::status(503).retry_after("1");
        }
        Reply::text(&format!(
            "{}: {prompt}",
            if is_bad { "bad" } else { "good" }
        ))
    });
}

fn side_by_side() -> Value {
    json!([
        {
            "promptTemplate": "draft {{index}}",
            "forEach": { "in": "inputs.many", "concurrency": 8, "onItemFail": "skip" },
            "validationType": "REGEX",
            "validationCriteria": { "pattern": "[^5]$" },
            "retryLimit": 1,
        },
        { "promptTemplate": "all of {{stage_1.output.items}}" },
    ])
}

/// The provider answers by what it is asked, and remembers no more than a user's world would: that it
/// was asked to mend, and that it was busy once.
fn script_of_way(cluster: &Cluster) {
    let mended = AtomicBool::new(false);
    let closings = AtomicUsize::new(0);
    cluster.provider.otherwise(move |body| {
        let prompt = prompt(body);
        match prompt.split(' ').next().unwrap() {
            "draft" if mended.load(Ordering::SeqCst) => Reply::text("a mended draft"),
            "draft" => Reply::text("a draft"),
            "mend" => {
                mended.store(true, Ordering::SeqCst);
                Reply::text("mend it")
            }
            "close" if closings.fetch_add(1, Ordering::SeqCst) == 0 => Reply::status(503),
            _ => Reply::text(&format!("answer to {prompt}")),
        }
    });
}

/// A draft that another model judges, and a last stage.
fn judged() -> Value {
    json!([
        {
            "promptTemplate": "draft {{topic}}",
            "validationType": "LLM",
            "validationCriteria": { "prompt": "is it right: {{output}}" },
        },
        {
            "promptTemplate": "close {{draft}}",
            "inputVariableMapping": { "draft": "stage_1.raw" },
        },
    ])
}

/// The judge is busy, then busy for long, then says nothing of use, and then passes.
fn script_of_judged(cluster: &Cluster) {
    let verdicts = AtomicUsize::new(0);
    cluster.provider.otherwise(move |body| {
        let prompt = prompt(body);
        if !prompt.starts_with("is it") {
            return Reply::text(&format!("answer to {prompt}"));
        }
        match verdicts.fetch_add(1, Ordering::SeqCst) {
            0 => Reply::status(503),
            1 => Reply::status(429).retry_after("6"),
            2 => Reply::text("perhaps"),
            _ => Reply::text(&json!({ "pass": true, "notes": "so" }).to_string()),
        }
    });
}

/// A count that does not parse at first, which is mended; a pitch that a judge refuses, and a text that reads why.
fn mended() -> Value {
    json!([
        {
            "promptTemplate": "count {{topic}}",
            "outputVariables": { "n": "integer" },
            "nextStageOnPass": 3,
            "nextStageOnFail": 2,
        },
        {
            "promptTemplate": "mend {{stage_1.failed.raw}}: {{why}}",
            "inputVariableMapping": { "why": "stage_1.failed.notes" },
            "nextStageOnPass": 1,
        },
        {
            "promptTemplate": "pitch {{it}}",
            "inputVariableMapping": { "it": { "latest": ["stage_2.raw", "stage_1.raw"] } },
            "validationType": "LLM",
            "validationCriteria": { "prompt": "is it right: {{output}}" },
            "nextStageOnFail": 4,
        },
        {
            "promptTemplate": "write {{stage_3.raw}}, {{stage_3.notes}}, {{left}}, {{tone}}",
            "inputVariableMapping": {
                "left": ["stage_1.failed.raw", "stage_2.raw"],
                "tone": { "from": "inputs.tone", "default": "plain" },
            },
        },
    ])
}

/// A draft that a rule refuses twice, one that a judge refuses once and whose model is busy, and one that a person
/// refuses; each goes on by a value, past a stage that is never visited.
fn told() -> Value {
    let retry = "mend {{output}} for {{notes}}";
    json!([
        {
            "promptTemplate": "draft {{topic}}",
            "retryPromptTemplate": retry,
            "retryLimit": 2,
            "validationType": "FUNCTION",
            "validationCriteria": { "functionName": "contains", "args": { "text": "third" } },
            "routes": { "by": "stage_1.output.text", "to": { "third": 3 } },
        },
        { "promptTemplate": "never" },
        {
            "promptTemplate": "write {{topic}}",
            "retryPromptTemplate": retry,
            "retryLimit": 1,
            "validationType": "LLM",
            "validationCriteria": { "prompt": "is it right: {{output}}" },
            "routes": { "by": "inputs.topic", "to": { "tides": 4 } },
            "nextStageOnPass": 2,
        },
        {
            "promptTemplate": "show {{stage_3.raw}}",
            "retryPromptTemplate": retry,
            "retryLimit": 1,
            "validationType": "MANUAL",
            "routes": { "by": "stage_4.raw", "to": { "edited": 0 } },
            "nextStageOnPass": 2,
        },
    ])
}

/// The provider remembers that it was asked to mend.
fn script_of_mended(cluster: &Cluster) {
    let mended = AtomicBool::new(false);
    cluster.provider.otherwise(move |body| {
        let prompt = prompt(body);
        match prompt.split(' ').next().unwrap() {
            "count" if mended.load(Ordering::SeqCst) => Reply::text("{\"n\": 1}"),
            "count" => Reply::text("{\"n\": o"),
            "is" => Reply::text(&json!({ "pass": false, "notes": "dull" }).to_string()),
            word => {
                if word == "mend" {
                    mended.store(true, Ordering::SeqCst);
                }
                Reply::text(&format!("answer to {prompt}"))
            }
        }
    });
}

/// A draft that nobody makes, and a last stage on its fail path.
fn refused() -> Value {
    json!([
        { "promptTemplate": "draft {{topic}}", "nextStageOnFail": 2, "retryLimit": 3 },
        { "promptTemplate": "close {{topic}}" },
    ])
}

/// The provider is not well, and once it asks for a long wait.
fn script_of_refused(cluster: &Cluster) {
    let refusals = AtomicUsize::new(0);
    cluster.provider.otherwise(move |body| {
        let prompt = prompt(body);
        if !prompt.starts_with("draft") {
            return Reply::text(&format!("answer to {prompt}"));
        }
        match refusals.fetch_add(1, Ordering::SeqCst) {
            1 => Reply::status(429).retry_after("6"),
            _ => Reply::status(503),
        }
    });
}

/// What is answered follows from what is asked, but that the provider was busy once.
fn script_of_told(cluster: &Cluster) {
    let thickenings = AtomicUsize::new(0);
    cluster.provider.otherwise(move |body| {
        let prompt = prompt(body);
        let begins = |words: &str| prompt.starts_with(words);
        Reply::text(&if begins("draft") {
            "first".to_owned()
        } else if begins("mend first") {
            "second".to_owned()
        } else if begins("mend second") {
            "third".to_owned()
        } else if begins("write") {
            "thin".to_owned()
        } else if begins("mend thin for thicker") {
            if thickenings.fetch_add(1, Ordering::SeqCst) == 0 {
                return Reply::status(503);
            }
            "thick".to_owned()
        } else if begins("is it right") {
            let pass = prompt.ends_with("thick");
            json!({ "pass": pass, "notes": "thicker" }).to_string()
        } else if begins("show") {
            "cold".to_owned()
        } else if begins("mend cold for warmer") {
            "warm".to_owned()
        } else {
            format!("unexpected: {prompt}")
        })
    });
}

/// What the user's message of a request says.
fn prompt(body: &Value) -> &str {
    let messages = body["messages"].as_array().unwrap();
    messages.last().unwrap()["content"].as_str().unwrap()
}
